/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random instructions in every mode that an x86 CPU has, by kernels and by programs. The
 * guest is lost sooner or later; the hypervisor lets it begin anew, with another seed
 * and another mode (the key "again" of its configuration), and must never be harmed.
 */
#include "wild.h"

#include "guest.h"
#include "wild_qemu.h"

#define CALL_MACHINE UINT64_C(0xc6000005)
#define MODES 13u

struct wild_registers {
	/* rax, rcx, rdx, rbx, rbp, rsi, rdi, r8 to r15, rflags; v86 takes segments of r9 to r12. */
	uint64_t r[16];
};
_Static_assert(sizeof(struct wild_registers) == 1u << WILD_REGISTERS_SHIFT, "as wild.S has it");

struct wild_mode {
	uint32_t cr3, cr4, cr0, efer, index, cs, ss, ds, sp, ip, v86, cpl;
};
_Static_assert(offsetof(struct wild_mode, cpl) == WILD_MODE_CPL, "as wild.S has it");

struct wild_mode wild_mode;
extern uint64_t wild_gdt[WILD_GDT_ENTRIES], wild_idt[512];
extern const uint8_t wild_real_start[], wild_real_end[], wild_stack_top[];
extern uint64_t guest_pdpt[];
void wild_enter_64(void);
void wild_enter_32(void);
void wild_enter_16(void);
void wild_next_64(void);
void wild_next_32(void);
void wild_next_16(void);

static uint32_t tss[26], ldt[8];
static uint32_t directory[1024] __attribute__((aligned(4096)));
static uint32_t table[1024] __attribute__((aligned(4096)));
static uint64_t pae_pdpt[4] __attribute__((aligned(32)));
static uint64_t pae_directories[4][512] __attribute__((aligned(4096)));
static uint64_t pae_table[2][512] __attribute__((aligned(4096)));

/* CR0, CR4, EFER and the rest, SDM volume 3, 2.2 and 2.5. */
#define CR0_BASE 0x31u
#define CR0_WP 0x10000u
#define CR0_PG 0x80000000u
#define CR4_PSE 0x10u
#define CR4_PAE 0x20u
#define CR4_OS 0x600u
#define CR4_VME 0x3u
#define EFER_SCE 0x1u
#define EFER_NXE 0x800u
#define RFLAGS_IF UINT64_C(0x200)
#define RFLAGS_VM UINT64_C(0x20000)
/** CF to TF, DF to NT, RF, AC, ID. */
#define RFLAGS_ANY UINT64_C(0x257dd5)
#define RFLAGS_ONE UINT64_C(2)
#define PTE_PW 0x3u
#define PTE_U 0x4u
#define PTE_PS 0x80u
#define DEVICES_START 0x0b000000u
#define DEVICES_END 0x0c400000u
#define LARGE_2 0x200000u
#define LARGE_4 0x400000u
/* Local APIC, SDM volume 3, table 11-1; PIC and PIT of a PC. */
#define APIC_SVR 0xf0u
#define APIC_LVT_TIMER 0x320u
#define APIC_TIMER_INITIAL 0x380u
#define APIC_TIMER_DIVIDE 0x3e0u
#define TIMER_VECTOR 0x40u
#define PIC_BASE 0x20u
#define PIT_MODE 0x43u
#define PIT_0 0x40u

static uint64_t state;

static uint64_t random64(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(0x2545f4914f6cdd1d);
}

static uint32_t below(uint32_t limit)
{
	return (uint32_t)(random64() >> 32) % limit;
}

