/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With AXVCPU_STATIC: the arch package's operations by fixed names, which static.h
 * defines, and a table of them that the compiler sees through, so that a call by it is
 * a direct one. It has functions only: what else a table says is in the package's own,
 * and so is which optional operations there are.
 */
#ifndef AXVCPU_SRC_STATIC_CALLS_H_
#define AXVCPU_SRC_STATIC_CALLS_H_

#include "axvcpu/arch.h"

#define AXVCPU_STATIC_CALL(name) \
	__typeof__(*((const struct axvcpu_arch_ops *)NULL)->name) axvcpu_static_##name

/** The package's table, the only one that axvcpu_host_init() takes. */
const struct axvcpu_arch_ops *axvcpu_static_arch(void);

AXVCPU_STATIC_CALL(host_init);
AXVCPU_STATIC_CALL(percpu_init);
AXVCPU_STATIC_CALL(percpu_destroy);
AXVCPU_STATIC_CALL(hardware_enable);
AXVCPU_STATIC_CALL(hardware_disable);
AXVCPU_STATIC_CALL(max_guest_page_table_levels);
AXVCPU_STATIC_CALL(vcpu_create);
AXVCPU_STATIC_CALL(vcpu_destroy);
AXVCPU_STATIC_CALL(setup);
AXVCPU_STATIC_CALL(set_entry);
AXVCPU_STATIC_CALL(set_ept_root);
AXVCPU_STATIC_CALL(bind);
AXVCPU_STATIC_CALL(unbind);
AXVCPU_STATIC_CALL(run);
AXVCPU_STATIC_CALL(complete_read);
AXVCPU_STATIC_CALL(complete_write);
AXVCPU_STATIC_CALL(fail_access);
AXVCPU_STATIC_CALL(set_return_value);
AXVCPU_STATIC_CALL(set_gpr);
AXVCPU_STATIC_CALL(get_gpr);
AXVCPU_STATIC_CALL(get_reg);
AXVCPU_STATIC_CALL(set_reg);
AXVCPU_STATIC_CALL(reg_at);
AXVCPU_STATIC_CALL(check_interrupt);
AXVCPU_STATIC_CALL(inject_interrupt);
AXVCPU_STATIC_CALL(clear_interrupt);
AXVCPU_STATIC_CALL(timer_deadline);
AXVCPU_STATIC_CALL(switch_vcpus);

#undef AXVCPU_STATIC_CALL

static const struct axvcpu_arch_ops axvcpu_static_calls = {
	.host_init = axvcpu_static_host_init,
	.percpu_init = axvcpu_static_percpu_init,
	.percpu_destroy = axvcpu_static_percpu_destroy,
	.hardware_enable = axvcpu_static_hardware_enable,
	.hardware_disable = axvcpu_static_hardware_disable,
	.max_guest_page_table_levels = axvcpu_static_max_guest_page_table_levels,
	.vcpu_create = axvcpu_static_vcpu_create,
	.vcpu_destroy = axvcpu_static_vcpu_destroy,
	.setup = axvcpu_static_setup,
	.set_entry = axvcpu_static_set_entry,
	.set_ept_root = axvcpu_static_set_ept_root,
	.bind = axvcpu_static_bind,
	.unbind = axvcpu_static_unbind,
	.run = axvcpu_static_run,
	.complete_read = axvcpu_static_complete_read,
	.complete_write = axvcpu_static_complete_write,
	.fail_access = axvcpu_static_fail_access,
	.set_return_value = axvcpu_static_set_return_value,
	.set_gpr = axvcpu_static_set_gpr,
	.get_gpr = axvcpu_static_get_gpr,
	.get_reg = axvcpu_static_get_reg,
	.set_reg = axvcpu_static_set_reg,
	.reg_at = axvcpu_static_reg_at,
	.check_interrupt = axvcpu_static_check_interrupt,
	.inject_interrupt = axvcpu_static_inject_interrupt,
	.clear_interrupt = axvcpu_static_clear_interrupt,
	.timer_deadline = axvcpu_static_timer_deadline,
	.switch_vcpus = axvcpu_static_switch_vcpus,
};
_Static_assert(sizeof(axvcpu_static_calls) ==
		       offsetof(struct axvcpu_arch_ops, switch_vcpus) + sizeof(axvcpu_static_calls.switch_vcpus),
	       "a new operation has a line in both lists, and a function in static.h");

#endif /* AXVCPU_SRC_STATIC_CALLS_H_ */
