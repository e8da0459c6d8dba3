/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With the guest's own translation on: exits have the physical address and not
 * the virtual one, the guest's exceptions the virtual one and not the physical;
 * tables in no memory are the guest's problem; PAR_EL1 stays the guest's.
 */
#include "guest.h"

/* Stage-1 descriptors, ARM DDI 0487, D8.3; 4 KiB pages, 39 bits: from level 1. */
#define ENTRIES 512u
#define GIB(n) ((uint64_t)(n) << 30)
#define DESC_BLOCK UINT64_C(1)
#define DESC_TABLE UINT64_C(3)
#define DESC_NORMAL (UINT64_C(1) << 2)
#define DESC_SH_INNER (UINT64_C(3) << 8)
#define DESC_AF (UINT64_C(1) << 10)
#define RAM_BLOCK (DESC_BLOCK | DESC_NORMAL | DESC_SH_INNER | DESC_AF)
#define DEVICE_BLOCK (DESC_BLOCK | DESC_AF)
/* MAIR_EL1: attribute 0 Device-nGnRnE, 1 Normal write-back */
#define MAIR UINT64_C(0xff00)
/* TCR_EL1: 39 bits, cached inner shareable walks, no walks by TTBR1, 40 bits of address */
#define TCR                                                                                     \
	(UINT64_C(25) | (UINT64_C(1) << 8) | (UINT64_C(1) << 10) | (UINT64_C(3) << 12) |        \
	 (UINT64_C(1) << 23) | (UINT64_C(2) << 32))
#define SCTLR_MMU_AND_CACHES UINT64_C(0x1005)
#define PAR_ADDRESS UINT64_C(0x0000fffffffff000)
#define PAR_FAULT UINT64_C(1)

/** The first GiB, where the devices are, once more. */
#define ALIAS GIB(2)
/** RAM once more. */
#define RAM_ALIAS GIB(5)
/** Its level-2 table is where no memory is. */
#define NO_LEVEL_2 GIB(3)
/** Its level-3 table is. */
#define NO_LEVEL_3 GIB(4)

/** Addresses above the guest's (ID_AA64MMFR0_EL1.PARange): of a block, of a table, one level down. */
#define HIGH_BLOCK GIB(6)
#define HIGH_TABLE GIB(7)
#define HIGH_LEVEL_2 (NO_LEVEL_3 + BLOCK_2)
#define BLOCK_2 (UINT64_C(1) << 21)
#define FSC_SIZE UINT64_C(0x00)

static _Alignas(4096) uint64_t level_1[ENTRIES];
static _Alignas(4096) uint64_t level_2[ENTRIES];

/** The lowest address that has more bits than ID_AA64MMFR0_EL1.PARange says, if TCR allows it. */
static uint64_t too_large(void)
{
	static const uint8_t bits[] = { 32, 36 };
	uint64_t range = SYSREG_READ(id_aa64mmfr0_el1) & 0xf;

	check(range < sizeof(bits), "less than 40 bits of address");
	return UINT64_C(1) << bits[range % sizeof(bits)];
}

