/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU's VMCS: made, on a CPU, entered, given back. */
#include "../cpu.h"
#include "../cpuid_guest.h"
#include "../frames.h"
#include "../run_loop.h"
#include "vmx.h"

/**
 * A guest can make the delivery of these two raise them again for ever, which no
 * physical interrupt ends; delivered by us, the loop goes through our code. #MC is
 * the host's.
 */
#define EXCEPTIONS ((1u << X86_VECTOR_DB) | (1u << X86_VECTOR_AC) | (1u << X86_VECTOR_MC))

/** PAUSE exits after this many TSC ticks in a loop of PAUSEs this near (25.6.13). */
#define PLE_GAP 128u
#define PLE_WINDOW 4096u

#define NO_LINK UINT64_MAX

static void vmx_vcpu_free(struct x86_vcpu *vcpu)
{
	struct x86_vmx *vmx = &vcpu->u.vmx;

	x86_vcpu_frames_give(vcpu->hal, 1, &vmx->vmcs_hpa);
	x86_vcpu_frames_give(vcpu->hal, 1, &vmx->virtual_apic_hpa);
	vmx->virtual_apic = NULL;
}

static axvcpu_error_t vmx_vcpu_init(struct x86_vcpu *vcpu)
{
	struct x86_vmx *vmx = &vcpu->u.vmx;
	void *vmcs = x86_vcpu_frames_take(vcpu->hal, 1, &vmx->vmcs_hpa);
	void *virtual_apic = x86_vcpu_frames_take(vcpu->hal, 1, &vmx->virtual_apic_hpa);

	if (vmcs == NULL || virtual_apic == NULL) {
		vmx_vcpu_free(vcpu);
		return AXVCPU_ERR_NO_MEMORY;
	}
	__builtin_memset(vmcs, 0, AXVCPU_FRAME_SIZE);
	__builtin_memset(virtual_apic, 0, AXVCPU_FRAME_SIZE);
	vmx->virtual_apic = (uint8_t *)virtual_apic;
	return AXVCPU_OK;
}

/** The intercepts that the set-up configuration asks for. */
static void write_configured(struct x86_vcpu *vcpu, const struct vmx_controls *controls)
{
	uint32_t secondary = controls->secondary;

	vcpu->u.vmx.primary = controls->primary;
	if ((vcpu->config.flags & X86_VCPU_PASSTHROUGH_HLT) != 0u) {
		vcpu->u.vmx.primary &= ~PRIMARY_HLT;
	}
	if ((vcpu->config.flags & X86_VCPU_TRAP_PAUSE) == 0u) {
		secondary &= ~SECONDARY_PAUSE_LOOP;
	} else if ((secondary & SECONDARY_PAUSE_LOOP) != 0u) {
		vmx_write(VMCS_PLE_GAP, PLE_GAP);
		vmx_write(VMCS_PLE_WINDOW, PLE_WINDOW);
	}
	vmx_write(VMCS_PRIMARY_CONTROLS, vcpu->u.vmx.primary);
	vmx_write(VMCS_SECONDARY_CONTROLS, secondary);
	if ((secondary & SECONDARY_XSAVES) != 0u) {
		/* No component of IA32_XSS is offered. */
		vmx_write(VMCS_XSS_EXITING, 0);
	}
}

