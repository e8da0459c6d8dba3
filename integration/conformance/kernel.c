/* SPDX-License-Identifier: Apache-2.0 */
/* Memory, text and the HAL, for a kernel on one CPU without paging of its own. */
#include "kernel.h"

#define PAGES 256u

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

void kernel_print_decimal(uint32_t number)
{
	if (number >= 10u) {
		kernel_print_decimal(number / 10u);
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

const struct axvcpu_hal_ops kernel_hal = {
	.size = sizeof(kernel_hal),
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
