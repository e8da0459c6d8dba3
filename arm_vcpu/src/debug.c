/* SPDX-License-Identifier: Apache-2.0 */
#include "debug.h"

#include "debug_cpu.h"
#include "regs.h"
#include "sysreg.h"
#include "world.h"

/* Encodings of the registers, as in MRS (D19.3). */
#define MDSCR_EL1 ARM_VCPU_SYSREG(2, 0, 0, 2, 2)
#define OSLAR_EL1 ARM_VCPU_SYSREG(2, 0, 1, 0, 4)
#define OSLSR_EL1 ARM_VCPU_SYSREG(2, 0, 1, 1, 4)
/** DBGBVR<n>_EL1, DBGBCR<n>_EL1, DBGWVR<n>_EL1, DBGWCR<n>_EL1: op2 in this order, CRm is n. */
#define FIRST_POINT_OP2 4u
#define POINT(kind, n) ARM_VCPU_SYSREG(2, 0, 0, n, FIRST_POINT_OP2 + (uint32_t)(kind))
#define ENCODING_CRM ARM_MASK(6, 3)
#define ENCODING_OP2 ARM_MASK(2, 0)

/* Bits that the guest's registers have. */
#define MDSCR_KNOWN (MDSCR_EL1_SS | MDSCR_EL1_TDCC | MDSCR_EL1_KDE | MDSCR_EL1_MDE)
#define BCR_KNOWN (DBGBCR_E | DBGBCR_PMC | DBGBCR_BAS | DBGBCR_LBN | DBGBCR_BT)
#define WCR_KNOWN \
	(DBGWCR_E | DBGWCR_PAC | DBGWCR_LSC | DBGWCR_BAS | DBGWCR_LBN | DBGWCR_WT | DBGWCR_MASK)

/** The OS lock and MDSCR_EL1 come before the others by id. */
#define SINGLE_REGS 2u

void arm_vcpu_debug_reset(struct arm_vcpu *vcpu)
{
	uint64_t dfr0 = arm_read_ID_AA64DFR0_EL1();
	struct arm_debug *debug = &vcpu->debug;

	/* All else is zero since the vCPU was created. */
	debug->os_locked = true;
	debug->breakpoints = (uint8_t)(ARM_FIELD(dfr0, ID_AA64DFR0_BRPS) + 1u);
	debug->watchpoints = (uint8_t)(ARM_FIELD(dfr0, ID_AA64DFR0_WRPS) + 1u);
}

bool arm_vcpu_debug_fits(const struct arm_debug *debug, const struct arm_features *features)
{
	return debug->breakpoints <= features->breakpoints &&
	       debug->watchpoints <= features->watchpoints;
}

bool arm_vcpu_debug_is_active(const struct arm_debug *debug)
{
	return !debug->os_locked && (debug->mdscr & (MDSCR_EL1_MDE | MDSCR_EL1_SS)) != 0u;
}

uint64_t arm_vcpu_debug_id(const struct arm_debug *debug, uint64_t dfr0)
{
	/* OSDLR_EL1 is RAZ/WI: there is no double lock. */
	dfr0 &= ~(ID_AA64DFR0_BRPS | ID_AA64DFR0_WRPS);
	return dfr0 | ID_AA64DFR0_DOUBLELOCK | ARM_PLACE(debug->breakpoints - 1u, ID_AA64DFR0_BRPS) |
	       ARM_PLACE(debug->watchpoints - 1u, ID_AA64DFR0_WRPS);
}

/** Breakpoints, or watchpoints. */
static uint32_t count_of(const struct arm_debug *debug, enum arm_debug_kind kind)
{
	return kind <= ARM_DEBUG_BCR ? debug->breakpoints : debug->watchpoints;
}

/** What the CPU gets for a value of the guest: types that its reserved ones would be are off. */
static uint64_t on_cpu(enum arm_debug_kind kind, uint64_t value)
{
	return kind == ARM_DEBUG_BCR && (value & DBGBCR_BT_EL2) != 0u ? 0u : value;
}

/**
 * The way into the guest on a host with E2H. Between exits TGE makes EL2 the target
 * of debug exceptions (D2.4), so the guest's MDSCR_EL1 is on the CPU only while the guest
 * runs, and its debug exceptions are masked (PSTATE.D) where it already is at EL2.
 */
static uint64_t enter_vhe(struct arm_context *context)
{
	AXVCPU_STATIC_ASSERT(offsetof(struct arm_vcpu, context) == 0, "a vCPU begins with its context");
	struct arm_vcpu *vcpu = (struct arm_vcpu *)context;
	uint64_t daif = arm_read_DAIF();
	uint64_t vector;

	arm_write_DAIF(daif | DAIF_D);
	arm_write_MDSCR_EL1(vcpu->debug.mdscr);
	vector = arm_vcpu_enter_vhe(context);
	arm_write_MDSCR_EL1(0);
	arm_isb();
	arm_write_DAIF(daif);
	return vector;
}

