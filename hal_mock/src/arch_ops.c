/* SPDX-License-Identifier: Apache-2.0 */
#include "arch_internal.h"

static const struct axvcpu_arch_ops ops = {
	.size = (uint32_t)sizeof(struct axvcpu_arch_ops),
	.abi_version = AXVCPU_ABI_VERSION,
	.arch = AXVCPU_ARCH_MOCK,
	.package_version = AXVCPU_VERSION(HAL_MOCK_VERSION_MAJOR, HAL_MOCK_VERSION_MINOR,
					  HAL_MOCK_VERSION_PATCH),
	.name = "hal_mock",
	.host_size = (uint32_t)sizeof(struct arch_mock_host),
	.percpu_size = (uint32_t)sizeof(struct arch_mock_percpu),
	.vcpu_size = (uint32_t)sizeof(struct arch_mock_vcpu),
	.host_init = arch_mock_host_init,
	.percpu_init = arch_mock_percpu_init,
	.percpu_destroy = arch_mock_percpu_destroy,
	.hardware_enable = arch_mock_hardware_enable,
	.hardware_disable = arch_mock_hardware_disable,
	.max_guest_page_table_levels = arch_mock_max_levels,
	.vcpu_create = arch_mock_vcpu_create,
	.vcpu_destroy = arch_mock_vcpu_destroy,
	.setup = arch_mock_setup,
	.set_entry = arch_mock_set_entry,
	.set_ept_root = arch_mock_set_ept_root,
	.bind = arch_mock_bind,
	.unbind = arch_mock_unbind,
	.run = arch_mock_run,
	.complete_read = arch_mock_complete_read,
	.complete_write = arch_mock_complete_write,
	.fail_access = arch_mock_fail_access,
	.set_return_value = arch_mock_set_return_value,
	.set_gpr = arch_mock_set_gpr,
	.get_gpr = arch_mock_get_gpr,
	.get_reg = arch_mock_get_reg,
	.set_reg = arch_mock_set_reg,
	.reg_at = arch_mock_reg_at,
	.check_interrupt = arch_mock_check_interrupt,
	.inject_interrupt = arch_mock_inject_interrupt,
	.clear_interrupt = arch_mock_clear_interrupt,
	.timer_deadline = arch_mock_timer_deadline,
	.switch_vcpus = arch_mock_switch_vcpus,
};

const struct axvcpu_arch_ops *arch_mock_ops(void)
{
	return &ops;
}
