/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's CPUs on this board: configuration, first registers, what PSCI asks of us. */
#include "vcpu.h"

#include "../board.h"
#include "../pages.h"
#include "../vm.h"
#include "arm_vcpu/arm_vcpu.h"
#include "cpu.h"
#include "gic.h"
#include "timer.h"

/* PSCI return values, DEN 0022, 5.2.2; AFFINITY_INFO, 5.1.5 */
#define PSCI_INVALID_PARAMETERS ((uint64_t)-2)
#define PSCI_ALREADY_ON ((uint64_t)-4)
#define PSCI_ON_PENDING ((uint64_t)-5)
#define PSCI_INVALID_ADDRESS ((uint64_t)-9)
#define PSCI_SUCCESS UINT64_C(0)
#define PSCI_AFFINITY_INFO 0xc4000004u
#define PSCI_AFFINITY_INFO32 0x84000004u
#define AFFINITY_ON UINT64_C(0)
#define AFFINITY_OFF UINT64_C(1)
#define AFFINITY_ON_PENDING UINT64_C(2)
#define SMCCC_NOT_SUPPORTED ((uint64_t)-1)

/** CNTP_CTL_EL0 and its ENABLE, D19.12.16. */
#define REG_CNTP_CTL ARM_VCPU_REG_SYS(3, 3, 14, 2, 1)
#define CNT_CTL_ENABLE 1u

/*
 * Guest physical address bits of a root of one page with three levels, of those that
 * ID_AA64MMFR0_EL1.PARange can say; and at most of four levels.
 */
#define IPA_BITS_3_LEVELS 36u
#define IPA_BITS_4_LEVELS 48u
/* ID_AA64MMFR0_EL1.PARange, D19.2.64, and bits of address for its values up to 5 */
#define MMFR0_PARANGE 0xfu

static uint32_t ipa_bits(void)
{
	static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48 };
	uint64_t range = SYSREG_READ(id_aa64mmfr0_el1) & MMFR0_PARANGE;

	if (stage2_levels() == 3u) {
		return IPA_BITS_3_LEVELS;
	}
	return range < sizeof(bits) ? bits[range] : IPA_BITS_4_LEVELS;
}

const struct axvcpu_arch_ops *board_arch_ops(void)
{
	return arm_vcpu_ops();
}

axvcpu_error_t board_vcpu_create(struct vm_vcpu *vcpu, const struct axvcpu_create_params *params)
{
	return axvcpu_create(vcpu->vm->host, (void *)(uintptr_t)vcpu->memory,
			     vcpu->pages * PAGE_SIZE, params, NULL, &vcpu->handle);
}

/** The guest's virtual timer is the hardware's; its physical one is ours to look after. */
void board_before_run(struct vm_vcpu *vcpu)
{
	uint64_t deadline = UINT64_MAX;
	uint64_t ctl = 0;

	if (!vcpu->timer_changed) {
		return;
	}
	vcpu->timer_changed = false;
	if (vcpu->vm->config->devices == CONFIG_DEVICES_EMULATED &&
	    axvcpu_get_reg(vcpu->handle, REG_CNTP_CTL, &ctl, sizeof(ctl)) == AXVCPU_OK &&
	    (ctl & CNT_CTL_ENABLE) != 0 &&
	    axvcpu_timer_deadline(vcpu->handle, &deadline) == AXVCPU_OK) {
		/*
		 * What is due already comes with the entry: the physical timer by the library, the
		 * virtual one by its own interrupt. One of ours would come before that, every time.
		 */
		if (deadline > board_counter()) {
			timer_expect(deadline);
		} else {
			vcpu->timer_changed = true;
		}
	}
}

axvcpu_error_t board_vcpu_set_clock(struct vm_vcpu *vcpu)
{
	/* The guest's virtual count starts at 0. */
	return axvcpu_set_reg(vcpu->handle, ARM_VCPU_REG_CNTVOFF_EL2, &vcpu->vm->time_offset,
			      sizeof(vcpu->vm->time_offset));
}

static uint32_t flags_of(const struct machine_config *config)
{
	if (config->devices == CONFIG_DEVICES_PASSTHROUGH && !config->trap_interrupts) {
		return ARM_VCPU_PASSTHROUGH_INTERRUPT | ARM_VCPU_PASSTHROUGH_TIMER;
	}
	if (config->devices == CONFIG_DEVICES_PASSTHROUGH) {
		return ARM_VCPU_TRAP_WFI | ARM_VCPU_VIRTUAL_GIC;
	}
	/* Such a machine may be saved, and go on on another CPU. */
	return ARM_VCPU_TRAP_WFI | ARM_VCPU_VIRTUAL_GIC | ARM_VCPU_EMULATE_TIMER | ARM_VCPU_KEEP_ID;
}

