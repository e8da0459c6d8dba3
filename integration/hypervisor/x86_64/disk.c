/* SPDX-License-Identifier: Apache-2.0 */
/* ATA by programmed I/O with 28-bit sector numbers (ATA/ATAPI-6, 6.2 and 8.27), and ustar (POSIX, pax). */
#include "disk.h"

#include "../bytes.h"
#include "../text.h"
#include "cpu.h"

#define ATA_DATA 0x1f0u
#define ATA_COUNT 0x1f2u
#define ATA_SECTOR_0 0x1f3u
#define ATA_SECTOR_8 0x1f4u
#define ATA_SECTOR_16 0x1f5u
#define ATA_DEVICE 0x1f6u
#define ATA_DEVICE_LBA 0xe0u
#define ATA_COMMAND 0x1f7u
#define ATA_STATUS 0x1f7u
#define ATA_STATUS_ERROR 0x01u
#define ATA_STATUS_DATA 0x08u
#define ATA_STATUS_BUSY 0x80u
#define ATA_STATUS_NONE 0xffu
#define ATA_READ_SECTORS 0x20u
/** A drive answers in less. */
#define ATA_TRIES 10000000u
#define ATA_SECTORS (UINT32_C(1) << 28)

#define SECTOR 512u
#define SECTOR_WORDS 256u

/* A ustar header. */
#define TAR_NAME_SIZE 100u
#define TAR_SIZE 124u
#define TAR_SIZE_DIGITS 11u
#define TAR_MAGIC 257u

static uint8_t sector[SECTOR];
/** The one that `sector` holds. */
static uint32_t held = UINT32_MAX;

static void read_words(void *to, uint32_t count)
{
	__asm__ volatile("rep insw" : "+D"(to), "+c"(count) : "d"((uint16_t)ATA_DATA) : "memory");
}

static bool wait_for_data(void)
{
	uint32_t i;
	uint8_t status;

	for (i = 0; i < ATA_TRIES; i++) {
		status = in8(ATA_STATUS);
		if (status == ATA_STATUS_NONE) {
			return false;
		}
		if ((status & ATA_STATUS_BUSY) == 0) {
			return (status & (ATA_STATUS_DATA | ATA_STATUS_ERROR)) == ATA_STATUS_DATA;
		}
	}
	return false;
}

static bool read_sector(uint32_t number, void *to)
{
	if (number >= ATA_SECTORS) {
		return false;
	}
	out8(ATA_DEVICE, (uint8_t)(ATA_DEVICE_LBA | number >> 24));
	out8(ATA_COUNT, 1);
	out8(ATA_SECTOR_0, (uint8_t)number);
	out8(ATA_SECTOR_8, (uint8_t)(number >> 8));
	out8(ATA_SECTOR_16, (uint8_t)(number >> 16));
	out8(ATA_COMMAND, ATA_READ_SECTORS);
	if (!wait_for_data()) {
		return false;
	}
	read_words(to, SECTOR_WORDS);
	return true;
}

static bool hold(uint32_t number)
{
	if (held == number) {
		return true;
	}
	held = read_sector(number, sector) ? number : UINT32_MAX;
	return held == number;
}

static bool is_header(void)
{
	static const char magic[] = "ustar";
	uint32_t i;

	for (i = 0; i < sizeof(magic) - 1; i++) {
		if (sector[TAR_MAGIC + i] != (uint8_t)magic[i]) {
			return false;
		}
	}
	return true;
}

static uint32_t header_size(void)
{
	uint32_t value = 0, i;

	for (i = 0; i < TAR_SIZE_DIGITS; i++) {
		value = value << 3 | (sector[TAR_SIZE + i] & 7u);
	}
	return value;
}

bool disk_find(const char *name, uint32_t *first, uint32_t *size)
{
	char here[TAR_NAME_SIZE + 1];
	uint32_t number = 0;

	while (hold(number) && is_header()) {
		memcpy(here, sector, TAR_NAME_SIZE);
		here[TAR_NAME_SIZE] = '\0';
		*size = header_size();
		*first = number + 1;
		if (text_equal(here, name)) {
			return true;
		}
		number = *first + (*size + SECTOR - 1) / SECTOR;
	}
	return false;
}

bool disk_read(uint32_t first, uint32_t offset, void *to, uint32_t size)
{
	uint8_t *at = (uint8_t *)to;
	uint32_t number = first + offset / SECTOR, inside = offset % SECTOR, part;

	for (; size > 0; number++, inside = 0, at += part, size -= part) {
		part = SECTOR - inside < size ? SECTOR - inside : size;
		if (part == SECTOR) {
			if (!read_sector(number, at)) {
				return false;
			}
			continue;
		}
		if (!hold(number)) {
			return false;
		}
		memcpy(at, sector + inside, part);
	}
	return true;
}
