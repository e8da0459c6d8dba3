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

/** What one physical CPU wants to know; it waits until it does. */
struct request {
	/** enum request_state: what stands below it is the asker's or the answerer's by it. */
	uint32_t state;
	struct vm_vcpu *vcpu;
	uint32_t index;
	uint32_t clear;
	uint32_t set;
	uint32_t active;
};

static struct request requests[CONFIG_MAX_CPUS];

static uint32_t cpu_of(const struct vm_vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->cpu, __ATOMIC_SEQ_CST);
}

/** On the vCPU's own CPU, which alone takes it elsewhere, or apart. */
static uint32_t change_here(const struct vm_vcpu *vcpu, uint32_t index, uint32_t clear, uint32_t set)
{
	const uint64_t id = ARM_VCPU_REG_GIC_ACTIVE(index / 2);
	const uint32_t shift = index % 2 * WORD_BITS;
	uint64_t pair = 0;
	uint64_t wanted;

	if (vcpu->handle == NULL ||
	    axvcpu_get_reg(vcpu->handle, id, &pair, sizeof(pair)) != AXVCPU_OK) {
		return 0; /* it was turned off meanwhile */
	}
	wanted = (pair & ~((uint64_t)clear << shift)) | (uint64_t)set << shift;
	if (wanted != pair && axvcpu_set_reg(vcpu->handle, id, &wanted, sizeof(wanted)) == AXVCPU_OK) {
		pair = wanted;
		/* What waited for it to be inactive may end its wait. */
		(void)axvcpu_kick(vcpu->handle);
	}
	return (uint32_t)(pair >> shift);
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
		request->active =
			change_here(request->vcpu, request->index, request->clear, request->set);
		__atomic_store_n(&request->state, (uint32_t)REQUEST_ANSWERED, __ATOMIC_RELEASE);
	}
}

uint32_t active_change(struct vm_vcpu *vcpu, uint32_t index, uint32_t clear, uint32_t set)
{
	struct request *request = &requests[board_this_cpu()->id];
	uint32_t asked = cpu_of(vcpu);
	uint32_t now;

	if (asked == board_this_cpu()->id) {
		return change_here(vcpu, index, clear, set);
	}
	request->vcpu = vcpu;
	request->index = index;
	request->clear = clear;
	request->set = set;
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
	return request->active;
}