static void write_controls(struct x86_vcpu *vcpu, const struct x86_percpu *cpu)
{
	const struct vmx_controls *controls = &cpu->u.vmx.controls;
	struct x86_vmx *vmx = &vcpu->u.vmx;

	vmx->pin = controls->pin;
	vmx_write(VMCS_PIN_CONTROLS, controls->pin);
	vmx_write(VMCS_EXIT_CONTROLS, controls->exit);
	vmx_write(VMCS_ENTRY_CONTROLS, controls->entry & ~ENTRY_IA32E);
	write_configured(vcpu, controls);
	vmx_write(VMCS_EXCEPTIONS, EXCEPTIONS);
	vmx_write(VMCS_PAGE_FAULT_MASK, 0);
	vmx_write(VMCS_PAGE_FAULT_MATCH, 0);
	vmx_write(VMCS_CR3_TARGETS, 0);
	vmx_write(VMCS_EXIT_MSR_STORE_COUNT, 0);
	vmx_write(VMCS_EXIT_MSR_LOAD_COUNT, 0);
	vmx_write(VMCS_ENTRY_MSR_LOAD_COUNT, 0);
	vmx_write(VMCS_ENTRY_EVENT, 0);
	vmx_write(VMCS_MSR_BITMAP, cpu->u.vmx.msr_bitmap_hpa);
	vmx_write(VMCS_IO_BITMAP_A, cpu->u.vmx.io_bitmaps_hpa);
	vmx_write(VMCS_IO_BITMAP_B, cpu->u.vmx.io_bitmaps_hpa + AXVCPU_FRAME_SIZE);
	if (cpu->u.vmx.tpr_shadow) {
		vmx_write(VMCS_VIRTUAL_APIC, vmx->virtual_apic_hpa);
		vmx_write(VMCS_TPR_THRESHOLD, 0);
	}
	vmx_write(VMCS_LINK, NO_LINK);
	vmx_write(VMCS_GUEST_DEBUGCTL, 0);
	vmx_write(VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE);
}

/** The VMCS on a CPU that it has not been on, or not with this configuration. */
static axvcpu_error_t bind_anew(struct x86_vcpu *vcpu, struct x86_percpu *cpu)
{
	struct x86_vmx *vmx = &vcpu->u.vmx;
	uint32_t *vmcs =
		(uint32_t *)vcpu->hal->ops->phys_to_virt(vcpu->hal->ctx, vmx->vmcs_hpa);

	/* What this CPU has of the frame it drops. */
	if (!vmx_clear(vmx->vmcs_hpa)) {
		return AXVCPU_ERR_HARDWARE;
	}
	vmcs[0] = cpu->u.vmx.revision;
	if (!vmx_load(vmx->vmcs_hpa)) {
		return AXVCPU_ERR_HARDWARE;
	}
	write_controls(vcpu, cpu);
	x86_vcpu_vmx_host_write(cpu);
	vcpu->dirty = X86_GROUPS_ALL;
	return AXVCPU_OK;
}

/**
 * Unbind leaves the VMCS cleared, but with its contents: on the same CPU they are as
 * good as before. What was changed here since then is in `dirty`.
 */
static axvcpu_error_t bind_again(struct x86_vcpu *vcpu)
{
	if (!vmx_load(vcpu->u.vmx.vmcs_hpa)) {
		return AXVCPU_ERR_HARDWARE;
	}
	/* What it had asked for when it left is of then. */
	x86_vcpu_vmx_want_windows(vcpu, 0);
	if ((vcpu->u.vmx.entry_event & VMX_EVENT_VALID) != 0u) {
		vmx_write(VMCS_ENTRY_EVENT, 0);
	}
	x86_vcpu_vmx_load_cpu(vcpu);
	return AXVCPU_OK;
}

/** What every bind ends with. */
static void end_bind(struct x86_vcpu *vcpu, const struct x86_percpu *cpu)
{
	vcpu->u.vmx.launched = false;
	vcpu->u.vmx.entry_event = 0;
	vcpu->tlb_due = vmx_tlb_is_due(vcpu, cpu);
	x86_vcpu_vmx_host_update(vcpu);
}

static axvcpu_error_t vmx_bind(struct x86_vcpu *vcpu, struct x86_percpu *cpu)
{
	axvcpu_error_t error;

	/* First: the guest's follow. */
	x86_vcpu_vmx_host_bind(cpu);
	error = x86_was_last_on(vcpu, cpu) ? bind_again(vcpu) : bind_anew(vcpu, cpu);
	if (error != AXVCPU_OK) {
		return error;
	}
	end_bind(vcpu, cpu);
	return AXVCPU_OK;
}

