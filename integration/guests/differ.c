/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random loads and stores, each on RAM, where the CPU carries it out, and on a device,
 * where the hypervisor does: all registers and the memory must end the same. Twice,
 * with little-endian and with big-endian data.
 */
#include "guest.h"

#define INSTRUCTIONS 4000u
/** How often the whole memory is compared. */
#define COMPARE_EVERY 250u
#define RET UINT32_C(0xd65f03c0)
#define SCTLR_EE (UINT64_C(1) << 25)
#define PAGE 4096u
/** Base addresses are here in the page: no immediate of the forms below leads out of it. */
#define MIDDLE 2048u
/** The base register, that is no operand. */
#define BASE 11u
#define GENERAL_REGISTERS 29u
#define ZERO_REGISTER 31u
/** An index is small. */
#define INDEX_LIMIT 0x40u

/* Fields of loads and stores, ARM DDI 0487, C4.1.94 */
#define V_BIT (UINT32_C(1) << 26)
#define L_BIT (UINT32_C(1) << 22)
#define FIELD(word, high, low) ((word) >> (low) & ((UINT32_C(1) << ((high) - (low) + 1)) - 1))

/** x0 to x28, and V0 to V31 at 240: differ.S. */
struct registers {
	uint64_t x[30];
	uint64_t v[64];
};
_Static_assert(offsetof(struct registers, v) == 240, "differ.S says so");
void differ_run(struct registers *registers, const void *code, uint64_t sctlr);

/** Bits that are fixed, and bits that are chosen at random. */
struct form {
	const char *name;
	uint32_t fixed, random;
	/** Registers and what else is not free. */
	bool pair, writes_back, index;
};

static const struct form forms[] = {
	{ "unscaled", 0x38000000, 0xc4dff000, false, false, false },
	{ "unprivileged", 0x38000800, 0xc0dff000, false, false, false },
	{ "post-indexed", 0x38000400, 0xc4dff000, false, true, false },
	{ "pre-indexed", 0x38000c00, 0xc4dff000, false, true, false },
	{ "unsigned offset", 0x39000000, 0xc4c03c00, false, false, false },
	{ "register offset", 0x38200800, 0xc4c0f000, false, false, true },
	{ "pair, no allocate", 0x28000000, 0xc47f8000, true, false, false },
	{ "pair, post-indexed", 0x28800000, 0xc47f8000, true, true, false },
	{ "pair", 0x29000000, 0xc47f8000, true, false, false },
	{ "pair, pre-indexed", 0x29800000, 0xc47f8000, true, true, false },
	{ "structures", 0x0c000000, 0x4040fc00, false, false, false },
	{ "structures, post-indexed", 0x0c800000, 0x4040fc00, false, true, true },
	{ "one structure", 0x0d000000, 0x4060fc00, false, false, false },
	{ "one structure, post-indexed", 0x0d800000, 0x4060fc00, false, true, true },
	{ "ordered", 0x089ffc00, 0xc0400000, false, false, false },
};
#define FORM_COUNT (sizeof(forms) / sizeof(forms[0]))

static _Alignas(4096) uint64_t ram[PAGE / sizeof(uint64_t)];
static _Alignas(64) uint32_t code[2];
static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);
/** How many of each form the CPU did not refuse. */
static uint32_t done[FORM_COUNT];

static uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/** An operand: any general register but the base and those that differ_run() needs; 31 too. */
static uint32_t random_general(void)
{
	uint32_t reg;

	do {
		reg = (uint32_t)random64() % (GENERAL_REGISTERS + 1);
	} while (reg == BASE);
	return reg == GENERAL_REGISTERS ? ZERO_REGISTER : reg;
}

