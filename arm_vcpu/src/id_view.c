/* SPDX-License-Identifier: Apache-2.0 */
#include "id_view.h"

#include "debug.h"
#include "id_regs.h"
#include "regs.h"
#include "sve.h"
#include "sysreg.h"

#define FIELD_BITS 4u
#define REGISTER_BITS 64u
#define FIELD ARM_MASK(3, 0)
#define FIELD_SIGN ARM_BIT(3)

/** How the fields of a register compare: a larger number has all that a smaller one has, but */
struct rule {
	/** for those that are signed, so that 0b1111 is less than 0 (D19.1.3); */
	uint64_t is_signed;
	/** those that have to be the same, as memory and programs have results of them; */
	uint64_t same;
	/** those too, unless they say that there is none; */
	uint64_t same_or_none;
	/** those of single bits, each of which is something to have; */
	uint64_t bits;
	/** and those on which nothing depends. */
	uint64_t any;
};

/* FP, AdvSIMD */
#define PFR0_SIGNED (ARM_MASK(19, 16) | ARM_MASK(23, 20))
/* Which breakpoints link to a context follows from BRPs; the snapshot has as many as there are. */
#define DFR0_SAME (ARM_MASK(15, 12) | ARM_MASK(23, 20) | ARM_MASK(31, 28) | ARM_MASK(39, 36))
/* APA, API, GPA, GPI; GPA3, APA3, PAC_frac: what a signature is */
#define ISAR1_SIGNATURES (ARM_MASK(11, 4) | ARM_MASK(31, 24))
#define ISAR2_SIGNATURES (ARM_MASK(15, 8) | ARM_MASK(27, 24))
/* TGran64, TGran4 */
#define MMFR0_SIGNED (ARM_MASK(27, 24) | ARM_MASK(31, 28))
/* SpecSEI, where 0 is to have something; CCIDX, the layout of CCSIDR_EL1 */
#define MMFR1_SAME ARM_MASK(27, 24)
#define MMFR2_SAME ARM_MASK(23, 20)
/* Except, Except_AR; SMC, PSR_M: of AArch32 above EL0, which no guest has */
#define ISAR1_AARCH32_ANY ARM_MASK(11, 4)
#define ISAR4_AARCH32_ANY (ARM_MASK(15, 12) | ARM_MASK(27, 24))
/* CTR_EL0: IminLine and DminLine are lengths of lines, DIC and IDC do without maintenance. */
#define CTR_BITS ARM_MASK(31, 28)
#define CTR_ANY (ARM_MASK(15, 4) | ARM_MASK(27, 20) | ARM_MASK(63, 32))

static struct rule rule_of(enum arm_id_reg reg)
{
	switch (reg) {
	case ARM_ID_ID_AA64PFR0_EL1:
		return (struct rule){ .is_signed = PFR0_SIGNED };
	case ARM_ID_ID_AA64DFR0_EL1:
		return (struct rule){ .same = DFR0_SAME };
	case ARM_ID_ID_AA64ISAR1_EL1:
		return (struct rule){ .same_or_none = ISAR1_SIGNATURES };
	case ARM_ID_ID_AA64ISAR2_EL1:
		return (struct rule){ .same_or_none = ISAR2_SIGNATURES };
	case ARM_ID_ID_AA64MMFR0_EL1:
		return (struct rule){ .is_signed = MMFR0_SIGNED };
	case ARM_ID_ID_AA64MMFR1_EL1:
		return (struct rule){ .same = MMFR1_SAME };
	case ARM_ID_ID_AA64MMFR2_EL1:
		return (struct rule){ .same = MMFR2_SAME };
	case ARM_ID_ID_ISAR1_EL1:
		return (struct rule){ .any = ISAR1_AARCH32_ANY };
	case ARM_ID_ID_ISAR4_EL1:
		return (struct rule){ .any = ISAR4_AARCH32_ANY };
	case ARM_ID_CTR_EL0:
		return (struct rule){ .bits = CTR_BITS, .any = CTR_ANY };
	case ARM_ID_DCZID_EL0:
		return (struct rule){ .same = UINT64_MAX };
	/* What is AArch32 above EL0 to begin with, and what a revision has is its own. */
	case ARM_ID_ID_PFR0_EL1:
	case ARM_ID_ID_PFR1_EL1:
	case ARM_ID_ID_PFR2_EL1:
	case ARM_ID_ID_DFR0_EL1:
	case ARM_ID_ID_MMFR0_EL1:
	case ARM_ID_ID_MMFR1_EL1:
	case ARM_ID_ID_MMFR2_EL1:
	case ARM_ID_ID_MMFR3_EL1:
	case ARM_ID_ID_MMFR4_EL1:
	case ARM_ID_REVIDR_EL1:
	case ARM_ID_AIDR_EL1:
		return (struct rule){ .any = UINT64_MAX };
	default:
		return (struct rule){ 0 };
	}
}

