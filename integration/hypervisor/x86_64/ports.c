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

/* ACPI PM1a: event block of 4 bytes, then control (ACPI 4.8.3). */
#define PM1_SLEEP_ENABLE 0x2000u
#define PM1_SLEEP_TYPE 0x1c00u
#define PM1_SCI_ENABLE 0x0001u
/** Keyboard controller: the pulse of its output that resets the CPU; and PCI's reset port. */
#define PC_KEYBOARD_COMMAND 0x64u
#define KEYBOARD_RESET 0xfeu
#define PC_RESET 0xcf9u
#define RESET_CPU 0x04u

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
		*value = mc146818_read(&machine->rtc, port - PC_RTC,
				       (board_time_ns()) / NS_PER_SECOND);
	} else if (in_range(port, PC_COM1, UART16550_SIZE)) {
		if (!uart16550_ops.read(&machine->com1, port - PC_COM1, 1, &wide)) {
			return false;
		}
		*value = (uint8_t)wide;
	} else {
		return false;
	}
	return true;
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
	} else if (port == PC_KEYBOARD_COMMAND && value == KEYBOARD_RESET) {
		vm_end(machine->vm, VM_RESET);
	} else if (port == PC_RESET) {
		if ((value & RESET_CPU) != 0) {
			vm_end(machine->vm, VM_RESET);
		}
	} else {
		return false;
	}
	return true;
}

/** PM1a control takes bytes as well as its word. */
static void write_pm1(struct board_machine *machine, const struct axvcpu_exit_port *access)
{
	uint32_t shift = (access->port - PC_PM1A_CONTROL) * 8u;
	uint32_t mask = access->width == 1u ? 0xffu << shift : 0xffffu;
	uint32_t value = (machine->pm1_control & ~mask) | ((uint32_t)access->data << shift & mask);

	machine->pm1_control = (uint16_t)(value & ~PM1_SLEEP_ENABLE);
	if ((value & PM1_SLEEP_ENABLE) != 0 && (value & PM1_SLEEP_TYPE) == 0) {
		vm_end(machine->vm, VM_POWERED_OFF);
	}
}

bool board_port_read(struct vm_vcpu *vcpu, const struct axvcpu_exit_port *access, uint64_t *value)
{
	struct board_machine *machine = vcpu->vm->machine;
	uint32_t i;
	uint8_t byte;

	if (access->port == PC_PM1A_CONTROL) {
		*value = machine->pm1_control | PM1_SCI_ENABLE;
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

bool board_port_write(struct vm_vcpu *vcpu, const struct axvcpu_exit_port *access)
{
	struct board_machine *machine = vcpu->vm->machine;
	uint32_t i;

	if (in_range(access->port, PC_PM1A_CONTROL, 2)) {
		write_pm1(machine, access);
		return true;
	}
	switch (access->port) {
	case PC_EXIT:
		/* QEMU's isa-debug-exit ends with (value << 1) | 1. */
		log_line(AXVCPU_LOG_INFO, "the guest ends with %u", access->data);
		report_line("exit %u", (access->data << 1) | 1u);
		vm_end(machine->vm, VM_GUEST_EXIT);
		return true;
	default:
		break;
	}
	for (i = 0; i < access->width; i++) {
		if (!write_byte(machine, access->port + i, (uint8_t)(access->data >> (8u * i)))) {
			return false;
		}
	}
	return true;
}
