// SPDX-License-Identifier: Apache-2.0
// What CPUID tells a guest, from tables of host leaves.
#include "src/cpuid_policy.h"

#include <cstring>
#include <map>
#include <random>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "src/cpuid_bits.h"
#include "src/regs.h"

namespace {

using Leaves = std::map<std::pair<uint32_t, uint32_t>, x86_cpuid>;

x86_cpuid Lookup(void *ctx, uint32_t leaf, uint32_t subleaf)
{
	const Leaves *leaves = static_cast<Leaves *>(ctx);
	const auto found = leaves->find({ leaf, subleaf });

	return found == leaves->end() ? x86_cpuid{} : found->second;
}

constexpr uint32_t kOnes = UINT32_MAX;
constexpr uint64_t kXcr0 = XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512 | XCR0_PKRU;

// A host that has everything.
Leaves Full()
{
	Leaves leaves;

	for (const uint32_t leaf : { 1u, 2u, 5u, 6u, 9u, 0xau, 0xbu, 0xfu, 0x10u, 0x12u, 0x14u, 0x17u,
				     0x1fu, 0x80000001u, 0x80000002u, 0x80000003u, 0x80000004u,
				     0x80000005u, 0x80000006u, 0x80000007u, 0x8000000au, 0x80000019u,
				     0x8000001du, 0x8000001eu, 0x40000000u, 0x40000001u })
		leaves[{ leaf, 0 }] = { kOnes, kOnes, kOnes, kOnes };
	leaves[{ 0, 0 }] = { 0x20, 0x756e6547, 0x6c65746e, 0x49656e69 };
	leaves[{ 7, 0 }] = { 2, kOnes, kOnes, kOnes };
	leaves[{ 7, 1 }] = { kOnes, kOnes, kOnes, kOnes };
	leaves[{ 7, 2 }] = { kOnes, kOnes, kOnes, kOnes };
	leaves[{ 0xd, 0 }] = { kOnes, kOnes, kOnes, kOnes };
	leaves[{ 0xd, 1 }] = { kOnes, 0x1000, kOnes, kOnes };
	// Real places: AVX, opmask, two of ZMM, PKRU, and one that is not offered.
	leaves[{ 0xd, 2 }] = { 256, 576, 0, 0 };
	leaves[{ 0xd, 5 }] = { 64, 1088, 0, 0 };
	leaves[{ 0xd, 6 }] = { 512, 1152, 0, 0 };
	leaves[{ 0xd, 7 }] = { 1024, 1664, 2, 0 };
	leaves[{ 0xd, 9 }] = { 8, 2688, 0, 0 };
	leaves[{ 0xd, 17 }] = { 64, 2752, 2, 0 };
	// L1d, L1i, L2, L3, each shared by many.
	leaves[{ 4, 0 }] = { 0xffffc121, 0x1c0003f, 0x3f, 0 };
	leaves[{ 4, 1 }] = { 0xffffc122, 0x1c0003f, 0x3f, 0 };
	leaves[{ 4, 2 }] = { 0xffffc143, 0x1c0003f, 0x3ff, 0 };
	leaves[{ 4, 3 }] = { 0xffffc163, 0x3c0003f, 0x1fff, 6 };
	leaves[{ 0x80000000, 0 }] = { 0x80000021, 1, 2, 3 };
	leaves[{ 0x80000008, 0 }] = { 0x00ff3934, kOnes, kOnes, kOnes };
	return leaves;
}

x86_cpuid_policy Policy(Leaves *leaves)
{
	x86_cpuid_policy policy = {};

	policy.host = Lookup;
	policy.ctx = leaves;
	policy.xcr0_mask = kXcr0;
	policy.xsaves = true;
	policy.tsc_aux = true;
	policy.stage2_bits = 48;
	policy.cpu_count = 1;
	policy.xcr0 = XCR0_X87;
	return policy;
}

TEST(Cpuid, WhatOnlyAHostHasIsGone)
{
	Leaves leaves = Full();
	x86_cpuid_policy policy = Policy(&leaves);

	policy.local_apic = policy.local_apic_on = true;
	policy.cpu_count = 4;
	const x86_cpuid one = x86_vcpu_cpuid_policy_leaf(&policy, 1, 0);
	// DTES64, MONITOR, DS-CPL, VMX, SMX, EST, TM2, CNXT-ID, SDBG, xTPR, PDCM, DCA
	for (const uint32_t bit : { 2u, 3u, 4u, 5u, 6u, 7u, 8u, 10u, 11u, 14u, 15u, 18u })
		EXPECT_EQ(one.ecx & CPUID_BIT(bit), 0u) << "1.ECX bit " << bit;
	// MCA, PSN, DS, ACPI, SS, TM, IA64, PBE
	for (const uint32_t bit : { 14u, 18u, 21u, 22u, 27u, 29u, 30u, 31u })
		EXPECT_EQ(one.edx & CPUID_BIT(bit), 0u) << "1.EDX bit " << bit;
	const x86_cpuid seven = x86_vcpu_cpuid_policy_leaf(&policy, 7, 0);
	// TSC_ADJUST, SGX, HLE, RDT-M, RTM, MPX, RDT-A, PT
	for (const uint32_t bit : { 1u, 2u, 4u, 11u, 12u, 14u, 15u, 25u })
		EXPECT_EQ(seven.ebx & CPUID_BIT(bit), 0u) << "7.EBX bit " << bit;
	// WAITPKG, CET_SS, TME, MAWAU, KL, BUS_LOCK, ENQCMD, SGX_LC, PKS
	for (const uint32_t bit : { 5u, 7u, 13u, 17u, 18u, 19u, 20u, 21u, 23u, 24u, 29u, 30u, 31u })
		EXPECT_EQ(seven.ecx & CPUID_BIT(bit), 0u) << "7.ECX bit " << bit;
	// UINTR, PCONFIG, ARCH_LBR, CET_IBT, AMX, IBRS, STIBP, L1D, ARCH_CAP, CORE_CAP, SSBD
	for (const uint32_t bit : { 5u, 18u, 19u, 20u, 22u, 24u, 25u, 26u, 27u, 28u, 29u, 30u, 31u })
		EXPECT_EQ(seven.edx & CPUID_BIT(bit), 0u) << "7.EDX bit " << bit;
	const x86_cpuid amd = x86_vcpu_cpuid_policy_leaf(&policy, 0x80000001, 0);
	// CMP_LEGACY, SVM, EXTAPIC, OSVW, IBS, XOP, SKINIT, WDT, LWP, FMA4, TOPOEXT, perf
	for (const uint32_t bit : { 1u, 2u, 3u, 9u, 10u, 11u, 12u, 13u, 15u, 16u, 22u, 23u, 24u, 28u, 29u })
		EXPECT_EQ(amd.ecx & CPUID_BIT(bit), 0u) << "80000001.ECX bit " << bit;
	EXPECT_EQ(amd.edx & CPUID_BIT(25), 0u) << "FFXSR";
	// Monitor, thermal, PMU, RDT, SGX, PT, SVM, topology of AMD, and whatever comes later.
	for (const uint32_t leaf : { 5u, 9u, 0xau, 0xfu, 0x10u, 0x12u, 0x14u, 0x17u, 0x1fu, 0x8000000au,
				     0x80000019u, 0x8000001du, 0x8000001eu, 0x40000001u, 0x4fffffffu,
				     0xc0000000u, 0xffffffffu }) {
		const x86_cpuid out = x86_vcpu_cpuid_policy_leaf(&policy, leaf, 0);

		EXPECT_EQ(out.eax | out.ebx | out.ecx | out.edx, 0u) << std::hex << leaf;
	}
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 7, 2).eax, 0u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 7, 1).edx, 0u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x80000007, 0).edx, CPUID_87D_INVARIANT_TSC);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x80000007, 0).eax, 0u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 6, 0).eax, CPUID_6A_ARAT);
}

