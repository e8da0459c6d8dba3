/* SPDX-License-Identifier: Apache-2.0 */
#include "sve.h"

#include "fp.h"
#include "regs.h"
#include "state.h"
#include "sysreg.h"
#include "percpu.h"
#include "world.h"

/* A vector has 128 to 2048 bits; a predicate one for each byte of it (B1.2.2). */
#define VECTOR_BITS_LEAST 128u
#define VECTOR_BITS_MOST 2048u
#define BITS_PER_BYTE 8u
#define VECTOR_BYTES_MOST (VECTOR_BITS_MOST / BITS_PER_BYTE)
#define PREDICATE_BYTES_MOST (VECTOR_BYTES_MOST / BITS_PER_BYTE)
#define VECTORS 32u
/** P0 to P15, and FFR as the last. */
#define PREDICATES 17u

/* Every CPU with a vector of some length has all shorter ones whose length is a power of two. */
static bool is_length(uint32_t bits)
{
	return bits >= VECTOR_BITS_LEAST && bits <= VECTOR_BITS_MOST && (bits & (bits - 1u)) == 0u;
}

static uint64_t zcr_of(uint32_t vector_bytes)
{
	return vector_bytes * BITS_PER_BYTE / VECTOR_BITS_LEAST - 1u;
}

/**
 * Bytes of the longest vector, a power of two, of the CPU that calls, which has SVE. ZCR_EL2
 * is longer for a moment only, so that whatever is in the registers stays there.
 */
static uint32_t longest_here(const struct arm_features *features)
{
	const uint64_t daif = arm_read_DAIF();
	uint64_t cptr;
	uint64_t zcr;
	uint32_t bytes;
	uint32_t found;

	/* It is about this CPU: not to be moved to another one in the middle of it. */
	arm_write_DAIF(DAIF_ALL);
	cptr = arm_read_CPTR_EL2();
	arm_write_CPTR_EL2(features->vhe ? cptr | CPTR_EL2_E2H_FPEN | CPTR_EL2_E2H_ZEN :
					   cptr & ~(CPTR_EL2_TFP | CPTR_EL2_TZ));
	arm_isb();
	zcr = arm_read_ZCR_EL2();
	arm_write_ZCR_EL2(ZCR_LEN);
	arm_isb();
	found = (uint32_t)arm_vcpu_sve_vector_bytes();
	arm_write_ZCR_EL2(zcr);
	arm_write_CPTR_EL2(cptr);
	arm_isb();
	arm_write_DAIF(daif);
	bytes = VECTOR_BITS_LEAST / BITS_PER_BYTE;
	while (bytes * 2u <= found) {
		bytes *= 2u;
	}
	return bytes;
}

static uint32_t predicate_bytes(const struct arm_vcpu *vcpu)
{
	return vcpu->sve.vector_bytes / BITS_PER_BYTE;
}

static uint8_t *predicate(const struct arm_vcpu *vcpu, uint32_t n)
{
	return vcpu->sve.state + (size_t)VECTORS * vcpu->sve.vector_bytes +
	       (size_t)n * predicate_bytes(vcpu);
}

static size_t frames_bytes(const struct arm_sve *sve)
{
	return (size_t)sve->frames * AXVCPU_FRAME_SIZE;
}

