/* SPDX-License-Identifier: Apache-2.0 */
/* The SVE registers of the CPU that runs. */
#ifndef SVE_H_
#define SVE_H_

#include "guest.h"

#define SVE_VECTORS 32u
/** P0 to P15, and FFR behind them. */
#define SVE_PREDICATES 17u
#define SVE_FFR 16u
#define SVE_VECTOR_BYTES_MOST 256u
#define SVE_PREDICATE_BYTES_MOST 32u

/** Each register at its beginning; as many bytes of it as the vector length says. */
struct sve_registers {
	uint8_t z[SVE_VECTORS][SVE_VECTOR_BYTES_MOST];
	uint8_t p[SVE_PREDICATES][SVE_PREDICATE_BYTES_MOST];
};

/* ZCR_EL1.LEN (ARM DDI 0487, D19.2.160): vectors of at most 128 (LEN + 1) bits. */
#define ZCR_LEN_MOST 15u

static inline uint64_t zcr_read(void)
{
	return SYSREG_READ(S3_0_C1_C2_0);
}

static inline void zcr_write(uint64_t value)
{
	SYSREG_WRITE(S3_0_C1_C2_0, value);
}

/** ID_AA64PFR0_EL1.SVE (D19.2.69). */
static inline uint64_t sve_version(void)
{
	return SYSREG_READ(id_aa64pfr0_el1) >> 32 & 0xfu;
}

/** Bytes of a vector now. */
uint64_t sve_vector_bytes(void);
void sve_write(const struct sve_registers *from);
void sve_read(struct sve_registers *to);

#endif /* SVE_H_ */
