/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that begins with firmware of its own: its image ends at 4 GiB, where the CPU
 * starts, and the ports are there by which firmware for QEMU's PC learns what machine it is
 * on. Without firmware none of this is there.
 */
#ifndef HYPERVISOR_X86_64_FIRMWARE_H_
#define HYPERVISOR_X86_64_FIRMWARE_H_

#include "../board.h"
#include "../devices/fw_cfg_ports.h"
#include "../devices/pci_host.h"
#include "../vm.h"

/** Where a CPU begins after its reset (SDM volume 3, 10.1.4). */
#define FIRMWARE_RESET_VECTOR UINT64_C(0xfffffff0)
#define FIRMWARE_LINE 120u

/** Bytes of an entry of "etc/e820": address, size, type. */
#define FIRMWARE_E820_BYTES 20u

struct firmware {
	/** The ports are there. */
	bool present;
	struct vm *vm;
	struct pci_host pci;
	struct fw_cfg_ports fw_cfg;
	/** What fw_cfg has of the machine. */
	uint8_t e820[FIRMWARE_E820_BYTES];
	uint8_t ram_size[8];
	uint8_t cpus[2];
	/** The image, and the files that fw_cfg has. */
	uint64_t rom;
	uint64_t rom_pages;
	uint64_t file[CONFIG_MAX_ITEMS];
	uint64_t file_pages[CONFIG_MAX_ITEMS];
	/** Of what it writes to its debug port. */
	uint32_t line_length;
	char line[FIRMWARE_LINE];
};

/** Loads and maps what vm->config names; false, with a line in the log, if that is impossible. */
bool firmware_init(struct firmware *firmware, struct vm *vm);
/** Gives its memory back. */
void firmware_destroy(struct firmware *firmware);

/** Its ports; false and PORT_REFUSED for all others. */
bool firmware_port_read(struct firmware *firmware, const struct axvcpu_exit_port *access,
			uint64_t *value);
enum port_answer firmware_port_write(struct firmware *firmware,
				     const struct axvcpu_exit_port *access);

#endif /* HYPERVISOR_X86_64_FIRMWARE_H_ */
