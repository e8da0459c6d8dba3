/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	unsigned char *out = to;
	const unsigned char *in = from;

	while (size-- > 0) {
		*out++ = *in++;
	}
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	unsigned char *out = to;

	while (size-- > 0) {
		*out++ = (unsigned char)byte;
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *left = a;
	const unsigned char *right = b;

	for (; size > 0; size--, left++, right++) {
		if (*left != *right) {
			return *left < *right ? -1 : 1;
		}
	}
	return 0;
}
