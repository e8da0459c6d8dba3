/* SPDX-License-Identifier: Apache-2.0 */
/* The package's own state: of a vCPU, of a physical CPU. */
#ifndef ARM_VCPU_VCPU_H_
#define ARM_VCPU_VCPU_H_

#include "axvcpu/arch.h"

#include "arm_vcpu/arm_vcpu.h"
#include "context.h"
#include "sysreg_list.h"
#include "vgic.h"

/** What the guest has in registers while it runs; SP_EL2 points here then. */
struct arm_context {
	/** X0 to X30. */
	uint64_t x[31];
	/** ELR_EL2: where the guest goes on. */
	uint64_t pc;
	/** SPSR_EL2. */
	uint64_t pstate;
	/** ESR_EL2 of the last exit. */
	uint64_t esr;
	/** The host's stack pointer and vectors while the guest runs. */
	uint64_t host_sp;
	uint64_t host_vbar;
};
AXVCPU_ASSERT_OFFSET(struct arm_context, x, ARM_CONTEXT_X);
AXVCPU_ASSERT_OFFSET(struct arm_context, pc, ARM_CONTEXT_PC);
AXVCPU_ASSERT_OFFSET(struct arm_context, pstate, ARM_CONTEXT_PSTATE);
AXVCPU_ASSERT_OFFSET(struct arm_context, esr, ARM_CONTEXT_ESR);
AXVCPU_ASSERT_OFFSET(struct arm_context, host_sp, ARM_CONTEXT_HOST_SP);
AXVCPU_ASSERT_OFFSET(struct arm_context, host_vbar, ARM_CONTEXT_HOST_VBAR);
AXVCPU_STATIC_ASSERT(sizeof(struct arm_context) == ARM_CONTEXT_SIZE, "context.h says so");
AXVCPU_STATIC_ASSERT(ARM_CONTEXT_SIZE % 16 == 0, "SP is 16-aligned");

/** Number of general registers that have storage; number 31 is XZR. */
#define ARM_GPR_COUNT 31u
#define ARM_GPR_ZERO 31u

/** Index of a register of ARM_GUEST_SYSREGS or ARM_PAUTH_SYSREGS in the saved state. */
enum arm_saved_reg {
#define ARM_SAVED_INDEX(name, op0, op1, crn, crm, op2) ARM_SAVED_##name,
	ARM_GUEST_SYSREGS(ARM_SAVED_INDEX)
	ARM_PAUTH_SYSREGS(ARM_SAVED_INDEX)
#undef ARM_SAVED_INDEX
	ARM_SAVED_COUNT,
	ARM_SAVED_FIRST_PAUTH = ARM_SAVED_APIAKEYLO_EL1,
};

/** Index of an EL2 control that unbind puts back. */
enum arm_control_reg {
#define ARM_CONTROL_INDEX(name, op0, op1, crn, crm, op2) ARM_CONTROL_##name,
	ARM_CONTROL_SYSREGS(ARM_CONTROL_INDEX)
#undef ARM_CONTROL_INDEX
	ARM_CONTROL_COUNT,
};

/** Bytes of V0 to V31. */
#define ARM_FPSIMD_REGS 32u
#define ARM_FPSIMD_REG_SIZE 16u

/** What one CPU can do, found at percpu_init. */
struct arm_features {
	/** ID_AA64MMFR0_EL1.PARange as a number of bits. */
	uint32_t pa_bits;
	/** 8 or 16. */
	uint32_t vmid_bits;
	/** EL0 may use AArch32. */
	bool aarch32_el0;
	bool pauth;
	/** PMU version 3 is there: MDCR_EL2.HPMN has a meaning. */
	bool pmu;
	/** The GIC's CPU interface by system registers (GICv3 and later). */
	bool gic;
};

/** A vCPU, in the memory that the hypervisor gave to axvcpu_create(). */
struct arm_vcpu {
	struct arm_context context;
	/** V0 to V31, here while the vCPU is on no CPU. */
	uint8_t fpsimd[ARM_FPSIMD_REGS][ARM_FPSIMD_REG_SIZE];
	/** EL1 and EL0 system registers, here while the vCPU is on no CPU. */
	uint64_t saved[ARM_SAVED_COUNT];

	const struct axvcpu_hal *hal;
	struct axvcpu *handle;
	/** MPIDR_EL1 of the guest, with RES1. */
	uint64_t mpidr;
	/** MIDR_EL1 of the guest, 0 for the CPU's own. */
	uint64_t midr;
	uint64_t stage2_root;
	/** ARM_VCPU_* flags, SMC policy, VMID as in the set-up configuration. */
	uint32_t flags;
	uint32_t smc_policy;
	uint32_t vmid;
	uint32_t ipa_bits;
	uint32_t stage2_levels;
	/** Whether the registers of `saved` are on the CPU now. */
	bool loaded;
	/** That CPU's; valid while `loaded`. */
	const struct arm_features *features;
	/** Whether it was ever bound: TLB entries of an earlier vCPU with its VMID may exist before. */
	bool was_bound;
	/** FAR_EL2 of the last abort, for axvcpu_fail_access(). */
	uint64_t far;
	/** With ARM_VCPU_VIRTUAL_GIC. */
	struct arm_vgic vgic;
};

AXVCPU_STATIC_ASSERT(offsetof(struct arm_vcpu, fpsimd) % ARM_FPSIMD_REG_SIZE == 0, "V registers are aligned");

/** VMIDs whose last vCPU on a CPU is remembered; others are flushed at every bind. */
#define ARM_LAST_VCPU_SLOTS 64u

struct arm_percpu {
	struct arm_features features;
	const struct axvcpu_hal *hal;
	/** EL2 controls as the host had them before bind, and its CNTVOFF_EL2. */
	uint64_t controls[ARM_CONTROL_COUNT];
	uint64_t cntvoff;
	/** For each slot (VMID modulo slots): the VMID and the vCPU last bound with it here. */
	struct {
		const struct arm_vcpu *vcpu;
		uint32_t vmid;
	} last[ARM_LAST_VCPU_SLOTS];
};

#endif /* ARM_VCPU_VCPU_H_ */
