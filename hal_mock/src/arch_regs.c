/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the mock vCPU: one place that knows where each one is. */
#include "arch_internal.h"

/** The registers beyond the general ones, in the order of the list. */
static uint64_t sys_reg_id(size_t index)
{
	switch (index) {
	case 0:
		return ARCH_MOCK_REG_PC;
	case 1:
		return ARCH_MOCK_REG_FLAGS;
	case 2:
		return ARCH_MOCK_REG_MODE;
	default:
		return ARCH_MOCK_REG_VECTOR;
	}
}

static size_t sys_reg_count(const struct arch_mock_vcpu *mock)
{
	return mock->has_vector ? 4u : 3u;
}

/** Where a register is now; null if the vCPU has none of that id. */
static void *locate(struct arch_mock_vcpu *mock, uint64_t id)
{
	struct arch_mock_sysregs *sys = mock->loaded_on != NULL ? &mock->loaded_on->live :
								  &mock->saved;

	switch (id) {
	case ARCH_MOCK_REG_PC:
		return &mock->pc;
	case ARCH_MOCK_REG_FLAGS:
		return &sys->flags;
	case ARCH_MOCK_REG_MODE:
		return &sys->mode;
	case ARCH_MOCK_REG_VECTOR:
		return mock->has_vector ? sys->vector : NULL;
	default:
		if (AXVCPU_REG_INDEX(id) < ARCH_MOCK_GPRS &&
		    id == ARCH_MOCK_REG_GPR(AXVCPU_REG_INDEX(id))) {
			return &mock->gpr[AXVCPU_REG_INDEX(id)];
		}
		return NULL;
	}
}

/** Whether the register may take this value. */
static bool value_is_allowed(uint64_t id, const void *buffer)
{
	uint64_t pc;

	switch (id) {
	case ARCH_MOCK_REG_PC:
		__builtin_memcpy(&pc, buffer, sizeof(pc));
		return pc % ARCH_MOCK_INSTRUCTION_SIZE == 0u;
	case ARCH_MOCK_REG_MODE:
		return *(const uint8_t *)buffer <= ARCH_MOCK_MODE_MAX;
	default:
		return true;
	}
}

axvcpu_error_t arch_mock_set_gpr(void *vcpu, uint32_t reg, uint64_t value)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	axvcpu_error_t error =
		arch_mock_record(mock->machine, ARCH_MOCK_SET_GPR, vcpu, reg, value);

	if (error != AXVCPU_OK || reg == ARCH_MOCK_ZERO_REG) {
		return error;
	}
	if (reg >= ARCH_MOCK_GPRS) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	mock->gpr[reg] = value;
	return AXVCPU_OK;
}

axvcpu_error_t arch_mock_get_gpr(void *vcpu, uint32_t reg, uint64_t *value)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	axvcpu_error_t error = arch_mock_record(mock->machine, ARCH_MOCK_GET_GPR, vcpu, reg, 0u);

	if (error != AXVCPU_OK) {
		return error;
	}
	if (reg >= ARCH_MOCK_GPRS && reg != ARCH_MOCK_ZERO_REG) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	*value = reg == ARCH_MOCK_ZERO_REG ? 0u : mock->gpr[reg];
	return AXVCPU_OK;
}

axvcpu_error_t arch_mock_get_reg(void *vcpu, uint64_t id, void *buffer)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	axvcpu_error_t error = arch_mock_record(mock->machine, ARCH_MOCK_GET_REG, vcpu, id, 0u);
	const void *place = locate(mock, id);

	if (error != AXVCPU_OK) {
		return error;
	}
	if (place == NULL) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	__builtin_memcpy(buffer, place, AXVCPU_REG_SIZE(id));
	return AXVCPU_OK;
}

axvcpu_error_t arch_mock_set_reg(void *vcpu, uint64_t id, const void *buffer)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	axvcpu_error_t error = arch_mock_record(mock->machine, ARCH_MOCK_SET_REG, vcpu, id, 0u);
	void *place = locate(mock, id);

	if (error != AXVCPU_OK) {
		return error;
	}
	if (place == NULL) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	if (!value_is_allowed(id, buffer)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	__builtin_memcpy(place, buffer, AXVCPU_REG_SIZE(id));
	return AXVCPU_OK;
}

axvcpu_error_t arch_mock_reg_at(void *vcpu, size_t index, uint64_t *id)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	axvcpu_error_t error = arch_mock_record(mock->machine, ARCH_MOCK_REG_AT, vcpu, index, 0u);

	if (error != AXVCPU_OK) {
		return error;
	}
	if (index >= ARCH_MOCK_GPRS + sys_reg_count(mock)) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	*id = index < ARCH_MOCK_GPRS ? ARCH_MOCK_REG_GPR(index) :
				       sys_reg_id(index - ARCH_MOCK_GPRS);
	return AXVCPU_OK;
}
