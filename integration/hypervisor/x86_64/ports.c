/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's I/O ports. */
#include "../board.h"
#include "../console.h"
#include "machine.h"
#include "pc.h"

#define NS_PER_SECOND UINT64_C(1000000000)
#define ELCR 0x4d0u

/* Port 61: what the guest may write, and the output of counter 2. */
#define PORT_61_GATE_2 0x01u
#define PORT_61_WRITABLE 0x0fu
#define PORT_61_OUT_2 0x20u

/* ACPI (4.8.3): PM1a's status, which is clear here, is 2 bytes before its enable bits. */
#define PM1_ENABLE (PC_PM1A_EVENT + 2u)
#define PM1_EVENT_BYTES 4u
#define PM_TIMER_HZ UINT64_C(3579545)
#define PM1_SLEEP_ENABLE 0x2000u
#define PM1_SLEEP_TYPE 0x1c00u
#define PM1_SCI_ENABLE 0x0001u
/** Keyboard controller: the pulse of its output that resets the CPU. */
#define PC_KEYBOARD_COMMAND 0x64u
#define KEYBOARD_RESET 0xfeu

static bool in_range(uint32_t port, uint32_t base, uint32_t size)
{
	return port >= base && port - base < size;
}

static bool is_pic(uint32_t port)
{
	return in_range(port, PC_PIC_MASTER, 2) || in_range(port, PC_PIC_SLAVE, 2);
}

static uint8_t read_61(struct board_machine *machine)
{
	return (uint8_t)((machine->port_61 & PORT_61_WRITABLE) |
			 (i8254_output(&machine->pit, 2, pit_now()) ? PORT_61_OUT_2 : 0u));
}

/** ACPI's 32-bit timer: the machine's time in ticks of its own (4.8.3.3). */
uint32_t machine_pm_timer(const struct board_machine *machine)
{
	uint64_t now = board_counter(), hz = board_counter_frequency();

	return (uint32_t)(now / hz * PM_TIMER_HZ + now % hz * PM_TIMER_HZ / hz) +
	       machine->pm_timer_ahead;
}

uint64_t machine_seconds(const struct board_machine *machine)
{
	return board_time_ns() / NS_PER_SECOND + machine->seconds_ahead;
}

/** Reads one byte; false if nothing answers. */
static bool read_byte(struct board_machine *machine, uint32_t port, uint8_t *value)
{
	uint64_t wide;

	if (is_pic(port)) {
		*value = i8259_read(&machine->pic, port >= PC_PIC_SLAVE, (port & 1u) != 0);
	} else if (in_range(port, ELCR, 2)) {
		*value = i8259_read_elcr(&machine->pic, port != ELCR);
	} else if (in_range(port, PC_PIT, 4)) {
		*value = i8254_read(&machine->pit, port - PC_PIT, pit_now());
	} else if (port == PC_PORT_61) {
		*value = read_61(machine);
	} else if (in_range(port, PC_RTC, 2)) {
		*value = mc146818_read(&machine->rtc, port - PC_RTC, machine_seconds(machine));
	} else if (in_range(port, PC_COM1, UART16550_SIZE)) {
		if (!uart16550_ops.read(&machine->com1, port - PC_COM1, 1, &wide)) {
			return false;
		}
		*value = (uint8_t)wide;
	} else if (in_range(port, PC_PM1A_EVENT, PM1_EVENT_BYTES)) {
		/* No event of ACPI's comes: of its status, no bit is ever set. */
		*value = (uint8_t)(port < PM1_ENABLE ?
					   0 :
					   machine->pm1_enable >> ((port - PM1_ENABLE) * 8u));
	} else {
		return false;
	}
	return true;
}

static void write_pm1_enable(struct board_machine *machine, uint32_t port, uint8_t value)
{
	uint32_t shift = (port - PM1_ENABLE) * 8u;

	machine->pm1_enable =
		(uint16_t)((machine->pm1_enable & ~(0xffu << shift)) | (uint32_t)value << shift);
}

