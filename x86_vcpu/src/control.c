/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"

#include "cpu.h"
#include "pdpte.h"
#include "vendor.h"

#define CR8_TPR UINT64_C(0xf)
#define MSW (CR0_PE | CR0_MP | CR0_EM | CR0_TS)

/** Bits of CR0 and CR4 whose change drops translations (SDM 4.10.4.1). */
#define CR0_FLUSHING (CR0_PE | CR0_WP | CR0_PG)
#define CR4_FLUSHING                                                                            \
	(CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCIDE | CR4_SMEP | CR4_SMAP | CR4_LA57 | CR4_PKE)

bool x86_vcpu_in_64bit_code(struct x86_vcpu *vcpu)
{
	x86_need(vcpu, X86_GROUP_CONTROL | X86_GROUP_SEGMENTS);
	return (vcpu->efer & EFER_LMA) != 0u &&
	       (vcpu->seg[X86_VCPU_CS].attributes & SEG_L) != 0u;
}

static uint64_t physical_reserved(const struct x86_vcpu *vcpu)
{
	return ~((UINT64_C(1) << vcpu->limits.physical_bits) - 1u);
}

static bool cr0_is_consistent(uint64_t value)
{
	return value >> 32 == 0u && ((value & CR0_PG) == 0u || (value & CR0_PE) != 0u) &&
	       ((value & CR0_NW) == 0u || (value & CR0_CD) != 0u);
}

/** Whether paging may be turned on or off, by what else is set. */
static bool paging_may_change(struct x86_vcpu *vcpu, bool on)
{
	bool code64 = (vcpu->seg[X86_VCPU_CS].attributes & SEG_L) != 0u;

	if (!on) {
		return (vcpu->cr4 & CR4_PCIDE) == 0u &&
		       ((vcpu->efer & EFER_LMA) == 0u || !code64);
	}
	return (vcpu->efer & EFER_LME) == 0u || ((vcpu->cr4 & CR4_PAE) != 0u && !code64);
}

bool x86_vcpu_set_cr0(struct x86_vcpu *vcpu, uint64_t value)
{
	uint64_t changed;
	bool pae;

	x86_need(vcpu, X86_GROUP_CONTROL | X86_GROUP_SEGMENTS);
	if (!cr0_is_consistent(value)) {
		return false;
	}
	/* Reserved bits below 32 are ignored, ET is fixed (SDM 2.5). */
	value = (value & CR0_DEFINED) | CR0_ET;
	changed = value ^ vcpu->cr0;
	if ((changed & CR0_PG) != 0u && !paging_may_change(vcpu, (value & CR0_PG) != 0u)) {
		return false;
	}
	if ((value & CR0_WP) == 0u && (vcpu->cr4 & CR4_CET) != 0u) {
		return false;
	}
	pae = (value & CR0_PG) != 0u && (vcpu->cr4 & CR4_PAE) != 0u &&
	      (vcpu->efer & EFER_LME) == 0u;
	if (pae && (changed & (CR0_PG | CR0_CD | CR0_NW)) != 0u &&
	    !x86_vcpu_pdptes_load(vcpu, vcpu->cr3)) {
		return false;
	}
	x86_change(vcpu, X86_GROUP_CONTROL);
	vcpu->cr0 = value;
	vcpu->efer &= ~EFER_LMA;
	if ((value & CR0_PG) != 0u && (vcpu->efer & EFER_LME) != 0u) {
		vcpu->efer |= EFER_LMA;
	}
	if ((changed & CR0_FLUSHING) != 0u) {
		vcpu->vendor->flush_tlb(vcpu);
	}
	return true;
}

bool x86_vcpu_set_cr3(struct x86_vcpu *vcpu, uint64_t value)
{
	x86_need(vcpu, X86_GROUP_CONTROL);
	if ((vcpu->cr4 & CR4_PCIDE) != 0u) {
		value &= ~CR3_NO_FLUSH;
	}
	if ((vcpu->efer & EFER_LMA) != 0u) {
		if ((value & physical_reserved(vcpu)) != 0u) {
			return false;
		}
	} else if (x86_is_pae(vcpu) && !x86_vcpu_pdptes_load(vcpu, value)) {
		return false;
	}
	x86_change(vcpu, X86_GROUP_CONTROL);
	vcpu->cr3 = value;
	vcpu->vendor->flush_tlb(vcpu);
	return true;
}

