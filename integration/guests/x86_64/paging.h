/* SPDX-License-Identifier: Apache-2.0 */
/* What paging.c and paging.S share. */
#ifndef X86_64_PAGING_H_
#define X86_64_PAGING_H_

/** Linear addresses of 4 KiB pages, the same with 32-bit and PAE paging. */
#define PAGING_AREA 0x40000000
#define PAGING_PAGE(n) (PAGING_AREA + 0x1000 * (n))
#define PAGING_DEVICE PAGING_PAGE(0)
#define PAGING_DEVICE_RO PAGING_PAGE(1)
#define PAGING_DEVICE_SUPERVISOR PAGING_PAGE(2)
#define PAGING_RAM PAGING_PAGE(3)
#define PAGING_RAM_RO PAGING_PAGE(4)
#define PAGING_NOWHERE PAGING_PAGE(5)
#define PAGING_RAM_SUPERVISOR PAGING_PAGE(6)
#define PAGING_RAM_INS PAGING_PAGE(7)
#define PAGING_RAM_OUTS PAGING_PAGE(8)
/** PAE alone: no-execute, with an address bit that no CPU has. */
#define PAGING_RAM_NX PAGING_PAGE(9)
#define PAGING_RESERVED PAGING_PAGE(10)
#define PAGING_PAGES 11
/** Pages of 4 MiB, or 2 MiB. */
#define PAGING_BIG_DEVICE 0x40400000
#define PAGING_BIG_RESERVED 0x40800000
/** No second table is there. */
#define PAGING_NO_TABLE 0x40c00000
/** A big page above 4 GiB: by the bits of PSE-36, or plainly. */
#define PAGING_BIG_HIGH 0x41000000
/** A gigabyte whose PDPTE has reserved bits, in the tables at paging_bad_pdpt. */
#define PAGING_BAD_PDPTE 0x80000000

/** In an expected error code: see adapt_to_cpu(). */
#define PAGING_BY_CPU 0x10000

#define PAGING_PORT 0x280

/* Words of struct paging_input, which says how to turn paging on. */
#define PAGING_INPUT_CR3 0
#define PAGING_INPUT_CR4 4
#define PAGING_INPUT_EFER 8
#define PAGING_INPUT_PTES 12
#define PAGING_INPUT_PTE_SHIFT 16

#define PAGING_RESULTS 16

#endif /* X86_64_PAGING_H_ */
