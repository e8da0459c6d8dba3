/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 32-bit paging with 4 MiB pages and PAE paging: devices through pages of both sizes, page
 * faults with their error codes and CR2, accessed and dirty bits, reserved and NX bits.
 */
#include "paging.h"

#include "legacy.h"

/* Of all entries, SDM volume 3, tables 4-4 to 4-11. */
#define PTE_P UINT64_C(0x01)
#define PTE_W UINT64_C(0x02)
#define PTE_U UINT64_C(0x04)
#define PTE_A UINT64_C(0x20)
#define PTE_D UINT64_C(0x40)
#define PTE_PS UINT64_C(0x80)
#define PTE_NX (UINT64_C(1) << 63)
/** An address bit that no CPU here has. */
#define PTE_RESERVED (UINT64_C(1) << 51)
#define ALL (PTE_P | PTE_W | PTE_U)
#define PSE_RESERVED (UINT64_C(1) << 21)
#define PAE_BIG_RESERVED (UINT64_C(1) << 13)
/** Bit 32 of an address, in the entry of a 4 MiB page (table 4-4). */
#define PSE36_BIT_32 (UINT64_C(1) << 13)
#define HIGH (UINT64_C(1) << 32)
#define PAGE_SIZE 0x1000u
#define BIG_4M 0x400000u
#define BIG_2M 0x200000u
#define CR4_PSE 0x10u
#define CR4_PAE 0x20u
#define EFER_NXE 0x800u
/** Identity-mapped: RAM of the guest. */
#define RAM_SIZE 0x1000000u
#define PF_PRESENT 1u
#define CPUID_PSE36 (1u << 17)

extern const uint8_t paging_code[], paging_pae_code[], paging_high_code[];
extern uint32_t paging_results[PAGING_RESULTS];
extern struct legacy_record paging_expected_pae[], paging_expected_reserved[];
extern struct {
	uint32_t cr3, cr4, efer, ptes, pte_shift;
} paging_input;

uint64_t paging_bad_pdpt[4] __attribute__((aligned(32)));
static uint64_t pdpt[4] __attribute__((aligned(32)));
static union __attribute__((aligned(PAGE_SIZE))) {
	uint32_t legacy[1024];
	uint64_t pae[512];
} pd, identity_pd, pt;
static uint32_t ram[PAGING_PAGES][PAGE_SIZE / 4] __attribute__((aligned(PAGE_SIZE)));

/** What the small page `n` is, but for its accessed and dirty bits. */
static uint64_t small_entry(uint32_t n)
{
	uint64_t own = (uintptr_t)ram[n];

	switch (PAGING_PAGE(n)) {
	case PAGING_DEVICE:
		return SCRATCH | ALL;
	case PAGING_DEVICE_RO:
		return SCRATCH | PTE_U | PTE_P;
	case PAGING_DEVICE_SUPERVISOR:
		return SCRATCH | PTE_W | PTE_P;
	case PAGING_RAM_RO:
		return own | PTE_U | PTE_P;
	case PAGING_NOWHERE:
		return own | PTE_W | PTE_U;
	case PAGING_RAM_SUPERVISOR:
		return own | PTE_W | PTE_P;
	case PAGING_RAM_NX:
		return own | ALL | PTE_NX;
	case PAGING_RESERVED:
		return own | ALL | PTE_RESERVED;
	default:
		return own | ALL;
	}
}

static void make_legacy(void)
{
	uint32_t i;

	memset(&pd, 0, sizeof(pd));
	for (i = 0; i < RAM_SIZE / BIG_4M; i++) {
		pd.legacy[i] = (uint32_t)(i * BIG_4M | PTE_PS | ALL);
	}
	for (i = 0; i < PAGING_PAGES; i++) {
		pt.legacy[i] = (uint32_t)small_entry(i);
	}
	pd.legacy[PAGING_AREA / BIG_4M] = (uint32_t)((uintptr_t)&pt | ALL);
	pd.legacy[PAGING_BIG_DEVICE / BIG_4M] = (uint32_t)(SCRATCH | PTE_PS | ALL);
	pd.legacy[PAGING_BIG_RESERVED / BIG_4M] =
		(uint32_t)(SCRATCH | PSE_RESERVED | PTE_PS | ALL);
	pd.legacy[PAGING_BIG_HIGH / BIG_4M] =
		(uint32_t)(UNMAPPED | PSE36_BIT_32 | PTE_PS | ALL);
	paging_input.cr3 = (uint32_t)(uintptr_t)&pd;
	paging_input.cr4 = CR4_PSE;
	paging_input.efer = 0;
	paging_input.ptes = (uint32_t)(uintptr_t)&pt;
	paging_input.pte_shift = 2;
}

