/* SPDX-License-Identifier: Apache-2.0 */
/* From what the hardware reports to an exit, or to work that the library does itself. */
#ifndef ARM_VCPU_EXITS_H_
#define ARM_VCPU_EXITS_H_

#include "vcpu.h"

/** What becomes of a trap. */
enum arm_action {
	/** `exit` is filled in, the hypervisor gets it. */
	ARM_ACTION_EXIT,
	/** Done; the guest goes on. */
	ARM_ACTION_HANDLED,
};

/** Decides on an exit through `vector`; context.esr holds its syndrome. */
enum arm_action arm_vcpu_handle_exit(
	struct arm_vcpu *vcpu, struct axvcpu_exit *exit, uint64_t vector);

/** Fills in an exit with all that the hardware said. */
void arm_vcpu_exit_raw(const struct arm_vcpu *vcpu, uint64_t far, uint64_t hpfar, uint64_t vector,
		  struct axvcpu_exit *exit);

/** An instruction or data abort (exits_abort.c). */
enum arm_action arm_vcpu_handle_abort(struct arm_vcpu *vcpu, struct axvcpu_exit *exit);
/** A trapped system-register access (exits_sysreg.c). */
enum arm_action arm_vcpu_handle_sysreg(struct arm_vcpu *vcpu, struct axvcpu_exit *exit);
/** HVC or SMC (calls.c); the pc is past the instruction for HVC, at it for SMC. */
enum arm_action arm_vcpu_handle_hvc(struct arm_vcpu *vcpu, struct axvcpu_exit *exit);
enum arm_action arm_vcpu_handle_smc(struct arm_vcpu *vcpu, struct axvcpu_exit *exit);

#endif /* ARM_VCPU_EXITS_H_ */