/** Takes the guest off the CPU; VMX keeps a VMCS on one alone (25.11.1). */
static bool take_off(struct x86_vcpu *vcpu)
{
	/* What is not here already comes out of the VMCS and off the CPU. */
	x86_need(vcpu, X86_GROUPS_ALL);
	if (vmx_read(VMCS_GUEST_ACTIVITY) == ACTIVITY_HLT) {
		vcpu->halted = true;
		vmx_write(VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE);
	}
	return vmx_clear(vcpu->u.vmx.vmcs_hpa);
}

static axvcpu_error_t vmx_unbind(struct x86_vcpu *vcpu, struct x86_percpu *cpu)
{
	bool cleared = take_off(vcpu);

	x86_vcpu_vmx_host_unbind(cpu);
	return cleared ? AXVCPU_OK : AXVCPU_ERR_HARDWARE;
}

static axvcpu_error_t vmx_switch_over(struct x86_vcpu *from, struct x86_vcpu *to,
				      struct x86_percpu *cpu)
{
	if (!take_off(from) || bind_again(to) != AXVCPU_OK) {
		x86_vcpu_vmx_host_unbind(cpu);
		return AXVCPU_ERR_HARDWARE;
	}
	end_bind(to, cpu);
	return AXVCPU_OK;
}

/**
 * Whether an instruction's exit leaves nothing to look at but the instruction itself:
 * nothing is to be delayed or trapped behind it. No event was being delivered: that comes
 * before an instruction (28.2.4).
 */
static inline bool is_plain(uint64_t rflags)
{
	return vmx_read(VMCS_GUEST_INTERRUPTIBILITY) == 0u &&
	       (rflags & (RFLAGS_TF | RFLAGS_RF)) == 0u;
}

/**
 * Answers a CPUID whose answer is known: true if the guest can go on. Nothing of what was
 * prepared for the entry has changed then, but for a preemption timer.
 */
static inline bool answer_cpuid(struct x86_vcpu *vcpu, uint64_t reason, const uint32_t *attention)
{
	const struct x86_known_cpuid *known;

	if (reason != VMX_EXIT_CPUID || !is_plain(vmx_read(VMCS_GUEST_RFLAGS)) ||
	    (vcpu->u.vmx.pin & PIN_PREEMPTION_TIMER) != 0u) {
		return false;
	}
	known = x86_cpuid_known(vcpu, (uint32_t)vcpu->gpr[X86_RAX], (uint32_t)vcpu->gpr[X86_RCX]);
	if (known == NULL || __atomic_load_n(attention, __ATOMIC_RELAXED) != 0u) {
		return false;
	}
	vcpu->gpr[X86_RAX] = known->eax;
	vcpu->gpr[X86_RBX] = known->ebx;
	vcpu->gpr[X86_RCX] = known->ecx;
	vcpu->gpr[X86_RDX] = known->edx;
	vcpu->u.vmx.launched = true;
	vmx_write(VMCS_GUEST_RIP,
		  vmx_read(VMCS_GUEST_RIP) + vmx_read(VMCS_EXIT_INSTRUCTION_LENGTH));
	return true;
}

/** The same for a hypercall of the guest's kernel, whose exit is filled in. */
static inline bool take_hypercall(struct x86_vcpu *vcpu, uint64_t reason, struct axvcpu_exit *exit)
{
	if (reason != VMX_EXIT_VMCALL || !is_plain(vcpu->rflags) ||
	    (vmx_read(VMCS_GUEST_SS_RIGHTS) & SEG_DPL) != 0u) {
		return false;
	}
	x86_hypercall_exit(vcpu, vcpu->rip + vmx_read(VMCS_EXIT_INSTRUCTION_LENGTH), exit);
	vcpu->u.vmx.interruptibility = 0;
	vcpu->u.vmx.entry_event = 0;
	vcpu->interrupt_shadow = false;
	vcpu->nmi_blocked = false;
	return true;
}

static inline __attribute__((always_inline)) bool vmx_enter(struct x86_vcpu *vcpu,
							     struct x86_percpu *cpu,
							     const uint32_t *attention,
							     struct axvcpu_exit *exit)
{
	struct x86_vmx *vmx = &vcpu->u.vmx;
	uint64_t cr3 = x86_cpu_read_cr3(), reason;
	uint32_t result;

