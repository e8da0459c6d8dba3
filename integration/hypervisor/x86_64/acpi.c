/* SPDX-License-Identifier: Apache-2.0 */
#include "acpi.h"

#include <stdbool.h>

#define TABLE_ALIGN 64u

/* The head of every table but RSDP and FACS (5.2.6). */
#define HEAD_LENGTH 4u
#define HEAD_CHECKSUM 9u
#define OEM_REVISION 1u
#define CREATOR_REVISION 1u

/* RSDP (5.2.5.3). */
#define RSDP_SIZE 36u
#define RSDP_REVISION 2u
#define RSDP_CHECKSUM 8u
/** The first checksum is of what ACPI 1.0 had. */
#define RSDP_FIRST_SIZE 20u
#define RSDP_CHECKSUM_ALL 32u
#define RSDP_XSDT 24u

#define XSDT_REVISION 1u

/* FACS (5.2.10). */
#define FACS_SIZE 64u
#define FACS_VERSION 1u

/* FADT of ACPI 2.0 to 4.0 (5.2.9). */
#define FADT_REVISION 3u
#define FADT_SIZE 244u
/** C2 and C3 that take so many microseconds are not there. */
#define FADT_NO_C2 101u
#define FADT_NO_C3 1001u
#define FADT_CENTURY 0x32u
enum fadt_boot {
	/** Devices of a PC that are found without DSDT; no 8042. */
	FADT_BOOT_LEGACY_DEVICES = 1u << 0,
	FADT_BOOT_NO_VGA = 1u << 2,
	FADT_BOOT_NO_MSI = 1u << 3,
};
enum fadt_flags {
	FADT_WBINVD = 1u << 0,
	FADT_C1 = 1u << 2,
	/** Buttons are none of the fixed hardware, nor is the clock's wake-up. */
	FADT_NO_POWER_BUTTON = 1u << 4,
	FADT_NO_SLEEP_BUTTON = 1u << 5,
	FADT_NO_RTC_STATUS = 1u << 6,
	FADT_TIMER_32_BITS = 1u << 8,
	FADT_RESET_REGISTER = 1u << 10,
};
#define PM1_EVENT_BYTES 4u
#define PM1_CONTROL_BYTES 2u
#define PM_TIMER_BYTES 4u

/* Generic address structures (5.2.3.2). */
#define ADDRESS_IO 1u
#define ADDRESS_BYTE 1u
#define ADDRESS_WORD 2u
#define ADDRESS_DWORD 3u

/* MADT (5.2.12). */
#define MADT_REVISION 3u
#define MADT_HAS_PICS 1u
#define MADT_LOCAL_APIC 0u
#define MADT_LOCAL_APIC_SIZE 8u
#define MADT_LOCAL_APIC_ENABLED 1u
#define MADT_IO_APIC 1u
#define MADT_IO_APIC_SIZE 12u
#define MADT_OVERRIDE 2u
#define MADT_OVERRIDE_SIZE 10u
#define MADT_AS_THE_BUS 0u
#define MADT_HIGH_LEVEL 0xdu
#define MADT_LOCAL_NMI 4u
#define MADT_LOCAL_NMI_SIZE 6u
#define MADT_ALL_CPUS 0xffu
#define MADT_LINT1 1u

#define DSDT_REVISION 2u
/* AML (20.2): Name (\_S5_, Package () { type, 0, 0, 0 }). */
#define AML_NAME 0x08u
#define AML_PACKAGE 0x12u
#define AML_BYTE 0x0au
#define AML_ZERO 0x00u
#define AML_S5_ELEMENTS 4u

/** Where the next byte goes. */
struct writer {
	uint8_t *base;
	uint32_t gpa;
	uint32_t at;
};

static void put(struct writer *writer, uint64_t value, uint32_t bytes)
{
	for (; bytes > 0; bytes--, value >>= 8) {
		writer->base[writer->at++] = (uint8_t)value;
	}
}

static void put_text(struct writer *writer, const char *text)
{
	for (; *text != '\0'; text++) {
		put(writer, (uint8_t)*text, 1);
	}
}

/** The byte at `where` makes the sum of the `size` ones from `start` on 0. */
static void put_checksum(const struct writer *writer, uint32_t start, uint32_t size, uint32_t where)
{
	uint8_t sum = 0;
	uint32_t i;

	writer->base[where] = 0;
	for (i = 0; i < size; i++) {
		sum = (uint8_t)(sum + writer->base[start + i]);
	}
	writer->base[where] = (uint8_t)-sum;
}