/** Instructions that say most to a hypervisor; what follows them is random. */
struct pattern {
	uint8_t length;
	uint8_t bytes[4];
};
static const struct pattern patterns[] = {
	{ 2, { 0x0f, 0xa2 } },	     { 2, { 0x0f, 0x32 } },	  { 2, { 0x0f, 0x30 } },
	{ 2, { 0x0f, 0x33 } },	     { 2, { 0x0f, 0x31 } },	  { 3, { 0x0f, 0x01, 0xf9 } },
	{ 3, { 0x0f, 0x01, 0xd9 } }, { 3, { 0x0f, 0x01, 0xc1 } }, { 3, { 0x0f, 0x01, 0xd8 } },
	{ 3, { 0x0f, 0x01, 0xda } }, { 3, { 0x0f, 0x01, 0xdb } }, { 3, { 0x0f, 0x01, 0xdc } },
	{ 3, { 0x0f, 0x01, 0xdd } }, { 3, { 0x0f, 0x01, 0xde } }, { 3, { 0x0f, 0x01, 0xdf } },
	{ 3, { 0x0f, 0x01, 0xc2 } }, { 3, { 0x0f, 0x01, 0xc3 } }, { 3, { 0x0f, 0x01, 0xc4 } },
	{ 3, { 0x0f, 0x01, 0xc8 } }, { 3, { 0x0f, 0x01, 0xc9 } }, { 3, { 0x0f, 0x01, 0xca } },
	{ 3, { 0x0f, 0x01, 0xcf } }, { 3, { 0x0f, 0x01, 0xd0 } }, { 3, { 0x0f, 0x01, 0xd1 } },
	{ 3, { 0x0f, 0x01, 0xd4 } }, { 3, { 0x0f, 0x01, 0xf8 } }, { 3, { 0x0f, 0x01, 0xfc } },
	{ 2, { 0x0f, 0x00 } },	     { 2, { 0x0f, 0x01 } },	  { 2, { 0x0f, 0x01 } },
	{ 2, { 0x0f, 0x08 } },	     { 2, { 0x0f, 0x09 } },	  { 2, { 0x0f, 0x06 } },
	{ 2, { 0x0f, 0x20 } },	     { 2, { 0x0f, 0x22 } },	  { 3, { 0x0f, 0x22, 0xc0 } },
	{ 3, { 0x0f, 0x22, 0xd8 } }, { 3, { 0x0f, 0x22, 0xe0 } }, { 2, { 0x0f, 0x21 } },
	{ 2, { 0x0f, 0x23 } },	     { 2, { 0x0f, 0xc7 } },	  { 2, { 0x0f, 0xae } },
	{ 2, { 0x0f, 0xaa } },	     { 2, { 0x0f, 0x34 } },	  { 2, { 0x0f, 0x35 } },
	{ 2, { 0x0f, 0x05 } },	     { 2, { 0x0f, 0x07 } },	  { 2, { 0x0f, 0x78 } },
	{ 2, { 0x0f, 0x79 } },	     { 2, { 0x0f, 0x37 } },
	{ 4, { 0x66, 0x0f, 0x38, 0x80 } }, { 4, { 0x66, 0x0f, 0x38, 0x81 } },
	{ 4, { 0x66, 0x0f, 0x38, 0x82 } },
	{ 1, { 0xf4 } }, { 1, { 0xfa } }, { 1, { 0xfb } }, { 1, { 0x9d } }, { 1, { 0x9c } },
	{ 1, { 0xcf } }, { 1, { 0xcc } }, { 1, { 0xcd } }, { 1, { 0xf1 } }, { 1, { 0xce } },
	{ 1, { 0xe4 } }, { 1, { 0xe5 } }, { 1, { 0xe6 } }, { 1, { 0xe7 } }, { 1, { 0xec } },
	{ 1, { 0xed } }, { 1, { 0xee } }, { 1, { 0xef } }, { 2, { 0xf3, 0x6c } },
	{ 2, { 0xf3, 0x6d } }, { 2, { 0xf3, 0x6e } }, { 2, { 0xf3, 0x6f } }, { 1, { 0x6c } },
	{ 1, { 0x6d } }, { 1, { 0x6e } }, { 1, { 0x6f } }, { 1, { 0x8e } }, { 1, { 0x17 } },
	{ 1, { 0x07 } }, { 1, { 0x1f } }, { 1, { 0xc4 } }, { 1, { 0xc5 } }, { 1, { 0xea } },
	{ 1, { 0x9a } }, { 1, { 0xcb } }, { 2, { 0xff, 0x28 } }, { 2, { 0xff, 0x18 } },
	{ 2, { 0xf3, 0xa4 } }, { 2, { 0xf3, 0xa5 } }, { 1, { 0xa4 } }, { 1, { 0xa5 } },
	{ 1, { 0xaa } }, { 1, { 0xab } }, { 1, { 0xac } }, { 1, { 0xad } }, { 2, { 0xf3, 0xab } },
	{ 1, { 0xa6 } }, { 1, { 0xa7 } }, { 1, { 0xae } }, { 1, { 0x88 } }, { 1, { 0x89 } },
	{ 1, { 0x8a } }, { 1, { 0x8b } }, { 1, { 0xa0 } }, { 1, { 0xa1 } }, { 1, { 0xa2 } },
	{ 1, { 0xa3 } }, { 1, { 0x80 } }, { 1, { 0x81 } }, { 1, { 0x83 } }, { 1, { 0xf6 } },
	{ 1, { 0xf7 } }, { 1, { 0xfe } }, { 1, { 0xff } }, { 2, { 0x0f, 0xb0 } },
	{ 2, { 0x0f, 0xb1 } }, { 2, { 0x0f, 0xc0 } }, { 2, { 0x0f, 0xc1 } }, { 2, { 0x0f, 0xa3 } },
	{ 2, { 0x0f, 0xab } }, { 2, { 0x0f, 0xb3 } }, { 2, { 0x0f, 0xba } }, { 2, { 0x0f, 0xb6 } },
	{ 2, { 0x0f, 0xb7 } }, { 2, { 0x0f, 0xbe } }, { 1, { 0x86 } }, { 1, { 0x87 } },
	{ 1, { 0x63 } }, { 1, { 0x62 } }, { 2, { 0x0f, 0x28 } }, { 2, { 0x0f, 0x11 } },
	{ 1, { 0xdd } }, { 1, { 0xd9 } }, { 2, { 0xf3, 0x90 } },
};
#define PATTERNS (sizeof(patterns) / sizeof(patterns[0]))

