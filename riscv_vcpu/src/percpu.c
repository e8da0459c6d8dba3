/* SPDX-License-Identifier: Apache-2.0 */
/* One physical hart: turning virtualization on and off. */
#include "vcpu.h"

axvcpu_error_t riscv_vcpu_percpu_init(void *state, void *host, const struct axvcpu_hal *hal)
{
	struct riscv_percpu *percpu = state;
	struct riscv_features features;
	axvcpu_error_t error = riscv_vcpu_detect(&features);

	if (error != AXVCPU_OK)
		return error;
	if (!riscv_vcpu_publish_features(host, &features))
		return AXVCPU_ERR_UNSUPPORTED;
	riscv_vcpu_imsic_reset(&features);
	*percpu = (struct riscv_percpu){
		.host = host,
		.hal = hal,
		.features = features,
	};
	return AXVCPU_OK;
}

static bool has(const struct riscv_percpu *percpu, uint32_t features)
{
	return (percpu->features.bits & features) == features;
}

axvcpu_error_t riscv_vcpu_hardware_enable(void *state)
{
	struct riscv_percpu *percpu = state;
	struct riscv_saved_csrs *saved = &percpu->saved;

	saved->hstatus = rv_read_hstatus();
	saved->hideleg = rv_read_hideleg();
	saved->hie = rv_read_hie();
	saved->hgeie = rv_read_hgeie();
	saved->hgatp = rv_read_hgatp();
#define SAVE(name, needs)                \
	if (has(percpu, needs))          \
		saved->name = rv_read_##name();
	RISCV_CONTROL_CSRS(SAVE)
#undef SAVE
	rv_write_hideleg(HVIP_ALL);
	if (rv_read_hideleg() != HVIP_ALL) {
		rv_write_hideleg(saved->hideleg);
		return AXVCPU_ERR_HARDWARE;
	}
	if (has(percpu, RISCV_VCPU_FEATURE_STATEEN)) {
		saved->stateen0 = rv_read_hstateen0();
		/* senvcfg only: what else it opens is state that nobody would switch. */
		rv_write_hstateen0(STATEEN0_ENVCFG);
	}
	rv_write_hgatp(0);
	rv_write_hvip(0);
	/* Of guests that wait for their interrupt file; hgeie, which a reset leaves as it is, has them. */
	if (percpu->features.guest_words != 0)
		rv_write_hgeie(percpu->waiting_files);
	rv_write_hie((saved->hie & ~HVIP_ALL) |
		     (percpu->features.guest_words != 0 ? HIE_SGEIE : 0));
	/* The TLB may hold VMIDs of whoever used the extension before. */
	rv_hfence_gvma_all();
	rv_hfence_vvma_all();
	percpu->vmid_generation = 0;
	percpu->last = NULL;
	return AXVCPU_OK;
}

axvcpu_error_t riscv_vcpu_hardware_disable(void *state)
{
	struct riscv_percpu *percpu = state;
	const struct riscv_saved_csrs *saved = &percpu->saved;

	percpu->waiting_files = rv_read_hgeie();
#define RESTORE(name, needs)             \
	if (has(percpu, needs))          \
		rv_write_##name(saved->name);
	RISCV_CONTROL_CSRS(RESTORE)
#undef RESTORE
	if (has(percpu, RISCV_VCPU_FEATURE_STATEEN))
		rv_write_hstateen0(saved->stateen0);
	rv_write_hideleg(saved->hideleg);
	rv_write_hie(saved->hie);
	rv_write_hgeie(saved->hgeie);
	rv_write_hgatp(saved->hgatp);
	rv_write_hstatus(saved->hstatus);
	rv_hfence_gvma_all();
	rv_hfence_vvma_all();
	return AXVCPU_OK;
}

uint32_t riscv_vcpu_max_levels(const void *state)
{
	const struct riscv_percpu *percpu = state;

	switch (riscv_vcpu_best_mode(&percpu->features)) {
	case RISCV_VCPU_HGATP_SV57X4:
		return 5;
	case RISCV_VCPU_HGATP_SV48X4:
		return 4;
	default:
		return 3;
	}
}
