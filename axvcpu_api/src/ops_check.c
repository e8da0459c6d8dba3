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

bool axvcpu_arch_ops_are_readable(const struct axvcpu_arch_ops *table)
{
	return table->abi_version == AXVCPU_ABI_VERSION && table->size >= ARCH_OPS_MIN_SIZE;
}

static bool arch_has_life_cycle(const struct axvcpu_arch_ops *table)
{
	return table->percpu_init != NULL && table->hardware_enable != NULL &&
	       table->hardware_disable != NULL && table->max_guest_page_table_levels != NULL &&
	       table->vcpu_create != NULL && table->vcpu_destroy != NULL && table->setup != NULL &&
	       table->set_entry != NULL && table->set_ept_root != NULL;
}

static bool arch_has_running(const struct axvcpu_arch_ops *table)
{
	return table->bind != NULL && table->unbind != NULL && table->run != NULL &&
	       table->complete_read != NULL && table->complete_write != NULL &&
	       table->fail_access != NULL && table->set_return_value != NULL &&
	       table->check_interrupt != NULL && table->inject_interrupt != NULL;
}

static bool arch_has_registers(const struct axvcpu_arch_ops *table)
{
	return table->set_gpr != NULL && table->get_gpr != NULL && table->get_reg != NULL &&
	       table->set_reg != NULL && table->reg_at != NULL;
}

bool axvcpu_arch_ops_are_complete(const struct axvcpu_arch_ops *table)
{
	return axvcpu_arch_ops_are_readable(table) && table->reserved_flags == 0u &&
	       table->reserved == 0u && table->name != NULL && arch_has_life_cycle(table) &&
	       arch_has_running(table) && arch_has_registers(table);
}

bool axvcpu_hal_ops_are_complete(const struct axvcpu_hal_ops *table)
{
	return table->abi_version == AXVCPU_ABI_VERSION && table->size >= HAL_OPS_MIN_SIZE &&
	       table->reserved_flags == 0u && table->alloc_frames != NULL &&
	       table->free_frames != NULL && table->phys_to_virt != NULL &&
	       table->virt_to_phys != NULL && table->percpu_get != NULL && table->percpu_set != NULL;
}
