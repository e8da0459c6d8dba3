/* SPDX-License-Identifier: Apache-2.0 */
/* The board's flattened device tree, of which little is wanted. */
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

/** The value of the first property of that name, which is a text; null if there is none. */
const char *fdt_text(const void *blob, const char *name);

#endif /* HYPERVISOR_FDT_H_ */
