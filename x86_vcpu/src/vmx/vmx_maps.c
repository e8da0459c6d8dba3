/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bitmaps of I/O ports and MSRs (SDM volume 3, 25.6.4 and 25.6.9). What a guest may do
 * by itself is the same for all, so that a CPU has one of each for whoever runs there.
 */
#include "../frames.h"
#include "../msr_policy.h"
#include "vmx.h"

/* The MSR bitmap: a bit an MSR; reads of the low and the high range, then writes. */
#define MSR_BITMAP_HIGH_FIRST 0xc0000000u
#define MSR_BITMAP_HIGH 0x400u
#define MSR_BITMAP_WRITES 0x800u
#define BITS_PER_BYTE 8u

static void permit_msr(uint8_t *bitmap, uint32_t msr)
{
	uint32_t first = msr < MSR_BITMAP_HIGH_FIRST ? 0u : MSR_BITMAP_HIGH_FIRST;
	uint32_t at = (first == 0u ? 0u : MSR_BITMAP_HIGH) + (msr - first) / BITS_PER_BYTE;
	uint8_t others = (uint8_t)~(1u << (msr % BITS_PER_BYTE));

	bitmap[at] &= others;
	bitmap[at + MSR_BITMAP_WRITES] &= others;
}

bool x86_vcpu_vmx_maps_make(struct x86_percpu *cpu)
{
	struct x86_vmx_percpu *vmx = &cpu->u.vmx;
	void *msr_bitmap = x86_vcpu_frames_take(cpu->hal, 1, &vmx->msr_bitmap_hpa);
	void *io_bitmaps = x86_vcpu_frames_take(cpu->hal, VMX_IO_BITMAPS, &vmx->io_bitmaps_hpa);
	uint32_t i, msr;

	if (msr_bitmap == NULL || io_bitmaps == NULL) {
		x86_vcpu_vmx_maps_free(cpu);
		return false;
	}
	__builtin_memset(msr_bitmap, 0xff, AXVCPU_FRAME_SIZE);
	__builtin_memset(io_bitmaps, 0xff, VMX_IO_BITMAPS * AXVCPU_FRAME_SIZE);
	for (i = 0; x86_vcpu_msr_pass_at(i, &msr); i++) {
		permit_msr((uint8_t *)msr_bitmap, msr);
	}
	return true;
}

void x86_vcpu_vmx_maps_free(struct x86_percpu *cpu)
{
	x86_vcpu_frames_give(cpu->hal, 1, &cpu->u.vmx.msr_bitmap_hpa);
	x86_vcpu_frames_give(cpu->hal, VMX_IO_BITMAPS, &cpu->u.vmx.io_bitmaps_hpa);
}
