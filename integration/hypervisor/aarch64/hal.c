/* SPDX-License-Identifier: Apache-2.0 */
/* The HAL that the library runs on: identity-mapped memory, TPIDR_EL2, the GIC, the counter. */
#include "../board.h"
#include "../console.h"
#include "../pages.h"
#include "../sched.h"
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
	/* Not the devices that a guest may have: to read one is to do something. */
	return hpa >= VIRT_RAM && hpa < VIRT_RAM_END ? (void *)(uintptr_t)hpa : NULL;
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
	default:
		break; /* a kick has done its work by coming */
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
		.inject_virtual_interrupt = inject_virtual_interrupt,
		.kick_cpu = kick_cpu,
		.vcpu_runnable = vcpu_runnable,
		.time_ns = time_ns,
		.log = log_text,
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
	while ((intid = gic_acknowledge()) != GIC_NONE) {
		irq_handle(NULL, intid);
	}
}