/** Goes to the next place where a table may begin, which it gives. */
static uint32_t align(struct writer *writer)
{
	while (writer->at % TABLE_ALIGN != 0) {
		put(writer, 0, 1);
	}
	return writer->at;
}

static uint32_t begin(struct writer *writer, const char *signature, uint32_t revision)
{
	uint32_t start = align(writer);

	put_text(writer, signature);
	put(writer, 0, 4); /* length */
	put(writer, revision, 1);
	put(writer, 0, 1); /* checksum */
	put_text(writer, "AXVCPU");
	put_text(writer, "AXVCPUPC");
	put(writer, OEM_REVISION, 4);
	put_text(writer, "AXVC");
	put(writer, CREATOR_REVISION, 4);
	return start;
}

static void end(struct writer *writer, uint32_t start)
{
	struct writer length = *writer;

	length.at = start + HEAD_LENGTH;
	put(&length, writer->at - start, 4);
	put_checksum(writer, start, writer->at - start, start + HEAD_CHECKSUM);
}

static uint32_t write_facs(struct writer *writer)
{
	uint32_t start = align(writer);

	put_text(writer, "FACS");
	put(writer, FACS_SIZE, 4);
	put(writer, 0, 24); /* signature of the hardware, waking vectors, global lock, flags */
	put(writer, FACS_VERSION, 1);
	put(writer, 0, FACS_SIZE - 33u);
	return start;
}

static uint32_t write_dsdt(struct writer *writer, uint8_t sleep_type_off)
{
	uint32_t start = begin(writer, "DSDT", DSDT_REVISION);

	put(writer, AML_NAME, 1);
	put_text(writer, "_S5_");
	put(writer, AML_PACKAGE, 1);
	/* Its length: of itself, the count, a byte with its prefix, three zeros. */
	put(writer, 1u + 1u + 2u + (AML_S5_ELEMENTS - 1u), 1);
	put(writer, AML_S5_ELEMENTS, 1);
	put(writer, AML_BYTE, 1);
	put(writer, sleep_type_off, 1);
	put(writer, AML_ZERO, AML_S5_ELEMENTS - 1u);
	end(writer, start);
	return start;
}

static void put_port(struct writer *writer, uint16_t port, uint32_t bytes, uint32_t access)
{
	put(writer, port != 0 ? ADDRESS_IO : 0, 1);
	put(writer, bytes * 8u, 1);
	put(writer, 0, 1); /* bit offset */
	put(writer, access, 1);
	put(writer, port, 8);
}

static uint32_t write_fadt(struct writer *writer, const struct acpi_machine *machine, uint32_t facs,
			   uint32_t dsdt)
{
	uint32_t start = begin(writer, "FACP", FADT_REVISION);

	put(writer, writer->gpa + facs, 4);
	put(writer, writer->gpa + dsdt, 4);
	put(writer, 0, 2); /* interrupt model of ACPI 1.0, power profile */
	put(writer, machine->sci, 2);
	put(writer, 0, 8); /* SMI port and commands: the machine is in ACPI mode always */
	put(writer, machine->pm1_event, 4);
	put(writer, 0, 4);
	put(writer, machine->pm1_control, 4);
	put(writer, 0, 8); /* PM1b control, PM2 control */
	put(writer, machine->pm_timer, 4);
	put(writer, 0, 8); /* GPE 0 and 1 */
	put(writer, PM1_EVENT_BYTES, 1);
	put(writer, PM1_CONTROL_BYTES, 1);
	put(writer, 0, 1); /* PM2 */
	put(writer, PM_TIMER_BYTES, 1);
	put(writer, 0, 4); /* GPE lengths and base, _CST */
	put(writer, FADT_NO_C2, 2);
	put(writer, FADT_NO_C3, 2);
	put(writer, 0, 8); /* cache flush sizes, duty cycle, alarms */
	put(writer, FADT_CENTURY, 1);
	put(writer, FADT_BOOT_LEGACY_DEVICES | FADT_BOOT_NO_VGA | FADT_BOOT_NO_MSI, 2);
	put(writer, 0, 1);
	put(writer,
	    FADT_WBINVD | FADT_C1 | FADT_NO_POWER_BUTTON | FADT_NO_SLEEP_BUTTON |
		    FADT_NO_RTC_STATUS | FADT_TIMER_32_BITS | FADT_RESET_REGISTER,
	    4);
	put_port(writer, machine->reset_port, 1, ADDRESS_BYTE);
	put(writer, machine->reset_value, 1);
	put(writer, 0, 3);
	put(writer, 0, 8); /* the FACS is named above, in 32 bits */
	put(writer, writer->gpa + dsdt, 8);
	put_port(writer, machine->pm1_event, PM1_EVENT_BYTES, ADDRESS_WORD);
	put_port(writer, 0, 0, 0);
	put_port(writer, machine->pm1_control, PM1_CONTROL_BYTES, ADDRESS_WORD);
	put_port(writer, 0, 0, 0);
	put_port(writer, 0, 0, 0);
	put_port(writer, machine->pm_timer, PM_TIMER_BYTES, ADDRESS_DWORD);
	put_port(writer, 0, 0, 0);
	put_port(writer, 0, 0, 0);
	end(writer, start);
	return start;
}

