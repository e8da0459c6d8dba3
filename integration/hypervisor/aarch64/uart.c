/* SPDX-License-Identifier: Apache-2.0 */
#include "uart.h"

#include "../mmio.h"
#include "virt.h"

/* DDI 0183G, table 3-1 and what follows it */
#define UARTDR 0x000u
#define UARTFR 0x018u
#define UARTFR_RXFE 0x10u
#define UARTFR_TXFF 0x20u
#define UARTLCR_H 0x02cu
#define UARTLCR_H_8N1_FIFO 0x70u
#define UARTCR 0x030u
#define UARTCR_ENABLE 0x301u
#define UARTIMSC 0x038u
#define UARTICR 0x044u
#define UART_INT_RX 0x010u
#define UART_INT_RT 0x040u
#define UART_INT_ALL 0x7ffu

void uart_enable_interrupt(bool enable)
{
	mmio_write32(VIRT_UART + UARTIMSC, enable ? UART_INT_RX | UART_INT_RT : 0);
}

void uart_init(void)
{
	mmio_write32(VIRT_UART + UARTCR, 0);
	mmio_write32(VIRT_UART + UARTICR, UART_INT_ALL);
	mmio_write32(VIRT_UART + UARTLCR_H, UARTLCR_H_8N1_FIFO);
	mmio_write32(VIRT_UART + UARTCR, UARTCR_ENABLE);
	uart_enable_interrupt(true);
}

void uart_put(uint8_t character)
{
	while ((mmio_read32(VIRT_UART + UARTFR) & UARTFR_TXFF) != 0) {
	}
	mmio_write32(VIRT_UART + UARTDR, character);
}

bool uart_get(uint8_t *character)
{
	if ((mmio_read32(VIRT_UART + UARTFR) & UARTFR_RXFE) != 0) {
		return false;
	}
	*character = (uint8_t)mmio_read32(VIRT_UART + UARTDR);
	return true;
}
