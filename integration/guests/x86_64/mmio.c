/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses to memory that is not there: every form of instruction that is decoded. */
#include "guest.h"

#define NX (UINT64_C(1) << 63)

static uint64_t load64(void)
{
	uint64_t value;

	__asm__ volatile("movq (%1), %0" : "=a"(value) : "b"(SCRATCH));
	return value;
}

static void store64(uint64_t value)
{
	__asm__ volatile("movq %0, (%1)" : : "a"(value), "b"(SCRATCH) : "memory");
}

#define LOAD(text, expected, name)                                                          \
	do {                                                                                \
		uint64_t loaded = UINT64_C(0x1122334455667788);                             \
		__asm__ volatile(text : "+a"(loaded) : "b"(SCRATCH) : "memory");            \
		check_equal(loaded, expected, name);                                        \
	} while (0)

#define STORE(text, expected, name)                                                         \
	do {                                                                                \
		uint64_t stored = UINT64_C(0x1122334455667788);                             \
		store64(UINT64_C(0x8191a1b1c1d1e1f1));                                      \
		__asm__ volatile(text : "+a"(stored) : "b"(SCRATCH) : "memory", "cc");      \
		check_equal(load64(), expected, name);                                      \
	} while (0)

static void check_moves(void)
{
	store64(UINT64_C(0x8191a1b1c1d1e1f1));
	LOAD("movb (%1), %%al", 0x11223344556677f1, "MOV of a byte");
	LOAD("movb 1(%1), %%ah", 0x112233445566e188, "MOV to AH");
	LOAD("movw (%1), %%ax", 0x112233445566e1f1, "MOV of a word");
	LOAD("movl (%1), %%eax", 0xc1d1e1f1, "MOV of a double word");
	LOAD("movq (%1), %%rax", 0x8191a1b1c1d1e1f1, "MOV of a quad word");
	LOAD("movzbl (%1), %%eax", 0xf1, "MOVZX of a byte");
	LOAD("movzwl (%1), %%eax", 0xe1f1, "MOVZX of a word");
	LOAD("movsbl (%1), %%eax", 0xfffffff1, "MOVSX of a byte to 32 bits");
	LOAD("movsbq (%1), %%rax", 0xfffffffffffffff1, "MOVSX of a byte to 64 bits");
	LOAD("movswq (%1), %%rax", 0xffffffffffffe1f1, "MOVSX of a word");
	LOAD("movslq (%1), %%rax", 0xffffffffc1d1e1f1, "MOVSXD");
}

static void check_stores(void)
{
	STORE("movb %%al, (%1)", 0x8191a1b1c1d1e188, "MOV of AL");
	STORE("movb %%ah, (%1)", 0x8191a1b1c1d1e177, "MOV of AH");
	STORE("movw %%ax, (%1)", 0x8191a1b1c1d17788, "MOV of AX");
	STORE("movl %%eax, (%1)", 0x8191a1b155667788, "MOV of EAX");
	STORE("movq %%rax, (%1)", 0x1122334455667788, "MOV of RAX");
	STORE("movb $0x5a, 2(%1)", 0x8191a1b1c15ae1f1, "MOV of an immediate byte");
	STORE("movl $0x12345678, 4(%1)", 0x12345678c1d1e1f1, "MOV of an immediate");
	STORE("movq $-2, (%1)", 0xfffffffffffffffe, "MOV of a sign-extended immediate");
}

