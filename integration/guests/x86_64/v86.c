/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual-8086 mode under 32-bit paging: ports with the TSS's permission map, instructions
 * that IOPL guards, software interrupts, segment limits, a device behind a page.
 */
#include "v86.h"

#include "legacy.h"

/* Entries of 32-bit paging, SDM volume 3, tables 4-4 to 4-6. */
#define PTE_P 0x01u
#define PTE_W 0x02u
#define PTE_U 0x04u
#define PTE_PS 0x80u
#define PAGE_SIZE 0x1000u
#define PAGE_4M 0x400000u
#define ENTRIES 1024u

extern const uint8_t v86_code[], low_start[], low_end[];
extern uint32_t v86_results[V86_RESULTS];

uint32_t v86_pd[ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static uint32_t low_pt[ENTRIES] __attribute__((aligned(PAGE_SIZE)));

/**
 * Also where the two segments end: QEMU's CPU has no limits (target/i386/tcg checks none), so
 * that there it is the library that does not let an access to a device across them.
 */
static const uint32_t device_pages[] = {
	V86_DEVICE,
	V86_DEVICE + V86_SEGMENT_SIZE - PAGE_SIZE,
	(V86_STACK_SEGMENT << 4) + V86_SEGMENT_SIZE - PAGE_SIZE,
};

/** Memory to itself in 4 MiB pages, the first of them in small ones with the device in it. */
static void make_tables(void)
{
	uint32_t i;

	for (i = 1; i < ENTRIES; i++) {
		v86_pd[i] = i * PAGE_4M | PTE_PS | PTE_W | PTE_P;
	}
	for (i = 0; i < ENTRIES; i++) {
		low_pt[i] = i * PAGE_SIZE | PTE_U | PTE_W | PTE_P;
	}
	for (i = 0; i < sizeof(device_pages) / sizeof(device_pages[0]); i++) {
		low_pt[device_pages[i] / PAGE_SIZE] = (uint32_t)SCRATCH | PTE_U | PTE_W | PTE_P;
	}
	v86_pd[0] = (uint32_t)(uintptr_t)low_pt | PTE_U | PTE_W | PTE_P;
}

void guest_main(void)
{
	legacy_prepare();
	make_tables();
	legacy_permit_port(EMPTY_PORT);
	legacy_copy_low(low_start, low_end);
	legacy_run(v86_code);
	legacy_check_log();
	check_equal(v86_results[0], 0xff, "a permitted port's value");
	check_equal(v86_results[1], 0x11223344, "a device's register");
	check_equal(v86_results[2], 0x3344, "the lower half of it");
	check_equal(v86_results[3], V86_STRING + 2, "SI behind OUTS");
	check_equal(v86_results[4] & LEGACY_IF, 0, "CLI at IOPL 3");
	check_equal(v86_results[4] & LEGACY_IOPL_3, LEGACY_IOPL_3, "IOPL in PUSHF");
	check_equal(v86_results[5] & LEGACY_IF, LEGACY_IF, "STI at IOPL 3");
	check_equal(v86_results[6] & LEGACY_IOPL_3, LEGACY_IOPL_3, "POPF does not change IOPL");
	check_equal(v86_results[7], 0x5678, "IRET within the mode");
}
