/* SPDX-License-Identifier: Apache-2.0 */
/* Task switches, which SVM does by itself and VMX leaves to us. */
#ifndef X86_VCPU_TASK_SWITCH_H_
#define X86_VCPU_TASK_SWITCH_H_

#include "vcpu.h"

/**
 * Switches to the task of vcpu->hw.u.task, as the CPU would (SDM volume 3, 8.3), or
 * queues the exception that it meets: before the switch in the old task, behind it in
 * the new one. An event that caused it is delivered by it.
 */
void x86_vcpu_switch_task(struct x86_vcpu *vcpu);

#endif /* X86_VCPU_TASK_SWITCH_H_ */
