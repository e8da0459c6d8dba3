/* SPDX-License-Identifier: Apache-2.0 */
#include "crc32c.h"


/** The polynomial with its bits in the order in which they are processed. */
#define POLYNOMIAL_REFLECTED UINT32_C(0x82f63b78)
#define VALUES 256u
#define BITS 8u

/** What a byte does to a checksum of zeros. */
static uint32_t effect[VALUES];

static void fill(void)
{
	uint32_t value;
	uint32_t crc;
	unsigned bit;

	for (value = 0; value < VALUES; value++) {
		crc = value;
		for (bit = 0; bit < BITS; bit++) {
			crc = crc >> 1 ^ ((crc & 1u) != 0 ? POLYNOMIAL_REFLECTED : 0u);
		}
		effect[value] = crc;
	}
}

uint32_t crc32c(uint32_t crc, const void *bytes, size_t size)
{
	const uint8_t *at = (const uint8_t *)bytes;
	const uint8_t *end = at + size;

	if (effect[1] == 0) {
		fill();
	}
	for (crc = ~crc; at < end; at++) {
		crc = crc >> BITS ^ effect[(crc ^ *at) % VALUES];
	}
	return ~crc;
}
