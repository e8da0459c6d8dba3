/* SPDX-License-Identifier: Apache-2.0 */
/* The table that joins this package with axvcpu_api, and the completion of exits. */
#include "events.h"
#include "exits.h"
#include "guest_apic.h"
#include "inject.h"
#include "percpu.h"
#include "reg_access.h"
#include "run.h"
#include "setup.h"

static struct x86_vcpu *of(void *state)
{
	return (struct x86_vcpu *)state;
}

static axvcpu_error_t complete_read(void *state, const struct axvcpu_exit *exit, uint64_t value)
{
	switch (exit->reason) {
	case AXVCPU_EXIT_PORT_READ:
		x86_vcpu_complete_port_read(of(state), exit, value);
		break;
	case AXVCPU_EXIT_SYSREG_READ:
		x86_vcpu_complete_msr_read(of(state), exit, value);
		break;
	default:
		x86_vcpu_complete_mmio_read(of(state), exit, value);
		break;
	}
	return AXVCPU_OK;
}

static axvcpu_error_t complete_write(void *state, const struct axvcpu_exit *exit)
{
	switch (exit->reason) {
	case AXVCPU_EXIT_PORT_WRITE:
		x86_vcpu_complete_port_write(of(state), exit);
		break;
	case AXVCPU_EXIT_SYSREG_WRITE:
		x86_vcpu_step(of(state));
		break;
	default:
		x86_vcpu_complete_mmio_write(of(state), exit);
		break;
	}
	return AXVCPU_OK;
}

/** As a bus without a device: reads give all ones, writes are lost. */
static axvcpu_error_t fail_access(void *state, const struct axvcpu_exit *exit)
{
	switch (exit->reason) {
	case AXVCPU_EXIT_SYSREG_READ:
	case AXVCPU_EXIT_SYSREG_WRITE:
	case AXVCPU_EXIT_NESTED_PAGE_FAULT:
		/* A fault that is no plain access has no value to give. */
		x86_vcpu_queue_gp(of(state));
		return AXVCPU_OK;
	case AXVCPU_EXIT_PORT_READ:
	case AXVCPU_EXIT_MMIO_READ:
		return complete_read(state, exit, UINT64_MAX);
	default:
		return complete_write(state, exit);
	}
}

static void set_return_value(void *state, uint64_t value)
{
	/* A start-up IPI is an exit of the same kind as a call, but nobody waits for its answer. */
	if (!of(state)->no_answer) {
		of(state)->gpr[X86_RAX] = value;
	}
}

static axvcpu_error_t set_gpr(void *state, uint32_t reg, uint64_t value)
{
	if (reg >= X86_GPR_COUNT) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	of(state)->gpr[reg] = value;
	return AXVCPU_OK;
}

static axvcpu_error_t get_gpr(void *state, uint32_t reg, uint64_t *value)
{
	if (reg >= X86_GPR_COUNT) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	*value = of(state)->gpr[reg];
	return AXVCPU_OK;
}

static const struct axvcpu_arch_ops ops = {
	.size = sizeof(ops),
	.abi_version = AXVCPU_ABI_VERSION,
	.arch = AXVCPU_ARCH_X86_64,
	.package_version = AXVCPU_VERSION(X86_VCPU_VERSION_MAJOR, X86_VCPU_VERSION_MINOR,
					  X86_VCPU_VERSION_PATCH),
	.name = "x86_vcpu",
	.percpu_size = sizeof(struct x86_percpu),
	.vcpu_size = sizeof(struct x86_vcpu),
	.percpu_init = x86_vcpu_percpu_init,
	.hardware_enable = x86_vcpu_hardware_enable,
	.hardware_disable = x86_vcpu_hardware_disable,
	.max_guest_page_table_levels = x86_vcpu_max_guest_page_table_levels,
	.vcpu_create = x86_vcpu_create,
	.vcpu_destroy = x86_vcpu_destroy,
	.setup = x86_vcpu_setup,
	.set_entry = x86_vcpu_set_entry,
	.set_ept_root = x86_vcpu_set_root,
	.bind = x86_vcpu_bind,
	.unbind = x86_vcpu_unbind,
	.run = x86_vcpu_run,
	.complete_read = complete_read,
	.complete_write = complete_write,
	.fail_access = fail_access,
	.set_return_value = set_return_value,
	.set_gpr = set_gpr,
	.get_gpr = get_gpr,
	.get_reg = x86_vcpu_reg_get,
	.set_reg = x86_vcpu_reg_set,
	.reg_at = x86_vcpu_reg_at,
	.check_interrupt = x86_vcpu_check_interrupt,
	.inject_interrupt = x86_vcpu_inject_interrupt,
	.clear_interrupt = x86_vcpu_clear_interrupt,
	.timer_deadline = x86_vcpu_apic_timer_deadline,
	.switch_vcpus = x86_vcpu_switch,
};

const struct axvcpu_arch_ops *x86_vcpu_ops(void)
{
	return &ops;
}
