/* SPDX-License-Identifier: Apache-2.0 */
/* The HAL that the library runs on: identity-mapped memory, TPIDR_EL2, the GIC, the counter. */
#include "../board.h"
#include "../hal_common.h"
#include "../sched.h"
#include "active.h"
#include "cpu.h"
#include "gic.h"
#include "hal.h"
#include "machine.h"
#include "timer.h"
#include "virt.h"

static bool guest_owns_gic;

void hal_set_guest_owns_gic(bool owns)
{
	guest_owns_gic = owns;
}

static void *phys_to_virt(void *ctx, uint64_t hpa)
{
	(void)ctx;
	/* Not the devices that a guest may have: to read one is to do something. */
	return hpa >= VIRT_RAM && hpa < VIRT_RAM_END ? (void *)(uintptr_t)hpa : NULL;
}

static uint64_t irq_fetch(void *ctx)
{
	(void)ctx;
	return gic_acknowledge();
}

static void irq_handle(void *ctx, uint64_t vector)
{
	(void)ctx;
	switch (vector) {
	case GIC_INTID_CNTHP:
		board_this_cpu()->turn_over = true;
		timer_fired();
		break;
	case VIRT_UART_INTID:
		machine_console_input();
		break;
	case GIC_KICK_SGI:
		/* It has done its work by coming, but where an answer is wanted as well. */
		active_answer();
		break;
	default:
		break;
	}
	gic_end(vector);
}

/** With the GIC passed through: the guest gets the interrupt from the board's. */
static axvcpu_error_t inject_virtual_interrupt(void *ctx, struct axvcpu *vcpu, uint32_t vector)
{
	(void)ctx;
	(void)vcpu;
	if (!guest_owns_gic) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	gic_set_pending(vector);
	return AXVCPU_OK;
}

const struct axvcpu_hal_ops *board_hal_ops(void)
{
	static const struct axvcpu_hal_ops ops = {
		HAL_COMMON_OPS,
		.phys_to_virt = phys_to_virt,
		.irq_fetch = irq_fetch,
		.irq_handle = irq_handle,
		.inject_virtual_interrupt = inject_virtual_interrupt,
	};

	return &ops;
}

void board_kick(uint32_t cpu)
{
	gic_send_sgi(GIC_KICK_SGI, cpu);
}

void board_handle_interrupts(void)
{
	uint64_t intid;

	if (guest_owns_gic) {
		return;
	}
	/* One at a time: who calls looks at its vCPUs in between, be a line high that stays so. */
	intid = gic_acknowledge();
	if (intid != GIC_NONE) {
		irq_handle(NULL, intid);
	}
}
