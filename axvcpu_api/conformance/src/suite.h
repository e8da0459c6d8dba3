/* SPDX-License-Identifier: Apache-2.0 */
/* What the checks share: the machine around the package, and how a check fails. */
#ifndef AXVCPU_CONFORMANCE_SRC_SUITE_H_
#define AXVCPU_CONFORMANCE_SRC_SUITE_H_

#include "axvcpu/conformance.h"

/** Registers that a snapshot can hold, and their bytes. */
#define MAX_REGS 4096u
#define SNAPSHOT_SIZE (64u * 1024u)

/** Bytes around each block, and what fills them and fresh blocks. */
#define GUARD_SIZE 64u
#define GUARD_FILL 0xa5u

/** A host, a per-CPU object, the vCPUs, and one more to try things with. */
#define MAX_BLOCKS (AXVCPU_CONFORMANCE_VCPUS + 3u)
/** Allocations of frames that are watched at once. */
#define MAX_FRAMES 256u

struct block {
	unsigned char *start;
	size_t size;
};

struct frames {
	uint64_t hpa;
	uint64_t count;
};

/** The state of all registers of a vCPU. */
struct snapshot {
	size_t count;
	size_t size;
	unsigned char bytes[SNAPSHOT_SIZE];
};

struct suite {
	const struct axvcpu_conformance_config *config;
	/** The HAL that the package sees: the caller's, watched. */
	struct axvcpu_hal_ops hal;

	/* What has been handed out of the caller's memory. */
	unsigned char *arena;
	size_t arena_size;
	size_t arena_used;
	struct block blocks[MAX_BLOCKS];
	uint32_t block_count;

	/* What the package did with the HAL. */
	struct frames frames[MAX_FRAMES];
	uint32_t allocations;
	uint32_t bad_frees;
	/** Allocations up to the one that fails; 0 if none is to. */
	uint32_t fail_allocation;
	uint32_t injected;
	uint32_t injected_vector;
	/** What inject_virtual_interrupt gives. */
	axvcpu_error_t inject_result;
	uint32_t kicks;
	uint32_t runnable;

	struct axvcpu_host *host;
	struct axvcpu_percpu *percpu;
	struct axvcpu *vcpus[AXVCPU_CONFORMANCE_VCPUS];

	uint64_t ids[MAX_REGS];
	struct snapshot before;
	struct snapshot after;

	/* Why the check that runs has ended; null while all holds. */
	const char *text;
	uint32_t line;
	uint64_t detail;
	bool skipped;
};

/** Notes what does not hold, unless something did not before. */
void suite_fail(struct suite *suite, const char *text, uint32_t line, uint64_t detail);

/* Each ends the function that it stands in, which is a check or a part of one. */
#define CHECK_DETAIL(condition, number)                                                    \
	do {                                                                               \
		if (!(condition)) {                                                        \
			suite_fail(suite, #condition, __LINE__, (uint64_t)(number));       \
			return;                                                            \
		}                                                                          \
	} while (0)
#define CHECK(condition) CHECK_DETAIL(condition, 0u)
/** That a call gives an error code, or AXVCPU_OK. */
#define EXPECT(code, call)                                                                 \
	do {                                                                               \
		axvcpu_error_t suite_error = (call);                                       \
											   \
		if (suite_error != (code)) {                                               \
			suite_fail(suite, #call " == " #code, __LINE__,                    \
				   (uint64_t)(int64_t)suite_error);                        \
			return;                                                            \
		}                                                                          \
	} while (0)
/** Calls another part of the check, which may have failed. */
#define PART(call)                                                                         \
	do {                                                                               \
		call;                                                                      \
		if (suite->text != NULL || suite->skipped) {                               \
			return;                                                            \
		}                                                                          \
	} while (0)

/** A block between guards, filled; null if there is no room, which fails the check. */
void *suite_block(struct suite *suite, size_t size);

/* The steps up to a vCPU that can run; what is made is taken apart after the check. */
void suite_make_host(struct suite *suite);
void suite_make_cpu(struct suite *suite);
void suite_make_vcpu(struct suite *suite, uint32_t index);
void suite_set_up(struct suite *suite, uint32_t index);
/** All of them, for vCPU 0. */
void suite_make_ready(struct suite *suite);

/** Reads all registers into `snapshot`; the ids are in suite->ids. */
void suite_read_state(struct suite *suite, struct axvcpu *vcpu, struct snapshot *snapshot);
/** That `vcpu` has the registers that suite->before holds. */
void suite_expect_state(struct suite *suite, struct axvcpu *vcpu);

/** Runs past what is of no interest: kicks, physical interrupts. */
void suite_run(struct suite *suite, struct axvcpu *vcpu, const struct axvcpu_exit **exit);

/** A check. */
struct check {
	const char *name;
	void (*run)(struct suite *suite);
};

extern const struct check conformance_host_checks[];
extern const struct check conformance_life_checks[];
extern const struct check conformance_reg_checks[];
extern const struct check conformance_run_checks[];
extern const struct check conformance_interrupt_checks[];

#endif /* AXVCPU_CONFORMANCE_SRC_SUITE_H_ */
