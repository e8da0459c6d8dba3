/* SPDX-License-Identifier: Apache-2.0 */
#include "registers.h"

#include "ap.h"

#define VECTORS 16u
#define X87 8u
#define CR0_AM (UINT64_C(1) << 18)
#define CR4_OSXSAVE (UINT64_C(1) << 18)
#define CR4_TSD (UINT64_C(1) << 2)
#define XCR0_AVX 7u
#define XCR0_SSE 3u
#define XCR0_RESET 1u
#define CPUID_AVX (1u << 28)
#define CPUID_XSAVE (1u << 26)
#define MXCSR_RESET 0x1f80u
/** The rounding bits, which change nothing else. */
#define MXCSR_ROUNDING_SHIFT 13u
#define DR6_RESET UINT64_C(0xffff0ff0)
#define DR7_RESET UINT64_C(0x400)
#define PAT_RESET UINT64_C(0x0007040600070406)
#define SELECTOR_DATA 0x10u
/** An address of either half, which every register with one takes. */
#define ADDRESS UINT64_C(0x00007fffffffffff)
/** x87 and SSE registers in an FXSAVE area (SDM volume 1, table 10-2). */
#define FXSAVE_SIZE 512u
#define FXSAVE_FIRST 32u
#define FXSAVE_END 416u

#define MSR_SYSENTER_CS 0x174u
#define MSR_SYSENTER_ESP 0x175u
#define MSR_SYSENTER_EIP 0x176u
#define MSR_PAT 0x277u
#define MSR_STAR 0xc0000081u
#define MSR_LSTAR 0xc0000082u
#define MSR_CSTAR 0xc0000083u
#define MSR_SFMASK 0xc0000084u
#define MSR_FS_BASE 0xc0000100u
#define MSR_GS_BASE 0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u
#define MSR_TSC_AUX 0xc0000103u

static const struct {
	uint32_t number;
	uint64_t mask;
	const char *name;
} msrs[] = {
	{ MSR_SYSENTER_CS, 0xffff, "IA32_SYSENTER_CS" },
	{ MSR_SYSENTER_ESP, ADDRESS, "IA32_SYSENTER_ESP" },
	{ MSR_SYSENTER_EIP, ADDRESS, "IA32_SYSENTER_EIP" },
	{ MSR_PAT, UINT64_C(0x0101010101010101), "IA32_PAT" },
	{ MSR_STAR, UINT64_C(0xffffffff00000000), "IA32_STAR" },
	{ MSR_LSTAR, ADDRESS, "IA32_LSTAR" },
	{ MSR_CSTAR, ADDRESS, "IA32_CSTAR" },
	{ MSR_SFMASK, UINT32_MAX, "IA32_FMASK" },
	{ MSR_FS_BASE, ADDRESS, "IA32_FS_BASE" },
	{ MSR_GS_BASE, ADDRESS, "IA32_GS_BASE" },
	{ MSR_KERNEL_GS_BASE, ADDRESS, "IA32_KERNEL_GS_BASE" },
	{ MSR_TSC_AUX, UINT32_MAX, "IA32_TSC_AUX" },
};
#define MSRS (sizeof(msrs) / sizeof(msrs[0]))

void avx_load(const void *from);
void avx_store(void *to);
void sse_load(const void *from);
void sse_store(void *to);
void x87_load(const void *from);
void x87_store(void *to);

static bool has_avx(void)
{
	uint32_t features = cpuid(1, 0).ecx;

	return (features & CPUID_AVX) != 0 && (features & CPUID_XSAVE) != 0;
}

