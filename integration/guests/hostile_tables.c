/* SPDX-License-Identifier: Apache-2.0 */
/* The hostile guest's stage-1 tables: 39 bits of address, 4 KiB (ARM DDI 0487, D8.3). */
#include "guest.h"
#include "hostile.h"

#define ENTRIES 512u
#define GIB(n) ((uint64_t)(n) << 30)
#define MIB2(n) ((uint64_t)(n) << 21)
#define PAGE UINT64_C(4096)
#define PTE_TABLE UINT64_C(3)
#define PTE_PAGE UINT64_C(3)
#define PTE_BLOCK UINT64_C(1)
#define PTE_AF (UINT64_C(1) << 10)
#define PTE_USER (UINT64_C(1) << 6)
#define PTE_READ_ONLY (UINT64_C(1) << 7)
#define PTE_UXN (UINT64_C(1) << 54)
/** Index in MAIR_EL1. */
#define PTE_ATTRIBUTES(n) ((uint64_t)(n) << 2)

static _Alignas(4096) uint64_t root[ENTRIES];
static _Alignas(4096) uint64_t devices[ENTRIES];
static _Alignas(4096) uint64_t ram[ENTRIES];
static _Alignas(4096) uint64_t code[ENTRIES];
static _Alignas(4096) uint64_t open[ENTRIES];
static _Alignas(4096) uint64_t user[ENTRIES];
static _Alignas(4096) uint64_t user_open[ENTRIES];

uint64_t hostile_make_tables(void)
{
	extern const uint8_t hostile_page[];
	const uint64_t page = (uintptr_t)hostile_page;
	const uint64_t kernel = PTE_AF | PTE_UXN;
	uint64_t i;

	for (i = 0; i < ENTRIES; i++) {
		devices[i] = MIB2(i) | PTE_BLOCK | kernel | PTE_ATTRIBUTES(1);
		/* What lies behind this machine's RAM. */
		ram[i] = MIB2(i) < HOSTILE_RAM_SIZE ?
				 0 :
				 (HOSTILE_RAM + MIB2(i)) | PTE_BLOCK | kernel;
	}
	root[0] = (uintptr_t)devices | PTE_TABLE;
	root[1] = (uintptr_t)ram | PTE_TABLE;
	root[2] = PTE_BLOCK | PTE_AF | PTE_USER | PTE_ATTRIBUTES(1); /* devices again, for EL0 */
	root[3] = (uintptr_t)user | PTE_TABLE;
	root[4] = UNMAPPED | PTE_TABLE;		   /* a table that is not there */
	root[5] = (uintptr_t)HOSTILE_OPEN | PTE_TABLE; /* one that random code writes */
	root[6] = GIB(256) | PTE_BLOCK | PTE_AF | PTE_USER;
	root[7] = GIB(1024) | PTE_BLOCK | PTE_AF | PTE_USER;
	root[8] = SCRATCH | PTE_TABLE;
	/* The way in and out is executed but not written; nothing else of this guest is there. */
	ram[(page - HOSTILE_RAM) / MIB2(1)] = (uintptr_t)code | PTE_TABLE;
	code[page / PAGE % ENTRIES] = page | PTE_PAGE | kernel | PTE_READ_ONLY;
	ram[((uintptr_t)HOSTILE_OPEN - HOSTILE_RAM) / MIB2(1)] = (uintptr_t)open | PTE_TABLE;
	open[0] = (uintptr_t)HOSTILE_OPEN | PTE_PAGE | kernel;
	user[0] = (uintptr_t)user_open | PTE_TABLE;
	user_open[0] = (uintptr_t)HOSTILE_OPEN | PTE_PAGE | PTE_AF | PTE_USER;
	return (uintptr_t)root;
}
