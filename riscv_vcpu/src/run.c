/* SPDX-License-Identifier: Apache-2.0 */
/* bind, unbind, and the loop between the guest and the hypervisor. */
#include "exits.h"

static bool fits(const struct riscv_vcpu *vcpu, const struct riscv_percpu *cpu)
{
	return (cpu->features.bits & vcpu->features.bits) == vcpu->features.bits;
}

/* What few guests use. */
static RISCV_APART void extras_bind(struct riscv_vcpu *vcpu)
{
	if ((vcpu->extras & RISCV_EXTRA_STEAL) != 0)
		riscv_vcpu_steal_bind(vcpu);
	if ((vcpu->extras & RISCV_EXTRA_PMU) != 0)
		riscv_vcpu_pmu_bind(vcpu);
}

static RISCV_APART void extras_unbind(struct riscv_vcpu *vcpu)
{
	if ((vcpu->extras & RISCV_EXTRA_PMU) != 0)
		riscv_vcpu_pmu_unbind(vcpu);
	if ((vcpu->extras & RISCV_EXTRA_STEAL) != 0)
		riscv_vcpu_steal_unbind(vcpu);
}

axvcpu_error_t riscv_vcpu_bind(void *state, void *percpu)
{
	struct riscv_vcpu *vcpu = state;
	struct riscv_percpu *cpu = percpu;

	if (!fits(vcpu, cpu))
		return AXVCPU_ERR_UNSUPPORTED;
	if ((vcpu->extras & RISCV_EXTRA_IMSIC) != 0) {
		const axvcpu_error_t error = riscv_vcpu_imsic_bind(vcpu);

		if (error != AXVCPU_OK)
			return error;
	}
	vcpu->percpu = cpu;
	riscv_vcpu_csrs_load(vcpu);
	if (vcpu->extras != 0)
		extras_bind(vcpu);
	if (vcpu->wanted != 0)
		riscv_vcpu_extended_bind(vcpu);
	return AXVCPU_OK;
}

axvcpu_error_t riscv_vcpu_unbind(void *state, void *percpu)
{
	struct riscv_vcpu *vcpu = state;

	(void)percpu;
	/* Most switches are of guests that use neither unit in between: 30 instructions less. */
	if (vcpu->loaded != 0)
		riscv_vcpu_extended_unbind(vcpu);
	riscv_vcpu_csrs_save(vcpu);
	if (vcpu->extras != 0)
		extras_unbind(vcpu);
	vcpu->percpu = NULL;
	return AXVCPU_OK;
}

/* Both in one: what the hypervisor would get back in between stays away, and so does hgatp = 0. */
axvcpu_error_t riscv_vcpu_switch(void *from_state, void *to_state, void *percpu)
{
	struct riscv_vcpu *from = from_state;
	struct riscv_vcpu *to = to_state;

	if (!fits(to, percpu) || (from->extras | to->extras) != 0)
		return AXVCPU_ERR_AGAIN; /* and bind does it, or tells why not */
	to->percpu = percpu;
	riscv_vcpu_csrs_switch(from, to);
	from->percpu = NULL;
	/* After the CSRs, as it may write hedeleg. */
	if ((from->loaded | to->wanted) != 0)
		riscv_vcpu_extended_switch(from, to);
	return AXVCPU_OK;
}

/* Requests come from any CPU; the kick that follows one brings us here. */
static RISCV_APART void take_fences(struct riscv_vcpu *vcpu)
{
	const uint32_t fences =
		__atomic_exchange_n(&vcpu->fences, 0u, __ATOMIC_ACQUIRE);
	if ((fences & RISCV_VCPU_FENCE_VMA) != 0) {
		rv_hfence_vvma_all();
		riscv_vcpu_pmu_event(vcpu, RISCV_PMU_FW_SFENCE_VMA_RECEIVED, 1);
	}
	if ((fences & RISCV_VCPU_FENCE_I) != 0) {
		rv_fence_i();
		riscv_vcpu_pmu_event(vcpu, RISCV_PMU_FW_FENCE_I_RECEIVED, 1);
	}
}

axvcpu_error_t riscv_vcpu_request_fence(struct axvcpu *handle, uint32_t fences)
{
	struct riscv_vcpu *vcpu;

	if (handle == NULL || (fences & ~(uint32_t)(RISCV_VCPU_FENCE_I | RISCV_VCPU_FENCE_VMA)) != 0)
		return AXVCPU_ERR_INVALID_ARGUMENT;
	vcpu = axvcpu_arch_state(handle);
	(void)__atomic_fetch_or(&vcpu->fences, fences, __ATOMIC_RELEASE);
	return AXVCPU_OK;
}

/* True if that is an exit: the guest is not entered. */
static RISCV_APART bool do_what_is_due(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	const uint32_t due = vcpu->due;

	vcpu->due = due & RISCV_DUE_HALT;
	if ((due & RISCV_DUE_HALTED) != 0 && vcpu->imsic.file != 0)
		riscv_vcpu_imsic_awake(vcpu);
	if ((due & RISCV_DUE_CSR_WRITE) != 0) {
		riscv_vcpu_csr_write_exit(vcpu, exit);
		return true;
	}
	if (due == RISCV_DUE_HALTED || riscv_vcpu_interrupt_pending(vcpu)) {
		vcpu->due = 0;
		return false;
	}
	/* As if it had been entered: who waits for an interrupt of its own runs the guest to take it. */
	if ((rv_read_sip() & rv_read_sie()) != 0)
		return riscv_vcpu_physical_interrupt(vcpu, 0, exit);
	return riscv_vcpu_halt(vcpu, exit);
}

axvcpu_error_t riscv_vcpu_run(void *state, void *percpu, const uint32_t *attention,
			 struct axvcpu_exit *exit)
{
	struct riscv_vcpu *vcpu = state;

	(void)percpu;
	if (__atomic_load_n(&vcpu->fences, __ATOMIC_RELAXED) != 0)
		take_fences(vcpu);
	if (vcpu->timer_policy != RISCV_VCPU_TIMER_SSTC)
		riscv_vcpu_timer_poll(vcpu);
	if (vcpu->due != 0 && do_what_is_due(vcpu, exit)) {
		exit->pc = vcpu->pc;
		return AXVCPU_OK;
	}
	/*
	 * `attention` was looked at before this call, with the vCPU Running: who set it later
	 * sends an interrupt, which ends the first round; a request for a fence that was missed
	 * above is followed by such a kick. So it is looked at between rounds only.
	 */
	do {
		const uint64_t scause = riscv_vcpu_enter(vcpu);

		if (riscv_vcpu_handle_trap(vcpu, scause, exit))
			break;
	} while (__atomic_load_n(attention, __ATOMIC_SEQ_CST) == 0);
	exit->pc = vcpu->pc;
	return AXVCPU_OK;
}
