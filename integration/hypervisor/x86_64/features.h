/* SPDX-License-Identifier: Apache-2.0 */
/* What of a CPU a running guest has seen in CPUID and goes on to count on. */
#ifndef HYPERVISOR_X86_64_FEATURES_H_
#define HYPERVISOR_X86_64_FEATURES_H_

#include <stdint.h>

enum features_word {
	FEATURES_1_ECX,
	FEATURES_1_EDX,
	FEATURES_7_EBX,
	FEATURES_7_ECX,
	FEATURES_7_EDX,
	/** Components of XCR0, low half. */
	FEATURES_D_EAX,
	FEATURES_D1_EAX,
	FEATURES_80000001_ECX,
	FEATURES_80000001_EDX,
	FEATURES_WORDS,
};

/** What a CPU with the words `has` lacks of one with `had`, in words; null if nothing. */
const char *features_missing(const uint32_t had[FEATURES_WORDS],
			     const uint32_t has[FEATURES_WORDS]);

#endif /* HYPERVISOR_X86_64_FEATURES_H_ */
