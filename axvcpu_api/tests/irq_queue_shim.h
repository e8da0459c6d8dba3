/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt queue for tests in C++, which has no C11 atomics. */
#ifndef AXVCPU_TESTS_IRQ_QUEUE_SHIM_H_
#define AXVCPU_TESTS_IRQ_QUEUE_SHIM_H_

#include "axvcpu/vcpu.h"

#ifdef __cplusplus
extern "C" {
#endif

struct axvcpu_irq_queue;

typedef axvcpu_error_t (*shim_deliver_fn)(void *arg, uint32_t vector);

size_t shim_queue_size(void);
void shim_queue_set(struct axvcpu_irq_queue *queue, uint32_t vector);
/** What a drain leaves that came between the two steps of a set. */
void shim_queue_set_summary_only(struct axvcpu_irq_queue *queue, uint32_t vector);
bool shim_queue_has_any(const struct axvcpu_irq_queue *queue);
bool shim_queue_may_have(const struct axvcpu_irq_queue *queue);
axvcpu_error_t shim_queue_drain(struct axvcpu_irq_queue *queue, shim_deliver_fn deliver, void *arg);

#ifdef __cplusplus
}
#endif

#endif /* AXVCPU_TESTS_IRQ_QUEUE_SHIM_H_ */
