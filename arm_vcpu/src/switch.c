/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bind, unbind and both in one, in straight lines: a register costs one instruction to move between
 * the CPU and a general register, and half of one to memory or back, in pairs. What
 * depends on vCPU and CPU alone is computed once, by arm_vcpu_controls_prepare(), and
 * tests that nearly always have one answer share a branch.
 */
#include "switch.h"

#include "controls_switch.h"
#include "debug.h"
#include "fp.h"
#include "sysreg.h"
#include "vmid.h"

#define unlikely(condition) __builtin_expect((condition), 0)
/* Twice in the code each: see is_short(). */
#define IN_LINE static inline __attribute__((always_inline))

/* The guest's CPACR_EL1 is not quite the CPU's; for all others this is nothing. */
IN_LINE uint64_t from_cpu(enum arm_saved_reg reg, uint64_t value, uint64_t cpacr_hidden)
{
	return reg == ARM_SAVED_CPACR_EL1 ? value & ~cpacr_hidden : value;
}

IN_LINE uint64_t to_cpu(enum arm_saved_reg reg, uint64_t value, uint64_t cpacr_hidden)
{
	return reg == ARM_SAVED_CPACR_EL1 ? value | cpacr_hidden : value;
}

/*
 * Loads and stores of pairs reach 504 bytes, which is not enough from the vCPU on. The
 * compiler folds the distance into each of them, unless it cannot know it: 26 less.
 */
#define KEEP_IN_REGISTER(pointer) __asm__("" : "+r"(pointer))

/* A group of pairs, with the names that its registers have for this kind of host. */
#define MOVE_BANKED(vhe, list, F, S, F_EL12, S_EL12) \
	do {                                         \
		if (vhe) {                           \
			list(F_EL12, S_EL12)         \
		} else {                             \
			list(F, S)                   \
		}                                    \
	} while (0)

