/* SPDX-License-Identifier: Apache-2.0 */
/* Performance monitoring unit (SBI 2.0, 11). */
#include "sbi.h"

enum {
	NUM_COUNTERS = 0,
	COUNTER_GET_INFO = 1,
	COUNTER_CONFIG_MATCHING = 2,
	COUNTER_START = 3,
	COUNTER_STOP = 4,
	COUNTER_FW_READ = 5,
	COUNTER_FW_READ_HI = 6,
	SNAPSHOT_SET_SHMEM = 7,
};

/* counter_info (11.8): CSR in bits 11..0, bits less one in 17..12, type in 63. */
#define INFO_CSR_CYCLE UINT64_C(0xc00)
#define INFO_WIDTH_64 (UINT64_C(63) << 12)
#define INFO_FIRMWARE (UINT64_C(1) << 63)

/* config_flags (table 32): the inhibit flags may be ignored. */
#define CONFIG_SKIP_MATCH UINT64_C(0x01)
#define CONFIG_CLEAR_VALUE UINT64_C(0x02)
#define CONFIG_AUTO_START UINT64_C(0x04)
#define CONFIG_ALL UINT64_C(0xff)
/* start_flags (table 33) */
#define START_SET_INIT_VALUE UINT64_C(0x01)
#define START_INIT_SNAPSHOT UINT64_C(0x02)
#define START_ALL (START_SET_INIT_VALUE | START_INIT_SNAPSHOT)
/* stop_flags (table 35) */
#define STOP_RESET UINT64_C(0x01)
#define STOP_TAKE_SNAPSHOT UINT64_C(0x02)
#define STOP_ALL (STOP_RESET | STOP_TAKE_SNAPSHOT)

/* event_idx has 20 bits. */
#define EVENT_MAX UINT64_C(0xfffff)

/* The snapshot page (11.6): overflows, which these counters do not tell, then values. */
enum { SNAPSHOT_OVERFLOW = 0, SNAPSHOT_VALUES = 1 };

/* The counters of base and mask, as bits by number; false if one of them does not exist. */
static bool counters_of(const struct riscv_vcpu *vcpu, uint64_t base, uint64_t mask, uint64_t *set)
{
	if (mask == 0 || base >= RISCV_PMU_COUNTERS || mask >> (RISCV_PMU_COUNTERS - base) != 0)
		return false;
	*set = mask << base;
	for (uint32_t i = 0; i < RISCV_PMU_COUNTERS; i++) {
		if (((*set >> i) & 1) != 0 && !riscv_vcpu_pmu_exists(vcpu, i))
			return false;
	}
	return true;
}

static uint32_t state_of(const struct riscv_vcpu *vcpu, uint32_t counter)
{
	return vcpu->pmu.counters[counter].state;
}

static bool get_info(struct riscv_vcpu *vcpu)
{
	const uint64_t counter = vcpu->gpr[RISCV_A0];

	if (counter >= RISCV_PMU_COUNTERS || !riscv_vcpu_pmu_exists(vcpu, (uint32_t)counter))
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_PARAM, 0);
	return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_SUCCESS,
				     counter >= RISCV_PMU_FIRMWARE ?
					     INFO_FIRMWARE :
					     INFO_WIDTH_64 | (INFO_CSR_CYCLE + counter));
}

/*
 * The counter of the set to take for an event; RISCV_PMU_COUNTERS if none is free for it.
 * With `first_only` the first one is selected unconditionally (counter_config_matching, on
 * SKIP_MATCH), in use or not, if it can count that.
 */
static uint32_t find_counter(const struct riscv_vcpu *vcpu, uint64_t set, uint64_t event,
			     bool first_only)
{
	for (uint32_t i = 0; i < RISCV_PMU_COUNTERS; i++) {
		if (((set >> i) & 1) == 0)
			continue;
		if (riscv_vcpu_pmu_can_count(vcpu, i, event) &&
		    (first_only || (state_of(vcpu, i) & RISCV_PMU_IN_USE) == 0))
			return i;
		if (first_only)
			break;
	}
	return RISCV_PMU_COUNTERS;
}