axvcpu_error_t arm_vcpu_sve_setup(struct arm_vcpu *vcpu, uint32_t vector_bits)
{
	const struct axvcpu_hal *hal = vcpu->hal;
	struct arm_sve *sve = &vcpu->sve;
	struct arm_features here;
	axvcpu_error_t error;
	uint32_t bytes;
	uint32_t frames;

	if (vector_bits != 0u && !is_length(vector_bits)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	arm_vcpu_features_find(&here);
	if (!here.sve) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	bytes = longest_here(&here);
	if (vector_bits > bytes * BITS_PER_BYTE) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	if (vector_bits != 0u) {
		bytes = vector_bits / BITS_PER_BYTE;
	}
	frames = (VECTORS * bytes + PREDICATES * (bytes / BITS_PER_BYTE) + AXVCPU_FRAME_SIZE - 1u) /
		 AXVCPU_FRAME_SIZE;
	error = hal->ops->alloc_frames(hal->ctx, frames, AXVCPU_FRAME_SIZE, &sve->hpa);
	if (error != AXVCPU_OK) {
		return error;
	}
	sve->state = (uint8_t *)hal->ops->phys_to_virt(hal->ctx, sve->hpa);
	if (sve->state == NULL) {
		hal->ops->free_frames(hal->ctx, sve->hpa, frames);
		return AXVCPU_ERR_NO_MEMORY;
	}
	sve->frames = frames;
	sve->vector_bytes = bytes;
	__builtin_memset(sve->state, 0, frames_bytes(sve));
	return AXVCPU_OK;
}

void arm_vcpu_sve_destroy(struct arm_vcpu *vcpu)
{
	struct arm_sve *sve = &vcpu->sve;

	if (sve->state == NULL) {
		return;
	}
	__builtin_memset(sve->state, 0, frames_bytes(sve));
	vcpu->hal->ops->free_frames(vcpu->hal->ctx, sve->hpa, sve->frames);
	__builtin_memset(sve, 0, sizeof(*sve));
}

bool arm_vcpu_sve_fits(const struct arm_vcpu *vcpu, const struct arm_features *features)
{
	return !arm_vcpu_has_sve(vcpu) ||
	       (features->sve && vcpu->sve.vector_bytes <= longest_here(features));
}

void arm_vcpu_sve_load(struct arm_vcpu *vcpu)
{
	struct arm_sve *sve = &vcpu->sve;

	if ((vcpu->on_cpu & ARM_GROUP_SVE) == 0u) {
		sve->host_zcr = arm_read_ZCR_EL2();
		arm_write_ZCR_EL2(zcr_of(sve->vector_bytes));
		arm_isb();
	}
	arm_vcpu_sve_registers_load(sve->state);
	vcpu->on_cpu |= ARM_GROUP_SVE;
	arm_vcpu_state_write(vcpu, ARM_SAVED_ZCR_EL1, vcpu->saved[ARM_SAVED_ZCR_EL1]);
}

void arm_vcpu_sve_save(struct arm_vcpu *vcpu)
{
	arm_vcpu_sve_registers_save(vcpu->sve.state);
	vcpu->saved[ARM_SAVED_ZCR_EL1] = arm_vcpu_state_read(vcpu, ARM_SAVED_ZCR_EL1);
}

void arm_vcpu_sve_unload(struct arm_vcpu *vcpu)
{
	arm_write_ZCR_EL2(vcpu->sve.host_zcr);
}

/* Ids: 16 bytes of a vector each, but for the first 16, which are V<n>; then the predicates. */
#define PARTS_MOST (VECTOR_BYTES_MOST / ARM_FPSIMD_REG_SIZE)

static uint32_t parts(const struct arm_vcpu *vcpu)
{
	return vcpu->sve.vector_bytes / ARM_FPSIMD_REG_SIZE;
}

/** Where the bytes of a register are, and how many of its id it has; null if it is none. */
static uint8_t *find(struct arm_vcpu *vcpu, uint64_t id, uint32_t *bytes)
{
	const uint32_t n = AXVCPU_REG_INDEX(id);

	if (!arm_vcpu_has_sve(vcpu)) {
		return NULL;
	}
	if (id >= ARM_VCPU_REG_Z(0, 1) && id < ARM_VCPU_REG_Z(VECTORS, 0) && n % PARTS_MOST != 0u &&
	    n % PARTS_MOST < parts(vcpu)) {
		*bytes = ARM_FPSIMD_REG_SIZE;
		return arm_vcpu_fp_vector(vcpu, n / PARTS_MOST) +
		       (size_t)(n % PARTS_MOST) * ARM_FPSIMD_REG_SIZE;
	}
	if (id >= ARM_VCPU_REG_P(0) && id <= ARM_VCPU_REG_FFR) {
		*bytes = predicate_bytes(vcpu);
		return predicate(vcpu, n - AXVCPU_REG_INDEX(ARM_VCPU_REG_P(0)));
	}
	return NULL;
}

axvcpu_error_t arm_vcpu_sve_reg_get(struct arm_vcpu *vcpu, uint64_t id, void *buffer)
{
	uint32_t bytes;
	const uint8_t *from = find(vcpu, id, &bytes);
	uint64_t bits = (uint64_t)vcpu->sve.vector_bytes * BITS_PER_BYTE;

	if (from != NULL) {
		arm_vcpu_fp_save(vcpu);
		__builtin_memset(buffer, 0, AXVCPU_REG_SIZE(id));
		__builtin_memcpy(buffer, from, bytes);
		return AXVCPU_OK;
	}
	if (id == ARM_VCPU_REG_SVE_VECTOR_BITS && arm_vcpu_has_sve(vcpu)) {
		__builtin_memcpy(buffer, &bits, sizeof(bits));
		return AXVCPU_OK;
	}
	return AXVCPU_ERR_NOT_FOUND;
}

axvcpu_error_t arm_vcpu_sve_reg_set(struct arm_vcpu *vcpu, uint64_t id, const void *buffer)
{
	const uint8_t *value = (const uint8_t *)buffer;
	uint32_t bytes = 0;
	uint8_t *to = find(vcpu, id, &bytes);
	uint64_t bits;

	if (id == ARM_VCPU_REG_SVE_VECTOR_BITS && arm_vcpu_has_sve(vcpu)) {
		__builtin_memcpy(&bits, buffer, sizeof(bits));
		return bits == (uint64_t)vcpu->sve.vector_bytes * BITS_PER_BYTE ?
			       AXVCPU_OK :
			       AXVCPU_ERR_UNSUPPORTED;
	}
	if (to == NULL) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	for (uint32_t i = bytes; i < AXVCPU_REG_SIZE(id); i++) {
		if (value[i] != 0u) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
	}
	arm_vcpu_fp_save(vcpu);
	__builtin_memcpy(to, value, bytes);
	if ((vcpu->on_cpu & ARM_GROUP_FP) != 0u) {
		arm_vcpu_fp_load(vcpu);
	}
	return AXVCPU_OK;
}

uint32_t arm_vcpu_sve_reg_count(const struct arm_vcpu *vcpu)
{
	return arm_vcpu_has_sve(vcpu) ? 1u + VECTORS * (parts(vcpu) - 1u) + PREDICATES : 0u;
}

uint64_t arm_vcpu_sve_reg_at(const struct arm_vcpu *vcpu, uint32_t index)
{
	const uint32_t above = parts(vcpu) - 1u;

	/* First, so that a snapshot of another length is refused before it changes anything. */
	if (index == 0u) {
		return ARM_VCPU_REG_SVE_VECTOR_BITS;
	}
	index--;
	if (index < VECTORS * above) {
		return ARM_VCPU_REG_Z(index / above, 1u + index % above);
	}
	return ARM_VCPU_REG_P(index - VECTORS * above);
}
