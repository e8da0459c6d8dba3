/* SPDX-License-Identifier: Apache-2.0 */
/* The table that joins this package with axvcpu_api: configuration, run, completion. */
#include "axvcpu/vcpu.h"

#include "access.h"
#include "debug.h"
#include "exits.h"
#include "go_on.h"
#include "id_view.h"
#include "inject.h"
#include "operands.h"
#include "percpu.h"
#include "ptimer.h"
#include "reg_access.h"
#include "regs.h"
#include "stage2.h"
#include "step.h"
#include "sve.h"
#include "switch.h"
#include "vmid.h"
#include "vtimer.h"

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
	 (uint32_t)ARM_VCPU_VIRTUAL_GIC | (uint32_t)ARM_VCPU_EMULATE_TIMER |                   \
	 (uint32_t)ARM_VCPU_SVE | (uint32_t)ARM_VCPU_KEEP_ID)

/* Bytes of the configurations' first versions: a caller may know no less. */
#define CREATE_CONFIG_MIN_SIZE 24u
#define SETUP_CONFIG_MIN_SIZE 24u

/* Private peripheral interrupts that BSA recommends (DEN 0094, 3.8). */
#define DEFAULT_TIMER_INTID 27u
#define DEFAULT_MAINTENANCE_INTID 25u
#define DEFAULT_PHYSICAL_TIMER_INTID 30u
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

static axvcpu_error_t host_init(void *host, const struct axvcpu_hal *hal)
{
	(void)hal;
	arm_vcpu_vmid_host_init((struct arm_host *)host);
	return AXVCPU_OK;
}

static axvcpu_error_t vcpu_create(void *state, const struct axvcpu_arch_vcpu_info *info,
				  const void *config)
{
	struct arm_vcpu_create_config create;
	struct arm_vcpu *vcpu = of(state);

	if (config != NULL) {
		if (!axvcpu_copy_config(&create, sizeof(create), CREATE_CONFIG_MIN_SIZE, config) ||
		    create.flags != 0u || (create.mpidr & ~MPIDR_EL1_AFF) != 0u ||
		    create.midr >> 32 != 0u) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		vcpu->mpidr = create.mpidr | MPIDR_EL1_RES1;
		vcpu->midr = create.midr;
	} else {
		if (info->vcpu_id / CPUS_PER_AFF1 >= AFF1_LIMIT) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		vcpu->mpidr = MPIDR_EL1_RES1 | (info->vcpu_id % CPUS_PER_AFF1) |
			      ((info->vcpu_id / CPUS_PER_AFF1) << AFF1_SHIFT);
	}
	vcpu->hal = info->hal;
	vcpu->handle = info->vcpu;
	vcpu->host = (struct arm_host *)info->host;
	vcpu->vm_id = info->vm_id;
	return AXVCPU_OK;
}

