/* SPDX-License-Identifier: Apache-2.0 */
#include "irq_queue_shim.h"

#include "../src/irq_queue.h"

size_t shim_queue_size(void)
{
	return sizeof(struct axvcpu_irq_queue);
}

void shim_queue_set(struct axvcpu_irq_queue *queue, uint32_t vector)
{
	axvcpu_irq_queue_set(queue, vector);
}

void shim_queue_set_summary_only(struct axvcpu_irq_queue *queue, uint32_t vector)
{
	atomic_fetch_or(&queue->summary, UINT32_C(1) << (vector / AXVCPU_IRQ_QUEUE_WORD_BITS));
}

bool shim_queue_has_any(const struct axvcpu_irq_queue *queue)
{
	return axvcpu_irq_queue_has_any(queue);
}

bool shim_queue_may_have(const struct axvcpu_irq_queue *queue)
{
	return axvcpu_irq_queue_may_have(queue);
}

axvcpu_error_t shim_queue_drain(struct axvcpu_irq_queue *queue, shim_deliver_fn deliver, void *arg)
{
	return axvcpu_irq_queue_drain(queue, deliver, arg);
}
