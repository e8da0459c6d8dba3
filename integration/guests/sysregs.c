/* SPDX-License-Identifier: Apache-2.0 */
/* System registers: hidden ones are undefined, ID registers do not show them, the rest reads sanely. */
#include "guest.h"

/** Reads or writes a register, and what became of it: 0 done, 1 undefined, 2 something else. */
#define TRY(instruction)                                                                        \
	__extension__({                                                                         \
		uint64_t before = exception.count;                                              \
		register uint64_t x9 __asm__("x9") = 0x5a5a;                                    \
		__asm__ volatile(instruction "\n\tisb" : "+r"(x9) : : "memory");                \
		tried = x9;                                                                     \
		exception.count == before ? 0u : took(before, EC_UNKNOWN) ? 1u : 2u;            \
	})

static uint64_t tried;

#define UNDEFINED(name, instruction) check_equal(TRY(instruction), 1, name " is undefined")
#define READS(name, instruction, value)                       \
	do {                                                  \
		check_equal(TRY(instruction), 0, name);       \
		check_equal(tried, value, name);              \
	} while (0)

static uint64_t field(uint64_t value, unsigned low)
{
	return value >> low & 0xf;
}

static void check_hidden(void)
{
	UNDEFINED("PMCR_EL0", "mrs x9, pmcr_el0");
	UNDEFINED("PMCCNTR_EL0", "mrs x9, pmccntr_el0");
	UNDEFINED("PMCNTENSET_EL0", "msr pmcntenset_el0, x9");
	UNDEFINED("PMEVCNTR0_EL0", "mrs x9, S3_3_C14_C8_0");
	UNDEFINED("ZCR_EL1", "mrs x9, S3_0_C1_C2_0");
	UNDEFINED("an SVE instruction", ".inst 0x04bf5029"); /* rdvl x9, #1 */
	UNDEFINED("SMCR_EL1", "mrs x9, S3_0_C1_C2_6");
	UNDEFINED("TRFCR_EL1", "mrs x9, S3_0_C1_C2_1");
	UNDEFINED("PMSCR_EL1", "mrs x9, S3_0_C9_C9_0");
	UNDEFINED("TRBLIMITR_EL1", "mrs x9, S3_0_C9_C11_0");
	UNDEFINED("TFSR_EL1", "mrs x9, S3_0_C5_C6_0");
	UNDEFINED("LORC_EL1", "msr S3_0_C10_C4_3, x9");
	UNDEFINED("AMCR_EL0", "mrs x9, S3_3_C13_C2_0");
	UNDEFINED("TRCIDR0", "mrs x9, S2_1_C0_C8_7");
	UNDEFINED("HCR_EL2", "mrs x9, hcr_el2");
	UNDEFINED("VTTBR_EL2", "msr vttbr_el2, x9");
	UNDEFINED("VBAR_EL2", "msr vbar_el2, x9");
	UNDEFINED("SP_EL1 from EL1", "mrs x9, S3_4_C4_C1_0");
	UNDEFINED("an undefined instruction", ".inst 0");
}

static void check_identity(void)
{
	uint64_t pfr0 = SYSREG_READ(id_aa64pfr0_el1);
	uint64_t pfr1 = SYSREG_READ(id_aa64pfr1_el1);
	uint64_t dfr0 = SYSREG_READ(id_aa64dfr0_el1);

	check_equal(field(pfr0, 8), 0, "no EL2");
	check_equal(field(pfr0, 28), 0, "no RAS");
	check_equal(field(pfr0, 32), 0, "no SVE");
	check_equal(field(pfr0, 44), 0, "no activity monitors");
	check_equal(field(pfr0, 4), 1, "EL1 in AArch64 only");
	check_equal(field(pfr0, 24), 1, "GICv3 system registers");
	check_equal(field(pfr1, 8), 0, "no MTE");
	check_equal(field(pfr1, 24), 0, "no SME");
	check_equal(field(dfr0, 4), 0, "no trace");
	check_equal(field(dfr0, 8), 0, "no PMU");
	check_equal(field(dfr0, 32), 0, "no profiling");
	check(field(dfr0, 0) >= 6, "a debug architecture");
	READS("ID_AA64ZFR0_EL1", "mrs x9, S3_0_C0_C4_4", 0);
	READS("a reserved ID register", "mrs x9, S3_0_C0_C7_7", 0);
	check_equal(SYSREG_READ(mpidr_el1), UINT64_C(1) << 31, "MPIDR_EL1 of CPU 0");
	check_equal(SYSREG_READ(CurrentEL) >> 2, 1, "CurrentEL is 1");
}

/** What EL1 lets through or not makes no difference: SVE is not there. */
static void check_sve(void)
{
	const uint64_t fpen = UINT64_C(3) << 20;
	const uint64_t zen = UINT64_C(3) << 16;

	SYSREG_WRITE(cpacr_el1, fpen);
	UNDEFINED("an SVE instruction with CPACR_EL1.ZEN = 0", ".inst 0x04bf5029");
	SYSREG_WRITE(cpacr_el1, fpen | zen);
	UNDEFINED("an SVE instruction with CPACR_EL1.ZEN = 3", ".inst 0x04bf5029");
	check_equal(SYSREG_READ(cpacr_el1) & fpen, fpen, "CPACR_EL1.FPEN is what was written");
}

static void check_debug(void)
{
	READS("OSLSR_EL1 after reset", "mrs x9, oslsr_el1", 10);
	READS("MDSCR_EL1 after a write", "msr mdscr_el1, x9\n\tmrs x9, mdscr_el1", 0x5a5a & 0xb001);
	READS("MDSCR_EL1 again", "msr mdscr_el1, xzr\n\tmrs x9, mdscr_el1", 0);
	READS("DBGBVR0_EL1 after a write", "msr dbgbvr0_el1, x9\n\tmrs x9, dbgbvr0_el1", 0x5a5a);
	READS("OSLAR_EL1", "msr oslar_el1, xzr\n\tmov x9, #7", 7);
	READS("OSLSR_EL1", "mrs x9, oslsr_el1", 8);
	READS("OSDLR_EL1", "msr osdlr_el1, x9\n\tmrs x9, osdlr_el1", 0);
	READS("MDCCSR_EL0", "mrs x9, mdccsr_el0", 0);
	READS("ACTLR_EL1", "msr actlr_el1, x9\n\tmrs x9, actlr_el1", 0);
}

void guest_main(void)
{
	check_hidden();
	check_identity();
	check_debug();
	check_sve();
	/* Without timer passthrough the hypervisor answers the count and refuses the timer. */
	check_equal(TRY("mrs x9, cntpct_el0"), 0, "CNTPCT_EL0");
	check(tried != 0x5a5a, "CNTPCT_EL0 has a value");
	UNDEFINED("CNTP_CTL_EL0", "msr cntp_ctl_el0, x9");
	UNDEFINED("CNTP_CVAL_EL0", "mrs x9, cntp_cval_el0");
}
