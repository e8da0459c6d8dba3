/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Linux program without a libc: writes PM1a control, by which the machine powers
 * off. A kernel without ACPI does not know how, and Debian's cloud kernel has no
 * /dev/port.
 */
#include <stdint.h>

/* System calls of x86_64 Linux (arch/x86/entry/syscalls/syscall_64.tbl) */
#define SYS_EXIT 60
#define SYS_IOPL 172
#define PM1A_CONTROL 0x604u
#define PM1_SLEEP_ENABLE 0x2000u

_Noreturn void _start(void);

static int64_t system_call(uint64_t number, uint64_t a)
{
	int64_t result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a) : "rcx", "r11", "memory");
	return result;
}

void _start(void)
{
	if (system_call(SYS_IOPL, 3) == 0) {
		__asm__ volatile("outw %w0, %w1" : : "a"(PM1_SLEEP_ENABLE), "d"(PM1A_CONTROL));
	}
	for (;;) {
		(void)system_call(SYS_EXIT, 1);
	}
}
