/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's firmware configuration device in its form with ports (QEMU, docs/specs/fw_cfg.rst):
 * items of bytes by number, of which some are files with a name, read one byte after the
 * other or into memory ("DMA"). Nothing can be written.
 */
#ifndef HYPERVISOR_DEVICES_FW_CFG_PORTS_H_
#define HYPERVISOR_DEVICES_FW_CFG_PORTS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FW_CFG_ITEMS_MAX 16u
/** Files among them, at most. */
#define FW_CFG_FILES_MAX 8u
#define FW_CFG_NAME_BYTES 56u

/* Numbers of items. */
#define FW_CFG_RAM_SIZE 0x0003u
#define FW_CFG_CPUS 0x0005u
#define FW_CFG_CPUS_MAX 0x000fu

/** Numbers in the directory are big-endian. */
#define FW_CFG_ENTRY_BYTES 64u
#define FW_CFG_COUNT_BYTES 4u

struct fw_cfg_item {
	uint16_t number;
	const uint8_t *data;
	uint32_t size;
};

/** Bytes that one step of a transfer moves at most, so that no guest keeps a CPU for long. */
#define FW_CFG_STEP_BYTES (64u << 10)

/** The memory of the machine; all give false if an address is not in it, and change nothing. */
struct fw_cfg_memory {
	bool (*read)(void *ctx, uint64_t gpa, void *to, uint32_t size);
	bool (*write)(void *ctx, uint64_t gpa, const void *from, uint32_t size);
	/** Writes zeros. */
	bool (*clear)(void *ctx, uint64_t gpa, uint32_t size);
	void *ctx;
};

/** A transfer to memory that has begun. */
struct fw_cfg_transfer {
	bool active;
	bool failed;
	/** Where it is described; what follows is what is left of it. */
	uint64_t description;
	uint64_t gpa;
	uint32_t length;
};

struct fw_cfg_ports {
	struct fw_cfg_memory memory;
	/** Upper half of the address of the next transfer's description. */
	uint32_t dma_high;
	struct fw_cfg_transfer transfer;
	uint16_t selected;
	/** Bytes of the selected item that have been read. */
	uint32_t at;
	uint32_t item_count;
	struct fw_cfg_item items[FW_CFG_ITEMS_MAX];
	uint32_t file_count;
	uint8_t directory[FW_CFG_COUNT_BYTES + FW_CFG_FILES_MAX * FW_CFG_ENTRY_BYTES];
};

/** With its signature, its version and an empty directory. */
void fw_cfg_ports_init(struct fw_cfg_ports *device, const struct fw_cfg_memory *memory);
/** Adds an item, whose data stays where it is; false if there is no room. */
bool fw_cfg_ports_add(struct fw_cfg_ports *device, uint16_t number, const void *data,
		      uint32_t size);
/** Adds a file; false if there is no room, or its name is too long. */
bool fw_cfg_ports_add_file(struct fw_cfg_ports *device, const char *name, const void *data,
			   uint32_t size);

/** The selector port, of 2 bytes, which cannot be read. */
void fw_cfg_ports_select(struct fw_cfg_ports *device, uint16_t number);
/** The next byte of the item; 0 behind its end, and of one that does not exist. */
uint8_t fw_cfg_ports_read(struct fw_cfg_ports *device);

/** A byte at 0 to 7 of the DMA address port: the interface's name. */
uint8_t fw_cfg_ports_read_dma(uint32_t offset);
/** A write to its upper half, as the guest's OUT has the value. */
void fw_cfg_ports_set_dma_high(struct fw_cfg_ports *device, uint32_t value);
/**
 * A write to its lower half does what the description at that address asks for. A
 * description that is not in memory changes nothing; one with what cannot be done gets the
 * error bit.
 *
 * @return true if the OUT is done. False after FW_CFG_STEP_BYTES: the guest is to execute
 *         it again, which goes on with the transfer.
 */
bool fw_cfg_ports_start_dma(struct fw_cfg_ports *device, uint32_t value);

#endif /* HYPERVISOR_DEVICES_FW_CFG_PORTS_H_ */
