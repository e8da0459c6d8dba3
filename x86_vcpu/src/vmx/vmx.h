/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of this folder. */
#ifndef X86_VCPU_VMX_VMX_H_
#define X86_VCPU_VMX_VMX_H_

#include "../vendor.h"
#include "vmcs.h"
#include "vmx_insn.h"

/** vmx_controls.c: chooses the control words; the name of what is missing, null if nothing is. */
const char *x86_vcpu_vmx_find_controls(struct x86_vmx_percpu *vmx);

/** vmx_percpu.c */
bool x86_vcpu_vmx_detect(void);
axvcpu_error_t x86_vcpu_vmx_percpu_init(struct x86_percpu *cpu);
axvcpu_error_t x86_vcpu_vmx_enable(struct x86_percpu *cpu);
axvcpu_error_t x86_vcpu_vmx_disable(struct x86_percpu *cpu);

/** vmx_maps.c: the CPU's bitmaps; false, with nothing taken, if there is no memory. */
#define VMX_IO_BITMAPS 2u
bool x86_vcpu_vmx_maps_make(struct x86_percpu *cpu);
void x86_vcpu_vmx_maps_free(struct x86_percpu *cpu);

/** vmx_host.c: what the CPU is after an exit; and what the VMCS does not switch. */
/** At enable: what the hypervisor does not change until disable, and unbind restores. */
void x86_vcpu_vmx_host_note(struct x86_percpu *cpu);
/** The same for the VMCS: at the first bind on this CPU. */
void x86_vcpu_vmx_host_write(const struct x86_percpu *cpu);
/** At each bind: the rest, which differs between the hypervisor's tasks. */
void x86_vcpu_vmx_host_update(struct x86_vcpu *vcpu);
/** What the VMCS does not switch: put away, before the guest's is on the CPU, and put back. */
void x86_vcpu_vmx_host_bind(struct x86_percpu *cpu);
void x86_vcpu_vmx_host_unbind(const struct x86_percpu *cpu);

/** vmx_tlb.c: EPT pointer, VPIDs, invalidation. */
uint64_t x86_vcpu_vmx_eptp(const struct x86_vcpu *vcpu);
void x86_vcpu_vmx_flush_tlb(struct x86_vcpu *vcpu);
void x86_vcpu_vmx_tlb_before_entry(struct x86_vcpu *vcpu, struct x86_percpu *cpu);
/** Whether the vCPU has a VPID of this CPU's present generation. */
static inline bool vmx_has_vpid(const struct x86_vcpu *vcpu, const struct x86_percpu *cpu)
{
	return vcpu->u.vmx.vpid_cpu == cpu &&
	       vcpu->u.vmx.vpid_generation == cpu->u.vmx.vpid_generation;
}
/**
 * Whether x86_vcpu_vmx_tlb_before_entry() has something to do. While the vCPU is bound that
 * changes with a flush alone: nobody else takes VPIDs of this CPU then.
 */
static inline bool vmx_tlb_is_due(const struct x86_vcpu *vcpu, const struct x86_percpu *cpu)
{
	const struct x86_vmx *vmx = &vcpu->u.vmx;

	return vmx->flush || vmx->last_cpu != cpu || (cpu->u.vmx.vpid && !vmx_has_vpid(vcpu, cpu));
}
uint32_t x86_vcpu_vmx_stage2_walk(const struct x86_vcpu *vcpu, uint64_t gpa, uint64_t *hpa);

/** vmx_timer.c: an exit when the guest's local APIC has its timer's interrupt due. */
void x86_vcpu_vmx_timer_before_entry(struct x86_vcpu *vcpu, const struct x86_percpu *cpu);

/** vmx_registers.c */
void x86_vcpu_vmx_fetch(struct x86_vcpu *vcpu, uint32_t groups);
void x86_vcpu_vmx_store(struct x86_vcpu *vcpu, uint32_t groups);
/** Those of X86_GROUP_SYSTEM that the CPU has from bind to unbind, not the VMCS. */
void x86_vcpu_vmx_load_cpu(const struct x86_vcpu *vcpu);
uint32_t x86_vcpu_vmx_cpl(const struct x86_vcpu *vcpu);
uint64_t x86_vcpu_vmx_dr7(const struct x86_vcpu *vcpu);
bool x86_vcpu_vmx_is_plain_64(const struct x86_vcpu *vcpu, uint64_t *cr3);
/** After a failed entry: true if real mode's segments were not as entries want them, and are now. */
bool x86_vcpu_vmx_complete_real_segments(void);

/** vmx_fits.c: whether an entry takes the value of a register. */
bool x86_vcpu_vmx_register_fits(const struct x86_vcpu *vcpu, uint64_t id, uint64_t value);

/** vmx_exits.c: fills in vcpu->hw from the VMCS, after an exit or a failed entry. */
void x86_vcpu_vmx_describe_exit(struct x86_vcpu *vcpu);
void x86_vcpu_vmx_describe_failure(struct x86_vcpu *vcpu, uint64_t code);

/** vmx_events.c */
void x86_vcpu_vmx_inject(struct x86_vcpu *vcpu);
void x86_vcpu_vmx_collect_event(struct x86_vcpu *vcpu);
/** The entry did not happen: what was handed to it is back in vcpu->event. */
void x86_vcpu_vmx_take_back_event(struct x86_vcpu *vcpu);
void x86_vcpu_vmx_want_windows(struct x86_vcpu *vcpu, uint32_t windows);

/** Results of vmx_enter_guest(). */
enum vmx_entry {
	VMX_ENTRY_EXITED = 0,
	VMX_ENTRY_FAIL_INVALID = 1,
	VMX_ENTRY_FAIL_VALID = 2,
};

#ifdef __cplusplus
extern "C" {
#endif
/** Where exits go: VMCS_HOST_RIP. */
void x86_vcpu_vmx_guest_exited(void);
#ifdef __cplusplus
}
#endif

#endif /* X86_VCPU_VMX_VMX_H_ */
