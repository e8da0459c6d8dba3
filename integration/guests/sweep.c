/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every encoding of MRS, MSR (register) and SYS, whether the architecture has
 * something there or not: read all; write those that cannot be read, which
 * leaves out what would change this guest itself.
 */
#include "guest.h"

#define CALL_CHECKSUM UINT64_C(0xc6000004)

/* ARM DDI 0487, C4.1.66: MSR and SYS; bit 21 makes MRS and SYSL of them. */
#define INSN_MSR UINT32_C(0xd5000000)
#define INSN_READ (UINT32_C(1) << 21)
#define INSN_RET UINT32_C(0xd65f03c0)
#define OP0_SHIFT 19u
#define OP0_SYS 1u
#define OP0_REGISTERS 3u
/** op1, CRn, CRm, op2, which stand side by side above Rt. */
#define ENCODINGS (1u << 14)
#define ENCODING_SHIFT 5u

/** Run by a call: one instruction and a return. */
static _Alignas(64) volatile uint32_t code[2];
/** What cache and translation instructions get as their address; DC ZVA takes up to 2 KiB. */
static _Alignas(4096) uint8_t victim[4096];

static bool run(uint32_t instruction, uint64_t argument)
{
	uint64_t before = exception.count;
	register uint64_t x0 __asm__("x0") = argument;
	register uint64_t x1 __asm__("x1") = (uintptr_t)code;

	code[0] = instruction;
	code[1] = INSN_RET;
	__asm__ volatile("dc cvau, %1\n\t"
			 "dsb ish\n\t"
			 "ic ivau, %1\n\t"
			 "dsb ish\n\t"
			 "isb\n\t"
			 "blr %1"
			 : "+r"(x0), "+r"(x1)
			 :
			 : "x2", "x3", "x30", "cc", "memory");
	return exception.count == before;
}

void guest_main(void)
{
	uint64_t checksum = hvc(CALL_CHECKSUM, 0, 0, 0).x0;
	uint64_t readable = 0;
	uint64_t writable = 0;
	uint32_t op0;
	uint32_t encoding;
	uint32_t instruction;

	for (op0 = OP0_SYS; op0 <= OP0_REGISTERS; op0++) {
		for (encoding = 0; encoding < ENCODINGS; encoding++) {
			instruction = INSN_MSR | (op0 << OP0_SHIFT) | (encoding << ENCODING_SHIFT);
			if (run(instruction | INSN_READ, 0)) {
				readable++;
			} else if (run(instruction, (uintptr_t)victim)) {
				writable++;
			}
		}
		print(".");
	}
	print("\nread ");
	print_hex(readable);
	print(", only written ");
	print_hex(writable);
	print("\n");
	check(readable > 50, "the registers of EL1 can be read");
	check_equal(hvc(CALL_CHECKSUM, 0, 0, 0).x0, checksum, "the hypervisor's code is unchanged");
	check_equal(hvc(0xc6000000, 1, 2, 4).x0, 7, "the hypervisor is alive");
}