static bool field_has_all(uint64_t has, uint64_t shown, const struct rule *rule, uint64_t mask)
{
	if ((rule->any & mask) != 0u) {
		return true;
	}
	if ((rule->same & mask) != 0u) {
		return ((has ^ shown) & mask) == 0u;
	}
	if ((rule->same_or_none & mask) != 0u) {
		return (shown & mask) == 0u || ((has ^ shown) & mask) == 0u;
	}
	if ((rule->bits & mask) != 0u) {
		return (shown & ~has & mask) == 0u;
	}
	has = ARM_FIELD(has, mask);
	shown = ARM_FIELD(shown, mask);
	if ((rule->is_signed & mask) != 0u) {
		/* The sign turned over orders signed numbers as unsigned ones. */
		return (has ^ FIELD_SIGN) >= (shown ^ FIELD_SIGN);
	}
	return has >= shown;
}

/** Whether a CPU whose register is `has` can be shown as `shown`. */
static bool has_all(enum arm_id_reg reg, uint64_t has, uint64_t shown)
{
	const struct rule rule = rule_of(reg);
	uint32_t low;

	for (low = 0; low < REGISTER_BITS; low += FIELD_BITS) {
		if (!field_has_all(has, shown, &rule, FIELD << low)) {
			return false;
		}
	}
	return true;
}

struct id_reg {
	const char *name;
	uint32_t encoding;
};