static uint32_t random_instruction(const struct form *form, uint32_t *index)
{
	uint32_t word = form->fixed | ((uint32_t)random64() & form->random) | BASE << 5;
	bool simd = (word & V_BIT) != 0;
	uint32_t rt = simd ? (uint32_t)random64() % 32 : random_general();
	uint32_t rt2 = rt;

	*index = ZERO_REGISTER;
	word |= rt;
	if (form->pair) {
		/* Two loads to one register are CONSTRAINED UNPREDICTABLE. */
		while (rt2 == rt) {
			rt2 = simd ? (uint32_t)random64() % 32 : random_general();
		}
		word |= rt2 << 10;
	}
	if (form->index) {
		*index = random_general();
		word |= *index << 16;
	}
	return word;
}

static void set_code(uint32_t word)
{
	code[0] = word;
	code[1] = RET;
	__asm__ volatile("dc cvau, %0\n\tdsb sy\n\tic ivau, %0\n\tdsb sy\n\tisb"
			 :
			 : "r"(code)
			 : "memory");
}

static void random_registers(struct registers *registers, uint32_t index)
{
	uint32_t i;

	for (i = 0; i < GENERAL_REGISTERS; i++) {
		registers->x[i] = random64();
	}
	for (i = 0; i < 64; i++) {
		registers->v[i] = random64();
	}
	if (index != ZERO_REGISTER) {
		registers->x[index] = random64() % INDEX_LIMIT;
	}
}

static uint64_t scratch(uint64_t offset)
{
	return *(const volatile uint64_t *)(uintptr_t)(SCRATCH + offset);
}

static bool memory_is_equal(void)
{
	uint32_t i;

	for (i = 0; i < PAGE / sizeof(ram[0]); i++) {
		if (scratch(i * sizeof(ram[0])) != ram[i]) {
			return false;
		}
	}
	return true;
}

static bool registers_are_equal(const struct registers *one, const struct registers *other)
{
	uint32_t i;

	for (i = 0; i < GENERAL_REGISTERS; i++) {
		if (i != BASE && one->x[i] != other->x[i]) {
			return false;
		}
	}
	for (i = 0; i < 64; i++) {
		if (one->v[i] != other->v[i]) {
			return false;
		}
	}
	return one->x[BASE] - (uintptr_t)ram == other->x[BASE] - SCRATCH;
}

/** One instruction in both places. False if the CPU refuses it, in both. */
static bool run_both(uint32_t word, const struct registers *before, uint64_t sctlr,
		     const char *name)
{
	struct registers on_ram = *before, on_device = *before;
	uint64_t count = exception.count;
	uint64_t refused;

	on_ram.x[BASE] = (uintptr_t)ram + MIDDLE;
	on_device.x[BASE] = SCRATCH + MIDDLE;
	differ_run(&on_ram, code, sctlr);
	refused = exception.count - count;
	differ_run(&on_device, code, sctlr);
	check_equal(exception.count - count, 2 * refused, name);
	if (exception.count - count != 2 * refused || !registers_are_equal(&on_ram, &on_device)) {
		check(false, name);
		print("      instruction ");
		print_hex(word);
		print("\n");
	}
	return refused == 0;
}

void guest_main(void)
{
	struct registers registers;
	uint64_t sctlr = SYSREG_READ(sctlr_el1);
	uint32_t i, word, index;

	for (i = 0; i < PAGE / sizeof(ram[0]); i++) {
		ram[i] = random64();
		*(volatile uint64_t *)(uintptr_t)(SCRATCH + i * sizeof(ram[0])) = ram[i];
	}
	for (i = 0; i < INSTRUCTIONS && failures() == 0; i++) {
		word = random_instruction(&forms[i % FORM_COUNT], &index);
		set_code(word);
		random_registers(&registers, index);
		/* Its exception would be handled with the wrong order of bytes. */
		if (run_both(word, &registers, sctlr, forms[i % FORM_COUNT].name)) {
			done[i % FORM_COUNT]++;
			(void)run_both(word, &registers, sctlr | SCTLR_EE, "big-endian");
		}
		if (i % COMPARE_EVERY == 0) {
			check(memory_is_equal(), "the memory");
		}
	}
	check(memory_is_equal(), "the memory");
	for (i = 0; i < FORM_COUNT; i++) {
		check(done[i] > INSTRUCTIONS / FORM_COUNT / 8, forms[i].name);
	}
}
