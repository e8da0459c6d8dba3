/* SPDX-License-Identifier: Apache-2.0 */
#include "fw_cfg_ports.h"

#define ITEM_SIGNATURE 0x0000u
#define ITEM_ID 0x0001u
#define ITEM_DIRECTORY 0x0019u
#define ITEM_FIRST_FILE 0x0020u

static const uint8_t signature[] = { 'Q', 'E', 'M', 'U' };
/** Ports (1) and DMA (2), little-endian. */
static const uint8_t id[] = { 3, 0, 0, 0 };
static const uint8_t dma_name[] = { 'Q', 'E', 'M', 'U', ' ', 'C', 'F', 'G' };

/* The description of a transfer: control, length, and an address of 8 bytes, big-endian. */
#define DMA_BYTES 16u
#define DMA_LENGTH 4u
#define DMA_ADDRESS 8u
#define DMA_ERROR 0x01u
#define DMA_READ 0x02u
#define DMA_SKIP 0x04u
#define DMA_SELECT 0x08u
#define DMA_WRITE 0x10u
#define DMA_ITEM_SHIFT 16u

static void put32_big(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

static uint32_t get32_big(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

void fw_cfg_ports_init(struct fw_cfg_ports *device, const struct fw_cfg_memory *memory)
{
	*device = (struct fw_cfg_ports){ .memory = *memory };
	(void)fw_cfg_ports_add(device, ITEM_SIGNATURE, signature, sizeof(signature));
	(void)fw_cfg_ports_add(device, ITEM_ID, id, sizeof(id));
	(void)fw_cfg_ports_add(device, ITEM_DIRECTORY, device->directory,
			       sizeof(device->directory));
}

bool fw_cfg_ports_add(struct fw_cfg_ports *device, uint16_t number, const void *data,
		      uint32_t size)
{
	if (device->item_count == FW_CFG_ITEMS_MAX) {
		return false;
	}
	device->items[device->item_count++] = (struct fw_cfg_item){
		.number = number,
		.data = (const uint8_t *)data,
		.size = size,
	};
	return true;
}

bool fw_cfg_ports_add_file(struct fw_cfg_ports *device, const char *name, const void *data,
			   uint32_t size)
{
	uint16_t number = (uint16_t)(ITEM_FIRST_FILE + device->file_count);
	uint8_t *entry = device->directory + FW_CFG_COUNT_BYTES +
			 (size_t)device->file_count * FW_CFG_ENTRY_BYTES;
	uint32_t length = 0;

	while (length < FW_CFG_NAME_BYTES && name[length] != '\0') {
		length++;
	}
	if (device->file_count == FW_CFG_FILES_MAX || length == FW_CFG_NAME_BYTES ||
	    !fw_cfg_ports_add(device, number, data, size)) {
		return false;
	}
	put32_big(entry, size);
	entry[4] = (uint8_t)(number >> 8);
	entry[5] = (uint8_t)number;
	while (length > 0) {
		length--;
		entry[8u + length] = (uint8_t)name[length];
	}
	device->file_count++;
	put32_big(device->directory, device->file_count);
	return true;
}

void fw_cfg_ports_select(struct fw_cfg_ports *device, uint16_t number)
{
	device->selected = number;
	device->at = 0;
}

/** The selected item, null if it does not exist. */
static const struct fw_cfg_item *selected(const struct fw_cfg_ports *device)
{
	uint32_t i;

	for (i = 0; i < device->item_count; i++) {
		if (device->items[i].number == device->selected) {
			return &device->items[i];
		}
	}
	return NULL;
}

/** Bytes that are left of it. */
static uint32_t left(const struct fw_cfg_ports *device)
{
	const struct fw_cfg_item *item = selected(device);

	return item != NULL ? item->size - device->at : 0;
}

uint8_t fw_cfg_ports_read(struct fw_cfg_ports *device)
{
	return left(device) > 0 ? selected(device)->data[device->at++] : 0;
}

uint8_t fw_cfg_ports_read_dma(uint32_t offset)
{
	return dma_name[offset];
}

void fw_cfg_ports_set_dma_high(struct fw_cfg_ports *device, uint32_t value)
{
	device->dma_high = __builtin_bswap32(value);
}

/** Takes a description; false if it is not in memory. */
static bool begin(struct fw_cfg_ports *device, uint64_t description)
{
	struct fw_cfg_transfer *transfer = &device->transfer;
	uint8_t bytes[DMA_BYTES];
	uint32_t control, length;

	if (!device->memory.read(device->memory.ctx, description, bytes, sizeof(bytes))) {
		return false;
	}
	control = get32_big(bytes);
	length = get32_big(bytes + DMA_LENGTH);
	*transfer = (struct fw_cfg_transfer){
		.active = true,
		.description = description,
		.gpa = (uint64_t)get32_big(bytes + DMA_ADDRESS) << 32 |
		       get32_big(bytes + DMA_ADDRESS + 4u),
	};
	if ((control & DMA_SELECT) != 0) {
		fw_cfg_ports_select(device, (uint16_t)(control >> DMA_ITEM_SHIFT));
	}
	if ((control & DMA_READ) != 0) {
		transfer->length = length;
	} else if ((control & DMA_WRITE) != 0) {
		transfer->failed = true;
	} else if ((control & DMA_SKIP) != 0) {
		device->at += length < left(device) ? length : left(device);
	}
	return true;
}

/** Copies to memory what the item has of the next bytes, and zeros behind its end. True at the end. */
static bool step(struct fw_cfg_ports *device)
{
	const struct fw_cfg_memory *memory = &device->memory;
	struct fw_cfg_transfer *transfer = &device->transfer;
	uint32_t size = transfer->length < FW_CFG_STEP_BYTES ? transfer->length : FW_CFG_STEP_BYTES;
	uint32_t here = left(device) < size ? left(device) : size;

	if ((here > 0 && !memory->write(memory->ctx, transfer->gpa,
					selected(device)->data + device->at, here)) ||
	    (here < size && !memory->clear(memory->ctx, transfer->gpa + here, size - here))) {
		transfer->failed = true;
		return true;
	}
	device->at += here;
	transfer->gpa += size;
	transfer->length -= size;
	return transfer->length == 0;
}

/** Tells the guest, by the description, how the transfer went. */
static void finish(struct fw_cfg_ports *device)
{
	struct fw_cfg_transfer *transfer = &device->transfer;
	uint8_t control[DMA_LENGTH];

	put32_big(control, transfer->failed ? DMA_ERROR : 0);
	(void)device->memory.write(device->memory.ctx, transfer->description, control,
				   sizeof(control));
	transfer->active = false;
}

bool fw_cfg_ports_start_dma(struct fw_cfg_ports *device, uint32_t value)
{
	uint64_t description = (uint64_t)device->dma_high << 32 | __builtin_bswap32(value);

	if (device->transfer.active || begin(device, description)) {
		if (!step(device)) {
			return false;
		}
		finish(device);
		if (device->transfer.description != description) {
			return false; /* another vCPU began it and was stopped; this one's is next */
		}
	}
	device->dma_high = 0;
	return true;
}
