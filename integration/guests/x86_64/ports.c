/* SPDX-License-Identifier: Apache-2.0 */
/* I/O ports: every form of instruction. */
#include "guest.h"

#define BUFFER 64u

static uint8_t buffer[BUFFER] __attribute__((aligned(4096)));

static void check_plain(void)
{
	uint64_t rax;

	__asm__ volatile("mov $0x1122334455667788, %%rax\n\tinb %w1, %%al" : "=&a"(rax) : "d"(EMPTY_PORT));
	check_equal(rax, 0x11223344556677ff, "IN of a byte keeps the rest of rax");
	__asm__ volatile("mov $0x1122334455667788, %%rax\n\tinw %w1, %%ax" : "=&a"(rax) : "d"(EMPTY_PORT));
	check_equal(rax, 0x112233445566ffff, "IN of a word keeps the rest");
	__asm__ volatile("mov $0x1122334455667788, %%rax\n\tinl %w1, %%eax" : "=&a"(rax) : "d"(EMPTY_PORT));
	check_equal(rax, 0xffffffff, "IN of a double word clears the upper half");
	__asm__ volatile("mov $0x12345678, %%eax\n\toutb %%al, %w0" : : "d"(EMPTY_PORT) : "rax");
	__asm__ volatile("mov $0x12345678, %%eax\n\toutw %%ax, %w0" : : "d"(EMPTY_PORT) : "rax");
	__asm__ volatile("mov $0x12345678, %%eax\n\toutl %%eax, %w0" : : "d"(EMPTY_PORT) : "rax");
	__asm__ volatile("mov $0x5a, %%eax\n\toutb %%al, $0x80\n\tinb $0x80, %%al" : "=&a"(rax));
	check_equal(rax & 0xff, 0xff, "the immediate form");
}

static void select_cmos(uint8_t index)
{
	out8(RTC, index);
}

static void check_strings(void)
{
	uint64_t count, at;
	uint32_t i;

	/* The clock's memory keeps the last byte of several. */
	for (i = 0; i < BUFFER; i++) {
		buffer[i] = (uint8_t)(i + 1);
	}
	select_cmos(0x40);
	at = (uintptr_t)buffer;
	count = 5;
	__asm__ volatile("rep outsb" : "+S"(at), "+c"(count) : "d"(RTC + 1u) : "memory");
	check_equal(count, 0, "REP OUTS counts down");
	check_equal(at, (uintptr_t)buffer + 5, "REP OUTS moves on");
	check_equal(in8(RTC + 1u), 5, "its last byte");

	at = (uintptr_t)buffer + 20;
	count = 3;
	__asm__ volatile("std\n\trep insb\n\tcld" : "+D"(at), "+c"(count) : "d"(RTC + 1u) : "memory");
	check_equal(at, (uintptr_t)buffer + 17, "REP INS backwards");
	check(buffer[20] == 5 && buffer[19] == 5 && buffer[18] == 5 && buffer[17] == 18,
	      "what INS stored");

	at = (uintptr_t)buffer;
	count = 0;
	__asm__ volatile("rep insb" : "+D"(at), "+c"(count) : "d"(RTC + 1u) : "memory");
	check_equal(at, (uintptr_t)buffer, "REP with count 0 does nothing");

	at = (uintptr_t)buffer;
	__asm__ volatile("insl" : "+D"(at) : "d"(EMPTY_PORT) : "memory");
	check(buffer[3] == 0xff && buffer[4] == 5, "INS of a double word");

	/* 32-bit address registers: the upper halves are cleared, not carried into. */
	at = (uintptr_t)buffer;
	count = 2;
	__asm__ volatile("addr32 rep outsw" : "+S"(at), "+c"(count) : "d"(EMPTY_PORT) : "memory");
	check_equal(at, (uintptr_t)buffer + 4, "OUTS with 32-bit addresses");
}

static void check_faults(void)
{
	uint64_t at = UINT64_C(0x40000000); /* not mapped: the map ends at 1 GiB */

	TRY("insb", : "+D"(at) : "d"(RTC + 1u) : "memory");
	check(trapped(VECTOR_PF), "INS to where nothing is mapped");
	if (CR2_IS_LOADED) {
		check_equal(traps[VECTOR_PF].cr2, UINT64_C(0x40000000), "its address");
	}
	check_equal(traps[VECTOR_PF].error_code, 2, "its error code");
	at = UINT64_C(0x40000000);
	TRY("outsb", : "+S"(at) : "d"(EMPTY_PORT) : "memory");
	check(trapped(VECTOR_PF), "OUTS from there");
	check_equal(traps[VECTOR_PF].error_code, 0, "its error code");
	check_equal(at, UINT64_C(0x40000000), "rSI stayed");
}

static void user_out(void)
{
	out8(EMPTY_PORT, 1);
	__asm__ volatile("int $0x80");
}

void guest_main(void)
{
	check_plain();
	check_strings();
	check_faults();
	run_user(user_out, VECTOR_GP);
	check(trapped(VECTOR_GP), "OUT of a program without IOPL");
}
