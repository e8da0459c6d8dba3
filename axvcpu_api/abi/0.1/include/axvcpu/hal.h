/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hypervisor lends to the library: memory, address translation, its
 * interrupt controller, its clock, its log and one pointer per physical CPU.
 *
 * The table is handed in once, by axvcpu_host_init(), which checks it. The
 * library calls an operation only where the comment says so, and allocates
 * nothing in any other way.
 */
#ifndef AXVCPU_HAL_H_
#define AXVCPU_HAL_H_

#include "axvcpu/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct axvcpu;

/** Bytes of a frame that alloc_frames hands out. */
#define AXVCPU_FRAME_SIZE 4096u

/** Levels of the log operation. */
enum axvcpu_log_level {
	/** Something failed that should not. */
	AXVCPU_LOG_ERROR = 1,
	/** It goes on, but not as asked. */
	AXVCPU_LOG_WARN = 2,
	/** Once per object, not per exit. */
	AXVCPU_LOG_INFO = 3,
	/** For whoever looks for a fault. */
	AXVCPU_LOG_DEBUG = 4,
};

/**
 * The operations. `ctx` is the pointer given to axvcpu_host_init().
 *
 * Required ones must not be null. The library may call any of them on any CPU,
 * also on several at once, and with interrupts masked; none may block or call
 * back into the vCPU on whose behalf it runs.
 */
struct axvcpu_hal_ops {
	/** sizeof(struct axvcpu_hal_ops) as the hypervisor was compiled. */
	uint32_t size;
	/** AXVCPU_ABI_VERSION. */
	uint32_t abi_version;
	/** Must be zero. */
	uint64_t reserved_flags;

	/**
	 * Required. Allocates `count` physically contiguous frames of
	 * AXVCPU_FRAME_SIZE bytes, the first one aligned to `align` bytes (a power
	 * of two, at least AXVCPU_FRAME_SIZE), and stores the first one's HPA in
	 * `*hpa`. Contents are undefined.
	 * @return AXVCPU_OK, or AXVCPU_ERR_NO_MEMORY with `*hpa` untouched.
	 */
	axvcpu_error_t (*alloc_frames)(void *ctx, uint64_t count, uint64_t align, uint64_t *hpa);

	/** Required. Gives back frames exactly as alloc_frames gave them. */
	void (*free_frames)(void *ctx, uint64_t hpa, uint64_t count);

	/**
	 * Required. Where the library can read and write the byte at `hpa`, of any alignment,
	 * and those after it up to the end of its frame, or of the last one of those that
	 * alloc_frames gave with it; null if it cannot. The library asks for its own frames,
	 * which it cannot do without, and to decode a guest's instructions for the
	 * hypervisor's second-stage tables and the memory that they map: a null there makes
	 * it an AXVCPU_EXIT_NESTED_PAGE_FAULT.
	 *
	 * The answer holds for its own frames until free_frames; for the others as long as a
	 * vCPU can reach them by its second-stage table. Memory that is taken out of that
	 * table, and a table itself, may be used for something else, or lose its place here,
	 * when the TLB maintenance for the change is done (x86: x86_vcpu_flush_tlb()) and each
	 * vCPU with that table has returned from the axvcpu_run() in which it was then.
	 */
	void *(*phys_to_virt)(void *ctx, uint64_t hpa);

	/**
	 * Required. HPA of the byte at `virt`: in memory that phys_to_virt gave, or that the
	 * caller handed to the library (host, per-CPU and vCPU memory).
	 */
	uint64_t (*virt_to_phys)(void *ctx, const void *virt);

	/**
	 * Required. The pointer that percpu_set stored on the CPU that calls,
	 * null before. Used by every bind, run, unbind and by axvcpu_current().
	 */
	void *(*percpu_get)(void *ctx);

	/** Required. Stores a pointer for the CPU that calls. */
	void (*percpu_set)(void *ctx, void *pointer);

	/**
	 * Optional. After a physical interrupt interrupted the guest: acknowledges
	 * it at the interrupt controller and returns its number, or AXVCPU_IRQ_NONE.
	 * It becomes axvcpu_exit_interrupt.vector; without this operation the
	 * hypervisor acknowledges it itself after run() returned.
	 */
	uint64_t (*irq_fetch)(void *ctx);

	/**
	 * Optional. Handles a physical interrupt that irq_fetch returned. Called by
	 * axvcpu_handle_interrupt() only.
	 */
	void (*irq_handle)(void *ctx, uint64_t vector);

	/**
	 * Optional. Makes the machine's own interrupt controller present `vector`
	 * to the guest on this CPU (a list register, or the pending bit of a
	 * passed-through interrupt). For arch packages without a virtual interrupt
	 * controller of their own; called on the CPU that is about to enter `vcpu`.
	 * @return AXVCPU_OK; AXVCPU_ERR_AGAIN to leave it queued until the next run;
	 *         another error makes the run fail with it.
	 */
	axvcpu_error_t (*inject_virtual_interrupt)(void *ctx, struct axvcpu *vcpu, uint32_t vector);

	/**
	 * Optional. Sends an interrupt to physical CPU `cpu` (the number given to
	 * axvcpu_percpu_init()), so that a guest running there exits. Called by
	 * axvcpu_kick() and axvcpu_inject_interrupt() for a vCPU that is Running.
	 */
	void (*kick_cpu)(void *ctx, uint64_t cpu);

	/**
	 * Optional. `vcpu` is Blocked or Free and now has something to run for: an
	 * interrupt or a kick arrived. A Blocked one is already Ready. May be called
	 * more than once for one event.
	 */
	void (*vcpu_runnable)(void *ctx, struct axvcpu *vcpu);

	/** Optional. Monotonic time in nanoseconds since any fixed point. */
	uint64_t (*time_ns)(void *ctx);

	/**
	 * Optional. Writes one line of text, without a line end, to the log.
	 * `level` is AXVCPU_LOG_*. Nothing is logged on a path that a guest can
	 * take at will.
	 */
	void (*log)(void *ctx, uint32_t level, const char *text);
};

#ifdef __cplusplus
}
#endif

#endif /* AXVCPU_HAL_H_ */