static uint64_t get_msr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static void set_msr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static uint32_t get_xcr0(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

static void set_xcr0(uint32_t value)
{
	__asm__ volatile("xsetbv" : : "a"(value), "d"(0), "c"(0));
}

/** splitmix64: values that nothing else has. */
static uint64_t next(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void registers_open(void)
{
	if (has_avx()) {
		__asm__ volatile("mov %0, %%cr4" : : "r"(read_cr4() | CR4_OSXSAVE));
	}
}

static bool is_zero(const uint8_t *bytes, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count && bytes[i] == 0; i++) {
	}
	return i == count;
}

static const char *vectors_left_over(void)
{
	static _Alignas(64) uint8_t areas[CPUS][VECTORS * 32u];
	uint8_t *area = areas[ap_self()];
	uint32_t mxcsr;

	__asm__ volatile("fxsave (%0)" : : "r"(area) : "memory");
	if (!is_zero(area + FXSAVE_FIRST, FXSAVE_END - FXSAVE_FIRST)) {
		return "x87 or SSE registers";
	}
	__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
	if (mxcsr != MXCSR_RESET) {
		return "MXCSR";
	}
	if (!has_avx()) {
		return NULL;
	}
	if (get_xcr0() != XCR0_RESET) {
		return "XCR0";
	}
	set_xcr0(XCR0_AVX);
	avx_store(area);
	set_xcr0(XCR0_RESET);
	return is_zero(area, VECTORS * 32u) ? NULL : "AVX registers";
}

const char *registers_left_over(void)
{
	uint64_t dr[6], cr2, cr8;
	uint32_t i;

	__asm__ volatile("mov %%dr0, %0\n\tmov %%dr1, %1\n\tmov %%dr2, %2\n\tmov %%dr3, %3"
			 : "=r"(dr[0]), "=r"(dr[1]), "=r"(dr[2]), "=r"(dr[3]));
	__asm__ volatile("mov %%dr6, %0\n\tmov %%dr7, %1" : "=r"(dr[4]), "=r"(dr[5]));
	__asm__ volatile("mov %%cr2, %0\n\tmov %%cr8, %1" : "=r"(cr2), "=r"(cr8));
	if ((dr[0] | dr[1] | dr[2] | dr[3] | (CR2_IS_LOADED ? cr2 : 0) | cr8) != 0) {
		return "DR0 to DR3, CR2 or CR8";
	}
	if (dr[4] != DR6_RESET || dr[5] != DR7_RESET) {
		return "DR6 or DR7";
	}
	for (i = 0; i < MSRS; i++) {
		if (get_msr(msrs[i].number) != (msrs[i].number == MSR_PAT ? PAT_RESET : 0)) {
			return msrs[i].name;
		}
	}
	return vectors_left_over();
}

/** Everything that registers_fill() writes. */
struct values {
	uint64_t vectors[VECTORS * 4u];
	uint64_t x87[X87];
	uint64_t msrs[MSRS];
	uint64_t dr[4];
	uint64_t dr6;
	uint64_t dr7;
	uint64_t cr2;
	uint64_t cr8;
	uint64_t cr0;
	uint64_t cr4;
	uint32_t mxcsr;
	uint32_t xcr0;
	uint16_t fs;
};

static void make(struct values *values, uint64_t seed)
{
	uint32_t i;

	memset(values, 0, sizeof(*values));
	for (i = 0; i < VECTORS * 4u; i++) {
		values->vectors[i] = next(&seed);
	}
	for (i = 0; i < X87; i++) {
		/* A number: 1.x, of either sign. */
		values->x87[i] = (next(&seed) & UINT64_C(0x800fffffffffffff)) |
				 UINT64_C(0x3ff0000000000000);
	}
	for (i = 0; i < MSRS; i++) {
		values->msrs[i] = next(&seed) & msrs[i].mask;
		/* Types 6 and 7 for 0 and 1: memory stays as it is. */
		values->msrs[i] |= msrs[i].number == MSR_PAT ? UINT64_C(0x0606060606060606) : 0;
	}
	for (i = 0; i < 4; i++) {
		values->dr[i] = next(&seed) & ADDRESS;
	}
	/* What the four hit; lengths of write breakpoints that are off. */
	values->dr6 = DR6_RESET | (next(&seed) & 0xfu);
	values->dr7 = DR7_RESET | UINT64_C(0x11110000) | (next(&seed) & UINT64_C(0xcccc0000));
	values->cr2 = next(&seed);
	values->cr8 = next(&seed) & 0xfu;
	values->cr0 = next(&seed) & CR0_AM;
	values->cr4 = next(&seed) & CR4_TSD;
	values->mxcsr = MXCSR_RESET | (uint32_t)(next(&seed) & 3u) << MXCSR_ROUNDING_SHIFT;
	values->xcr0 = (next(&seed) & 1u) != 0 ? XCR0_AVX : XCR0_SSE;
	values->fs = (next(&seed) & 1u) != 0 ? SELECTOR_DATA : 0;
}

/** Too large for the stacks; one a CPU. */
static struct values wanted[CPUS], found[CPUS];

void registers_fill(uint64_t seed)
{
	struct values *values = &wanted[ap_self()];
	uint32_t i;

	make(values, seed);
	x87_load(values->x87);
	__asm__ volatile("ldmxcsr %0" : : "m"(values->mxcsr));
	if (has_avx()) {
		set_xcr0(XCR0_AVX);
		avx_load(values->vectors);
		set_xcr0(values->xcr0);
	} else {
		sse_load(values->vectors);
	}
	/* Its selector's load changes its base. */
	__asm__ volatile("mov %w0, %%fs" : : "r"(values->fs));
	for (i = 0; i < MSRS; i++) {
		set_msr(msrs[i].number, values->msrs[i]);
	}
	__asm__ volatile("mov %0, %%dr0\n\tmov %1, %%dr1\n\tmov %2, %%dr2\n\tmov %3, %%dr3"
			 :
			 : "r"(values->dr[0]), "r"(values->dr[1]), "r"(values->dr[2]),
			   "r"(values->dr[3]));
	__asm__ volatile("mov %0, %%dr6\n\tmov %1, %%dr7" : : "r"(values->dr6), "r"(values->dr7));
	__asm__ volatile("mov %0, %%cr2\n\tmov %1, %%cr8" : : "r"(values->cr2), "r"(values->cr8));
	__asm__ volatile("mov %0, %%cr0" : : "r"((read_cr0() & ~CR0_AM) | values->cr0));
	__asm__ volatile("mov %0, %%cr4" : : "r"((read_cr4() & ~CR4_TSD) | values->cr4));
}

static void read_all(struct values *values)
{
	uint32_t i;

	memset(values, 0, sizeof(*values));
	x87_store(values->x87);
	__asm__ volatile("stmxcsr %0" : "=m"(values->mxcsr));
	if (has_avx()) {
		values->xcr0 = get_xcr0();
		set_xcr0(XCR0_AVX);
		avx_store(values->vectors);
	} else {
		sse_store(values->vectors);
	}
	__asm__ volatile("mov %%fs, %w0" : "=r"(values->fs));
	for (i = 0; i < MSRS; i++) {
		values->msrs[i] = get_msr(msrs[i].number);
	}
	__asm__ volatile("mov %%dr0, %0\n\tmov %%dr1, %1\n\tmov %%dr2, %2\n\tmov %%dr3, %3"
			 : "=r"(values->dr[0]), "=r"(values->dr[1]), "=r"(values->dr[2]),
			   "=r"(values->dr[3]));
	__asm__ volatile("mov %%dr6, %0\n\tmov %%dr7, %1" : "=r"(values->dr6), "=r"(values->dr7));
	__asm__ volatile("mov %%cr2, %0\n\tmov %%cr8, %1" : "=r"(values->cr2), "=r"(values->cr8));
	values->cr0 = read_cr0() & CR0_AM;
	values->cr4 = read_cr4() & CR4_TSD;
}

const char *registers_changed(uint64_t seed)
{
	struct values *want = &wanted[ap_self()], *have = &found[ap_self()];
	uint32_t i, half;

	make(want, seed);
	read_all(have);
	for (i = 0; i < VECTORS * 4u; i++) {
		half = has_avx() ? 0 : VECTORS * 2u;
		if (have->vectors[i] != want->vectors[i] && (half == 0 || i < half)) {
			return "SSE or AVX registers";
		}
	}
	for (i = 0; i < X87; i++) {
		if (have->x87[i] != want->x87[i]) {
			return "x87 registers";
		}
	}
	for (i = 0; i < MSRS; i++) {
		if (have->msrs[i] != want->msrs[i]) {
			return msrs[i].name;
		}
	}
	for (i = 0; i < 4; i++) {
		if (have->dr[i] != want->dr[i]) {
			return "DR0 to DR3";
		}
	}
	if (have->dr6 != want->dr6 || have->dr7 != want->dr7) {
		return "DR6 or DR7";
	}
	if ((CR2_IS_LOADED && have->cr2 != want->cr2) || have->cr8 != want->cr8) {
		return "CR2 or CR8";
	}
	if (have->cr0 != want->cr0 || have->cr4 != want->cr4) {
		return "CR0 or CR4";
	}
	if (have->mxcsr != want->mxcsr || (has_avx() && have->xcr0 != want->xcr0)) {
		return "MXCSR or XCR0";
	}
	return have->fs == want->fs ? NULL : "FS";
}
