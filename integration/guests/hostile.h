/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the hostile guest know of each other. */
#ifndef HOSTILE_H_
#define HOSTILE_H_

/** SCTLR_EL1 with translation off (ARM DDI 0487, D19.2.118): its bits that are 1 in ARMv8.0. */
#define HOSTILE_SCTLR_OFF 0x30d00800

/* Offsets in struct hostile_world. */
#define HOSTILE_TTBR0 0
#define HOSTILE_TCR 16
#define HOSTILE_ELR 32
#define HOSTILE_SCTLR 48

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

/** How random code begins. */
struct hostile_world {
	uint64_t ttbr0, ttbr1, tcr, mair, elr, spsr, sctlr;
	/** X0 to X30, and the stack pointer. */
	const uint64_t *x;
};
_Static_assert(offsetof(struct hostile_world, ttbr0) == HOSTILE_TTBR0, "offset");
_Static_assert(offsetof(struct hostile_world, tcr) == HOSTILE_TCR, "offset");
_Static_assert(offsetof(struct hostile_world, elr) == HOSTILE_ELR, "offset");
_Static_assert(offsetof(struct hostile_world, sctlr) == HOSTILE_SCTLR, "offset");

/** All that random code may write with translation on: itself and its registers' first values. */
struct hostile_open {
	uint32_t code[512];
	uint64_t x[32];
};
/** In RAM that nobody else uses, with zeros (no instruction) for a megabyte around. */
#define HOSTILE_OPEN ((struct hostile_open *)UINT64_C(0x44000000))
#define HOSTILE_RAM UINT64_C(0x40000000)
#define HOSTILE_RAM_SIZE UINT64_C(0x10000000)

void hostile_enter(const struct hostile_world *world);
void hostile_next(uint64_t vector);

/** The next one of the same numbers in every run. */
uint64_t hostile_random(void);
/** Something that an address or argument might be. */
uint64_t hostile_value(void);
/** The same, but nowhere near RAM, whatever a few KiB are added. */
uint64_t hostile_value_outside(void);

/** Tables for the pages above and the devices, at EL1 and EL0; the root. */
uint64_t hostile_make_tables(void);
/** Where EL0 has HOSTILE_OPEN with them. */
#define HOSTILE_USER_OPEN UINT64_C(0xc0000000)

/** One instruction of A64; `translated`: nothing but HOSTILE_OPEN can be written. */
uint32_t hostile_a64(int translated);
/** 32 bits of A32 or of T32. */
uint32_t hostile_a32(void);

/** Calls with random arguments, and accesses to random addresses. */
void hostile_call(uint64_t count);
void hostile_access(uint64_t count);
/** The virtual timer's interrupt through the GIC, whatever happened to that; and only it. */
void hostile_prepare_timer(int distributor_too);
void hostile_acknowledge(void);

#endif /* __ASSEMBLER__ */

#endif /* HOSTILE_H_ */
