/* SPDX-License-Identifier: Apache-2.0 */
#include "pages.h"

#include "lock.h"

/** RAM beyond this is left alone. */
#define MAX_PAGES (UINT64_C(16) * 1024 * 1024 * 1024 / PAGE_SIZE)
#define BITS 64u

static uint64_t in_use[MAX_PAGES / BITS];
static uint64_t first;
static uint64_t pages;
static uint64_t taken;
static struct lock lock;

static bool used(uint64_t page)
{
	return (in_use[page / BITS] >> (page % BITS) & 1) != 0;
}

static void mark(uint64_t page, bool use)
{
	uint64_t bit = UINT64_C(1) << (page % BITS);

	if (use) {
		in_use[page / BITS] |= bit;
	} else {
		in_use[page / BITS] &= ~bit;
	}
}

void pages_init(uint64_t start, uint64_t end)
{
	first = (start + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
	pages = end > first ? (end - first) / PAGE_SIZE : 0;
	if (pages > MAX_PAGES) {
		pages = MAX_PAGES;
	}
}

uint64_t pages_in_use(void)
{
	return taken;
}

/** First fit; the allocator is locked. */
static bool take(uint64_t count, uint64_t align, uint64_t *hpa)
{
	uint64_t start = (first + align - 1) / align * align;
	uint64_t page;
	uint64_t run;

	if (count == 0 || count > pages || align < PAGE_SIZE) {
		return false;
	}
	for (; (start - first) / PAGE_SIZE <= pages - count; start += align) {
		page = (start - first) / PAGE_SIZE;
		for (run = 0; run < count && !used(page + run); run++) {
		}
		if (run == count) {
			while (run > 0) {
				mark(page + --run, true);
			}
			taken += count;
			*hpa = start;
			return true;
		}
	}
	return false;
}

bool pages_alloc(uint64_t count, uint64_t align, uint64_t *hpa)
{
	bool found;

	lock_take(&lock);
	found = take(count, align, hpa);
	lock_release(&lock);
	return found;
}

void pages_free(uint64_t hpa, uint64_t count)
{
	uint64_t page = (hpa - first) / PAGE_SIZE;

	lock_take(&lock);
	taken -= count;
	while (count > 0) {
		mark(page + --count, false);
	}
	lock_release(&lock);
}