static void make_piece(uint8_t *code)
{
	static const uint8_t prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67,
					    0xf0, 0xf2, 0xf3, 0x48, 0x41, 0x4f };
	const struct pattern *pattern;
	uint32_t at = 0, i;

	for (i = 0; i < WILD_PIECE_BYTES; i += sizeof(uint64_t)) {
		*(uint64_t *)(code + i) = random64();
	}
	for (; at < WILD_PIECE_BYTES - 16u; at += 1u + below(4)) {
		while (below(3) == 0 && at < WILD_PIECE_BYTES - 8u) {
			code[at++] = prefixes[below(sizeof(prefixes))];
		}
		pattern = &patterns[below(PATTERNS)];
		for (i = 0; i < pattern->length && below(8) != 0; i++) {
			code[at++] = pattern->bytes[i];
		}
	}
}

/** A number that means something: an address, an MSR, a port, a hypercall, a register's value. */
static uint64_t any_value(void)
{
	static const uint64_t values[] = {
		0, 1, 2, 0x7f, 0x80, 0xff, 0xfff, 0x1000, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX,
		SCRATCH, SCRATCH + 0xffe, LAZY_PAGE, UNMAPPED, WILD_APIC, WILD_APIC + 0x300, WILD_STACK,
		WILD_CODE, WILD_REGISTERS, CALL_ECHO, CALL_INJECT, CALL_KICK, CALL_EXITS, 0xc6000020,
		0x10, 0x1b, 0x3a, 0x174, 0x175, 0x176, 0x1d9, 0x277, 0x2ff, 0x480, 0x6e0, 0x800, 0x80b,
		0x830, 0xda0, 0xc0000080, 0xc0000081, 0xc0000082, 0xc0000084, 0xc0000100, 0xc0000102,
		0xc0000103, 0xc0010117, 0x80050033, 0x60000010, 0x80000011, 0x6f0, 0x20, 0xa0, 0x100,
		0xd01, 0x40000000, 0x80000001, 0x80000008, 0xd, 7, 0x3f8, 0x70, 0x71, 0x43, 0x64, 0xcf8,
	};

	switch (below(4)) {
	case 0:
		return random64() >> below(64);
	case 1:
		return UINT64_C(1) << below(64);
	default:
		return values[below(sizeof(values) / sizeof(values[0]))];
	}
}

