/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware.h"

#include "../board.h"
#include "../boot_files.h"
#include "../bytes.h"
#include "../config.h"
#include "../console.h"
#include "../pages.h"
#include "pc.h"

#define END_32 (UINT64_C(1) << 32)

/* PCI configuration, QEMU's fw_cfg, its debug console, and system control port A (PS/2). */
#define PORT_PCI_ADDRESS 0xcf8u
#define PORT_PCI_DATA 0xcfcu
#define PORT_FW_CFG_SELECT PC_FW_CFG
#define PORT_FW_CFG_DATA (PC_FW_CFG + 1u)
#define PORT_FW_CFG_DMA_HIGH (PC_FW_CFG + 4u)
#define PORT_FW_CFG_DMA_LOW (PC_FW_CFG + 8u)
#define PORT_DEBUG 0x402u
/** What it reads as, so that firmware finds it. */
#define DEBUG_PRESENT 0xe9u
#define PORT_SYSTEM_A 0x92u
#define SYSTEM_A_RESET 0x01u
/** Address line 20 is always on. */
#define SYSTEM_A_A20 0x02u

/** ACPI 6.4, table 15-374 */
#define E820_RAM 1u

/* Files by which SeaBIOS is told what to do (its docs/Runtime_config.md). */
/** Its screen is the serial port. */
static const uint8_t serial_console[] = { PC_COM1 & 0xffu, PC_COM1 >> 8 };
/** Milliseconds until it begins again where it finds nothing to boot: it resets at once. */
static const uint8_t boot_fail_wait[] = { 0, 0, 0, 0 };
static const uint8_t no_boot_menu[] = { 0, 0 };

static void put_little(uint8_t *to, uint64_t value, uint32_t bytes)
{
	uint32_t i;

	for (i = 0; i < bytes; i++) {
		to[i] = (uint8_t)(value >> (8u * i));
	}
}

/** Bytes of the machine's RAM, null where they are not all in it. */
static uint8_t *ram_at(const struct vm *vm, uint64_t gpa, uint32_t size)
{
	return gpa <= vm->config->memory && size <= vm->config->memory - gpa ?
		       (uint8_t *)(uintptr_t)(vm->ram + gpa) :
		       NULL;
}

static bool read_ram(void *ctx, uint64_t gpa, void *to, uint32_t size)
{
	const uint8_t *from = ram_at((const struct vm *)ctx, gpa, size);

	if (from != NULL) {
		memcpy(to, from, size);
	}
	return from != NULL;
}

static bool write_ram(void *ctx, uint64_t gpa, const void *from, uint32_t size)
{
	uint8_t *to = ram_at((const struct vm *)ctx, gpa, size);

	if (to != NULL) {
		memcpy(to, from, size);
	}
	return to != NULL;
}

static bool clear_ram(void *ctx, uint64_t gpa, uint32_t size)
{
	uint8_t *to = ram_at((const struct vm *)ctx, gpa, size);

	if (to != NULL) {
		memset(to, 0, size);
	}
	return to != NULL;
}

/** Reads a file into pages of its own. */
static bool load(const char *name, uint64_t size, uint64_t *hpa, uint64_t *pages)
{
	struct boot_file file;
	uint64_t count = (size + PAGE_SIZE - 1) / PAGE_SIZE;

	if (!boot_file_find(name, &file) || file.size < size || !pages_alloc(count, PAGE_SIZE, hpa)) {
		log_line(AXVCPU_LOG_ERROR, "cannot load %s: no such file or no memory", name);
		return false;
	}
	*pages = count;
	return boot_file_read(&file, 0, (void *)(uintptr_t)*hpa, (uint32_t)size);
}

static bool map_rom(const struct firmware *firmware)
{
	uint64_t gpa = END_32 - firmware->rom_pages * PAGE_SIZE, i;

	for (i = 0; i < firmware->rom_pages; i++) {
		if (!board_stage2_add_page(firmware->vm->stage2_root, gpa + i * PAGE_SIZE,
					   firmware->rom + i * PAGE_SIZE)) {
			return false;
		}
	}
	return true;
}

static bool add_files(struct firmware *firmware)
{
	const struct machine_config *config = firmware->vm->config;
	struct fw_cfg_ports *fw_cfg = &firmware->fw_cfg;
	const struct config_item *item;
	uint32_t i;
	bool all;

	put_little(firmware->e820 + 8, config->memory, 8);
	put_little(firmware->e820 + 16, E820_RAM, 4);
	put_little(firmware->ram_size, config->memory, sizeof(firmware->ram_size));
	put_little(firmware->cpus, config->cpus, sizeof(firmware->cpus));
	all = fw_cfg_ports_add(fw_cfg, FW_CFG_RAM_SIZE, firmware->ram_size,
			       sizeof(firmware->ram_size)) &&
	      fw_cfg_ports_add(fw_cfg, FW_CFG_CPUS, firmware->cpus, sizeof(firmware->cpus)) &&
	      fw_cfg_ports_add(fw_cfg, FW_CFG_CPUS_MAX, firmware->cpus, sizeof(firmware->cpus)) &&
	      fw_cfg_ports_add_file(fw_cfg, "etc/e820", firmware->e820, sizeof(firmware->e820)) &&
	      fw_cfg_ports_add_file(fw_cfg, "etc/sercon-port", serial_console,
				    sizeof(serial_console)) &&
	      fw_cfg_ports_add_file(fw_cfg, "etc/boot-fail-wait", boot_fail_wait,
				    sizeof(boot_fail_wait)) &&
	      fw_cfg_ports_add_file(fw_cfg, "etc/show-boot-menu", no_boot_menu,
				    sizeof(no_boot_menu));
	for (i = 0; i < config->item_count && all; i++) {
		item = &config->items[i];
		all = load(item->file, item->size, &firmware->file[i], &firmware->file_pages[i]) &&
		      fw_cfg_ports_add_file(fw_cfg, item->name,
					    (const void *)(uintptr_t)firmware->file[i],
					    (uint32_t)item->size);
	}
	return all;
}

