/* SPDX-License-Identifier: Apache-2.0 */
/* From what the hardware reported to an exit for the hypervisor, or on with the guest. */
#ifndef X86_VCPU_EXITS_H_
#define X86_VCPU_EXITS_H_

#include "vendor.h"

enum x86_action {
	/** Nothing is left to do: enter the guest again. */
	X86_ACTION_HANDLED,
	/** `exit` is filled in for the hypervisor. */
	X86_ACTION_EXIT,
};

/** Goes by vcpu->hw.kind. */
enum x86_action x86_vcpu_handle_exit(struct x86_vcpu *vcpu, struct axvcpu_exit *exit);

/** io.c */
enum x86_action x86_vcpu_handle_io(struct x86_vcpu *vcpu, struct axvcpu_exit *exit);
void x86_vcpu_complete_port_read(
	struct x86_vcpu *vcpu, const struct axvcpu_exit *exit, uint64_t value);
void x86_vcpu_complete_port_write(struct x86_vcpu *vcpu, const struct axvcpu_exit *exit);

/** msr.c */
enum x86_action x86_vcpu_handle_msr(struct x86_vcpu *vcpu, bool write, struct axvcpu_exit *exit);
void x86_vcpu_complete_msr_read(
	struct x86_vcpu *vcpu, const struct axvcpu_exit *exit, uint64_t value);

/** mmio.c */
enum x86_action x86_vcpu_handle_stage2(struct x86_vcpu *vcpu, struct axvcpu_exit *exit);
/** The write of an instruction that has read, as an exit; false if none is due. */
bool x86_vcpu_take_due_store(struct x86_vcpu *vcpu, struct axvcpu_exit *exit);
void x86_vcpu_complete_mmio_read(
	struct x86_vcpu *vcpu, const struct axvcpu_exit *exit, uint64_t value);
void x86_vcpu_complete_mmio_write(struct x86_vcpu *vcpu, const struct axvcpu_exit *exit);

/** cr_access.c: MOV to and from control registers, LMSW, CLTS, XSETBV. */
enum x86_action x86_vcpu_handle_cr(struct x86_vcpu *vcpu, struct axvcpu_exit *exit);
enum x86_action x86_vcpu_handle_xsetbv(struct x86_vcpu *vcpu);

/** step.c: the length of the instruction that exited. */
uint32_t x86_vcpu_instruction_length(struct x86_vcpu *vcpu);
/** Goes on at `rip`: behind an instruction that is done, whose single step traps. */
void x86_vcpu_step_to(struct x86_vcpu *vcpu, uint64_t rip);
/** Stays at a rep form of which one element is done: a single step traps there too. */
void x86_vcpu_step_within(struct x86_vcpu *vcpu);
/** Steps over the instruction that exited. */
void x86_vcpu_step(struct x86_vcpu *vcpu);

/** Fills in `raw`. */
void x86_vcpu_exit_raw(const struct x86_vcpu *vcpu, struct axvcpu_exit *exit);

#endif /* X86_VCPU_EXITS_H_ */