static bool cr4_is_consistent(const struct x86_vcpu *vcpu, uint64_t value)
{
	uint64_t changed = value ^ vcpu->cr4;

	if ((value & ~vcpu->limits.cr4_mask) != 0u) {
		return false;
	}
	if ((vcpu->efer & EFER_LMA) != 0u &&
	    ((value & CR4_PAE) == 0u || (changed & CR4_LA57) != 0u)) {
		return false;
	}
	if ((changed & value & CR4_PCIDE) != 0u &&
	    ((vcpu->efer & EFER_LMA) == 0u || (vcpu->cr3 & CR3_PCID) != 0u)) {
		return false;
	}
	return (value & CR4_CET) == 0u || (vcpu->cr0 & CR0_WP) != 0u;
}

bool x86_vcpu_set_cr4(struct x86_vcpu *vcpu, uint64_t value)
{
	uint64_t changed;

	x86_need(vcpu, X86_GROUP_CONTROL);
	if (!cr4_is_consistent(vcpu, value)) {
		return false;
	}
	changed = value ^ vcpu->cr4;
	if ((vcpu->cr0 & CR0_PG) != 0u && (value & CR4_PAE) != 0u &&
	    (vcpu->efer & EFER_LMA) == 0u &&
	    (changed & (CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP)) != 0u &&
	    !x86_vcpu_pdptes_load(vcpu, vcpu->cr3)) {
		return false;
	}
	x86_change(vcpu, X86_GROUP_CONTROL);
	vcpu->cr4 = value;
	if ((changed & CR4_FLUSHING) != 0u) {
		vcpu->vendor->flush_tlb(vcpu);
	}
	return true;
}

bool x86_vcpu_set_cr8(struct x86_vcpu *vcpu, uint64_t value)
{
	if ((value & ~CR8_TPR) != 0u) {
		return false;
	}
	x86_change(vcpu, X86_GROUP_CONTROL);
	vcpu->cr8 = value;
	return true;
}

bool x86_vcpu_set_efer(struct x86_vcpu *vcpu, uint64_t value)
{
	uint64_t changed;

	x86_need(vcpu, X86_GROUP_CONTROL);
	/* LMA follows CR0.PG and LME; what is written there does not matter. */
	value = (value & ~EFER_LMA) | (vcpu->efer & EFER_LMA);
	changed = value ^ vcpu->efer;
	if ((value & ~(vcpu->limits.efer_mask | EFER_LMA)) != 0u ||
	    ((changed & EFER_LME) != 0u && (vcpu->cr0 & CR0_PG) != 0u)) {
		return false;
	}
	x86_change(vcpu, X86_GROUP_CONTROL);
	vcpu->efer = value;
	if ((changed & EFER_NXE) != 0u) {
		vcpu->vendor->flush_tlb(vcpu);
	}
	return true;
}

bool x86_vcpu_xcr0_is_allowed(const struct x86_vcpu *vcpu, uint64_t value)
{
	uint64_t avx512 = value & XCR0_AVX512;

	/* SDM volume 1, 13.3: each needs what it extends. */
	return (value & ~vcpu->limits.xcr0_mask) == 0u && (value & XCR0_X87) != 0u &&
	       ((value & XCR0_AVX) == 0u || (value & XCR0_SSE) != 0u) &&
	       (avx512 == 0u || (avx512 == XCR0_AVX512 && (value & XCR0_AVX) != 0u));
}

bool x86_vcpu_set_xcr0(struct x86_vcpu *vcpu, uint64_t value)
{
	if (!x86_vcpu_xcr0_is_allowed(vcpu, value)) {
		return false;
	}
	vcpu->xcr0 = value;
	if (vcpu->cpu != NULL) {
		x86_cpu_xsetbv(0, value);
	}
	return true;
}

bool x86_vcpu_lmsw(struct x86_vcpu *vcpu, uint16_t msw)
{
	x86_need(vcpu, X86_GROUP_CONTROL);
	return x86_vcpu_set_cr0(vcpu, (vcpu->cr0 & ~(MSW & ~CR0_PE)) | (msw & MSW));
}

void x86_vcpu_clts(struct x86_vcpu *vcpu)
{
	x86_change(vcpu, X86_GROUP_CONTROL);
	vcpu->cr0 &= ~CR0_TS;
}
