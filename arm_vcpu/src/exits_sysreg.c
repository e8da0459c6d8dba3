/* SPDX-License-Identifier: Apache-2.0 */
/* Trapped system registers: what the library answers itself, and what becomes an exit. */
#include "exits.h"

#include "debug.h"
#include "id_view.h"
#include "inject.h"
#include "pauth.h"
#include "ptimer.h"
#include "regs.h"
#include "state.h"
#include "step.h"

/** The registers that bits of ESR_EL2.ISS name. */
struct encoding {
	uint32_t op0, op1, crn, crm, op2;
};

static struct encoding encoding_of(uint64_t esr)
{
	struct encoding e = {
		.op0 = (uint32_t)ARM_FIELD(esr, ESR_SYSREG_OP0),
		.op1 = (uint32_t)ARM_FIELD(esr, ESR_SYSREG_OP1),
		.crn = (uint32_t)ARM_FIELD(esr, ESR_SYSREG_CRN),
		.crm = (uint32_t)ARM_FIELD(esr, ESR_SYSREG_CRM),
		.op2 = (uint32_t)ARM_FIELD(esr, ESR_SYSREG_OP2),
	};

	return e;
}

/** What a trapped register is to the guest. */
enum kind {
	/** Hidden: the instruction is undefined. */
	KIND_HIDDEN,
	/** Reads as a constant, ignores writes. */
	KIND_CONSTANT,
	/** A debug register. */
	KIND_DEBUG,
	/** One of the debug communications channel that EL0 has as well. */
	KIND_CHANNEL,
	/** One of the ID registers, or REVIDR_EL1 or AIDR_EL1, which belong to MIDR_EL1. */
	KIND_ID,
	/** A key of pointer authentication. */
	KIND_KEY,
	/** CPACR_EL1, of which the guest does not have all. */
	KIND_CPACR,
	/** Generates an SGI. */
	KIND_SGI,
	/** Deactivates an interrupt (ICC_DIR_EL1). */
	KIND_DIR,
	/** Says that the GIC's CPU interface is system registers (ICC_SRE_EL1). */
	KIND_SRE,
	/** The physical timer and counter: the guest's own, or the hypervisor's business. */
	KIND_PTIMER,
	/** The hypervisor's business. */
	KIND_EXIT,
};

/**
 * op0 = 2: debug and trace registers. Every AArch64 CPU has self-hosted debug; its
 * registers are the guest's own (debug.c), but those that EL0 has too, the debug channel,
 * have nothing in them. Trace (op1 = 1) is hidden.
 */
static enum kind debug_kind(const struct encoding *e)
{
	const uint32_t trace_op1 = 1u;

	if (e->op1 == trace_op1) {
		return KIND_HIDDEN;
	}
	return e->op1 == 0u ? KIND_DEBUG : KIND_CHANNEL;
}

/** CRn = 0, CRm = 0 of op1 = 0 and 1: what HCR_EL2.TID1 and TID5 trap. */
static enum kind id1_kind(const struct encoding *e)
{
	const uint32_t revidr_op2 = 6u;
	const uint32_t aidr_op2 = 7u;

	/* Not SMIDR_EL1 (SME) and GMID_EL1 (MTE). */
	return e->op2 == (e->op1 == 0u ? revidr_op2 : aidr_op2) ? KIND_ID : KIND_HIDDEN;
}

