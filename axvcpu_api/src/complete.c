/* SPDX-License-Identifier: Apache-2.0 */
/* Finishing an access that the hypervisor emulated. */
#include "complete.h"
#include "state.h"

#define BITS_PER_BYTE 8u
#define VALUE_BYTES 8u

/** The low `bytes` of a value; all of it for a width that no register has. */
static uint64_t truncate(uint64_t value, uint32_t bytes)
{
	if (bytes == 0u || bytes >= VALUE_BYTES) {
		return value;
	}
	return value & ((UINT64_C(1) << (bytes * BITS_PER_BYTE)) - 1u);
}

/** A truncated value of `bytes`, its sign bit copied upwards. */
static uint64_t extend_sign(uint64_t value, uint32_t bytes)
{
	uint64_t sign;

	if (bytes == 0u || bytes >= VALUE_BYTES) {
		return value;
	}
	sign = UINT64_C(1) << (bytes * BITS_PER_BYTE - 1u);
	return (value ^ sign) - sign;
}

/** What the register gets when the read `exit` gives `value`. */
static uint64_t read_result(const struct axvcpu_exit *exit, uint64_t value)
{
	const struct axvcpu_exit_mmio *mmio = &exit->u.mmio;

	switch (exit->reason) {
	case AXVCPU_EXIT_SYSREG_READ:
		return truncate(value, exit->u.sysreg.width);
	case AXVCPU_EXIT_PORT_READ:
		return truncate(value, exit->u.port.width);
	default:
		value = truncate(value, mmio->width);
		if (mmio->sign_extend != 0u) {
			value = truncate(extend_sign(value, mmio->width), mmio->reg_width);
		}
		return value;
	}
}

/** Whether the last exit is one of `reasons` and still open, in a state that permits it. */
static axvcpu_error_t check_open(const struct axvcpu *vcpu, uint32_t reasons)
{
	if (vcpu == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (!axvcpu_state_is_ready_or_in(vcpu, AXVCPU_STATES_EXITED)) {
		return AXVCPU_ERR_BAD_STATE;
	}
	return axvcpu_reason_in(vcpu->open_access, reasons) ? AXVCPU_OK : AXVCPU_ERR_NOT_FOUND;
}

/** Notes that an access is finished if `error` says so. Returns `error`. */
static axvcpu_error_t close_access(struct axvcpu *vcpu, axvcpu_error_t error)
{
	if (error == AXVCPU_OK) {
		vcpu->open_access = AXVCPU_EXIT_NOTHING;
	}
	return error;
}

axvcpu_error_t axvcpu_complete_read(struct axvcpu *vcpu, uint64_t value)
{
	axvcpu_error_t error = check_open(vcpu, AXVCPU_REASONS_READ);

	if (error != AXVCPU_OK) {
		return error;
	}
	error = axvcpu_calls_of(vcpu)->complete_read(axvcpu_arch_state_of(vcpu), &vcpu->exit,
						    read_result(&vcpu->exit, value));
	return close_access(vcpu, error);
}

axvcpu_error_t axvcpu_complete_write(struct axvcpu *vcpu)
{
	axvcpu_error_t error = check_open(vcpu, AXVCPU_REASONS_WRITE);

	if (error != AXVCPU_OK) {
		return error;
	}
	error = axvcpu_calls_of(vcpu)->complete_write(axvcpu_arch_state_of(vcpu), &vcpu->exit);
	return close_access(vcpu, error);
}

axvcpu_error_t axvcpu_fail_access(struct axvcpu *vcpu)
{
	axvcpu_error_t error = check_open(vcpu, AXVCPU_REASONS_ACCESS);

	if (error != AXVCPU_OK) {
		return error;
	}
	if (!axvcpu_is_accessible_here(vcpu)) {
		return AXVCPU_ERR_WRONG_CPU;
	}
	error = axvcpu_calls_of(vcpu)->fail_access(axvcpu_arch_state_of(vcpu), &vcpu->exit);
	return close_access(vcpu, error);
}

axvcpu_error_t axvcpu_retry_access(struct axvcpu *vcpu)
{
	/* The pc is still at the instruction: an arch package moves it at completion. */
	return close_access(vcpu, check_open(vcpu, AXVCPU_REASONS_ACCESS));
}

axvcpu_error_t axvcpu_set_return_value(struct axvcpu *vcpu, uint64_t value)
{
	if (vcpu == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (!axvcpu_state_is_ready_or_in(vcpu, AXVCPU_STATES_REGS)) {
		return AXVCPU_ERR_BAD_STATE;
	}
	axvcpu_calls_of(vcpu)->set_return_value(axvcpu_arch_state_of(vcpu), value);
	return AXVCPU_OK;
}
