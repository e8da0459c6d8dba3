/* SPDX-License-Identifier: Apache-2.0 */
/* The HAL of the bench, plain for measuring and with counters. */
#ifndef BENCH_HAL_H_
#define BENCH_HAL_H_

#include <stdint.h>

#include "axvcpu/hal.h"

/** Does what it must and no more. */
const struct axvcpu_hal_ops *hal_plain(void);
/** The same, and counts. */
const struct axvcpu_hal_ops *hal_counting(void);
/** Calls of the counting one so far. */
uint64_t hal_calls(void);

/** Takes the RAM that frames and the bench's own blocks come from. */
void hal_set_memory(uint8_t *memory);
/** A block aligned to a page, never given back. */
void *hal_allocate(uint64_t size);

#endif /* BENCH_HAL_H_ */