/** op0 = 3, op1 = 0: EL1 registers. */
static enum kind el1_kind(const struct encoding *e, uint64_t *constant)
{
	*constant = 0u;
	switch (e->crn) {
	case 0:
		return e->crm != 0u ? KIND_ID : id1_kind(e);
	case 1:
		if (e->crm == 0u && e->op2 == 1u) {
			return KIND_CONSTANT; /* ACTLR_EL1: nothing to configure */
		}
		if (e->crm == 0u && e->op2 == 2u) {
			return KIND_CPACR;
		}
		/* SMCR_EL1, SMPRI_EL1, TRFCR_EL1, RGSR_EL1, GCR_EL1, SCTLR2_EL1 */
		return KIND_HIDDEN;
	case 2:
		/* AP*KEY*_EL1, D17.2.8 and following; not TCR2_EL1, GCS */
		return e->crm >= 1u && e->crm <= 3u ? KIND_KEY : KIND_HIDDEN;
	case 4:
		/* ICC_PMR_EL1; not ALLINT */
		return e->crm == 6u ? KIND_EXIT : KIND_HIDDEN;
	case 5: /* ERR*_EL1 (RAS), TFSR_EL1 (MTE) */
		return KIND_HIDDEN;
	case 9: /* PM*_EL1, SPE, TRBE */
		return KIND_HIDDEN;
	case 10: /* LORC_EL1 and its like; MPAM; PIR_EL1, POR_EL1, MAIR2_EL1 */
		return KIND_HIDDEN;
	case 12:
		/* ICC_SGI1R_EL1, ICC_ASGI1R_EL1, ICC_SGI0R_EL1: IHI 0069, 12.2.13 and following */
		if (e->crm == 11u && e->op2 >= 5u) {
			return KIND_SGI;
		}
		/* ICC_DIR_EL1, 12.2.10: trapped while an active interrupt has no list register. */
		if (e->crm == 11u && e->op2 == 1u) {
			return KIND_DIR;
		}
		/* ICC_SRE_EL1, 12.2.24 */
		return e->crm == 12u && e->op2 == 5u ? KIND_SRE : KIND_EXIT;
	case 13: /* SCXTNUM_EL1, ACCDATA_EL1 */
		return KIND_HIDDEN;
	default:
		return KIND_EXIT;
	}
}

/** Whether it is CNTPCT_EL0, CNTP_TVAL_EL0, CNTP_CTL_EL0 or CNTP_CVAL_EL0, and which. */
static bool is_ptimer(const struct encoding *e, enum arm_ptimer_reg *reg)
{
	switch (e->crm << 3 | e->op2) {
	case 0u << 3 | 1u:
		*reg = ARM_PTIMER_COUNT;
		return true;
	case 2u << 3 | 0u:
		*reg = ARM_PTIMER_TVAL;
		return true;
	case 2u << 3 | 1u:
		*reg = ARM_PTIMER_CTL;
		return true;
	case 2u << 3 | 2u:
		*reg = ARM_PTIMER_CVAL;
		return true;
	default:
		return false;
	}
}

/** op0 = 3, op1 = 3: EL0 registers. */
static enum kind el0_kind(const struct encoding *e)
{
	const uint32_t pmev_crm = 8u;
	enum arm_ptimer_reg reg;

	switch (e->crn) {
	case 2:  /* GCSPR_EL0 */
	case 4:  /* TCO, SVCR */
	case 9:  /* PM*_EL0 */
	case 10: /* POR_EL0 */
	case 13: /* SCXTNUM_EL0, TPIDR2_EL0, activity monitors */
		return KIND_HIDDEN;
	case 14:
		if (e->crm >= pmev_crm) {
			return KIND_HIDDEN;
		}
		return is_ptimer(e, &reg) ? KIND_PTIMER : KIND_EXIT;
	default:
		return KIND_EXIT;
	}
}

static enum kind kind_of(const struct encoding *e, uint64_t *constant)
{
	*constant = 0u;
	if (e->op0 == 2u) {
		return debug_kind(e);
	}
	if (e->op0 != 3u) {
		return KIND_HIDDEN; /* op0 = 1: instructions that nobody let trap */
	}
	switch (e->op1) {
	case 0:
		return el1_kind(e, constant);
	case 1:
		return e->crn == 0u && e->crm == 0u ? id1_kind(e) : KIND_EXIT;
	case 3:
		return el0_kind(e);
	case 4:
	case 5:
	case 6:
		return KIND_HIDDEN; /* registers of EL2 and EL3 */
	default:
		return KIND_EXIT;
	}
}

