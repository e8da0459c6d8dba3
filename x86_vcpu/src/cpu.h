/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical CPU: one function an instruction. With X86_VCPU_FAKE_CPU they are
 * functions of a fake CPU that the host tests supply (tests/fake_cpu.h), and all
 * code above them stays the same.
 */
#ifndef X86_VCPU_CPU_H_
#define X86_VCPU_CPU_H_

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct x86_cpuid {
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

#if !defined(X86_VCPU_FAKE_CPU)

static inline struct x86_cpuid x86_cpu_cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct x86_cpuid out;

	__asm__ volatile("cpuid"
			 : "=a"(out.eax), "=b"(out.ebx), "=c"(out.ecx), "=d"(out.edx)
			 : "a"(leaf), "c"(subleaf));
	return out;
}

static inline uint64_t x86_cpu_rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void x86_cpu_wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

static inline uint64_t x86_cpu_rdtsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static inline uint64_t x86_cpu_xgetbv(uint32_t index)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(index) : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void x86_cpu_xsetbv(uint32_t index, uint64_t value)
{
	__asm__ volatile("xsetbv"
			 :
			 : "c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

/** XSAVE64 and XRSTOR64 of all components that XCR0 enables; `area` is 64-aligned. */
static inline void x86_cpu_xsave(void *area)
{
	__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory");
}

static inline void x86_cpu_xrstor(const void *area)
{
	__asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory");
}

static inline void x86_cpu_fxsave(void *area)
{
	__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static inline void x86_cpu_fxrstor(const void *area)
{
	__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

/**
 * The host's handler of machine checks. The exit of one that came in a guest has delivered
 * nothing to the host (APM 15.12, SDM volume 3, 26.1): its IDT has to be gone through here.
 */
static inline void x86_cpu_host_machine_check(void)
{
	__asm__ volatile("int $18" : : : "memory");
}

#define X86_CPU_REGISTER(name)                                                      \
	static inline uint64_t x86_cpu_read_##name(void)                            \
	{                                                                           \
		uint64_t value;                                                     \
		__asm__ volatile("mov %%" #name ", %0" : "=r"(value) : : "memory"); \
		return value;                                                       \
	}                                                                           \
	static inline void x86_cpu_write_##name(uint64_t value)                     \
	{                                                                           \
		__asm__ volatile("mov %0, %%" #name : : "r"(value) : "memory");     \
	}

#else

struct x86_cpuid x86_cpu_cpuid(uint32_t leaf, uint32_t subleaf);
uint64_t x86_cpu_rdmsr(uint32_t msr);
void x86_cpu_wrmsr(uint32_t msr, uint64_t value);
uint64_t x86_cpu_rdtsc(void);
uint64_t x86_cpu_xgetbv(uint32_t index);
void x86_cpu_xsetbv(uint32_t index, uint64_t value);
void x86_cpu_xsave(void *area);
void x86_cpu_xrstor(const void *area);
void x86_cpu_fxsave(void *area);
void x86_cpu_fxrstor(const void *area);
void x86_cpu_host_machine_check(void);

#define X86_CPU_REGISTER(name)              \
	uint64_t x86_cpu_read_##name(void); \
	void x86_cpu_write_##name(uint64_t value);

#endif

X86_CPU_REGISTER(cr0)
X86_CPU_REGISTER(cr2)
X86_CPU_REGISTER(cr3)
X86_CPU_REGISTER(cr4)
X86_CPU_REGISTER(dr0)
X86_CPU_REGISTER(dr1)
X86_CPU_REGISTER(dr2)
X86_CPU_REGISTER(dr3)
X86_CPU_REGISTER(dr6)
X86_CPU_REGISTER(dr7)

#ifdef __cplusplus
}
#endif

#endif /* X86_VCPU_CPU_H_ */
