/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include "../board.h"
#include "../bytes.h"
#include "../console.h"
#include "../pages.h"
#include "../config.h"
#include "../state_stream.h"
#include "acpi.h"
#include "bios_data.h"
#include "guest_port.h"
#include "move.h"
#include "mp_table.h"
#include "pc.h"
#include "time.h"
#include "trap.h"
#include "x86_vcpu/x86_vcpu.h"

#define MACHINE_PAGES ((sizeof(struct board_machine) + PAGE_SIZE - 1) / PAGE_SIZE)
#define IRQ_TIMER 0u
#define CHIPSET_VERSION 1u
/** Of PM1a's control in one word with the enable bits. */
#define PM1_CONTROL_SHIFT 16u
#define IRQ_COM1 4u
/** Larger than the ids of local APICs, from which older systems tell it apart. */
#define IO_APIC_ID CONFIG_MAX_CPUS
/** Where a PC's own firmware is; the second-stage table has RAM there. */
#define FIRMWARE UINT64_C(0xf0000)
#define FIRMWARE_SIZE UINT64_C(0x10000)
/** There, behind ACPI's tables. */
#define MP_TABLE (FIRMWARE + UINT64_C(0x1000))

/** An ISA interrupt goes to both controllers; guests use one of them. */
static void isa_line(void *ctx, uint32_t number, bool high)
{
	struct board_machine *machine = (struct board_machine *)ctx;

	i8259_set_line(&machine->pic, number, high);
	ioapic_set_line(&machine->ioapic, number == IRQ_TIMER ? PC_IO_APIC_TIMER : number, high);
}

/** The number for axvcpu_inject_interrupt(); false for what no guest needs of an I/O APIC. */
static bool number_of(const struct ioapic_message *message, uint32_t *number)
{
	switch (message->delivery) {
	case IOAPIC_FIXED:
	case IOAPIC_LOWEST_PRIORITY:
		*number = message->vector + (message->level ? (uint32_t)X86_VCPU_INJECT_LEVEL : 0u);
		return true;
	case IOAPIC_NMI:
		*number = X86_VCPU_INJECT_NMI;
		return true;
	default:
		return false; /* SMI and INIT; the PICs' INTR (ExtINT) is looked at where it is taken */
	}
}

/** A message of the I/O APIC reaches the local APICs as an IPI does. */
static bool ioapic_deliver(void *ctx, const struct ioapic_message *message)
{
	const struct board_machine *machine = (const struct board_machine *)ctx;
	bool one = message->delivery == IOAPIC_LOWEST_PRIORITY, taken = false;
	const struct axvcpu_exit_send_ipi ipi = {
		.target_cpu = message->destination,
		.target_mask = (message->logical ? (uint64_t)X86_VCPU_IPI_LOGICAL : 0u),
	};
	struct vm_vcpu *vcpu;
	uint32_t number, i;

	if (!number_of(message, &number)) {
		return false;
	}
	for (i = 0; i < machine->vm->config->cpus && !(one && taken); i++) {
		vcpu = &machine->vm->vcpus[i];
		if (vcpu->handle != NULL && vcpu->power == VCPU_ON &&
		    x86_vcpu_is_ipi_target(vcpu->handle, &ipi) &&
		    axvcpu_inject_interrupt(vcpu->handle, number) == AXVCPU_OK) {
			taken = true;
		}
	}
	return taken;
}

void board_end_of_interrupt(struct vm_vcpu *vcpu, uint64_t vector)
{
	ioapic_end_of_interrupt(&vcpu->vm->machine->ioapic, (uint8_t)vector);
}