TEST(Cpuid, WhatAGuestNeedsIsThere)
{
	Leaves leaves = Full();
	const x86_cpuid_policy policy = Policy(&leaves);
	const x86_cpuid one = x86_vcpu_cpuid_policy_leaf(&policy, 1, 0);

	EXPECT_EQ(one.edx & 0x0789b97f, 0x0789b97fu & ~CPUID_BIT(22));
	for (const uint32_t bit : { 0u, 1u, 9u, 12u, 13u, 17u, 19u, 20u, 22u, 23u, 25u, 26u, 28u, 29u, 30u, 31u })
		EXPECT_NE(one.ecx & CPUID_BIT(bit), 0u) << bit;
	EXPECT_EQ(one.eax, kOnes) << "the family is the host's";
	const x86_cpuid seven = x86_vcpu_cpuid_policy_leaf(&policy, 7, 0);
	EXPECT_EQ(seven.eax, 1u);
	for (const uint32_t bit : { 0u, 3u, 5u, 7u, 8u, 9u, 10u, 16u, 18u, 19u, 20u, 29u })
		EXPECT_NE(seven.ebx & CPUID_BIT(bit), 0u) << bit;
	const x86_cpuid amd = x86_vcpu_cpuid_policy_leaf(&policy, 0x80000001, 0);
	for (const uint32_t bit : { 11u, 20u, 26u, 27u, 29u })
		EXPECT_NE(amd.edx & CPUID_BIT(bit), 0u) << bit;
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0, 0).eax, 0x16u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0, 0).ebx, 0x756e6547u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x80000000, 0).eax, 0x80000008u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x80000003, 0).ecx, kOnes) << "the brand's name";
}

