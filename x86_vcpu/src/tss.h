/* SPDX-License-Identifier: Apache-2.0 */
/* A task's registers in memory: the 32-bit and the 16-bit TSS (SDM volume 3, 8.2.1 and 8.6). */
#ifndef X86_VCPU_TSS_H_
#define X86_VCPU_TSS_H_

#include "linear.h"

/** What a task switch moves. */
struct x86_task {
	uint64_t cr3;
	uint32_t ip;
	uint32_t flags;
	/** By enum x86_gpr. */
	uint32_t gpr[8];
	/** ES, CS, SS, DS, FS, GS, LDTR. */
	uint16_t selector[7];
	/** The debug trap bit. */
	bool traps;
};

/** Lowest limits of both kinds. */
#define X86_TSS_LIMIT_32 0x67u
#define X86_TSS_LIMIT_16 0x2bu

/** Reads the task at a linear address; false with the fault. */
bool x86_vcpu_tss_read(struct x86_vcpu *vcpu, uint64_t base, bool wide, struct x86_task *task,
		       struct x86_fault *fault);
/** Writes what a switch saves: neither CR3 nor LDTR. */
bool x86_vcpu_tss_write(struct x86_vcpu *vcpu, uint64_t base, bool wide,
			const struct x86_task *task, struct x86_fault *fault);
/** Writes the link to the task that it returns to. */
bool x86_vcpu_tss_write_link(struct x86_vcpu *vcpu, uint64_t base, uint16_t selector,
			     struct x86_fault *fault);

#endif /* X86_VCPU_TSS_H_ */
