/* SPDX-License-Identifier: Apache-2.0 */
/* The I/O APIC: edges of the interval timer, levels of the serial port until their cause is gone. */
#include "guest.h"

#define IO_APIC UINT64_C(0xfec00000)
#define IO_APIC_WINDOW 0x10u
#define IO_APIC_ID 0x00u
#define IO_APIC_VERSION 0x01u
#define IO_APIC_ENTRY(input) (0x10u + 2u * (input))
#define ENTRY_LOGICAL (1u << 11)
#define ENTRY_NMI (4u << 8)
#define ENTRY_LOWEST_PRIORITY (1u << 8)
#define ENTRY_REMOTE_IRR (1u << 14)
#define ENTRY_LEVEL (1u << 15)
#define ENTRY_MASKED (1u << 16)
#define INPUT_TIMER 2u
#define INPUT_SERIAL 4u

#define LOCAL_APIC UINT64_C(0xfee00000)
#define LOCAL_EOI 0xb0u
#define LOCAL_LDR 0xd0u
#define LOCAL_LDR_1 (1u << 24)
#define LOCAL_TMR 0x180u
#define APIC_BASE 0x1bu
#define APIC_BASE_X2APIC (UINT64_C(1) << 10)
#define X2APIC_EOI 0x80bu

/* 8254: counter 0 in mode 2, low byte then high byte; about a millisecond. */
#define PIT_COUNTER_0 0x40u
#define PIT_CONTROL 0x43u
#define PIT_CONTROL_RATE 0x34u
#define PIT_COUNT 1193u
/** Mode 0 without a count: it stops. */
#define PIT_CONTROL_STOP 0x30u
/* 16550: interrupts while the transmitter is empty, which it always is. */
#define COM1_IER (COM1 + 1u)
#define IER_TRANSMITTER 0x02u

#define VECTOR_TIMER 0x61u
#define VECTOR_SERIAL 0x71u

extern uint64_t guest_pdpt[];
static uint64_t apic_pd[512] __attribute__((aligned(4096)));
static bool x2apic;

/** What the handler of the serial port's interrupts saw, and how often it lets them come. */
static uint32_t serial_count;
static uint32_t serial_until;
static bool remote_irr_seen;
static bool tmr_seen;
static uint32_t nmi_count;

static uint32_t read(uint64_t address)
{
	uint32_t value;

	__asm__ volatile("movl (%1), %0" : "=a"(value) : "b"(address) : "memory");
	return value;
}

static void write(uint64_t address, uint32_t value)
{
	__asm__ volatile("movl %0, (%1)" : : "a"(value), "b"(address) : "memory");
}

static uint32_t io_read(uint32_t index)
{
	write(IO_APIC, index);
	return read(IO_APIC + IO_APIC_WINDOW);
}

static void io_write(uint32_t index, uint32_t value)
{
	write(IO_APIC, index);
	write(IO_APIC + IO_APIC_WINDOW, value);
}

static void route(uint32_t input, uint32_t low, uint32_t destination)
{
	io_write(IO_APIC_ENTRY(input) + 1u, destination << 24);
	io_write(IO_APIC_ENTRY(input), low);
}

static void open(void)
{
	__asm__ volatile("sti\n\tnop\n\tnop\n\tcli" : : : "memory");
}

static void end_of_interrupt(void)
{
	if (x2apic) {
		write_msr(X2APIC_EOI, 0);
	} else {
		write(LOCAL_APIC + LOCAL_EOI, 0);
	}
}

static void on_serial(uint64_t vector)
{
	if (vector == VECTOR_NMI) {
		nmi_count++;
		return;
	}
	serial_count += vector == VECTOR_SERIAL;
	remote_irr_seen = (io_read(IO_APIC_ENTRY(INPUT_SERIAL)) & ENTRY_REMOTE_IRR) != 0;
	tmr_seen = x2apic || (read(LOCAL_APIC + LOCAL_TMR + 0x30u) & 1u << (VECTOR_SERIAL % 32u)) != 0;
	if (serial_count == serial_until) {
		out8(COM1_IER, 0);
	}
	end_of_interrupt();
}