	if (x86_has_apic(vcpu)) {
		x86_vcpu_vmx_timer_before_entry(vcpu, cpu);
	}
	if (cr3 != vmx->host_cr3) {
		vmx->host_cr3 = cr3;
		vmx_write(VMCS_HOST_CR3, cr3);
	}
	vmx_write(VMCS_GUEST_RSP, vcpu->gpr[X86_RSP]);
	vmx_write(VMCS_GUEST_RIP, vcpu->rip);
	vmx_write(VMCS_GUEST_RFLAGS, vcpu->rflags);
	x86_cpu_write_cr2(vcpu->cr2);

	do {
		result = vmx_enter_guest(vcpu->gpr, vmx->launched ? 1u : 0u);
		if (__builtin_expect(result != VMX_ENTRY_EXITED, 0)) {
			x86_vcpu_vmx_describe_failure(vcpu, result == VMX_ENTRY_FAIL_VALID ?
							   vmx_read(VMCS_INSTRUCTION_ERROR) :
							   0u);
			return false;
		}
		reason = vmx_read(VMCS_EXIT_REASON);
	} while (answer_cpuid(vcpu, reason, attention));

	vcpu->cr2 = x86_cpu_read_cr2();
	vcpu->gpr[X86_RSP] = vmx_read(VMCS_GUEST_RSP);
	vcpu->rip = vmx_read(VMCS_GUEST_RIP);
	vcpu->rflags = vmx_read(VMCS_GUEST_RFLAGS);
	vcpu->valid = X86_GROUP_SETTINGS | X86_GROUP_INTERRUPTIBILITY;
	if (take_hypercall(vcpu, reason, exit)) {
		vmx->launched = true;
		return true;
	}
	/* The CPU has ended the blocking of NMIs, or not: whoever chooses an event asks. */
	x86_vcpu_vmx_fetch(vcpu, X86_GROUP_INTERRUPTIBILITY);
	x86_vcpu_vmx_describe_exit(vcpu);
	if (__builtin_expect(vcpu->hw.kind != X86_EXIT_FAIL_ENTRY, 1)) {
		vmx->launched = true;
	} else if (x86_vcpu_vmx_complete_real_segments()) {
		vcpu->hw.kind = X86_EXIT_HANDLED; /* it is entered again */
	}
	return false;
}

static axvcpu_error_t vmx_run(struct x86_vcpu *vcpu, struct x86_percpu *cpu,
			      const uint32_t *attention, struct axvcpu_exit *exit)
{
	return x86_run_loop(vcpu, cpu, attention, exit, vmx_enter);
}

const struct x86_vendor x86_vcpu_vendor_vmx = {
	.backend = X86_VCPU_BACKEND_VMX,
	.detect = x86_vcpu_vmx_detect,
	.percpu_init = x86_vcpu_vmx_percpu_init,
	.enable = x86_vcpu_vmx_enable,
	.disable = x86_vcpu_vmx_disable,
	.vcpu_init = vmx_vcpu_init,
	.vcpu_free = vmx_vcpu_free,
	.bind = vmx_bind,
	.unbind = vmx_unbind,
	.switch_over = vmx_switch_over,
	.cpl = x86_vcpu_vmx_cpl,
	.dr7 = x86_vcpu_vmx_dr7,
	.is_plain_64 = x86_vcpu_vmx_is_plain_64,
	.fetch = x86_vcpu_vmx_fetch,
	.store = x86_vcpu_vmx_store,
	.inject = x86_vcpu_vmx_inject,
	.want_windows = x86_vcpu_vmx_want_windows,
	.flush_tlb = x86_vcpu_vmx_flush_tlb,
	.prepare_tlb = x86_vcpu_vmx_tlb_before_entry,
	.register_fits = x86_vcpu_vmx_register_fits,
	.run = vmx_run,
	.stage2_walk = x86_vcpu_vmx_stage2_walk,
};
