/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both mocks share: a log of the calls that they got, failures to order in
 * advance, and a hook that runs inside a call.
 */
#ifndef HAL_MOCK_TRACE_H_
#define HAL_MOCK_TRACE_H_

#include "axvcpu/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The operations that can be logged and made to fail, each named after its member of the table. */
enum hal_mock_operation {
	HAL_MOCK_ALLOC_FRAMES = 0,
	HAL_MOCK_FREE_FRAMES = 1,
	HAL_MOCK_PHYS_TO_VIRT = 2,
	HAL_MOCK_VIRT_TO_PHYS = 3,
	/** Counted, but not put into the log, which it would flood. */
	HAL_MOCK_PERCPU_GET = 4,
	HAL_MOCK_PERCPU_SET = 5,
	HAL_MOCK_IRQ_FETCH = 6,
	HAL_MOCK_IRQ_HANDLE = 7,
	HAL_MOCK_INJECT_VIRTUAL_INTERRUPT = 8,
	HAL_MOCK_KICK_CPU = 9,
	HAL_MOCK_VCPU_RUNNABLE = 10,
	HAL_MOCK_TIME_NS = 11,
	HAL_MOCK_LOG = 12,

	ARCH_MOCK_HOST_INIT = 13,
	ARCH_MOCK_PERCPU_INIT = 14,
	ARCH_MOCK_PERCPU_DESTROY = 15,
	ARCH_MOCK_HARDWARE_ENABLE = 16,
	ARCH_MOCK_HARDWARE_DISABLE = 17,
	ARCH_MOCK_MAX_LEVELS = 18,
	ARCH_MOCK_VCPU_CREATE = 19,
	ARCH_MOCK_VCPU_DESTROY = 20,
	ARCH_MOCK_SETUP = 21,
	ARCH_MOCK_SET_ENTRY = 22,
	ARCH_MOCK_SET_EPT_ROOT = 23,
	ARCH_MOCK_BIND = 24,
	ARCH_MOCK_UNBIND = 25,
	ARCH_MOCK_RUN = 26,
	ARCH_MOCK_COMPLETE_READ = 27,
	ARCH_MOCK_COMPLETE_WRITE = 28,
	ARCH_MOCK_FAIL_ACCESS = 29,
	ARCH_MOCK_SET_RETURN_VALUE = 30,
	ARCH_MOCK_SET_GPR = 31,
	ARCH_MOCK_GET_GPR = 32,
	ARCH_MOCK_GET_REG = 33,
	ARCH_MOCK_SET_REG = 34,
	ARCH_MOCK_REG_AT = 35,
	ARCH_MOCK_CHECK_INTERRUPT = 36,
	ARCH_MOCK_INJECT_INTERRUPT = 37,
	ARCH_MOCK_CLEAR_INTERRUPT = 38,
	ARCH_MOCK_TIMER_DEADLINE = 39,
	ARCH_MOCK_SWITCH_VCPUS = 40,
};

/** Number of operations. */
#define HAL_MOCK_OPERATION_COUNT 41u

/** Arguments that the log keeps of a call. */
#define HAL_MOCK_CALL_ARGS 2u
/** Calls that the log keeps; later ones are counted only. */
#define HAL_MOCK_CALLS 512u

/** One call. */
struct hal_mock_call {
	/** HAL_MOCK_* or ARCH_MOCK_*. */
	uint32_t operation;
	/** What the call was made to fail with; AXVCPU_OK if it was let through. */
	int32_t ordered_error;
	/** The arch package's state that it got (host, percpu, vcpu), or the struct axvcpu. */
	const void *object;
	/** The first integer arguments, else 0. */
	uint64_t args[HAL_MOCK_CALL_ARGS];
};

/** A failure that is ordered; `at` 0 means none. */
struct hal_mock_failure {
	/** Which call fails, the first one being 1. */
	uint32_t at;
	/** How many calls fail from there on. */
	uint32_t times;
	/** With what. */
	int32_t error;
	/** Zero. */
	uint32_t reserved;
};

/** Runs inside every call of `hal_mock_trace.hook_operation`, before its work. */
typedef void (*hal_mock_hook)(void *arg);

/** The log. All zero is empty; members may be read, use the functions to write. */
struct hal_mock_trace {
	/** Calls logged, and those for which there was no room. */
	uint32_t call_count;
	/** See hal_mock_set_hook(). */
	uint32_t hook_operation;
	/** May be null. */
	hal_mock_hook hook;
	/** Its argument. */
	void *hook_arg;
	/** Calls by operation. */
	uint32_t seen[HAL_MOCK_OPERATION_COUNT];
	/** What is ordered, by operation. */
	struct hal_mock_failure failures[HAL_MOCK_OPERATION_COUNT];
	/** The first HAL_MOCK_CALLS calls. */
	struct hal_mock_call calls[HAL_MOCK_CALLS];
};

/**
 * Makes `times` calls of `operation` fail, after `let_through` more ones.
 * Operations that cannot fail ignore it.
 */
void hal_mock_fail(struct hal_mock_trace *trace, uint32_t operation, uint32_t let_through,
		   uint32_t times, axvcpu_error_t error);

/** Runs `hook` inside each call of `operation`; a null one ends that. */
void hal_mock_set_hook(struct hal_mock_trace *trace, uint32_t operation, hal_mock_hook hook,
		       void *arg);

/** Forgets the log and the counts, not the ordered failures. */
void hal_mock_clear_log(struct hal_mock_trace *trace);

/** How often `operation` was called. */
uint32_t hal_mock_count(const struct hal_mock_trace *trace, uint32_t operation);

/** The logged call of `operation` at `index`, the first one being 0; null past the last. */
const struct hal_mock_call *hal_mock_find(const struct hal_mock_trace *trace, uint32_t operation,
					  uint32_t index);

/**
 * For mocks: logs a call, runs the hook, and tells whether it is to fail.
 *
 * Thread safety: any thread.
 */
axvcpu_error_t hal_mock_record(struct hal_mock_trace *trace, uint32_t operation,
			       const void *object, uint64_t arg0, uint64_t arg1);

#ifdef __cplusplus
}
#endif

#endif /* HAL_MOCK_TRACE_H_ */
