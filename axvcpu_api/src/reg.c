/* SPDX-License-Identifier: Apache-2.0 */
/* Registers: by number, by id, in bulk. */
#include "state.h"

/** Bits 55 to 52 of an id. */
#define REG_ID_RESERVED (UINT64_C(0xf) << 52)

/** Whether registers may be accessed in the vCPU's state. */
static axvcpu_error_t check_state(const struct axvcpu *vcpu)
{
	return axvcpu_state_in(axvcpu_state_of(vcpu), AXVCPU_STATES_REGS) ? AXVCPU_OK :
									     AXVCPU_ERR_BAD_STATE;
}

/** The same, and on this CPU: some registers of a bound vCPU live in the hardware. */
static axvcpu_error_t check_access(const struct axvcpu *vcpu)
{
	axvcpu_error_t error = check_state(vcpu);

	if (error == AXVCPU_OK && !axvcpu_is_accessible_here(vcpu)) {
		error = AXVCPU_ERR_WRONG_CPU;
	}
	return error;
}

/** Whether an id is well formed and of this architecture. */
static bool id_is_possible(const struct axvcpu *vcpu, uint64_t id)
{
	return AXVCPU_REG_ARCH(id) == axvcpu_arch_of(vcpu)->arch && (id & REG_ID_RESERVED) == 0u &&
	       AXVCPU_REG_SIZE(id) <= AXVCPU_REG_MAX_SIZE;
}

axvcpu_error_t axvcpu_set_gpr(struct axvcpu *vcpu, uint32_t reg, uint64_t value)
{
	axvcpu_error_t error;

	if (vcpu == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	error = check_state(vcpu);
	if (error != AXVCPU_OK) {
		return error;
	}
	return axvcpu_calls_of(vcpu)->set_gpr(axvcpu_arch_state_of(vcpu), reg, value);
}

axvcpu_error_t axvcpu_get_gpr(struct axvcpu *vcpu, uint32_t reg, uint64_t *value)
{
	axvcpu_error_t error;

	if (vcpu == NULL || value == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	error = check_state(vcpu);
	if (error != AXVCPU_OK) {
		return error;
	}
	return axvcpu_calls_of(vcpu)->get_gpr(axvcpu_arch_state_of(vcpu), reg, value);
}

/** Everything about one register's access but whether the arch package knows it. */
static axvcpu_error_t check_one(const struct axvcpu *vcpu, uint64_t id, const void *buffer,
				size_t size)
{
	axvcpu_error_t error;

	if (vcpu == NULL || buffer == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	error = check_access(vcpu);
	if (error != AXVCPU_OK) {
		return error;
	}
	if (!id_is_possible(vcpu, id)) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	return size == AXVCPU_REG_SIZE(id) ? AXVCPU_OK : AXVCPU_ERR_INVALID_ARGUMENT;
}

axvcpu_error_t axvcpu_get_reg(struct axvcpu *vcpu, uint64_t id, void *buffer, size_t size)
{
	axvcpu_error_t error = check_one(vcpu, id, buffer, size);

	if (error != AXVCPU_OK) {
		return error;
	}
	return axvcpu_calls_of(vcpu)->get_reg(axvcpu_arch_state_of(vcpu), id, buffer);
}

axvcpu_error_t axvcpu_set_reg(struct axvcpu *vcpu, uint64_t id, const void *buffer, size_t size)
{
	axvcpu_error_t error = check_one(vcpu, id, buffer, size);

	if (error != AXVCPU_OK) {
		return error;
	}
	return axvcpu_calls_of(vcpu)->set_reg(axvcpu_arch_state_of(vcpu), id, buffer);
}

axvcpu_error_t axvcpu_list_regs(struct axvcpu *vcpu, uint64_t *ids, size_t *count)
{
	size_t room;
	size_t index = 0;

	if (vcpu == NULL || count == NULL || (ids == NULL && *count != 0u)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	room = *count;
	for (;;) {
		uint64_t id;
		axvcpu_error_t error = axvcpu_calls_of(vcpu)->reg_at(axvcpu_arch_state_of(vcpu),
								     index, &id);

		if (error == AXVCPU_ERR_NOT_FOUND) {
			break;
		}
		if (error != AXVCPU_OK) {
			return error;
		}
		if (index < room) {
			ids[index] = id;
		}
		index++;
	}
	*count = index;
	return index <= room ? AXVCPU_OK : AXVCPU_ERR_NO_MEMORY;
}

/** Everything about a bulk access but whether the arch package knows the registers. */
static axvcpu_error_t check_bulk(const struct axvcpu *vcpu, const uint64_t *ids, size_t count,
				 const void *buffer, size_t size)
{
	size_t left = size;
	axvcpu_error_t error;

	if (vcpu == NULL || (ids == NULL && count != 0u) || (buffer == NULL && size != 0u)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	error = check_access(vcpu);
	if (error != AXVCPU_OK) {
		return error;
	}
	for (size_t i = 0; i < count; i++) {
		if (!id_is_possible(vcpu, ids[i])) {
			return AXVCPU_ERR_NOT_FOUND;
		}
		if (AXVCPU_REG_SIZE(ids[i]) > left) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		left -= AXVCPU_REG_SIZE(ids[i]);
	}
	return left == 0u ? AXVCPU_OK : AXVCPU_ERR_INVALID_ARGUMENT;
}

axvcpu_error_t axvcpu_get_regs(struct axvcpu *vcpu, const uint64_t *ids, size_t count,
			       void *buffer, size_t size)
{
	axvcpu_error_t error = check_bulk(vcpu, ids, count, buffer, size);
	unsigned char *next = (unsigned char *)buffer;

	for (size_t i = 0; error == AXVCPU_OK && i < count; i++) {
		error = axvcpu_calls_of(vcpu)->get_reg(axvcpu_arch_state_of(vcpu), ids[i], next);
		next += AXVCPU_REG_SIZE(ids[i]);
	}
	return error;
}

/** Whether this vCPU has all the registers: asks by reading each into a scratch buffer. */
static axvcpu_error_t check_known(struct axvcpu *vcpu, const uint64_t *ids, size_t count)
{
	unsigned char scratch[AXVCPU_REG_MAX_SIZE];
	axvcpu_error_t error = AXVCPU_OK;

	for (size_t i = 0; error == AXVCPU_OK && i < count; i++) {
		error = axvcpu_calls_of(vcpu)->get_reg(axvcpu_arch_state_of(vcpu), ids[i], scratch);
	}
	return error;
}

axvcpu_error_t axvcpu_set_regs(struct axvcpu *vcpu, const uint64_t *ids, size_t count,
			       const void *buffer, size_t size)
{
	axvcpu_error_t error = check_bulk(vcpu, ids, count, buffer, size);
	const unsigned char *next = (const unsigned char *)buffer;

	if (error == AXVCPU_OK) {
		error = check_known(vcpu, ids, count);
	}
	for (size_t i = 0; error == AXVCPU_OK && i < count; i++) {
		error = axvcpu_calls_of(vcpu)->set_reg(axvcpu_arch_state_of(vcpu), ids[i], next);
		next += AXVCPU_REG_SIZE(ids[i]);
	}
	return error;
}
