/* SPDX-License-Identifier: Apache-2.0 */
/* The scripted guest, and the completion of its exits. */
#include "arch_internal.h"

#define BITS_PER_BYTE 8u
#define WORD_BYTES 4u
#define REGISTER_BYTES 8u

#define REASON_BIT(reason) (UINT32_C(1) << (reason))

/** Exits of an instruction that is over when the guest exits. */
#define REASONS_STEPPED                                                          \
	(REASON_BIT(AXVCPU_EXIT_HYPERCALL) | REASON_BIT(AXVCPU_EXIT_HALT) |      \
	 REASON_BIT(AXVCPU_EXIT_CPU_UP) | REASON_BIT(AXVCPU_EXIT_CPU_DOWN) |     \
	 REASON_BIT(AXVCPU_EXIT_SYSTEM_DOWN) | REASON_BIT(AXVCPU_EXIT_SEND_IPI))
/** Exits of an instruction that complete_* or fail_access ends. */
#define REASONS_OPEN                                                                 \
	(REASON_BIT(AXVCPU_EXIT_MMIO_READ) | REASON_BIT(AXVCPU_EXIT_MMIO_WRITE) |    \
	 REASON_BIT(AXVCPU_EXIT_SYSREG_READ) | REASON_BIT(AXVCPU_EXIT_SYSREG_WRITE) | \
	 REASON_BIT(AXVCPU_EXIT_PORT_READ) | REASON_BIT(AXVCPU_EXIT_PORT_WRITE))

static bool reason_in(uint32_t reason, uint32_t set)
{
	return reason < AXVCPU_EXIT_REASON_COUNT && (REASON_BIT(reason) & set) != 0u;
}

/** Fills in what the "hardware" adds to a scripted exit, and moves the pc. */
static void finish_exit(struct arch_mock_vcpu *mock, struct axvcpu_exit *exit)
{
	const struct axvcpu_hal *hal = mock->hal;

	exit->size = (uint32_t)sizeof(*exit);
	exit->pc = mock->pc;
	if (reason_in(exit->reason, REASONS_STEPPED | REASONS_OPEN)) {
		exit->instruction_length = ARCH_MOCK_INSTRUCTION_SIZE;
	}
	if (reason_in(exit->reason, REASONS_STEPPED)) {
		mock->pc += ARCH_MOCK_INSTRUCTION_SIZE;
	}
	if (exit->reason == AXVCPU_EXIT_EXTERNAL_INTERRUPT) {
		exit->u.interrupt.vector = hal->ops->irq_fetch != NULL ?
						   hal->ops->irq_fetch(hal->ctx) :
						   AXVCPU_IRQ_NONE;
	}
}

axvcpu_error_t arch_mock_run(void *vcpu, void *percpu, const uint32_t *attention,
			     struct axvcpu_exit *exit)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	struct arch_mock_script *script = mock->script;
	const struct arch_mock_step *step;
	axvcpu_error_t error = arch_mock_record(mock->machine, ARCH_MOCK_RUN, vcpu, mock->pc, 0u);

	if (error != AXVCPU_OK) {
		return error;
	}
	if (((struct arch_mock_percpu *)percpu)->loaded != mock) {
		return AXVCPU_ERR_HARDWARE;
	}
	if (script == NULL || script->next >= script->count) {
		exit->pc = mock->pc;
		exit->instruction_length = 0u;
		return AXVCPU_OK;
	}
	step = &script->steps[script->next];
	script->next++;
	if (step->during != NULL) {
		step->during(step->during_arg, mock->handle);
	}
	while (step->wait_for_attention != 0u &&
	       __atomic_load_n(attention, __ATOMIC_ACQUIRE) == 0u) {
	}
	if (step->error != AXVCPU_OK) {
		return step->error;
	}
	__builtin_memcpy(exit, &step->exit, sizeof(*exit));
	finish_exit(mock, exit);
	return AXVCPU_OK;
}

/**
 * Writes `bytes` of a general register: narrow writes keep the bits above, those of
 * 4 bytes clear them, as on x86.
 */
static axvcpu_error_t write_part(struct arch_mock_vcpu *mock, uint32_t reg, uint64_t value,
				 uint32_t bytes)
{
	uint64_t mask;

	if (reg == ARCH_MOCK_ZERO_REG) {
		return AXVCPU_OK;
	}
	if (reg >= ARCH_MOCK_GPRS || bytes == 0u || bytes > REGISTER_BYTES) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	mask = UINT64_MAX >> ((REGISTER_BYTES - bytes) * BITS_PER_BYTE);
	if (bytes < WORD_BYTES) {
		value = (mock->gpr[reg] & ~mask) | (value & mask);
	}
	mock->gpr[reg] = bytes == WORD_BYTES ? value & mask : value;
	return AXVCPU_OK;
}

axvcpu_error_t arch_mock_complete_read(void *vcpu, const struct axvcpu_exit *exit, uint64_t value)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	axvcpu_error_t error = arch_mock_record(mock->machine, ARCH_MOCK_COMPLETE_READ, vcpu,
						exit->reason, value);

	if (error != AXVCPU_OK) {
		return error;
	}
	switch (exit->reason) {
	case AXVCPU_EXIT_MMIO_READ:
		error = write_part(mock, exit->u.mmio.reg, value, exit->u.mmio.reg_width);
		break;
	case AXVCPU_EXIT_SYSREG_READ:
		/* The whole register, whatever the width: the value comes zero-extended. */
		error = write_part(mock, exit->u.sysreg.reg, value, REGISTER_BYTES);
		break;
	default:
		error = write_part(mock, ARCH_MOCK_ACCUMULATOR, value, exit->u.port.width);
		break;
	}
	if (error == AXVCPU_OK) {
		mock->pc += ARCH_MOCK_INSTRUCTION_SIZE;
	}
	return error;
}

axvcpu_error_t arch_mock_complete_write(void *vcpu, const struct axvcpu_exit *exit)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	axvcpu_error_t error = arch_mock_record(mock->machine, ARCH_MOCK_COMPLETE_WRITE, vcpu,
						exit->reason, 0u);

	if (error == AXVCPU_OK) {
		mock->pc += ARCH_MOCK_INSTRUCTION_SIZE;
	}
	return error;
}

axvcpu_error_t arch_mock_fail_access(void *vcpu, const struct axvcpu_exit *exit)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;
	axvcpu_error_t error = arch_mock_record(mock->machine, ARCH_MOCK_FAIL_ACCESS, vcpu,
						exit->reason, 0u);

	if (error == AXVCPU_OK) {
		mock->pc = ARCH_MOCK_ABORT_VECTOR;
	}
	return error;
}

void arch_mock_set_return_value(void *vcpu, uint64_t value)
{
	struct arch_mock_vcpu *mock = (struct arch_mock_vcpu *)vcpu;

	(void)arch_mock_record(mock->machine, ARCH_MOCK_SET_RETURN_VALUE, vcpu, value, 0u);
	mock->gpr[ARCH_MOCK_ACCUMULATOR] = value;
}