static void check_logic(void)
{
	STORE("orl $1, 4(%1)", 0x8191a1b1c1d1e1f1, "OR");
	STORE("andl $0xff, (%1)", 0x8191a1b1000000f1, "AND");
	STORE("xorb %%al, (%1)", 0x8191a1b1c1d1e179, "XOR");
	STORE("addl %%eax, (%1)", 0x8191a1b117385979, "ADD");
	STORE("lock btsl $1, (%1)", 0x8191a1b1c1d1e1f3, "BTS");
	STORE("xchgl %%eax, (%1)", 0x8191a1b155667788, "XCHG");
	{
		uint8_t zero, carry;

		store64(0x80);
		__asm__ volatile("testb $0x80, (%2)\n\tsetz %0\n\tcmpb $0x81, (%2)\n\tsetc %1"
				 : "=&r"(zero), "=&r"(carry)
				 : "b"(SCRATCH)
				 : "memory", "cc");
		check(zero == 0 && carry == 1, "flags of TEST and CMP");
	}
}

static void check_strings(void)
{
	static uint8_t buffer[16];
	uint64_t from = SCRATCH, to = (uintptr_t)buffer, count = 8;

	store64(UINT64_C(0x0807060504030201));
	__asm__ volatile("rep movsb" : "+S"(from), "+D"(to), "+c"(count) : : "memory");
	check(buffer[0] == 1 && buffer[7] == 8 && buffer[8] == 0, "REP MOVS from the device");
	check(count == 0 && from == SCRATCH + 8, "its registers");
	from = (uintptr_t)buffer;
	to = SCRATCH + 16;
	count = 2;
	__asm__ volatile("rep movsl" : "+S"(from), "+D"(to), "+c"(count) : : "memory");
	to = SCRATCH + 8;
	count = 1;
	__asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(UINT64_C(0x1111)) : "memory");
	from = SCRATCH + 16;
	__asm__ volatile("lodsq" : "+S"(from), "=a"(to) : : "memory");
	check_equal(to, UINT64_C(0x0807060504030201), "REP MOVS to the device, LODS from it");
}

/** RAM that is mapped at its first use, by data and by code. */
static void check_lazy(void)
{
	uint64_t value;

	__asm__ volatile("movl $0x600d, (%1)\n\tmovl (%1), %k0" : "=a"(value) : "b"(LAZY_PAGE) : "memory");
	check_equal(value, 0x600d, "a page that came at a store");
	__asm__ volatile("movl (%1), %k0" : "=a"(value) : "b"(LAZY_PAGE + 0x2000) : "memory");
	check_equal(value, 0, "one that came at a load");
	/* RET */
	__asm__ volatile("movb $0xc3, (%0)\n\tcall *%0" : : "b"(LAZY_PAGE + 0x1000) : "memory");
	check(true, "code in such a page");
}

static void check_nothing(void)
{
	uint64_t value;

	__asm__ volatile("movl (%1), %k0" : "=a"(value) : "b"(UNMAPPED));
	check_equal(value, UINT32_MAX, "a hole reads as ones");
	__asm__ volatile("movl %k0, (%1)" : : "a"(value), "b"(UNMAPPED) : "memory");
	TRY("jmp *%0", : : "r"(UNMAPPED) : "memory");
	check(trapped(VECTOR_GP), "code in a hole");
	TRY("movaps (%0), %%xmm0", : : "r"(UNMAPPED) : "memory");
	check(trapped(VECTOR_GP), "an instruction that is not decoded");
}

/** A page table of the guest in a hole: the walk itself faults. */
static void check_walk(void)
{
	extern uint64_t guest_pdpt[];
	uint64_t value;

	guest_pdpt[1] = UNMAPPED | 7;
	__asm__ volatile("mov %%cr3, %%rax\n\tmov %%rax, %%cr3" : : : "rax", "memory");
	TRY("movl (%1), %k0", : "=r"(value) : "r"(UINT64_C(0x40000000)) : "memory");
	check(trapped(VECTOR_GP), "a page table in a hole");
	guest_pdpt[1] = 0;
	__asm__ volatile("mov %%cr3, %%rax\n\tmov %%rax, %%cr3" : : : "rax", "memory");
}

void guest_main(void)
{
	check_moves();
	check_stores();
	check_logic();
	check_strings();
	check_lazy();
	check_nothing();
	check_walk();
}