static void make_registers(struct wild_registers *registers, uint64_t flags)
{
	uint64_t any = RFLAGS_ANY;
	uint32_t i;

	for (i = 0; i < 15; i++) {
		registers->r[i] = any_value();
	}
	/* Seldom: single steps, nested tasks and alignment checks end a piece at its start. */
	if (below(8) != 0) {
		any &= ~UINT64_C(0x44100);
	}
	registers->r[15] = (random64() & any) | flags | RFLAGS_ONE;
}

static uint64_t descriptor(uint32_t base, uint32_t limit, uint32_t access, uint32_t flags)
{
	return (limit & 0xffffu) | (uint64_t)(base & 0xffffffu) << 16 | (uint64_t)access << 40 |
	       (uint64_t)(limit >> 16 & 0xfu) << 48 | (uint64_t)flags << 52 |
	       (uint64_t)(base >> 24) << 56;
}

/* Access bytes, and flags: 8 granularity, 4 32-bit, 2 64-bit. */
#define ACCESS_CODE 0x9bu
#define ACCESS_DATA 0x93u
#define ACCESS_DATA_DOWN 0x97u
#define ACCESS_DPL_3 0x60u
#define ACCESS_LDT 0x82u
#define ACCESS_TSS 0x89u

static void make_descriptors(void)
{
	wild_gdt[WILD_CODE_32 / 8] = descriptor(0, 0xfffff, ACCESS_CODE, 0xc);
	wild_gdt[WILD_DATA_32 / 8] = descriptor(0, 0xfffff, ACCESS_DATA, 0xc);
	wild_gdt[WILD_CODE_64 / 8] = descriptor(0, 0xfffff, ACCESS_CODE, 0xa);
	wild_gdt[WILD_CODE_16 / 8] = descriptor(0, 0xffff, ACCESS_CODE, 0);
	wild_gdt[WILD_DATA_16 / 8] = descriptor(0, 0xffff, ACCESS_DATA, 0);
	wild_gdt[WILD_TSS / 8] = descriptor((uint32_t)(uintptr_t)tss, sizeof(tss) - 1u, ACCESS_TSS, 0);
	wild_gdt[WILD_LDT / 8] = descriptor((uint32_t)(uintptr_t)ldt, sizeof(ldt) - 1u, ACCESS_LDT, 0);
}

/** The segments of the pieces: `flags` as in a descriptor; sometimes of odd bases and limits. */
static void make_own_segments(uint32_t cpl, uint32_t flags)
{
	uint32_t dpl = cpl != 0 ? ACCESS_DPL_3 : 0, access = ACCESS_DATA, limit = 0xfffff;

	wild_gdt[WILD_OWN_CODE / 8] = descriptor(0, limit, ACCESS_CODE | dpl, flags);
	if ((flags & 2u) == 0 && below(3) == 0) {
		limit = below(0x50);
		access = below(2) != 0 ? ACCESS_DATA_DOWN : ACCESS_DATA;
	}
	wild_gdt[WILD_OWN_DATA / 8] = descriptor(0, limit, access | dpl, (flags & 0xdu) | 8u);
	wild_mode.cs = WILD_OWN_CODE | cpl;
	wild_mode.ss = WILD_OWN_DATA | cpl;
	wild_mode.ds = WILD_OWN_DATA | cpl;
	wild_mode.sp = WILD_STACK + WILD_STACK_BYTES - 16u;
	wild_mode.ip = WILD_CODE;
	wild_mode.cpl = cpl;
}

static void make_gates_32(void)
{
	uint64_t entry = (uintptr_t)wild_next_32;
	uint32_t i;

	for (i = 0; i < 256; i++) {
		wild_idt[i] = (entry & 0xffffu) | (uint64_t)WILD_CODE_32 << 16 |
			      UINT64_C(0xee) << 40 | (entry >> 16 & 0xffffu) << 48;
	}
	tss[1] = (uint32_t)(uintptr_t)wild_stack_top;
	tss[2] = WILD_DATA_32;
	tss[25] = 104u << 16;
}