/* Both registers of a pair are read before one is stored: one instruction stores both. */
IN_LINE void save_registers(struct arm_vcpu *vcpu, uint32_t plan)
{
	const bool vhe = (plan & ARM_PLAN_VHE) != 0u;
	const uint64_t cpacr_hidden = vcpu->cpacr_hidden;
	uint64_t *saved = vcpu->saved;
	uint64_t first, second;

	KEEP_IN_REGISTER(saved);
#define FIRST(name, ...) first = from_cpu(ARM_SAVED_##name, arm_read_##name(), cpacr_hidden);
#define FIRST_EL12(name, ...) \
	first = from_cpu(ARM_SAVED_##name, arm_read_EL12_##name(), cpacr_hidden);
#define STORE(name)                                  \
	saved[(int)ARM_SAVED_##name - 1] = first;    \
	saved[ARM_SAVED_##name] = second;
#define SECOND(name, ...)                                                          \
	second = from_cpu(ARM_SAVED_##name, arm_read_##name(), cpacr_hidden);      \
	STORE(name)
#define SECOND_EL12(name, ...)                                                     \
	second = from_cpu(ARM_SAVED_##name, arm_read_EL12_##name(), cpacr_hidden); \
	STORE(name)
	ARM_COMMON_PAIRS(FIRST, SECOND)
	MOVE_BANKED(vhe, ARM_BANKED_PAIRS, FIRST, SECOND, FIRST_EL12, SECOND_EL12);
	if (unlikely((plan & ARM_GROUP_PTIMER) != 0u)) {
		MOVE_BANKED(vhe, ARM_PTIMER_PAIRS, FIRST, SECOND, FIRST_EL12, SECOND_EL12);
	}
	if ((plan & ARM_GROUP_PAUTH) != 0u) {
		ARM_PAUTH_PAIRS(FIRST, SECOND)
	}
	if ((plan & ARM_GROUP_RAS) != 0u) {
		ARM_RAS_PAIRS(FIRST, SECOND)
	}
	if ((plan & ARM_GROUP_SME) != 0u) {
#define SINGLE(name, ...) saved[ARM_SAVED_##name] = arm_read_##name();
		ARM_SME_SYSREGS(SINGLE)
#undef SINGLE
	}
#undef FIRST
#undef FIRST_EL12
#undef STORE
#undef SECOND
#undef SECOND_EL12
}

IN_LINE void load_registers(const struct arm_vcpu *vcpu, uint32_t plan)
{
	const bool vhe = (plan & ARM_PLAN_VHE) != 0u;
	const uint64_t cpacr_hidden = vcpu->cpacr_hidden;
	const uint64_t *saved = vcpu->saved;
	uint64_t first, second;

	KEEP_IN_REGISTER(saved);
#define FETCH(name)                                                                     \
	first = to_cpu(ARM_SAVED_##name, saved[ARM_SAVED_##name], cpacr_hidden);        \
	second = to_cpu((enum arm_saved_reg)(ARM_SAVED_##name + 1),                     \
			saved[ARM_SAVED_##name + 1], cpacr_hidden);
#define FIRST(name, ...) FETCH(name) arm_write_##name(first);
#define FIRST_EL12(name, ...) FETCH(name) arm_write_EL12_##name(first);
#define SECOND(name, ...) arm_write_##name(second);
#define SECOND_EL12(name, ...) arm_write_EL12_##name(second);
	ARM_COMMON_PAIRS(FIRST, SECOND)
	MOVE_BANKED(vhe, ARM_BANKED_PAIRS, FIRST, SECOND, FIRST_EL12, SECOND_EL12);
	if (unlikely((plan & ARM_GROUP_PTIMER) != 0u)) {
		MOVE_BANKED(vhe, ARM_PTIMER_PAIRS, FIRST, SECOND, FIRST_EL12, SECOND_EL12);
	}
	if ((plan & ARM_GROUP_PAUTH) != 0u) {
		ARM_PAUTH_PAIRS(FIRST, SECOND)
	}
	if ((plan & ARM_GROUP_RAS) != 0u) {
		ARM_RAS_PAIRS(FIRST, SECOND)
	}
	if ((plan & ARM_GROUP_SME) != 0u) {
#define SINGLE(name, ...) arm_write_##name(saved[ARM_SAVED_##name]);
		ARM_SME_SYSREGS(SINGLE)
#undef SINGLE
	}
#undef FETCH
#undef FIRST
#undef FIRST_EL12
#undef SECOND
#undef SECOND_EL12
}

/** Whether the host has a TPIDR2_EL0 of its own: one without E2H has no EL0. */
IN_LINE bool has_tpidr2(uint32_t plan)
{
	const uint32_t both = (uint32_t)ARM_GROUP_SME | (uint32_t)ARM_PLAN_VHE;

	return (plan & both) == both;
}

/** The host's own of the registers that a guest has, too. */
IN_LINE void keep_shared(struct arm_percpu *percpu, uint32_t plan)
{
	uint64_t first, second;

#define FIRST(name, ...) first = arm_read_##name();
#define SECOND(name, ...)                                  \
	second = arm_read_##name();                        \
	percpu->shared[(int)ARM_SAVED_##name - 1] = first; \
	percpu->shared[ARM_SAVED_##name] = second;
#define SINGLE(name, ...) percpu->shared[ARM_SAVED_##name] = arm_read_##name();
	ARM_SHARED_PAIRS(FIRST, SECOND)
	ARM_SHARED_SINGLE(SINGLE)
#undef FIRST
#undef SECOND
#undef SINGLE
	if (has_tpidr2(plan)) {
		percpu->tpidr2 = arm_read_TPIDR2_EL0();
	}
}

IN_LINE void put_back_shared(const struct arm_percpu *percpu, uint32_t plan)
{
	uint64_t first, second;

#define FIRST(name, ...)                                 \
	first = percpu->shared[ARM_SAVED_##name];        \
	second = percpu->shared[ARM_SAVED_##name + 1];   \
	arm_write_##name(first);
#define SECOND(name, ...) arm_write_##name(second);
#define SINGLE(name, ...) arm_write_##name(percpu->shared[ARM_SAVED_##name]);
	ARM_SHARED_PAIRS(FIRST, SECOND)
	ARM_SHARED_SINGLE(SINGLE)
#undef FIRST
#undef SECOND
#undef SINGLE
	if (has_tpidr2(plan)) {
		arm_write_TPIDR2_EL0(percpu->tpidr2);
	}
}

/** A timer that nobody looks after any more must not fire. */
IN_LINE void stop_timers(uint32_t plan)
{
	if ((plan & ARM_PLAN_VHE) != 0u) {
		arm_write_EL12_CNTV_CTL_EL0(0);
	} else {
		arm_write_CNTV_CTL_EL0(0);
	}
	if (unlikely((plan & ARM_GROUP_PTIMER) != 0u)) {
		if ((plan & ARM_PLAN_VHE) != 0u) {
			arm_write_EL12_CNTP_CTL_EL0(0);
		} else {
			arm_write_CNTP_CTL_EL0(0);
		}
	}
}

/* What a plan may have that the short way deals with. */
#define SHORT_OPTIONS                                                                            \
	((uint32_t)ARM_GROUP_RAS | (uint32_t)ARM_GROUP_SME | (uint32_t)ARM_PLAN_HCX |            \
	 (uint32_t)ARM_PLAN_PMU)
#define SHORT_BASE ((uint32_t)ARM_GROUP_COMMON | (uint32_t)ARM_GROUP_BANKED)

/*
 * Both ways are made of the same functions. Where a plan is known to lack a bit, the
 * compiler leaves out the test, and the short way calls nothing, so that it needs no frame.
 */
IN_LINE bool is_short(uint32_t plan)
{
	return (plan & ~SHORT_OPTIONS) == SHORT_BASE;
}

IN_LINE uint32_t short_plan(uint32_t plan)
{
	return (plan & SHORT_OPTIONS) | SHORT_BASE;
}

IN_LINE void load(struct arm_vcpu *vcpu, struct arm_percpu *percpu, uint32_t plan)
{
	vcpu->on_cpu = plan;
	keep_shared(percpu, plan);
	/*
	 * The other guest's stage 1 is gone before this one's VMID is there: some CPUs make TLB
	 * entries for a speculative AT (Cortex-A72 erratum 1319367 and its like).
	 */
	load_registers(vcpu, plan);
	arm_controls_load(vcpu, percpu, plan);
}

IN_LINE void unload(struct arm_vcpu *vcpu, struct arm_percpu *percpu, uint32_t plan)
{
	save_registers(vcpu, plan);
	stop_timers(plan);
	put_back_shared(percpu, plan);
	arm_controls_unload(vcpu, percpu, plan);
	arm_isb();
	vcpu->on_cpu = 0;
	arm_vcpu_vmid_unbind(vcpu);
}

/**
 * The end of a bind on a CPU whose TLB is of the VMID's generation: it has no entries that
 * others of the VMID made.
 */
IN_LINE axvcpu_error_t finish(struct arm_vcpu *vcpu, struct arm_percpu *percpu, uint32_t plan)
{
	uint64_t *last = arm_vcpu_vmid_last(vcpu, percpu);

	if (*last != vcpu->serial) {
		if (unlikely(*last == 0u || (plan & ARM_PLAN_VHE) != 0u)) {
			vcpu->vmid_seen = percpu->vmid_generation;
			return arm_vcpu_controls_flush(vcpu, percpu);
		}
		/* Another vCPU of the VMID, or of one that shares its place. */
		*last = vcpu->serial;
		arm_isb();
		arm_tlbi_vmalle1();
	}
	/* Not for the guest, which begins with an exception return: for AT before that. */
	arm_isb();
	return AXVCPU_OK;
}

/** Any bind: with a plan to be made first, on a host with E2H, with a virtual GIC. */
static __attribute__((noinline)) axvcpu_error_t switch_in_any(struct arm_vcpu *vcpu,
							      struct arm_percpu *percpu)
{
	axvcpu_error_t error = arm_vcpu_vmid_bind(vcpu);

	if (error != AXVCPU_OK) {
		return error;
	}
	if (vcpu->prepared != percpu->features.serial) {
		error = arm_vcpu_controls_prepare(vcpu, &percpu->features);
	}
	if (error == AXVCPU_OK && (vcpu->plan & ARM_PLAN_VGIC) != 0u) {
		error = arm_vcpu_vgic_bind(vcpu, percpu);
	}
	if (error != AXVCPU_OK) {
		arm_vcpu_vmid_unbind(vcpu);
		return error;
	}
	load(vcpu, percpu, vcpu->plan);
	if ((vcpu->plan & ARM_PLAN_DEBUG) != 0u) {
		arm_vcpu_debug_load(vcpu, percpu);
	}
	return arm_vcpu_vmid_is_known(vcpu, percpu) ? finish(vcpu, percpu, vcpu->plan) :
						      arm_vcpu_controls_flush(vcpu, percpu);
}

axvcpu_error_t arm_vcpu_switch_in(struct arm_vcpu *vcpu, struct arm_percpu *percpu)
{
	const uint32_t plan = vcpu->plan;

	if (unlikely(!is_short(plan) || vcpu->prepared != percpu->features.serial ||
		     !arm_vcpu_vmid_bind_again(vcpu, percpu))) {
		return switch_in_any(vcpu, percpu);
	}
	load(vcpu, percpu, short_plan(plan));
	return finish(vcpu, percpu, short_plan(plan));
}

/** unload() of any plan. Once in the code: 600 bytes. */
static __attribute__((noinline)) void unload_any(struct arm_vcpu *vcpu, struct arm_percpu *percpu)
{
	unload(vcpu, percpu, vcpu->on_cpu);
}

static __attribute__((noinline)) axvcpu_error_t switch_out_any(struct arm_vcpu *vcpu,
							       struct arm_percpu *percpu)
{
	if ((vcpu->on_cpu & ARM_GROUP_FP) != 0u) {
		arm_vcpu_fp_unload(vcpu);
	}
	if ((vcpu->on_cpu & ARM_PLAN_VGIC) != 0u) {
		arm_vcpu_vgic_unbind(vcpu);
	}
	if ((vcpu->on_cpu & ARM_PLAN_DEBUG) != 0u) {
		arm_vcpu_debug_unload(vcpu, percpu);
	}
	unload_any(vcpu, percpu);
	return AXVCPU_OK;
}

axvcpu_error_t arm_vcpu_switch_out(struct arm_vcpu *vcpu, struct arm_percpu *percpu)
{
	const uint32_t plan = vcpu->on_cpu;

	if (unlikely(!is_short(plan))) {
		return switch_out_any(vcpu, percpu);
	}
	unload(vcpu, percpu, short_plan(plan));
	return AXVCPU_OK;
}

/**
 * From one guest to the other. The host's own and the controls that are the same for all
 * guests of a plan stay as they are: 75 instructions less than unload() and load().
 */
IN_LINE void exchange(struct arm_vcpu *from, struct arm_vcpu *to, struct arm_percpu *percpu,
		      uint32_t from_plan, uint32_t to_plan)
{
	save_registers(from, from_plan);
	stop_timers(from_plan);
	arm_controls_suspend(from, percpu, from_plan);
	from->on_cpu = 0;
	arm_vcpu_vmid_unbind(from);
	to->on_cpu = to_plan;
	load_registers(to, to_plan);
	arm_controls_resume(to, percpu, to_plan);
}

/** Whether the controls that exchange() leaves alone are the same for both. */
static bool have_same_controls(uint32_t from_plan, uint32_t to_plan)
{
	return ((from_plan | to_plan) & ARM_PLAN_DEBUG) == 0u &&
	       ((from_plan ^ to_plan) & ARM_GROUP_PTIMER) == 0u;
}

/** Any switch that can be one. */
static __attribute__((noinline)) axvcpu_error_t
switch_over_any(struct arm_vcpu *from, struct arm_vcpu *to, struct arm_percpu *percpu)
{
	axvcpu_error_t error;

	if (from->access.stage != ARM_ACCESS_NONE || to->prepared != percpu->features.serial ||
	    !have_same_controls(from->on_cpu, to->plan) || !arm_vcpu_vmid_bind_again(to, percpu)) {
		arm_vcpu_vmid_unbind(to);
		return AXVCPU_ERR_AGAIN;
	}
	if ((from->on_cpu & ARM_GROUP_FP) != 0u) {
		arm_vcpu_fp_unload(from);
	}
	if ((from->on_cpu & ARM_PLAN_VGIC) != 0u) {
		arm_vcpu_vgic_unbind(from);
	}
	if ((to->plan & ARM_PLAN_VGIC) != 0u) {
		error = arm_vcpu_vgic_bind(to, percpu);
		if (error != AXVCPU_OK) {
			unload_any(from, percpu);
			arm_vcpu_vmid_unbind(to);
			return error;
		}
	}
	exchange(from, to, percpu, from->on_cpu, to->plan);
	/* FP and SIMD trap again. */
	arm_write_CPTR_EL2(to->cptr);
	return finish(to, percpu, to->plan);
}

axvcpu_error_t arm_vcpu_switch_over(struct arm_vcpu *from, struct arm_vcpu *to,
				    struct arm_percpu *percpu)
{
	const uint32_t plan = to->plan;

	if (unlikely(from->on_cpu != plan || !is_short(plan) ||
		     from->access.stage != ARM_ACCESS_NONE ||
		     to->prepared != percpu->features.serial || !arm_vcpu_vmid_bind_again(to, percpu))) {
		return switch_over_any(from, to, percpu);
	}
	exchange(from, to, percpu, short_plan(plan), short_plan(plan));
	return finish(to, percpu, short_plan(plan));
}