axvcpu_error_t board_vcpu_stop(struct vm_vcpu *vcpu)
{
	(void)vcpu;
	return AXVCPU_ERR_UNSUPPORTED; /* one that is started is as after reset */
}

axvcpu_error_t board_vcpu_setup(struct vm_vcpu *vcpu, uint64_t entry, uint64_t arg)
{
	struct vm *vm = vcpu->vm;
	struct arm_vcpu_setup_config setup = {
		.size = sizeof(setup),
		.flags = flags_of(vm->config),
		.ipa_bits = ipa_bits(),
		.stage2_levels = stage2_levels(),
		.smc_policy = ARM_VCPU_SMC_REFUSE,
	};
	axvcpu_error_t error;

	if (vm->config->sve != 0) {
		setup.flags |= ARM_VCPU_SVE;
		setup.sve_vector_bits = (uint32_t)vm->config->sve;
	}
	if ((setup.flags & ARM_VCPU_VIRTUAL_GIC) != 0) {
		setup.timer_intid = GIC_INTID_CNTV;
		setup.maintenance_intid = GIC_INTID_MAINTENANCE;
	}
	error = axvcpu_setup(vcpu->handle, entry, vm->stage2_root, &setup);
	if (error != AXVCPU_OK) {
		return error;
	}
	if (vm->time_offset == 0) {
		vm->time_offset = board_counter();
	}
	error = board_vcpu_set_clock(vcpu);
	if (error != AXVCPU_OK) {
		return error;
	}
	vcpu->power = VCPU_ON;
	if (vm->config->devices == CONFIG_DEVICES_EMULATED) {
		vcpu_start_interrupts(vcpu);
	}
	return axvcpu_set_gpr(vcpu->handle, 0, arg);
}

static const struct vm_vcpu *find_vcpu(const struct vm *vm, uint64_t name)
{
	/* MPIDR_EL1: Aff0 is the number, as there are no more than 16. */
	return name < vm->config->cpus ? &vm->vcpus[name] : NULL;
}

bool board_is_cpu_up_target(const struct vm_vcpu *vcpu, const struct axvcpu_exit_cpu_up *wish)
{
	return find_vcpu(vcpu->vm, wish->target_cpu) == vcpu;
}

axvcpu_error_t board_hypercall(struct vm_vcpu *vcpu, const struct axvcpu_exit_hypercall *call)
{
	const struct vm_vcpu *target;
	uint64_t result = SMCCC_NOT_SUPPORTED;

	if ((uint32_t)call->number == PSCI_AFFINITY_INFO ||
	    (uint32_t)call->number == PSCI_AFFINITY_INFO32) {
		target = find_vcpu(vcpu->vm, call->args[0]);
		if (target == NULL) {
			result = PSCI_INVALID_PARAMETERS;
		} else if (target->power == VCPU_OFF) {
			result = AFFINITY_OFF;
		} else {
			result = target->power == VCPU_ON ? AFFINITY_ON : AFFINITY_ON_PENDING;
		}
	}
	return axvcpu_set_return_value(vcpu->handle, result);
}

uint64_t board_test_call(const struct axvcpu_exit_hypercall *call)
{
	return call->number;
}

uint64_t board_cpu_up_value(enum cpu_up_result result)
{
	switch (result) {
	case CPU_UP_STARTED:
		return PSCI_SUCCESS;
	case CPU_UP_BAD_ADDRESS:
		return PSCI_INVALID_ADDRESS;
	case CPU_UP_ALREADY_ON:
		return PSCI_ALREADY_ON;
	case CPU_UP_PENDING:
		return PSCI_ON_PENDING;
	case CPU_UP_NO_SUCH_CPU:
	default:
		return PSCI_INVALID_PARAMETERS;
	}
}

/* ESR_ELx.ISS encoding of CNTPCT_EL0: op0 3, op1 3, CRn 14, CRm 0, op2 1 (D19.12.18) */
#define ISS_CNTPCT_EL0 \
	((UINT64_C(3) << 20) | (UINT64_C(1) << 17) | (UINT64_C(3) << 14) | (UINT64_C(14) << 10))

bool board_sysreg_read(const struct axvcpu_exit_sysreg *sysreg, uint64_t *value)
{
	/* Without timer passthrough the physical count is read through us. */
	if (sysreg->address == ISS_CNTPCT_EL0) {
		*value = board_counter();
		return true;
	}
	return false;
}