TEST(Cpuid, NoFeatureThatTheHostLacks)
{
	std::mt19937 random(3);

	for (uint32_t round = 0; round < 500; round++) {
		Leaves leaves = Full();
		for (const uint32_t leaf : { 1u, 7u, 0x80000001u, 0x80000007u, 0x80000008u })
			leaves[{ leaf, 0 }] = { static_cast<uint32_t>(random()),
						static_cast<uint32_t>(random()),
						static_cast<uint32_t>(random()),
						static_cast<uint32_t>(random()) };
		leaves[{ 7, 0 }].eax = static_cast<uint32_t>(random() % 3);
		x86_cpuid_policy policy = Policy(&leaves);
		policy.xcr0_mask = random() % 2 == 0 ? 0 : (XCR0_X87 | XCR0_SSE | (random() & kXcr0));
		policy.tsc_aux = random() % 2 == 0;
		const x86_cpuid host1 = leaves[{ 1, 0 }], one = x86_vcpu_cpuid_policy_leaf(&policy, 1, 0);
		EXPECT_EQ(one.ecx & ~host1.ecx & ~CPUID_1C_HYPERVISOR, 0u);
		EXPECT_EQ(one.edx & ~host1.edx, 0u);
		const x86_cpuid host7 = leaves[{ 7, 0 }], seven = x86_vcpu_cpuid_policy_leaf(&policy, 7, 0);
		EXPECT_EQ(seven.ebx & ~host7.ebx, 0u);
		EXPECT_EQ(seven.ecx & ~host7.ecx, 0u);
		EXPECT_EQ(seven.edx & ~host7.edx, 0u);
		const x86_cpuid host8 = leaves[{ 0x80000001, 0 }];
		const x86_cpuid amd = x86_vcpu_cpuid_policy_leaf(&policy, 0x80000001, 0);
		EXPECT_EQ(amd.ecx & ~host8.ecx, 0u);
		EXPECT_EQ(amd.edx & ~host8.edx, 0u);
		if (host7.eax < 1) {
			EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 7, 1).eax, 0u);
		}
		// Vector extensions need their registers' state.
		if ((policy.xcr0_mask & XCR0_AVX) == 0) {
			EXPECT_EQ(one.ecx & (CPUID_1C_AVX | CPUID_1C_FMA | CPUID_1C_F16C), 0u);
			EXPECT_EQ(seven.ebx & (CPUID_7B_AVX2 | CPUID_7B_AVX512F), 0u);
			EXPECT_EQ(seven.ecx & (CPUID_7C_VAES | CPUID_7C_VPCLMULQDQ), 0u);
		}
		if ((policy.xcr0_mask & XCR0_AVX512) != XCR0_AVX512) {
			EXPECT_EQ(seven.ebx & 0xd0230000u, 0u);
			EXPECT_EQ(seven.ecx & 0x5842u, 0u);
		}
		if (policy.xcr0_mask == 0) {
			EXPECT_EQ(one.ecx & CPUID_1C_XSAVE, 0u);
		}
		if (!policy.tsc_aux) {
			EXPECT_EQ(amd.edx & CPUID_81D_RDTSCP, 0u);
			EXPECT_EQ(seven.ecx & CPUID_7C_RDPID, 0u);
		}
	}
}

