/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's counters (SBI 2.0, 11). Two count what the hart counts, cycle and
 * instret, from bind to unbind; the others count events of the guest's SBI calls.
 */
#ifndef RISCV_VCPU_PMU_H_
#define RISCV_VCPU_PMU_H_

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct riscv_vcpu;

/*
 * Numbers of counters: those of the hart stand where their CSR does, counted from
 * cycle, as Linux has it (drivers/perf/riscv_pmu_sbi.c); the clock is none of them.
 */
enum riscv_pmu_counter_number {
	RISCV_PMU_CYCLE = 0,
	RISCV_PMU_INSTRET = 2,
	RISCV_PMU_FIRMWARE = 3,
	RISCV_PMU_COUNTERS = 19,
};

/* event_idx: type in bits 19..16, code below (11.1). */
enum riscv_pmu_event {
	RISCV_PMU_TYPE_SHIFT = 16,
	RISCV_PMU_TYPE_HARDWARE = 0,
	RISCV_PMU_TYPE_FIRMWARE = 15,
	/* Hardware general events (11.2). */
	RISCV_PMU_HW_CPU_CYCLES = 1,
	RISCV_PMU_HW_INSTRUCTIONS = 2,
	/* Firmware events (11.5); what is missing happens without us, or not at all. */
	RISCV_PMU_FW_SET_TIMER = 5,
	RISCV_PMU_FW_IPI_SENT = 6,
	RISCV_PMU_FW_IPI_RECEIVED = 7,
	RISCV_PMU_FW_FENCE_I_SENT = 8,
	RISCV_PMU_FW_FENCE_I_RECEIVED = 9,
	RISCV_PMU_FW_SFENCE_VMA_SENT = 10,
	RISCV_PMU_FW_SFENCE_VMA_RECEIVED = 11,
	RISCV_PMU_FW_SFENCE_VMA_ASID_SENT = 12,
};

struct riscv_pmu_counter {
	/* What it counts, if it is in use. */
	uint32_t event;
	/* RISCV_PMU_IN_USE and so on. */
	uint32_t state;
	/*
	 * Its value; of a counter of the hart that runs while the vCPU is bound, what is to be
	 * added to the hart's.
	 */
	uint64_t value;
};

enum riscv_pmu_state {
	/* From its configuration until it is stopped and reset. */
	RISCV_PMU_IN_USE = 1u << 0,
	RISCV_PMU_STARTED = 1u << 1,
};

struct riscv_pmu {
	struct riscv_pmu_counter counters[RISCV_PMU_COUNTERS];
	/* Guest physical address of the snapshot page; RISCV_PMU_NO_SNAPSHOT for none. */
	uint64_t snapshot;
	/* Bit n: a counter for firmware event n runs. */
	uint32_t watched;
};

#define RISCV_PMU_NO_SNAPSHOT UINT64_MAX
/* Bytes and alignment of the snapshot page (11.6). */
#define RISCV_PMU_SNAPSHOT_BYTES 4096u

/* pmu.c */
void riscv_vcpu_pmu_reset(struct riscv_vcpu *vcpu);
bool riscv_vcpu_pmu_exists(const struct riscv_vcpu *vcpu, uint32_t counter);
bool riscv_vcpu_pmu_can_count(const struct riscv_vcpu *vcpu, uint32_t counter, uint64_t event);
uint64_t riscv_vcpu_pmu_get(const struct riscv_vcpu *vcpu, uint32_t counter);
void riscv_vcpu_pmu_set(struct riscv_vcpu *vcpu, uint32_t counter, uint64_t value);
void riscv_vcpu_pmu_change(struct riscv_vcpu *vcpu, uint32_t counter, uint32_t event,
			   uint32_t state);
bool riscv_vcpu_pmu_read_csr(const struct riscv_vcpu *vcpu, uint32_t csr, uint64_t *value);
void riscv_vcpu_pmu_bind(struct riscv_vcpu *vcpu);
void riscv_vcpu_pmu_unbind(struct riscv_vcpu *vcpu);
void riscv_vcpu_pmu_add(struct riscv_vcpu *vcpu, uint32_t event, uint64_t count);

#ifdef __cplusplus
}
#endif

#endif /* RISCV_VCPU_PMU_H_ */
