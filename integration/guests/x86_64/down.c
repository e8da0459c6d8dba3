/* SPDX-License-Identifier: Apache-2.0 */
/* Ends its machine in one of the ways that DOWN_* names. */
#include "guest.h"

#if defined(DOWN_TRIPLE_FAULT)
static void down(void)
{
	const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) no_idt = { 0, 0 };

	__asm__ volatile("lidt %0\n\tint3" : : "m"(no_idt));
}
#elif defined(DOWN_KEYBOARD_RESET)
static void down(void)
{
	out8(0x64, 0xfe);
}
#else
static void down(void)
{
	out8(EXIT_PORT, 21);
}
#endif

void guest_main(void)
{
	print("down\n");
	down();
	check(false, "the machine ends");
}
