/* SPDX-License-Identifier: Apache-2.0 */
/* The emulated UART and PLIC as a driver uses them, and the wires between them and the hart. */
#include "guest.h"

/* 16550 (National PC16550D, table II) */
#define THR 0u
#define IER 1u
#define IER_RECEIVED 0x01u
#define IER_TRANSMITTER 0x02u
#define IIR 2u
#define FCR 2u
#define LCR 3u
#define MCR 4u
#define MCR_LOOP 0x10u
#define LSR 5u
#define SCR 7u
/* PLIC (RISC-V PLIC Specification, 3), context 1: hart 0's S mode */
#define PRIORITY(source) (PLIC + 4u * (source))
#define ENABLE (PLIC + 0x2080u)
#define THRESHOLD (PLIC + 0x201000u)
#define CLAIM (PLIC + 0x201004u)

static uint8_t uart(uint32_t reg)
{
	return read8(UART + reg);
}

static void set_uart(uint32_t reg, uint8_t value)
{
	write8(UART + reg, value);
}

static void check_registers(void)
{
	set_uart(SCR, 0xa5);
	check_equal(uart(SCR), 0xa5, "the scratch register");
	check_equal(uart(LSR), 0x60, "the transmitter is empty");
	set_uart(LCR, 0x83);
	set_uart(THR, 0x12);
	check_equal(uart(THR), 0x12, "the divisor");
	set_uart(LCR, 0x03);
	write32(PRIORITY(UART_SOURCE), 7);
	check_equal(read32(PRIORITY(UART_SOURCE)), 7, "a priority");
	write32(ENABLE, UINT32_MAX);
	check_equal(read32(ENABLE), UINT32_MAX - 1, "enable bits, but for source 0");
	write32(ENABLE, 0);
}

/** Enable, interrupt, claim, handle, complete. */
static void check_interrupt(void)
{
	uint64_t before = interrupt_count;

	write32(ENABLE, UINT32_C(1) << UART_SOURCE);
	write32(THRESHOLD, 0);
	set_uart(IER, IER_TRANSMITTER);
	wait_for_interrupts(before + 1);
	check_equal(interrupt_count, before + 1, "one interrupt");
	check_equal(interrupt_code, IRQ_EXTERNAL, "an external one");
	check_equal(interrupt_source, UART_SOURCE, "by the UART");
	check_equal(uart(IIR) & 0x0f, 0x02, "for its transmitter");
	CSR_SET(sie, bit(IRQ_EXTERNAL));
	write32(CLAIM, UART_SOURCE);
	check_equal(interrupt_count, before + 1, "it is gone");
	set_uart(IER, 0);
}

/** What is not acknowledged at the device comes again, with its completion. */
static void check_level(void)
{
	uint64_t before = interrupt_count;

	set_uart(FCR, 0x01);
	set_uart(MCR, MCR_LOOP);
	set_uart(IER, IER_RECEIVED);
	set_uart(THR, 'x');
	wait_for_interrupts(before + 1);
	check_equal(interrupt_count, before + 1, "a received character");
	write32(CLAIM, UART_SOURCE);
	CSR_SET(sie, bit(IRQ_EXTERNAL));
	wait_for_interrupts(before + 2);
	check_equal(interrupt_count, before + 2, "again, for nobody took it");
	check_equal(uart(THR), 'x', "it is there");
	write32(CLAIM, UART_SOURCE);
	CSR_SET(sie, bit(IRQ_EXTERNAL));
	check_equal(interrupt_count, before + 2, "and now taken");
	set_uart(IER, 0);
	set_uart(MCR, 0);
}

static void check_threshold(void)
{
	uint64_t before = interrupt_count;

	write32(THRESHOLD, 7);
	set_uart(IER, IER_TRANSMITTER);
	check_equal(interrupt_count, before, "not above the threshold");
	write32(THRESHOLD, 6);
	wait_for_interrupts(before + 1);
	check_equal(interrupt_count, before + 1, "but above this one");
	(void)uart(IIR);
	write32(CLAIM, UART_SOURCE);
	set_uart(IER, 0);
	CSR_SET(sie, bit(IRQ_EXTERNAL));
}

/** One that is taken back before the hart looks does not come. */
static void check_taken_back(void)
{
	uint64_t before = interrupt_count;

	interrupts_mask();
	set_uart(IER, IER_TRANSMITTER);
	check_equal(read32(CLAIM), UART_SOURCE, "claimed by polling");
	(void)uart(IIR);
	write32(CLAIM, UART_SOURCE);
	interrupts_unmask();
	check_equal(interrupt_count, before, "no interrupt of what is done");
	set_uart(IER, 0);
}

/** A hart that waits is woken by a device, though interrupts are masked. */
static void check_wait(void)
{
	interrupts_mask();
	set_uart(IER, IER_TRANSMITTER);
	__asm__ volatile("wfi" ::: "memory");
	check_equal(read32(CLAIM), UART_SOURCE, "what it waited for");
	(void)uart(IIR);
	write32(CLAIM, UART_SOURCE);
	set_uart(IER, 0);
	interrupts_unmask();
}

void guest_main(void)
{
	interrupts_enable(bit(IRQ_EXTERNAL));
	check_registers();
	check_interrupt();
	check_level();
	check_threshold();
	check_taken_back();
	check_wait();
}
