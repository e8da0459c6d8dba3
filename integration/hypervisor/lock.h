/* SPDX-License-Identifier: Apache-2.0 */
/* A ticket lock: first come, first served. Physical interrupts are masked whenever one is held. */
#ifndef HYPERVISOR_LOCK_H_
#define HYPERVISOR_LOCK_H_

#include <stdint.h>

#include "board.h"

/** Looks at a lock after which its holder may be a CPU that waits for its turn. */
#define LOCK_PATIENCE 1024u

/** All zero is free. */
struct lock {
	uint32_t next;
	uint32_t serving;
};

static inline void lock_take(struct lock *lock)
{
	uint32_t ticket = __atomic_fetch_add(&lock->next, 1u, __ATOMIC_RELAXED);
	uint32_t looks = 0;

	while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket) {
		if (++looks % LOCK_PATIENCE == 0) {
			board_relax();
		}
	}
}

static inline void lock_release(struct lock *lock)
{
	__atomic_store_n(&lock->serving, lock->serving + 1u, __ATOMIC_RELEASE);
}

#endif /* HYPERVISOR_LOCK_H_ */