static const struct id_reg regs[] = {
#define ID_REG(name, op0, op1, crn, crm, op2) \
	[ARM_ID_##name] = { #name, ARM_VCPU_SYSREG(op0, op1, crn, crm, op2) },
	ARM_KEPT_ID_SYSREGS(ID_REG)
#undef ID_REG
};

/** What of this register the CPU that calls has to show. */
static uint64_t of_this_cpu(const struct arm_vcpu *vcpu, enum arm_id_reg reg)
{
	uint64_t value;

	switch (reg) {
#define DIRECT_CASE(name, op0, op1, crn, crm, op2) \
	case ARM_ID_##name:                        \
		return arm_read_##name();
		ARM_OTHER_ID_SYSREGS(DIRECT_CASE)
#undef DIRECT_CASE
#define POLICY_CASE(name, op0, op1, crn, crm, op2)                                         \
	case ARM_ID_##name:                                                                \
		value = arm_vcpu_id_register(crm, op2, vcpu->ipa_bits, arm_vcpu_has_sve(vcpu)); \
		break;
		ARM_ID_SYSREGS(POLICY_CASE)
#undef POLICY_CASE
	default:
		return 0u;
	}
	/* OSDLR_EL1 is RAZ/WI, see arm_vcpu_debug_id(). */
	return reg == ARM_ID_ID_AA64DFR0_EL1 ? value | ID_AA64DFR0_DOUBLELOCK : value;
}

/** The register with these numbers, op0 = 3 and CRn = 0; ARM_ID_COUNT if none. */
static uint32_t find(uint32_t op1, uint32_t crm, uint32_t op2)
{
	uint32_t encoding = ARM_VCPU_SYSREG(3u, op1, 0u, crm, op2);
	uint32_t reg;

	for (reg = 0; reg < ARM_ID_COUNT; reg++) {
		if (regs[reg].encoding == encoding) {
			break;
		}
	}
	return reg;
}

void arm_vcpu_id_view_take(struct arm_vcpu *vcpu)
{
	uint32_t reg;

	if (!arm_vcpu_keeps_id(vcpu)) {
		return;
	}
	if (vcpu->midr == 0u) {
		vcpu->midr = arm_read_MIDR_EL1();
	}
	for (reg = 0; reg < ARM_ID_COUNT; reg++) {
		vcpu->id[reg] = of_this_cpu(vcpu, (enum arm_id_reg)reg);
	}
	/* A configured MIDR_EL1 has no revision but its own. */
	vcpu->id[ARM_ID_REVIDR_EL1] = arm_vcpu_revision_register(false, vcpu->midr);
	vcpu->id[ARM_ID_AIDR_EL1] = arm_vcpu_revision_register(true, vcpu->midr);
}

uint64_t arm_vcpu_id_view_read(const struct arm_vcpu *vcpu, uint32_t op1, uint32_t crm, uint32_t op2)
{
	/* ID_AA64DFR0_EL1 */
	const uint32_t dfr0_crm = 5u, dfr0_op2 = 0u;
	uint64_t value;
	uint32_t reg;

	if (arm_vcpu_keeps_id(vcpu)) {
		reg = find(op1, crm, op2);
		return reg < ARM_ID_COUNT ? vcpu->id[reg] : 0u;
	}
	if (crm == 0u) {
		return arm_vcpu_revision_register(op1 != 0u, vcpu->midr);
	}
	value = arm_vcpu_id_register(crm, op2, vcpu->ipa_bits, arm_vcpu_has_sve(vcpu));
	return crm == dfr0_crm && op2 == dfr0_op2 ? arm_vcpu_debug_id(&vcpu->debug, value) : value;
}

/** Whether it says something of this guest: a CPU without AArch32 may have anything in these. */
static bool counts(const struct arm_vcpu *vcpu, uint32_t reg)
{
	const uint32_t last_aarch32_crm = 3u;
	bool aarch32 = (regs[reg].encoding & ~ARM_VCPU_SYSREG(0u, 0u, 0u, last_aarch32_crm, 7u)) ==
		       ARM_VCPU_SYSREG(3u, 0u, 0u, 0u, 0u);

	return !aarch32 ||
	       ARM_FIELD(vcpu->id[ARM_ID_ID_AA64PFR0_EL1], ID_AA64PFR0_EL0) == ID_AA64PFR0_EL0_AARCH32;
}

bool arm_vcpu_id_view_fits(const struct arm_vcpu *vcpu)
{
	const struct axvcpu_hal *hal = vcpu->hal;
	uint32_t reg;

	if (!arm_vcpu_keeps_id(vcpu)) {
		return true;
	}
	for (reg = 0; reg < ARM_ID_COUNT; reg++) {
		if (counts(vcpu, reg) && !has_all((enum arm_id_reg)reg,
						  of_this_cpu(vcpu, (enum arm_id_reg)reg),
						  vcpu->id[reg])) {
			break;
		}
	}
	if (reg < ARM_ID_COUNT && hal->ops->log != NULL) {
		hal->ops->log(hal->ctx, AXVCPU_LOG_WARN,
			      "arm_vcpu: this CPU has less than the guest was shown, in:");
		hal->ops->log(hal->ctx, AXVCPU_LOG_WARN, regs[reg].name);
	}
	return reg == ARM_ID_COUNT;
}

/** The register that an id names; ARM_ID_COUNT if it is none of these, or the guest keeps none. */
static uint32_t find_id(const struct arm_vcpu *vcpu, uint64_t id)
{
	uint32_t reg = 0;

	while (reg < ARM_ID_COUNT && arm_vcpu_id_view_reg_at(reg) != id) {
		reg++;
	}
	return arm_vcpu_keeps_id(vcpu) ? reg : ARM_ID_COUNT;
}

axvcpu_error_t arm_vcpu_id_view_reg_get(const struct arm_vcpu *vcpu, uint64_t id, uint64_t *value)
{
	uint32_t reg = find_id(vcpu, id);

	if (reg == ARM_ID_COUNT) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	*value = vcpu->id[reg];
	return AXVCPU_OK;
}

axvcpu_error_t arm_vcpu_id_view_reg_set(struct arm_vcpu *vcpu, uint64_t id, uint64_t value)
{
	uint32_t reg = find_id(vcpu, id);

	if (reg == ARM_ID_COUNT) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	if (counts(vcpu, reg) &&
	    !has_all((enum arm_id_reg)reg, of_this_cpu(vcpu, (enum arm_id_reg)reg), value)) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	vcpu->id[reg] = value;
	vcpu->prepared = 0;
	return AXVCPU_OK;
}

uint32_t arm_vcpu_id_view_reg_count(const struct arm_vcpu *vcpu)
{
	return arm_vcpu_keeps_id(vcpu) ? (uint32_t)ARM_ID_COUNT : 0u;
}

uint64_t arm_vcpu_id_view_reg_at(uint32_t index)
{
	return AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 3, ARM_VCPU_REG_CLASS_SYSREG, regs[index].encoding);
}
