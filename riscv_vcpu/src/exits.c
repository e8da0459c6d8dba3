/* SPDX-License-Identifier: Apache-2.0 */
/* What ended the guest's run, by scause (15.6.1). */
#include "exits.h"
#include "sbi/sbi.h"

/* For logs and for what the library does not know. */
void riscv_vcpu_exit_raw(struct axvcpu_exit *exit, uint64_t scause)
{
	exit->raw.word[0] = scause;
	exit->raw.word[1] = rv_read_stval();
	exit->raw.word[2] = rv_read_htval();
	exit->raw.word[3] = rv_read_htinst();
	exit->flags |= AXVCPU_EXIT_FLAG_RAW;
}

RISCV_APART bool riscv_vcpu_physical_interrupt(struct riscv_vcpu *vcpu, uint64_t scause,
					       struct axvcpu_exit *exit)
{
	const struct axvcpu_hal *hal = vcpu->hal;

	riscv_vcpu_exit_raw(exit, scause);
	exit->reason = AXVCPU_EXIT_EXTERNAL_INTERRUPT;
	exit->u.interrupt.vector = AXVCPU_IRQ_NONE;
	if (hal->ops->irq_fetch != NULL)
		exit->u.interrupt.vector = hal->ops->irq_fetch(hal->ctx);
	return true;
}

/* The guest waits; no exit if what it waits for is there. */
bool riscv_vcpu_halt(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	if (riscv_vcpu_interrupt_pending(vcpu))
		return false;
	exit->reason = AXVCPU_EXIT_HALT;
	vcpu->due |= RISCV_DUE_HALTED;
	if (vcpu->imsic.file != 0)
		riscv_vcpu_imsic_sleep(vcpu);
	return true;
}

static bool unknown(struct riscv_vcpu *vcpu, uint64_t scause, struct axvcpu_exit *exit)
{
	(void)vcpu;
	riscv_vcpu_exit_raw(exit, scause);
	exit->reason = AXVCPU_EXIT_UNKNOWN;
	return true;
}

/* Apart, so that riscv_vcpu_handle_trap() needs no stack frame. */
static RISCV_APART bool other_trap(struct riscv_vcpu *vcpu, uint64_t scause,
				   struct axvcpu_exit *exit)
{
	switch (scause) {
	case CAUSE_FETCH_GUEST_PAGE:
	case CAUSE_LOAD_GUEST_PAGE:
	case CAUSE_STORE_GUEST_PAGE:
		return riscv_vcpu_guest_page_fault(vcpu, scause, exit);
	case CAUSE_VIRTUAL:
		return riscv_vcpu_virtual_instruction(vcpu, exit);
	case CAUSE_ILLEGAL: {
		/* Before another trap replaces it. */
		const uint64_t stval = rv_read_stval();

		if (!riscv_vcpu_extended_load(vcpu))
			riscv_vcpu_inject_exception(vcpu, scause, stval);
		return false;
	}
	/* Delegated; they come here where the hart does not implement that bit of hedeleg. */
	case CAUSE_FETCH_MISALIGNED:
	case CAUSE_FETCH_ACCESS:
	case CAUSE_BREAKPOINT:
	case CAUSE_LOAD_MISALIGNED:
	case CAUSE_LOAD_ACCESS:
	case CAUSE_STORE_MISALIGNED:
	case CAUSE_STORE_ACCESS:
	case CAUSE_ECALL_U:
	case CAUSE_FETCH_PAGE:
	case CAUSE_LOAD_PAGE:
	case CAUSE_STORE_PAGE:
	case CAUSE_SOFTWARE_CHECK:
		riscv_vcpu_inject_exception(vcpu, scause, rv_read_stval());
		return false;
	default:
		return unknown(vcpu, scause, exit);
	}
}

bool riscv_vcpu_handle_trap(struct riscv_vcpu *vcpu, uint64_t scause, struct axvcpu_exit *exit)
{
	/* What is most frequent does not go through the switch: 15 instructions less. */
	if (scause == CAUSE_ECALL_VS)
		return riscv_vcpu_sbi_call(vcpu, exit);
	if ((scause & SCAUSE_INTERRUPT) != 0)
		return riscv_vcpu_physical_interrupt(vcpu, scause, exit);
	return other_trap(vcpu, scause, exit);
}
