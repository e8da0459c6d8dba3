/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a vCPU exits for, how often, and where the time goes: counters for each exit
 * reason, and a ring of the last exits, in memory that the hypervisor gives.
 *
 * A trace sees what axvcpu_run() returns; exits that the arch package answers
 * without returning (a call of the guest's firmware interface, a TLB fill) are part
 * of the run in which they happen. A vCPU without a trace pays nothing: the test is
 * part of one that each run makes anyhow. What vcpu.h says of errors, states and
 * owners holds here as well.
 *
 * The memory is a struct axvcpu_trace, its counters and its records, in the
 * machine's byte order, and is itself the dump: written to a file as it is, it is
 * what the tool axvcpu_trace turns into tables and timelines.
 */
#ifndef AXVCPU_TRACE_H_
#define AXVCPU_TRACE_H_

#include "axvcpu/types.h"
#include "axvcpu/vcpu.h"

#ifdef __cplusplus
extern "C" {
#endif

/** axvcpu_trace.magic: "AXVCPUTR" read as a little-endian number. */
#define AXVCPU_TRACE_MAGIC UINT64_C(0x5254555043565841)
/** Version of the layout. */
#define AXVCPU_TRACE_FORMAT 1u
/** Counters in a trace; a reason with a number from here on is counted in the last one. */
#define AXVCPU_TRACE_REASONS 32u

/** Counters of one exit reason. */
struct axvcpu_trace_counter {
	/** Exits with it. */
	uint64_t count;
	/** Ticks inside the runs that ended with it. */
	uint64_t run_ticks;
	/** Ticks from those exits to the next run: the hypervisor's work, or its waiting. */
	uint64_t away_ticks;
};
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_trace_counter) == 24, "size is ABI");

/** One exit. */
struct axvcpu_trace_record {
	/** When axvcpu_run() was called, in ticks. */
	uint64_t enter;
	/** When it returned, in ticks. */
	uint64_t leave;
	/** axvcpu_exit.pc. */
	uint64_t pc;
	/**
	 * What it was about: hypercall number; guest physical address; system register,
	 * CSR, MSR or port number; interrupt vector; CPU to start; type of a system
	 * down; the hardware's reason of a failed entry. Else 0.
	 */
	uint64_t detail;
	/** AXVCPU_EXIT_*. */
	uint32_t reason;
	/** AXVCPU_EXIT_FLAG_*. */
	uint32_t flags;
};
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_trace_record) == 40, "size is ABI");

/** The head of a trace's memory. The records follow it. */
struct axvcpu_trace {
	/** AXVCPU_TRACE_MAGIC. */
	uint64_t magic;
	/** AXVCPU_TRACE_FORMAT. */
	uint32_t format;
	/** sizeof(struct axvcpu_trace). */
	uint32_t head_size;
	/** sizeof(struct axvcpu_trace_record). */
	uint32_t record_size;
	/** Records in the ring: a power of two, or 0. */
	uint32_t capacity;
	/** AXVCPU_ARCH_*. */
	uint32_t arch;
	/** Zero. */
	uint32_t reserved;
	/** axvcpu_vm_id() of the vCPU. */
	uint64_t vm_id;
	/** axvcpu_vcpu_id() of the vCPU. */
	uint64_t vcpu_id;
	/** Frequency of the clock that the times are of. */
	uint64_t ticks_per_second;
	/** Exits so far. Number n is, or was, in record n % capacity. */
	uint64_t total;
	/** Ticks at axvcpu_trace_start(). */
	uint64_t start;
	/** Ticks when the last exit happened. */
	uint64_t last_leave;
	/** By exit reason; the last one is of all reasons that do not fit. */
	struct axvcpu_trace_counter counters[AXVCPU_TRACE_REASONS];
};
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_trace) == 848, "size is ABI");
AXVCPU_ASSERT_OFFSET(struct axvcpu_trace, vm_id, 32);
AXVCPU_ASSERT_OFFSET(struct axvcpu_trace, counters, 80);

/** Reads a clock that does not go back, in ticks. */
typedef uint64_t (*axvcpu_trace_clock_fn)(void *ctx);

/** The clock of a trace. */
struct axvcpu_trace_config {
	/** sizeof(struct axvcpu_trace_config). */
	uint32_t size;
	/** Must be zero. */
	uint32_t flags;
	/** Called twice a run, on the CPU that runs. Must not be null. */
	axvcpu_trace_clock_fn clock;
	/** Its argument. */
	void *clock_ctx;
	/** Its speed; not 0. */
	uint64_t ticks_per_second;
};
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_trace_config) == 32, "size is ABI");

/**
 * Bytes of a trace whose ring has at least `records` records; 0 asks for counters
 * alone. 0 if there is no such ring (more than 2^31).
 *
 * Thread safety: any CPU, any time.
 */
size_t axvcpu_trace_size(uint32_t records);

/**
 * Starts tracing a vCPU. A trace that is on ends, and its memory is the caller's
 * again. States: all but Running.
 *
 * @param memory  becomes a struct axvcpu_trace with as many records, a power of two,
 *                as fit; aligned to 8 bytes; the library's until the trace is
 *                stopped or the vCPU destroyed, but may be read.
 * @param size    bytes of it, at least axvcpu_trace_size(0).
 * @param config  the clock, copied; or null for the HAL's time_ns.
 * @return AXVCPU_ERR_INVALID_ARGUMENT if `memory` is misaligned or `config` malformed;
 *         AXVCPU_ERR_NO_MEMORY if `size` is too small; AXVCPU_ERR_UNSUPPORTED without
 *         a clock.
 *
 * Thread safety: owner. Other CPUs may read `total` and the counters meanwhile, each
 * of which is whole; records only while the vCPU does not run.
 */
axvcpu_error_t axvcpu_trace_start(struct axvcpu *vcpu, void *memory, size_t size,
				  const struct axvcpu_trace_config *config);

/**
 * Ends the trace, if there is one; its memory keeps what it has. States: all but
 * Running.
 */
axvcpu_error_t axvcpu_trace_stop(struct axvcpu *vcpu);

/** The trace that is on, or null. Owner. */
const struct axvcpu_trace *axvcpu_trace_of(const struct axvcpu *vcpu);

#ifdef __cplusplus
}
#endif

#endif /* AXVCPU_TRACE_H_ */
