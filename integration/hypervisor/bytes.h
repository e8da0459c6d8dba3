/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of C's <string.h> that this kernel has; compilers call the first two by themselves. */
#ifndef HYPERVISOR_BYTES_H_
#define HYPERVISOR_BYTES_H_

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif /* HYPERVISOR_BYTES_H_ */
