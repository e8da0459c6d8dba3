/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the mock arch package: host, physical CPU, vCPU. */
#ifndef HAL_MOCK_SRC_ARCH_INTERNAL_H_
#define HAL_MOCK_SRC_ARCH_INTERNAL_H_

#include "hal_mock/arch_mock.h"
#include "hal_mock/hal_mock.h"

struct arch_mock_host {
	/** Whose log is kept; null with another HAL. */
	struct hal_mock *machine;
};

/** Registers that are in the CPU while a vCPU is bound to it. */
struct arch_mock_sysregs {
	uint32_t flags;
	uint8_t mode;
	uint8_t vector[ARCH_MOCK_VECTOR_SIZE];
};

struct arch_mock_vcpu;

struct arch_mock_percpu {
	struct hal_mock *machine;
	const struct axvcpu_hal *hal;
	/** The frame that the "hardware" wants for itself. */
	uint64_t region;
	bool enabled;
	struct arch_mock_vcpu *loaded;
	struct arch_mock_sysregs live;
};

struct arch_mock_vcpu {
	struct hal_mock *machine;
	const struct axvcpu_hal *hal;
	struct axvcpu *handle;
	struct arch_mock_script *script;
	/** A frame for state that does not fit here, as a VMCS or a save area is. */
	uint64_t save_area;
	uint32_t vector_count;
	bool has_vector;
	/** Where it is bound, else null. */
	struct arch_mock_percpu *loaded_on;
	uint64_t root;
	uint64_t pc;
	uint64_t gpr[ARCH_MOCK_GPRS];
	/** Meaningless while loaded_on is set. */
	struct arch_mock_sysregs saved;
};

/** Logs a call on an object of the package, and tells whether it is to fail. */
static inline axvcpu_error_t arch_mock_record(struct hal_mock *machine, uint32_t operation,
					      const void *object, uint64_t arg0, uint64_t arg1)
{
	return machine == NULL ? AXVCPU_OK :
				 hal_mock_record(&machine->trace, operation, object, arg0, arg1);
}

/* arch_percpu.c */
axvcpu_error_t arch_mock_host_init(void *host, const struct axvcpu_hal *hal);
axvcpu_error_t arch_mock_percpu_init(void *percpu, void *host, const struct axvcpu_hal *hal);
void arch_mock_percpu_destroy(void *percpu);
axvcpu_error_t arch_mock_hardware_enable(void *percpu);
axvcpu_error_t arch_mock_hardware_disable(void *percpu);
uint32_t arch_mock_max_levels(const void *percpu);

/* arch_vcpu.c */
axvcpu_error_t arch_mock_vcpu_create(void *vcpu, const struct axvcpu_arch_vcpu_info *info,
				     const void *config);
void arch_mock_vcpu_destroy(void *vcpu);
axvcpu_error_t arch_mock_setup(void *vcpu, const void *config);
axvcpu_error_t arch_mock_set_entry(void *vcpu, uint64_t entry);
axvcpu_error_t arch_mock_set_ept_root(void *vcpu, uint64_t root);
axvcpu_error_t arch_mock_bind(void *vcpu, void *percpu);
axvcpu_error_t arch_mock_unbind(void *vcpu, void *percpu);
axvcpu_error_t arch_mock_switch_vcpus(void *from, void *to, void *percpu);
axvcpu_error_t arch_mock_check_interrupt(const void *vcpu, uint32_t vector);
axvcpu_error_t arch_mock_inject_interrupt(void *vcpu, uint32_t vector);
axvcpu_error_t arch_mock_clear_interrupt(void *vcpu, uint32_t vector);
axvcpu_error_t arch_mock_timer_deadline(void *vcpu, uint64_t *deadline);

/* arch_run.c */
axvcpu_error_t arch_mock_run(void *vcpu, void *percpu, const uint32_t *attention,
			     struct axvcpu_exit *exit);
axvcpu_error_t arch_mock_complete_read(void *vcpu, const struct axvcpu_exit *exit, uint64_t value);
axvcpu_error_t arch_mock_complete_write(void *vcpu, const struct axvcpu_exit *exit);
axvcpu_error_t arch_mock_fail_access(void *vcpu, const struct axvcpu_exit *exit);
void arch_mock_set_return_value(void *vcpu, uint64_t value);

/* arch_regs.c */
axvcpu_error_t arch_mock_set_gpr(void *vcpu, uint32_t reg, uint64_t value);
axvcpu_error_t arch_mock_get_gpr(void *vcpu, uint32_t reg, uint64_t *value);
axvcpu_error_t arch_mock_get_reg(void *vcpu, uint64_t id, void *buffer);
axvcpu_error_t arch_mock_set_reg(void *vcpu, uint64_t id, const void *buffer);
axvcpu_error_t arch_mock_reg_at(void *vcpu, size_t index, uint64_t *id);

#endif /* HAL_MOCK_SRC_ARCH_INTERNAL_H_ */
