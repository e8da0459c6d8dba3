/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRC-32C (Castagnoli): polynomial 0x1EDC6F41, bits reflected, start and end
 * inverted, as RFC 3720, section 12.1 and appendix B.4, define it.
 */
#ifndef AXVCPU_SRC_CRC32C_H_
#define AXVCPU_SRC_CRC32C_H_

#include <stddef.h>
#include <stdint.h>

/** The checksum of nothing, to start with. */
#define AXVCPU_CRC32C_START 0u

/** The checksum of what `crc` is of, followed by `size` bytes. */
uint32_t axvcpu_crc32c(uint32_t crc, const void *bytes, size_t size);

#endif /* AXVCPU_SRC_CRC32C_H_ */
