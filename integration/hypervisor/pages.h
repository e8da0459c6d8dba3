/* SPDX-License-Identifier: Apache-2.0 */
/* The page allocator: a bitmap of the machine's RAM, first fit. */
#ifndef HYPERVISOR_PAGES_H_
#define HYPERVISOR_PAGES_H_

#include <stdbool.h>
#include <stdint.h>

#define PAGE_SIZE UINT64_C(4096)

/** Takes the RAM from `start` to `end` (HPAs); what is below `start` stays in use. */
void pages_init(uint64_t start, uint64_t end);
/** How many are in use. */
uint64_t pages_in_use(void);
/** `count` contiguous pages aligned to `align` bytes; false if there are none. */
bool pages_alloc(uint64_t count, uint64_t align, uint64_t *hpa);
void pages_free(uint64_t hpa, uint64_t count);

#endif /* HYPERVISOR_PAGES_H_ */
