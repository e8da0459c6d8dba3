/* SPDX-License-Identifier: Apache-2.0 */
/* What VMX keeps for a vCPU and for a physical CPU. */
#ifndef X86_VCPU_VMX_STATE_H_
#define X86_VCPU_VMX_STATE_H_

#include <stdbool.h>
#include <stdint.h>

struct x86_percpu;

struct x86_vmx {
	uint64_t vmcs_hpa;
	uint64_t virtual_apic_hpa;
	uint8_t *virtual_apic;
	/** VMLAUNCH made it this CPU's; VMRESUME from now on. */
	bool launched;
	/** INVEPT before the next entry. */
	bool flush;
	/** The CPU and the generation in which the VPID was given. */
	const struct x86_percpu *vpid_cpu;
	uint64_t vpid_generation;
	/** Where it was last, whose TLB may have something. */
	const struct x86_percpu *last_cpu;
	/** As in the VMCS. */
	uint32_t pin;
	uint32_t primary;
	uint32_t interruptibility;
	uint64_t cr0_mask;
	uint64_t cr4_mask;
	uint64_t host_cr3;
	/** Handed to the entry that comes. */
	uint32_t entry_event;
};

/** The control words of this CPU, by its capability MSRs. */
struct vmx_controls {
	uint32_t pin;
	uint32_t primary;
	uint32_t secondary;
	uint32_t exit;
	uint32_t entry;
};

/** A descriptor-table register as SGDT stores it. */
struct vmx_table {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

struct x86_vmx_percpu {
	uint64_t vmxon_hpa;
	/** Of whoever runs here; those of the ports in two frames. */
	uint64_t msr_bitmap_hpa;
	uint64_t io_bitmaps_hpa;
	uint32_t revision;
	struct vmx_controls controls;
	/** Bits that must be 1, and that may be 1, in VMX operation. */
	uint64_t cr0_fixed_0;
	uint64_t cr0_fixed_1;
	uint64_t cr4_fixed_0;
	uint64_t cr4_fixed_1;
	/** IA32_VMX_EPT_VPID_CAP. */
	uint64_t ept_vpid;
	/** The exit of INS and OUTS tells address size and segment. */
	bool io_info;
	/** Counts once in 2^timer_shift ticks of the TSC. */
	bool preemption_timer;
	uint32_t timer_shift;
	/** Without a TPR shadow accesses to CR8 exit. */
	bool tpr_shadow;
	bool vpid;
	uint32_t next_vpid;
	uint64_t vpid_generation;
	bool enabled;
	/* What bind puts away. */
	uint64_t host_star;
	uint64_t host_lstar;
	uint64_t host_cstar;
	uint64_t host_sfmask;
	uint64_t host_kernel_gs_base;
	uint16_t host_ldtr;
	struct vmx_table host_gdtr;
	struct vmx_table host_idtr;
};

#endif /* X86_VCPU_VMX_STATE_H_ */
