/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical hart: one-line accessors for its CSRs, fences and guest memory.
 * With RISCV_VCPU_FAKE_HART they are functions of a fake hart that a test
 * provides, and all code above them stays the same.
 */
#ifndef RISCV_VCPU_CPU_H_
#define RISCV_VCPU_CPU_H_

#include <stdbool.h>
#include <stdint.h>

#include "csr.h"

#ifdef __cplusplus
extern "C" {
#endif

struct riscv_vcpu;
struct riscv_fp_state;
struct riscv_vector_csrs;

/* Enters the guest; returns scause of the trap that ended it (switch.S). */
uint64_t riscv_vcpu_enter(struct riscv_vcpu *vcpu);

/* Move the FP and vector registers; sstatus.FS or VS must not be Off (fp_vector.S). */
void riscv_vcpu_fp_save(struct riscv_fp_state *fp);
void riscv_vcpu_fp_load(const struct riscv_fp_state *fp);
void riscv_vcpu_vector_save(struct riscv_vector_csrs *csrs, void *registers);
void riscv_vcpu_vector_load(const struct riscv_vector_csrs *csrs, const void *registers);

/* Cause of the trap that an illegal instruction of a guest becomes here (probe.S). */
uint64_t riscv_vcpu_probe_illegal(void);

#if !defined(RISCV_VCPU_FAKE_HART)

/*
 * Runs one instruction that may trap: stvec points past it meanwhile, so `ok`
 * stays 0 if it did. Firmware may be the one that reports the trap, and SPP, SPIE
 * and SIE change with it.
 */
#define RV_TRY(instruction, ...)                                          \
	__asm__ volatile("csrrci %[status], sstatus, 2\n"                \
			 "la %[vector], 1f\n"                             \
			 "csrrw %[vector], stvec, %[vector]\n"            \
			 ".option push\n.option arch, +h, +d\n"           \
			 instruction                                      \
			 "\n.option pop\n"                                \
			 "li %[ok], 1\n"                                  \
			 ".balign 4\n"                                    \
			 "1: csrw stvec, %[vector]\n"                     \
			 "csrw sstatus, %[status]\n"                      \
			 : [value] "+&r"(*value), [ok] "+&r"(ok),         \
			   [vector] "=&r"(vector), [status] "=&r"(status) \
			 : __VA_ARGS__                                    \
			 : "memory")

#define RV_CSR_ACCESSORS(name, number)                                                    \
	static inline uint64_t rv_read_##name(void)                                       \
	{                                                                                 \
		uint64_t value;                                                           \
		__asm__ volatile("csrr %0, " #number : "=r"(value) : : "memory");         \
		return value;                                                             \
	}                                                                                 \
	static inline void rv_write_##name(uint64_t value)                                \
	{                                                                                 \
		__asm__ volatile("csrw " #number ", %0" : : "rK"(value) : "memory");      \
	}                                                                                 \
	static inline uint64_t rv_swap_##name(uint64_t value)                             \
	{                                                                                 \
		uint64_t old;                                                             \
		__asm__ volatile("csrrw %0, " #number ", %z1"                             \
				 : "=r"(old) : "rJ"(value) : "memory");                   \
		return old;                                                               \
	}                                                                                 \
	static inline bool rv_probe_##name(uint64_t *value)                               \
	{                                                                                 \
		uint64_t ok = 0, vector, status;                                          \
		RV_TRY("csrr %[value], " #number, [unused] "i"(0));                       \
		return ok != 0;                                                           \
	}
RV_CSRS(RV_CSR_ACCESSORS)
#undef RV_CSR_ACCESSORS

/* Whether the D extension is there: moves f0, which belongs to nobody yet. */
static inline bool rv_probe_double(void)
{
	uint64_t ok = 0, vector, status, bits = 0, *value = &bits;

	RV_TRY("fmv.d.x f0, %[value]", [unused] "i"(0));
	return ok != 0;
}

/* Reads 16 bits of guest memory with execute permission, as hstatus.SPVP's mode. */
static inline bool rv_try_hlvx_hu(uint64_t gva, uint64_t *value)
{
	uint64_t ok = 0, vector, status;

	RV_TRY("hlvx.hu %[value], (%[gva])", [gva] "r"(gva));
	return ok != 0;
}

/* Reads 64 bits of guest memory, as hstatus.SPVP's mode. */
static inline bool rv_try_hlv_d(uint64_t gva, uint64_t *value)
{
	uint64_t ok = 0, vector, status;

	RV_TRY("hlv.d %[value], (%[gva])", [gva] "r"(gva));
	return ok != 0;
}

#define RV_H_INSTRUCTION(text, ...) \
	__asm__ volatile(".option push\n.option arch, +h\n" text "\n.option pop" : : __VA_ARGS__ : "memory")

static inline void rv_hfence_gvma_all(void)
{
	RV_H_INSTRUCTION("hfence.gvma x0, x0", "i"(0));
}

static inline void rv_hfence_gvma_vmid(uint64_t vmid)
{
	RV_H_INSTRUCTION("hfence.gvma x0, %0", "r"(vmid));
}

static inline void rv_hfence_vvma_all(void)
{
	RV_H_INSTRUCTION("hfence.vvma x0, x0", "i"(0));
}

static inline void rv_hfence_vvma_asid(uint64_t asid)
{
	RV_H_INSTRUCTION("hfence.vvma x0, %0", "r"(asid));
}

static inline void rv_hfence_vvma_va(uint64_t gva)
{
	RV_H_INSTRUCTION("hfence.vvma %0, x0", "r"(gva));
}

static inline void rv_hfence_vvma_va_asid(uint64_t gva, uint64_t asid)
{
	RV_H_INSTRUCTION("hfence.vvma %0, %1", "r"(gva), "r"(asid));
}

/* FENCE.I by its encoding: Zifencei need not be part of the build's -march. */
static inline void rv_fence_i(void)
{
	__asm__ volatile(".word 0x0000100f" : : : "memory");
}

#else /* a test's fake hart */

uint64_t rv_fake_read(uint32_t csr);
void rv_fake_write(uint32_t csr, uint64_t value);
bool rv_fake_probe(uint32_t csr, uint64_t *value);

#define RV_CSR_ACCESSORS(name, number)                     \
	static inline uint64_t rv_read_##name(void)        \
	{                                                  \
		return rv_fake_read(number);               \
	}                                                  \
	static inline void rv_write_##name(uint64_t value) \
	{                                                  \
		rv_fake_write(number, value);              \
	}                                                  \
	static inline uint64_t rv_swap_##name(uint64_t value) \
	{                                                  \
		const uint64_t old = rv_fake_read(number); \
		rv_fake_write(number, value);              \
		return old;                                \
	}                                                  \
	static inline bool rv_probe_##name(uint64_t *value) \
	{                                                  \
		return rv_fake_probe(number, value);       \
	}
RV_CSRS(RV_CSR_ACCESSORS)
#undef RV_CSR_ACCESSORS

bool rv_probe_double(void);
bool rv_try_hlvx_hu(uint64_t gva, uint64_t *value);
bool rv_try_hlv_d(uint64_t gva, uint64_t *value);
void rv_hfence_gvma_all(void);
void rv_hfence_gvma_vmid(uint64_t vmid);
void rv_hfence_vvma_all(void);
void rv_hfence_vvma_asid(uint64_t asid);
void rv_hfence_vvma_va(uint64_t gva);
void rv_hfence_vvma_va_asid(uint64_t gva, uint64_t asid);
void rv_fence_i(void);

#endif

#ifdef __cplusplus
}
#endif

#endif /* RISCV_VCPU_CPU_H_ */