static void make_gates_64(void)
{
	uint64_t entry = (uintptr_t)wild_next_64;
	uint32_t i;

	for (i = 0; i < 256; i++) {
		wild_idt[2 * i] = (entry & 0xffffu) | (uint64_t)WILD_CODE_64 << 16 |
				  UINT64_C(0xee01) << 32 | (entry >> 16 & 0xffffu) << 48;
		wild_idt[2 * i + 1] = entry >> 32;
	}
	/* RSP0 and IST1. */
	tss[1] = (uint32_t)(uintptr_t)wild_stack_top;
	tss[9] = (uint32_t)(uintptr_t)wild_stack_top;
	tss[25] = 104u << 16;
	wild_gdt[WILD_TSS / 8 + 1] = 0;
	wild_gdt[WILD_LDT / 8 + 1] = 0;
}

/** Whether programs may use the page at this address. */
static bool is_users(uint32_t at)
{
	return (at >= WILD_CODE && at < WILD_REGISTERS) ||
	       (at >= WILD_STACK && at < WILD_STACK + WILD_STACK_BYTES);
}

static bool is_device(uint32_t at)
{
	return (at >= DEVICES_START && at < DEVICES_END) || at == (WILD_APIC & ~(LARGE_4 - 1u)) ||
	       at == (WILD_APIC & ~(LARGE_2 - 1u));
}

static uint32_t make_two_levels(void)
{
	uint32_t i;

	for (i = 0; i < 1024; i++) {
		table[i] = i << 12 | PTE_PW | (is_users(i << 12) ? PTE_U : 0);
		directory[i] = is_device(i << 22) ? i << 22 | PTE_PW | PTE_U | PTE_PS : 0;
	}
	directory[0] = (uint32_t)(uintptr_t)table | PTE_PW | PTE_U;
	return (uint32_t)(uintptr_t)directory;
}

static void make_pae_directories(void)
{
	uint32_t i;

	for (i = 0; i < 1024; i++) {
		pae_table[0][i] = (uint64_t)i << 12 | PTE_PW | (is_users(i << 12) ? PTE_U : 0);
	}
	for (i = 0; i < 2048; i++) {
		pae_directories[0][i] = is_device(i << 21) ?
						(uint64_t)i << 21 | PTE_PW | PTE_U | PTE_PS :
						0;
	}
	pae_directories[0][0] = (uintptr_t)pae_table[0] | PTE_PW | PTE_U;
	pae_directories[0][1] = (uintptr_t)pae_table[1] | PTE_PW | PTE_U;
}

static uint32_t make_pae(void)
{
	uint32_t i;

	make_pae_directories();
	for (i = 0; i < 4; i++) {
		pae_pdpt[i] = (uintptr_t)pae_directories[i] | 1u;
	}
	return (uint32_t)(uintptr_t)pae_pdpt;
}

static uint32_t make_four_levels(void)
{
	static uint64_t pdpt[512] __attribute__((aligned(4096)));
	static uint64_t pml4[512] __attribute__((aligned(4096)));
	uint32_t i;

	make_pae_directories();
	for (i = 0; i < 4; i++) {
		pdpt[i] = (uintptr_t)pae_directories[i] | PTE_PW | PTE_U;
	}
	pml4[0] = (uintptr_t)pdpt | PTE_PW | PTE_U;
	return (uint32_t)(uintptr_t)pml4;
}

/** Interrupts get every piece out of its loops: the local APIC's timer, in real mode the PC's. */
static void start_timers(bool real)
{
	static uint64_t apic_directory[512] __attribute__((aligned(4096)));
	volatile uint32_t *apic = (volatile uint32_t *)WILD_APIC;
	uint32_t i;

	if (real) {
		static const uint8_t words[] = { 0x11, 0x20, 0x04, 0x01 };

		out8(PIC_BASE, words[0]);
		for (i = 1; i < 4; i++) {
			out8(PIC_BASE + 1u, words[i]);
		}
		out8(PIC_BASE + 1u, 0xfe);
		out8(PIT_MODE, 0x34);
		out8(PIT_0, 0);
		out8(PIT_0, 0x04);
		return;
	}
	for (i = 0; i < 512; i++) {
		apic_directory[i] = UINT64_C(0xc0000000) + ((uint64_t)i << 21) + 0x83;
	}
	guest_pdpt[3] = (uintptr_t)apic_directory + 3u;
	apic[APIC_SVR / 4] = 0x1ff;
	apic[APIC_TIMER_DIVIDE / 4] = 0xb;
	apic[APIC_LVT_TIMER / 4] = TIMER_VECTOR | 1u << 17;
	apic[APIC_TIMER_INITIAL / 4] = 200000;
}

