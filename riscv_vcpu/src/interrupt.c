/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts for the guest, through hvip (15.2.3). */
#include "vcpu.h"

/* The bit of hvip for an interrupt code of the guest; 0 if there is none. */
static uint64_t hvip_bit(uint32_t vector)
{
	switch (vector) {
	case RISCV_VCPU_IRQ_SOFTWARE:
		return HVIP_VSSIP;
	case RISCV_VCPU_IRQ_TIMER:
		return HVIP_VSTIP;
	case RISCV_VCPU_IRQ_EXTERNAL:
		return HVIP_VSEIP;
	default:
		return 0;
	}
}

axvcpu_error_t riscv_vcpu_check_interrupt(const void *state, uint32_t vector)
{
	const struct riscv_vcpu *vcpu = state;

	if (hvip_bit(vector) == 0)
		return AXVCPU_ERR_INVALID_ARGUMENT;
	/* A guest with a comparator of its own would have no way to clear hvip.VSTIP. */
	if (vector == RISCV_VCPU_IRQ_TIMER && vcpu->timer_policy == RISCV_VCPU_TIMER_SSTC)
		return AXVCPU_ERR_UNSUPPORTED;
	return AXVCPU_OK;
}

axvcpu_error_t riscv_vcpu_inject_interrupt(void *state, uint32_t vector)
{
	struct riscv_vcpu *vcpu = state;
	axvcpu_error_t error = riscv_vcpu_check_interrupt(vcpu, vector);

	if (error != AXVCPU_OK)
		return error;
	riscv_vcpu_hvip_write(vcpu, riscv_vcpu_hvip_read(vcpu) | hvip_bit(vector));
	if (vector == RISCV_VCPU_IRQ_SOFTWARE)
		riscv_vcpu_pmu_event(vcpu, RISCV_PMU_FW_IPI_RECEIVED, 1);
	return AXVCPU_OK;
}

axvcpu_error_t riscv_vcpu_clear_interrupt(void *state, uint32_t vector)
{
	struct riscv_vcpu *vcpu = state;
	const uint64_t bit = hvip_bit(vector);

	if (bit == 0)
		return AXVCPU_ERR_INVALID_ARGUMENT;
	riscv_vcpu_hvip_write(vcpu, riscv_vcpu_hvip_read(vcpu) & ~bit);
	return AXVCPU_OK;
}

/*
 * Whether WFI has nothing to wait for: pending and enabled, whatever sstatus.SIE says
 * (3.3.3). By hip, of which vsip is the delegated part (15.2.12): QEMU 7.2 shows only
 * the software interrupt in vsip. vsie is hie's, and all three are delegated.
 */
bool riscv_vcpu_interrupt_pending(struct riscv_vcpu *vcpu)
{
	uint64_t pending;

	riscv_vcpu_timer_poll(vcpu);
	pending = rv_read_hip() & HVIP_ALL;
	/* hip has its file's only with hstatus.VGEIN loaded. */
	if (vcpu->imsic.file != 0 && riscv_vcpu_imsic_pending(vcpu))
		pending |= HVIP_VSEIP;
	return (pending & (rv_read_vsie() << 1)) != 0;
}
