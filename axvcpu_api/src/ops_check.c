/* SPDX-License-Identifier: Apache-2.0 */
#include "ops_check.h"

/*
 * `size` may be larger than ours: a table of a later version of the same ABI, which
 * has more optional operations at its end. It may end anywhere behind the first
 * version's last member; AXVCPU_OPS_HAVE() tells whether a later one is there.
 */
#define ARCH_OPS_MIN_SIZE offsetof(struct axvcpu_arch_ops, clear_interrupt)
#define HAL_OPS_MIN_SIZE \
	(offsetof(struct axvcpu_hal_ops, log) + sizeof(((struct axvcpu_hal_ops *)0)->log))

bool axvcpu_arch_ops_are_readable(const struct axvcpu_arch_ops *ops)
{
	return ops->abi_version == AXVCPU_ABI_VERSION && ops->size >= ARCH_OPS_MIN_SIZE;
}

static bool arch_has_life_cycle(const struct axvcpu_arch_ops *ops)
{
	return ops->percpu_init != NULL && ops->hardware_enable != NULL &&
	       ops->hardware_disable != NULL && ops->max_guest_page_table_levels != NULL &&
	       ops->vcpu_create != NULL && ops->vcpu_destroy != NULL && ops->setup != NULL &&
	       ops->set_entry != NULL && ops->set_ept_root != NULL;
}

static bool arch_has_running(const struct axvcpu_arch_ops *ops)
{
	return ops->bind != NULL && ops->unbind != NULL && ops->run != NULL &&
	       ops->complete_read != NULL && ops->complete_write != NULL &&
	       ops->fail_access != NULL && ops->set_return_value != NULL &&
	       ops->check_interrupt != NULL && ops->inject_interrupt != NULL;
}

static bool arch_has_registers(const struct axvcpu_arch_ops *ops)
{
	return ops->set_gpr != NULL && ops->get_gpr != NULL && ops->get_reg != NULL &&
	       ops->set_reg != NULL && ops->reg_at != NULL;
}

bool axvcpu_arch_ops_are_complete(const struct axvcpu_arch_ops *ops)
{
	return axvcpu_arch_ops_are_readable(ops) && ops->reserved_flags == 0u &&
	       ops->reserved == 0u && ops->name != NULL && arch_has_life_cycle(ops) &&
	       arch_has_running(ops) && arch_has_registers(ops);
}

bool axvcpu_hal_ops_are_complete(const struct axvcpu_hal_ops *ops)
{
	return ops->abi_version == AXVCPU_ABI_VERSION && ops->size >= HAL_OPS_MIN_SIZE &&
	       ops->reserved_flags == 0u && ops->alloc_frames != NULL &&
	       ops->free_frames != NULL && ops->phys_to_virt != NULL &&
	       ops->virt_to_phys != NULL && ops->percpu_get != NULL && ops->percpu_set != NULL;
}