/* ICC_SGI1R_EL1 and its like, IHI 0069H, 12.2.14 */
#define SGIR_TARGET_LIST ARM_MASK(15, 0)
#define SGIR_AFF1 ARM_MASK(23, 16)
#define SGIR_INTID ARM_MASK(27, 24)
#define SGIR_AFF2 ARM_MASK(39, 32)
#define SGIR_IRM ARM_BIT(40)
#define SGIR_RS ARM_MASK(47, 44)
#define SGIR_AFF3 ARM_MASK(55, 48)
/* MPIDR_EL1, D19.2.100 */
#define MPIDR_AFF1 ARM_MASK(15, 8)
#define MPIDR_AFF2 ARM_MASK(23, 16)
#define MPIDR_AFF3 ARM_MASK(39, 32)

static enum arm_action send_ipi(struct arm_vcpu *vcpu, uint64_t value, struct axvcpu_exit *exit)
{
	struct axvcpu_exit_send_ipi *ipi = &exit->u.send_ipi;

	exit->reason = AXVCPU_EXIT_SEND_IPI;
	ipi->vector = ARM_FIELD(value, SGIR_INTID);
	if ((value & SGIR_IRM) != 0u) {
		ipi->flags = AXVCPU_SEND_IPI_ALL_BUT_SELF;
		ipi->target_cpu = 0u;
		ipi->target_mask = 0u;
		ipi->range_selector = 0u;
	} else {
		ipi->flags = 0u;
		ipi->target_cpu = ARM_PLACE(ARM_FIELD(value, SGIR_AFF1), MPIDR_AFF1) |
				  ARM_PLACE(ARM_FIELD(value, SGIR_AFF2), MPIDR_AFF2) |
				  ARM_PLACE(ARM_FIELD(value, SGIR_AFF3), MPIDR_AFF3);
		ipi->target_mask = ARM_FIELD(value, SGIR_TARGET_LIST);
		ipi->range_selector = (uint32_t)ARM_FIELD(value, SGIR_RS);
	}
	arm_vcpu_step(vcpu, vcpu->context.esr);
	return ARM_ACTION_EXIT;
}

static enum arm_action answer(struct arm_vcpu *vcpu, uint32_t rt, bool read, uint64_t value)
{
	if (read) {
		arm_vcpu_gpr_write(vcpu, rt, value);
	}
	arm_vcpu_step(vcpu, vcpu->context.esr);
	return ARM_ACTION_HANDLED;
}

static enum arm_action to_hypervisor(const struct arm_vcpu *vcpu, uint32_t rt, bool read,
				     struct axvcpu_exit *exit)
{
	exit->reason = read ? AXVCPU_EXIT_SYSREG_READ : AXVCPU_EXIT_SYSREG_WRITE;
	exit->u.sysreg.address = vcpu->context.esr & ESR_SYSREG_ENCODING;
	exit->u.sysreg.value = read ? 0u : arm_vcpu_gpr_read(vcpu, rt);
	exit->u.sysreg.reg = rt;
	exit->u.sysreg.width = (uint32_t)sizeof(uint64_t);
	return ARM_ACTION_EXIT;
}

static enum arm_action physical_timer(struct arm_vcpu *vcpu, const struct encoding *e, uint32_t rt,
				      bool read, struct axvcpu_exit *exit)
{
	enum arm_ptimer_reg reg;

	if (!arm_ptimer_is_emulated(vcpu) || !is_ptimer(e, &reg)) {
		return to_hypervisor(vcpu, rt, read, exit);
	}
	if (read) {
		return answer(vcpu, rt, true, arm_vcpu_ptimer_read(vcpu, reg));
	}
	if (reg == ARM_PTIMER_COUNT) {
		arm_vcpu_inject_undefined(vcpu); /* it is read only */
		return ARM_ACTION_HANDLED;
	}
	/* A new deadline is the hypervisor's to look after. */
	if (arm_vcpu_ptimer_write(vcpu, reg, arm_vcpu_gpr_read(vcpu, rt))) {
		arm_vcpu_step(vcpu, vcpu->context.esr);
		exit->reason = AXVCPU_EXIT_NOTHING;
		return ARM_ACTION_EXIT;
	}
	return answer(vcpu, rt, false, 0u);
}