TEST(Cpuid, ShortHosts)
{
	Leaves leaves = Full();
	x86_cpuid_policy policy = Policy(&leaves);

	leaves[{ 0, 0 }].eax = 4;
	leaves[{ 0x80000000, 0 }].eax = 0x80000004;
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0, 0).eax, 4u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 7, 0).ebx, 0u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x80000000, 0).eax, 0x80000004u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x80000008, 0).eax, 0u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_physical_bits(&policy), 36u);
	// No leaves of AMD at all: what old CPUs answer there means nothing.
	leaves[{ 0x80000000, 0 }].eax = 0x1234;
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x80000000, 0).eax, 0x80000000u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x80000001, 0).edx, 0u);
}

TEST(Cpuid, BitsThatFollowRegisters)
{
	Leaves leaves = Full();
	x86_cpuid_policy policy = Policy(&leaves);

	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 1, 0).ecx & CPUID_1C_OSXSAVE, 0u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 7, 0).ecx & CPUID_7C_OSPKE, 0u);
	policy.cr4 = CR4_OSXSAVE | CR4_PKE;
	EXPECT_NE(x86_vcpu_cpuid_policy_leaf(&policy, 1, 0).ecx & CPUID_1C_OSXSAVE, 0u);
	EXPECT_NE(x86_vcpu_cpuid_policy_leaf(&policy, 7, 0).ecx & CPUID_7C_OSPKE, 0u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 1, 0).edx & CPUID_1D_APIC, 0u);
	EXPECT_EQ(
		x86_vcpu_cpuid_policy_leaf(&policy, 1, 0).ecx & (CPUID_1C_X2APIC | CPUID_1C_TSC_DEADLINE),
		0u);
	policy.local_apic = true;
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 1, 0).edx & CPUID_1D_APIC, 0u) << "it is off";
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x80000001, 0).edx & CPUID_1D_APIC, 0u);
	policy.local_apic_on = true;
	EXPECT_NE(x86_vcpu_cpuid_policy_leaf(&policy, 1, 0).edx & CPUID_1D_APIC, 0u);
	EXPECT_NE(x86_vcpu_cpuid_policy_leaf(&policy, 0x80000001, 0).edx & CPUID_1D_APIC, 0u);
	EXPECT_EQ(
		x86_vcpu_cpuid_policy_leaf(&policy, 1, 0).ecx & (CPUID_1C_X2APIC | CPUID_1C_TSC_DEADLINE),
		CPUID_1C_X2APIC | CPUID_1C_TSC_DEADLINE);
}

TEST(Cpuid, XsaveSizes)
{
	Leaves leaves = Full();
	x86_cpuid_policy policy = Policy(&leaves);
	const struct {
		uint64_t xcr0;
		uint32_t standard, compacted;
	} cases[] = {
		{ XCR0_X87, 576, 576 },
		{ XCR0_X87 | XCR0_SSE, 576, 576 },
		{ XCR0_X87 | XCR0_SSE | XCR0_AVX, 832, 832 },
		{ XCR0_X87 | XCR0_SSE | XCR0_PKRU, 2696, 584 },
		// 576 + 256 + 64 + 512, then 1024 at a multiple of 64
		{ XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512, 2688, 2432 },
		{ kXcr0, 2696, 2440 },
	};

	for (const auto &c : cases) {
		policy.xcr0 = c.xcr0;
		EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0xd, 0).ebx, c.standard) << c.xcr0;
		EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0xd, 1).ebx, c.compacted) << c.xcr0;
	}
	x86_cpuid leaf = x86_vcpu_cpuid_policy_leaf(&policy, 0xd, 0);
	EXPECT_EQ(leaf.eax, kXcr0);
	EXPECT_EQ(leaf.edx, 0u);
	EXPECT_EQ(leaf.ecx, 2696u);
	leaf = x86_vcpu_cpuid_policy_leaf(&policy, 0xd, 1);
	EXPECT_EQ(leaf.eax, 0xfu);
	EXPECT_EQ(leaf.ecx | leaf.edx, 0u) << "no supervisor component";
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0xd, 7).ebx, 1664u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0xd, 17).eax, 0u) << "AMX is not offered";
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0xd, 64).eax, 0u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0xd, UINT32_MAX).eax, 0u);
	policy.xsaves = false;
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0xd, 1).eax, 7u);
	policy.xcr0_mask = 0;
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0xd, 0).ebx, 0u);
}