bool firmware_init(struct firmware *firmware, struct vm *vm)
{
	const struct machine_config *config = vm->config;
	const struct fw_cfg_memory memory = {
		.read = read_ram,
		.write = write_ram,
		.clear = clear_ram,
		.ctx = vm,
	};

	memset(firmware, 0, sizeof(*firmware));
	firmware->vm = vm;
	if (config->firmware_size == 0) {
		return true;
	}
	firmware->present = true;
	pci_host_init(&firmware->pci);
	fw_cfg_ports_init(&firmware->fw_cfg, &memory);
	return load(config->firmware, config->firmware_size, &firmware->rom,
		    &firmware->rom_pages) &&
	       map_rom(firmware) && add_files(firmware);
}

static void end_line(struct firmware *firmware)
{
	firmware->line[firmware->line_length] = '\0';
	firmware->line_length = 0;
	log_line(AXVCPU_LOG_INFO, "firmware: %s", firmware->line);
}

void firmware_destroy(struct firmware *firmware)
{
	uint32_t i;

	if (firmware->line_length > 0) {
		end_line(firmware);
	}
	if (firmware->rom_pages > 0) {
		pages_free(firmware->rom, firmware->rom_pages);
	}
	for (i = 0; i < CONFIG_MAX_ITEMS; i++) {
		if (firmware->file_pages[i] > 0) {
			pages_free(firmware->file[i], firmware->file_pages[i]);
		}
	}
}

static void put_debug(struct firmware *firmware, char character)
{
	if (character == '\n' || firmware->line_length + 1u == FIRMWARE_LINE) {
		end_line(firmware);
	}
	if (character >= ' ' && character <= '~') {
		firmware->line[firmware->line_length++] = character;
	}
}

static bool is_in(uint32_t port, uint32_t base, uint32_t size)
{
	return port >= base && port - base < size;
}

static bool read_byte(struct firmware *firmware, uint32_t port, uint8_t *value)
{
	if (is_in(port, PORT_PCI_DATA, 4)) {
		*value = pci_host_read(&firmware->pci, port - PORT_PCI_DATA);
	} else if (is_in(port, PORT_FW_CFG_DMA_HIGH, 8)) {
		*value = fw_cfg_ports_read_dma(port - PORT_FW_CFG_DMA_HIGH);
	} else if (port == PORT_DEBUG) {
		*value = DEBUG_PRESENT;
	} else if (port == PORT_SYSTEM_A) {
		*value = SYSTEM_A_A20;
	} else {
		return false;
	}
	return true;
}

bool firmware_port_read(struct firmware *firmware, const struct axvcpu_exit_port *access,
			uint64_t *value)
{
	uint32_t i;
	uint8_t byte;

	if (!firmware->present) {
		return false;
	}
	if (access->port == PORT_PCI_ADDRESS && access->width == 4u) {
		*value = pci_host_address(&firmware->pci);
		return true;
	}
	if (access->port == PORT_FW_CFG_DATA && access->width == 1u) {
		*value = fw_cfg_ports_read(&firmware->fw_cfg);
		return true;
	}
	*value = 0;
	for (i = 0; i < access->width; i++) {
		if (!read_byte(firmware, access->port + i, &byte)) {
			return false;
		}
		*value |= (uint64_t)byte << (8u * i);
	}
	return true;
}

static enum port_answer write_dword(struct firmware *firmware, uint32_t port, uint32_t value)
{
	switch (port) {
	case PORT_PCI_ADDRESS:
		pci_host_set_address(&firmware->pci, value);
		return PORT_DONE;
	case PORT_FW_CFG_DMA_HIGH:
		fw_cfg_ports_set_dma_high(&firmware->fw_cfg, value);
		return PORT_DONE;
	case PORT_FW_CFG_DMA_LOW:
		return fw_cfg_ports_start_dma(&firmware->fw_cfg, value) ? PORT_DONE : PORT_AGAIN;
	default:
		return PORT_REFUSED;
	}
}

static bool write_byte(struct firmware *firmware, uint32_t port, uint8_t value)
{
	if (is_in(port, PORT_PCI_DATA, 4)) {
		pci_host_write(&firmware->pci, port - PORT_PCI_DATA, value);
	} else if (port == PORT_DEBUG) {
		put_debug(firmware, (char)value);
	} else if (port == PORT_SYSTEM_A) {
		if ((value & SYSTEM_A_RESET) != 0) {
			vm_guest_ended(firmware->vm, VM_RESET);
		}
	} else {
		return false;
	}
	return true;
}

enum port_answer firmware_port_write(struct firmware *firmware,
				     const struct axvcpu_exit_port *access)
{
	enum port_answer answer = PORT_REFUSED;
	uint32_t i;

	if (!firmware->present) {
		return PORT_REFUSED;
	}
	if (access->width == 4u) {
		answer = write_dword(firmware, access->port, (uint32_t)access->data);
	}
	if (answer != PORT_REFUSED) {
		return answer;
	}
	if (access->port == PORT_FW_CFG_SELECT && access->width == 2u) {
		fw_cfg_ports_select(&firmware->fw_cfg, (uint16_t)access->data);
		return PORT_DONE;
	}
	for (i = 0; i < access->width; i++) {
		if (!write_byte(firmware, access->port + i, (uint8_t)(access->data >> (8u * i)))) {
			return PORT_REFUSED;
		}
	}
	return PORT_DONE;
}
