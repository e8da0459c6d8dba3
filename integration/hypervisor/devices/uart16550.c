/* SPDX-License-Identifier: Apache-2.0 */
#include "uart16550.h"

/* National PC16550D, table II: registers and their bits */
enum reg {
	RBR_THR_DLL = 0,
	IER_DLM = 1,
	IIR_FCR = 2,
	LCR = 3,
	MCR = 4,
	LSR = 5,
	MSR = 6,
	SCR = 7,
};

#define IER_ERBFI 0x01u
#define IER_ETBEI 0x02u
#define IER_ELSI 0x04u
#define IER_EDSSI 0x08u
#define IER_ALL 0x0fu

/* 8.6.4, in the order of their priority */
#define IIR_LINE_STATUS 0x06u
#define IIR_RECEIVED 0x04u
#define IIR_TIMEOUT 0x0cu
#define IIR_TRANSMITTER 0x02u
#define IIR_MODEM 0x00u
#define IIR_NONE 0x01u
#define IIR_FIFOS 0xc0u

#define FCR_ENABLE 0x01u
#define FCR_CLEAR_RECEIVER 0x02u
#define FCR_TRIGGER_SHIFT 6u

#define LCR_DLAB 0x80u

#define MCR_DTR 0x01u
#define MCR_RTS 0x02u
#define MCR_OUT1 0x04u
#define MCR_OUT2 0x08u
#define MCR_LOOP 0x10u
#define MCR_ALL 0x1fu

#define LSR_DR 0x01u
#define LSR_OE 0x02u
#define LSR_THRE 0x20u
#define LSR_TEMT 0x40u

#define MSR_DELTA_MASK 0x0fu
#define MSR_TERI 0x04u
#define MSR_CTS 0x10u
#define MSR_DSR 0x20u
#define MSR_RI 0x40u
#define MSR_DCD 0x80u
#define MSR_DELTA_SHIFT 4u

uint32_t uart16550_capacity(const struct uart16550 *uart)
{
	return (uart->fcr & FCR_ENABLE) != 0 ? UART16550_FIFO : 1u;
}

/** Characters at which the receiver interrupts (8.5, FCR bits 7 and 6). */
static uint32_t trigger(const struct uart16550 *uart)
{
	static const uint8_t levels[] = { 1, 4, 8, 14 };

	return (uart->fcr & FCR_ENABLE) != 0 ? levels[uart->fcr >> FCR_TRIGGER_SHIFT] : 1u;
}

/**
 * The interrupt that is reported. Characters below the trigger level are a time-out
 * at once: there is no line here that would be silent for four characters' time.
 */
static uint8_t identify(const struct uart16550 *uart)
{
	if ((uart->ier & IER_ELSI) != 0 && uart->overrun) {
		return IIR_LINE_STATUS;
	}
	if ((uart->ier & IER_ERBFI) != 0 && uart->count > 0) {
		return uart->count >= trigger(uart) ? IIR_RECEIVED : IIR_TIMEOUT;
	}
	if ((uart->ier & IER_ETBEI) != 0 && uart->thre_pending) {
		return IIR_TRANSMITTER;
	}
	if ((uart->ier & IER_EDSSI) != 0 && uart->msr_delta != 0) {
		return IIR_MODEM;
	}
	return IIR_NONE;
}

static void update(struct uart16550 *uart)
{
	bool line = identify(uart) != IIR_NONE;

	if (line != uart->line) {
		uart->line = line;
		device_irq_set(&uart->irq, line);
	}
}

/** MSR's inputs: looped back from MCR (8.7, bit 4), else a modem that is always there. */
static uint8_t modem_inputs(uint8_t mcr)
{
	uint8_t inputs = 0;

	if ((mcr & MCR_LOOP) == 0) {
		return MSR_CTS | MSR_DSR | MSR_DCD;
	}
	inputs |= (mcr & MCR_RTS) != 0 ? MSR_CTS : 0;
	inputs |= (mcr & MCR_DTR) != 0 ? MSR_DSR : 0;
	inputs |= (mcr & MCR_OUT1) != 0 ? MSR_RI : 0;
	inputs |= (mcr & MCR_OUT2) != 0 ? MSR_DCD : 0;
	return inputs;
}

static void receive(struct uart16550 *uart, uint8_t byte)
{
	if (uart->count == uart16550_capacity(uart)) {
		uart->overrun = true;
		/* The FIFO keeps what it has, the one register takes the new one (8.6.2, bit 1). */
		if ((uart->fcr & FCR_ENABLE) == 0) {
			uart->received[uart->first] = byte;
		}
		return;
	}
	uart->received[(uart->first + uart->count) % UART16550_FIFO] = byte;
	uart->count++;
}

static uint8_t take(struct uart16550 *uart)
{
	uint8_t byte = uart->received[uart->first];

	if (uart->count == 0) {
		return 0;
	}
	uart->first = (uart->first + 1) % UART16550_FIFO;
	uart->count--;
	return byte;
}

static void transmit(struct uart16550 *uart, uint8_t byte)
{
	if ((uart->mcr & MCR_LOOP) != 0) {
		receive(uart, byte);
	} else {
		uart->output.put(uart->output.ctx, byte);
	}
	uart->thre_pending = true;
}