TEST(Cpuid, Topology)
{
	Leaves leaves = Full();
	const struct {
		uint32_t cpus, id, bits;
	} cases[] = { { 1, 0, 0 }, { 2, 1, 1 }, { 3, 2, 2 }, { 4, 3, 2 },
		      { 5, 4, 3 }, { 64, 63, 6 }, { 300, 299, 9 } };

	for (const auto &c : cases) {
		x86_cpuid_policy policy = Policy(&leaves);

		policy.cpu_count = c.cpus;
		policy.apic_id = c.id;
		const x86_cpuid one = x86_vcpu_cpuid_policy_leaf(&policy, 1, 0);
		EXPECT_EQ(one.ebx >> 24, c.id > 255 ? 255 : c.id);
		EXPECT_EQ((one.ebx >> 16) & 0xff, c.bits > 7 ? 255 : 1u << c.bits);
		EXPECT_EQ((one.edx & CPUID_1D_HTT) != 0, c.cpus > 1);
		const x86_cpuid smt = x86_vcpu_cpuid_policy_leaf(&policy, 0xb, 0);
		const x86_cpuid core = x86_vcpu_cpuid_policy_leaf(&policy, 0xb, 1);
		const x86_cpuid end = x86_vcpu_cpuid_policy_leaf(&policy, 0xb, 2);
		EXPECT_EQ(smt.eax, 0u);
		EXPECT_EQ(smt.ebx, 1u);
		EXPECT_EQ(smt.ecx, 0x100u);
		EXPECT_EQ(smt.edx, c.id);
		EXPECT_EQ(core.eax, c.bits);
		EXPECT_EQ(core.ebx, c.cpus);
		EXPECT_EQ(core.ecx, 0x201u);
		EXPECT_EQ(core.edx, c.id);
		EXPECT_EQ(end.ebx, 0u);
		EXPECT_EQ(end.ecx, 2u);
		const x86_cpuid sizes = x86_vcpu_cpuid_policy_leaf(&policy, 0x80000008, 0);
		EXPECT_EQ(sizes.ecx & 0xff, c.cpus > 256 ? 255 : c.cpus - 1);
		EXPECT_EQ(sizes.ecx >> 12, c.bits);
		const x86_cpuid l1 = x86_vcpu_cpuid_policy_leaf(&policy, 4, 0);
		const x86_cpuid l3 = x86_vcpu_cpuid_policy_leaf(&policy, 4, 3);
		EXPECT_EQ((l1.eax >> 14) & 0xfff, 0u) << "the first level is a core's own";
		EXPECT_EQ((l3.eax >> 14) & 0xfff, c.cpus - 1);
		EXPECT_EQ(l1.eax >> 26, c.bits > 6 ? 63 : (1u << c.bits) - 1);
		EXPECT_EQ(l3.edx, 6u);
		EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 4, 4).eax, 0u);
		EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 4, UINT32_MAX).eax, 0u);
	}
}

TEST(Cpuid, AddressSizes)
{
	Leaves leaves = Full();
	x86_cpuid_policy policy = Policy(&leaves);

	// The host has 52 and 57; four levels of stage 2 reach 48.
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x80000008, 0).eax, 48u | (57u << 8));
	EXPECT_EQ(x86_vcpu_cpuid_policy_physical_bits(&policy), 48u);
	leaves[{ 0x80000008, 0 }].eax = 0x3027;
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x80000008, 0).eax, 0x3027u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_physical_bits(&policy), 39u);
	leaves[{ 0x80000008, 0 }].eax = 0x3930;
	leaves[{ 7, 0 }].ecx = 0;
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x80000008, 0).eax, 0x3030u) << "no LA57";
}

