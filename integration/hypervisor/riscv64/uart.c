/* SPDX-License-Identifier: Apache-2.0 */
#include "uart.h"

#include "../mmio.h"
#include "virt.h"

/* National PC16550D, table II */
#define RBR_THR 0u
#define IER 1u
#define IER_RECEIVED 0x01u
#define FCR 2u
#define FCR_ENABLE 0x01u
#define LCR 3u
#define LCR_8N1 0x03u
#define LSR 5u
#define LSR_DR 0x01u
#define LSR_THRE 0x20u

/** The runner knows it too (integration/runner/arch.c). */
#define CONSOLE_BEGIN "\001axvcpu-console\002"

void uart_begin(void)
{
	const char *text;

	mmio_write8(VIRT_UART + IER, 0);
	mmio_write8(VIRT_UART + LCR, LCR_8N1);
	/* Not emptied: what was typed early is for the guest. */
	mmio_write8(VIRT_UART + FCR, FCR_ENABLE);
	for (text = CONSOLE_BEGIN; *text != '\0'; text++) {
		uart_put((uint8_t)*text);
	}
}

void uart_put(uint8_t character)
{
	while ((mmio_read8(VIRT_UART + LSR) & LSR_THRE) == 0) {
	}
	mmio_write8(VIRT_UART + RBR_THR, character);
}

bool uart_get(uint8_t *character)
{
	if ((mmio_read8(VIRT_UART + LSR) & LSR_DR) == 0) {
		return false;
	}
	*character = mmio_read8(VIRT_UART + RBR_THR);
	return true;
}

void uart_enable_interrupt(bool enable)
{
	mmio_write8(VIRT_UART + IER, enable ? IER_RECEIVED : 0);
}