/** MDSCR_EL1 of a guest whose values are on the CPU. */
static void write_mdscr(const struct arm_vcpu *vcpu)
{
	if (!vcpu->features->vhe) {
		arm_write_MDSCR_EL1(vcpu->debug.mdscr);
	}
}

void arm_vcpu_debug_load(struct arm_vcpu *vcpu, struct arm_percpu *percpu)
{
	const struct arm_features *features = &percpu->features;
	uint32_t kind, n;

	for (kind = 0; kind < ARM_DEBUG_KINDS; kind++) {
		uint32_t most = (enum arm_debug_kind)kind <= ARM_DEBUG_BCR ? features->breakpoints :
									     features->watchpoints;

		for (n = 0; n < most; n++) {
			percpu->debug[kind][n] = arm_vcpu_debug_cpu_read((enum arm_debug_kind)kind, n);
			/* Those that the guest does not have are 0 here: off. */
			arm_vcpu_debug_cpu_write((enum arm_debug_kind)kind, n,
						 on_cpu((enum arm_debug_kind)kind,
							vcpu->debug.point[kind][n]));
		}
	}
	/* A CPU comes out of reset with it locked, and then takes no debug exception (D19.3.26). */
	percpu->os_locked = (arm_read_OSLSR_EL1() & OSLSR_EL1_OSLK) != 0u;
	if (percpu->os_locked) {
		arm_write_OSLAR_EL1(0);
	}
	write_mdscr(vcpu);
	if (features->vhe) {
		vcpu->enter = enter_vhe;
	}
	vcpu->on_cpu |= ARM_PLAN_DEBUG;
}

void arm_vcpu_debug_unload(struct arm_vcpu *vcpu, const struct arm_percpu *percpu)
{
	const struct arm_features *features = &percpu->features;
	uint32_t kind, n;

	/* First: the host's values are not to be in force by the guest's controls. */
	arm_write_MDSCR_EL1(0);
	arm_isb();
	if (percpu->os_locked) {
		arm_write_OSLAR_EL1(OSLAR_EL1_OSLK);
	}
	for (kind = 0; kind < ARM_DEBUG_KINDS; kind++) {
		uint32_t most = (enum arm_debug_kind)kind <= ARM_DEBUG_BCR ? features->breakpoints :
									     features->watchpoints;

		for (n = 0; n < most; n++) {
			arm_vcpu_debug_cpu_write((enum arm_debug_kind)kind, n, percpu->debug[kind][n]);
		}
	}
	if (features->vhe) {
		vcpu->enter = arm_vcpu_enter_vhe;
	}
	vcpu->on_cpu &= ~(uint32_t)ARM_PLAN_DEBUG;
}

/** Puts values onto the CPU, or takes them off, if what was written asks for it. */
static void settle(struct arm_vcpu *vcpu)
{
	bool active = arm_vcpu_debug_is_active(&vcpu->debug);
	struct arm_percpu *percpu = arm_percpu_of(vcpu);

	vcpu->plan = active ? vcpu->plan | ARM_PLAN_DEBUG : vcpu->plan & ~(uint32_t)ARM_PLAN_DEBUG;
	if (!arm_vcpu_is_on_cpu(vcpu)) {
		return;
	}
	if (active == ((vcpu->on_cpu & ARM_PLAN_DEBUG) != 0u)) {
		if (active) {
			write_mdscr(vcpu);
		}
	} else if (active) {
		arm_vcpu_debug_load(vcpu, percpu);
	} else {
		arm_vcpu_debug_unload(vcpu, percpu);
	}
}

static void set_point(struct arm_vcpu *vcpu, enum arm_debug_kind kind, uint32_t n, uint64_t value)
{
	if (kind == ARM_DEBUG_BCR) {
		value &= BCR_KNOWN;
	} else if (kind == ARM_DEBUG_WCR) {
		value &= WCR_KNOWN;
	}
	vcpu->debug.point[kind][n] = value;
	if ((vcpu->on_cpu & ARM_PLAN_DEBUG) != 0u) {
		arm_vcpu_debug_cpu_write(kind, n, on_cpu(kind, value));
	}
}

/** Whether it is one of the breakpoint and watchpoint registers, there or not. */
static bool is_point(uint32_t encoding, enum arm_debug_kind *kind, uint32_t *n)
{
	uint32_t op2 = (uint32_t)ARM_FIELD(encoding, ENCODING_OP2);

	if ((encoding & ~(uint32_t)(ENCODING_CRM | ENCODING_OP2)) != ARM_VCPU_SYSREG(2, 0, 0, 0, 0) ||
	    op2 < FIRST_POINT_OP2) {
		return false;
	}
	*kind = (enum arm_debug_kind)(op2 - FIRST_POINT_OP2);
	*n = (uint32_t)ARM_FIELD(encoding, ENCODING_CRM);
	return true;
}

