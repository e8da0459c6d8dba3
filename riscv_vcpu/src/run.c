/* SPDX-License-Identifier: Apache-2.0 */
/* bind, unbind, and the loop between the guest and the hypervisor. */
#include "exits.h"

static bool fits(const struct riscv_vcpu *vcpu, const struct riscv_percpu *cpu)
{
	return (cpu->features.bits & vcpu->features.bits) == vcpu->features.bits;
}

axvcpu_error_t riscv_vcpu_bind(void *state, void *percpu)
{
	struct riscv_vcpu *vcpu = state;
	struct riscv_percpu *cpu = percpu;

	if (!fits(vcpu, cpu))
		return AXVCPU_ERR_UNSUPPORTED;
	vcpu->percpu = cpu;
	riscv_vcpu_csrs_load(vcpu);
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
	vcpu->percpu = NULL;
	return AXVCPU_OK;
}

/* Both in one: what the hypervisor would get back in between stays away, and so does hgatp = 0. */
axvcpu_error_t riscv_vcpu_switch(void *from_state, void *to_state, void *percpu)
{
	struct riscv_vcpu *from = from_state;
	struct riscv_vcpu *to = to_state;

	if (!fits(to, percpu))
		return AXVCPU_ERR_AGAIN; /* and bind tells why */
	to->percpu = percpu;
	riscv_vcpu_csrs_switch(from, to);
	from->percpu = NULL;
	/* After the CSRs, as it may write hedeleg. */
	if ((from->loaded | to->wanted) != 0)
		riscv_vcpu_extended_switch(from, to);
	return AXVCPU_OK;
}

/* Requests come from any CPU; the kick that follows one brings us here. */
static void take_fences(struct riscv_vcpu *vcpu)
{
	uint32_t fences;

	if (__atomic_load_n(&vcpu->fences, __ATOMIC_RELAXED) == 0)
		return;
	fences = __atomic_exchange_n(&vcpu->fences, 0u, __ATOMIC_ACQUIRE);
	if ((fences & RISCV_VCPU_FENCE_VMA) != 0)
		rv_hfence_vvma_all();
	if ((fences & RISCV_VCPU_FENCE_I) != 0)
		rv_fence_i();
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

axvcpu_error_t riscv_vcpu_run(void *state, void *percpu, const uint32_t *attention,
			 struct axvcpu_exit *exit)
{
	struct riscv_vcpu *vcpu = state;

	(void)percpu;
	take_fences(vcpu);
	if (vcpu->timer_policy != RISCV_VCPU_TIMER_SSTC)
		riscv_vcpu_timer_poll(vcpu);
	if (vcpu->fault.csr_write_due != 0) {
		vcpu->fault.csr_write_due = 0;
		riscv_vcpu_csr_write_exit(vcpu, exit);
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