static void copy_real(void)
{
	volatile uint16_t *vectors = 0;
	volatile uint8_t *to = (volatile uint8_t *)WILD_REAL;
	uint32_t size = (uint32_t)(wild_real_end - wild_real_start), i;

	for (i = 0; i < size; i++) {
		to[i] = wild_real_start[i];
	}
	__asm__("" : "+r"(vectors));
	for (i = 0; i < 256; i++) {
		vectors[2 * i] = (uint16_t)(WILD_REAL + ((uintptr_t)wild_next_16 - (uintptr_t)wild_real_start));
		vectors[2 * i + 1] = 0;
	}
	*(volatile uint16_t *)WILD_REAL_INDEX = UINT16_MAX;
}

static void make_pieces(uint64_t flags, bool is_long)
{
	uint32_t i;

	for (i = 0; i < WILD_PIECES; i++) {
		make_piece((uint8_t *)WILD_CODE + i * WILD_PIECE_BYTES);
		make_registers((struct wild_registers *)WILD_REGISTERS + i, flags);
	}
	if (wild_is_under_qemu()) {
		wild_spare_qemu((uint8_t *)WILD_CODE, WILD_PIECES * WILD_PIECE_BYTES, is_long);
	}
}

enum mode { REAL, V86, FLAT, PROTECTED_16, PAGED, PAE, LONG, COMPATIBLE };

/** Modes and privilege levels in turn. */
static const struct {
	enum mode mode;
	uint32_t cpl;
} modes[MODES] = {
	{ REAL, 0 }, { V86, 3 }, { FLAT, 0 }, { FLAT, 3 }, { PROTECTED_16, 0 }, { PROTECTED_16, 3 },
	{ PAGED, 0 }, { PAGED, 3 }, { PAE, 0 }, { PAE, 3 }, { LONG, 0 }, { LONG, 3 },
	{ COMPATIBLE, 3 },
};

static void run_mode(enum mode mode, uint32_t cpl)
{
	uint64_t flags = RFLAGS_IF | (uint64_t)(below(4) == 0 ? 3u : 0u) << 12;

	wild_mode.index = UINT32_MAX;
	wild_mode.cr0 = CR0_BASE | CR0_WP;
	wild_mode.cr4 = CR4_OS;
	make_pieces(mode == V86 ? flags | RFLAGS_VM : flags, mode == LONG || mode == COMPATIBLE);
	make_descriptors();
	start_timers(mode == REAL);
	if (mode == REAL) {
		copy_real();
		wild_enter_16();
	}
	make_own_segments(cpl, mode == PROTECTED_16 ? 0u : mode == LONG ? 0xau : 0xcu);
	if (mode == LONG || mode == COMPATIBLE) {
		wild_mode.cr3 = make_four_levels();
		wild_mode.cr4 |= CR4_PAE;
		make_gates_64();
		wild_enter_64();
	}
	make_gates_32();
	if (mode == V86) {
		wild_mode.v86 = 1;
		wild_mode.cs = WILD_CODE_SEGMENT;
		wild_mode.ss = WILD_STACK >> 4;
		wild_mode.sp = WILD_STACK_BYTES - 16u;
		wild_mode.ip = 0;
		wild_mode.cr4 |= below(2) != 0 ? CR4_VME : 0;
	}
	if (mode == PAGED || mode == PAE || (mode == V86 && below(2) != 0)) {
		wild_mode.cr3 = mode == PAE ? make_pae() : make_two_levels();
		wild_mode.cr4 |= mode == PAE ? CR4_PAE : CR4_PSE;
		wild_mode.efer = mode == PAE ? EFER_NXE : 0;
		wild_mode.cr0 |= CR0_PG;
	}
	wild_enter_32();
}

void guest_main(void)
{
	uint64_t run = hypercall(CALL_MACHINE, 0, 0, 0);

	state = (run + 1u) * UINT64_C(0x9e3779b97f4a7c15);
	(void)random64();
	run_mode(modes[run % MODES].mode, modes[run % MODES].cpl);
}
