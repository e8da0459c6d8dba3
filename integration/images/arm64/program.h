/* SPDX-License-Identifier: Apache-2.0 */
/* What a Linux program without a libc needs: system calls, output, its end. */
#ifndef PROGRAM_H_
#define PROGRAM_H_

#include <stddef.h>
#include <stdint.h>

/* System calls of Linux (include/uapi/asm-generic/unistd.h) */
#define SYS_WRITE 64
#define SYS_EXIT 93
#define STDOUT 1

static inline int64_t system_call(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	register uint64_t x8 __asm__("x8") = number;
	register uint64_t x0 __asm__("x0") = a;
	register uint64_t x1 __asm__("x1") = b;
	register uint64_t x2 __asm__("x2") = c;
	register uint64_t x3 __asm__("x3") = d;
	register uint64_t x4 __asm__("x4") = 0;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return (int64_t)x0;
}

static inline _Noreturn void leave(uint64_t status)
{
	for (;;) {
		(void)system_call(SYS_EXIT, status, 0, 0, 0);
	}
}

static inline void print(const char *text)
{
	size_t length = 0;

	while (text[length] != '\0') {
		length++;
	}
	(void)system_call(SYS_WRITE, STDOUT, (uintptr_t)text, length, 0);
}

#endif /* PROGRAM_H_ */
