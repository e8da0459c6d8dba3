/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every encoding of MRS, MSR (register) and SYS, whether the architecture has
 * something there or not: read all; write those that cannot be read, which
 * leaves out what would change this guest itself.
 */
#include "guest.h"
#include "made_insn.h"

#define CALL_CHECKSUM UINT64_C(0xc6000004)

#define OP0_SYS 1u
#define OP0_REGISTERS 3u

/** Run by a call: one instruction and a return. */
static _Alignas(64) volatile uint32_t code[2];
/** What cache and translation instructions get as their address; DC ZVA takes up to 2 KiB. */
static _Alignas(4096) uint8_t victim[4096];

static bool run(uint32_t instruction, uint64_t argument)
{
	uint64_t before = exception.count;

	(void)run_insn(code, instruction, argument);
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
			instruction = insn_of(op0 * ENCODINGS + encoding);
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
