/* SPDX-License-Identifier: Apache-2.0 */
/* The BIOS data area (IBM Personal System/2 and PC BIOS Interface Technical Reference, section 3). */
#include "bios_data.h"

#include "../config.h"
#include "../vm.h"
#include "pc.h"

#define AREA UINT64_C(0x400)
#define AREA_SIZE UINT64_C(0x100)
enum area {
	AREA_COM1 = 0x00,
	AREA_EXTENDED_SEGMENT = 0x0e,
	AREA_EQUIPMENT = 0x10,
	AREA_MEMORY_KIB = 0x13,
};
#define EQUIPMENT_ONE_SERIAL 0x0200u
/** The extended area ends low RAM; its first byte is its size in KiB. */
#define EXTENDED UINT64_C(0x9fc00)
#define EXTENDED_KIB 1u
#define KIB 1024u

static void put16(uint8_t *at, uint64_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

void bios_data_write(const struct vm *vm)
{
	uint8_t *ram = (uint8_t *)(uintptr_t)vm->ram;
	uint8_t *area = ram + AREA;

	if (!config_range_is_free(vm->config, AREA, AREA_SIZE) ||
	    !config_range_is_free(vm->config, EXTENDED, KIB)) {
		return;
	}
	put16(area + AREA_COM1, PC_COM1);
	put16(area + AREA_EXTENDED_SEGMENT, EXTENDED >> 4);
	put16(area + AREA_EQUIPMENT, EQUIPMENT_ONE_SERIAL);
	put16(area + AREA_MEMORY_KIB, EXTENDED / KIB);
	ram[EXTENDED] = EXTENDED_KIB;
}