static void write_fcr(struct uart16550 *uart, uint8_t value)
{
	/* Turning the FIFOs on or off empties them, and the other bits count only while on. */
	if (((uart->fcr ^ value) & FCR_ENABLE) != 0 || (value & FCR_CLEAR_RECEIVER) != 0) {
		uart->first = 0;
		uart->count = 0;
	}
	uart->fcr = (value & FCR_ENABLE) != 0 ? value : 0;
}

static void write_ier(struct uart16550 *uart, uint8_t value)
{
	/* Enabling it while the transmitter is empty is an event of its own (8.6.4). */
	if (((uart->ier ^ value) & IER_ETBEI) != 0) {
		uart->thre_pending = (value & IER_ETBEI) != 0;
	}
	uart->ier = value & IER_ALL;
}

static void write_mcr(struct uart16550 *uart, uint8_t value)
{
	uint8_t old = modem_inputs(uart->mcr);
	uint8_t changed;

	uart->mcr = value & MCR_ALL;
	changed = old ^ modem_inputs(uart->mcr);
	/* RI's event is its trailing edge (8.8, bit 2). */
	if ((changed & MSR_RI) != 0 && (old & MSR_RI) == 0) {
		changed &= (uint8_t)~MSR_RI;
	}
	uart->msr_delta |= (changed >> MSR_DELTA_SHIFT) & MSR_DELTA_MASK;
}

static uint8_t read_iir(struct uart16550 *uart)
{
	uint8_t source = identify(uart);

	if (source == IIR_TRANSMITTER) {
		uart->thre_pending = false;
	}
	return source | ((uart->fcr & FCR_ENABLE) != 0 ? IIR_FIFOS : 0);
}

static uint8_t read_lsr(struct uart16550 *uart)
{
	uint8_t value = LSR_THRE | LSR_TEMT;

	value |= uart->count > 0 ? LSR_DR : 0;
	value |= uart->overrun ? LSR_OE : 0;
	uart->overrun = false;
	return value;
}

static uint8_t read_msr(struct uart16550 *uart)
{
	uint8_t value = modem_inputs(uart->mcr) | uart->msr_delta;

	uart->msr_delta = 0;
	return value;
}

static uint8_t read_register(struct uart16550 *uart, enum reg reg)
{
	bool divisor = (uart->lcr & LCR_DLAB) != 0;

	switch (reg) {
	case RBR_THR_DLL:
		return divisor ? uart->dll : take(uart);
	case IER_DLM:
		return divisor ? uart->dlm : uart->ier;
	case IIR_FCR:
		return read_iir(uart);
	case LCR:
		return uart->lcr;
	case MCR:
		return uart->mcr;
	case LSR:
		return read_lsr(uart);
	case MSR:
		return read_msr(uart);
	case SCR:
	default:
		return uart->scr;
	}
}

static void write_register(struct uart16550 *uart, enum reg reg, uint8_t value)
{
	bool divisor = (uart->lcr & LCR_DLAB) != 0;

	switch (reg) {
	case RBR_THR_DLL:
		if (divisor) {
			uart->dll = value;
		} else {
			transmit(uart, value);
		}
		break;
	case IER_DLM:
		if (divisor) {
			uart->dlm = value;
		} else {
			write_ier(uart, value);
		}
		break;
	case IIR_FCR:
		write_fcr(uart, value);
		break;
	case LCR:
		uart->lcr = value;
		break;
	case MCR:
		write_mcr(uart, value);
		break;
	case SCR:
		uart->scr = value;
		break;
	case LSR: /* for the factory's tests only (8.6.2) */
	case MSR:
	default:
		break;
	}
}

static bool mmio_read(void *device, uint64_t offset, uint32_t width, uint64_t *value)
{
	struct uart16550 *uart = device;

	if (width != 1 || offset >= UART16550_SIZE) {
		return false;
	}
	*value = read_register(uart, (enum reg)offset);
	update(uart);
	return true;
}

static bool mmio_write(void *device, uint64_t offset, uint32_t width, uint64_t value)
{
	struct uart16550 *uart = device;

	if (width != 1 || offset >= UART16550_SIZE) {
		return false;
	}
	write_register(uart, (enum reg)offset, (uint8_t)value);
	update(uart);
	return true;
}

const struct device_ops uart16550_ops = { .read = mmio_read, .write = mmio_write };

void uart16550_init(struct uart16550 *uart, const struct device_irq *irq,
		    const struct device_serial *output)
{
	*uart = (struct uart16550){ .irq = *irq, .output = *output };
}

uint32_t uart16550_room(const struct uart16550 *uart)
{
	/* Looped back, it hears only itself. */
	return (uart->mcr & MCR_LOOP) != 0 ? 0 : uart16550_capacity(uart) - uart->count;
}

void uart16550_receive(struct uart16550 *uart, uint8_t byte)
{
	if ((uart->mcr & MCR_LOOP) == 0) {
		receive(uart, byte);
		update(uart);
	}
}

bool uart16550_take(struct uart16550 *uart, uint8_t *byte)
{
	if (uart->count == 0) {
		return false;
	}
	*byte = take(uart);
	update(uart);
	return true;
}