static bool config_matching(struct riscv_vcpu *vcpu)
{
	const uint64_t flags = vcpu->gpr[RISCV_A2];
	const uint64_t event = vcpu->gpr[RISCV_A0 + 3];
	uint64_t set;
	uint32_t counter, state;

	if (!counters_of(vcpu, vcpu->gpr[RISCV_A0], vcpu->gpr[RISCV_A1], &set) ||
	    (flags & ~CONFIG_ALL) != 0 || event > EVENT_MAX)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_PARAM, 0);
	counter = find_counter(vcpu, set, event, (flags & CONFIG_SKIP_MATCH) != 0);
	if (counter == RISCV_PMU_COUNTERS)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_NOT_SUPPORTED, 0);
	state = state_of(vcpu, counter) | RISCV_PMU_IN_USE;
	if ((flags & CONFIG_AUTO_START) != 0)
		state |= RISCV_PMU_STARTED;
	riscv_vcpu_pmu_change(vcpu, counter, (uint32_t)event, state);
	if ((flags & CONFIG_CLEAR_VALUE) != 0)
		riscv_vcpu_pmu_set(vcpu, counter, 0);
	return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_SUCCESS, counter);
}

/* The snapshot page; null if there is none, or it is gone. */
static uint64_t *snapshot_of(const struct riscv_vcpu *vcpu)
{
	if (vcpu->pmu.snapshot == RISCV_PMU_NO_SNAPSHOT)
		return NULL;
	return riscv_vcpu_gpa_to_host(vcpu, vcpu->pmu.snapshot);
}

/* The error of a set, of those of its counters: what is wrong before what is done already. */
static int64_t worse(int64_t error, int64_t other)
{
	return error == RISCV_VCPU_SBI_ERR_INVALID_PARAM ? error : other;
}

/* What start and stop need: their counters, and the snapshot if asked for. */
static int64_t check(const struct riscv_vcpu *vcpu, uint64_t known, uint64_t snapshot_flag,
		     uint64_t *set, uint64_t **snapshot)
{
	const uint64_t flags = vcpu->gpr[RISCV_A2];

	if (!counters_of(vcpu, vcpu->gpr[RISCV_A0], vcpu->gpr[RISCV_A1], set) ||
	    (flags & ~known) != 0)
		return RISCV_VCPU_SBI_ERR_INVALID_PARAM;
	*snapshot = (flags & snapshot_flag) != 0 ? snapshot_of(vcpu) : NULL;
	return (flags & snapshot_flag) != 0 && *snapshot == NULL ? RISCV_VCPU_SBI_ERR_NO_SHMEM :
								   RISCV_VCPU_SBI_SUCCESS;
}

/*
 * Errors of start and stop tell of one counter at least: those of the set that can be
 * started or stopped are, whatever the others are.
 */
static bool start(struct riscv_vcpu *vcpu)
{
	const uint64_t base = vcpu->gpr[RISCV_A0];
	const uint64_t flags = vcpu->gpr[RISCV_A2];
	const uint64_t initial = vcpu->gpr[RISCV_A0 + 3];
	uint64_t set, *snapshot;
	int64_t error = check(vcpu, START_ALL, START_INIT_SNAPSHOT, &set, &snapshot);

	if (error != RISCV_VCPU_SBI_SUCCESS)
		return riscv_vcpu_sbi_return(vcpu, error, 0);
	for (uint32_t i = 0; i < RISCV_PMU_COUNTERS; i++) {
		if (((set >> i) & 1) == 0)
			continue;
		if ((state_of(vcpu, i) & RISCV_PMU_IN_USE) == 0) {
			error = RISCV_VCPU_SBI_ERR_INVALID_PARAM;
			continue;
		}
		if ((state_of(vcpu, i) & RISCV_PMU_STARTED) != 0) {
			error = worse(error, RISCV_VCPU_SBI_ERR_ALREADY_STARTED);
			continue;
		}
		if (snapshot != NULL)
			riscv_vcpu_pmu_set(vcpu, i, snapshot[SNAPSHOT_VALUES + i - base]);
		else if ((flags & START_SET_INIT_VALUE) != 0)
			riscv_vcpu_pmu_set(vcpu, i, initial);
		riscv_vcpu_pmu_change(vcpu, i, vcpu->pmu.counters[i].event,
				      RISCV_PMU_IN_USE | RISCV_PMU_STARTED);
	}
	return riscv_vcpu_sbi_return(vcpu, error, 0);
}

