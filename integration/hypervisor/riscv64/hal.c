/* SPDX-License-Identifier: Apache-2.0 */
/* The HAL that the library runs on: memory as it is, tp, the PLIC, the time CSR. */
#include "../board.h"
#include "../hal_common.h"
#include "../sched.h"
#include "board_aia.h"
#include "board_plic.h"
#include "cpu.h"
#include "machine.h"
#include "timer.h"
#include "virt.h"

/** The vector of the first source of the PLIC; below are the interrupt codes of scause. */
#define VECTOR_SOURCE UINT64_C(0x100)

static bool is_pending(uint32_t irq)
{
	return ((CSR_READ(sip) & CSR_READ(sie)) >> irq & 1) != 0;
}

static uint64_t irq_fetch(void *ctx)
{
	uint32_t source;

	(void)ctx;
	if (is_pending(IRQ_S_SOFTWARE)) {
		return IRQ_S_SOFTWARE;
	}
	if (is_pending(IRQ_S_EXTERNAL)) {
		source = board_aia_is_on() ? board_aia_claim() :
					     board_plic_claim(board_this_cpu()->id);
		if (source != 0) {
			return VECTOR_SOURCE + source;
		}
	}
	if ((CSR_READ(hip) & CSR_READ(hie)) >> IRQ_S_GUEST & 1) {
		return IRQ_S_GUEST;
	}
	return is_pending(IRQ_S_TIMER) ? IRQ_S_TIMER : AXVCPU_IRQ_NONE;
}

static void irq_handle(void *ctx, uint64_t vector)
{
	(void)ctx;
	switch (vector) {
	case IRQ_S_TIMER:
		if (timer_fired()) {
			board_this_cpu()->turn_over = true;
		}
		break;
	case IRQ_S_SOFTWARE: /* a kick has done its work by coming */
		CSR_CLEAR(sip, UINT64_C(1) << IRQ_S_SOFTWARE);
		break;
	case VECTOR_SOURCE + VIRT_UART_IRQ:
		machine_console_input();
		if (board_aia_is_on()) {
			board_aia_complete(VIRT_UART_IRQ);
		} else {
			board_plic_complete(board_this_cpu()->id, VIRT_UART_IRQ);
		}
		break;
	case IRQ_S_GUEST:
		board_aia_wake_guests();
		break;
	default: /* no other source is enabled */
		break;
	}
}

void board_handle_interrupts(void)
{
	uint64_t vector;

	while ((vector = irq_fetch(NULL)) != AXVCPU_IRQ_NONE) {
		irq_handle(NULL, vector);
	}
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
