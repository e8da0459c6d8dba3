/* SPDX-License-Identifier: Apache-2.0 */
/* Whether this library can work with an operations table that it is handed. */
#ifndef AXVCPU_SRC_OPS_CHECK_H_
#define AXVCPU_SRC_OPS_CHECK_H_

#include "axvcpu/arch.h"
#include "axvcpu/hal.h"

/**
 * Whether a table of any size has an optional operation. For each one that came after
 * the table's first version, whose place may lie behind the table's end.
 */
#define AXVCPU_OPS_HAVE(ops, member)                                                       \
	((ops)->size >= offsetof(__typeof__(*(ops)), member) + sizeof((ops)->member) &&    \
	 (ops)->member != NULL)

/** Whether the table starts with the layout of this ABI version and is large enough. */
bool axvcpu_arch_ops_are_readable(const struct axvcpu_arch_ops *table);

/** Whether it is also complete. */
bool axvcpu_arch_ops_are_complete(const struct axvcpu_arch_ops *table);

/** Both for a HAL. */
bool axvcpu_hal_ops_are_complete(const struct axvcpu_hal_ops *table);

#endif /* AXVCPU_SRC_OPS_CHECK_H_ */
