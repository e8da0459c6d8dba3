/* SPDX-License-Identifier: Apache-2.0 */
#include "crc32c.h"

/** The polynomial with its bits in the order in which they are processed. */
#define POLYNOMIAL_REFLECTED UINT32_C(0x82f63b78)

uint32_t axvcpu_crc32c(uint32_t crc, const void *bytes, size_t size)
{
	const unsigned char *next = (const unsigned char *)bytes;

	crc = ~crc;
	for (size_t i = 0; i < size; i++) {
		crc ^= next[i];
		for (unsigned int bit = 0; bit < 8u; bit++) {
			crc = (crc >> 1) ^ ((crc & 1u) != 0u ? POLYNOMIAL_REFLECTED : 0u);
		}
	}
	return ~crc;
}