/** The tables that firmware would leave: a guest with firmware of its own makes others. */
static void write_tables(const struct vm *vm)
{
	const struct acpi_machine acpi = {
		.cpus = vm->config->cpus,
		.local_apic = (uint32_t)PC_LOCAL_APIC,
		.io_apic = (uint32_t)PC_IO_APIC,
		.io_apic_id = IO_APIC_ID,
		.timer_input = PC_IO_APIC_TIMER,
		.sci = PC_SCI,
		.pm1_event = PC_PM1A_EVENT,
		.pm1_control = PC_PM1A_CONTROL,
		.pm_timer = PC_PM_TIMER,
		.reset_port = PC_RESET,
		.reset_value = PC_RESET_CPU,
		.sleep_type_off = 0, /* as on QEMU's boards */
	};

	if (config_range_is_free(vm->config, FIRMWARE, FIRMWARE_SIZE)) {
		(void)acpi_write((uint8_t *)(uintptr_t)(vm->ram + FIRMWARE), FIRMWARE_SIZE,
				 FIRMWARE, &acpi);
		(void)mp_table_write((uint8_t *)(uintptr_t)(vm->ram + MP_TABLE),
				     FIRMWARE + FIRMWARE_SIZE - MP_TABLE, MP_TABLE, &acpi,
				     PC_IO_APIC_PIC);
	}
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
	ioapic_init(&machine->ioapic, IO_APIC_ID,
		    &(struct ioapic_output){ .deliver = ioapic_deliver, .ctx = machine });
	i8254_init(&machine->pit);
	mc146818_init(&machine->rtc);
	uart16550_init(&machine->com1,
		       &(struct device_irq){ .set = isa_line, .ctx = machine, .number = IRQ_COM1 },
		       &(struct device_serial){ .put = com1_put, .ctx = machine });
	guest_console_init(&machine->console, vm->id, console_put_guest);
	if (!firmware_init(&machine->firmware, vm)) {
		board_machine_destroy(machine);
		return NULL;
	}
	if (!machine->firmware.present) {
		write_tables(vm);
		bios_data_write(vm);
	}
	return machine;
}