static enum arm_action debug_register(struct arm_vcpu *vcpu, const struct encoding *e, uint32_t rt,
				      bool read)
{
	uint64_t value = read ? 0u : arm_vcpu_gpr_read(vcpu, rt);

	if (!arm_vcpu_debug_access(vcpu, ARM_VCPU_SYSREG(e->op0, e->op1, e->crn, e->crm, e->op2), read,
				   &value)) {
		arm_vcpu_inject_undefined(vcpu);
		return ARM_ACTION_HANDLED;
	}
	return answer(vcpu, rt, read, value);
}

static enum arm_action debug_channel(struct arm_vcpu *vcpu, uint32_t rt, bool read)
{
	/* The guest's own trap comes before that to EL2 (MDSCR_EL1.TDCC, D19.3.20). */
	if ((vcpu->context.pstate & SPSR_M) == SPSR_M_EL0T &&
	    (vcpu->debug.mdscr & MDSCR_EL1_TDCC) != 0u) {
		arm_vcpu_inject_trap(vcpu, vcpu->context.esr);
		return ARM_ACTION_HANDLED;
	}
	return answer(vcpu, rt, read, 0u);
}

/** Whether the GIC's CPU interface is by system registers, which no guest may change for another. */
static enum arm_action interface_enable(struct arm_vcpu *vcpu, uint32_t rt, bool read,
					struct axvcpu_exit *exit)
{
	/* The guest's own cannot be turned off. */
	if (vcpu->vgic.enabled) {
		return answer(vcpu, rt, read, ICC_SRE_EL1_ALL);
	}
	/* The CPU's is this guest's, but traps for one that was here before: executed again. */
	if ((vcpu->flags & ARM_VCPU_PASSTHROUGH_INTERRUPT) != 0u) {
		struct arm_percpu *percpu = arm_percpu_of(vcpu);

		if (percpu->gic_taken) {
			arm_vcpu_vgic_give_back(percpu);
			return ARM_ACTION_HANDLED;
		}
	}
	return to_hypervisor(vcpu, rt, read, exit);
}

enum arm_action arm_vcpu_handle_sysreg(struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	uint64_t esr = vcpu->context.esr;
	struct encoding e = encoding_of(esr);
	uint32_t rt = (uint32_t)ARM_FIELD(esr, ESR_SYSREG_RT);
	bool read = (esr & ESR_SYSREG_READ) != 0u;
	uint64_t value;

	switch (kind_of(&e, &value)) {
	case KIND_CONSTANT:
		return answer(vcpu, rt, read, value);
	case KIND_DEBUG:
		return debug_register(vcpu, &e, rt, read);
	case KIND_CHANNEL:
		return debug_channel(vcpu, rt, read);
	case KIND_ID:
		if (read) {
			return answer(vcpu, rt, true, arm_vcpu_id_view_read(vcpu, e.op1, e.crm, e.op2));
		}
		break;
	case KIND_KEY:
		/* The first use: executed again, it is the CPU's own business. */
		if (arm_vcpu_pauth_load(vcpu)) {
			return ARM_ACTION_HANDLED;
		}
		break;
	case KIND_CPACR:
		if (!read) {
			arm_vcpu_state_write(vcpu, ARM_SAVED_CPACR_EL1, arm_vcpu_gpr_read(vcpu, rt));
		}
		return answer(vcpu, rt, read, arm_vcpu_state_read(vcpu, ARM_SAVED_CPACR_EL1));
	case KIND_SGI:
		if (!read) {
			return send_ipi(vcpu, arm_vcpu_gpr_read(vcpu, rt), exit);
		}
		break;
	case KIND_DIR:
		if (!read && vcpu->vgic.enabled) {
			arm_vcpu_vgic_deactivate(vcpu, (uint32_t)arm_vcpu_gpr_read(vcpu, rt));
			return answer(vcpu, rt, false, 0u);
		}
		break;
	case KIND_SRE:
		return interface_enable(vcpu, rt, read, exit);
	case KIND_PTIMER:
		return physical_timer(vcpu, &e, rt, read, exit);
	case KIND_EXIT:
		return to_hypervisor(vcpu, rt, read, exit);
	case KIND_HIDDEN:
	default:
		break;
	}
	arm_vcpu_inject_undefined(vcpu);
	return ARM_ACTION_HANDLED;
}
