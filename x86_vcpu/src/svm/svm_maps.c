/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The permission maps of I/O ports and MSRs (APM 15.10.1, 15.11). What a guest may do by
 * itself is the same for all, so that a CPU has one of each for whoever runs there.
 */
#include "../frames.h"
#include "../msr_policy.h"
#include "svm.h"

/* The MSR permission map: two bits (read, write) an MSR, three ranges of 8192. */
#define MSRPM_RANGE_BYTES 0x800u
#define MSRPM_EXTENDED_FIRST 0xc0000000u
#define MSRPM_BITS_PER_MSR 2u
#define MSRPM_BOTH 3u
#define BITS_PER_BYTE 8u

static void permit_msr(uint8_t *map, uint32_t msr)
{
	uint32_t first = msr < MSRPM_EXTENDED_FIRST ? 0u : MSRPM_EXTENDED_FIRST;
	uint32_t bit = (msr - first) * MSRPM_BITS_PER_MSR;
	uint32_t byte = (first == 0u ? 0u : MSRPM_RANGE_BYTES) + bit / BITS_PER_BYTE;

	map[byte] = (uint8_t)(map[byte] & ~(MSRPM_BOTH << (bit % BITS_PER_BYTE)));
}

bool x86_vcpu_svm_maps_make(struct x86_percpu *cpu)
{
	struct x86_svm_percpu *svm = &cpu->u.svm;
	void *msrpm = x86_vcpu_frames_take(cpu->hal, SVM_MSRPM_FRAMES, &svm->msrpm_hpa);
	void *iopm = x86_vcpu_frames_take(cpu->hal, SVM_IOPM_FRAMES, &svm->iopm_hpa);
	uint32_t i, msr;

	if (msrpm == NULL || iopm == NULL) {
		x86_vcpu_svm_maps_free(cpu);
		return false;
	}
	__builtin_memset(msrpm, 0xff, SVM_MSRPM_FRAMES * AXVCPU_FRAME_SIZE);
	__builtin_memset(iopm, 0xff, SVM_IOPM_FRAMES * AXVCPU_FRAME_SIZE);
	/* VMLOAD and VMSAVE switch all of these. */
	for (i = 0; x86_vcpu_msr_pass_at(i, &msr); i++) {
		permit_msr((uint8_t *)msrpm, msr);
	}
	return true;
}

void x86_vcpu_svm_maps_free(struct x86_percpu *cpu)
{
	x86_vcpu_frames_give(cpu->hal, SVM_MSRPM_FRAMES, &cpu->u.svm.msrpm_hpa);
	x86_vcpu_frames_give(cpu->hal, SVM_IOPM_FRAMES, &cpu->u.svm.iopm_hpa);
}
