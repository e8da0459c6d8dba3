/* SPDX-License-Identifier: Apache-2.0 */
/* The HAL that the library runs on: memory as it is, tp, the PLIC, the time CSR. */
#include "../board.h"
#include "../console.h"
#include "../pages.h"
#include "../sched.h"
#include "board_plic.h"
#include "cpu.h"
#include "machine.h"
#include "timer.h"
#include "virt.h"

/** The vector of the first source of the PLIC; below are the interrupt codes of scause. */
#define VECTOR_SOURCE UINT64_C(0x100)

static axvcpu_error_t alloc_frames(void *ctx, uint64_t count, uint64_t align, uint64_t *hpa)
{
	(void)ctx;
	return pages_alloc(count, align, hpa) ? AXVCPU_OK : AXVCPU_ERR_NO_MEMORY;
}

static void free_frames(void *ctx, uint64_t hpa, uint64_t count)
{
	(void)ctx;
	pages_free(hpa, count);
}

static void *phys_to_virt(void *ctx, uint64_t hpa)
{
	(void)ctx;
	return (void *)(uintptr_t)hpa;
}

static uint64_t virt_to_phys(void *ctx, const void *virt)
{
	(void)ctx;
	return (uintptr_t)virt;
}

static void *percpu_get(void *ctx)
{
	(void)ctx;
	return board_this_cpu()->library_slot;
}

static void percpu_set(void *ctx, void *pointer)
{
	(void)ctx;
	board_this_cpu()->library_slot = pointer;
}

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
		source = board_plic_claim(board_this_cpu()->id);
		if (source != 0) {
			return VECTOR_SOURCE + source;
		}
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
		board_plic_complete(board_this_cpu()->id, VIRT_UART_IRQ);
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

static void kick_cpu(void *ctx, uint64_t cpu)
{
	(void)ctx;
	board_kick((uint32_t)cpu);
}

static void vcpu_runnable(void *ctx, struct axvcpu *vcpu)
{
	(void)ctx;
	sched_wake(vcpu);
}

static uint64_t time_ns(void *ctx)
{
	(void)ctx;
	return board_time_ns();
}

static void log_text(void *ctx, uint32_t level, const char *text)
{
	(void)ctx;
	log_line(level, "%s", text);
}

const struct axvcpu_hal_ops *board_hal_ops(void)
{
	static const struct axvcpu_hal_ops ops = {
		.size = sizeof(ops),
		.abi_version = AXVCPU_ABI_VERSION,
		.alloc_frames = alloc_frames,
		.free_frames = free_frames,
		.phys_to_virt = phys_to_virt,
		.virt_to_phys = virt_to_phys,
		.percpu_get = percpu_get,
		.percpu_set = percpu_set,
		.irq_fetch = irq_fetch,
		.irq_handle = irq_handle,
		.kick_cpu = kick_cpu,
		.vcpu_runnable = vcpu_runnable,
		.time_ns = time_ns,
		.log = log_text,
	};

	return &ops;
}
