/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables by which a guest finds its CPUs, its interrupt controllers, and how to turn
 * its machine off (Advanced Configuration and Power Interface Specification 6.4): RSDP,
 * XSDT, FADT, FACS, MADT, and a DSDT with \_S5 alone.
 */
#ifndef HYPERVISOR_X86_64_ACPI_H_
#define HYPERVISOR_X86_64_ACPI_H_

#include <stddef.h>
#include <stdint.h>

/** Where guests look for the RSDP: on 16 bytes in the last 128 KiB of the first MiB (5.2.5.1). */
#define ACPI_RSDP_AREA UINT64_C(0xe0000)
#define ACPI_RSDP_AREA_SIZE UINT64_C(0x20000)
/** Bytes that the tables take at most. */
#define ACPI_SIZE_MAX 2048u
/** Local APIC ids of the MADT's entries have 8 bits, of which 255 is everybody. */
#define ACPI_CPUS_MAX 64u

/** What the tables say about the machine. */
struct acpi_machine {
	/** CPUs, with local APIC ids from 0. */
	uint32_t cpus;
	uint32_t local_apic;
	/** The I/O APIC, whose inputs are the global system interrupts from 0. */
	uint32_t io_apic;
	uint8_t io_apic_id;
	/** Input of the ISA interrupt 0; the others have their own numbers. */
	uint8_t timer_input;
	/** ISA interrupt of ACPI's events: a level, active high. */
	uint8_t sci;
	/** Ports: PM1a event block (4 bytes), PM1a control (2), PM timer (4). */
	uint16_t pm1_event;
	uint16_t pm1_control;
	uint16_t pm_timer;
	/** Port, and the byte to write there, that resets the machine. */
	uint16_t reset_port;
	uint8_t reset_value;
	/** SLP_TYP of PM1a control that turns the machine off. */
	uint8_t sleep_type_off;
};

/**
 * Writes the tables to `at`, which the guest has at `gpa`, a multiple of 64 below 4 GiB.
 * The RSDP comes first.
 * @return bytes written; 0, with nothing written, if there is less room than
 *         ACPI_SIZE_MAX, `gpa` is another one, or there are more than ACPI_CPUS_MAX CPUs.
 */
size_t acpi_write(uint8_t *at, size_t room, uint64_t gpa, const struct acpi_machine *machine);

#endif /* HYPERVISOR_X86_64_ACPI_H_ */
