/* SPDX-License-Identifier: Apache-2.0 */
/* All registers of a CPU that keep what is written to them: filled, compared, looked at. */
#ifndef X86_64_REGISTERS_H_
#define X86_64_REGISTERS_H_

#include <stdint.h>

/** Has the CPU use AVX if it has it. Before anything else here. */
void registers_open(void);
/** What is not as after a reset, or null: on a CPU that has just started. */
const char *registers_left_over(void);
/** Fills them with values that follow from `seed`. */
void registers_fill(uint64_t seed);
/** What differs from what registers_fill() wrote, or null. x87 registers are empty afterwards. */
const char *registers_changed(uint64_t seed);

#endif /* X86_64_REGISTERS_H_ */
