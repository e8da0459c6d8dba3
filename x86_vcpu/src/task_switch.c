/* SPDX-License-Identifier: Apache-2.0 */
#include "task_switch.h"

#include "control.h"
#include "events.h"
#include "segment_load.h"
#include "tss.h"

#define DR6_BT X86_BIT(15)
/** L0 to L3 and LE: breakpoints of the old task alone. */
#define DR7_LOCAL UINT64_C(0x155)
#define SELECTOR_TI 4u
#define SELECTOR_ERROR 0xfffcu
#define ERROR_EXTERNAL 1u
#define SEGMENT_LDTR 6u

static bool returns(const struct x86_vcpu *vcpu)
{
	return vcpu->hw.u.task.source == X86_TASK_IRET;
}

static bool nests(const struct x86_vcpu *vcpu)
{
	return vcpu->hw.u.task.source == X86_TASK_CALL || vcpu->hw.u.task.source == X86_TASK_GATE;
}

static bool refuse(struct x86_vcpu *vcpu, uint32_t vector, uint32_t selector)
{
	/* By an interrupt or an exception, and not by an instruction. */
	uint32_t external = vcpu->hw.u.task.source == X86_TASK_GATE &&
					    vcpu->hw.instruction_length == 0u ?
				    ERROR_EXTERNAL :
				    0u;

	x86_vcpu_queue_exception(vcpu, vector, true, (selector & SELECTOR_ERROR) | external);
	return false;
}

static bool raise_fault(struct x86_vcpu *vcpu, const struct x86_fault *fault)
{
	if (fault->vector == 0u) {
		/* Tables that are no RAM. */
		x86_vcpu_queue_gp(vcpu);
	} else {
		x86_vcpu_raise(vcpu, fault);
	}
	return false;
}

static bool is_wide(const struct x86_segment *tss)
{
	return (tss->attributes & SEG_TYPE_32_BIT) != 0u;
}

/** The descriptor of the task to which it goes, checked. */
static bool find_task(struct x86_vcpu *vcpu, struct x86_descriptor *found)
{
	uint16_t selector = vcpu->hw.u.task.selector;
	uint32_t wrong = returns(vcpu) ? (uint32_t)X86_VECTOR_TS : (uint32_t)X86_VECTOR_GP;
	uint32_t type, wanted = returns(vcpu) ? SEG_TYPE_BUSY : 0u;
	struct x86_fault fault;

	if ((selector & SELECTOR_TI) != 0u || !x86_vcpu_descriptor_is_there(vcpu, selector)) {
		return refuse(vcpu, wrong, selector);
	}
	if (!x86_vcpu_descriptor_read(vcpu, selector, found, &fault)) {
		return raise_fault(vcpu, &fault);
	}
	type = found->segment.attributes & SEG_TYPE;
	if ((found->segment.attributes & SEG_S) != 0u ||
	    (type & ~(SEG_TYPE_BUSY | SEG_TYPE_32_BIT)) != SEG_TYPE_TSS ||
	    (type & SEG_TYPE_BUSY) != wanted) {
		return refuse(vcpu, wrong, selector);
	}
	if ((found->segment.attributes & SEG_P) == 0u) {
		return refuse(vcpu, X86_VECTOR_NP, selector);
	}
	if (found->segment.limit <
	    (is_wide(&found->segment) ? X86_TSS_LIMIT_32 : X86_TSS_LIMIT_16)) {
		return refuse(vcpu, X86_VECTOR_TS, selector);
	}
	return true;
}

static void describe_old(const struct x86_vcpu *vcpu, struct x86_task *task)
{
	uint32_t i;

	*task = (struct x86_task){
		.ip = (uint32_t)(vcpu->rip + vcpu->hw.instruction_length),
		.flags = (uint32_t)(returns(vcpu) ? vcpu->rflags & ~RFLAGS_NT : vcpu->rflags),
	};
	for (i = 0; i < sizeof(task->gpr) / sizeof(task->gpr[0]); i++) {
		task->gpr[i] = (uint32_t)vcpu->gpr[i];
	}
	for (i = 0; i < SEGMENT_LDTR; i++) {
		task->selector[i] = vcpu->seg[i].selector;
	}
}

/** What the switch writes to memory: the old task, the link back, the busy bits. */
static bool write_memory(struct x86_vcpu *vcpu, const struct x86_descriptor *new_task,
			 struct x86_fault *fault)
{
	const struct x86_segment *tr = &vcpu->seg[X86_VCPU_TR];
	struct x86_descriptor old_task;
	struct x86_task old;

