/* SPDX-License-Identifier: Apache-2.0 */
/* Events in and out of the VMCB (APM 15.20 to 15.21). */
#include "svm.h"

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
	vcpu->u.svm.vmcb->control.event_inj = word;
	vcpu->event.valid = false;
}

static void take_back(struct x86_vcpu *vcpu, uint64_t word)
{
	uint8_t type = (uint8_t)((word >> SVM_EVENT_TYPE_SHIFT) & SVM_EVENT_TYPE);
	uint8_t vector = (uint8_t)(word & SVM_EVENT_VECTOR);

	/*
	 * INTn, INT3 and INTO: rip is at the instruction still, which raises them again.
	 * Types 5 to 7 and 1 are reserved.
	 */
	if (type == X86_EVENT_SOFTWARE ||
	    (type == X86_EVENT_EXCEPTION && (vector == X86_VECTOR_BP || vector == X86_VECTOR_OF)) ||
	    (type != X86_EVENT_INTERRUPT && type != X86_EVENT_NMI && type != X86_EVENT_EXCEPTION)) {
		return;
	}
	vcpu->events_wait = true;
	vcpu->event.valid = true;
	vcpu->event.type = type;
	vcpu->event.vector = vector;
	vcpu->event.has_error_code = (word & SVM_EVENT_ERROR_VALID) != 0u;
	vcpu->event.error_code = vcpu->event.has_error_code ?
					 (uint32_t)(word >> SVM_EVENT_ERROR_SHIFT) :
					 0u;
	vcpu->event.instruction_length = 0;
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
