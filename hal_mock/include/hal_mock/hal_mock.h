/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A HAL without a machine: frames from memory of the caller, physical CPUs that
 * the test switches between, interrupts that the test supplies. It keeps a log
 * and fails on order, see trace.h.
 *
 * All members of struct hal_mock may be read; those marked so may be set.
 */
#ifndef HAL_MOCK_HAL_MOCK_H_
#define HAL_MOCK_HAL_MOCK_H_

#include "axvcpu/hal.h"
#include "axvcpu/vcpu.h"
#include "hal_mock/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Version of this package: semantic versioning, see CHANGELOG.md. */
#define HAL_MOCK_VERSION_MAJOR 0u
/** Its second number. */
#define HAL_MOCK_VERSION_MINOR 1u
/** Its third number. */
#define HAL_MOCK_VERSION_PATCH 0u

/** Physical CPUs that the mock machine has, numbered from 0. */
#define HAL_MOCK_CPUS 16u
/** Frames that it can have. */
#define HAL_MOCK_FRAMES 256u
/** HPA of the first frame: unlike any address of the host. */
#define HAL_MOCK_HPA_BASE UINT64_C(0x4000000000)

/** Tells which mock CPU calls; for tests with threads. */
typedef uint64_t (*hal_mock_cpu_fn)(void *arg);

/** The machine; it is the `ctx` of the HAL operations. */
struct hal_mock {
	/** Calls, and failures to order. */
	struct hal_mock_trace trace;
	/** May be set: the CPU on which everything happens now, unless cpu_of_caller is set. */
	uint64_t cpu;
	/** May be set: asked for the CPU at each call. */
	hal_mock_cpu_fn cpu_of_caller;
	/** May be set: its argument. */
	void *cpu_arg;
	/** What percpu_set stored, by CPU. */
	void *percpu[HAL_MOCK_CPUS];
	/** May be set: the number that irq_fetch gives once; AXVCPU_IRQ_NONE for none. */
	uint64_t pending_irq;
	/** May be set: what time_ns gives. */
	uint64_t now_ns;
	/** How often a vector came to inject_virtual_interrupt and was taken. */
	uint32_t injected[AXVCPU_VECTOR_MAX];
	/** Calls of free_frames that do not fit an allocation. */
	uint32_t bad_frees;
	/** Frames that are allocated now. */
	uint32_t used_frames;
	/** Frames of the arena. */
	uint32_t frame_count;
	/** Zero. */
	uint32_t reserved;
	/** Where they are. */
	unsigned char *arena;
	/** Length of the allocation that starts at a frame; 0 elsewhere. */
	uint16_t run_length[HAL_MOCK_FRAMES];
	/** Whether a frame is allocated. */
	uint8_t frame_used[HAL_MOCK_FRAMES];
};

/**
 * Makes an empty machine, on CPU 0.
 *
 * @param arena  memory for the frames, aligned to AXVCPU_FRAME_SIZE; null if
 *               `size` is 0. Whole frames of it are used, at most HAL_MOCK_FRAMES.
 */
void hal_mock_init(struct hal_mock *mock, void *arena, size_t size);

/** Fills in a table with every operation; entries may be replaced before it is used. */
void hal_mock_fill_ops(struct axvcpu_hal_ops *ops);

/**
 * The machine behind a HAL whose percpu_get is the mock's; null for another HAL.
 * The mock arch package finds its log by it, and keeps none without.
 */
struct hal_mock *hal_mock_of(const struct axvcpu_hal_ops *ops, void *ctx);

#ifdef __cplusplus
}
#endif

#endif /* HAL_MOCK_HAL_MOCK_H_ */
