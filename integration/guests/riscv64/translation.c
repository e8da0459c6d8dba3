/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With the guest's own translation on: exits have the physical address, the
 * guest's exceptions the virtual one; tables in no memory are the guest's problem.
 */
#include "guest.h"

/* Sv39 (4.4.1) */
#define ENTRIES 512u
#define GIB(n) ((uint64_t)(n) << 30)
#define SATP_SV39 (UINT64_C(8) << 60)
#define PTE_V UINT64_C(0x01)
#define PTE_R UINT64_C(0x02)
#define PTE_W UINT64_C(0x04)
#define PTE_X UINT64_C(0x08)
#define PTE_A UINT64_C(0x40)
#define PTE_D UINT64_C(0x80)
#define PTE_ALL (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)
#define PTE(address, bits) ((address) >> 12 << 10 | (bits))

/** The first GiB, where the devices are, once more. */
#define ALIAS GIB(4)
/** Its level-1 table is where no memory is. */
#define NO_LEVEL_1 GIB(5)
/** Its level-0 table is. */
#define NO_LEVEL_0 GIB(6)
/** Readable memory in which nothing may be executed or written. */
#define READ_ONLY GIB(7)
/** Nothing. */
#define NOTHING GIB(8)

static _Alignas(4096) uint64_t level_2[ENTRIES];
static _Alignas(4096) uint64_t level_1[ENTRIES];

static void translation_on(void)
{
	level_2[0] = PTE(GIB(0), PTE_ALL);
	level_2[2] = PTE(GIB(2), PTE_ALL);
	level_2[4] = PTE(GIB(0), PTE_ALL);
	level_2[5] = PTE(UNMAPPED, PTE_V);
	level_2[6] = PTE((uintptr_t)level_1, PTE_V);
	level_2[7] = PTE(GIB(2), PTE_V | PTE_R | PTE_A);
	level_1[0] = PTE(UNMAPPED, PTE_V);
	CSR_WRITE(satp, SATP_SV39 | (uintptr_t)level_2 >> 12);
	__asm__ volatile("sfence.vma" ::: "memory");
}

static void translation_off(void)
{
	CSR_WRITE(satp, 0);
	__asm__ volatile("sfence.vma" ::: "memory");
}

static uint64_t accessed;
#define ACCESS(instruction, address)                              \
	__asm__ volatile("li a5, 0x600d\n\t" instruction "\n\tmv %0, a5" \
			 : "=r"(accessed)                         \
			 : "r"((uint64_t)(address))               \
			 : "a5", "memory")

static void expect(uint64_t before, uint64_t cause, uint64_t value, const char *name)
{
	check(exception.count == before + 1, name);
	check_equal(exception.cause, cause, name);
	check_equal(exception.value, value, name);
}

static void check_mmio(void)
{
	uint64_t before = exception.count;

	ACCESS("sd a5, 0(%1)", ALIAS + SCRATCH + 0x28);
	ACCESS("lhu a5, 0(%1)", SCRATCH + 0x28);
	check_equal(accessed, 0x600d, "MMIO through an alias");
	check_equal(exception.count, before, "without an exception");
	ACCESS("lr.d a5, (%1)", ALIAS + SCRATCH);
	expect(before++, CAUSE_LOAD_ACCESS, ALIAS + SCRATCH, "what is not decoded");
	ACCESS("ld a5, 0(%1)", ALIAS + UNMAPPED + 8);
	expect(before++, CAUSE_LOAD_ACCESS, ALIAS + UNMAPPED + 8, "what nothing answers");
}

/** QEMU 7.2 reports a walk that leaves memory as a load's, whatever it was for. */
static void check_walks(void)
{
	uint64_t before = exception.count;

	ACCESS("ld a5, 0(%1)", NO_LEVEL_1 + 0x123);
	expect(before++, CAUSE_LOAD_ACCESS, NO_LEVEL_1 + 0x123, "a load without a level-1 table");
	ACCESS("sw a5, 0(%1)", NO_LEVEL_0 + 0x456);
	check(exception.count == before + 1, "a store without a level-0 table");
	check(exception.cause == CAUSE_STORE_ACCESS || exception.cause == CAUSE_LOAD_ACCESS,
	      "an access fault");
	check_equal(exception.value, NO_LEVEL_0 + 0x456, "at its address");
}

/** The guest's own faults are its own, and no exit. */
static void check_own_faults(void)
{
	void (*code)(void) = (void (*)(void))(uintptr_t)(READ_ONLY + 0x2000);
	uint64_t before = exception.count;

	ACCESS("ld a5, 0(%1)", READ_ONLY + ((uintptr_t)level_1 - GIB(2)));
	check_equal(accessed, level_1[0], "read-only memory is read");
	ACCESS("sd a5, 0(%1)", READ_ONLY + 8);
	expect(before++, CAUSE_STORE_PAGE, READ_ONLY + 8, "but not written");
	code();
	expect(before++, CAUSE_FETCH_PAGE, (uintptr_t)code, "nor executed");
	ACCESS("lb a5, 0(%1)", NOTHING + 1);
	expect(before++, CAUSE_LOAD_PAGE, NOTHING + 1, "and what is not there not read");
	ACCESS("ld a5, 0(%1)", UINT64_C(1) << 40);
	expect(before++, CAUSE_LOAD_PAGE, UINT64_C(1) << 40, "nor what is no address");
}

/** Stage 2 has no device that could be executed. */
static void check_device_code(void)
{
	void (*code)(void) = (void (*)(void))(uintptr_t)(ALIAS + UART);
	uint64_t before = exception.count;

	code();
	expect(before, CAUSE_FETCH_ACCESS, ALIAS + UART, "code in a device");
}

void guest_main(void)
{
	translation_on();
	check_mmio();
	check_walks();
	check_own_faults();
	check_device_code();
	translation_off();
}
