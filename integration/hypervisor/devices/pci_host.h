/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI configuration space by ports 0xcf8 and 0xcfc (PCI Local Bus Specification 3.0, 3.2.2.3.2),
 * with what firmware for QEMU's oldest PC looks for on it: the host bridge of an Intel 440FX
 * (290549) by which it knows where it is, and the ISA bridge of a PIIX3 (290550). Neither
 * does anything: their registers keep what is written to them.
 */
#ifndef HYPERVISOR_DEVICES_PCI_HOST_H_
#define HYPERVISOR_DEVICES_PCI_HOST_H_

#include <stdbool.h>
#include <stdint.h>

#define PCI_HOST_FUNCTIONS 2u
#define PCI_HOST_CONFIG_BYTES 256u

struct pci_host {
	/** As the guest wrote it to the address port. */
	uint32_t address;
	uint8_t config[PCI_HOST_FUNCTIONS][PCI_HOST_CONFIG_BYTES];
};

void pci_host_init(struct pci_host *host);

/** The address port, which takes 4 bytes only. */
static inline uint32_t pci_host_address(const struct pci_host *host)
{
	return host->address;
}
void pci_host_set_address(struct pci_host *host, uint32_t value);

/**
 * One byte at 0 to 3 of the data port. Where nothing is, reads give all ones and writes
 * are lost.
 */
uint8_t pci_host_read(const struct pci_host *host, uint32_t offset);
void pci_host_write(struct pci_host *host, uint32_t offset, uint8_t value);

#endif /* HYPERVISOR_DEVICES_PCI_HOST_H_ */