static uint64_t oslsr(const struct arm_debug *debug)
{
	return OSLSR_EL1_OSLM_IMPLEMENTED | (debug->os_locked ? OSLSR_EL1_OSLK : 0u);
}

bool arm_vcpu_debug_access(struct arm_vcpu *vcpu, uint32_t encoding, bool read, uint64_t *value)
{
	struct arm_debug *debug = &vcpu->debug;
	enum arm_debug_kind kind;
	uint32_t n;

	if (is_point(encoding, &kind, &n)) {
		if (n >= count_of(debug, kind)) {
			return false;
		}
		if (read) {
			*value = debug->point[kind][n];
		} else {
			set_point(vcpu, kind, n, *value);
		}
		return true;
	}
	if (read) {
		/* The debug channel, claim tags and what else there is: nothing set. */
		*value = encoding == MDSCR_EL1 ? debug->mdscr : encoding == OSLSR_EL1 ? oslsr(debug) : 0u;
		return true;
	}
	if (encoding == MDSCR_EL1) {
		debug->mdscr = *value & MDSCR_KNOWN;
	} else if (encoding == OSLAR_EL1) {
		debug->os_locked = (*value & OSLAR_EL1_OSLK) != 0u;
	} else {
		return true;
	}
	settle(vcpu);
	return true;
}

/** The encoding that an id names; no register has 0. */
static uint32_t encoding_of(uint64_t id)
{
	uint32_t encoding = AXVCPU_REG_INDEX(id);

	return id == AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 3, ARM_VCPU_REG_CLASS_SYSREG, encoding) ?
		       encoding :
		       0u;
}

axvcpu_error_t arm_vcpu_debug_reg_get(const struct arm_vcpu *vcpu, uint64_t id, uint64_t *value)
{
	const struct arm_debug *debug = &vcpu->debug;
	uint32_t encoding = encoding_of(id);
	enum arm_debug_kind kind;
	uint32_t n;

	if (is_point(encoding, &kind, &n) && n < count_of(debug, kind)) {
		*value = debug->point[kind][n];
	} else if (encoding == MDSCR_EL1) {
		*value = debug->mdscr;
	} else if (encoding == OSLSR_EL1) {
		*value = oslsr(debug);
	} else {
		return AXVCPU_ERR_NOT_FOUND;
	}
	return AXVCPU_OK;
}

axvcpu_error_t arm_vcpu_debug_reg_set(struct arm_vcpu *vcpu, uint64_t id, uint64_t value)
{
	struct arm_debug *debug = &vcpu->debug;
	uint32_t encoding = encoding_of(id);
	enum arm_debug_kind kind;
	uint32_t n;

	if (is_point(encoding, &kind, &n) && n < count_of(debug, kind)) {
		set_point(vcpu, kind, n, value);
		return AXVCPU_OK;
	}
	if (encoding == MDSCR_EL1) {
		debug->mdscr = value & MDSCR_KNOWN;
	} else if (encoding == OSLSR_EL1) {
		if ((value & ~OSLSR_EL1_OSLK) != OSLSR_EL1_OSLM_IMPLEMENTED) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		debug->os_locked = (value & OSLSR_EL1_OSLK) != 0u;
	} else {
		return AXVCPU_ERR_NOT_FOUND;
	}
	settle(vcpu);
	return AXVCPU_OK;
}

size_t arm_vcpu_debug_reg_count(const struct arm_vcpu *vcpu)
{
	return SINGLE_REGS + 2u * ((size_t)vcpu->debug.breakpoints + vcpu->debug.watchpoints);
}

axvcpu_error_t arm_vcpu_debug_reg_at(const struct arm_vcpu *vcpu, size_t index, uint64_t *id)
{
	uint32_t encoding;
	uint32_t kind;

	/* The lock and the controls that turn others on come last, as they are loaded in this order. */
	for (kind = 0; kind < ARM_DEBUG_KINDS; kind++) {
		uint32_t count = count_of(&vcpu->debug, (enum arm_debug_kind)kind);

		if (index < count) {
			break;
		}
		index -= count;
	}
	if (kind < ARM_DEBUG_KINDS) {
		encoding = POINT(kind, (uint32_t)index);
	} else if (index < SINGLE_REGS) {
		encoding = index == 0u ? OSLSR_EL1 : MDSCR_EL1;
	} else {
		return AXVCPU_ERR_NOT_FOUND;
	}
	*id = AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 3, ARM_VCPU_REG_CLASS_SYSREG, encoding);
	return AXVCPU_OK;
}
