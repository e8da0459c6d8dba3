/* SPDX-License-Identifier: Apache-2.0 */
/* The table that joins this package with axvcpu_api: configuration, run, completion. */
#include "axvcpu/vcpu.h"
#include "exits.h"
#include "inject.h"
#include "percpu.h"
#include "reg_access.h"
#include "regs.h"
#include "stage2.h"
#include "state.h"
#include "step.h"
#include "vtimer.h"
#include "world.h"

/** Default MPIDR: as many CPUs share Aff1 as an SGI's target list names. */
#define CPUS_PER_AFF1 16u
#define AFF1_SHIFT 8u
#define AFF1_LIMIT 256u
/** First instructions of a guest: EL1 with SP_EL1, all interrupts masked (Linux and PSCI ask for it). */
#define PSTATE_AT_ENTRY (SPSR_D | SPSR_A | SPSR_I | SPSR_F | SPSR_M_EL1H)
/** Every instruction of AArch64 has four bytes. */
#define INSTRUCTION_ALIGN 4u

#define KNOWN_SETUP_FLAGS                                                                       \
	((uint32_t)ARM_VCPU_PASSTHROUGH_INTERRUPT | (uint32_t)ARM_VCPU_PASSTHROUGH_TIMER |      \
	 (uint32_t)ARM_VCPU_TRAP_WFI | (uint32_t)ARM_VCPU_TRAP_WFE |                            \
	 (uint32_t)ARM_VCPU_VIRTUAL_GIC)

/* Private peripheral interrupts that BSA recommends (DEN 0094, 3.8). */
#define DEFAULT_TIMER_INTID 27u
#define DEFAULT_MAINTENANCE_INTID 25u
#define FIRST_PPI 16u
#define FIRST_SPI 32u

static struct arm_vcpu *of(void *vcpu)
{
	return (struct arm_vcpu *)vcpu;
}

static const struct arm_vcpu *of_const(const void *vcpu)
{
	return (const struct arm_vcpu *)vcpu;
}

static axvcpu_error_t vcpu_create(void *state, const struct axvcpu_arch_vcpu_info *info,
				  const void *config)
{
	const struct arm_vcpu_create_config *create =
		(const struct arm_vcpu_create_config *)config;
	struct arm_vcpu *vcpu = of(state);

	if (create != NULL) {
		if (create->size != sizeof(*create) || create->flags != 0u ||
		    (create->mpidr & ~MPIDR_EL1_AFF) != 0u || create->midr >> 32 != 0u) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		vcpu->mpidr = create->mpidr | MPIDR_EL1_RES1;
		vcpu->midr = create->midr;
	} else {
		if (info->vcpu_id / CPUS_PER_AFF1 >= AFF1_LIMIT) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		vcpu->mpidr = MPIDR_EL1_RES1 | (info->vcpu_id % CPUS_PER_AFF1) |
			      ((info->vcpu_id / CPUS_PER_AFF1) << AFF1_SHIFT);
	}
	vcpu->hal = info->hal;
	vcpu->handle = info->vcpu;
	return AXVCPU_OK;
}

static void vcpu_destroy(void *state)
{
	/* Nothing of the guest stays in memory that is given back. */
	__builtin_memset(state, 0, sizeof(struct arm_vcpu));
}

static axvcpu_error_t set_entry(void *state, uint64_t entry)
{
	if (entry % INSTRUCTION_ALIGN != 0u || entry >> ARM_MAX_IPA_BITS != 0u) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	of(state)->context.pc = entry;
	return AXVCPU_OK;
}

static axvcpu_error_t set_ept_root(void *state, uint64_t root)
{
	struct arm_vcpu *vcpu = of(state);
	/* Before setup the shape is unknown; setup checks the alignment again. */
	uint64_t align = vcpu->ipa_bits == 0u ?
				 AXVCPU_FRAME_SIZE :
				 arm_stage2_root_align(vcpu->ipa_bits, vcpu->stage2_levels);

	if (root % align != 0u || root >> ARM_MAX_IPA_BITS != 0u) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	vcpu->stage2_root = root;
	return AXVCPU_OK;
}

/** The registers that reset defines; all others start at zero (D1.3.3, and Linux's booting.rst). */
static void reset_registers(struct arm_vcpu *vcpu)
{
	vcpu->context.pstate = PSTATE_AT_ENTRY;
	vcpu->saved[ARM_SAVED_SCTLR_EL1] = SCTLR_EL1_RES1;
}

static bool is_ppi(uint32_t intid)
{
	return intid >= FIRST_PPI && intid < FIRST_SPI;
}

