/* SPDX-License-Identifier: Apache-2.0 */
/* The host and per-CPU objects behind their opaque handles. */
#ifndef AXVCPU_SRC_HOST_INTERNAL_H_
#define AXVCPU_SRC_HOST_INTERNAL_H_

#include <stdatomic.h>

#include "axvcpu/arch.h"
#include "axvcpu/host.h"
#ifdef AXVCPU_STATIC
#include "static_calls.h"
#endif

_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2 &&
		       ATOMIC_POINTER_LOCK_FREE == 2,
	       "injection and kicks come from interrupt handlers, which cannot wait for a lock");

struct axvcpu_host {
	const struct axvcpu_arch_ops *arch;
	struct axvcpu_hal hal;
	/** The arch package's host state; null if it has none. */
	void *arch_state;
};

struct axvcpu_percpu {
	struct axvcpu_host *host;
	/** Number of this physical CPU. */
	uint64_t cpu;
	/** The vCPU inside whose operation this CPU is; interrupt handlers read it. */
	struct axvcpu *_Atomic current;
	/** The vCPU that is bound to this CPU. */
	struct axvcpu *bound;
	/** Written by this CPU, read by any. */
	atomic_bool enabled;
	void *arch_state;
};

/**
 * The arch package's operations, to be called: its table, or with the static binding
 * what the compiler makes direct calls of.
 */
static inline const struct axvcpu_arch_ops *axvcpu_host_calls(const struct axvcpu_host *host)
{
#ifdef AXVCPU_STATIC
	(void)host;
	return &axvcpu_static_calls;
#else
	return host->arch;
#endif
}

/** Whether this library can be used with a table at all. */
static inline bool axvcpu_may_bind(const struct axvcpu_arch_ops *arch)
{
#ifdef AXVCPU_STATIC
	return arch == axvcpu_static_arch();
#else
	(void)arch;
	return true;
#endif
}

/** `size` rounded up so that what follows is aligned to AXVCPU_MEMORY_ALIGN. */
#define AXVCPU_ALIGNED_SIZE(size) \
	(((size_t)(size) + AXVCPU_MEMORY_ALIGN - 1u) & ~(size_t)(AXVCPU_MEMORY_ALIGN - 1u))

/** Whether the bytes from `known` up to `size` of a struct are zero: those of a newer caller. */
bool axvcpu_is_zero(const void *bytes, size_t known, size_t size);

/** Whether a block that the caller hands in may be used at all. */
static inline bool axvcpu_memory_is_aligned(const void *memory)
{
	return memory != NULL && (uintptr_t)memory % AXVCPU_MEMORY_ALIGN == 0u;
}

/** The arch package's part of a block: behind an object of `size` bytes. */
static inline void *axvcpu_arch_part(void *memory, size_t size)
{
	return (unsigned char *)memory + AXVCPU_ALIGNED_SIZE(size);
}

/** The per-CPU object of the CPU that calls, or null. */
static inline struct axvcpu_percpu *axvcpu_percpu_here(const struct axvcpu_host *host)
{
	return (struct axvcpu_percpu *)host->hal.ops->percpu_get(host->hal.ctx);
}

/*
 * Only this CPU writes `current` and only its own interrupt handlers read it
 * concurrently, so relaxed order is enough.
 */
static inline struct axvcpu *axvcpu_percpu_current(const struct axvcpu_percpu *percpu)
{
	return atomic_load_explicit(&percpu->current, memory_order_relaxed);
}

static inline void axvcpu_percpu_set_current(struct axvcpu_percpu *percpu, struct axvcpu *vcpu)
{
	atomic_store_explicit(&percpu->current, vcpu, memory_order_relaxed);
}

/** Whether the CPU is inside an operation already, which cannot be nested. */
static inline bool axvcpu_percpu_is_busy(const struct axvcpu_percpu *percpu)
{
	return percpu != NULL && axvcpu_percpu_current(percpu) != NULL;
}

/** Whether `percpu` is that of the CPU that calls and can run vCPUs. */
static inline bool axvcpu_percpu_is_usable(const struct axvcpu_percpu *percpu)
{
	return percpu != NULL && atomic_load_explicit(&percpu->enabled, memory_order_relaxed);
}

#endif /* AXVCPU_SRC_HOST_INTERNAL_H_ */
