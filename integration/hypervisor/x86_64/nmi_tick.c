/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An NMI from the PIT through the I/O APIC. It ends a guest's run also where a physical
 * interrupt does not: Bochs 2.7 keeps these back from an entry with the guest's IF clear
 * until the guest changes it, and code that loops never does. Nor does it return to the
 * hypervisor where the library answers exit after exit, as for a #DB whose handler has a
 * breakpoint: an NMI that comes between two of them kicks the vCPU.
 */
#include "nmi_tick.h"

#include <stdbool.h>
#include <stdint.h>

#include "../mmio.h"
#include "../sched.h"
#include "../vm.h"
#include "apic.h"
#include "cpu.h"
#include "pc.h"

/* Intel 8254: counter 0 in mode 2 (rate generator), binary, low byte then high byte */
#define PIT_HZ 1193182u
#define PIT_CONTROL (PC_PIT + 3u)
#define PIT_CONTROL_0_MODE_2 0x34u
#define TICKS_PER_SECOND 50u

/* 82093AA: registers behind two windows; entry n is at 10h + 2n, its upper half behind it */
#define IOREGSEL (PC_IO_APIC + 0x00u)
#define IOWIN (PC_IO_APIC + 0x10u)
#define ENTRY(input) (0x10u + 2u * (input))
#define ENTRY_NMI (4u << 8)
#define ENTRY_DESTINATION_SHIFT 24u

static bool started;

static void ioapic_write(uint32_t reg, uint32_t value)
{
	mmio_write32(IOREGSEL, reg);
	mmio_write32(IOWIN, value);
}

void nmi_tick_start(void)
{
	const uint32_t count = PIT_HZ / TICKS_PER_SECOND;

	if (started) {
		return;
	}
	started = true;
	out8(PIT_CONTROL, PIT_CONTROL_0_MODE_2);
	out8(PC_PIT, (uint8_t)count);
	out8(PC_PIT, (uint8_t)(count >> 8));
	ioapic_write(ENTRY(PC_IO_APIC_TIMER) + 1u, apic_id() << ENTRY_DESTINATION_SHIFT);
	ioapic_write(ENTRY(PC_IO_APIC_TIMER), ENTRY_NMI); /* edge, not masked */
}

void nmi_tick(void)
{
	/* Set behind the vCPU's bind, and cleared before its unbind. */
	const struct vm_vcpu *vcpu = started ? board_this_cpu()->bound : NULL;

	if (vcpu != NULL) {
		(void)axvcpu_kick(vcpu->handle);
	}
}
