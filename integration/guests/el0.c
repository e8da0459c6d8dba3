/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exits and injected exceptions of user code, in AArch64 and, where the CPU has
 * it, in AArch32 (A32 and T32): they reach EL1 through the right vector.
 */
#include "guest.h"

/* SPSR_EL1.M: EL0 in AArch64, User mode in A32 and in T32; D, A, I and F masked */
#define EL0_A64 UINT64_C(0x3c0)
#define EL0_A32 UINT64_C(0x1d0)
#define EL0_T32 UINT64_C(0x1f0)
#define ID_AA64PFR0_EL0_AARCH32 2u
#define SCTLR_NTWI (UINT64_C(1) << 16)
#define SCTLR_NTWE (UINT64_C(1) << 18)
#define CNTKCTL_EL0PCTEN UINT64_C(1)

/* el0.S: code, and what runs it with x0 = argument and gives x1 to x3 back. */
struct el0_registers {
	uint64_t x1, x2, x3;
};
void el0_run(const void *code, uint64_t pstate, uint64_t argument, struct el0_registers *result);

#define CODE(_)                                                                         \
	_(a64_svc) _(a64_load) _(a64_store) _(a64_pair) _(a64_exclusive) _(a64_jump)    \
	_(a64_hvc) _(a64_smc) _(a64_undefined) _(a64_sve) _(a64_hcr) _(a64_midr)        \
	_(a64_pmccntr) _(a64_wfi) _(a64_wfe) _(a64_cntpct) _(a32_svc) _(a32_loads)      \
	_(a32_store) _(a32_load) _(a32_dual) _(a32_multiple) _(a32_exclusive)           \
	_(a32_jump) _(a32_hvc) _(a32_smc) _(a32_undefined) _(a32_midr) _(a32_pmccntr)   \
	_(a32_dbgdidr) _(a32_wfi) _(a32_skipped) _(t32_it) _(t32_load) _(t32_multiple)  \
	_(t32_wide)
#define DECLARE(name) extern const uint32_t el0_##name[];
CODE(DECLARE)

static struct el0_registers got;

/* Through x9, so that the trace of exits is the same with every compiler. */
static void scratch_write(uint64_t value)
{
	register uint64_t x9 __asm__("x9") = value;

	__asm__ volatile("str %0, [%1]" : : "r"(x9), "r"(SCRATCH) : "memory");
}

static uint32_t scratch_read(void)
{
	register uint64_t x9 __asm__("x9");

	__asm__ volatile("ldr %w0, [%1]" : "=r"(x9) : "r"(SCRATCH) : "memory");
	return (uint32_t)x9;
}

/** Runs code at EL0; it comes back by an exception of one of two classes. */
static void expect(const char *name, const uint32_t *code, uint64_t pstate, uint64_t argument,
		   uint32_t ec, uint32_t or_ec)
{
	uint64_t vector = pstate == EL0_A64 ? VECTOR_EL0_AARCH64 : VECTOR_EL0_AARCH32;
	uint64_t before = exception.count;

	el0_run(code, pstate, argument, &got);
	check_equal(exception.count, before + 1, name);
	check_equal(exception.vector, vector, name);
	if (esr_ec(exception.esr) != or_ec) {
		check_equal(esr_ec(exception.esr), ec, name);
	}
	check_equal(exception.spsr & 0x1f, pstate & 0x1f, name);
}