static void make_pae(void)
{
	const uint32_t area = PAGING_AREA;
	uint32_t i;

	memset(&pd, 0, sizeof(pd));
	memset(&pt, 0, sizeof(pt));
	for (i = 0; i < RAM_SIZE / BIG_2M; i++) {
		identity_pd.pae[i] = i * BIG_2M | PTE_PS | ALL;
	}
	for (i = 0; i < PAGING_PAGES; i++) {
		pt.pae[i] = small_entry(i);
	}
	pd.pae[0] = (uintptr_t)&pt | ALL;
	pd.pae[(PAGING_BIG_DEVICE - area) / BIG_2M] = SCRATCH | PTE_PS | ALL;
	pd.pae[(PAGING_BIG_RESERVED - area) / BIG_2M] = SCRATCH | PAE_BIG_RESERVED | PTE_PS | ALL;
	pd.pae[(PAGING_BIG_HIGH - area) / BIG_2M] = HIGH | UNMAPPED | PTE_PS | ALL;
	pdpt[0] = (uintptr_t)&identity_pd | PTE_P;
	pdpt[1] = (uintptr_t)&pd | PTE_P;
	memcpy(paging_bad_pdpt, pdpt, sizeof(pdpt));
	paging_bad_pdpt[2] = (uintptr_t)&pd | PTE_RESERVED | PTE_P;
	paging_input.cr3 = (uint32_t)(uintptr_t)pdpt;
	paging_input.cr4 = CR4_PAE;
	paging_input.efer = EFER_NXE;
	paging_input.ptes = (uint32_t)(uintptr_t)&pt;
	paging_input.pte_shift = 3;
}

static void check_marks(uint32_t entry, uint64_t marks, const char *name)
{
	check_equal(entry & (PTE_A | PTE_D), marks, name);
}

static void run_common(void)
{
	legacy_prepare();
	memset(ram, 0, sizeof(ram));
	legacy_run(paging_code);
	check_marks(paging_results[0], PTE_A, "a device's page that was read");
	check_marks(paging_results[1], PTE_A | PTE_D, "a device's page that was written");
	check_equal(paging_results[2], 0x1234, "a device through a big page");
	check_equal(paging_results[3], 0x1234569a, "and the same through a small one");
	check_marks(paging_results[4], 0, "a page that only faulting accesses could have met");
	check_marks(paging_results[5], PTE_A | PTE_D, "a page that MOVS wrote from a device");
	check_equal(paging_results[6], 0x1234569a, "what it wrote");
	check_marks(paging_results[7], PTE_A | PTE_D, "a page that INS wrote");
	check_marks(paging_results[8], PTE_A, "a page that OUTS read");
	check_equal(paging_results[9], 0x77, "a read-only page without CR0.WP");
}

/**
 * A reserved bit's error code has P (SDM volume 3, 4.7; APM volume 2, 8.4.2). QEMU 7.2 leaves
 * it out of the faults of its own CPU (do_fault_rsvd in target/i386/tcg): then it is not asked
 * for there. What the library finds in the guest's place has it everywhere.
 */
static void adapt_to_cpu(void)
{
	struct legacy_record *at = legacy_expected;
	bool has_present;

	while ((at->error & PAGING_BY_CPU) == 0) {
		at++;
	}
	has_present = (legacy_seen((uint32_t)(at - legacy_expected))->error & PF_PRESENT) != 0;
	for (at = legacy_expected; at < legacy_expected_end; at++) {
		if ((at->error & PAGING_BY_CPU) != 0) {
			at->error &= ~(has_present ? PAGING_BY_CPU : PAGING_BY_CPU | PF_PRESENT);
		}
	}
}

/**
 * MOV to CR3 checks the PDPTEs on an Intel CPU (SDM volume 3, 4.4.1). An AMD CPU with nested
 * paging reads them at each walk (APM volume 2, 15.25.10): the access finds the reserved bit.
 */
static const struct legacy_record *adapt_to_pdptes(void)
{
	struct legacy_record *last = &legacy_expected_end[-1];

	if (legacy_logged() == (uint32_t)(last - paging_expected_pae)) {
		last[-1] = (struct legacy_record){
			.vector = VECTOR_PF,
			.error = paging_expected_reserved->error,
			.ip = last->ip,
			.cr2 = PAGING_BAD_PDPTE,
		};
		return last;
	}
	return legacy_expected_end;
}

static void run_pae(void)
{
	legacy_prepare();
	make_pae();
	legacy_run(paging_pae_code);
	legacy_check_log_between(paging_expected_pae, adapt_to_pdptes());
}

void guest_main(void)
{
	make_legacy();
	run_common();
	adapt_to_cpu();
	legacy_check_log_between(legacy_expected, paging_expected_pae);
	if ((cpuid(1, 0).edx & CPUID_PSE36) != 0) {
		legacy_run(paging_high_code);
	}
	make_pae();
	run_common();
	legacy_check_log_between(legacy_expected, paging_expected_pae);
	legacy_run(paging_high_code);
	run_pae();
}