static bool stop(struct riscv_vcpu *vcpu)
{
	const uint64_t base = vcpu->gpr[RISCV_A0];
	const uint64_t flags = vcpu->gpr[RISCV_A2];
	uint64_t set, *snapshot;
	int64_t error = check(vcpu, STOP_ALL, STOP_TAKE_SNAPSHOT, &set, &snapshot);

	if (error != RISCV_VCPU_SBI_SUCCESS)
		return riscv_vcpu_sbi_return(vcpu, error, 0);
	for (uint32_t i = 0; i < RISCV_PMU_COUNTERS; i++) {
		if (((set >> i) & 1) == 0)
			continue;
		/* A kernel that begins stops all, used or not (Linux, pmu_sbi_stop_all()). */
		if ((state_of(vcpu, i) & RISCV_PMU_IN_USE) == 0) {
			error = RISCV_VCPU_SBI_ERR_INVALID_PARAM;
			continue;
		}
		if ((state_of(vcpu, i) & RISCV_PMU_STARTED) == 0)
			error = worse(error, RISCV_VCPU_SBI_ERR_ALREADY_STOPPED);
		riscv_vcpu_pmu_change(vcpu, i, vcpu->pmu.counters[i].event,
				      (flags & STOP_RESET) != 0 ? 0 : RISCV_PMU_IN_USE);
		if (snapshot != NULL)
			snapshot[SNAPSHOT_VALUES + i - base] = riscv_vcpu_pmu_get(vcpu, i);
	}
	if (snapshot != NULL)
		snapshot[SNAPSHOT_OVERFLOW] = 0;
	return riscv_vcpu_sbi_return(vcpu, error, 0);
}

static bool fw_read(struct riscv_vcpu *vcpu, bool high)
{
	const uint64_t counter = vcpu->gpr[RISCV_A0];

	if (counter < RISCV_PMU_FIRMWARE || counter >= RISCV_PMU_COUNTERS ||
	    (state_of(vcpu, (uint32_t)counter) & RISCV_PMU_IN_USE) == 0)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_PARAM, 0);
	/* "always returns zero in sbiret.value for RV64" */
	return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_SUCCESS,
				     high ? 0 : riscv_vcpu_pmu_get(vcpu, (uint32_t)counter));
}

static bool set_snapshot(struct riscv_vcpu *vcpu)
{
	const uint64_t low = vcpu->gpr[RISCV_A0];
	const uint64_t high = vcpu->gpr[RISCV_A1];

	if (vcpu->gpr[RISCV_A2] != 0)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_PARAM, 0);
	/* "all-ones bitwise": none any more */
	if (low == UINT64_MAX && high == UINT64_MAX) {
		vcpu->pmu.snapshot = RISCV_PMU_NO_SNAPSHOT;
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_SUCCESS, 0);
	}
	if (low % RISCV_PMU_SNAPSHOT_BYTES != 0)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_PARAM, 0);
	/* 64 bits hold all guest physical addresses. */
	if (high != 0 || riscv_vcpu_gpa_to_host(vcpu, low) == NULL)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_ADDRESS, 0);
	vcpu->pmu.snapshot = low;
	return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_SUCCESS, 0);
}

bool riscv_vcpu_sbi_pmu(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	(void)exit;
	switch (vcpu->gpr[RISCV_A6]) {
	case NUM_COUNTERS:
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_SUCCESS, RISCV_PMU_COUNTERS);
	case COUNTER_GET_INFO:
		return get_info(vcpu);
	case COUNTER_CONFIG_MATCHING:
		return config_matching(vcpu);
	case COUNTER_START:
		return start(vcpu);
	case COUNTER_STOP:
		return stop(vcpu);
	case COUNTER_FW_READ:
		return fw_read(vcpu, false);
	case COUNTER_FW_READ_HI:
		return fw_read(vcpu, true);
	case SNAPSHOT_SET_SHMEM:
		return set_snapshot(vcpu);
	default:
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_NOT_SUPPORTED, 0);
	}
}