	describe_old(vcpu, &old);
	if (!x86_vcpu_tss_write(vcpu, tr->base, is_wide(tr), &old, fault)) {
		return false;
	}
	if (nests(vcpu)) {
		if (!x86_vcpu_tss_write_link(vcpu, new_task->segment.base, tr->selector, fault)) {
			return false;
		}
	} else if (x86_vcpu_descriptor_is_there(vcpu, tr->selector) &&
		   (!x86_vcpu_descriptor_read(vcpu, tr->selector, &old_task, fault) ||
		    !x86_vcpu_descriptor_mark(vcpu, &old_task, SEG_TYPE_BUSY, false, fault))) {
		return false;
	}
	return returns(vcpu) ||
	       x86_vcpu_descriptor_mark(vcpu, new_task, SEG_TYPE_BUSY, true, fault);
}

/** From here on all happens in the new task; its segments are still without descriptors. */
static void take_registers(struct x86_vcpu *vcpu, const struct x86_descriptor *new_task,
			   const struct x86_task *task)
{
	uint32_t i;

	vcpu->seg[X86_VCPU_TR] = new_task->segment;
	vcpu->seg[X86_VCPU_TR].selector = vcpu->hw.u.task.selector;
	vcpu->seg[X86_VCPU_TR].attributes |= SEG_TYPE_BUSY;
	vcpu->cr0 |= CR0_TS;
	vcpu->dr7 &= ~DR7_LOCAL;
	vcpu->rip = task->ip;
	vcpu->rflags = (task->flags & RFLAGS_DEFINED) | RFLAGS_RESERVED_1;
	if (nests(vcpu)) {
		vcpu->rflags |= RFLAGS_NT;
	}
	for (i = 0; i < sizeof(task->gpr) / sizeof(task->gpr[0]); i++) {
		vcpu->gpr[i] = task->gpr[i];
	}
	for (i = 0; i <= SEGMENT_LDTR; i++) {
		vcpu->seg[i] = (struct x86_segment){ .selector = task->selector[i] };
	}
}

/** The error code of the exception that led here, onto the new task's stack. */
static bool push_error_code(struct x86_vcpu *vcpu, uint32_t code, bool wide)
{
	bool wide_stack = (vcpu->seg[X86_VCPU_SS].attributes & SEG_DB) != 0u;
	uint64_t mask = wide_stack ? UINT32_MAX : UINT16_MAX;
	uint32_t size = wide ? sizeof(uint32_t) : sizeof(uint16_t);
	uint64_t offset = (vcpu->gpr[X86_RSP] - size) & mask, linear;
	struct x86_fault fault;

	if (!x86_vcpu_logical_to_linear(vcpu, X86_VCPU_SS, offset, size, true, &linear, &fault) ||
	    !x86_vcpu_linear_write(vcpu, linear, &code, size, &fault)) {
		return raise_fault(vcpu, &fault);
	}
	vcpu->gpr[X86_RSP] = (vcpu->gpr[X86_RSP] & ~mask) | offset;
	return true;
}

static void enter_task(struct x86_vcpu *vcpu, const struct x86_task *task, bool wide,
		       const struct x86_event *cause)
{
	struct x86_segment_fault fault;

	if (wide && (vcpu->cr0 & CR0_PG) != 0u && !x86_vcpu_set_cr3(vcpu, task->cr3)) {
		x86_vcpu_no_segments(vcpu);
		(void)refuse(vcpu, X86_VECTOR_TS, vcpu->hw.u.task.selector);
		return;
	}
	if (!x86_vcpu_load_segments(vcpu, &fault)) {
		if (fault.memory.vector != 0u) {
			(void)raise_fault(vcpu, &fault.memory);
		} else {
			(void)refuse(vcpu, fault.vector, fault.selector);
		}
		return;
	}
	if (cause->valid && cause->has_error_code &&
	    !push_error_code(vcpu, cause->error_code, wide)) {
		return;
	}
	if (vcpu->rip > vcpu->seg[X86_VCPU_CS].limit) {
		x86_vcpu_queue_gp(vcpu);
		return;
	}
	if (task->traps) {
		vcpu->dr6 |= DR6_BT;
		x86_vcpu_queue_exception(vcpu, X86_VECTOR_DB, false, 0);
	}
}

void x86_vcpu_switch_task(struct x86_vcpu *vcpu)
{
	struct x86_descriptor new_task;
	struct x86_event cause;
	struct x86_fault fault;
	struct x86_task task;

	x86_change(vcpu, X86_GROUP_CONTROL | X86_GROUP_SEGMENTS | X86_GROUP_SYSTEM |
				 X86_GROUP_INTERRUPTIBILITY);
	if (!find_task(vcpu, &new_task)) {
		return;
	}
	if (!x86_vcpu_tss_read(vcpu, new_task.segment.base, is_wide(&new_task.segment), &task,
			       &fault) ||
	    !write_memory(vcpu, &new_task, &fault)) {
		(void)raise_fault(vcpu, &fault);
		return;
	}
	cause = vcpu->event;
	if (cause.valid && cause.type == X86_EVENT_NMI) {
		vcpu->nmi_blocked = true;
	}
	vcpu->event.valid = false;
	vcpu->interrupt_shadow = false;
	take_registers(vcpu, &new_task, &task);
	enter_task(vcpu, &task, is_wide(&new_task.segment), &cause);
}
