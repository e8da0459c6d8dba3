/* SPDX-License-Identifier: Apache-2.0 */
/*
 * States of which a hart cannot come back, one for each machine. Only the
 * hypervisor's timer gets the CPU, and --kill-first ends the machine.
 */
#include "guest.h"

void guest_main(void)
{
	uint64_t machine = hypercall(CALL_MACHINE, 0);

	switch (machine) {
	case 0: /* an endless loop, interrupts masked */
		interrupts_mask();
		for (;;) {
			__asm__ volatile("" ::: "memory");
		}
	case 1: /* a trap vector that traps */
		CSR_WRITE(stvec, UNMAPPED);
		__asm__ volatile("ebreak");
		break;
	case 2: /* one that is itself */
		__asm__ volatile("la t0, 1f\n\tcsrw stvec, t0\n\t.balign 4\n1:\t.word 0" ::: "t0");
		break;
	case 3: /* translation by tables that are not there */
		CSR_WRITE(stvec, UNMAPPED);
		CSR_WRITE(satp, UINT64_C(8) << 60 | UNMAPPED >> 12);
		break;
	case 4: /* waiting for ever */
		CSR_WRITE(sie, 0);
		for (;;) {
			__asm__ volatile("wfi" ::: "memory");
		}
	default:
		check(machine == 5, "the machine after them is whole");
		return;
	}
	check(false, "it came back");
}
