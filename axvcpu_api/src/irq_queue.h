/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interrupts that wait for a vCPU: a set of vectors that any CPU adds to and
 * the owner takes from, without locks.
 *
 * One bit a vector, and a summary with one bit a word, so that the owner learns
 * by one load that there is nothing. A setter writes the word first and the
 * summary second; the taker clears them in the opposite order. A summary bit may
 * therefore stand for an empty word, but a finished set never lacks its summary
 * bit until the vector was taken.
 */
#ifndef AXVCPU_SRC_IRQ_QUEUE_H_
#define AXVCPU_SRC_IRQ_QUEUE_H_

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "axvcpu/vcpu.h"

#define AXVCPU_IRQ_QUEUE_WORD_BITS 64u
#define AXVCPU_IRQ_QUEUE_WORDS (AXVCPU_VECTOR_MAX / AXVCPU_IRQ_QUEUE_WORD_BITS)

_Static_assert(AXVCPU_VECTOR_MAX % AXVCPU_IRQ_QUEUE_WORD_BITS == 0u, "no partial word");
_Static_assert(AXVCPU_IRQ_QUEUE_WORDS <= 32u, "one summary bit a word");

/** All zero is empty. */
struct axvcpu_irq_queue {
	_Atomic uint32_t summary;
	_Atomic uint64_t words[AXVCPU_IRQ_QUEUE_WORDS];
};

/** What axvcpu_irq_queue_drain() does with a vector; AXVCPU_ERR_AGAIN puts it back. */
typedef axvcpu_error_t (*axvcpu_irq_queue_fn)(void *arg, uint32_t vector);

/** Makes it empty, while no other CPU may use it. */
static inline void axvcpu_irq_queue_init(struct axvcpu_irq_queue *queue)
{
	__builtin_memset(queue, 0, sizeof(*queue));
}

/** Adds a vector below AXVCPU_VECTOR_MAX. Any CPU, any time. */
void axvcpu_irq_queue_set(struct axvcpu_irq_queue *queue, uint32_t vector);

/** Removes a vector that may or may not be there. Any CPU, any time. */
void axvcpu_irq_queue_remove(struct axvcpu_irq_queue *queue, uint32_t vector);

/** Whether a vector is in the set. Any CPU, any time. */
bool axvcpu_irq_queue_has_any(const struct axvcpu_irq_queue *queue);

/**
 * Takes every vector out in ascending order and hands it to `deliver`. One that
 * gives AXVCPU_ERR_AGAIN goes back; another error ends the drain, with that vector
 * and all later ones back in the set.
 *
 * @return AXVCPU_OK or the error that ended it.
 *
 * Owner only.
 */
axvcpu_error_t axvcpu_irq_queue_drain(struct axvcpu_irq_queue *queue, axvcpu_irq_queue_fn deliver,
				      void *arg);

/** Reads the set as it is now. Any CPU, any time. */
void axvcpu_irq_queue_copy(const struct axvcpu_irq_queue *queue,
			   uint64_t words[AXVCPU_IRQ_QUEUE_WORDS]);

/**
 * Makes the set that of `words`, one word after the other; what another CPU adds
 * after its word was replaced stays. Owner only.
 */
void axvcpu_irq_queue_replace(struct axvcpu_irq_queue *queue,
			      const uint64_t words[AXVCPU_IRQ_QUEUE_WORDS]);

/**
 * False only if nothing is queued; may be true for an empty set. One load, which orders
 * nothing: who takes a vector out loads it anew.
 */
static inline bool axvcpu_irq_queue_may_have(const struct axvcpu_irq_queue *queue)
{
	return atomic_load_explicit(&queue->summary, memory_order_relaxed) != 0u;
}

#endif /* AXVCPU_SRC_IRQ_QUEUE_H_ */