static bool write_byte(struct board_machine *machine, uint32_t port, uint8_t value)
{
	if (is_pic(port)) {
		i8259_write(&machine->pic, port >= PC_PIC_SLAVE, (port & 1u) != 0, value);
	} else if (in_range(port, ELCR, 2)) {
		i8259_write_elcr(&machine->pic, port != ELCR, value);
	} else if (in_range(port, PC_PIT, 4)) {
		i8254_write(&machine->pit, port - PC_PIT, value, pit_now());
		machine->seen = pit_now();
	} else if (port == PC_PORT_61) {
		i8254_set_gate(&machine->pit, 2, (value & PORT_61_GATE_2) != 0, pit_now());
		machine->port_61 = value;
	} else if (in_range(port, PC_RTC, 2)) {
		mc146818_write(&machine->rtc, port - PC_RTC, value);
	} else if (in_range(port, PC_COM1, UART16550_SIZE)) {
		return uart16550_ops.write(&machine->com1, port - PC_COM1, 1, value);
	} else if (in_range(port, PC_PM1A_EVENT, PM1_EVENT_BYTES)) {
		if (port >= PM1_ENABLE) {
			write_pm1_enable(machine, port, value);
		}
	} else if (port == PC_KEYBOARD_COMMAND && value == KEYBOARD_RESET) {
		vm_guest_ended(machine->vm, VM_RESET);
	} else if (port == PC_RESET) {
		if ((value & PC_RESET_CPU) != 0) {
			vm_guest_ended(machine->vm, VM_RESET);
		}
	} else {
		return false;
	}
	return true;
}

/** PM1a control takes bytes as well as its word; what an access has behind it goes nowhere. */
static void write_pm1(struct board_machine *machine, const struct axvcpu_exit_port *access)
{
	uint32_t shift = (access->port - PC_PM1A_CONTROL) * 8u;
	uint32_t mask = (access->width == 1u ? 0xffu : 0xffffu) << shift & 0xffffu;
	uint32_t value = (machine->pm1_control & ~mask) | ((uint32_t)access->data << shift & mask);

	machine->pm1_control = (uint16_t)(value & ~PM1_SLEEP_ENABLE);
	if ((value & PM1_SLEEP_ENABLE) != 0 && (value & PM1_SLEEP_TYPE) == 0) {
		vm_guest_ended(machine->vm, VM_POWERED_OFF);
	}
}

bool board_clock_read(struct vm_vcpu *vcpu, const struct axvcpu_exit_port *access, uint64_t *value)
{
	if (access->port != PC_PM_TIMER || access->width != sizeof(uint32_t)) {
		return false;
	}
	*value = machine_pm_timer(vcpu->vm->machine);
	return true;
}

bool board_port_read(struct vm_vcpu *vcpu, const struct axvcpu_exit_port *access, uint64_t *value)
{
	struct board_machine *machine = vcpu->vm->machine;
	uint32_t i;
	uint8_t byte;

	if (in_range(access->port, PC_PM1A_CONTROL, 2)) {
		*value = (machine->pm1_control | PM1_SCI_ENABLE) >>
			 (access->port - PC_PM1A_CONTROL) * 8u;
		return true;
	}
	if (firmware_port_read(&machine->firmware, access, value)) {
		return true;
	}
	*value = 0;
	for (i = 0; i < access->width; i++) {
		if (!read_byte(machine, access->port + i, &byte)) {
			return false;
		}
		*value |= (uint64_t)byte << (8u * i);
	}
	return true;
}

/** What QEMU's isa-debug-exit does: it ends with (value << 1) | 1. */
static void exit_with(struct vm *vm, uint64_t value)
{
	log_line(AXVCPU_LOG_INFO, "the guest ends with %u", value);
	if (vm_is_alive(vm)) {
		vm->exit_value = (value << 1) | 1u;
	}
	vm_guest_ended(vm, VM_GUEST_EXIT);
}

enum port_answer board_port_write(struct vm_vcpu *vcpu, const struct axvcpu_exit_port *access)
{
	struct board_machine *machine = vcpu->vm->machine;
	enum port_answer answer;
	uint32_t i;

	if (in_range(access->port, PC_PM1A_CONTROL, 2)) {
		write_pm1(machine, access);
		return PORT_DONE;
	}
	if (access->port == PC_EXIT) {
		exit_with(machine->vm, access->data);
		return PORT_DONE;
	}
	answer = firmware_port_write(&machine->firmware, access);
	if (answer != PORT_REFUSED) {
		return answer;
	}
	for (i = 0; i < access->width; i++) {
		if (!write_byte(machine, access->port + i, (uint8_t)(access->data >> (8u * i)))) {
			return PORT_REFUSED;
		}
	}
	machine_settle(vcpu, in_range(access->port, PC_PIT, 4));
	return PORT_DONE;
}
