/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include "../board.h"
#include "../bytes.h"
#include "../console.h"
#include "../pages.h"
#include "guest_port.h"
#include "time.h"
#include "trap.h"
#include "x86_vcpu/x86_vcpu.h"

#define MACHINE_PAGES ((sizeof(struct board_machine) + PAGE_SIZE - 1) / PAGE_SIZE)
#define IRQ_TIMER 0u
#define IRQ_COM1 4u

static void com1_line(void *ctx, uint32_t number, bool high)
{
	struct board_machine *machine = (struct board_machine *)ctx;

	i8259_set_line(&machine->pic, number, high);
}

static void com1_put(void *ctx, uint8_t byte)
{
	struct board_machine *machine = (struct board_machine *)ctx;

	guest_console_put(&machine->console, byte);
}

struct board_machine *board_machine_create(struct vm *vm)
{
	struct board_machine *machine;
	uint64_t hpa;

	if (!pages_alloc(MACHINE_PAGES, PAGE_SIZE, &hpa)) {
		return NULL;
	}
	machine = (struct board_machine *)(uintptr_t)hpa;
	memset(machine, 0, sizeof(*machine));
	machine->vm = vm;
	i8259_init(&machine->pic);
	i8254_init(&machine->pit);
	mc146818_init(&machine->rtc);
	uart16550_init(&machine->com1,
		       &(struct device_irq){ .set = com1_line, .ctx = machine, .number = IRQ_COM1 },
		       &(struct device_serial){ .put = com1_put, .ctx = machine });
	guest_console_init(&machine->console, vm->id, console_put_guest);
	return machine;
}

void board_machine_destroy(struct board_machine *machine)
{
	guest_console_flush(&machine->console);
	pages_free((uint64_t)(uintptr_t)machine, MACHINE_PAGES);
}

/** The time stamp counter in ticks of the PIT, and back. In two parts: products would overflow. */
uint64_t pit_now(void)
{
	uint64_t now = board_counter(), hz = board_counter_frequency();

	return now / hz * I8254_HZ + now % hz * I8254_HZ / hz;
}

static uint64_t counter_at(uint64_t pit)
{
	uint64_t hz = board_counter_frequency();

	return pit / I8254_HZ * hz + pit % I8254_HZ * hz / I8254_HZ + hz / I8254_HZ + 1u;
}

/** Edges of counter 0 since the last look become requests; gives when the next one comes. */
static uint64_t poll_timer(struct board_machine *machine)
{
	uint64_t now = pit_now();
	uint64_t edge = i8254_next_edge(&machine->pit, 0, machine->seen);

	if (edge <= now) {
		/* Those that nobody took are one, as on a PC. */
		i8259_set_line(&machine->pic, IRQ_TIMER, false);
		i8259_set_line(&machine->pic, IRQ_TIMER, true);
		edge = i8254_next_edge(&machine->pit, 0, now);
	}
	machine->seen = now;
	return edge == UINT64_MAX ? UINT64_MAX : counter_at(edge);
}

static void poll_console(struct board_machine *machine)
{
	uint8_t character;

	while (machine->vm->id == 0 && uart16550_room(&machine->com1) > 0 &&
	       console_get_guest(&character)) {
		uart16550_receive(&machine->com1, character);
	}
}

void board_before_run(struct vm_vcpu *vcpu)
{
	struct board_machine *machine = vcpu->vm->machine;
	uint64_t deadline = poll_timer(machine);
	uint64_t apic;

	/* While the guest runs, only an interrupt of ours gets the CPU back for its timers. */
	if (axvcpu_timer_deadline(vcpu->handle, &apic) == AXVCPU_OK && apic < deadline) {
		deadline = apic;
	}
	time_set_device_deadline(deadline);
	trap_before_run();
	poll_console(machine);
	/* One at a time: what is acknowledged is in service for the guest. */
	if (vcpu->index == 0 && i8259_output(&machine->pic) &&
	    x86_vcpu_can_take_interrupt(vcpu->handle)) {
		(void)axvcpu_inject_interrupt(vcpu->handle, X86_VCPU_INJECT_EXTINT + i8259_acknowledge(&machine->pic));
	}
}

uint64_t board_machine_deadline(struct vm_vcpu *vcpu)
{
	struct board_machine *machine = vcpu->vm->machine;
	uint64_t edge;

	if (vcpu->index != 0) {
		return UINT64_MAX;
	}
	if (i8259_output(&machine->pic)) {
		return 0;
	}
	edge = i8254_next_edge(&machine->pit, 0, machine->seen);
	return edge == UINT64_MAX ? UINT64_MAX : counter_at(edge);
}

bool board_machine_read(struct vm_vcpu *vcpu, uint64_t gpa, uint32_t width, uint64_t *value)
{
	(void)vcpu;
	(void)gpa;
	(void)width;
	(void)value;
	return false;
}

bool board_machine_write(struct vm_vcpu *vcpu, uint64_t gpa, uint32_t width, uint64_t value)
{
	(void)vcpu;
	(void)gpa;
	(void)width;
	(void)value;
	return false;
}

bool board_machine_fault(struct vm_vcpu *vcpu, uint64_t gpa)
{
	(void)vcpu;
	(void)gpa;
	return false;
}
