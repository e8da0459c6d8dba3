/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time that a guest's hart would have run but did not, in the record that the guest
 * asked for (SBI 2.0, 16). Counted from unbind to bind; of a guest that halted, from
 * when its timer was due, as before that it had nothing to run for. Whoever binds a
 * halted one for another reason says so by that, and nothing is counted.
 */
#include "vcpu.h"

/* The record (SBI 2.0, table 61), little-endian as we are. */
struct steal_record {
	uint32_t sequence;
	uint32_t flags;
	uint64_t steal;
	uint8_t preempted;
	uint8_t pad[47];
};
_Static_assert(sizeof(struct steal_record) == RISCV_STEAL_BYTES, "SBI 2.0, 16");

static struct steal_record *record_of(const struct riscv_vcpu *vcpu)
{
	return riscv_vcpu_gpa_to_host(vcpu, vcpu->steal.gpa);
}

bool riscv_vcpu_steal_possible(const struct riscv_vcpu *vcpu)
{
	return vcpu->hal->ops->time_ns != NULL;
}

/* Another record, or none. */
void riscv_vcpu_steal_set(struct riscv_vcpu *vcpu, uint64_t gpa)
{
	vcpu->steal = (struct riscv_steal){ .gpa = gpa };
	riscv_vcpu_set_extra(vcpu, RISCV_EXTRA_STEAL, gpa != RISCV_STEAL_OFF);
}

/* The guest names its record; false, with the one before kept, if it cannot be written. */
bool riscv_vcpu_steal_begin(struct riscv_vcpu *vcpu, uint64_t gpa)
{
	uint64_t *words = riscv_vcpu_gpa_to_host(vcpu, gpa);

	if (words == NULL)
		return false;
	for (uint32_t i = 0; i < RISCV_STEAL_BYTES / sizeof(*words); i++)
		words[i] = 0;
	riscv_vcpu_steal_set(vcpu, gpa);
	return true;
}

/* `part` ticks of `whole` that are `ns` nanoseconds; part <= whole, and whole is not 0. */
static uint64_t ticks_to_ns(uint64_t part, uint64_t whole, uint64_t ns)
{
	/* Of more than 32 bits the lowest do not count. */
	while (whole > UINT32_MAX) {
		whole >>= 1;
		part >>= 1;
	}
	return part * (ns / whole) + part * (ns % whole) / whole;
}

/* Nanoseconds since the unbind in which the guest had something to do. */
static uint64_t stolen(struct riscv_vcpu *vcpu, uint64_t now_ns)
{
	const uint64_t now = rv_read_time();
	const uint64_t ns = now_ns - vcpu->steal.since_ns;
	const uint64_t ticks = now - vcpu->steal.since_ticks;
	uint64_t deadline = UINT64_MAX;

	if ((vcpu->due & RISCV_DUE_HALTED) == 0)
		return ns;
	if ((rv_read_vsie() & (HVIP_VSTIP >> 1)) != 0)
		(void)riscv_vcpu_timer_deadline(vcpu, &deadline);
	if (deadline >= now || ticks == 0)
		return 0;
	return now - deadline >= ticks ? ns : ticks_to_ns(now - deadline, ticks, ns);
}

/* It may run again; after its CSRs are loaded. */
void riscv_vcpu_steal_bind(struct riscv_vcpu *vcpu)
{
	struct steal_record *record = record_of(vcpu);
	uint64_t ns;

	if (record == NULL)
		return;
	ns = vcpu->steal.since_ns == 0 ?
		     0 :
		     stolen(vcpu, vcpu->hal->ops->time_ns(vcpu->hal->ctx));
	if (ns != 0) {
		/* Odd while it changes; other harts may read it meanwhile. */
		const uint32_t sequence = record->sequence;

		__atomic_store_n(&record->sequence, sequence + 1, __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		__atomic_store_n(&record->steal, record->steal + ns, __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		__atomic_store_n(&record->sequence, sequence + 2, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&record->preempted, (uint8_t)0, __ATOMIC_RELAXED);
	vcpu->steal.since_ns = 0;
}

/* It is taken off its CPU. */
void riscv_vcpu_steal_unbind(struct riscv_vcpu *vcpu)
{
	struct steal_record *record = record_of(vcpu);

	vcpu->steal.since_ns = vcpu->hal->ops->time_ns(vcpu->hal->ctx);
	vcpu->steal.since_ticks = rv_read_time();
	if (record != NULL && (vcpu->due & RISCV_DUE_HALTED) == 0)
		__atomic_store_n(&record->preempted, (uint8_t)1, __ATOMIC_RELAXED);
}
