/* SPDX-License-Identifier: Apache-2.0 */
/* The board's flattened device tree, of which one thing is wanted: where its memory is. */
#ifndef HYPERVISOR_FDT_H_
#define HYPERVISOR_FDT_H_

#include <stdbool.h>
#include <stdint.h>

/**
 * The first range of the first memory node.
 *
 * @param blob  the tree; of boards whose root node has #address-cells = #size-cells = 2.
 * @return false if that is no device tree, or has no such node.
 */
bool fdt_memory(const void *blob, uint64_t *base, uint64_t *size);

#endif /* HYPERVISOR_FDT_H_ */
