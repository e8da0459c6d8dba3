/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every CSR, whether the architecture has one of that number or not: read all;
 * write those that cannot be read, which leaves out what would change this guest
 * itself. Then every SYSTEM instruction that is none for a CSR.
 */
#include "guest.h"

#define CSRS 4096u
#define CSR_SHIFT 20u
/** csrrs a0, CSR, zero and csrrw zero, CSR, a0 */
#define INSN_READ UINT32_C(0x00002573)
#define INSN_WRITE UINT32_C(0x00051073)
#define INSN_RET UINT32_C(0x00008067)
/** funct3 = 0 and rd = 0: funct7, rs2 and rs1 say which; with zero and a0 as operands */
#define INSN_SYSTEM UINT32_C(0x00000073)
#define RS1_A0 (UINT32_C(10) << 15)
#define HAS_RS1 1u
/* Those that leave: see the other guests. */
#define INSN_ECALL UINT32_C(0x00000073)
#define INSN_SRET UINT32_C(0x10200073)

/** Run by a call: one instruction and a return. */
static _Alignas(64) volatile uint32_t code[2];
static _Alignas(4096) uint8_t victim[4096];

static bool run(uint32_t instruction, uint64_t argument)
{
	uint64_t before = exception.count;
	register uint64_t a0 __asm__("a0") = argument;
	register uint64_t a1 __asm__("a1") = (uintptr_t)code;

	code[0] = instruction;
	code[1] = INSN_RET;
	__asm__ volatile("fence.i\n\tjalr %1" : "+r"(a0), "+r"(a1) : : "ra", "memory");
	return exception.count == before;
}

static void check_csrs(void)
{
	uint64_t readable = 0;
	uint64_t writable = 0;
	uint32_t csr;

	for (csr = 0; csr < CSRS; csr++) {
		if (run(INSN_READ | csr << CSR_SHIFT, 0)) {
			readable++;
			check((csr >> 8 & 3) <= 1, "a CSR of a higher mode is not the guest's");
		} else if (run(INSN_WRITE | csr << CSR_SHIFT, (uintptr_t)victim)) {
			writable++;
		}
	}
	print("CSRs read ");
	print_hex(readable);
	print(", written ");
	print_hex(writable);
	print("\n");
	check(readable >= 10, "sstatus and its like are there");
	check_equal(writable, 0, "what cannot be read cannot be written");
}

static void check_system(void)
{
	uint64_t done = 0;
	uint32_t top;
	uint32_t instruction;

	for (top = 0; top < CSRS; top++) {
		instruction = INSN_SYSTEM | top << CSR_SHIFT;
		if (instruction != INSN_ECALL && instruction != INSN_SRET) {
			done += run(instruction, 0);
		}
		done += run(instruction | RS1_A0, (uintptr_t)victim);
	}
	print("instructions done ");
	print_hex(done);
	print("\n");
	check(done >= 2, "WFI and SFENCE.VMA are there");
}

void guest_main(void)
{
	uint64_t checksum = hypercall(CALL_CHECKSUM, 0);

	check_csrs();
	check_system();
	check_equal(hypercall(CALL_CHECKSUM, 0), checksum, "the hypervisor's code is unchanged");
}
