/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spin lock. Physical interrupts are masked whenever one is held. Whoever looks first when
 * it gets free has it: tickets would be fairer, but where the CPUs are threads of an
 * emulator, each handing over would wait until the host runs that one thread.
 */
#ifndef HYPERVISOR_LOCK_H_
#define HYPERVISOR_LOCK_H_

#include <stdint.h>

#include "board.h"

/** Looks at a lock after which its holder may be a CPU that waits for its turn. */
#define LOCK_PATIENCE 1024u

/** All zero is free. */
struct lock {
	uint32_t taken;
};

static inline void lock_take(struct lock *lock)
{
	uint32_t looks = 0;

	while (__atomic_exchange_n(&lock->taken, 1u, __ATOMIC_ACQUIRE) != 0) {
		while (__atomic_load_n(&lock->taken, __ATOMIC_RELAXED) != 0) {
			if (++looks % LOCK_PATIENCE == 0) {
				board_relax();
			}
		}
	}
}

static inline void lock_release(struct lock *lock)
{
	__atomic_store_n(&lock->taken, 0u, __ATOMIC_RELEASE);
}

#endif /* HYPERVISOR_LOCK_H_ */