TEST(Cpuid, Frequencies)
{
	Leaves leaves = Full();
	x86_cpuid_policy policy = Policy(&leaves);

	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x15, 0).ebx, 0u);
	for (const uint64_t hz : { UINT64_C(2400000000), UINT64_C(1000000000), UINT64_C(3792874000),
				   UINT64_C(3792874123), UINT64_C(100001081), UINT64_C(4000457),
				   UINT64_C(25000000), UINT64_C(1000003), UINT64_C(1) << 41 }) {
		policy.tsc_hz = hz;
		const x86_cpuid leaf = x86_vcpu_cpuid_policy_leaf(&policy, 0x15, 0);
		ASSERT_NE(leaf.eax, 0u) << hz;
		const double shown = static_cast<double>(leaf.ecx) * leaf.ebx / leaf.eax;
		EXPECT_NEAR(shown / static_cast<double>(hz), 1.0, 3e-6) << hz;
		EXPECT_EQ(leaf.ecx, X86_LAPIC_TIMER_HZ);
		// As Linux computes it: in 32 bits.
		EXPECT_LT(uint64_t{ leaf.ecx / 1000 } * leaf.ebx, UINT64_C(1) << 32) << hz;
		EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x16, 0).eax,
			  hz / 1000000 > 65535 ? 65535 : hz / 1000000);
		EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x40000010, 0).eax, hz / 1000);
	}
	// Whole multiples are exact.
	policy.tsc_hz = UINT64_C(3800000000);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x15, 0).ebx, 152u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x15, 0).eax, 1u);
	policy.tsc_hz = UINT64_MAX;
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x15, 0).ebx, 0u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x40000010, 0).eax, 0u);
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x40000010, 0).ebx, 0u);
	policy.local_apic = true;
	EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x40000010, 0).ebx, X86_LAPIC_TIMER_HZ / 1000);
}

TEST(Cpuid, SaysThatItIsAHypervisor)
{
	Leaves leaves = Full();
	const struct {
		const char *given;
		const char *seen;
	} cases[] = {
		{ nullptr, "axvcpuaxvcpu" },
		{ "0123456789ab", "0123456789ab" },
		{ "KVMKVMKVM\0\0\0", "KVMKVMKVM" },
	};

	for (const auto &c : cases) {
		x86_cpuid_policy policy = Policy(&leaves);
		policy.hypervisor_name = c.given;
		const x86_cpuid leaf = x86_vcpu_cpuid_policy_leaf(&policy, 0x40000000, 0);
		char name[13] = {};

		std::memcpy(name, &leaf.ebx, 4);
		std::memcpy(name + 4, &leaf.ecx, 4);
		std::memcpy(name + 8, &leaf.edx, 4);
		EXPECT_STREQ(name, c.seen);
		EXPECT_EQ(leaf.eax, 0x40000010u);
		// None of that hypervisor's features.
		EXPECT_EQ(x86_vcpu_cpuid_policy_leaf(&policy, 0x40000001, 0).eax, 0u);
	}
}

TEST(Cpuid, ControlRegisterBitsFollowFeatures)
{
	Leaves leaves = Full();
	x86_cpuid_policy policy = Policy(&leaves);

	EXPECT_EQ(x86_vcpu_cpuid_policy_cr4(&policy),
		  CR4_VME | CR4_PVI | CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_MCE | CR4_PGE |
			  CR4_PCE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_UMIP | CR4_LA57 | CR4_FSGSBASE |
			  CR4_PCIDE | CR4_OSXSAVE | CR4_SMEP | CR4_SMAP | CR4_PKE);
	EXPECT_EQ(x86_vcpu_cpuid_policy_efer(&policy), EFER_SCE | EFER_LME | EFER_NXE);
	policy.xcr0_mask = 0;
	EXPECT_EQ(x86_vcpu_cpuid_policy_cr4(&policy) & (CR4_OSXSAVE | CR4_PKE), 0u);
	leaves[{ 7, 0 }].ebx = 0;
	EXPECT_EQ(x86_vcpu_cpuid_policy_cr4(&policy) & (CR4_SMEP | CR4_SMAP | CR4_FSGSBASE), 0u);
	leaves[{ 0x80000001, 0 }].edx = CPUID_81D_NX;
	EXPECT_EQ(x86_vcpu_cpuid_policy_efer(&policy), EFER_NXE);
}

} // namespace
