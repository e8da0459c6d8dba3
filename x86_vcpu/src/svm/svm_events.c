/* SPDX-License-Identifier: Apache-2.0 */
/* Events in and out of the VMCB (APM 15.20 to 15.21). */
#include "svm.h"

/**
 * INT3 and INTO raise these two, and the type does not tell their instructions' from others:
 * a CPU that saves next rips pushes the saved one (APM 15.20).
 */
static bool is_trap(const struct x86_event *event)
{
	return event->type == X86_EVENT_EXCEPTION &&
	       (event->vector == X86_VECTOR_BP || event->vector == X86_VECTOR_OF);
}

void x86_vcpu_svm_inject(struct x86_vcpu *vcpu)
{
	const struct x86_event *event = &vcpu->event;
	uint64_t word = SVM_EVENT_VALID | event->vector |
			(uint64_t)event->type << SVM_EVENT_TYPE_SHIFT;

	x86_need(vcpu, event->has_error_code ? (uint32_t)X86_GROUP_CONTROL : 0u);
	/* In real mode no exception has an error code. */
	if (event->has_error_code && (vcpu->cr0 & CR0_PE) != 0u) {
		word |= SVM_EVENT_ERROR_VALID | (uint64_t)event->error_code << SVM_EVENT_ERROR_SHIFT;
	}
	if (is_trap(event)) {
		/* Ours comes of no instruction. */
		vcpu->u.svm.vmcb->control.next_rip = vcpu->rip;
		vcpu->trap_injected = true;
		vcpu->trap_rip = vcpu->rip;
	}
	vcpu->u.svm.vmcb->control.event_inj = word;
	vcpu->event.valid = false;
}

/** Whether the instruction at rip raises it again: INTn, INT3 or INTO. */
static bool comes_again(const struct x86_vcpu *vcpu, const struct x86_event *event)
{
	return event->type == X86_EVENT_SOFTWARE ||
	       (is_trap(event) && !(vcpu->trap_injected && vcpu->rip == vcpu->trap_rip));
}

static void take_back(struct x86_vcpu *vcpu, uint64_t word)
{
	bool has_error_code = (word & SVM_EVENT_ERROR_VALID) != 0u;
	struct x86_event event = {
		.valid = true,
		.has_error_code = has_error_code,
		.type = (uint8_t)((word >> SVM_EVENT_TYPE_SHIFT) & SVM_EVENT_TYPE),
		.vector = (uint8_t)(word & SVM_EVENT_VECTOR),
		.error_code = has_error_code ? (uint32_t)(word >> SVM_EVENT_ERROR_SHIFT) : 0u,
	};

	/* The other types are reserved. */
	if (comes_again(vcpu, &event) ||
	    (event.type != X86_EVENT_INTERRUPT && event.type != X86_EVENT_NMI &&
	     event.type != X86_EVENT_EXCEPTION)) {
		return;
	}
	if (event.type == X86_EVENT_NMI) {
		/* Which the hardware leaves open (APM 15.20). */
		event.vector = X86_VECTOR_NMI;
	}
	vcpu->events_wait = true;
	vcpu->event = event;
}

void x86_vcpu_svm_collect_event(struct x86_vcpu *vcpu)
{
	struct svm_control *control = &vcpu->u.svm.vmcb->control;

	if (vcpu->hw.kind == X86_EXIT_FAIL_ENTRY) {
		/* Nothing was delivered. */
		vcpu->event.valid = (control->event_inj & SVM_EVENT_VALID) != 0u;
		vcpu->events_wait = true;
	} else if ((control->exit_int_info & SVM_EVENT_VALID) != 0u) {
		take_back(vcpu, control->exit_int_info);
	}
	control->event_inj = 0;
}

void x86_vcpu_svm_want_windows(struct x86_vcpu *vcpu, uint32_t windows)
{
	struct svm_control *control = &vcpu->u.svm.vmcb->control;
	uint32_t exceptions = SVM_INTERCEPT_EXCEPTIONS |
			      (vcpu->nmi_step ? (uint32_t)SVM_INTERCEPT_IRET_FAULTS : 0u);

	if (exceptions != control->intercept_exceptions) {
		control->intercept_exceptions = exceptions;
		svm_changed(vcpu, SVM_CLEAN_INTERCEPTS);
	}
	if (windows == vcpu->u.svm.windows) {
		return;
	}
	vcpu->u.svm.windows = windows;
	control->intercept_1 &= ~((uint32_t)SVM_INTERCEPT_VINTR | SVM_INTERCEPT_IRET);
	control->intercept_cr &= ~SVM_INTERCEPT_CR_WRITE(8u);
	control->interrupt_control &= ~(SVM_V_IRQ | SVM_V_INTR_PRIO);
	if ((windows & X86_WINDOW_INTERRUPT) != 0u) {
		/* A virtual interrupt of any vector: intercepted, it is never delivered. */
		control->intercept_1 |= SVM_INTERCEPT_VINTR;
		control->interrupt_control |= SVM_V_IRQ | SVM_V_INTR_PRIO;
	}
	if ((windows & X86_WINDOW_NMI) != 0u) {
		control->intercept_1 |= SVM_INTERCEPT_IRET;
	}
	/* QEMU 7.2 aborts when a guest writes CR8 while V_IRQ is set. */
	if ((windows & ((uint32_t)X86_WINDOW_TPR | (uint32_t)X86_WINDOW_INTERRUPT)) != 0u) {
		control->intercept_cr |= SVM_INTERCEPT_CR_WRITE(8u);
	}
	svm_changed(vcpu, SVM_CLEAN_INTERCEPTS | SVM_CLEAN_INTERRUPT);
}
