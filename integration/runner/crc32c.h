/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32C (RFC 3720, 12.1 and B.4), quick enough for a guest's whole memory. */
#ifndef RUNNER_CRC32C_H_
#define RUNNER_CRC32C_H_

#include <stddef.h>
#include <stdint.h>

/** The checksum of what `crc` is of (0: of nothing), followed by `size` bytes. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t size);

#endif /* RUNNER_CRC32C_H_ */
