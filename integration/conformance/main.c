/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel that runs the conformance suite on the CPU's arch package and prints a line
 * for each check: "VARIANT NAME PASSED", "... SKIPPED", "... FAILED TEXT (LINE, DETAIL)".
 */
#include "kernel.h"

#define PAGES 256u
#define SUITE_MEMORY (1024u * 1024u)

static _Alignas(PAGE_SIZE) unsigned char pages[PAGES][PAGE_SIZE];
static bool page_used[PAGES];
static void *percpu_pointer;

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);

void *memcpy(void *to, const void *from, size_t size)
{
	unsigned char *target = to;
	const unsigned char *source = from;

	while (size-- != 0u) {
		*target++ = *source++;
	}
	return to;
}

void *memset(void *to, int value, size_t size)
{
	unsigned char *target = to;

	while (size-- != 0u) {
		*target++ = (unsigned char)value;
	}
	return to;
}

void kernel_print(const char *text)
{
	while (*text != '\0') {
		board_putc(*text++);
	}
}

void kernel_print_hex(uint64_t number)
{
	kernel_print("0x");
	for (uint32_t shift = 64; shift != 0u; shift -= 4u) {
		board_putc("0123456789abcdef"[number >> (shift - 4u) & 0xfu]);
	}
}

static void print_decimal(uint32_t number)
{
	if (number >= 10u) {
		print_decimal(number / 10u);
	}
	board_putc((char)('0' + number % 10u));
}

static axvcpu_error_t alloc_frames(void *ctx, uint64_t count, uint64_t align, uint64_t *hpa)
{
	(void)ctx;
	for (uint64_t first = 0; count <= PAGES && first <= PAGES - count; first++) {
		uint64_t run = 0;

		if ((uint64_t)(uintptr_t)pages[first] % align != 0u) {
			continue;
		}
		while (run < count && !page_used[first + run]) {
			run++;
		}
		if (run == count) {
			memset(&page_used[first], 1, count);
			*hpa = (uint64_t)(uintptr_t)pages[first];
			return AXVCPU_OK;
		}
	}
	return AXVCPU_ERR_NO_MEMORY;
}

static void free_frames(void *ctx, uint64_t hpa, uint64_t count)
{
	(void)ctx;
	memset(&page_used[(hpa - (uint64_t)(uintptr_t)pages) / PAGE_SIZE], 0, count);
}

void *kernel_page(void)
{
	uint64_t hpa = 0;

	if (alloc_frames(NULL, 1u, PAGE_SIZE, &hpa) != AXVCPU_OK) {
		kernel_print("no page left\n");
		board_power_off();
	}
	memset((void *)(uintptr_t)hpa, 0, PAGE_SIZE);
	return (void *)(uintptr_t)hpa;
}

static void *phys_to_virt(void *ctx, uint64_t hpa)
{
	(void)ctx;
	return (void *)(uintptr_t)hpa;
}

static uint64_t virt_to_phys(void *ctx, const void *virt)
{
	(void)ctx;
	return (uint64_t)(uintptr_t)virt;
}

static void *percpu_get(void *ctx)
{
	(void)ctx;
	return percpu_pointer;
}

static void percpu_set(void *ctx, void *pointer)
{
	(void)ctx;
	percpu_pointer = pointer;
}

static uint64_t irq_fetch(void *ctx)
{
	(void)ctx;
	return board_irq_fetch();
}

static void irq_handle(void *ctx, uint64_t vector)
{
	(void)ctx;
	(void)vector;
}

static const struct axvcpu_hal_ops hal = {
	.size = sizeof(hal),
	.abi_version = AXVCPU_ABI_VERSION,
	.alloc_frames = alloc_frames,
	.free_frames = free_frames,
	.phys_to_virt = phys_to_virt,
	.virt_to_phys = virt_to_phys,
	.percpu_get = percpu_get,
	.percpu_set = percpu_set,
	.irq_fetch = irq_fetch,
	.irq_handle = irq_handle,
};

static void report(void *ctx, const char *name, uint32_t result, const char *text, uint32_t line,
		   uint64_t detail)
{
	const struct variant *variant = (const struct variant *)ctx;

	kernel_print(variant->name);
	kernel_print(" ");
	kernel_print(name);
	switch (result) {
	case AXVCPU_CONFORMANCE_PASSED:
		kernel_print(" PASSED\n");
		break;
	case AXVCPU_CONFORMANCE_SKIPPED:
		kernel_print(" SKIPPED\n");
		break;
	default:
		kernel_print(" FAILED ");
		kernel_print(text);
		kernel_print(" (line ");
		print_decimal(line);
		kernel_print(", ");
		kernel_print_hex(detail);
		kernel_print(")\n");
		break;
	}
}

static void run_variant(const struct variant *variant)
{
	static _Alignas(AXVCPU_MEMORY_ALIGN) unsigned char memory[SUITE_MEMORY];
	struct axvcpu_conformance_summary summary = { 0 };
	struct axvcpu_conformance_config config;
	axvcpu_error_t error;

	memset(&config, 0, sizeof(config));
	config.hal = &hal;
	config.memory = memory;
	config.memory_size = sizeof(memory);
	config.cpu = board_cpu();
	config.report = report;
	config.ctx = (void *)(uintptr_t)variant;
	variant->configure(&config);
	error = axvcpu_conformance_run(&config, &summary);
	kernel_print(variant->name);
	kernel_print(": ");
	if (error != AXVCPU_OK) {
		kernel_print(axvcpu_error_string(error));
		kernel_print("\n");
		return;
	}
	print_decimal(summary.passed);
	kernel_print(" passed, ");
	print_decimal(summary.failed);
	kernel_print(" failed, ");
	print_decimal(summary.skipped);
	kernel_print(" skipped\n");
}

void kernel_main(void)
{
	for (const struct variant *variant = variants; variant->name != NULL; variant++) {
		run_variant(variant);
	}
	kernel_print("done\n");
	board_power_off();
}
