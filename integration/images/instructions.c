/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Linux program without a libc: says how much the guest's counter has counted
 * since its first instruction. Under QEMU's -icount shift=0 a nanosecond of it is
 * one executed instruction.
 */
#include <stdint.h>

#if defined(__x86_64__)
/* System calls of x86_64 Linux (arch/x86/entry/syscalls/syscall_64.tbl) */
#define SYS_WRITE 1
#define SYS_EXIT 60
#else
/* System calls of Linux (include/uapi/asm-generic/unistd.h) */
#define SYS_WRITE 64
#define SYS_EXIT 93
#endif
#define STDOUT 1

#define NS_PER_SECOND UINT64_C(1000000000)

_Noreturn void _start(void);

#if defined(__aarch64__)

static int64_t system_call(uint64_t number, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x8 __asm__("x8") = number;
	register uint64_t x0 __asm__("x0") = a;
	register uint64_t x1 __asm__("x1") = b;
	register uint64_t x2 __asm__("x2") = c;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return (int64_t)x0;
}

static uint64_t counter(uint64_t *frequency)
{
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks));
	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(*frequency));
	return ticks;
}

#elif defined(__riscv)

static int64_t system_call(uint64_t number, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t a7 __asm__("a7") = number;
	register uint64_t a0 __asm__("a0") = a;
	register uint64_t a1 __asm__("a1") = b;
	register uint64_t a2 __asm__("a2") = c;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
	return (int64_t)a0;
}

static uint64_t counter(uint64_t *frequency)
{
	uint64_t ticks;

	__asm__ volatile("rdtime %0" : "=r"(ticks));
	*frequency = 10000000; /* timebase-frequency in riscv64/virt.dts */
	return ticks;
}

#elif defined(__x86_64__)

static int64_t system_call(uint64_t number, uint64_t a, uint64_t b, uint64_t c)
{
	int64_t result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

static uint64_t counter(uint64_t *frequency)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	*frequency = NS_PER_SECOND; /* QEMU's TSC under -icount */
	return (uint64_t)high << 32 | low;
}

#endif

static char *put_text(char *to, const char *text)
{
	while (*text != '\0') {
		*to++ = *text++;
	}
	return to;
}

static char *put_number(char *to, uint64_t value)
{
	char digits[20];
	int count = 0;

	do {
		digits[count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	while (count > 0) {
		*to++ = digits[--count];
	}
	return to;
}

void _start(void)
{
	char line[120];
	char *end = line;
	uint64_t ticks;
	uint64_t frequency;

	ticks = counter(&frequency);
	end = put_text(end, "axvcpu: user space after ");
	end = put_number(end, ticks / frequency * NS_PER_SECOND +
				      ticks % frequency * NS_PER_SECOND / frequency);
	end = put_text(end, " executed instructions (nanoseconds without --icount)\n");
	(void)system_call(SYS_WRITE, STDOUT, (uintptr_t)line, (uint64_t)(end - line));
	for (;;) {
		(void)system_call(SYS_EXIT, 0, 0, 0);
	}
}
