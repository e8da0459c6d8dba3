/* SPDX-License-Identifier: Apache-2.0 */
/* What SVM keeps for a vCPU and for a physical CPU. */
#ifndef X86_VCPU_SVM_STATE_H_
#define X86_VCPU_SVM_STATE_H_

#include <stdbool.h>
#include <stdint.h>

struct svm_vmcb;
struct x86_percpu;

/** Instructions that svm_code.c remembers, by bits of their rip. */
#define SVM_KNOWN_CODE 4u
/** Levels of the guest's page tables in 64-bit mode with 4-level paging. */
#define SVM_KNOWN_LEVELS 4u

/** An instruction of 64-bit code whose length was decoded, and all that this depends on. */
struct svm_known_code {
	/** SVM_KNOWN_NOTHING: an entry without contents. */
	uint64_t rip;
	uint64_t cr3;
	/** The page-table entries on the way to it: where they are, and what they were. */
	const uint64_t *entries[SVM_KNOWN_LEVELS];
	uint64_t values[SVM_KNOWN_LEVELS];
	/** Where its bytes are; those of them that are its own, and their mask. */
	const uint8_t *code;
	uint64_t bytes;
	uint64_t mask;
	uint64_t length;
};
/** No address of code: not canonical. */
#define SVM_KNOWN_NOTHING (UINT64_C(1) << 63)

struct x86_svm {
	struct svm_vmcb *vmcb;
	uint64_t vmcb_hpa;
	/** MSR and I/O permission maps. */
	uint64_t msrpm_hpa;
	uint64_t iopm_hpa;
	/** The CPU and the generation in which vmcb->guest_asid was given. */
	const struct x86_percpu *asid_cpu;
	uint64_t asid_generation;
	/** X86_WINDOW_* in force. */
	uint32_t windows;
	/** Counts where the CPU does not save the next rip. */
	struct svm_known_code known[SVM_KNOWN_CODE];
};

struct x86_svm_percpu {
	/** Frames that enable took: the CPU's own host save area, and the host's VMSAVE state. */
	uint64_t hsave_hpa;
	uint64_t host_vmcb_hpa;
	uint64_t old_hsave;
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
