/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arch package's half of its static binding: the functions that axvcpu_api calls
 * where it is compiled with AXVCPU_STATIC. One source file of the package has
 *
 *     #include "../src/ops.c"
 *     #define AXVCPU_STATIC_ARCH ops
 *     #include "axvcpu/static.h"
 *
 * AXVCPU_STATIC_ARCH is the table itself, a constant whose initializer is visible, so
 * that each function below becomes the operation, or a jump to it.
 */
#ifndef AXVCPU_SRC_STATIC_H_
#define AXVCPU_SRC_STATIC_H_

#ifndef AXVCPU_STATIC_ARCH
#error "define AXVCPU_STATIC_ARCH as the arch package's table"
#endif

#include "static_calls.h"

const struct axvcpu_arch_ops *axvcpu_static_arch(void)
{
	return &AXVCPU_STATIC_ARCH;
}

axvcpu_error_t axvcpu_static_host_init(void *host, const struct axvcpu_hal *hal)
{
	if (AXVCPU_STATIC_ARCH.host_init == NULL) {
		return AXVCPU_ERR_UNSUPPORTED; /* nobody asks then */
	}
	return AXVCPU_STATIC_ARCH.host_init(host, hal);
}

axvcpu_error_t axvcpu_static_percpu_init(void *percpu, void *host, const struct axvcpu_hal *hal)
{
	return AXVCPU_STATIC_ARCH.percpu_init(percpu, host, hal);
}

void axvcpu_static_percpu_destroy(void *percpu)
{
	if (AXVCPU_STATIC_ARCH.percpu_destroy != NULL) {
		AXVCPU_STATIC_ARCH.percpu_destroy(percpu);
	}
}

axvcpu_error_t axvcpu_static_hardware_enable(void *percpu)
{
	return AXVCPU_STATIC_ARCH.hardware_enable(percpu);
}

axvcpu_error_t axvcpu_static_hardware_disable(void *percpu)
{
	return AXVCPU_STATIC_ARCH.hardware_disable(percpu);
}

uint32_t axvcpu_static_max_guest_page_table_levels(const void *percpu)
{
	return AXVCPU_STATIC_ARCH.max_guest_page_table_levels(percpu);
}

axvcpu_error_t axvcpu_static_vcpu_create(void *vcpu, const struct axvcpu_arch_vcpu_info *info,
		const void *config)
{
	return AXVCPU_STATIC_ARCH.vcpu_create(vcpu, info, config);
}

void axvcpu_static_vcpu_destroy(void *vcpu)
{
	AXVCPU_STATIC_ARCH.vcpu_destroy(vcpu);
}

axvcpu_error_t axvcpu_static_setup(void *vcpu, const void *config)
{
	return AXVCPU_STATIC_ARCH.setup(vcpu, config);
}

axvcpu_error_t axvcpu_static_set_entry(void *vcpu, uint64_t entry)
{
	return AXVCPU_STATIC_ARCH.set_entry(vcpu, entry);
}

axvcpu_error_t axvcpu_static_set_ept_root(void *vcpu, uint64_t root)
{
	return AXVCPU_STATIC_ARCH.set_ept_root(vcpu, root);
}

axvcpu_error_t axvcpu_static_bind(void *vcpu, void *percpu)
{
	return AXVCPU_STATIC_ARCH.bind(vcpu, percpu);
}

axvcpu_error_t axvcpu_static_unbind(void *vcpu, void *percpu)
{
	return AXVCPU_STATIC_ARCH.unbind(vcpu, percpu);
}

axvcpu_error_t axvcpu_static_run(void *vcpu, void *percpu, const uint32_t *attention, struct
		axvcpu_exit *exit)
{
	return AXVCPU_STATIC_ARCH.run(vcpu, percpu, attention, exit);
}

axvcpu_error_t axvcpu_static_complete_read(void *vcpu, const struct axvcpu_exit *exit, uint64_t
		value)
{
	return AXVCPU_STATIC_ARCH.complete_read(vcpu, exit, value);
}

axvcpu_error_t axvcpu_static_complete_write(void *vcpu, const struct axvcpu_exit *exit)
{
	return AXVCPU_STATIC_ARCH.complete_write(vcpu, exit);
}

axvcpu_error_t axvcpu_static_fail_access(void *vcpu, const struct axvcpu_exit *exit)
{
	return AXVCPU_STATIC_ARCH.fail_access(vcpu, exit);
}

void axvcpu_static_set_return_value(void *vcpu, uint64_t value)
{
	AXVCPU_STATIC_ARCH.set_return_value(vcpu, value);
}

axvcpu_error_t axvcpu_static_set_gpr(void *vcpu, uint32_t reg, uint64_t value)
{
	return AXVCPU_STATIC_ARCH.set_gpr(vcpu, reg, value);
}

axvcpu_error_t axvcpu_static_get_gpr(void *vcpu, uint32_t reg, uint64_t *value)
{
	return AXVCPU_STATIC_ARCH.get_gpr(vcpu, reg, value);
}

axvcpu_error_t axvcpu_static_get_reg(void *vcpu, uint64_t id, void *buffer)
{
	return AXVCPU_STATIC_ARCH.get_reg(vcpu, id, buffer);
}

axvcpu_error_t axvcpu_static_set_reg(void *vcpu, uint64_t id, const void *buffer)
{
	return AXVCPU_STATIC_ARCH.set_reg(vcpu, id, buffer);
}

axvcpu_error_t axvcpu_static_reg_at(void *vcpu, size_t index, uint64_t *id)
{
	return AXVCPU_STATIC_ARCH.reg_at(vcpu, index, id);
}

axvcpu_error_t axvcpu_static_check_interrupt(const void *vcpu, uint32_t vector)
{
	return AXVCPU_STATIC_ARCH.check_interrupt(vcpu, vector);
}

axvcpu_error_t axvcpu_static_inject_interrupt(void *vcpu, uint32_t vector)
{
	return AXVCPU_STATIC_ARCH.inject_interrupt(vcpu, vector);
}

axvcpu_error_t axvcpu_static_clear_interrupt(void *vcpu, uint32_t vector)
{
	if (AXVCPU_STATIC_ARCH.clear_interrupt == NULL) {
		return AXVCPU_ERR_UNSUPPORTED; /* nobody asks then */
	}
	return AXVCPU_STATIC_ARCH.clear_interrupt(vcpu, vector);
}

axvcpu_error_t axvcpu_static_timer_deadline(void *vcpu, uint64_t *deadline)
{
	if (AXVCPU_STATIC_ARCH.timer_deadline == NULL) {
		return AXVCPU_ERR_UNSUPPORTED; /* nobody asks then */
	}
	return AXVCPU_STATIC_ARCH.timer_deadline(vcpu, deadline);
}

axvcpu_error_t axvcpu_static_switch_vcpus(void *from, void *to, void *percpu)
{
	if (AXVCPU_STATIC_ARCH.switch_vcpus == NULL) {
		return AXVCPU_ERR_AGAIN; /* unbind and bind, then */
	}
	return AXVCPU_STATIC_ARCH.switch_vcpus(from, to, percpu);
}

#endif /* AXVCPU_SRC_STATIC_H_ */