static void put_override(struct writer *writer, uint8_t source, uint8_t input, uint32_t flags)
{
	put(writer, MADT_OVERRIDE, 1);
	put(writer, MADT_OVERRIDE_SIZE, 1);
	put(writer, 0, 1); /* ISA */
	put(writer, source, 1);
	put(writer, input, 4);
	put(writer, flags, 2);
}

static uint32_t write_madt(struct writer *writer, const struct acpi_machine *machine)
{
	uint32_t start = begin(writer, "APIC", MADT_REVISION);
	uint32_t i;

	put(writer, machine->local_apic, 4);
	put(writer, MADT_HAS_PICS, 4);
	for (i = 0; i < machine->cpus; i++) {
		put(writer, MADT_LOCAL_APIC, 1);
		put(writer, MADT_LOCAL_APIC_SIZE, 1);
		put(writer, i, 1);
		put(writer, i, 1);
		put(writer, MADT_LOCAL_APIC_ENABLED, 4);
	}
	put(writer, MADT_IO_APIC, 1);
	put(writer, MADT_IO_APIC_SIZE, 1);
	put(writer, machine->io_apic_id, 1);
	put(writer, 0, 1);
	put(writer, machine->io_apic, 4);
	put(writer, 0, 4); /* its first global system interrupt */
	put_override(writer, 0, machine->timer_input, MADT_AS_THE_BUS);
	put_override(writer, machine->sci, machine->sci, MADT_HIGH_LEVEL);
	put(writer, MADT_LOCAL_NMI, 1);
	put(writer, MADT_LOCAL_NMI_SIZE, 1);
	put(writer, MADT_ALL_CPUS, 1);
	put(writer, MADT_AS_THE_BUS, 2);
	put(writer, MADT_LINT1, 1);
	end(writer, start);
	return start;
}

static void write_rsdp(struct writer *writer)
{
	put_text(writer, "RSD PTR ");
	put(writer, 0, 1);
	put_text(writer, "AXVCPU");
	put(writer, RSDP_REVISION, 1);
	put(writer, 0, 4); /* no RSDT */
	put(writer, RSDP_SIZE, 4);
	put(writer, 0, 8); /* the XSDT, later */
	put(writer, 0, 4);
}

size_t acpi_write(uint8_t *at, size_t room, uint64_t gpa, const struct acpi_machine *machine)
{
	struct writer writer = { .base = at, .gpa = (uint32_t)gpa };
	struct writer pointer;
	uint32_t facs, dsdt, fadt, madt, xsdt;

	if (room < ACPI_SIZE_MAX || gpa % TABLE_ALIGN != 0 || gpa > UINT32_MAX - ACPI_SIZE_MAX ||
	    machine->cpus > ACPI_CPUS_MAX) {
		return 0;
	}
	write_rsdp(&writer);
	facs = write_facs(&writer);
	dsdt = write_dsdt(&writer, machine->sleep_type_off);
	fadt = write_fadt(&writer, machine, facs, dsdt);
	madt = write_madt(&writer, machine);
	xsdt = begin(&writer, "XSDT", XSDT_REVISION);
	put(&writer, gpa + fadt, 8);
	put(&writer, gpa + madt, 8);
	end(&writer, xsdt);
	pointer = writer;
	pointer.at = RSDP_XSDT;
	put(&pointer, gpa + xsdt, 8);
	put_checksum(&writer, 0, RSDP_FIRST_SIZE, RSDP_CHECKSUM);
	put_checksum(&writer, 0, RSDP_SIZE, RSDP_CHECKSUM_ALL);
	return writer.at;
}