static void translation_on(void)
{
	level_1[0] = DEVICE_BLOCK;
	level_1[1] = GIB(1) | RAM_BLOCK;
	level_1[2] = DEVICE_BLOCK;
	level_1[3] = UNMAPPED | DESC_TABLE;
	level_1[4] = (uintptr_t)level_2 | DESC_TABLE;
	level_1[5] = GIB(1) | RAM_BLOCK;
	level_1[6] = too_large() | RAM_BLOCK;
	level_1[7] = too_large() | DESC_TABLE;
	level_2[0] = UNMAPPED | DESC_TABLE;
	level_2[1] = too_large() | RAM_BLOCK;
	SYSREG_WRITE(mair_el1, MAIR);
	SYSREG_WRITE(tcr_el1, TCR);
	SYSREG_WRITE(ttbr0_el1, (uintptr_t)level_1);
	__asm__ volatile("dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
	SYSREG_WRITE(sctlr_el1, SYSREG_READ(sctlr_el1) | SCTLR_MMU_AND_CACHES);
}

static void translation_off(void)
{
	SYSREG_WRITE(sctlr_el1, SYSREG_READ(sctlr_el1) & ~SCTLR_MMU_AND_CACHES);
	__asm__ volatile("tlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
}

#define ACCESS(instruction, address)                                                 \
	__asm__ volatile("mov x9, #0x600d\n\t" instruction "\n\tmov %0, x9"           \
			 : "=r"(accessed)                                            \
			 : "r"((uint64_t)(address))                                  \
			 : "x9", "x10", "memory")
static uint64_t accessed;

static void expect_abort(uint64_t before, uint32_t ec, uint64_t fsc, uint64_t far,
			 const char *name)
{
	check(took(before, ec), name);
	check_equal(exception.esr & FSC, fsc, name);
	check_equal(exception.far, far, name);
}

static void check_mmio(void)
{
	uint64_t before = exception.count;

	ACCESS("str x9, [%1]", ALIAS + SCRATCH + 0x28);
	ACCESS("ldrh w9, [%1]", SCRATCH + 0x28);
	check_equal(accessed, 0x600d, "MMIO through an alias");
	check_equal(exception.count, before, "without an exception");
	ACCESS("ldp x10, x9, [%1, #0x20]", ALIAS + SCRATCH);
	check_equal(accessed, 0x600d, "also by an instruction that the hypervisor reads");
	check_equal(exception.count, before, "without an exception");
	ACCESS("ldxr x9, [%1]", ALIAS + SCRATCH);
	expect_abort(before, EC_DATA_ABORT_SAME, FSC_EXTERNAL, ALIAS + SCRATCH,
		     "what is not decoded aborts at its virtual address");
}

/** The second double word at an address, by an instruction that the hypervisor has to read. */
static uint64_t load_second(uint64_t address)
{
	register uint64_t x9 __asm__("x9");

	__asm__ volatile("ldp x10, %0, [%1]" : "=r"(x9) : "r"(address) : "x10", "memory");
	return x9;
}

/** The hypervisor finds the instruction where the guest's tables say, not where it is linked. */
static void check_fetch(void)
{
	uint64_t (*load)(uint64_t) =
		(uint64_t (*)(uint64_t))((uintptr_t)load_second - GIB(1) + RAM_ALIAS);
	uint64_t par;

	__asm__ volatile("at s1e1r, %0\n\tisb" : : "r"(ALIAS + SCRATCH));
	par = SYSREG_READ(par_el1);
	check_equal(load(ALIAS + SCRATCH + 0x20), 0x600d, "code at an alias");
	check_equal(SYSREG_READ(par_el1), par, "PAR_EL1 stays the guest's meanwhile");
}

static void check_walks(void)
{
	void (*code)(void) = (void (*)(void))(uintptr_t)(NO_LEVEL_2 + 0x2000);
	uint64_t before = exception.count;

	ACCESS("ldr x9, [%1]", NO_LEVEL_2 + 0x123);
	expect_abort(before++, EC_DATA_ABORT_SAME, FSC_EXTERNAL_WALK | 2, NO_LEVEL_2 + 0x123,
		     "a load without a level-2 table");
	ACCESS("str x9, [%1]", NO_LEVEL_3 + 0x456);
	expect_abort(before++, EC_DATA_ABORT_SAME, FSC_EXTERNAL_WALK | 3, NO_LEVEL_3 + 0x456,
		     "a store without a level-3 table");
	code();
	expect_abort(before++, EC_INSN_ABORT_SAME, FSC_EXTERNAL_WALK | 2, (uintptr_t)code,
		     "code without a level-2 table");
}

/** Stage 2 lets nobody execute a device; the guest's PAR_EL1 is not used up to find out where. */
static void check_permission(void)
{
	void (*code)(void) = (void (*)(void))(uintptr_t)(ALIAS + UART);
	uint64_t before = exception.count;
	uint64_t par;

	__asm__ volatile("at s1e1r, %0\n\tisb" : : "r"(ALIAS + SCRATCH));
	par = SYSREG_READ(par_el1);
	check_equal(par & (PAR_ADDRESS | PAR_FAULT), SCRATCH, "AT of an alias");
	code();
	expect_abort(before, EC_INSN_ABORT_SAME, FSC_EXTERNAL, ALIAS + UART, "code in a device");
	check_equal(SYSREG_READ(par_el1), par, "PAR_EL1 is what it was");

	before = exception.count;
	__asm__ volatile("at s1e1r, %0\n\tisb" : : "r"(NO_LEVEL_2));
	expect_abort(before, EC_DATA_ABORT_SAME, FSC_EXTERNAL_WALK | 2, NO_LEVEL_2,
		     "AT without a level-2 table");
}

/** The stage-1 translation makes what no address of this machine is. */
static void check_sizes(void)
{
	void (*code)(void) = (void (*)(void))(uintptr_t)(HIGH_BLOCK + 0x4000);
	uint64_t before = exception.count;

	ACCESS("ldr x9, [%1]", HIGH_BLOCK + 0x20);
	expect_abort(before++, EC_DATA_ABORT_SAME, FSC_SIZE | 1, HIGH_BLOCK + 0x20, "a block too high");
	ACCESS("stp x9, x10, [%1], #16", HIGH_LEVEL_2 + 0x40);
	expect_abort(before++, EC_DATA_ABORT_SAME, FSC_SIZE | 2, HIGH_LEVEL_2 + 0x40,
		     "one of level 2, by a store without syndrome");
	ACCESS("ldr x9, [%1]", HIGH_TABLE + 0x60);
	expect_abort(before++, EC_DATA_ABORT_SAME, FSC_SIZE | 1, HIGH_TABLE + 0x60, "a table too high");
	code();
	expect_abort(before++, EC_INSN_ABORT_SAME, FSC_SIZE | 1, (uintptr_t)code, "code too high");
}

static void check_untranslated_size(void)
{
	uint64_t before = exception.count;
	uint64_t address = too_large();

	ACCESS("ldr x9, [%1]", address);
	expect_abort(before, EC_DATA_ABORT_SAME, FSC_SIZE, address, "an address too high");
}

void guest_main(void)
{
	translation_on();
	check_mmio();
	check_fetch();
	check_walks();
	check_permission();
	check_sizes();
	translation_off();
	check_untranslated_size();
}
