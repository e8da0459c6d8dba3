/* SPDX-License-Identifier: Apache-2.0 */
#include "mp_table.h"

#include "table_writer.h"

/* The floating pointer structure (4.1). */
#define POINTER_SIZE 16u
#define POINTER_ALIGN 16u
#define POINTER_CHECKSUM 10u
#define REVISION_1_4 4u

/* The configuration table's header (4.2); its length, checksum and count of entries are filled in last. */
#define HEADER_LENGTH 4u
#define HEADER_CHECKSUM 7u
#define HEADER_COUNT 34u
#define HEADER_LOCAL_APIC 36u
#define HEADER_SIZE 44u

/* Entries (4.3). */
enum entry {
	ENTRY_PROCESSOR = 0,
	ENTRY_BUS = 1,
	ENTRY_IO_APIC = 2,
	ENTRY_IO_INTERRUPT = 3,
	ENTRY_LOCAL_INTERRUPT = 4,
};
/** Integrated APICs (table 4-4), and the 82093AA's version. */
#define LOCAL_APIC_VERSION 0x14u
#define IO_APIC_VERSION 0x20u
#define PROCESSOR_ENABLED 0x01u
#define PROCESSOR_BOOT 0x02u
/** As old as the specification, a P6 with FPU and APIC: CPUID says what it is. */
#define PROCESSOR_SIGNATURE 0x600u
#define PROCESSOR_FEATURES 0x201u
#define IO_APIC_ENABLED 0x01u
#define BUS_ISA 0u
/** Interrupt types (table 4-10); polarity and trigger mode are the bus'. */
enum interrupt {
	INTERRUPT_INT = 0,
	INTERRUPT_NMI = 1,
	INTERRUPT_EXTINT = 3,
};
#define ALL_LOCAL_APICS 0xffu
#define LINT0 0u
#define LINT1 1u
#define ISA_INTERRUPTS 16u
#define ISA_TIMER 0u
/** Of the master 8259A, the slave's. */
#define ISA_CASCADE 2u

/** The configuration table, and its entries so far. */
struct table {
	struct table_writer to;
	uint32_t count;
};

static void begin(struct table *table, enum entry entry)
{
	table_put(&table->to, (uint64_t)entry, 1);
	table->count++;
}

static void put_processors(struct table *table, uint32_t cpus)
{
	uint32_t cpu;

	for (cpu = 0; cpu < cpus; cpu++) {
		begin(table, ENTRY_PROCESSOR);
		table_put(&table->to, cpu, 1);
		table_put(&table->to, LOCAL_APIC_VERSION, 1);
		table_put(&table->to, PROCESSOR_ENABLED | (cpu == 0 ? PROCESSOR_BOOT : 0u), 1);
		table_put(&table->to, PROCESSOR_SIGNATURE, 4);
		table_put(&table->to, PROCESSOR_FEATURES, 4);
		table_put(&table->to, 0, 8);
	}
}

/** An interrupt of the ISA bus at an input of an I/O APIC, or at a pin of local ones. */
static void put_interrupt(struct table *table, enum entry entry, enum interrupt type, uint32_t irq,
			  uint32_t apic, uint32_t input)
{
	begin(table, entry);
	table_put(&table->to, (uint64_t)type, 1);
	table_put(&table->to, 0, 2);
	table_put(&table->to, BUS_ISA, 1);
	table_put(&table->to, irq, 1);
	table_put(&table->to, apic, 1);
	table_put(&table->to, input, 1);
}

static void put_interrupts(struct table *table, const struct acpi_machine *machine,
			   uint8_t pic_input)
{
	uint32_t irq;

	put_interrupt(table, ENTRY_IO_INTERRUPT, INTERRUPT_EXTINT, 0, machine->io_apic_id, pic_input);
	for (irq = 0; irq < ISA_INTERRUPTS; irq++) {
		if (irq != ISA_CASCADE) {
			put_interrupt(table, ENTRY_IO_INTERRUPT, INTERRUPT_INT, irq,
				      machine->io_apic_id,
				      irq == ISA_TIMER ? machine->timer_input : irq);
		}
	}
	/* The boot CPU's LINT0 has the 8259A's INTR, and all CPUs' LINT1 the NMI. */
	put_interrupt(table, ENTRY_LOCAL_INTERRUPT, INTERRUPT_EXTINT, 0, 0, LINT0);
	put_interrupt(table, ENTRY_LOCAL_INTERRUPT, INTERRUPT_NMI, 0, ALL_LOCAL_APICS, LINT1);
}

static void put_pointer(uint8_t *at, uint64_t gpa)
{
	struct table_writer pointer = { .base = at };

	table_put_text(&pointer, "_MP_");
	table_put(&pointer, gpa + POINTER_SIZE, 4);
	table_put(&pointer, POINTER_SIZE / 16u, 1);
	table_put(&pointer, REVISION_1_4, 1);
	/* Checksum; a configuration table is there; no IMCR: virtual wire mode. */
	table_put(&pointer, 0, 6);
	table_put_checksum(&pointer, 0, POINTER_SIZE, POINTER_CHECKSUM);
}

/** All of its header that does not hang on the entries. */
static void put_header(struct table_writer *to, uint32_t local_apic)
{
	table_put_text(to, "PCMP");
	table_put(to, 0, 2);
	table_put(to, REVISION_1_4, 1);
	table_put(to, 0, 1);
	table_put_text(to, "AXVCPU  ");
	table_put_text(to, "PC          ");
	table_put(to, 0, HEADER_LOCAL_APIC - to->at);
	table_put(to, local_apic, 4);
	table_put(to, 0, HEADER_SIZE - to->at);
}

size_t mp_table_write(uint8_t *at, size_t room, uint64_t gpa, const struct acpi_machine *machine,
		      uint8_t pic_input)
{
	struct table table = { .to = { .base = at + POINTER_SIZE } };
	struct table_writer *to = &table.to;

	if (room < MP_TABLE_SIZE_MAX || gpa % POINTER_ALIGN != 0 || gpa > UINT32_MAX - room ||
	    machine->cpus > ACPI_CPUS_MAX) {
		return 0;
	}
	put_pointer(at, gpa);
	put_header(to, machine->local_apic);
	put_processors(&table, machine->cpus);
	begin(&table, ENTRY_BUS);
	table_put(to, BUS_ISA, 1);
	table_put_text(to, "ISA   ");
	begin(&table, ENTRY_IO_APIC);
	table_put(to, machine->io_apic_id, 1);
	table_put(to, IO_APIC_VERSION, 1);
	table_put(to, IO_APIC_ENABLED, 1);
	table_put(to, machine->io_apic, 4);
	put_interrupts(&table, machine, pic_input);
	table_put_at(to, HEADER_LENGTH, to->at, 2);
	table_put_at(to, HEADER_COUNT, table.count, 2);
	table_put_checksum(to, 0, to->at, HEADER_CHECKSUM);
	return POINTER_SIZE + to->at;
}
