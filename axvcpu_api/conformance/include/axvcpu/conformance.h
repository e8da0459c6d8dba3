/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A suite of checks that an arch package obeys the contract of axvcpu_api, and that
 * axvcpu_api does on it. Freestanding C without libc: it runs inside a hypervisor
 * kernel on the CPU that the package is for, or on the host.
 *
 * The suite makes hosts, per-CPU objects and vCPUs in memory of the caller, on the
 * physical CPU that calls, and runs a small guest that the caller provides. It is
 * compiled together with its user: no part of the binary interface.
 */
#ifndef AXVCPU_CONFORMANCE_H_
#define AXVCPU_CONFORMANCE_H_

#include "axvcpu/arch.h"
#include "axvcpu/axvcpu.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What became of a check. */
enum axvcpu_conformance_result {
	AXVCPU_CONFORMANCE_PASSED = 0,
	AXVCPU_CONFORMANCE_FAILED = 1,
	/** The arch package, or the configuration, has not what it needs. */
	AXVCPU_CONFORMANCE_SKIPPED = 2,
};

/** vCPUs that a check has at once; they are numbered from 0. */
#define AXVCPU_CONFORMANCE_VCPUS 2u

/**
 * The guest program at `entry`, an endless loop:
 *   1. a hypercall with number `call`; its result R arrives in a general register;
 *   2. a load of 4 bytes from `mmio_gpa` gives X;
 *   3. a store of 4 bytes, the low half of R + X, to `mmio_gpa` + 4;
 *   4. wait for an interrupt, of which none is enabled: nothing else may end it.
 * Its memory holds nothing that it writes, so that two vCPUs can share it.
 */
struct axvcpu_conformance_guest {
	/** Guest physical address of step 1. */
	uint64_t entry;
	/** axvcpu_exit_hypercall.number of step 1. */
	uint64_t call;
	/** Two words that stage 2 does not map. */
	uint64_t mmio_gpa;
	/** Root of a stage-2 table that maps the program; HPA. */
	uint64_t ept_root;
};

/** What the suite needs to know. All pointers stay valid while it runs. */
struct axvcpu_conformance_config {
	/** The package under test. */
	const struct axvcpu_arch_ops *arch;
	/** The machine. The suite hands it on, but for what it watches. */
	const struct axvcpu_hal_ops *hal;
	void *hal_ctx;
	/** axvcpu_conformance_memory_size() bytes aligned to AXVCPU_MEMORY_ALIGN. */
	void *memory;
	size_t memory_size;
	/** Number of the CPU that calls. */
	uint64_t cpu;
	struct axvcpu_conformance_guest guest;
	/** Create and set-up configurations of the vCPU with that number; each may give null. */
	const void *(*create_config)(void *ctx, uint32_t vcpu);
	const void *(*setup_config)(void *ctx, uint32_t vcpu);
	/** An entry point and a root that the package refuses; 0 if it takes all. */
	uint64_t bad_entry;
	uint64_t bad_root;
	/** General registers are numbered from 0 to gpr_count - 1 ... */
	uint32_t gpr_count;
	/** ... of which this one always reads as zero; UINT32_MAX if none does. */
	uint32_t zero_gpr;
	/** The one that axvcpu_set_return_value() writes. */
	uint32_t result_gpr;
	/**
	 * Not 0 if only an interrupt can end step 4, so that a vCPU that is unblocked without one
	 * waits again at its next run (x86: HLT).
	 */
	uint32_t wait_stays;
	/** A vector that the package can inject, and one below AXVCPU_VECTOR_MAX that it refuses. */
	uint32_t vector;
	uint32_t bad_vector;
	/**
	 * Called after each check. `text` says what did not hold, at `line` of the suite,
	 * with a number that tells more (an error code, a register id); null if it passed.
	 */
	void (*report)(void *ctx, const char *name, uint32_t result, const char *text,
		       uint32_t line, uint64_t detail);
	/** For the functions above. */
	void *ctx;
};

/** How many checks ended in each way. */
struct axvcpu_conformance_summary {
	uint32_t passed;
	uint32_t failed;
	uint32_t skipped;
};

/** Bytes of memory that axvcpu_conformance_run() needs for this package. */
size_t axvcpu_conformance_memory_size(const struct axvcpu_arch_ops *arch);

/** Number of checks, and the name of each ("registers_round_trip"). */
uint32_t axvcpu_conformance_count(void);
const char *axvcpu_conformance_name(uint32_t index);

/**
 * Runs all checks, one after the other; a failed one does not end it. Call it as
 * axvcpu_run() is called: with physical interrupts masked, on a CPU without a per-CPU
 * object and with virtualization off. Both are so again afterwards.
 *
 * @return AXVCPU_OK if it ran, whatever the checks gave; AXVCPU_ERR_INVALID_ARGUMENT;
 *         AXVCPU_ERR_NO_MEMORY if `memory_size` is too small.
 */
axvcpu_error_t axvcpu_conformance_run(const struct axvcpu_conformance_config *config,
				      struct axvcpu_conformance_summary *summary);

#ifdef __cplusplus
}
#endif

#endif /* AXVCPU_CONFORMANCE_H_ */
