/* SPDX-License-Identifier: Apache-2.0 */
#include "percpu.h"

#include "cpu.h"
#include "fpu.h"

#define CPUID_EXTENDED 0x80000000u
#define CPUID_EXTENDED_FEATURES 0x80000001u
#define CPUID_EXTENDED_FEATURES_EDX_RDTSCP (1u << 27)
#define CPUID_ADDRESS_SIZES 0x80000008u
#define STAGE2_LEVELS 4u

const struct x86_vendor *x86_vcpu_vendor_find(void)
{
	if (x86_vcpu_vendor_vmx.detect()) {
		return &x86_vcpu_vendor_vmx;
	}
	return x86_vcpu_vendor_svm.detect() ? &x86_vcpu_vendor_svm : NULL;
}

uint32_t x86_vcpu_backend(void)
{
	const struct x86_vendor *vendor = x86_vcpu_vendor_find();

	return vendor != NULL ? vendor->backend : (uint32_t)X86_VCPU_BACKEND_AUTO;
}

static void find_features(struct x86_features *features)
{
	struct x86_cpuid sizes;

	x86_vcpu_fpu_detect(features);
	features->rdtscp = (x86_cpu_cpuid(CPUID_EXTENDED_FEATURES, 0).edx &
			    CPUID_EXTENDED_FEATURES_EDX_RDTSCP) != 0u;
	/* A CPU with SVM or VMX has this leaf. */
	sizes = x86_cpu_cpuid(CPUID_ADDRESS_SIZES, 0);
	features->physical_bits = sizes.eax & 0xffu;
	features->linear_bits = (sizes.eax >> 8) & 0xffu;
}

axvcpu_error_t x86_vcpu_percpu_init(void *percpu, void *host, const struct axvcpu_hal *hal)
{
	struct x86_percpu *cpu = (struct x86_percpu *)percpu;

	(void)host;
	cpu->hal = hal;
	cpu->vendor = x86_vcpu_vendor_find();
	if (cpu->vendor == NULL) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	find_features(&cpu->features);
	return cpu->vendor->percpu_init(cpu);
}

axvcpu_error_t x86_vcpu_hardware_enable(void *percpu)
{
	struct x86_percpu *cpu = (struct x86_percpu *)percpu;
	uint64_t cr4 = x86_cpu_read_cr4();
	axvcpu_error_t error = cpu->vendor->enable(cpu);

	if (error != AXVCPU_OK) {
		return error;
	}
	/* VMX changes CR4.VMXE itself; XSAVE and FXSAVE need these two. */
	cpu->host_cr4 = cr4;
	cpu->enabled_at = x86_cpu_rdtsc();
	x86_cpu_write_cr4(x86_cpu_read_cr4() | CR4_OSFXSR |
			  (cpu->features.xsave ? CR4_OSXSAVE : 0u));
	return AXVCPU_OK;
}

axvcpu_error_t x86_vcpu_hardware_disable(void *percpu)
{
	struct x86_percpu *cpu = (struct x86_percpu *)percpu;
	const uint64_t ours = CR4_OSFXSR | CR4_OSXSAVE;
	axvcpu_error_t error = cpu->vendor->disable(cpu);

	if (error != AXVCPU_OK) {
		return error;
	}
	x86_cpu_write_cr4((x86_cpu_read_cr4() & ~ours) | (cpu->host_cr4 & ours));
	return AXVCPU_OK;
}

uint32_t x86_vcpu_max_guest_page_table_levels(const void *percpu)
{
	(void)percpu;
	return STAGE2_LEVELS;
}
