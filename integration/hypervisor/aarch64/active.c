/* SPDX-License-Identifier: Apache-2.0 */
#include "active.h"

#include "../board.h"
#include "../sched.h"
#include "../vm.h"
#include "arm_vcpu/arm_vcpu.h"

#define WORD_BITS 32u

enum request_state {
	REQUEST_NONE,
	REQUEST_ASKED,
	REQUEST_ANSWERED,
};

/** A word of a set of the interface's, and what is to become of it. */
struct change {
	/** ARM_VCPU_REG_GIC_PENDING() or ARM_VCPU_REG_GIC_ACTIVE(), and which half. */
	uint64_t id;
	uint32_t shift;
	uint32_t clear;
	uint32_t set;
};

/** What one physical CPU wants to know; it waits until it does. */
struct request {
	/** enum request_state: what stands below it is the asker's or the answerer's by it. */
	uint32_t state;
	struct vm_vcpu *vcpu;
	struct change change;
	uint32_t found;
};

static struct request requests[CONFIG_MAX_CPUS];

static uint32_t cpu_of(const struct vm_vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->cpu, __ATOMIC_SEQ_CST);
}

/** On the vCPU's own CPU, which alone takes it elsewhere, or apart. */
static uint32_t change_here(const struct vm_vcpu *vcpu, const struct change *change)
{
	uint64_t pair = 0;
	uint64_t wanted;

	if (vcpu->handle == NULL ||
	    axvcpu_get_reg(vcpu->handle, change->id, &pair, sizeof(pair)) != AXVCPU_OK) {
		return 0; /* it was turned off meanwhile */
	}
	wanted = (pair & ~((uint64_t)change->clear << change->shift)) |
		 (uint64_t)change->set << change->shift;
	if (wanted != pair &&
	    axvcpu_set_reg(vcpu->handle, change->id, &wanted, sizeof(wanted)) == AXVCPU_OK) {
		pair = wanted;
		/* What waited for it to be inactive may end its wait. */
		(void)axvcpu_kick(vcpu->handle);
	}
	return (uint32_t)(pair >> change->shift);
}

void active_answer(void)
{
	const uint32_t here = board_this_cpu()->id;
	struct request *request;
	uint32_t i;

	for (i = 0; i < sched_cpu_count(); i++) {
		request = &requests[i];
		if (__atomic_load_n(&request->state, __ATOMIC_ACQUIRE) != (uint32_t)REQUEST_ASKED ||
		    cpu_of(request->vcpu) != here) {
			continue;
		}
		request->found = change_here(request->vcpu, &request->change);
		__atomic_store_n(&request->state, (uint32_t)REQUEST_ANSWERED, __ATOMIC_RELEASE);
	}
}

/** By the vCPU's own CPU, whichever that is. */
static uint32_t change_anywhere(struct vm_vcpu *vcpu, const struct change *change)
{
	struct request *request = &requests[board_this_cpu()->id];
	uint32_t asked = cpu_of(vcpu);
	uint32_t now;

	if (asked == board_this_cpu()->id) {
		return change_here(vcpu, change);
	}
	request->vcpu = vcpu;
	request->change = *change;
	__atomic_store_n(&request->state, (uint32_t)REQUEST_ASKED, __ATOMIC_RELEASE);
	/* Who is to answer may wait for the lock before it can. */
	lock_release(&vcpu->vm->lock);
	board_kick(asked);
	while (__atomic_load_n(&request->state, __ATOMIC_ACQUIRE) != (uint32_t)REQUEST_ANSWERED) {
		/* It may have come here, too. */
		active_answer();
		now = cpu_of(vcpu);
		if (now != asked && now != board_this_cpu()->id) {
			board_kick(now);
		}
		asked = now;
		board_relax();
	}
	__atomic_store_n(&request->state, (uint32_t)REQUEST_NONE, __ATOMIC_RELAXED);
	lock_take(&vcpu->vm->lock);
	return request->found;
}

uint32_t active_change(struct vm_vcpu *vcpu, uint32_t index, uint32_t clear, uint32_t set)
{
	const struct change change = { ARM_VCPU_REG_GIC_ACTIVE(index / 2), index % 2 * WORD_BITS, clear, set };

	return change_anywhere(vcpu, &change);
}

uint32_t active_find_pending(struct vm_vcpu *vcpu, uint32_t index)
{
	const struct change change = { ARM_VCPU_REG_GIC_PENDING(index / 2), index % 2 * WORD_BITS, 0, 0 };

	return change_anywhere(vcpu, &change);
}
