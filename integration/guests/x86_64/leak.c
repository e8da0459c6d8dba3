/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Machines one after the other on one CPU, of which the first are ended with all of their
 * registers and memory full: each finds a CPU as after a reset, and memory without a trace
 * of them.
 */
#include "registers.h"

#include "ap.h"

#define CALL_MACHINE UINT64_C(0xc6000005)
/** The one that is not ended by others. */
#define LAST 2u
#define SEED UINT64_C(0x1ea4)
#define MARK UINT64_C(0x5ec2e7005ec2e700)
/** RAM that nothing else uses. */
#define RAM UINT64_C(0x600000)
#define RAM_END UINT64_C(0x1000000)

void ap_interrupt(uint32_t cpu, uint32_t vector)
{
	(void)cpu;
	(void)vector;
}

void ap_main(uint32_t cpu)
{
	(void)cpu;
	for (;;) {
		__asm__ volatile("cli\n\thlt");
	}
}

static uint64_t marks(void)
{
	const volatile uint64_t *at = (const volatile uint64_t *)RAM;
	uint64_t found = 0;

	for (; at < (const volatile uint64_t *)RAM_END; at++) {
		found += *at == MARK;
	}
	return found;
}

static void mark(void)
{
	volatile uint64_t *at = (volatile uint64_t *)RAM;

	for (; at < (volatile uint64_t *)RAM_END; at++) {
		*at = MARK;
	}
}

void guest_main(void)
{
	const char *left_over;
	uint64_t machine;

	registers_open();
	left_over = registers_left_over();
	machine = hypercall(CALL_MACHINE, 0, 0, 0);
	check(left_over == NULL, "registers as after a reset");
	if (left_over != NULL) {
		print(left_over);
		print("\n");
	}
	check_equal(marks(), 0, "nothing of an earlier machine in memory");
	mark();
	check_equal(marks(), (RAM_END - RAM) / sizeof(uint64_t), "marks");
	registers_fill(SEED);
	while (machine < LAST && failures() == 0) {
		(void)hypercall(CALL_ECHO, 0, 0, 0); /* until it is ended */
	}
	left_over = registers_changed(SEED);
	check(left_over == NULL, "registers keep their values");
	check_equal(machine, LAST, "machines");
}
