/* SPDX-License-Identifier: Apache-2.0 */
#include "pci_host.h"

#include <stddef.h>

/* CONFIG_ADDRESS */
#define ADDRESS_ENABLE 0x80000000u
#define ADDRESS_WRITABLE 0x80fffffcu
#define ADDRESS_FUNCTION_SHIFT 8u
/** Bus, device and function. */
#define ADDRESS_FUNCTION 0xffffu
#define ADDRESS_REGISTER 0xfcu

/* The configuration header, 6.1 and 6.2 */
enum header {
	HEADER_VENDOR = 0x00,
	HEADER_DEVICE = 0x02,
	HEADER_COMMAND = 0x04,
	HEADER_STATUS = 0x06,
	HEADER_REVISION = 0x08,
	HEADER_SUBCLASS = 0x0a,
	HEADER_CLASS = 0x0b,
	HEADER_CACHE_LINE = 0x0c,
	HEADER_LATENCY = 0x0d,
	HEADER_TYPE = 0x0e,
	HEADER_SUBSYSTEM_VENDOR = 0x2c,
	HEADER_SUBSYSTEM = 0x2e,
	HEADER_INTERRUPT_LINE = 0x3c,
	/** From here on a device has its own. */
	HEADER_END = 0x40,
};
#define CLASS_BRIDGE 0x06u
#define SUBCLASS_HOST 0x00u
#define SUBCLASS_ISA 0x01u
#define TYPE_MULTIFUNCTION 0x80u
#define VENDOR_INTEL 0x8086u
#define DEVICE_440FX 0x1237u
#define DEVICE_PIIX3_ISA 0x7000u
/** QEMU's: by it firmware knows that there is a fw_cfg. */
#define SUBSYSTEM_VENDOR_QEMU 0x1af4u
#define SUBSYSTEM_QEMU 0x1100u

/** Bus 0. */
static const struct function {
	uint16_t number;
	uint16_t device;
	uint8_t subclass;
	uint8_t type;
} functions[PCI_HOST_FUNCTIONS] = {
	{ 0x00, DEVICE_440FX, SUBCLASS_HOST, 0 },
	{ 0x08, DEVICE_PIIX3_ISA, SUBCLASS_ISA, TYPE_MULTIFUNCTION },
};

static void put16(uint8_t *config, enum header at, uint32_t value)
{
	config[at] = (uint8_t)value;
	config[at + 1u] = (uint8_t)(value >> 8);
}

void pci_host_init(struct pci_host *host)
{
	uint8_t *config;
	uint32_t i;

	*host = (struct pci_host){ 0 };
	for (i = 0; i < PCI_HOST_FUNCTIONS; i++) {
		config = host->config[i];
		put16(config, HEADER_VENDOR, VENDOR_INTEL);
		put16(config, HEADER_DEVICE, functions[i].device);
		config[HEADER_SUBCLASS] = functions[i].subclass;
		config[HEADER_CLASS] = CLASS_BRIDGE;
		config[HEADER_TYPE] = functions[i].type;
		put16(config, HEADER_SUBSYSTEM_VENDOR, SUBSYSTEM_VENDOR_QEMU);
		put16(config, HEADER_SUBSYSTEM, SUBSYSTEM_QEMU);
	}
}

void pci_host_set_address(struct pci_host *host, uint32_t value)
{
	host->address = value & ADDRESS_WRITABLE;
}

/** Index of the function that is addressed, PCI_HOST_FUNCTIONS if there is none. */
static uint32_t addressed(const struct pci_host *host)
{
	uint32_t number = host->address >> ADDRESS_FUNCTION_SHIFT & ADDRESS_FUNCTION, i = 0;

	if ((host->address & ADDRESS_ENABLE) == 0) {
		return PCI_HOST_FUNCTIONS;
	}
	while (i < PCI_HOST_FUNCTIONS && functions[i].number != number) {
		i++;
	}
	return i;
}

uint8_t pci_host_read(const struct pci_host *host, uint32_t offset)
{
	uint32_t function = addressed(host);

	return function == PCI_HOST_FUNCTIONS ?
		       UINT8_MAX :
		       host->config[function][(host->address & ADDRESS_REGISTER) + offset];
}

static bool is_writable(uint32_t at)
{
	return at == HEADER_COMMAND || at == HEADER_COMMAND + 1u || at == HEADER_CACHE_LINE ||
	       at == HEADER_LATENCY || at == HEADER_INTERRUPT_LINE || at >= HEADER_END;
}

void pci_host_write(struct pci_host *host, uint32_t offset, uint8_t value)
{
	uint32_t function = addressed(host);
	uint32_t at = (host->address & ADDRESS_REGISTER) + offset;

	if (function != PCI_HOST_FUNCTIONS && is_writable(at)) {
		host->config[function][at] = value;
	}
}
