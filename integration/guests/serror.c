/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asynchronous aborts that the hypervisor makes pending: they wait until they are
 * unmasked, and come once, through the vector of the state that the guest is in.
 */
#include "guest.h"

#define CALL_SET_REG UINT64_C(0xc6000010)
/* ARM_VCPU_REG_SERROR of arm_vcpu.h, and what is in it */
#define REG_SERROR UINT64_C(0x0103000100000022)
#define SERROR_PENDING (UINT64_C(1) << 63)

/* SPSR_EL1.M: EL0 in AArch64, User mode in A32; D, I and F masked, A not */
#define EL0_A64 UINT64_C(0x2c0)
#define EL0_A32 UINT64_C(0xd0)
#define ID_AA64PFR0_EL0_AARCH32 2u
#define ISR_EL1_A (UINT64_C(1) << 8)
#define ESR_ISS UINT64_C(0x1ffffff)
/* MIDR_EL1.PartNum */
#define PART_MASK 0xfff0u
#define PART_CORTEX_A57 0xd070u

struct el0_registers {
	uint64_t x1, x2, x3;
};
void el0_run(const void *code, uint64_t pstate, uint64_t argument, struct el0_registers *result);
extern const uint32_t el0_a64_svc[];
extern const uint32_t el0_a32_svc[];

static void make_pending(uint64_t value)
{
	check_equal(hvc(CALL_SET_REG, REG_SERROR, value, 0).x0, 0, "the hypervisor does it");
}

/** Exactly one, just now. */
static void expect(uint64_t before, uint64_t vector, uint64_t syndrome, const char *name)
{
	/* Without RAS nobody can say what the syndrome is to be. */
	bool has_ras = (SYSREG_READ(midr_el1) & PART_MASK) != PART_CORTEX_A57;

	check(took(before, EC_SERROR), name);
	check_equal(exception.vector, vector + VECTOR_SERROR, name);
	check_equal(exception.esr & ESR_ISS, has_ras ? syndrome : 0, name);
	check_equal(SYSREG_READ(isr_el1) & ISR_EL1_A, 0, "it is gone");
}

static void check_el1(void)
{
	uint64_t before = exception.count;

	make_pending(SERROR_PENDING | 0x1001234);
	check_equal(exception.count, before, "masked, it waits");
	check_equal(SYSREG_READ(isr_el1) & ISR_EL1_A, ISR_EL1_A, "and is pending");
	__asm__ volatile("msr daifclr, #4\n\tisb\n\tmsr daifset, #4" ::: "memory");
	expect(before, VECTOR_SP_EL1, 0x1001234, "at EL1h");
	check_equal(exception.spsr & 0x10f, 5, "unmasked, at EL1h");

	before = exception.count;
	make_pending(SERROR_PENDING | 0x11);
	__asm__ volatile("msr spsel, #0\n\tmsr daifclr, #4\n\tisb\n\t"
			 "msr daifset, #4\n\tmsr spsel, #1" ::: "memory");
	expect(before, VECTOR_SP_EL0, 0x11, "at EL1t");

	before = exception.count;
	make_pending(SERROR_PENDING | 0x11);
	make_pending(0x11);
	__asm__ volatile("msr daifclr, #4\n\tisb\n\tmsr daifset, #4" ::: "memory");
	check_equal(exception.count, before, "taken back, it does not come");
}

static void check_el0(const uint32_t *code, uint64_t pstate, uint64_t vector, const char *name)
{
	struct el0_registers got;
	uint64_t before = exception.count;

	make_pending(SERROR_PENDING | 0x22);
	el0_run(code, pstate, 0, &got);
	expect(before, vector, 0x22, name);
	check_equal(exception.elr, (uintptr_t)code, "before the first instruction");
	check_equal(exception.spsr, pstate, name);
}

void guest_main(void)
{
	check_el1();
	check_el0(el0_a64_svc, EL0_A64, VECTOR_EL0_AARCH64, "at EL0");
	if ((SYSREG_READ(id_aa64pfr0_el1) & 0xf) == ID_AA64PFR0_EL0_AARCH32) {
		check_el0(el0_a32_svc, EL0_A32, VECTOR_EL0_AARCH32, "at EL0 in AArch32");
	}
}