void board_machine_destroy(struct board_machine *machine)
{
	guest_console_flush(&machine->console);
	firmware_destroy(&machine->firmware);
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
		isa_line(machine, IRQ_TIMER, false);
		isa_line(machine, IRQ_TIMER, true);
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

/** Whether the I/O APIC hands the PICs' INTR on to this vCPU (virtual wire mode, MultiProcessor Specification 3.6.2.2). */
static bool is_wired(const struct vm_vcpu *vcpu)
{
	struct ioapic_message message;
	struct axvcpu_exit_send_ipi ipi = { 0 };

	if (!ioapic_is_extint(&vcpu->vm->machine->ioapic, PC_IO_APIC_PIC, &message)) {
		return false;
	}
	ipi.target_cpu = message.destination;
	ipi.target_mask = message.logical ? (uint64_t)X86_VCPU_IPI_LOGICAL : 0u;
	return x86_vcpu_is_ipi_target(vcpu->handle, &ipi);
}

/** Whether the PICs' INTR gets to this vCPU now: the first one has it at its LINT0. */
static bool takes_pic(struct vm_vcpu *vcpu)
{
	return (vcpu->index == 0 && x86_vcpu_can_take_interrupt(vcpu->handle)) ||
	       (is_wired(vcpu) && x86_vcpu_can_take_extint(vcpu->handle));
}

static void kick(const struct vm_vcpu *from, const struct vm_vcpu *to)
{
	/* One on the same CPU gets its turn, and looks then. */
	if (to->cpu != from->cpu) {
		board_kick(to->cpu);
	}
}

void machine_settle(const struct vm_vcpu *vcpu, bool timer)
{
	struct vm *vm = vcpu->vm;
	struct vm_vcpu *other;
	bool was_high;
	uint32_t i;

	if (timer && vcpu->index != 0) {
		kick(vcpu, &vm->vcpus[0]); /* who has the PIT's deadline */
	}
	was_high = vm->machine->pic_was_high;
	vm->machine->pic_was_high = i8259_output(&vm->machine->pic);
	if (was_high || !vm->machine->pic_was_high) {
		return; /* who is to take it has been told */
	}
	for (i = 0; i < vm->config->cpus; i++) {
		other = &vm->vcpus[i];
		if (other != vcpu && other->handle != NULL && other->power == VCPU_ON &&
		    (i == 0 || is_wired(other))) {
			kick(vcpu, other);
		}
	}
}

/** Devices that ask for the CPU by themselves; the first vCPU looks after them. */
static uint64_t poll_devices(struct vm_vcpu *vcpu)
{
	struct board_machine *machine = vcpu->vm->machine;
	uint64_t deadline = UINT64_MAX;

	lock_take(&vcpu->vm->lock);
	if (vcpu->index == 0) {
		deadline = poll_timer(machine);
		poll_console(machine);
	}
	/* One at a time: what is acknowledged is in service for the guest. */
	if (i8259_output(&machine->pic) && takes_pic(vcpu)) {
		(void)axvcpu_inject_interrupt(vcpu->handle, X86_VCPU_INJECT_EXTINT +
								    i8259_acknowledge(&machine->pic));
	}
	machine_settle(vcpu, false);
	lock_release(&vcpu->vm->lock);
	return deadline;
}

void board_before_run(struct vm_vcpu *vcpu)
{
	uint64_t deadline = UINT64_MAX;
	uint64_t apic;

	/* Without the lock: who changes anything about it kicks whom it is about. */
	if (vcpu->index == 0 || (is_wired(vcpu) && i8259_output(&vcpu->vm->machine->pic))) {
		deadline = poll_devices(vcpu);
	}

	if (vcpu->vm->machine->move_in != 0 && --vcpu->vm->machine->move_in == 0) {
		guest_console_flush(&vcpu->vm->machine->console);
		move_away(vcpu);
	}
	/* While the guest runs, only an interrupt of ours gets the CPU back for its timers. */
	if (axvcpu_timer_deadline(vcpu->handle, &apic) == AXVCPU_OK && apic < deadline) {
		deadline = apic;
	}
	time_set_device_deadline(deadline);
	trap_before_run();
}

uint64_t board_machine_deadline(struct vm_vcpu *vcpu)
{
	struct board_machine *machine = vcpu->vm->machine;
	uint64_t edge;

	if (i8259_output(&machine->pic) && takes_pic(vcpu)) {
		return 0;
	}
	if (vcpu->index != 0) {
		return UINT64_MAX;
	}
	edge = i8254_next_edge(&machine->pit, 0, machine->seen);
	return edge == UINT64_MAX ? UINT64_MAX : counter_at(edge);
}

/** The chipset's registers, and the clocks that run by themselves. */
static void chipset_state(struct board_machine *machine, struct state_stream *stream)
{
	uint64_t since_seen = pit_now() - machine->seen;
	uint64_t seconds = machine_seconds(machine);
	uint32_t pm_timer = machine_pm_timer(machine);
	uint32_t pm1 = machine->pm1_enable | (uint32_t)machine->pm1_control << PM1_CONTROL_SHIFT;

	(void)state_part(stream, "chipset", CHIPSET_VERSION);
	state_u8(stream, &machine->port_61);
	state_u64(stream, &since_seen);
	state_u64(stream, &seconds);
	state_u32(stream, &pm_timer);
	state_u32(stream, &pm1);
	machine->seen = pit_now() - since_seen;
	machine->seconds_ahead += seconds - machine_seconds(machine);
	machine->pm_timer_ahead += pm_timer - machine_pm_timer(machine);
	machine->pm1_enable = (uint16_t)pm1;
	machine->pm1_control = (uint16_t)(pm1 >> PM1_CONTROL_SHIFT);
}

void board_machine_state(struct board_machine *machine, struct state_stream *stream)
{
	i8259_state(&machine->pic, stream);
	ioapic_state(&machine->ioapic, stream);
	i8254_state(&machine->pit, pit_now(), stream);
	mc146818_state(&machine->rtc, stream);
	uart16550_state(&machine->com1, stream);
	chipset_state(machine, stream);
}

/** What the guest's machine has in memory besides RAM and its CPUs' own APICs. */
static struct device_region io_apic(struct board_machine *machine)
{
	return (struct device_region){
		.base = PC_IO_APIC,
		.size = IOAPIC_SIZE,
		.ops = &ioapic_ops,
		.device = &machine->ioapic,
	};
}

bool board_machine_read(struct vm_vcpu *vcpu, uint64_t gpa, uint32_t width, uint64_t *value)
{
	const struct device_region region = io_apic(vcpu->vm->machine);

	return device_read(&region, 1, gpa, width, value);
}

bool board_machine_write(struct vm_vcpu *vcpu, uint64_t gpa, uint32_t width, uint64_t value)
{
	const struct device_region region = io_apic(vcpu->vm->machine);

	return device_write(&region, 1, gpa, width, value);
}

bool board_machine_fault(struct vm_vcpu *vcpu, uint64_t gpa)
{
	(void)vcpu;
	(void)gpa;
	return false;
}
