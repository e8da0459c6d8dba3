/* SPDX-License-Identifier: Apache-2.0 */
/* Counters and what they count; the calls by which a guest rules them are in sbi/pmu.c. */
#include "vcpu.h"

/* Their CSRs (3.1.10). */
enum { CSR_CYCLE = 0xc00 };

static bool is_firmware(uint32_t counter)
{
	return counter >= RISCV_PMU_FIRMWARE;
}

/* The hart's own count. */
static uint64_t physical(uint32_t counter)
{
	return counter == RISCV_PMU_CYCLE ? rv_read_cycle() : rv_read_instret();
}

/* A counter of the hart that counts now. */
static bool is_live(const struct riscv_vcpu *vcpu, uint32_t counter)
{
	return vcpu->percpu != NULL && !is_firmware(counter) &&
	       (vcpu->pmu.counters[counter].state & RISCV_PMU_STARTED) != 0;
}

void riscv_vcpu_pmu_reset(struct riscv_vcpu *vcpu)
{
	for (uint32_t i = 0; i < RISCV_PMU_COUNTERS; i++)
		vcpu->pmu.counters[i] = (struct riscv_pmu_counter){ 0 };
	vcpu->pmu.snapshot = RISCV_PMU_NO_SNAPSHOT;
	vcpu->pmu.watched = 0;
	riscv_vcpu_set_extra(vcpu, RISCV_EXTRA_PMU, false);
}

/*
 * Counters of the hart are its own if the guest does not read the physical ones, which
 * cannot be set from here.
 */
bool riscv_vcpu_pmu_exists(const struct riscv_vcpu *vcpu, uint32_t counter)
{
	if (counter == RISCV_PMU_CYCLE || counter == RISCV_PMU_INSTRET)
		return riscv_vcpu_has(vcpu, RISCV_VCPU_FEATURE_COUNTERS) &&
		       (vcpu->flags & RISCV_VCPU_COUNTERS) == 0;
	return is_firmware(counter) && counter < RISCV_PMU_COUNTERS;
}

bool riscv_vcpu_pmu_can_count(const struct riscv_vcpu *vcpu, uint32_t counter, uint64_t event)
{
	const uint64_t code = event & (RV_BIT(RISCV_PMU_TYPE_SHIFT) - 1);

	if (!riscv_vcpu_pmu_exists(vcpu, counter))
		return false;
	switch (event >> RISCV_PMU_TYPE_SHIFT) {
	case RISCV_PMU_TYPE_HARDWARE:
		return (counter == RISCV_PMU_CYCLE && code == RISCV_PMU_HW_CPU_CYCLES) ||
		       (counter == RISCV_PMU_INSTRET && code == RISCV_PMU_HW_INSTRUCTIONS);
	case RISCV_PMU_TYPE_FIRMWARE:
		return is_firmware(counter) && code >= RISCV_PMU_FW_SET_TIMER &&
		       code <= RISCV_PMU_FW_SFENCE_VMA_ASID_SENT;
	default:
		return false;
	}
}

uint64_t riscv_vcpu_pmu_get(const struct riscv_vcpu *vcpu, uint32_t counter)
{
	const uint64_t value = vcpu->pmu.counters[counter].value;

	return is_live(vcpu, counter) ? value + physical(counter) : value;
}

void riscv_vcpu_pmu_set(struct riscv_vcpu *vcpu, uint32_t counter, uint64_t value)
{
	vcpu->pmu.counters[counter].value =
		is_live(vcpu, counter) ? value - physical(counter) : value;
}

/* Another event or state; the value stays. */
void riscv_vcpu_pmu_change(struct riscv_vcpu *vcpu, uint32_t counter, uint32_t event,
			   uint32_t state)
{
	struct riscv_pmu *pmu = &vcpu->pmu;
	const uint64_t value = riscv_vcpu_pmu_get(vcpu, counter);

	pmu->counters[counter].event = event;
	pmu->counters[counter].state = state;
	riscv_vcpu_pmu_set(vcpu, counter, value);
	pmu->watched = 0;
	riscv_vcpu_set_extra(vcpu, RISCV_EXTRA_PMU, false);
	for (uint32_t i = 0; i < RISCV_PMU_COUNTERS; i++) {
		if ((pmu->counters[i].state & RISCV_PMU_STARTED) == 0)
			continue;
		if (is_firmware(i))
			pmu->watched |= 1u << (pmu->counters[i].event &
					       (RV_BIT(RISCV_PMU_TYPE_SHIFT) - 1));
		else
			riscv_vcpu_set_extra(vcpu, RISCV_EXTRA_PMU, true);
	}
}

/* What the guest reads of a counter that it has configured; it traps for that. */
bool riscv_vcpu_pmu_read_csr(const struct riscv_vcpu *vcpu, uint32_t csr, uint64_t *value)
{
	const uint32_t counter = csr - CSR_CYCLE;

	if ((counter != RISCV_PMU_CYCLE && counter != RISCV_PMU_INSTRET) ||
	    (vcpu->pmu.counters[counter].state & RISCV_PMU_IN_USE) == 0)
		return false;
	/* In user mode if its system lets it (4.1.5). */
	if (!riscv_vcpu_in_vs(vcpu) && ((rv_read_scounteren() >> counter) & 1) == 0)
		return false;
	*value = riscv_vcpu_pmu_get(vcpu, counter);
	return true;
}

void riscv_vcpu_pmu_bind(struct riscv_vcpu *vcpu)
{
	for (uint32_t i = 0; i < RISCV_PMU_FIRMWARE; i++) {
		if (is_live(vcpu, i))
			vcpu->pmu.counters[i].value -= physical(i);
	}
}

void riscv_vcpu_pmu_unbind(struct riscv_vcpu *vcpu)
{
	for (uint32_t i = 0; i < RISCV_PMU_FIRMWARE; i++) {
		if (is_live(vcpu, i))
			vcpu->pmu.counters[i].value += physical(i);
	}
}

/* A firmware event that is watched happened so often. */
void riscv_vcpu_pmu_add(struct riscv_vcpu *vcpu, uint32_t event, uint64_t count)
{
	const uint32_t wanted = (RISCV_PMU_TYPE_FIRMWARE << RISCV_PMU_TYPE_SHIFT) | event;

	for (uint32_t i = RISCV_PMU_FIRMWARE; i < RISCV_PMU_COUNTERS; i++) {
		struct riscv_pmu_counter *counter = &vcpu->pmu.counters[i];

		if ((counter->state & RISCV_PMU_STARTED) != 0 && counter->event == wanted)
			counter->value += count;
	}
}
