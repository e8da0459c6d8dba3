/* SPDX-License-Identifier: Apache-2.0 */
/* Create and set up: the configurations, and the state in which a hart starts. */
#include "vcpu.h"

enum { SATP = 0x180, SSTATUS = 0x100 };

/* Exceptions that are the guest's own affair; illegal instructions see fpu.c. */
#define DELEGATED                                                                          \
	(RV_BIT(CAUSE_FETCH_MISALIGNED) | RV_BIT(CAUSE_FETCH_ACCESS) |                     \
	 RV_BIT(CAUSE_BREAKPOINT) | RV_BIT(CAUSE_LOAD_MISALIGNED) |                        \
	 RV_BIT(CAUSE_LOAD_ACCESS) | RV_BIT(CAUSE_STORE_MISALIGNED) |                      \
	 RV_BIT(CAUSE_STORE_ACCESS) | RV_BIT(CAUSE_ECALL_U) | RV_BIT(CAUSE_FETCH_PAGE) |   \
	 RV_BIT(CAUSE_LOAD_PAGE) | RV_BIT(CAUSE_STORE_PAGE) | RV_BIT(CAUSE_SOFTWARE_CHECK))

/*
 * Copies a structure that starts with its size: an older, smaller one is filled
 * up with zeros, a newer one must not say more than this library knows.
 */
static bool copy_config(void *to, uint32_t to_size, const void *from)
{
	const uint8_t *source = from;
	uint8_t *target = to;
	const uint32_t size = *(const uint32_t *)from;

	/* A bound on what is read: no version will be as large. */
	if (size < 8 || size > 4096)
		return false;
	for (uint32_t i = 0; i < size; i++) {
		if (i < to_size)
			target[i] = source[i];
		else if (source[i] != 0)
			return false;
	}
	return true;
}

