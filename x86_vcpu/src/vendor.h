/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What SVM and VMX each implement. Everything else is written once, on top of
 * this: policy, decoding, event queue, completion.
 */
#ifndef X86_VCPU_VENDOR_H_
#define X86_VCPU_VENDOR_H_

#include "vcpu.h"

/** Windows that x86_vendor.want_windows() asks for. */
enum x86_window {
	X86_WINDOW_INTERRUPT = 1u << 0,
	X86_WINDOW_NMI = 1u << 1,
	/** When it writes CR8, which keeps an interrupt back. */
	X86_WINDOW_TPR = 1u << 2,
};

struct x86_vendor {
	/** X86_VCPU_BACKEND_*. */
	uint32_t backend;

	/** Whether CPUID says that the CPU has it. */
	bool (*detect)(void);
	/** Finds what this CPU can do; AXVCPU_ERR_UNSUPPORTED if it lacks something needed. */
	axvcpu_error_t (*percpu_init)(struct x86_percpu *cpu);
	/**
	 * Turns it on. AXVCPU_ERR_RESOURCE_BUSY if it is on already, AXVCPU_ERR_UNSUPPORTED
	 * if firmware locked it off, AXVCPU_ERR_NO_MEMORY; nothing changed then.
	 */
	axvcpu_error_t (*enable)(struct x86_percpu *cpu);
	/** Turns it off and gives back what enable took. */
	axvcpu_error_t (*disable)(struct x86_percpu *cpu);

	/** Allocates and initialises the hardware's structures; nothing is left on failure. */
	axvcpu_error_t (*vcpu_init)(struct x86_vcpu *vcpu);
	void (*vcpu_free)(struct x86_vcpu *vcpu);

	/** The vCPU is on this CPU from now on; all groups are dirty. */
	axvcpu_error_t (*bind)(struct x86_vcpu *vcpu, struct x86_percpu *cpu);
	/** It leaves it: what the hardware alone holds moves into the vCPU. */
	axvcpu_error_t (*unbind)(struct x86_vcpu *vcpu, struct x86_percpu *cpu);

	/**
	 * Both in one, of a vCPU to another that was last on this CPU; what is the host's stays
	 * as bind left it. On failure as after unbind.
	 */
	axvcpu_error_t (*switch_over)(struct x86_vcpu *from, struct x86_vcpu *to,
				      struct x86_percpu *cpu);

	/** The guest's privilege level, without moving a group. */
	uint32_t (*cpl)(const struct x86_vcpu *vcpu);
	/**
	 * The instruction at vcpu->rip, which exited, is these `length` bytes: what was decoded,
	 * for the next time. Null where the CPU gives lengths itself.
	 */
	void (*learn_length)(struct x86_vcpu *vcpu, const uint8_t *bytes, uint32_t length);
	/** DR7 at an exit, without moving a group. */
	uint64_t (*dr7)(const struct x86_vcpu *vcpu);
	/** Whether the guest runs 64-bit code, without breakpoints, and its CR3; likewise. */
	bool (*is_plain_64)(const struct x86_vcpu *vcpu, uint64_t *cr3);
	/**
	 * The bytes of the instruction that ended in X86_EXIT_STAGE2, as the CPU gives them: how
	 * many, 0 if it does not. Null where no CPU does.
	 */
	uint32_t (*code_bytes)(const struct x86_vcpu *vcpu, uint8_t bytes[X86_INSN_MAX]);
	/** Moves groups from the hardware's structure into the vCPU. */
	void (*fetch)(struct x86_vcpu *vcpu, uint32_t groups);
	/** Moves groups from the vCPU into the hardware's structure. */
	void (*store)(struct x86_vcpu *vcpu, uint32_t groups);

	/**
	 * Hands vcpu->event to the next entry, which clears vcpu->event.valid. An event
	 * whose delivery an exit interrupts is back in vcpu->event after enter().
	 */
	void (*inject)(struct x86_vcpu *vcpu);
	/** Asks for exits when the guest can take an interrupt or an NMI; X86_WINDOW_*, 0 for none. */
	void (*want_windows)(struct x86_vcpu *vcpu, uint32_t windows);
	/** The guest's translations, of both stages, are to be dropped before the next entry. */
	void (*flush_tlb)(struct x86_vcpu *vcpu);
	/**
	 * Before an entry with vcpu->tlb_due, which flush_tlb sets, and bind where the vCPU has
	 * no tag of this CPU: gives it one, and drops what is to be dropped.
	 */
	void (*prepare_tlb)(struct x86_vcpu *vcpu, struct x86_percpu *cpu);

	/** Whether the hardware takes this value of a register; null if it takes all. */
	bool (*register_fits)(const struct x86_vcpu *vcpu, uint64_t id, uint64_t value);

	/**
	 * As axvcpu_arch_ops.run: x86_run_loop() with the vendor's way into the guest. A
	 * CPUID whose answer is known is answered on the way, and the exit of a plain
	 * hypercall filled in.
	 */
	axvcpu_error_t (*run)(struct x86_vcpu *vcpu, struct x86_percpu *cpu,
			      const uint32_t *attention, struct axvcpu_exit *exit);

	/**
	 * Finds the host address of a guest physical one in the second-stage table.
	 * @return AXVCPU_ACCESS_READ, _WRITE and _EXECUTE bits: what is permitted; 0 if
	 *         it is not mapped, `*hpa` is untouched then.
	 */
	uint32_t (*stage2_walk)(const struct x86_vcpu *vcpu, uint64_t gpa, uint64_t *hpa);
};

extern const struct x86_vendor x86_vcpu_vendor_svm;
extern const struct x86_vendor x86_vcpu_vendor_vmx;

/** The backend of the CPU that calls, null if it has none. */
const struct x86_vendor *x86_vcpu_vendor_find(void);

/** Registers of `groups` are up to date in the vCPU when it returns. */
static inline void x86_need(struct x86_vcpu *vcpu, uint32_t groups)
{
	uint32_t missing = groups & ~vcpu->valid;

	if (missing != 0u) {
		vcpu->vendor->fetch(vcpu, missing);
		vcpu->valid |= missing;
	}
}

/** As x86_need(), and what is then changed there goes to the hardware. */
static inline void x86_change(struct x86_vcpu *vcpu, uint32_t groups)
{
	x86_need(vcpu, groups);
	vcpu->dirty |= groups;
}

#endif /* X86_VCPU_VENDOR_H_ */
