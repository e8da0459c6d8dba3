/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An NMI that waits for the end of the one before it, whose IRET faults. The second one comes,
 * once, at the handler of the fault or behind its IRET: a faulting IRET unblocks NMIs on an
 * Intel CPU (SDM volume 3, 6.7.1), and the library's step over an IRET on SVM ends with it.
 * That step is seen nowhere: neither in the RFLAGS that the fault saves, nor as a #DB.
 */
#include "nmi.h"

#include "guest.h"

#define RFLAGS_TF UINT64_C(0x100)
#define GATE_BYTES 16u

extern const uint8_t nmi_handler[], nmi_fault[];
extern volatile uint64_t nmi_count, nmi_early, nmi_fault_count, nmi_fault_error, nmi_fault_flags;
void nmi_inject(void);

void nmi_inject(void)
{
	check_equal(hypercall(CALL_INJECT, INJECT_NMI, 0, 0), 0, "inject");
}

static void set_gate(uint32_t vector, const uint8_t *entry)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr;
	uint64_t at = (uintptr_t)entry;
	uint64_t *gate;

	__asm__ volatile("sidt %0" : "=m"(idtr));
	gate = (uint64_t *)(idtr.base + (uint64_t)vector * GATE_BYTES);
	gate[0] = (gate[0] & UINT64_C(0x0000ffffffff0000)) | (at & 0xffffu) | (at >> 16 & 0xffffu) << 48;
	gate[1] = at >> 32;
}

void guest_main(void)
{
	uint64_t round;

	set_gate(VECTOR_NMI, nmi_handler);
	set_gate(VECTOR_GP, nmi_fault);
	for (round = 1; round <= 3; round++) {
		nmi_count = 0;
		nmi_inject();
		check_equal(nmi_count, 2, "both NMIs, each once");
		check_equal(nmi_early, 0, "the second one waited for the IRET");
		check_equal(nmi_fault_count, round, "the IRET's fault");
		check_equal(nmi_fault_error, NMI_BAD_SELECTOR, "its error code");
		check_equal(nmi_fault_flags & RFLAGS_TF, 0, "no TF is seen");
		check_equal(traps[VECTOR_DB].count, 0, "no single step is seen");
	}
}
