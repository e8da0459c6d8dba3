/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's lines on a PC: COM2 carries the log, COM3 the report; COM1 is the
 * guest's. Bochs lets a UART take as long as a real one, in which a guest's timer ends
 * several times: there the log goes to a port that costs nothing. Its COM1 writes to a
 * file, which has no input: that comes through COM4.
 */
#include "../board.h"
#include "cpu.h"
#include "guest_port.h"
#include "pc.h"

/* 16550 UART (National PC16550D, table 2) */
#define UART_THR 0u
#define UART_RBR 0u
#define UART_DLL 0u
#define UART_DLM 1u
#define UART_FCR 2u
#define UART_FCR_ENABLE 0x01u
#define UART_LCR 3u
#define UART_LCR_DLAB 0x80u
#define UART_LCR_8N1 0x03u
#define UART_LSR 5u
#define UART_LSR_DR 0x01u
#define UART_LSR_THRE 0x20u
#define UART_LSR_TEMT 0x40u

#define LOG_PORT ((uint16_t)PC_COM2)
#define REPORT_PORT ((uint16_t)PC_COM3)
/** Bochs' port_e9_hack: reads as its own number where it is there. */
#define BOCHS_PORT 0xe9u
#define BOCHS_PREFIX "hypervisor: "
/** An address bus with nothing on it. */
#define UART_ABSENT 0xffu
static bool log_to_bochs;
static uint16_t input_port = PC_COM1;

static void open_port(uint16_t port)
{
	out8((uint16_t)(port + UART_LCR), UART_LCR_DLAB | UART_LCR_8N1);
	out8((uint16_t)(port + UART_DLL), 1);
	out8((uint16_t)(port + UART_DLM), 0);
	out8((uint16_t)(port + UART_LCR), UART_LCR_8N1);
	out8((uint16_t)(port + UART_FCR), UART_FCR_ENABLE);
}

void board_console_init(void)
{
	open_port(PC_COM1);
	open_port(LOG_PORT);
	open_port(REPORT_PORT);
	log_to_bochs = in8(BOCHS_PORT) == BOCHS_PORT;
	if (log_to_bochs) {
		/* Without its FIFO, which Bochs lets overrun: it reads one character at a time then. */
		open_port(PC_COM4);
		out8(PC_COM4 + UART_FCR, 0);
		input_port = PC_COM4;
	}
}

static void put(uint16_t port, uint8_t c)
{
	while ((in8((uint16_t)(port + UART_LSR)) & UART_LSR_THRE) == 0) {
	}
	out8((uint16_t)(port + UART_THR), c);
}

/** The log among what Bochs itself prints: its lines begin with a prefix. */
static void put_to_bochs(char c)
{
	static bool line_begun;
	const char *prefix;

	for (prefix = BOCHS_PREFIX; !line_begun && *prefix != '\0'; prefix++) {
		out8(BOCHS_PORT, (uint8_t)*prefix);
	}
	out8(BOCHS_PORT, (uint8_t)c);
	line_begun = c != '\n';
}

void board_console_put(enum console_line line, char c)
{
	if (line == CONSOLE_LOG && log_to_bochs) {
		put_to_bochs(c);
	} else {
		put(line == CONSOLE_LOG ? LOG_PORT : REPORT_PORT, (uint8_t)c);
	}
}

void console_drain(void)
{
	static const uint16_t all[] = { PC_COM1, LOG_PORT, REPORT_PORT };
	uint32_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		while ((in8((uint16_t)(all[i] + UART_LSR)) & UART_LSR_TEMT) == 0) {
		}
	}
}

void console_put_guest(uint8_t character)
{
	put(PC_COM1, character);
}

int console_get_guest(uint8_t *character)
{
	uint8_t state = in8((uint16_t)(input_port + UART_LSR));

	if (state == UART_ABSENT || (state & UART_LSR_DR) == 0) {
		return 0;
	}
	*character = in8((uint16_t)(input_port + UART_RBR));
	return 1;
}
