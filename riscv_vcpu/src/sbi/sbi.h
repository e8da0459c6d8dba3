/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's supervisor binary interface (SBI 2.0): one file an extension.
 * Handlers find pc past the ECALL and a0 to a7 as the guest set them; true means
 * that the run returns to the hypervisor.
 */
#ifndef RISCV_VCPU_SBI_SBI_H_
#define RISCV_VCPU_SBI_SBI_H_

#include "../vcpu.h"

#ifdef __cplusplus
extern "C" {
#endif

enum riscv_sbi_extension_id {
	SBI_LEGACY_SET_TIMER = 0x00,
	SBI_LEGACY_CLEAR_IPI = 0x03,
	SBI_LEGACY_SEND_IPI = 0x04,
	SBI_LEGACY_FENCE_I = 0x05,
	SBI_LEGACY_SFENCE_VMA = 0x06,
	SBI_LEGACY_SFENCE_VMA_ASID = 0x07,
	SBI_LEGACY_SHUTDOWN = 0x08,
	SBI_LEGACY_LAST = 0x0f,
	SBI_BASE = 0x10,
	SBI_IPI = 0x735049,
	SBI_PMU = 0x504d55,
	SBI_SRST = 0x53525354,
	SBI_STA = 0x535441,
	SBI_TIME = 0x54494d45,
};

/* The vendor extension space (SBI 2.0, 3). */
#define SBI_VENDOR_FIRST UINT64_C(0x09000000)
#define SBI_VENDOR_LAST UINT64_C(0x09ffffff)

/* Function numbers of the RFENCE extension (SBI 2.0, 8). */
enum riscv_sbi_rfence_function {
	SBI_RFENCE_FENCE_I = 0,
	SBI_RFENCE_SFENCE_VMA = 1,
	SBI_RFENCE_SFENCE_VMA_ASID = 2,
};

/* A hart mask after checking: the caller apart from the others. */
struct riscv_sbi_harts {
	bool self;
	/* Any hart but the caller. */
	bool others;
	/* Every hart of a machine that has too many for one mask. */
	bool all;
	/* The others: bit n means hart base + n. */
	uint64_t mask;
	uint64_t base;
};

/* sbi.c */
RISCV_APART bool riscv_vcpu_sbi_call(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit);
bool riscv_vcpu_sbi_return(struct riscv_vcpu *vcpu, int64_t error, uint64_t value);
bool riscv_vcpu_sbi_hypercall(struct riscv_vcpu *vcpu, uint32_t conduit, struct axvcpu_exit *exit);
bool riscv_vcpu_sbi_known(const struct riscv_vcpu *vcpu, uint64_t extension);
bool riscv_vcpu_sbi_passed(const struct riscv_vcpu *vcpu, uint64_t extension);

/* hart_mask.c */
int64_t riscv_vcpu_sbi_hart_mask(const struct riscv_vcpu *vcpu, uint64_t mask, uint64_t base,
			    struct riscv_sbi_harts *harts);
uint64_t riscv_vcpu_sbi_count_others(const struct riscv_vcpu *vcpu,
				     const struct riscv_sbi_harts *harts);
bool riscv_vcpu_sbi_is_hart(const struct riscv_vcpu *vcpu, uint64_t hart);

/* One file each. */
RISCV_APART bool riscv_vcpu_sbi_base(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit);
RISCV_APART bool riscv_vcpu_sbi_legacy(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit);
RISCV_APART bool riscv_vcpu_sbi_time(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit);
RISCV_APART bool riscv_vcpu_sbi_ipi(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit);
RISCV_APART bool riscv_vcpu_sbi_rfence(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit);
RISCV_APART bool riscv_vcpu_sbi_hsm(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit);
RISCV_APART bool riscv_vcpu_sbi_srst(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit);
RISCV_APART bool riscv_vcpu_sbi_dbcn(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit);
RISCV_APART bool riscv_vcpu_sbi_susp(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit);
RISCV_APART bool riscv_vcpu_sbi_unknown(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit);
RISCV_APART bool riscv_vcpu_sbi_pmu(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit);
RISCV_APART bool riscv_vcpu_sbi_sta(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit);

/* The parts that legacy calls share. */
bool riscv_vcpu_sbi_send_ipi(struct riscv_vcpu *vcpu, const struct riscv_sbi_harts *harts,
			struct axvcpu_exit *exit);
bool riscv_vcpu_sbi_set_timer(struct riscv_vcpu *vcpu, uint64_t deadline);
bool riscv_vcpu_sbi_is_range(uint64_t start, uint64_t size);
void riscv_vcpu_sbi_fence_self(const uint64_t args[5], uint64_t function);
void riscv_vcpu_sbi_fence_others(struct riscv_vcpu *vcpu, const struct riscv_sbi_harts *harts,
			    const uint64_t args[5], uint64_t function, uint32_t conduit, struct axvcpu_exit *exit);

#ifdef __cplusplus
}
#endif

#endif /* RISCV_VCPU_SBI_SBI_H_ */
