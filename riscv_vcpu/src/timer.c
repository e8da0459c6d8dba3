/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's timer: its own comparator (Sstc), or hvip.VSTIP raised on entry. */
#include "vcpu.h"

enum { STIMECMP = 0x14d };

void riscv_vcpu_timer_set(struct riscv_vcpu *vcpu, uint64_t deadline)
{
	if (vcpu->timer_policy == RISCV_VCPU_TIMER_SSTC) {
		(void)riscv_vcpu_vs_csr_write(vcpu, STIMECMP, deadline);
		return;
	}
	vcpu->timer = deadline;
	/* "clears the pending timer interrupt bit as well" (SBI 2.0, 6.1) */
	riscv_vcpu_hvip_write(vcpu, riscv_vcpu_hvip_read(vcpu) & ~HVIP_VSTIP);
}

uint64_t riscv_vcpu_timer_get(const struct riscv_vcpu *vcpu)
{
	uint64_t value = vcpu->timer;

	if (vcpu->timer_policy == RISCV_VCPU_TIMER_SSTC)
		(void)riscv_vcpu_vs_csr_read(vcpu, STIMECMP, &value);
	return value;
}

/* Before an entry, on the CPU that the vCPU is bound to. */
void riscv_vcpu_timer_poll(struct riscv_vcpu *vcpu)
{
	if (vcpu->timer_policy == RISCV_VCPU_TIMER_SSTC || vcpu->timer == UINT64_MAX ||
	    rv_read_time() + vcpu->control.htimedelta < vcpu->timer)
		return;
	vcpu->timer = UINT64_MAX;
	riscv_vcpu_hvip_write(vcpu, riscv_vcpu_hvip_read(vcpu) | HVIP_VSTIP);
}

axvcpu_error_t riscv_vcpu_timer_deadline(void *state, uint64_t *deadline)
{
	const struct riscv_vcpu *vcpu = state;
	const uint64_t timer = riscv_vcpu_timer_get(vcpu);
	uint64_t now, guest_now;

	*deadline = UINT64_MAX;
	if (timer == UINT64_MAX)
		return AXVCPU_OK;
	/*
	 * From the guest's clock as it is now: what was due before the hypervisor's began is
	 * due at its 0, and what is due after its end never is.
	 */
	now = rv_read_time();
	guest_now = now + vcpu->control.htimedelta;
	if (timer <= guest_now)
		*deadline = guest_now - timer < now ? now - (guest_now - timer) : 0;
	else if (timer - guest_now < UINT64_MAX - now)
		*deadline = now + (timer - guest_now);
	return AXVCPU_OK;
}
