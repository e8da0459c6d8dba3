/* SPDX-License-Identifier: Apache-2.0 */
/* What SVM keeps for a vCPU and for a physical CPU. */
#ifndef X86_VCPU_SVM_STATE_H_
#define X86_VCPU_SVM_STATE_H_

#include <stdbool.h>
#include <stdint.h>

struct svm_vmcb;
struct x86_percpu;

struct x86_svm {
	struct svm_vmcb *vmcb;
	uint64_t vmcb_hpa;
	/** The CPU and the generation in which vmcb->guest_asid was given. */
	const struct x86_percpu *asid_cpu;
	uint64_t asid_generation;
	/** X86_WINDOW_* in force. */
	uint32_t windows;
};

struct x86_svm_percpu {
	/** Frames that enable took: the CPU's own host save area, and the host's VMSAVE state. */
	uint64_t hsave_hpa;
	uint64_t host_vmcb_hpa;
	uint64_t old_hsave;
	/** MSR and I/O permission maps of whoever runs here. */
	uint64_t msrpm_hpa;
	uint64_t iopm_hpa;
	/** ASIDs 1 to asid_limit - 1 exist; those from next_asid on are free in this generation. */
	uint32_t asid_limit;
	uint32_t next_asid;
	uint64_t asid_generation;
	/** CPUID Fn8000_000A_EDX. */
	bool next_rip_saved;
	bool decode_assists;
	bool flush_by_asid;
	bool pause_filter;
	bool enabled;
};

#endif /* X86_VCPU_SVM_STATE_H_ */
