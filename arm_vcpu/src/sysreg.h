/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One-line accessors for the registers of sysreg_list.h, the barriers and the
 * few instructions that are no register access. On the CPU they are one
 * instruction each; elsewhere they call a fake CPU that the host tests supply
 * (tests/fake_cpu.h), so that the same code runs there.
 */
#ifndef ARM_VCPU_SYSREG_H_
#define ARM_VCPU_SYSREG_H_

#include <stdint.h>

#include "sysreg_list.h"

/* Banked registers have two more accessors, for hosts with E2H: arm_read_EL12_SCTLR_EL1(). */
#define ARM_DEFINE_EL12_ACCESSORS(name, op0, op1, crn, crm, op2) \
	ARM_DEFINE_ACCESSORS(EL12_##name, op0, 5, crn, crm, op2)

#if defined(__aarch64__) && !defined(ARM_VCPU_FAKE_CPU)

#define ARM_DEFINE_ACCESSORS(name, op0, op1, crn, crm, op2)                                     \
	static inline uint64_t arm_read_##name(void)                                           \
	{                                                                                      \
		uint64_t value;                                                                \
		__asm__ volatile("mrs %0, S" #op0 "_" #op1 "_C" #crn "_C" #crm "_" #op2        \
				 : "=r"(value));                                               \
		return value;                                                                  \
	}                                                                                      \
	static inline void arm_write_##name(uint64_t value)                                    \
	{                                                                                      \
		/* A zero needs no general register. */                                        \
		if (__builtin_constant_p(value) && value == 0u) {                              \
			__asm__ volatile("msr S" #op0 "_" #op1 "_C" #crn "_C" #crm "_" #op2    \
					 ", xzr" ::: "memory");                                \
			return;                                                                \
		}                                                                              \
		__asm__ volatile("msr S" #op0 "_" #op1 "_C" #crn "_C" #crm "_" #op2 ", %0"     \
				 :                                                             \
				 : "r"(value)                                                  \
				 : "memory");                                                  \
	}
ARM_SYSREGS(ARM_DEFINE_ACCESSORS)
ARM_EL12_SYSREGS(ARM_DEFINE_EL12_ACCESSORS)
#undef ARM_DEFINE_ACCESSORS

/** ISB: what was written to system registers is in force. */
static inline void arm_isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

/** TLBI VMALLE1, DSB: no stage-1 entry of the VMID in VTTBR_EL2 is left on this CPU. */
static inline void arm_tlbi_vmalle1(void)
{
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh" ::: "memory");
}

/**
 * TLBI ALLE1: no entry of any guest is left on this CPU, of either stage. With the
 * instruction cache, which may be tagged by VMID (CTR_EL0.L1Ip, VPIPT).
 */
static inline void arm_tlbi_alle1(void)
{
	__asm__ volatile("tlbi alle1\n\tdsb nsh\n\tic iallu\n\tdsb nsh" ::: "memory");
}

/** AT S1E1R or S1E1W: translates `va` by the guest's stage 1 into PAR_EL1. */
static inline void arm_at_s1e1(uint64_t va, int write)
{
	if (write) {
		__asm__ volatile("at s1e1w, %0\n\tisb" : : "r"(va) : "memory");
	} else {
		__asm__ volatile("at s1e1r, %0\n\tisb" : : "r"(va) : "memory");
	}
}

/** AT S1E0R or S1E0W: the same with what EL0 may do. */
static inline void arm_at_s1e0(uint64_t va, int write)
{
	if (write) {
		__asm__ volatile("at s1e0w, %0\n\tisb" : : "r"(va) : "memory");
	} else {
		__asm__ volatile("at s1e0r, %0\n\tisb" : : "r"(va) : "memory");
	}
}

/** AT S12E1R: translates `va` by the guest's stage 1 and by stage 2 into PAR_EL1. */
static inline void arm_at_s12e1r(uint64_t va)
{
	__asm__ volatile("at s12e1r, %0\n\tisb" : : "r"(va) : "memory");
}

/** DC CIVAC, DSB: what is read there next comes from memory, or from whose cache has it. */
static inline void arm_dc_civac(const void *at)
{
	__asm__ volatile("dc civac, %0\n\tdsb sy" : : "r"(at) : "memory");
}

#else

enum arm_fake_reg {
#define ARM_FAKE_INDEX(name, op0, op1, crn, crm, op2) ARM_FAKE_##name,
	ARM_SYSREGS(ARM_FAKE_INDEX)
#undef ARM_FAKE_INDEX
#define ARM_FAKE_EL12_INDEX(name, op0, op1, crn, crm, op2) ARM_FAKE_EL12_##name,
	ARM_EL12_SYSREGS(ARM_FAKE_EL12_INDEX)
#undef ARM_FAKE_EL12_INDEX
	ARM_FAKE_COUNT,
};

#ifdef __cplusplus
extern "C" {
#endif
uint64_t arm_fake_read(enum arm_fake_reg reg);
void arm_fake_write(enum arm_fake_reg reg, uint64_t value);
void arm_isb(void);
void arm_tlbi_vmalle1(void);
void arm_tlbi_alle1(void);
void arm_at_s1e1(uint64_t va, int write);
void arm_at_s1e0(uint64_t va, int write);
void arm_at_s12e1r(uint64_t va);
void arm_dc_civac(const void *at);
#ifdef __cplusplus
}
#endif

#define ARM_DEFINE_ACCESSORS(name, op0, op1, crn, crm, op2)                                     \
	static inline uint64_t arm_read_##name(void)                                           \
	{                                                                                      \
		return arm_fake_read(ARM_FAKE_##name);                                         \
	}                                                                                      \
	static inline void arm_write_##name(uint64_t value)                                    \
	{                                                                                      \
		arm_fake_write(ARM_FAKE_##name, value);                                        \
	}
ARM_SYSREGS(ARM_DEFINE_ACCESSORS)
ARM_EL12_SYSREGS(ARM_DEFINE_EL12_ACCESSORS)
#undef ARM_DEFINE_ACCESSORS

#endif

#endif /* ARM_VCPU_SYSREG_H_ */
