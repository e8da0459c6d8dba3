/* SPDX-License-Identifier: Apache-2.0 */
#include "exits.h"

#include "cpu.h"
#include "cpuid_guest.h"
#include "events.h"
#include "run_loop.h"
#include "task_switch.h"

void x86_vcpu_exit_raw(const struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	uint32_t i;

	exit->flags |= AXVCPU_EXIT_FLAG_RAW;
	for (i = 0; i < AXVCPU_RAW_WORDS; i++) {
		exit->raw.word[i] = vcpu->hw.raw[i];
	}
}

static enum x86_action unknown(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	exit->reason = AXVCPU_EXIT_UNKNOWN;
	x86_vcpu_exit_raw(vcpu, exit);
	return X86_ACTION_EXIT;
}

static enum x86_action external_interrupt(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	const struct axvcpu_hal *hal = vcpu->hal;

	exit->reason = AXVCPU_EXIT_EXTERNAL_INTERRUPT;
	exit->u.interrupt.vector = hal->ops->irq_fetch != NULL ? hal->ops->irq_fetch(hal->ctx) :
								 AXVCPU_IRQ_NONE;
	return X86_ACTION_EXIT;
}

static enum x86_action hypercall(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	uint64_t at = vcpu->rip;

	if (vcpu->vendor->cpl(vcpu) != 0u) {
		/* The hypervisor serves the guest's kernel, not its programs. */
		x86_vcpu_queue_ud(vcpu);
		return X86_ACTION_HANDLED;
	}
	x86_hypercall_exit(vcpu, at + x86_vcpu_instruction_length(vcpu), exit);
	vcpu->rip = at;
	x86_vcpu_step(vcpu);
	return X86_ACTION_EXIT;
}

static enum x86_action cpuid(struct x86_vcpu *vcpu)
{
	struct x86_cpuid out;

	x86_vcpu_cpuid_answer(vcpu, (uint32_t)vcpu->gpr[X86_RAX], (uint32_t)vcpu->gpr[X86_RCX], &out);
	vcpu->gpr[X86_RAX] = out.eax;
	vcpu->gpr[X86_RBX] = out.ebx;
	vcpu->gpr[X86_RCX] = out.ecx;
	vcpu->gpr[X86_RDX] = out.edx;
	x86_vcpu_step(vcpu);
	return X86_ACTION_HANDLED;
}

static enum x86_action halt(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	exit->instruction_length = x86_vcpu_instruction_length(vcpu);
	x86_vcpu_step(vcpu);
	if (x86_vcpu_can_deliver(vcpu)) {
		return X86_ACTION_HANDLED;
	}
	vcpu->halted = true;
	exit->reason = AXVCPU_EXIT_HALT;
	return X86_ACTION_EXIT;
}

static enum x86_action shutdown(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	exit->reason = AXVCPU_EXIT_SYSTEM_DOWN;
	exit->u.system_down.type = AXVCPU_SYSTEM_DOWN_CRASH;
	exit->u.system_down.reserved = 0;
	exit->u.system_down.code = 0;
	x86_vcpu_exit_raw(vcpu, exit);
	return X86_ACTION_EXIT;
}

static enum x86_action fail_entry(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	exit->reason = AXVCPU_EXIT_FAIL_ENTRY;
	exit->u.fail_entry.hardware_reason = vcpu->hw.raw[0];
	x86_vcpu_exit_raw(vcpu, exit);
	return X86_ACTION_EXIT;
}

static enum x86_action exception(struct x86_vcpu *vcpu)
{
	const struct x86_event *event = &vcpu->hw.u.event;

	if (event->vector == X86_VECTOR_DB) {
		if (x86_vcpu_end_iret_step(vcpu)) {
			return X86_ACTION_HANDLED;
		}
	} else {
		/* The IRET faulted: NMIs stay blocked to the next one. */
		x86_vcpu_cancel_iret_step(vcpu);
	}
	x86_vcpu_queue_exception(vcpu, event->vector, event->has_error_code, event->error_code);
	return X86_ACTION_HANDLED;
}

static enum x86_action nothing(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	exit->reason = AXVCPU_EXIT_NOTHING;
	x86_vcpu_exit_raw(vcpu, exit);
	return X86_ACTION_EXIT;
}

/** Kinds that never come to the hypervisor. */
static enum x86_action handle_quietly(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	switch (vcpu->hw.kind) {
	case X86_EXIT_INTERRUPT_WINDOW:
	case X86_EXIT_NMI_WINDOW:
	case X86_EXIT_HANDLED:
		return X86_ACTION_HANDLED;
	case X86_EXIT_IRET:
		x86_vcpu_step_iret(vcpu);
		return X86_ACTION_HANDLED;
	case X86_EXIT_CPUID:
		return cpuid(vcpu);
	case X86_EXIT_XSETBV:
		return x86_vcpu_handle_xsetbv(vcpu);
	case X86_EXIT_UNDEFINED:
		x86_vcpu_queue_ud(vcpu);
		return X86_ACTION_HANDLED;
	case X86_EXIT_SKIP:
		/* CPUs look at CPL first; QEMU 11's WBINVD does not. */
		if (vcpu->vendor->cpl(vcpu) != 0u) {
			x86_vcpu_queue_gp(vcpu);
			return X86_ACTION_HANDLED;
		}
		x86_vcpu_step(vcpu);
		return X86_ACTION_HANDLED;
	case X86_EXIT_RDPMC:
		x86_vcpu_queue_gp(vcpu);
		return X86_ACTION_HANDLED;
	case X86_EXIT_EXCEPTION:
		return exception(vcpu);
	case X86_EXIT_TASK_SWITCH:
		x86_vcpu_switch_task(vcpu);
		return X86_ACTION_HANDLED;
	default:
		return unknown(vcpu, exit);
	}
}

enum x86_action x86_vcpu_handle_exit(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	exit->pc = vcpu->rip;
	exit->instruction_length = 0;
	switch (vcpu->hw.kind) {
	case X86_EXIT_HYPERCALL:
		return hypercall(vcpu, exit);
	case X86_EXIT_INTERRUPT:
		return external_interrupt(vcpu, exit);
	case X86_EXIT_IO:
		return x86_vcpu_handle_io(vcpu, exit);
	case X86_EXIT_STAGE2:
		return x86_vcpu_handle_stage2(vcpu, exit);
	case X86_EXIT_RDMSR:
		return x86_vcpu_handle_msr(vcpu, false, exit);
	case X86_EXIT_WRMSR:
		return x86_vcpu_handle_msr(vcpu, true, exit);
	case X86_EXIT_CR:
		return x86_vcpu_handle_cr(vcpu, exit);
	case X86_EXIT_HLT:
		return halt(vcpu, exit);
	case X86_EXIT_PAUSE:
		x86_vcpu_step(vcpu);
		return nothing(vcpu, exit);
	case X86_EXIT_NMI:
	case X86_EXIT_MACHINE_CHECK:
	case X86_EXIT_TIMER:
		return nothing(vcpu, exit);
	case X86_EXIT_SHUTDOWN:
		return shutdown(vcpu, exit);
	case X86_EXIT_FAIL_ENTRY:
		return fail_entry(vcpu, exit);
	default:
		return handle_quietly(vcpu, exit);
	}
}