static void vcpu_destroy(void *state)
{
	arm_vcpu_vmid_remove(of(state));
	arm_vcpu_sve_destroy(of(state));
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
				 arm_vcpu_stage2_root_align(vcpu->ipa_bits, vcpu->stage2_levels);

	if (root % align != 0u || root >> ARM_MAX_IPA_BITS != 0u) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (root != vcpu->stage2_root) {
		arm_vcpu_vmid_forget(vcpu);
	}
	vcpu->stage2_root = root;
	vcpu->prepared = 0;
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
	uint32_t physical = wanted->physical_timer_intid != 0u ? wanted->physical_timer_intid :
								 DEFAULT_PHYSICAL_TIMER_INTID;
	bool emulate = (wanted->flags & ARM_VCPU_EMULATE_TIMER) != 0u;

	if (!emulate && wanted->physical_timer_intid != 0u) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if ((wanted->flags & ARM_VCPU_VIRTUAL_GIC) == 0u) {
		return !emulate && (wanted->timer_intid | wanted->maintenance_intid) == 0u ?
			       AXVCPU_OK :
			       AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if ((wanted->flags & ARM_VCPU_PASSTHROUGH_INTERRUPT) != 0u || !is_ppi(timer) ||
	    !is_ppi(maintenance) || timer == maintenance) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (emulate && ((wanted->flags & ARM_VCPU_PASSTHROUGH_TIMER) != 0u || !is_ppi(physical) ||
			physical == timer || physical == maintenance)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (vcpu->hal->ops->irq_fetch == NULL) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	vcpu->vgic.enabled = true;
	vcpu->vgic.timer_intid = timer;
	vcpu->vgic.maintenance_intid = maintenance;
	vcpu->vgic.ptimer_intid = physical;
	arm_vcpu_vgic_reset(&vcpu->vgic);
	return AXVCPU_OK;
}

/** The wishes of a configuration; false if there is one that nobody can have. */
static bool read_setup(struct arm_vcpu_setup_config *wanted, const void *config)
{
	*wanted = (struct arm_vcpu_setup_config){ .size = sizeof(*wanted) };
	return (config == NULL ||
		axvcpu_copy_config(wanted, sizeof(*wanted), SETUP_CONFIG_MIN_SIZE, config)) &&
	       (wanted->flags & ~KNOWN_SETUP_FLAGS) == 0u &&
	       ((wanted->flags & ARM_VCPU_SVE) != 0u || wanted->sve_vector_bits == 0u) &&
	       wanted->smc_policy <= ARM_VCPU_SMC_FORWARD && wanted->vmid <= UINT16_MAX;
}

/** Fills in the shape of the stage-2 table; false if there is none of it, or not for the root. */
static bool choose_shape(struct arm_vcpu_setup_config *wanted, uint64_t stage2_root)
{
	struct arm_features here;

	if (wanted->ipa_bits == 0u) {
		/* All CPUs of a machine have one PARange; this one's stands for them. */
		arm_vcpu_features_find(&here);
		wanted->ipa_bits = here.pa_bits < ARM_DEFAULT_IPA_BITS ? here.pa_bits :
									 ARM_DEFAULT_IPA_BITS;
	}
	if (wanted->stage2_levels == 0u) {
		wanted->stage2_levels = arm_vcpu_stage2_levels_for(wanted->ipa_bits);
	}
	return arm_vcpu_stage2_shape_ok(wanted->ipa_bits, wanted->stage2_levels) &&
	       stage2_root % arm_vcpu_stage2_root_align(wanted->ipa_bits, wanted->stage2_levels) == 0u;
}

static axvcpu_error_t setup(void *state, const void *config)
{
	struct arm_vcpu_setup_config wanted;
	struct arm_vcpu *vcpu = of(state);
	axvcpu_error_t error;

	if (!read_setup(&wanted, config)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	/* It is in the host's list, and has frames: nothing but its end gives them back. */
	if (vcpu->serial != 0u) {
		return AXVCPU_ERR_BAD_STATE;
	}
	if (!choose_shape(&wanted, vcpu->stage2_root)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	error = setup_vgic(vcpu, &wanted);
	if (error == AXVCPU_OK && (wanted.flags & ARM_VCPU_SVE) != 0u) {
		error = arm_vcpu_sve_setup(vcpu, wanted.sve_vector_bits);
	}
	if (error == AXVCPU_OK) {
		error = arm_vcpu_vmid_setup(vcpu, wanted.vmid);
	}
	if (error != AXVCPU_OK) {
		arm_vcpu_sve_destroy(vcpu);
		vcpu->vgic.enabled = false;
		return error;
	}
	vcpu->flags = wanted.flags;
	vcpu->smc_policy = wanted.smc_policy;
	vcpu->ipa_bits = wanted.ipa_bits;
	vcpu->stage2_levels = wanted.stage2_levels;
	vcpu->access.stage = ARM_ACCESS_NONE;
	reset_registers(vcpu);
	arm_vcpu_debug_reset(vcpu);
	arm_vcpu_id_view_take(vcpu);
	return AXVCPU_OK;
}

static axvcpu_error_t bind(void *state, void *percpu)
{
	return arm_vcpu_switch_in(of(state), (struct arm_percpu *)percpu);
}

static __attribute__((noinline)) axvcpu_error_t settle_and_unbind(struct arm_vcpu *vcpu,
								  struct arm_percpu *percpu)
{
	arm_vcpu_access_settle(vcpu);
	return arm_vcpu_switch_out(vcpu, percpu);
}

static axvcpu_error_t unbind(void *state, void *percpu)
{
	struct arm_vcpu *vcpu = of(state);

	if (__builtin_expect(vcpu->access.stage != ARM_ACCESS_NONE, 0)) {
		return settle_and_unbind(vcpu, (struct arm_percpu *)percpu);
	}
	return arm_vcpu_switch_out(vcpu, (struct arm_percpu *)percpu);
}

static axvcpu_error_t switch_vcpus(void *from, void *to, void *percpu)
{
	return arm_vcpu_switch_over(of(from), of(to), (struct arm_percpu *)percpu);
}

/** A run with more to do before the entry. */
static __attribute__((noinline)) axvcpu_error_t run_prepared(struct arm_vcpu *vcpu)
{
	if (vcpu->access.stage != ARM_ACCESS_NONE && arm_vcpu_access_resume(vcpu, vcpu->exit)) {
		return AXVCPU_OK;
	}
	return arm_vcpu_go_on(vcpu);
}

static axvcpu_error_t run(void *state, void *percpu, const uint32_t *attention,
			  struct axvcpu_exit *exit)
{
	struct arm_vcpu *vcpu = of(state);
	enum arm_action action;
	uint64_t vector;

	(void)percpu;
	/* In memory, for in registers both would be saved and restored at every run. */
	vcpu->attention = attention;
	vcpu->exit = exit;
	if (__builtin_expect(vcpu->access.stage != ARM_ACCESS_NONE ||
				     __atomic_load_n(&vcpu->vgic.work, __ATOMIC_RELAXED) != 0u,
			     0)) {
		return run_prepared(vcpu);
	}
	vector = vcpu->enter(&vcpu->context);
	action = arm_vcpu_handle_exit(vcpu, vcpu->exit, vector);
	if (__builtin_expect(action != ARM_ACTION_EXIT, 0)) {
		return arm_vcpu_go_on(vcpu);
	}
	return AXVCPU_OK;
}

/** What a read gave, in the order in which the guest's data are. */
static uint64_t in_guest_order(const struct arm_vcpu *vcpu, const struct axvcpu_exit_mmio *mmio,
			       uint64_t value)
{
	if (!vcpu->mmio_is_big_endian) {
		return value;
	}
	value = arm_vcpu_swap_bytes(value, mmio->width);
	return mmio->sign_extend != 0u ? arm_vcpu_extend_sign(value, mmio->width, mmio->reg_width) :
					 value;
}

static axvcpu_error_t complete_read(void *state, const struct axvcpu_exit *exit, uint64_t value)
{
	struct arm_vcpu *vcpu = of(state);

	if (arm_access_is_open(vcpu)) {
		arm_vcpu_access_complete(vcpu, value);
		return AXVCPU_OK;
	}
	/* Cut and extended already. */
	if (exit->reason == AXVCPU_EXIT_MMIO_READ) {
		arm_vcpu_gpr_write(vcpu, exit->u.mmio.reg, in_guest_order(vcpu, &exit->u.mmio, value));
	} else {
		arm_vcpu_gpr_write(vcpu, exit->u.sysreg.reg, value);
	}
	arm_vcpu_step(vcpu, vcpu->context.esr);
	return AXVCPU_OK;
}

static axvcpu_error_t complete_write(void *state, const struct axvcpu_exit *exit)
{
	struct arm_vcpu *vcpu = of(state);

	(void)exit;
	if (arm_access_is_open(vcpu)) {
		arm_vcpu_access_complete(vcpu, 0u);
		return AXVCPU_OK;
	}
	arm_vcpu_step(vcpu, vcpu->context.esr);
	return AXVCPU_OK;
}

static axvcpu_error_t fail_access(void *state, const struct axvcpu_exit *exit)
{
	struct arm_vcpu *vcpu = of(state);

	vcpu->access.stage = ARM_ACCESS_NONE;
	switch (exit->reason) {
	case AXVCPU_EXIT_SYSREG_READ:
	case AXVCPU_EXIT_SYSREG_WRITE:
		arm_vcpu_inject_undefined(vcpu);
		break;
	case AXVCPU_EXIT_NESTED_PAGE_FAULT:
		arm_vcpu_inject_external_abort(vcpu, vcpu->context.esr, vcpu->far,
					  exit->u.nested_page_fault.gpa);
		break;
	default:
		arm_vcpu_inject_external_abort(vcpu, vcpu->context.esr, vcpu->far, exit->u.mmio.gpa);
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
	arm_vcpu_gpr_write(of(state), reg, value);
	return AXVCPU_OK;
}

static axvcpu_error_t get_gpr(void *state, uint32_t reg, uint64_t *value)
{
	if (reg > ARM_GPR_ZERO) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	*value = arm_vcpu_gpr_read(of(state), reg);
	return AXVCPU_OK;
}

static axvcpu_error_t get_reg(void *state, uint64_t id, void *buffer)
{
	arm_vcpu_access_settle(of(state));
	return arm_vcpu_reg_get(of(state), id, buffer);
}

static axvcpu_error_t set_reg(void *state, uint64_t id, const void *buffer)
{
	arm_vcpu_access_settle(of(state));
	return arm_vcpu_reg_set(of(state), id, buffer);
}

static axvcpu_error_t reg_at(void *state, size_t index, uint64_t *id)
{
	return arm_vcpu_reg_at(of(state), index, id);
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
		arm_vcpu_vgic_raise(vcpu, vector);
		return AXVCPU_OK;
	}
	return vcpu->hal->ops->inject_virtual_interrupt(vcpu->hal->ctx, vcpu->handle, vector);
}

static axvcpu_error_t clear_interrupt(void *state, uint32_t vector)
{
	struct arm_vcpu *vcpu = of(state);

	/* Else the HAL has what is not queued any more: an error would end the vCPU's run. */
	if (vcpu->vgic.enabled) {
		arm_vcpu_vgic_lower(vcpu, vector);
	}
	return AXVCPU_OK;
}

static axvcpu_error_t timer_deadline(void *state, uint64_t *deadline)
{
	struct arm_vcpu *vcpu = of(state);
	uint64_t physical = arm_ptimer_is_emulated(vcpu) ? arm_vcpu_ptimer_deadline(vcpu) :
							   UINT64_MAX;

	*deadline = arm_vcpu_vtimer_deadline(vcpu);
	if (physical < *deadline) {
		*deadline = physical;
	}
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
	.host_size = sizeof(struct arm_host),
	.percpu_size = sizeof(struct arm_percpu),
	.vcpu_size = sizeof(struct arm_vcpu),
	.host_init = host_init,
	.percpu_init = arm_vcpu_percpu_init,
	.hardware_enable = arm_vcpu_hardware_enable,
	.hardware_disable = arm_vcpu_hardware_disable,
	.max_guest_page_table_levels = arm_vcpu_max_guest_page_table_levels,
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
	.switch_vcpus = switch_vcpus,
};

const struct axvcpu_arch_ops *arm_vcpu_ops(void)
{
	return &ops;
}