/** What the virtual GIC interface is to be. */
static axvcpu_error_t setup_vgic(struct arm_vcpu *vcpu, const struct arm_vcpu_setup_config *wanted)
{
	uint32_t timer = wanted->timer_intid != 0u ? wanted->timer_intid : DEFAULT_TIMER_INTID;
	uint32_t maintenance = wanted->maintenance_intid != 0u ? wanted->maintenance_intid :
								 DEFAULT_MAINTENANCE_INTID;

	if ((wanted->flags & ARM_VCPU_VIRTUAL_GIC) == 0u) {
		return (wanted->timer_intid | wanted->maintenance_intid) == 0u ?
			       AXVCPU_OK :
			       AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if ((wanted->flags & ARM_VCPU_PASSTHROUGH_INTERRUPT) != 0u || !is_ppi(timer) ||
	    !is_ppi(maintenance) || timer == maintenance) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (vcpu->hal->ops->irq_fetch == NULL) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	vcpu->vgic.enabled = true;
	vcpu->vgic.timer_intid = timer;
	vcpu->vgic.maintenance_intid = maintenance;
	arm_vgic_reset(&vcpu->vgic);
	return AXVCPU_OK;
}

static axvcpu_error_t setup(void *state, const void *config)
{
	static const struct arm_vcpu_setup_config defaults = {
		.size = sizeof(defaults),
		.vmid = 1u,
	};
	const struct arm_vcpu_setup_config *wanted =
		config != NULL ? (const struct arm_vcpu_setup_config *)config : &defaults;
	struct arm_vcpu *vcpu = of(state);
	uint32_t ipa_bits = wanted->ipa_bits;
	uint32_t levels = wanted->stage2_levels;
	axvcpu_error_t error;

	if (wanted->size != sizeof(*wanted) || (wanted->flags & ~KNOWN_SETUP_FLAGS) != 0u ||
	    wanted->smc_policy > ARM_VCPU_SMC_FORWARD || wanted->vmid > UINT16_MAX) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (ipa_bits == 0u) {
		struct arm_percpu here;

		/* All CPUs of a machine have one PARange; this one's stands for them. */
		if (arm_percpu_init(&here, NULL, NULL) != AXVCPU_OK) {
			return AXVCPU_ERR_UNSUPPORTED;
		}
		ipa_bits = here.features.pa_bits < ARM_DEFAULT_IPA_BITS ? here.features.pa_bits :
									  ARM_DEFAULT_IPA_BITS;
	}
	if (levels == 0u) {
		levels = arm_stage2_levels_for(ipa_bits);
	}
	if (!arm_stage2_shape_ok(ipa_bits, levels) ||
	    vcpu->stage2_root % arm_stage2_root_align(ipa_bits, levels) != 0u) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	error = setup_vgic(vcpu, wanted);
	if (error != AXVCPU_OK) {
		return error;
	}
	vcpu->flags = wanted->flags;
	vcpu->smc_policy = wanted->smc_policy;
	vcpu->vmid = wanted->vmid;
	vcpu->ipa_bits = ipa_bits;
	vcpu->stage2_levels = levels;
	reset_registers(vcpu);
	return AXVCPU_OK;
}

static axvcpu_error_t bind(void *state, void *percpu)
{
	return arm_state_bind(of(state), (struct arm_percpu *)percpu);
}

static axvcpu_error_t unbind(void *state, void *percpu)
{
	arm_state_unbind(of(state), (struct arm_percpu *)percpu);
	return AXVCPU_OK;
}

static axvcpu_error_t run(void *state, void *percpu, const uint32_t *attention,
			  struct axvcpu_exit *exit)
{
	struct arm_vcpu *vcpu = of(state);

	(void)percpu;
	do {
		if (__builtin_expect(__atomic_load_n(&vcpu->vgic.work, __ATOMIC_RELAXED) != 0u, 0)) {
			arm_vgic_flush(vcpu);
		}
		if (arm_handle_exit(vcpu, arm_vcpu_enter(&vcpu->context), exit) ==
		    ARM_ACTION_EXIT) {
			return AXVCPU_OK;
		}
	} while (__atomic_load_n(attention, __ATOMIC_RELAXED) == 0u);
	exit->reason = AXVCPU_EXIT_NOTHING;
	exit->pc = vcpu->context.pc;
	exit->instruction_length = 0u;
	return AXVCPU_OK;
}

static axvcpu_error_t complete_read(void *state, const struct axvcpu_exit *exit, uint64_t value)
{
	struct arm_vcpu *vcpu = of(state);

	/* Cut and extended already. */
	arm_gpr_write(vcpu,
		      exit->reason == AXVCPU_EXIT_MMIO_READ ? exit->u.mmio.reg : exit->u.sysreg.reg,
		      value);
	arm_step(vcpu, vcpu->context.esr);
	return AXVCPU_OK;
}

static axvcpu_error_t complete_write(void *state, const struct axvcpu_exit *exit)
{
	struct arm_vcpu *vcpu = of(state);

	(void)exit;
	arm_step(vcpu, vcpu->context.esr);
	return AXVCPU_OK;
}

static axvcpu_error_t fail_access(void *state, const struct axvcpu_exit *exit)
{
	struct arm_vcpu *vcpu = of(state);

	switch (exit->reason) {
	case AXVCPU_EXIT_SYSREG_READ:
	case AXVCPU_EXIT_SYSREG_WRITE:
		arm_inject_undefined(vcpu, vcpu->context.esr);
		break;
	default:
		arm_inject_external_abort(vcpu, vcpu->context.esr, vcpu->far);
		break;
	}
	return AXVCPU_OK;
}

static void set_return_value(void *state, uint64_t value)
{
	of(state)->context.x[0] = value;
}

static axvcpu_error_t set_gpr(void *state, uint32_t reg, uint64_t value)
{
	if (reg > ARM_GPR_ZERO) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	arm_gpr_write(of(state), reg, value);
	return AXVCPU_OK;
}

static axvcpu_error_t get_gpr(void *state, uint32_t reg, uint64_t *value)
{
	if (reg > ARM_GPR_ZERO) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	*value = arm_gpr_read(of(state), reg);
	return AXVCPU_OK;
}

static axvcpu_error_t get_reg(void *state, uint64_t id, void *buffer)
{
	return arm_reg_get(of(state), id, buffer);
}

static axvcpu_error_t set_reg(void *state, uint64_t id, const void *buffer)
{
	return arm_reg_set(of(state), id, buffer);
}

static axvcpu_error_t reg_at(void *state, size_t index, uint64_t *id)
{
	return arm_reg_at(of(state), index, id);
}

static axvcpu_error_t check_interrupt(const void *state, uint32_t vector)
{
	if (vector >= ARM_VGIC_INTIDS) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (of_const(state)->vgic.enabled) {
		return AXVCPU_OK;
	}
	/* The interrupt controller is the hypervisor's, or the guest's own. */
	return of_const(state)->hal->ops->inject_virtual_interrupt != NULL ? AXVCPU_OK :
									     AXVCPU_ERR_UNSUPPORTED;
}

static axvcpu_error_t inject_interrupt(void *state, uint32_t vector)
{
	struct arm_vcpu *vcpu = of(state);

	if (vcpu->vgic.enabled) {
		arm_vgic_raise(vcpu, vector);
		return AXVCPU_OK;
	}
	return vcpu->hal->ops->inject_virtual_interrupt(vcpu->hal->ctx, vcpu->handle, vector);
}

static axvcpu_error_t clear_interrupt(void *state, uint32_t vector)
{
	struct arm_vcpu *vcpu = of(state);

	if (!vcpu->vgic.enabled) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	arm_vgic_lower(vcpu, vector);
	return AXVCPU_OK;
}

static axvcpu_error_t timer_deadline(void *state, uint64_t *deadline)
{
	*deadline = arm_vtimer_deadline(of(state));
	return AXVCPU_OK;
}

axvcpu_error_t arm_vcpu_set_interrupt(struct axvcpu *handle, uint32_t intid, uint32_t priority,
				      uint32_t flags)
{
	const uint32_t known = ARM_VCPU_INTERRUPT_ENABLED | ARM_VCPU_INTERRUPT_LEVEL |
			       ARM_VCPU_INTERRUPT_GROUP0;
	struct arm_vcpu *vcpu;

	if (handle == NULL || intid >= ARM_VGIC_INTIDS || priority > ARM_VGIC_ATTR_PRIORITY ||
	    (flags & ~known) != 0u) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	vcpu = of(axvcpu_arch_state(handle));
	if (!vcpu->vgic.enabled) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	arm_vgic_set_attr(&vcpu->vgic, intid, (flags << ARM_VGIC_ATTR_FLAGS_SHIFT) | priority);
	return AXVCPU_OK;
}

static const struct axvcpu_arch_ops ops = {
	.size = sizeof(ops),
	.abi_version = AXVCPU_ABI_VERSION,
	.arch = AXVCPU_ARCH_AARCH64,
	.package_version = AXVCPU_VERSION(ARM_VCPU_VERSION_MAJOR, ARM_VCPU_VERSION_MINOR,
					  ARM_VCPU_VERSION_PATCH),
	.name = "arm_vcpu",
	.percpu_size = sizeof(struct arm_percpu),
	.vcpu_size = sizeof(struct arm_vcpu),
	.percpu_init = arm_percpu_init,
	.hardware_enable = arm_hardware_enable,
	.hardware_disable = arm_hardware_disable,
	.max_guest_page_table_levels = arm_max_guest_page_table_levels,
	.vcpu_create = vcpu_create,
	.vcpu_destroy = vcpu_destroy,
	.setup = setup,
	.set_entry = set_entry,
	.set_ept_root = set_ept_root,
	.bind = bind,
	.unbind = unbind,
	.run = run,
	.complete_read = complete_read,
	.complete_write = complete_write,
	.fail_access = fail_access,
	.set_return_value = set_return_value,
	.set_gpr = set_gpr,
	.get_gpr = get_gpr,
	.get_reg = get_reg,
	.set_reg = set_reg,
	.reg_at = reg_at,
	.check_interrupt = check_interrupt,
	.inject_interrupt = inject_interrupt,
	.clear_interrupt = clear_interrupt,
	.timer_deadline = timer_deadline,
};

const struct axvcpu_arch_ops *arm_vcpu_ops(void)
{
	return &ops;
}