axvcpu_error_t riscv_vcpu_create(void *state, const struct axvcpu_arch_vcpu_info *info,
			    const void *config)
{
	struct riscv_vcpu *vcpu = state;
	struct riscv_vcpu_create_config own = {
		.hart_id = info->vcpu_id,
		.first_hart_id = info->vcpu_id,
		.hart_count = 1,
	};

	if (config != NULL) {
		own = (struct riscv_vcpu_create_config){ 0 };
		if (!copy_config(&own, sizeof(own), config))
			return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	/* UINT64_MAX is no hart id: as a mask's base it means all harts (SBI 2.0, 3.1). */
	if (own.flags != 0 || own.hart_count == 0 ||
	    own.first_hart_id > UINT64_MAX - own.hart_count ||
	    own.hart_id < own.first_hart_id || own.hart_id - own.first_hart_id >= own.hart_count)
		return AXVCPU_ERR_INVALID_ARGUMENT;
	*vcpu = (struct riscv_vcpu){
		.host = info->host,
		.hal = info->hal,
		.hart_id = own.hart_id,
		.first_hart_id = own.first_hart_id,
		.hart_count = own.hart_count,
		.mvendorid = own.mvendorid,
		.marchid = own.marchid,
		.mimpid = own.mimpid,
		.timer = UINT64_MAX,
		.steal = { .gpa = RISCV_STEAL_OFF },
	};
	riscv_vcpu_pmu_reset(vcpu);
	return AXVCPU_OK;
}

void riscv_vcpu_destroy(void *state)
{
	riscv_vcpu_extended_destroy(state);
	riscv_vcpu_imsic_destroy(state);
}

/* The state that SBI gives a hart which starts or wakes up (SBI 2.0, 9, table 20). */
void riscv_vcpu_setup_start(struct riscv_vcpu *vcpu, uint64_t entry, uint64_t arg)
{
	uint64_t status = 0;

	(void)riscv_vcpu_vs_csr_read(vcpu, SSTATUS, &status);
	(void)riscv_vcpu_vs_csr_write(vcpu, SSTATUS, status & ~SSTATUS_SIE);
	(void)riscv_vcpu_vs_csr_write(vcpu, SATP, 0);
	vcpu->pc = entry;
	vcpu->gpr[RISCV_A0] = vcpu->hart_id;
	vcpu->gpr[RISCV_A1] = arg;
	vcpu->sstatus |= SSTATUS_SPP;
	vcpu->hstatus |= HSTATUS_SPVP;
}

static uint32_t mode_feature(uint32_t mode)
{
	switch (mode) {
	case RISCV_VCPU_HGATP_SV39X4:
		return RISCV_VCPU_FEATURE_SV39X4;
	case RISCV_VCPU_HGATP_SV48X4:
		return RISCV_VCPU_FEATURE_SV48X4;
	case RISCV_VCPU_HGATP_SV57X4:
		return RISCV_VCPU_FEATURE_SV57X4;
	default:
		return 0;
	}
}

/* Fills in what the configuration leaves open. */
static axvcpu_error_t choose(struct riscv_vcpu_setup_config *config,
			     const struct riscv_features *features)
{
	const uint32_t flags = RISCV_VCPU_WFI_NATIVE | RISCV_VCPU_EXIT_CSR |
			       RISCV_VCPU_COUNTERS | RISCV_VCPU_NO_VECTOR;

	if ((config->flags & ~flags) != 0 || config->reserved != 0 ||
	    config->timer > RISCV_VCPU_TIMER_HVIP || config->sbi > RISCV_VCPU_SBI_EXIT_ALL)
		return AXVCPU_ERR_INVALID_ARGUMENT;

	if (config->hgatp_mode == RISCV_VCPU_HGATP_BEST)
		config->hgatp_mode = riscv_vcpu_best_mode(features);
	if (mode_feature(config->hgatp_mode) == 0)
		return AXVCPU_ERR_INVALID_ARGUMENT;
	if ((features->bits & mode_feature(config->hgatp_mode)) == 0 ||
	    config->guest_file > features->guest_files ||
	    (config->guest_file != 0 && features->guest_words == 0))
		return AXVCPU_ERR_UNSUPPORTED;

	if ((features->bits & RISCV_VCPU_FEATURE_SSTC) != 0) {
		if (config->timer == RISCV_VCPU_TIMER_BEST)
			config->timer = RISCV_VCPU_TIMER_SSTC;
	} else {
		if (config->timer == RISCV_VCPU_TIMER_SSTC)
			return AXVCPU_ERR_UNSUPPORTED;
		config->timer = RISCV_VCPU_TIMER_HVIP;
	}
	return AXVCPU_OK;
}

/* senvcfg, and of the AIA what is switched: what else it opens is state that nobody would. */
static uint64_t stateen0(uint32_t guest_file)
{
	return STATEEN0_ENVCFG | STATEEN0_AIA | STATEEN0_CSRIND |
	       (guest_file != 0 ? STATEEN0_IMSIC : 0);
}

/*
 * Without an interrupt file an external interrupt has the priority number that hvictl gives,
 * or else the lowest of all; without the AIA it is the highest (AIA, 6.3.3; 15.6.1).
 */
static uint64_t external_priority(uint32_t guest_file)
{
	return guest_file != 0 ? 0 :
				 ((uint64_t)IRQ_S_EXTERNAL << HVICTL_IID_SHIFT) |
					 (UINT64_C(1) << HVICTL_IPRIO_SHIFT);
}

static void first_state(struct riscv_vcpu *vcpu, const struct riscv_vcpu_setup_config *config)
{
	for (size_t i = 0; i < 32; i++)
		vcpu->gpr[i] = 0;
	vcpu->fault = (struct riscv_fault){ 0 };
	vcpu->due = 0;
	riscv_vcpu_steal_set(vcpu, RISCV_STEAL_OFF);
	riscv_vcpu_pmu_reset(vcpu);
	vcpu->timer = UINT64_MAX;
	vcpu->vs = (struct riscv_vs_csrs){
		.vsstatus = SSTATUS_UXL_64,
		/* As firmware leaves it (OpenSBI, lib/sbi/sbi_hart.c), and kernels count on that. */
		.scounteren = COUNTEREN_CY | COUNTEREN_TM | COUNTEREN_IR,
		.vstimecmp = UINT64_MAX,
	};
	vcpu->sstatus = SSTATUS_SPP | SSTATUS_UXL_64;
	/*
	 * VSXL may be writable and must not be 0. VTVM and VTSR stay clear: the guest
	 * has its own satp and sret.
	 */
	vcpu->hstatus = HSTATUS_SPV | HSTATUS_SPVP | HSTATUS_VSXL_64 |
			((uint64_t)config->guest_file << HSTATUS_VGEIN_SHIFT);
	if ((config->flags & RISCV_VCPU_WFI_NATIVE) == 0)
		vcpu->hstatus |= HSTATUS_VTW;

	vcpu->control = (struct riscv_control_csrs){
		.hedeleg = DELEGATED,
		.hcounteren = COUNTEREN_TM,
		.hstateen0 = stateen0(config->guest_file),
		.hvictl = external_priority(config->guest_file),
		/* Emulated devices are memory: a fence of I/O orders that too (15.2.5). */
		.henvcfg = ENVCFG_FIOM,
		.hgatp = ((uint64_t)config->hgatp_mode << ATP_MODE_SHIFT) | (vcpu->root >> 12),
	};
	if (vcpu->extended == 0 || !riscv_vcpu_has(vcpu, RISCV_VCPU_FEATURE_ILLEGAL))
		vcpu->control.hedeleg |= RV_BIT(CAUSE_ILLEGAL);
	if ((config->flags & RISCV_VCPU_COUNTERS) != 0)
		vcpu->control.hcounteren |= COUNTEREN_CY | COUNTEREN_IR;
	/* CBO.INVAL does a flush: discarding dirty lines would show what was there before. */
	if (riscv_vcpu_has(vcpu, RISCV_VCPU_FEATURE_ZICBOM))
		vcpu->control.henvcfg |= ENVCFG_CBIE_FLUSH | ENVCFG_CBCFE;
	if (riscv_vcpu_has(vcpu, RISCV_VCPU_FEATURE_ZICBOZ))
		vcpu->control.henvcfg |= ENVCFG_CBZE;
	if (riscv_vcpu_has(vcpu, RISCV_VCPU_FEATURE_SVPBMT))
		vcpu->control.henvcfg |= ENVCFG_PBMTE;
	if (vcpu->timer_policy == RISCV_VCPU_TIMER_SSTC)
		vcpu->control.henvcfg |= ENVCFG_STCE;
	riscv_vcpu_setup_start(vcpu, vcpu->entry, 0);
}

axvcpu_error_t riscv_vcpu_setup(void *state, const void *config)
{
	struct riscv_vcpu *vcpu = state;
	struct riscv_vcpu_setup_config own = { 0 };
	struct riscv_features features;
	axvcpu_error_t error;

	if (config != NULL && !copy_config(&own, sizeof(own), config))
		return AXVCPU_ERR_INVALID_ARGUMENT;
	riscv_vcpu_host_features(vcpu->host, &features);
	/* No CPU has been looked at: axvcpu_percpu_init() comes first. */
	if (features.bits == 0)
		return AXVCPU_ERR_UNSUPPORTED;
	error = choose(&own, &features);
	if (error != AXVCPU_OK)
		return error;

	vcpu->features = features;
	if (own.timer != RISCV_VCPU_TIMER_SSTC)
		vcpu->features.bits &= ~(uint32_t)RISCV_VCPU_FEATURE_SSTC;
	if ((own.flags & RISCV_VCPU_NO_VECTOR) != 0)
		vcpu->features.bits &= ~(uint32_t)RISCV_VCPU_FEATURE_V;
	error = riscv_vcpu_vmid_setup(vcpu, own.vmid);
	if (error != AXVCPU_OK)
		return error;
	vcpu->flags = own.flags;
	vcpu->timer_policy = own.timer;
	vcpu->sbi_policy = own.sbi;
	error = riscv_vcpu_extended_setup(vcpu);
	if (error == AXVCPU_OK)
		error = riscv_vcpu_imsic_setup(vcpu, own.guest_file);
	if (error != AXVCPU_OK)
		return error;
	first_state(vcpu, &own);
	return AXVCPU_OK;
}

axvcpu_error_t riscv_vcpu_set_entry(void *state, uint64_t entry)
{
	struct riscv_vcpu *vcpu = state;

	if ((entry & 1) != 0)
		return AXVCPU_ERR_INVALID_ARGUMENT;
	vcpu->entry = entry;
	vcpu->pc = entry;
	return AXVCPU_OK;
}

axvcpu_error_t riscv_vcpu_set_root(void *state, uint64_t root)
{
	struct riscv_vcpu *vcpu = state;
	const uint64_t ppn = (UINT64_C(1) << HGATP_PPN_BITS) - 1;

	if ((root & (RISCV_VCPU_ROOT_ALIGN - 1)) != 0 || (root >> 12) > ppn)
		return AXVCPU_ERR_INVALID_ARGUMENT;
	vcpu->root = root;
	vcpu->control.hgatp = (vcpu->control.hgatp & ~ppn) | (root >> 12);
	riscv_vcpu_vmid_forget(vcpu);
	return AXVCPU_OK;
}
