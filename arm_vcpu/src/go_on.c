/* SPDX-License-Identifier: Apache-2.0 */
#include "go_on.h"

#include "exits.h"
#include "vgic.h"
#include "world.h"

axvcpu_error_t arm_vcpu_go_on(struct arm_vcpu *vcpu)
{
	struct axvcpu_exit *exit = vcpu->exit;
	uint64_t vector;

	while (__atomic_load_n(vcpu->attention, __ATOMIC_RELAXED) == 0u) {
		if (__atomic_load_n(&vcpu->vgic.work, __ATOMIC_RELAXED) != 0u) {
			arm_vcpu_vgic_flush(vcpu);
		}
		vector = vcpu->enter(&vcpu->context);
		if (arm_vcpu_handle_exit(vcpu, exit, vector) == ARM_ACTION_EXIT) {
			return AXVCPU_OK;
		}
	}
	exit->reason = AXVCPU_EXIT_NOTHING;
	exit->pc = vcpu->context.pc;
	exit->instruction_length = 0u;
	return AXVCPU_OK;
}
