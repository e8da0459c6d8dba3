/* SPDX-License-Identifier: Apache-2.0 */
/* The system registers that EL1 can write and that keep what is written. */
#ifndef KEPT_H_
#define KEPT_H_

#include <stdint.h>

#define KEPT_MAX 128u

struct kept {
	/** op0 to op2. */
	uint32_t encoding;
	/** The bits that keep what is written. */
	uint64_t mask;
	/** The register's value before. */
	uint64_t before;
};
extern struct kept kept[KEPT_MAX];
extern uint32_t kept_count;

/* `code` is room for two instructions that the caller alone uses. */

/** Finds them all, and leaves them as they were. */
void kept_find(volatile uint32_t code[2]);
uint64_t kept_read(volatile uint32_t code[2], const struct kept *of);
void kept_write(volatile uint32_t code[2], const struct kept *of, uint64_t value);

#endif /* KEPT_H_ */
