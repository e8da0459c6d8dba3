/* SPDX-License-Identifier: Apache-2.0 */
/* The HAL that the library runs on: identity-mapped memory, the local APIC, the time stamp counter. */
#include "../board.h"
#include "../hal_common.h"
#include "../sched.h"
#include "trap.h"

/** The interrupt is taken here: its handler runs and notes its vector. */
static uint64_t irq_fetch(void *ctx)
{
	(void)ctx;
	board_handle_interrupts();
	return trap_take_interrupt();
}

static void irq_handle(void *ctx, uint64_t vector)
{
	/* All was done when it was taken. */
	(void)ctx;
	(void)vector;
}

const struct axvcpu_hal_ops *board_hal_ops(void)
{
	static const struct axvcpu_hal_ops ops = {
		HAL_COMMON_OPS,
		.phys_to_virt = hal_phys_to_virt,
		.irq_fetch = irq_fetch,
		.irq_handle = irq_handle,
	};

	return &ops;
}
