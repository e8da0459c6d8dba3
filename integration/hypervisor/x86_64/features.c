/* SPDX-License-Identifier: Apache-2.0 */
#include "features.h"

#include <stddef.h>

/* Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E. Of bits that guests are shown. */
static const struct bit {
	const char *missing;
	uint8_t word;
	uint8_t bit;
} bits[] = {
	{ "this CPU has no SSE3", FEATURES_1_ECX, 0 },
	{ "this CPU has no PCLMULQDQ", FEATURES_1_ECX, 1 },
	{ "this CPU has no SSSE3", FEATURES_1_ECX, 9 },
	{ "this CPU has no FMA", FEATURES_1_ECX, 12 },
	{ "this CPU has no CMPXCHG16B", FEATURES_1_ECX, 13 },
	{ "this CPU has no SSE4.1", FEATURES_1_ECX, 19 },
	{ "this CPU has no SSE4.2", FEATURES_1_ECX, 20 },
	{ "this CPU has no MOVBE", FEATURES_1_ECX, 22 },
	{ "this CPU has no POPCNT", FEATURES_1_ECX, 23 },
	{ "this CPU has no AES", FEATURES_1_ECX, 25 },
	{ "this CPU has no XSAVE", FEATURES_1_ECX, 26 },
	{ "this CPU has no AVX", FEATURES_1_ECX, 28 },
	{ "this CPU has no F16C", FEATURES_1_ECX, 29 },
	{ "this CPU has no RDRAND", FEATURES_1_ECX, 30 },
	{ "this CPU has no FPU", FEATURES_1_EDX, 0 },
	{ "this CPU has no PSE", FEATURES_1_EDX, 3 },
	{ "this CPU has no TSC", FEATURES_1_EDX, 4 },
	{ "this CPU has no MSR", FEATURES_1_EDX, 5 },
	{ "this CPU has no PAE", FEATURES_1_EDX, 6 },
	{ "this CPU has no CMPXCHG8B", FEATURES_1_EDX, 8 },
	{ "this CPU has no SYSENTER", FEATURES_1_EDX, 11 },
	{ "this CPU has no PGE", FEATURES_1_EDX, 13 },
	{ "this CPU has no CMOV", FEATURES_1_EDX, 15 },
	{ "this CPU has no PAT", FEATURES_1_EDX, 16 },
	{ "this CPU has no PSE-36", FEATURES_1_EDX, 17 },
	{ "this CPU has no CLFLUSH", FEATURES_1_EDX, 19 },
	{ "this CPU has no MMX", FEATURES_1_EDX, 23 },
	{ "this CPU has no FXSR", FEATURES_1_EDX, 24 },
	{ "this CPU has no SSE", FEATURES_1_EDX, 25 },
	{ "this CPU has no SSE2", FEATURES_1_EDX, 26 },
	{ "this CPU has no FSGSBASE", FEATURES_7_EBX, 0 },
	{ "this CPU has no BMI1", FEATURES_7_EBX, 3 },
	{ "this CPU has no AVX2", FEATURES_7_EBX, 5 },
	{ "this CPU has no SMEP", FEATURES_7_EBX, 7 },
	{ "this CPU has no BMI2", FEATURES_7_EBX, 8 },
	{ "this CPU has no ERMS", FEATURES_7_EBX, 9 },
	{ "this CPU has no INVPCID", FEATURES_7_EBX, 10 },
	{ "this CPU has no AVX512F", FEATURES_7_EBX, 16 },
	{ "this CPU has no AVX512DQ", FEATURES_7_EBX, 17 },
	{ "this CPU has no RDSEED", FEATURES_7_EBX, 18 },
	{ "this CPU has no ADX", FEATURES_7_EBX, 19 },
	{ "this CPU has no SMAP", FEATURES_7_EBX, 20 },
	{ "this CPU has no AVX512_IFMA", FEATURES_7_EBX, 21 },
	{ "this CPU has no CLFLUSHOPT", FEATURES_7_EBX, 23 },
	{ "this CPU has no CLWB", FEATURES_7_EBX, 24 },
	{ "this CPU has no AVX512CD", FEATURES_7_EBX, 28 },
	{ "this CPU has no SHA", FEATURES_7_EBX, 29 },
	{ "this CPU has no AVX512BW", FEATURES_7_EBX, 30 },
	{ "this CPU has no AVX512VL", FEATURES_7_EBX, 31 },
	{ "this CPU has no AVX512_VBMI", FEATURES_7_ECX, 1 },
	{ "this CPU has no UMIP", FEATURES_7_ECX, 2 },
	{ "this CPU has no PKU", FEATURES_7_ECX, 3 },
	{ "this CPU has no AVX512_VBMI2", FEATURES_7_ECX, 6 },
	{ "this CPU has no GFNI", FEATURES_7_ECX, 8 },
	{ "this CPU has no VAES", FEATURES_7_ECX, 9 },
	{ "this CPU has no VPCLMULQDQ", FEATURES_7_ECX, 10 },
	{ "this CPU has no AVX512_VNNI", FEATURES_7_ECX, 11 },
	{ "this CPU has no AVX512_BITALG", FEATURES_7_ECX, 12 },
	{ "this CPU has no AVX512_VPOPCNTDQ", FEATURES_7_ECX, 14 },
	{ "this CPU has no LA57", FEATURES_7_ECX, 16 },
	{ "this CPU has no RDPID", FEATURES_7_ECX, 22 },
	{ "this CPU has no FSRM", FEATURES_7_EDX, 4 },
	{ "this CPU has no XCR0.SSE", FEATURES_D_EAX, 1 },
	{ "this CPU has no XCR0.AVX", FEATURES_D_EAX, 2 },
	{ "this CPU has no XCR0.opmask", FEATURES_D_EAX, 5 },
	{ "this CPU has no XCR0.ZMM_Hi256", FEATURES_D_EAX, 6 },
	{ "this CPU has no XCR0.Hi16_ZMM", FEATURES_D_EAX, 7 },
	{ "this CPU has no XCR0.PKRU", FEATURES_D_EAX, 9 },
	{ "this CPU has no XSAVEOPT", FEATURES_D1_EAX, 0 },
	{ "this CPU has no XSAVEC", FEATURES_D1_EAX, 1 },
	{ "this CPU has no XGETBV with ECX = 1", FEATURES_D1_EAX, 2 },
	{ "this CPU has no LAHF in 64-bit mode", FEATURES_80000001_ECX, 0 },
	{ "this CPU has no LZCNT", FEATURES_80000001_ECX, 5 },
	{ "this CPU has no SSE4A", FEATURES_80000001_ECX, 6 },
	{ "this CPU has no PREFETCHW", FEATURES_80000001_ECX, 8 },
	{ "this CPU has no SYSCALL", FEATURES_80000001_EDX, 11 },
	{ "this CPU has no NX", FEATURES_80000001_EDX, 20 },
	{ "this CPU has no MMXEXT", FEATURES_80000001_EDX, 22 },
	{ "this CPU has no FFXSR", FEATURES_80000001_EDX, 25 },
	{ "this CPU has no pages of 1 GiB", FEATURES_80000001_EDX, 26 },
	{ "this CPU has no RDTSCP", FEATURES_80000001_EDX, 27 },
	{ "this CPU has no long mode", FEATURES_80000001_EDX, 29 },
	{ "this CPU has no 3DNOWEXT", FEATURES_80000001_EDX, 30 },
	{ "this CPU has no 3DNOW", FEATURES_80000001_EDX, 31 },
};

const char *features_missing(const uint32_t had[FEATURES_WORDS],
			     const uint32_t has[FEATURES_WORDS])
{
	size_t i;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		if (((had[bits[i].word] & ~has[bits[i].word]) >> bits[i].bit & 1u) != 0) {
			return bits[i].missing;
		}
	}
	return NULL;
}
