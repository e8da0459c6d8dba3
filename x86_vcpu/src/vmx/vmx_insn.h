/* SPDX-License-Identifier: Apache-2.0 */
/* The instructions of VMX (SDM volume 3, chapter 31); functions of the fake CPU in host tests. */
#ifndef X86_VCPU_VMX_INSN_H_
#define X86_VCPU_VMX_INSN_H_

#include <stdbool.h>
#include <stdint.h>

#include "vmx_state.h"

#ifdef __cplusplus
extern "C" {
#endif

#if !defined(X86_VCPU_FAKE_CPU)

/* Each gives false for VMfail: CF or ZF is set. */

static inline bool vmx_on(uint64_t hpa)
{
	bool failed;

	__asm__ volatile("vmxon %1" : "=@ccna"(failed) : "m"(hpa) : "memory");
	return !failed;
}

static inline void vmx_off(void)
{
	__asm__ volatile("vmxoff" : : : "cc", "memory");
}

static inline bool vmx_clear(uint64_t hpa)
{
	bool failed;

	__asm__ volatile("vmclear %1" : "=@ccna"(failed) : "m"(hpa) : "memory");
	return !failed;
}

static inline bool vmx_load(uint64_t hpa)
{
	bool failed;

	__asm__ volatile("vmptrld %1" : "=@ccna"(failed) : "m"(hpa) : "memory");
	return !failed;
}

static inline uint64_t vmx_read(uint64_t field)
{
	uint64_t value;

	__asm__ volatile("vmread %1, %0" : "=r"(value) : "r"(field) : "cc");
	return value;
}

static inline void vmx_write(uint64_t field, uint64_t value)
{
	__asm__ volatile("vmwrite %0, %1" : : "r"(value), "r"(field) : "cc");
}

static inline bool vmx_invept(uint64_t type, uint64_t eptp)
{
	const struct {
		uint64_t eptp;
		uint64_t reserved;
	} descriptor = { eptp, 0 };
	bool failed;

	__asm__ volatile("invept %1, %2"
			 : "=@ccna"(failed)
			 : "m"(descriptor), "r"(type)
			 : "memory");
	return !failed;
}

static inline bool vmx_invvpid(uint64_t type, uint64_t vpid)
{
	const struct {
		uint64_t vpid;
		uint64_t address;
	} descriptor = { vpid, 0 };
	bool failed;

	__asm__ volatile("invvpid %1, %2"
			 : "=@ccna"(failed)
			 : "m"(descriptor), "r"(type)
			 : "memory");
	return !failed;
}

/**
 * enter.S: the world switch. `gpr` is x86_vcpu.gpr; rsp goes through the VMCS. Gives enum
 * vmx_entry.
 */
static inline uint32_t vmx_enter_guest(uint64_t *gpr, uint32_t launched)
{
	uint32_t result;

	__asm__ volatile("call x86_vcpu_vmx_enter_guest"
			 : "=a"(result), "+D"(gpr), "+S"(launched)
			 :
			 : "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
			   "r15", "cc", "memory");
	return result;
}

/** The host's NMI handler: an exit by NMI leaves NMIs blocked until its IRET. */
static inline void vmx_host_nmi(void)
{
	__asm__ volatile("int $2" : : : "memory");
}

#define VMX_SELECTOR(name)                                                   \
	static inline uint16_t vmx_read_##name(void)                         \
	{                                                                    \
		uint16_t selector;                                           \
		__asm__ volatile("mov %%" #name ", %0" : "=r"(selector));    \
		return selector;                                             \
	}

static inline uint16_t vmx_read_tr(void)
{
	uint16_t selector;

	__asm__ volatile("str %0" : "=r"(selector));
	return selector;
}

static inline uint16_t vmx_read_ldtr(void)
{
	uint16_t selector;

	__asm__ volatile("sldt %0" : "=r"(selector));
	return selector;
}

static inline void vmx_write_ldtr(uint16_t selector)
{
	__asm__ volatile("lldt %0" : : "r"(selector) : "memory");
}

static inline void vmx_read_tables(struct vmx_table *gdtr, struct vmx_table *idtr)
{
	__asm__ volatile("sgdt %0" : "=m"(*gdtr));
	__asm__ volatile("sidt %0" : "=m"(*idtr));
}

static inline void vmx_write_tables(const struct vmx_table *gdtr, const struct vmx_table *idtr)
{
	__asm__ volatile("lgdt %0" : : "m"(*gdtr));
	__asm__ volatile("lidt %0" : : "m"(*idtr));
}

#else

uint32_t vmx_enter_guest(uint64_t *gpr, uint32_t launched);
bool vmx_on(uint64_t hpa);
void vmx_off(void);
bool vmx_clear(uint64_t hpa);
bool vmx_load(uint64_t hpa);
uint64_t vmx_read(uint64_t field);
void vmx_write(uint64_t field, uint64_t value);
bool vmx_invept(uint64_t type, uint64_t eptp);
bool vmx_invvpid(uint64_t type, uint64_t vpid);
void vmx_host_nmi(void);
uint16_t vmx_read_tr(void);
uint16_t vmx_read_ldtr(void);
void vmx_write_ldtr(uint16_t selector);
void vmx_read_tables(struct vmx_table *gdtr, struct vmx_table *idtr);
void vmx_write_tables(const struct vmx_table *gdtr, const struct vmx_table *idtr);

#define VMX_SELECTOR(name) uint16_t vmx_read_##name(void);

#endif

VMX_SELECTOR(cs)
VMX_SELECTOR(ss)
VMX_SELECTOR(ds)
VMX_SELECTOR(es)
VMX_SELECTOR(fs)
VMX_SELECTOR(gs)

#ifdef __cplusplus
}
#endif

#endif /* X86_VCPU_VMX_INSN_H_ */
