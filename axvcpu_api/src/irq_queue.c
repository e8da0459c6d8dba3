/* SPDX-License-Identifier: Apache-2.0 */
#include "irq_queue.h"

void axvcpu_irq_queue_set(struct axvcpu_irq_queue *queue, uint32_t vector)
{
	uint32_t index = vector / AXVCPU_IRQ_QUEUE_WORD_BITS;
	uint64_t bit = UINT64_C(1) << (vector % AXVCPU_IRQ_QUEUE_WORD_BITS);

	atomic_fetch_or_explicit(&queue->words[index], bit, memory_order_release);
	/*
	 * Also when the word was not empty: the one who made it so may not have come
	 * to its summary bit yet.
	 */
	atomic_fetch_or_explicit(&queue->summary, UINT32_C(1) << index, memory_order_release);
}

void axvcpu_irq_queue_remove(struct axvcpu_irq_queue *queue, uint32_t vector)
{
	uint64_t bit = UINT64_C(1) << (vector % AXVCPU_IRQ_QUEUE_WORD_BITS);

	/* The summary stays: it may stand for an empty word. */
	atomic_fetch_and_explicit(&queue->words[vector / AXVCPU_IRQ_QUEUE_WORD_BITS], ~bit,
				  memory_order_acq_rel);
}

bool axvcpu_irq_queue_has_any(const struct axvcpu_irq_queue *queue)
{
	uint32_t summary = atomic_load_explicit(&queue->summary, memory_order_acquire);

	while (summary != 0u) {
		uint32_t index = (uint32_t)__builtin_ctz(summary);

		if (atomic_load_explicit(&queue->words[index], memory_order_relaxed) != 0u) {
			return true;
		}
		summary &= summary - 1u;
	}
	return false;
}

/** Puts back the vectors `bits` of word `index`. */
static void put_back(struct axvcpu_irq_queue *queue, uint32_t index, uint64_t bits)
{
	if (bits == 0u) {
		return;
	}
	atomic_fetch_or_explicit(&queue->words[index], bits, memory_order_release);
	atomic_fetch_or_explicit(&queue->summary, UINT32_C(1) << index, memory_order_release);
}

/** Drains one word; on an error the vectors that it did not deliver are back. */
static axvcpu_error_t drain_word(struct axvcpu_irq_queue *queue, uint32_t index,
				 axvcpu_irq_queue_fn deliver, void *arg)
{
	uint64_t left = atomic_exchange_explicit(&queue->words[index], 0u, memory_order_acquire);
	uint64_t again = 0u;
	axvcpu_error_t error = AXVCPU_OK;

	while (left != 0u) {
		uint32_t number = (uint32_t)__builtin_ctzll(left);

		error = deliver(arg, index * AXVCPU_IRQ_QUEUE_WORD_BITS + number);
		if (error == AXVCPU_ERR_AGAIN) {
			again |= left & -left;
			error = AXVCPU_OK;
		} else if (error != AXVCPU_OK) {
			break;
		}
		left &= left - 1u;
	}
	put_back(queue, index, left | again);
	return error;
}

axvcpu_error_t axvcpu_irq_queue_drain(struct axvcpu_irq_queue *queue, axvcpu_irq_queue_fn deliver,
				      void *arg)
{
	/* Before the words: a set that comes now must leave its summary bit behind. */
	uint32_t summary = atomic_exchange_explicit(&queue->summary, 0u, memory_order_acquire);

	while (summary != 0u) {
		uint32_t index = (uint32_t)__builtin_ctz(summary);
		axvcpu_error_t error = drain_word(queue, index, deliver, arg);

		if (error != AXVCPU_OK) {
			/* Those not come to, and this word, which has the refused vector. */
			atomic_fetch_or_explicit(&queue->summary, summary, memory_order_release);
			return error;
		}
		summary &= summary - 1u;
	}
	return AXVCPU_OK;
}

void axvcpu_irq_queue_copy(const struct axvcpu_irq_queue *queue,
			   uint64_t words[AXVCPU_IRQ_QUEUE_WORDS])
{
	for (uint32_t i = 0; i < AXVCPU_IRQ_QUEUE_WORDS; i++) {
		words[i] = atomic_load_explicit(&queue->words[i], memory_order_acquire);
	}
}

void axvcpu_irq_queue_replace(struct axvcpu_irq_queue *queue,
			      const uint64_t words[AXVCPU_IRQ_QUEUE_WORDS])
{
	for (uint32_t i = 0; i < AXVCPU_IRQ_QUEUE_WORDS; i++) {
		atomic_store_explicit(&queue->words[i], words[i], memory_order_release);
		/* Only ever added to: a setter's bit may be for what came after the store. */
		if (words[i] != 0u) {
			atomic_fetch_or_explicit(&queue->summary, UINT32_C(1) << i,
						 memory_order_release);
		}
	}
}