static void check_registers(void)
{
	check_equal(io_read(IO_APIC_VERSION), 0x170011, "24 inputs of an 82093AA");
	check(io_read(IO_APIC_ID) >> 24 != 0, "its id is none of a local APIC");
	check_equal(io_read(IO_APIC_ENTRY(INPUT_SERIAL)), ENTRY_MASKED, "masked at first");
	io_write(IO_APIC_ENTRY(INPUT_SERIAL), UINT32_MAX);
	check_equal(io_read(IO_APIC_ENTRY(INPUT_SERIAL)), 0x1afff, "what can be written");
	io_write(IO_APIC_ENTRY(INPUT_SERIAL), ENTRY_MASKED);
}

static void check_edges(void)
{
	uint64_t before = traps[VECTOR_TIMER].count;

	route(INPUT_TIMER, VECTOR_TIMER, 0);
	out8(PIT_CONTROL, PIT_CONTROL_RATE);
	out8(PIT_COUNTER_0, (uint8_t)PIT_COUNT);
	out8(PIT_COUNTER_0, (uint8_t)(PIT_COUNT >> 8));
	while (traps[VECTOR_TIMER].count < before + 3) {
		__asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
	}
	out8(PIT_CONTROL, PIT_CONTROL_STOP);
	route(INPUT_TIMER, ENTRY_MASKED, 0);
	open();
}

/** The line is high until the handler turns it off: each end brings the next one. */
static void check_levels(uint32_t entry, uint32_t destination, uint32_t times, const char *what)
{
	serial_count = 0;
	serial_until = times;
	remote_irr_seen = false;
	tmr_seen = false;
	guest_interrupt = on_serial;
	route(INPUT_SERIAL, entry | ENTRY_LEVEL, destination);
	out8(COM1_IER, IER_TRANSMITTER);
	open();
	open();
	guest_interrupt = NULL;
	out8(COM1_IER, 0);
	check_equal(serial_count, times, what);
	check(times == 0 || (remote_irr_seen && tmr_seen), "remote IRR and TMR");
	check_equal(io_read(IO_APIC_ENTRY(INPUT_SERIAL)) & ENTRY_REMOTE_IRR, 0, "ended");
	route(INPUT_SERIAL, ENTRY_MASKED, 0);
}

static void check_nmi(void)
{
	nmi_count = 0;
	guest_interrupt = on_serial;
	route(INPUT_SERIAL, ENTRY_NMI, 0);
	out8(COM1_IER, IER_TRANSMITTER);
	out8(COM1_IER, 0);
	guest_interrupt = NULL;
	check_equal(nmi_count, 1, "an NMI of the I/O APIC");
	route(INPUT_SERIAL, ENTRY_MASKED, 0);
}

void guest_main(void)
{
	uint32_t i;

	for (i = 0; i < 512; i++) {
		apic_pd[i] = UINT64_C(0xc0000000) + ((uint64_t)i << 21) + 0x83;
	}
	guest_pdpt[3] = (uintptr_t)apic_pd + 3u;
	check_registers();
	check_edges();
	check_levels(VECTOR_SERIAL, 0, 3, "levels");
	check_levels(VECTOR_SERIAL, 5, 0, "to nobody");
	check_levels(VECTOR_SERIAL | ENTRY_MASKED, 0, 0, "masked");
	check_levels(VECTOR_SERIAL, 0xff, 1, "to everybody");
	write(LOCAL_APIC + LOCAL_LDR, LOCAL_LDR_1);
	check_levels(VECTOR_SERIAL | ENTRY_LOGICAL, 3, 2, "to a logical set");
	check_levels(VECTOR_SERIAL | ENTRY_LOGICAL, 2, 0, "to another one");
	check_levels(VECTOR_SERIAL | ENTRY_LOWEST_PRIORITY, 0, 2, "lowest priority");
	check_nmi();
	write_msr(APIC_BASE, read_msr(APIC_BASE) | APIC_BASE_X2APIC);
	guest_apic_is_x2apic = true;
	x2apic = true;
	check_levels(VECTOR_SERIAL, 0, 2, "levels in x2APIC form");
}
