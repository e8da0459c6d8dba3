/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor's lines on boards with PCI Express: the two ports of QEMU's pci-serial-2x. */
#include "board.h"
#include "mmio.h"

/* PCI Local Bus 3.0, 6.1 and 6.2; PCI Express ECAM: bus 27..20, device 19..15, function 14..12. */
#define PCI_DEVICES_PER_BUS 32u
#define PCI_ECAM_DEVICE_SHIFT 15u
#define PCI_VENDOR_DEVICE 0x00u
#define PCI_COMMAND 0x04u
#define PCI_COMMAND_IO UINT16_C(1)
#define PCI_BAR0 0x10u

/* QEMU docs/specs/pci-ids: vendor Red Hat 1b36, device 0003 = two 16550 UARTs. */
#define PCI_SERIAL_2X 0x00031b36u
/** An I/O port of our choice: nothing else is on the bus. */
#define SERIAL_IO_BASE 0x1000u
#define SERIAL_PORT_STRIDE 8u

/* 16550 UART (National PC16550D, table 2) */
#define UART_THR 0u
#define UART_LCR 3u
#define UART_LCR_8N1 0x03u
#define UART_LSR 5u
#define UART_LSR_THRE 0x20u

static uint64_t ports[CONSOLE_LINE_COUNT];

void board_console_init(void)
{
	uint32_t device;
	uint64_t functions;
	uint64_t base;

	for (device = 0; device < PCI_DEVICES_PER_BUS; device++) {
		functions = board.pci_ecam + ((uint64_t)device << PCI_ECAM_DEVICE_SHIFT);
		if (mmio_read32(functions + PCI_VENDOR_DEVICE) != PCI_SERIAL_2X) {
			continue;
		}
		mmio_write32(functions + PCI_BAR0, SERIAL_IO_BASE);
		mmio_write16(functions + PCI_COMMAND,
			     (uint16_t)(mmio_read16(functions + PCI_COMMAND) | PCI_COMMAND_IO));
		base = board.pci_io + SERIAL_IO_BASE;
		ports[CONSOLE_LOG] = base;
		ports[CONSOLE_REPORT] = base + SERIAL_PORT_STRIDE;
		mmio_write8(ports[CONSOLE_LOG] + UART_LCR, UART_LCR_8N1);
		mmio_write8(ports[CONSOLE_REPORT] + UART_LCR, UART_LCR_8N1);
		return;
	}
}

void board_console_put(enum console_line line, char c)
{
	uint64_t port = ports[line];

	if (port == 0) {
		return;
	}
	while ((mmio_read8(port + UART_LSR) & UART_LSR_THRE) == 0) {
	}
	mmio_write8(port + UART_THR, (uint8_t)c);
}
