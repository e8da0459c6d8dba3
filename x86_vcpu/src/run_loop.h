/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop between the guest and the hypervisor, once for each vendor: its entry is a
 * part of it, which saves the 20 instructions of a call through a table.
 */
#ifndef X86_VCPU_RUN_LOOP_H_
#define X86_VCPU_RUN_LOOP_H_

#include "exits.h"
#include "guest_apic.h"
#include "vendor.h"

/** What x86_vcpu_before_entry() found. */
enum x86_before {
	X86_BEFORE_ENTER,
	/** The exit is filled in. */
	X86_BEFORE_EXIT,
	/** As X86_BEFORE_EXIT but for the place, which is where the guest would go on. */
	X86_BEFORE_RETURN,
};
/** run.c: does what vcpu->any_due and any_change tell of. */
enum x86_before x86_vcpu_before_entry(struct x86_vcpu *vcpu, struct axvcpu_exit *exit);

/**
 * Runs the guest until it exits: true if `exit` is filled in; else rip, rflags and the
 * GPRs are in the vCPU, `valid` says what else is, and vcpu->hw describes the exit.
 */
typedef bool x86_enter_fn(struct x86_vcpu *vcpu, struct x86_percpu *cpu,
			  const uint32_t *attention, struct axvcpu_exit *exit);

static inline __attribute__((always_inline)) axvcpu_error_t
x86_run_loop(struct x86_vcpu *vcpu, struct x86_percpu *cpu, const uint32_t *attention,
	     struct axvcpu_exit *exit, x86_enter_fn *enter)
{
	enum x86_before before;

	vcpu->no_answer = false;
	do {
		if (__builtin_expect((vcpu->any_due | __atomic_load_n(&vcpu->any_change,
								      __ATOMIC_RELAXED)) != 0u,
				     0)) {
			before = x86_vcpu_before_entry(vcpu, exit);
			if (before == X86_BEFORE_EXIT) {
				return AXVCPU_OK;
			}
			if (before == X86_BEFORE_RETURN) {
				break;
			}
		}
		if (enter(vcpu, cpu, attention, exit)) {
			return AXVCPU_OK;
		}
		if (x86_vcpu_handle_exit(vcpu, exit) == X86_ACTION_EXIT) {
			return AXVCPU_OK;
		}
		/* Behind the return a saved state would not tell what the APIC sent. */
	} while (x86_apic_has_exit(vcpu) || __atomic_load_n(attention, __ATOMIC_RELAXED) == 0u);
	exit->pc = vcpu->rip;
	exit->instruction_length = 0;
	return AXVCPU_OK;
}

/** A hypercall that needs no closer look, stepped over to `next`; its registers are in the vCPU. */
static inline __attribute__((always_inline)) void
x86_hypercall_exit(struct x86_vcpu *vcpu, uint64_t next, struct axvcpu_exit *exit)
{
	uint64_t *args = exit->u.hypercall.args;
	uint64_t rip = vcpu->rip;

	exit->reason = AXVCPU_EXIT_HYPERCALL;
	exit->pc = rip;
	exit->instruction_length = (uint32_t)(next - rip);
	exit->u.hypercall.number = vcpu->gpr[X86_RAX];
	args[0] = vcpu->gpr[X86_RBX];
	args[1] = vcpu->gpr[X86_RCX];
	args[2] = vcpu->gpr[X86_RDX];
	args[3] = vcpu->gpr[X86_RSI];
	args[4] = vcpu->gpr[X86_RDI];
	args[5] = vcpu->gpr[X86_R8];
	args[6] = vcpu->gpr[X86_R9];
	args[7] = vcpu->gpr[X86_R10];
	exit->u.hypercall.immediate = 0;
	exit->u.hypercall.conduit = X86_VCPU_HYPERCALL;
	vcpu->rip = next;
	vcpu->rflags &= ~RFLAGS_RF;
}

#endif /* X86_VCPU_RUN_LOOP_H_ */
