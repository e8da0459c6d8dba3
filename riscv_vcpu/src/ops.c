/* SPDX-License-Identifier: Apache-2.0 */
/* The table for the generic part. */
#include "vcpu.h"

static const struct axvcpu_arch_ops ops = {
	.size = sizeof(struct axvcpu_arch_ops),
	.abi_version = AXVCPU_ABI_VERSION,
	.arch = AXVCPU_ARCH_RISCV64,
	.package_version = AXVCPU_VERSION(RISCV_VCPU_VERSION_MAJOR, RISCV_VCPU_VERSION_MINOR,
					  RISCV_VCPU_VERSION_PATCH),
	.name = "riscv_vcpu",
	.host_size = sizeof(struct riscv_host),
	.percpu_size = sizeof(struct riscv_percpu),
	.vcpu_size = sizeof(struct riscv_vcpu),
	.percpu_init = riscv_vcpu_percpu_init,
	.hardware_enable = riscv_vcpu_hardware_enable,
	.hardware_disable = riscv_vcpu_hardware_disable,
	.max_guest_page_table_levels = riscv_vcpu_max_levels,
	.vcpu_create = riscv_vcpu_create,
	.vcpu_destroy = riscv_vcpu_destroy,
	.setup = riscv_vcpu_setup,
	.set_entry = riscv_vcpu_set_entry,
	.set_ept_root = riscv_vcpu_set_root,
	.bind = riscv_vcpu_bind,
	.unbind = riscv_vcpu_unbind,
	.run = riscv_vcpu_run,
	.complete_read = riscv_vcpu_complete_read,
	.complete_write = riscv_vcpu_complete_write,
	.fail_access = riscv_vcpu_fail_access,
	.set_return_value = riscv_vcpu_set_return_value,
	.set_gpr = riscv_vcpu_set_gpr,
	.get_gpr = riscv_vcpu_get_gpr,
	.get_reg = riscv_vcpu_get_reg,
	.set_reg = riscv_vcpu_set_reg,
	.reg_at = riscv_vcpu_reg_at,
	.check_interrupt = riscv_vcpu_check_interrupt,
	.inject_interrupt = riscv_vcpu_inject_interrupt,
	.clear_interrupt = riscv_vcpu_clear_interrupt,
	.timer_deadline = riscv_vcpu_timer_deadline,
	.switch_vcpus = riscv_vcpu_switch,
};

const struct axvcpu_arch_ops *riscv_vcpu_ops(void)
{
	return &ops;
}

axvcpu_error_t riscv_vcpu_get_features(struct axvcpu *handle, struct riscv_vcpu_features *features)
{
	const struct riscv_vcpu *vcpu;
	struct riscv_features found;
	struct riscv_vcpu_features all;
	uint8_t *to = (uint8_t *)features;
	const uint8_t *from = (const uint8_t *)&all;
	uint32_t size;

	if (handle == NULL || features == NULL || features->size < 8)
		return AXVCPU_ERR_INVALID_ARGUMENT;
	vcpu = axvcpu_arch_state(handle);
	riscv_vcpu_host_features(vcpu->host, &found);
	size = features->size < sizeof(all) ? features->size : (uint32_t)sizeof(all);
	all = (struct riscv_vcpu_features){
		.size = size,
		.bits = found.bits,
		.vmid_bits = found.vmid_bits,
		.vlenb = found.vlenb,
		.guest_files = found.guest_files,
		.guest_file_ids = found.guest_words * 64,
	};
	for (uint32_t i = 0; i < size; i++)
		to[i] = from[i];
	return AXVCPU_OK;
}
