/* SPDX-License-Identifier: Apache-2.0 */
/* Events in and out of the VMCS (SDM volume 3, 27.6 and 28.2.4). */
#include "vmx.h"

/** #DF, #TS, #NP, #SS, #GP, #PF, #AC: an entry insists on theirs, and on no other's (27.2.1.3). */
#define VECTORS_WITH_ERROR_CODE 0x27d00u

static bool pushes_error_code(struct x86_vcpu *vcpu, const struct x86_event *event)
{
	if (event->type != X86_EVENT_EXCEPTION) {
		return false;
	}
	/* In real mode no exception has an error code. */
	x86_need(vcpu, X86_GROUP_CONTROL);
	return (vcpu->cr0 & CR0_PE) != 0u && ((VECTORS_WITH_ERROR_CODE >> event->vector) & 1u) != 0u;
}

void x86_vcpu_vmx_inject(struct x86_vcpu *vcpu)
{
	const struct x86_event *event = &vcpu->event;
	struct x86_vmx *vmx = &vcpu->u.vmx;
	uint32_t word =
		VMX_EVENT_VALID | event->vector | (uint32_t)event->type << VMX_EVENT_TYPE_SHIFT;

	if (pushes_error_code(vcpu, event)) {
		word |= VMX_EVENT_ERROR_CODE;
		vmx_write(VMCS_ENTRY_ERROR_CODE, event->error_code);
	}
	if (event->type == X86_EVENT_NMI && (vmx->interruptibility & INTERRUPTIBILITY_NMI) != 0u) {
		vmx->interruptibility &= ~INTERRUPTIBILITY_NMI;
		vmx_write(VMCS_GUEST_INTERRUPTIBILITY, vmx->interruptibility);
	}
	vmx_write(VMCS_ENTRY_EVENT, word);
	vmx->entry_event = word;
	vcpu->event.valid = false;
}

void x86_vcpu_vmx_take_back_event(struct x86_vcpu *vcpu)
{
	if ((vcpu->u.vmx.entry_event & VMX_EVENT_VALID) != 0u) {
		/* Its words are still there: inject clears the mark alone. */
		vcpu->event.valid = true;
		vcpu->events_wait = true;
		vmx_write(VMCS_ENTRY_EVENT, 0);
	}
	vcpu->u.vmx.entry_event = 0;
}

void x86_vcpu_vmx_collect_event(struct x86_vcpu *vcpu)
{
	uint32_t word = (uint32_t)vmx_read(VMCS_VECTORING_EVENT);
	uint32_t type = (word >> VMX_EVENT_TYPE_SHIFT) & VMX_EVENT_TYPE;

	/* The exit has cleared the valid bit of the entry's event (28.2.1). */
	vcpu->u.vmx.entry_event = 0;
	vcpu->hw.raw[3] = word;
	vcpu->hw.in_delivery = (word & VMX_EVENT_VALID) != 0u;
	/* INTn, INT1, INT3 and INTO: rip is at the instruction still, which raises them again. */
	if ((word & VMX_EVENT_VALID) == 0u ||
	    (type != VMX_EVENT_TYPE_INTERRUPT && type != VMX_EVENT_TYPE_NMI &&
	     type != VMX_EVENT_TYPE_EXCEPTION)) {
		return;
	}
	vcpu->events_wait = true;
	vcpu->event = (struct x86_event){
		.valid = true,
		.has_error_code = (word & VMX_EVENT_ERROR_CODE) != 0u,
		.type = (uint8_t)type,
		.vector = (uint8_t)(word & VMX_EVENT_VECTOR),
	};
	if (vcpu->event.has_error_code) {
		vcpu->event.error_code = (uint32_t)vmx_read(VMCS_VECTORING_ERROR_CODE);
	}
}

void x86_vcpu_vmx_want_windows(struct x86_vcpu *vcpu, uint32_t windows)
{
	struct x86_vmx *vmx = &vcpu->u.vmx;
	uint32_t wanted = vmx->primary & ~(PRIMARY_INTERRUPT_WINDOW | PRIMARY_NMI_WINDOW);

	if ((windows & X86_WINDOW_INTERRUPT) != 0u) {
		wanted |= PRIMARY_INTERRUPT_WINDOW;
	}
	/* The CPU follows the blocking of NMIs itself: only one that waits needs the window. */
	if ((windows & X86_WINDOW_NMI) != 0u && vcpu->nmi_pending) {
		wanted |= PRIMARY_NMI_WINDOW;
	}
	if (wanted != vmx->primary) {
		vmx->primary = wanted;
		vmx_write(VMCS_PRIMARY_CONTROLS, wanted);
	}
	if ((wanted & PRIMARY_TPR_SHADOW) != 0u) {
		/* Exits when the guest lowers its priority below what it is now. */
		vmx_write(VMCS_TPR_THRESHOLD,
			  (windows & X86_WINDOW_TPR) != 0u ?
				  (uint64_t)vmx->virtual_apic[VIRTUAL_APIC_TPR] >> 4 :
				  0u);
	}
}
