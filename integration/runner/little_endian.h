/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in files. */
#ifndef RUNNER_LITTLE_ENDIAN_H_
#define RUNNER_LITTLE_ENDIAN_H_

#include <stdint.h>

static inline uint32_t little_endian_read32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

/** Writes the low half of `value`. */
static inline void little_endian_write32(uint8_t *at, uint64_t value)
{
	uint32_t i;

	for (i = 0; i < 4; i++) {
		at[i] = (uint8_t)(value >> (8 * i));
	}
}

#endif /* RUNNER_LITTLE_ENDIAN_H_ */
