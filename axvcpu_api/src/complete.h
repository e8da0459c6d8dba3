/* SPDX-License-Identifier: Apache-2.0 */
/* Which exits wait for the hypervisor to finish them. */
#ifndef AXVCPU_SRC_COMPLETE_H_
#define AXVCPU_SRC_COMPLETE_H_

#include <stdbool.h>
#include <stdint.h>

#include "axvcpu/exit.h"

#define AXVCPU_REASON_BIT(reason) (UINT32_C(1) << (reason))

/** Exits that axvcpu_complete_read() finishes; the guest cannot go on before. */
#define AXVCPU_REASONS_READ                                                                    \
	(AXVCPU_REASON_BIT(AXVCPU_EXIT_MMIO_READ) | AXVCPU_REASON_BIT(AXVCPU_EXIT_SYSREG_READ) | \
	 AXVCPU_REASON_BIT(AXVCPU_EXIT_PORT_READ))
/** Exits that axvcpu_complete_write() or the next run finishes. */
#define AXVCPU_REASONS_WRITE                                                                     \
	(AXVCPU_REASON_BIT(AXVCPU_EXIT_MMIO_WRITE) |                                             \
	 AXVCPU_REASON_BIT(AXVCPU_EXIT_SYSREG_WRITE) | AXVCPU_REASON_BIT(AXVCPU_EXIT_PORT_WRITE))
/** Exits that axvcpu_fail_access() can answer. */
#define AXVCPU_REASONS_ACCESS                          \
	(AXVCPU_REASONS_READ | AXVCPU_REASONS_WRITE | \
	 AXVCPU_REASON_BIT(AXVCPU_EXIT_NESTED_PAGE_FAULT))

_Static_assert(AXVCPU_EXIT_REASON_COUNT <= 32u, "one bit a reason");

/** Whether `reason` is in `set`; a reason that this version does not know is in none. */
static inline bool axvcpu_reason_in(uint32_t reason, uint32_t set)
{
	return reason < AXVCPU_EXIT_REASON_COUNT && (set >> reason & 1u) != 0u;
}

#endif /* AXVCPU_SRC_COMPLETE_H_ */
