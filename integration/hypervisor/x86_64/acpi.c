/* SPDX-License-Identifier: Apache-2.0 */
#include "acpi.h"

#include "table_writer.h"

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

/** Goes to the next place where a table may begin, which it gives. */
static uint32_t align(struct table_writer *writer)
{
	while (writer->at % TABLE_ALIGN != 0) {
		table_put(writer, 0, 1);
	}
	return writer->at;
}

static uint32_t begin(struct table_writer *writer, const char *signature, uint32_t revision)
{
	uint32_t start = align(writer);

	table_put_text(writer, signature);
	table_put(writer, 0, 4); /* length */
	table_put(writer, revision, 1);
	table_put(writer, 0, 1); /* checksum */
	table_put_text(writer, "AXVCPU");
	table_put_text(writer, "AXVCPUPC");
	table_put(writer, OEM_REVISION, 4);
	table_put_text(writer, "AXVC");
	table_put(writer, CREATOR_REVISION, 4);
	return start;
}

static void end(const struct table_writer *writer, uint32_t start)
{
	table_put_at(writer, start + HEAD_LENGTH, writer->at - start, 4);
	table_put_checksum(writer, start, writer->at - start, start + HEAD_CHECKSUM);
}

static uint32_t write_facs(struct table_writer *writer)
{
	uint32_t start = align(writer);

	table_put_text(writer, "FACS");
	table_put(writer, FACS_SIZE, 4);
	table_put(writer, 0, 24); /* signature of the hardware, waking vectors, global lock, flags */
	table_put(writer, FACS_VERSION, 1);
	table_put(writer, 0, FACS_SIZE - 33u);
	return start;
}

static uint32_t write_dsdt(struct table_writer *writer, uint8_t sleep_type_off)
{
	uint32_t start = begin(writer, "DSDT", DSDT_REVISION);

	table_put(writer, AML_NAME, 1);
	table_put_text(writer, "_S5_");
	table_put(writer, AML_PACKAGE, 1);
	/* Its length: of itself, the count, a byte with its prefix, three zeros. */
	table_put(writer, 1u + 1u + 2u + (AML_S5_ELEMENTS - 1u), 1);
	table_put(writer, AML_S5_ELEMENTS, 1);
	table_put(writer, AML_BYTE, 1);
	table_put(writer, sleep_type_off, 1);
	table_put(writer, AML_ZERO, AML_S5_ELEMENTS - 1u);
	end(writer, start);
	return start;
}

static void put_port(struct table_writer *writer, uint16_t port, uint32_t bytes, uint32_t access)
{
	table_put(writer, port != 0 ? ADDRESS_IO : 0, 1);
	table_put(writer, bytes * 8u, 1);
	table_put(writer, 0, 1); /* bit offset */
	table_put(writer, access, 1);
	table_put(writer, port, 8);
}