#define EXPECT(code, pstate, argument, ec) expect(#code, el0_##code, pstate, argument, ec, ec)
#define EXPECT_OR(code, pstate, argument, ec, or_ec) \
	expect(#code, el0_##code, pstate, argument, ec, or_ec)

static void expect_external_abort(const char *name, uint64_t far)
{
	check_equal(exception.esr & FSC, FSC_EXTERNAL, name);
	check_equal(exception.far, far, name);
}

static void check_aarch64(void)
{
	EXPECT(a64_svc, EL0_A64, 0, EC_SVC64);
	EXPECT(a64_store, EL0_A64, SCRATCH, EC_SVC64);
	EXPECT(a64_load, EL0_A64, UNMAPPED, EC_DATA_ABORT_LOWER);
	expect_external_abort("a64_load", UNMAPPED);
	check_equal(exception.elr, (uintptr_t)el0_a64_load, "at the load");
	scratch_write(UINT64_C(0x8191a1b1c1d1e1f1));
	EXPECT(a64_pair, EL0_A64, SCRATCH, EC_SVC64);
	check_equal(got.x1, UINT64_C(0x8191a1b1c1d1e1f1), "ldp");
	EXPECT(a64_exclusive, EL0_A64, SCRATCH, EC_DATA_ABORT_LOWER);
	expect_external_abort("a64_exclusive", SCRATCH);
	EXPECT(a64_jump, EL0_A64, UNMAPPED, EC_INSN_ABORT_LOWER);
	expect_external_abort("a64_jump", UNMAPPED);
	EXPECT(a64_hvc, EL0_A64, 0, EC_UNKNOWN);
	EXPECT(a64_smc, EL0_A64, 0, EC_UNKNOWN);
	EXPECT(a64_undefined, EL0_A64, 0, EC_UNKNOWN);
	EXPECT(a64_sve, EL0_A64, 0, EC_UNKNOWN);
	EXPECT_OR(a64_hcr, EL0_A64, 0, EC_UNKNOWN, EC_SYSREG);
	EXPECT_OR(a64_midr, EL0_A64, 0, EC_UNKNOWN, EC_SYSREG);
	EXPECT_OR(a64_pmccntr, EL0_A64, 0, EC_UNKNOWN, EC_SYSREG);

	/* EL1's own controls come first. */
	SYSREG_WRITE(sctlr_el1, SYSREG_READ(sctlr_el1) & ~(SCTLR_NTWI | SCTLR_NTWE));
	EXPECT(a64_wfi, EL0_A64, 0, EC_WFX);
	SYSREG_WRITE(sctlr_el1, SYSREG_READ(sctlr_el1) | SCTLR_NTWI | SCTLR_NTWE);
	EXPECT(a64_wfi, EL0_A64, 0, EC_SVC64);
	EXPECT(a64_wfe, EL0_A64, 0, EC_SVC64);
	SYSREG_WRITE(cntkctl_el1, 0);
	EXPECT(a64_cntpct, EL0_A64, 0, EC_SYSREG);
	SYSREG_WRITE(cntkctl_el1, CNTKCTL_EL0PCTEN);
	EXPECT(a64_cntpct, EL0_A64, 0, EC_SVC64);
	check(got.x1 != 0, "the physical count at EL0");
}

static void check_a32(void)
{
	EXPECT(a32_svc, EL0_A32, 0, EC_SVC32);
	scratch_write(UINT64_C(0x8191a1b1c1d1e1f1));
	EXPECT(a32_loads, EL0_A32, SCRATCH, EC_SVC32);
	check_equal((uint32_t)got.x1, 0xc1d1e1f1, "ldr in A32");
	check_equal((uint32_t)got.x2, 0xffffe1f1, "ldrsh in A32");
	check_equal((uint32_t)got.x3, 0xf1, "ldrb in A32");
	EXPECT(a32_store, EL0_A32, SCRATCH, EC_SVC32);
	check_equal(scratch_read(), SCRATCH, "str in A32");
	EXPECT(a32_load, EL0_A32, UNMAPPED, EC_DATA_ABORT_LOWER);
	expect_external_abort("a32_load", UNMAPPED);
	check_equal(exception.elr, (uintptr_t)el0_a32_load, "at the load");
	EXPECT(a32_dual, EL0_A32, SCRATCH, EC_SVC32);
	check_equal((uint32_t)got.x2, SCRATCH, "ldrd");
	EXPECT(a32_multiple, EL0_A32, SCRATCH, EC_SVC32);
	check_equal((uint32_t)got.x1, SCRATCH, "ldm");
	check_equal((uint32_t)got.x3, SCRATCH + 8, "its writeback");
	EXPECT(a32_exclusive, EL0_A32, SCRATCH, EC_DATA_ABORT_LOWER);
	expect_external_abort("a32_exclusive", SCRATCH);
	EXPECT(a32_jump, EL0_A32, UNMAPPED, EC_INSN_ABORT_LOWER);
	expect_external_abort("a32_jump", UNMAPPED);
	EXPECT(a32_hvc, EL0_A32, 0, EC_UNKNOWN);
	EXPECT(a32_smc, EL0_A32, 0, EC_UNKNOWN);
	EXPECT(a32_undefined, EL0_A32, 0, EC_UNKNOWN);
	EXPECT(a32_midr, EL0_A32, 0, EC_UNKNOWN);
	EXPECT_OR(a32_pmccntr, EL0_A32, 0, EC_UNKNOWN, EC_CP15_32);
	EXPECT_OR(a32_dbgdidr, EL0_A32, 0, EC_UNKNOWN, EC_CP14_32);
	EXPECT(a32_wfi, EL0_A32, 0, EC_SVC32);
	/* A condition that does not hold: no access, and no exit. */
	EXPECT(a32_skipped, EL0_A32, UNMAPPED, EC_SVC32);
}

/** Stepping over an instruction of two bytes, and over one in an If-Then block. */
static void check_t32(void)
{
	scratch_write(UINT64_C(0x2222222211111111));
	EXPECT(t32_it, EL0_T32, SCRATCH, EC_SVC32);
	check_equal((uint32_t)got.x1, 0x11111111, "the first load of the block");
	check_equal((uint32_t)got.x2, 0x22222222, "the second one");
	check_equal((uint32_t)got.x3, 5, "its last instruction is not executed");
	EXPECT(t32_wide, EL0_T32, SCRATCH, EC_SVC32);
	check_equal((uint32_t)got.x1, 0x11111111, "a load of four bytes");
	EXPECT(t32_multiple, EL0_T32, SCRATCH, EC_SVC32);
	check_equal((uint32_t)got.x1, 0x11111111, "ldm of two bytes");
	check_equal((uint32_t)got.x2, 0x22222222, "its second register");
	check_equal((uint32_t)got.x3, SCRATCH + 8, "its writeback");
	EXPECT(t32_load, EL0_T32, UNMAPPED, EC_DATA_ABORT_LOWER);
	expect_external_abort("t32_load", UNMAPPED);
}

void guest_main(void)
{
	uint64_t el0 = SYSREG_READ(id_aa64pfr0_el1) & 0xf;

	check_aarch64();
	if (el0 == ID_AA64PFR0_EL0_AARCH32) {
		check_a32();
		check_t32();
	}
	print(el0 == ID_AA64PFR0_EL0_AARCH32 ? "with AArch32\n" : "without AArch32\n");
}