static uint32_t write_fadt(struct table_writer *writer, const struct acpi_machine *machine,
			   uint32_t facs, uint32_t dsdt)
{
	uint32_t start = begin(writer, "FACP", FADT_REVISION);

	table_put(writer, writer->gpa + facs, 4);
	table_put(writer, writer->gpa + dsdt, 4);
	table_put(writer, 0, 2); /* interrupt model of ACPI 1.0, power profile */
	table_put(writer, machine->sci, 2);
	table_put(writer, 0, 8); /* SMI port and commands: the machine is in ACPI mode always */
	table_put(writer, machine->pm1_event, 4);
	table_put(writer, 0, 4);
	table_put(writer, machine->pm1_control, 4);
	table_put(writer, 0, 8); /* PM1b control, PM2 control */
	table_put(writer, machine->pm_timer, 4);
	table_put(writer, 0, 8); /* GPE 0 and 1 */
	table_put(writer, PM1_EVENT_BYTES, 1);
	table_put(writer, PM1_CONTROL_BYTES, 1);
	table_put(writer, 0, 1); /* PM2 */
	table_put(writer, PM_TIMER_BYTES, 1);
	table_put(writer, 0, 4); /* GPE lengths and base, _CST */
	table_put(writer, FADT_NO_C2, 2);
	table_put(writer, FADT_NO_C3, 2);
	table_put(writer, 0, 8); /* cache flush sizes, duty cycle, alarms */
	table_put(writer, FADT_CENTURY, 1);
	table_put(writer, FADT_BOOT_LEGACY_DEVICES | FADT_BOOT_NO_VGA | FADT_BOOT_NO_MSI, 2);
	table_put(writer, 0, 1);
	table_put(writer,
		  FADT_WBINVD | FADT_C1 | FADT_NO_POWER_BUTTON | FADT_NO_SLEEP_BUTTON |
			  FADT_NO_RTC_STATUS | FADT_TIMER_32_BITS | FADT_RESET_REGISTER,
		  4);
	put_port(writer, machine->reset_port, 1, ADDRESS_BYTE);
	table_put(writer, machine->reset_value, 1);
	table_put(writer, 0, 3);
	table_put(writer, 0, 8); /* the FACS is named above, in 32 bits */
	table_put(writer, writer->gpa + dsdt, 8);
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

static void put_override(struct table_writer *writer, uint8_t source, uint8_t input, uint32_t flags)
{
	table_put(writer, MADT_OVERRIDE, 1);
	table_put(writer, MADT_OVERRIDE_SIZE, 1);
	table_put(writer, 0, 1); /* ISA */
	table_put(writer, source, 1);
	table_put(writer, input, 4);
	table_put(writer, flags, 2);
}

static uint32_t write_madt(struct table_writer *writer, const struct acpi_machine *machine)
{
	uint32_t start = begin(writer, "APIC", MADT_REVISION);
	uint32_t i;

	table_put(writer, machine->local_apic, 4);
	table_put(writer, MADT_HAS_PICS, 4);
	for (i = 0; i < machine->cpus; i++) {
		table_put(writer, MADT_LOCAL_APIC, 1);
		table_put(writer, MADT_LOCAL_APIC_SIZE, 1);
		table_put(writer, i, 1);
		table_put(writer, i, 1);
		table_put(writer, MADT_LOCAL_APIC_ENABLED, 4);
	}
	table_put(writer, MADT_IO_APIC, 1);
	table_put(writer, MADT_IO_APIC_SIZE, 1);
	table_put(writer, machine->io_apic_id, 1);
	table_put(writer, 0, 1);
	table_put(writer, machine->io_apic, 4);
	table_put(writer, 0, 4); /* its first global system interrupt */
	put_override(writer, 0, machine->timer_input, MADT_AS_THE_BUS);
	put_override(writer, machine->sci, machine->sci, MADT_HIGH_LEVEL);
	table_put(writer, MADT_LOCAL_NMI, 1);
	table_put(writer, MADT_LOCAL_NMI_SIZE, 1);
	table_put(writer, MADT_ALL_CPUS, 1);
	table_put(writer, MADT_AS_THE_BUS, 2);
	table_put(writer, MADT_LINT1, 1);
	end(writer, start);
	return start;
}

static void write_rsdp(struct table_writer *writer)
{
	table_put_text(writer, "RSD PTR ");
	table_put(writer, 0, 1);
	table_put_text(writer, "AXVCPU");
	table_put(writer, RSDP_REVISION, 1);
	table_put(writer, 0, 4); /* no RSDT */
	table_put(writer, RSDP_SIZE, 4);
	table_put(writer, 0, 8); /* the XSDT, later */
	table_put(writer, 0, 4);
}

size_t acpi_write(uint8_t *at, size_t room, uint64_t gpa, const struct acpi_machine *machine)
{
	struct table_writer writer = { .base = at, .gpa = (uint32_t)gpa };
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
	table_put(&writer, gpa + fadt, 8);
	table_put(&writer, gpa + madt, 8);
	end(&writer, xsdt);
	table_put_at(&writer, RSDP_XSDT, gpa + xsdt, 8);
	table_put_checksum(&writer, 0, RSDP_FIRST_SIZE, RSDP_CHECKSUM);
	table_put_checksum(&writer, 0, RSDP_SIZE, RSDP_CHECKSUM_ALL);
	return writer.at;
}
