// SPDX-License-Identifier: Apache-2.0
// What the configuration and the CPU's features make of a vCPU.
#include "tests/fake_cpu.h"

#include <cstring>

extern "C" {
#include "src/vcpu.h"
}

namespace {

constexpr uint64_t kMpidr = ARM_VCPU_REG_SYS(3, 0, 0, 0, 5);
constexpr uint64_t kMidr = ARM_VCPU_REG_SYS(3, 0, 0, 0, 0);

class ConfigTest : public ArmTest {
    protected:
	axvcpu_error_t Set(uint64_t id, uint64_t value)
	{
		return axvcpu_set_reg(vcpu_, id, &value, sizeof(value));
	}
};

TEST_F(ConfigTest, DefaultAffinityIsUniqueAndFitsSgis)
{
	const axvcpu_arch_ops *ops = arm_vcpu_ops();
	axvcpu_arch_vcpu_info info = {};
	uint64_t last = 0;

	info.size = sizeof(info);
	for (info.vcpu_id = 0; info.vcpu_id < 4096; info.vcpu_id++) {
		arm_vcpu state = {};

		ASSERT_EQ(AXVCPU_OK, ops->vcpu_create(&state, &info, nullptr));
		EXPECT_EQ(uint64_t{ 1 } << 31, state.mpidr & ~MPIDR_EL1_AFF);
		EXPECT_LT(state.mpidr & 0xff, 16u) << "one target list names all of a group";
		EXPECT_EQ(info.vcpu_id, (state.mpidr & 0xff) + 16 * (state.mpidr >> 8 & 0xff));
		EXPECT_TRUE(info.vcpu_id == 0 || state.mpidr > last);
		last = state.mpidr;
	}
	arm_vcpu state = {};
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, ops->vcpu_create(&state, &info, nullptr));
	info.vcpu_id = UINT64_MAX;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, ops->vcpu_create(&state, &info, nullptr));
}

TEST_F(ConfigTest, IdentityAsConfigured)
{
	arm_vcpu_create_config create = {};

	create.size = sizeof(create);
	create.mpidr = 0xff00ffffff;
	create.midr = 0xffffffff;
	ASSERT_EQ(AXVCPU_OK, Make(&create, nullptr));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(0xff80ffffffu, fake_.regs[ARM_FAKE_VMPIDR_EL2]);
	EXPECT_EQ(0xffffffffu, fake_.regs[ARM_FAKE_VPIDR_EL2]);
	EXPECT_EQ(0xff80ffffffu, Reg(kMpidr));
	EXPECT_EQ(0xffffffffu, Reg(kMidr));

	// While it is bound they are the CPU's at once.
	EXPECT_EQ(AXVCPU_OK, Set(kMpidr, 0x80000002));
	EXPECT_EQ(AXVCPU_OK, Set(kMidr, 0x411fd0c0));
	EXPECT_EQ(0x80000002u, fake_.regs[ARM_FAKE_VMPIDR_EL2]);
	EXPECT_EQ(0x411fd0c0u, fake_.regs[ARM_FAKE_VPIDR_EL2]);
	EXPECT_EQ(AXVCPU_OK, Set(kMidr, 0));
	EXPECT_EQ(fake_.regs[ARM_FAKE_MIDR_EL1], fake_.regs[ARM_FAKE_VPIDR_EL2]) << "the CPU's own";
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(AXVCPU_OK, Set(kMpidr, 0x80000001));
	EXPECT_EQ(AXVCPU_OK, Set(kMidr, 0x411fd070));
	for (uint64_t bad : { uint64_t{ 0x1 }, uint64_t{ 0xc0000001 }, uint64_t{ 0x81000001 },
			      uint64_t{ 1 } << 40 | 0x80000001 }) {
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Set(kMpidr, bad)) << std::hex << bad;
	}
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Set(kMidr, uint64_t{ 1 } << 32));
	EXPECT_EQ(0x80000001u, Reg(kMpidr)) << "a refused value changes nothing";
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(0x80000001u, fake_.regs[ARM_FAKE_VMPIDR_EL2]);
	EXPECT_EQ(0x411fd070u, fake_.regs[ARM_FAKE_VPIDR_EL2]);
}

TEST_F(ConfigTest, AddressSizeIsWhatTheCpuHasUpTo40Bits)
{
	const struct {
		uint64_t range, bits;
	} cases[] = { { 0, 32 }, { 1, 36 }, { 2, 40 }, { 3, 40 }, { 5, 40 }, { 6, 40 } };

	for (const auto &c : cases) {
		fake_.regs[ARM_FAKE_ID_AA64MMFR0_EL1] = c.range;
		const axvcpu_arch_ops *ops = arm_vcpu_ops();
		arm_host host = {};
		arm_percpu percpu = {};
		arm_vcpu state = {};
		axvcpu_arch_vcpu_info info = {};
		info.size = sizeof(info);
		info.host = &host;
		ASSERT_EQ(AXVCPU_OK, ops->host_init(&host, nullptr));
		ASSERT_EQ(AXVCPU_OK, ops->percpu_init(&percpu, &host, nullptr));
		ASSERT_EQ(AXVCPU_OK, ops->vcpu_create(&state, &info, nullptr));
		ASSERT_EQ(AXVCPU_OK, ops->setup(&state, nullptr));
		ASSERT_EQ(AXVCPU_OK, ops->bind(&state, &percpu)) << c.range;
		EXPECT_EQ(c.bits, 64 - (fake_.regs[ARM_FAKE_VTCR_EL2] & 0x3f)) << c.range;
		EXPECT_EQ(c.range < 4 ? 3u : 4u, ops->max_guest_page_table_levels(&percpu));
	}
}

// Callers built with headers of another version: the first one, and one to come.
TEST_F(ConfigTest, ConfigurationsOfOtherSizes)
{
	struct {
		arm_vcpu_create_config known;
		uint64_t future;
	} create = {};
	struct {
		arm_vcpu_setup_config known;
		uint64_t future;
	} setup = {};
	const uint32_t first_create = offsetof(arm_vcpu_create_config, midr) + 8;
	const uint32_t first_setup = offsetof(arm_vcpu_setup_config, vmid) + 4;

	create.known.mpidr = 5;
	setup.known.vmid = 9;
	// What lies behind an older caller's struct is not looked at.
	setup.known.timer_intid = 0xffff;
	for (uint32_t size : { first_create, uint32_t{ sizeof(create) } }) {
		create.known.size = size;
		setup.known.size = first_setup;
		ASSERT_EQ(AXVCPU_OK, Make(&create.known, &setup.known)) << size;
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
		EXPECT_EQ(0x80000005u, fake_.regs[ARM_FAKE_VMPIDR_EL2]);
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	}
	setup.known.timer_intid = 0;
	setup.known.size = sizeof(setup);
	EXPECT_EQ(AXVCPU_OK, Make(&create.known, &setup.known));

	create.future = 1;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Make(&create.known, &setup.known));
	create.future = 0;
	setup.future = uint64_t{ 1 } << 63;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Make(&create.known, &setup.known));
	setup.future = 0;
	for (uint32_t size : { 0u, first_create - 1, AXVCPU_CONFIG_MAX_SIZE + 1 }) {
		create.known.size = size;
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Make(&create.known, &setup.known)) << size;
	}
	create.known.size = sizeof(create);
	for (uint32_t size : { 0u, first_setup - 1, AXVCPU_CONFIG_MAX_SIZE + 1 }) {
		setup.known.size = size;
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Make(&create.known, &setup.known)) << size;
	}
}

TEST_F(ConfigTest, RootAlignedToItsPages)
{
	for (uint32_t levels : { 3, 4 }) {
		for (uint32_t bits = levels == 3 ? 32 : 40; bits <= (levels == 3 ? 43u : 48u); bits++) {
			arm_vcpu_setup_config setup = {};
			// The root has 8 bytes for each block that one of its entries maps.
			uint64_t bytes = uint64_t{ 8 } << (bits - (levels == 3 ? 30 : 39));
			uint64_t align = bytes < 4096 ? 4096 : bytes;

			setup.size = sizeof(setup);
			setup.ipa_bits = bits;
			setup.stage2_levels = levels;
			ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup)) << bits;
			EXPECT_EQ(AXVCPU_OK, axvcpu_set_ept_root(vcpu_, align));
			EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_ept_root(vcpu_, align / 2));
			EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
				  axvcpu_set_ept_root(vcpu_, uint64_t{ 1 } << 48));
		}
	}
	// Setup takes the root before the shape, and checks it then.
	arm_vcpu_setup_config setup = {};
	setup.size = sizeof(setup);
	setup.ipa_bits = 43;
	root_ = 0x50008000;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Make(nullptr, &setup)) << "16 pages, aligned to 8";
	root_ = 0x50010000;
	EXPECT_EQ(AXVCPU_OK, Make(nullptr, &setup));
}

TEST_F(ConfigTest, ShapesThatDoNotExist)
{
	const struct {
		uint32_t bits, levels;
	} cases[] = { { 44, 3 }, { 39, 4 }, { 32, 4 }, { 31, 3 }, { 49, 4 }, { 40, 5 }, { 40, 1 } };

	for (const auto &c : cases) {
		arm_vcpu_setup_config setup = {};
		setup.size = sizeof(setup);
		setup.ipa_bits = c.bits;
		setup.stage2_levels = c.levels;
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Make(nullptr, &setup))
			<< c.bits << " " << c.levels;
	}
}

TEST_F(ConfigTest, PointerAuthenticationByAnyAlgorithm)
{
	const struct {
		arm_fake_reg reg;
		unsigned low;
	} cases[] = {
		{ ARM_FAKE_ID_AA64ISAR1_EL1, 4 },  { ARM_FAKE_ID_AA64ISAR1_EL1, 8 },
		{ ARM_FAKE_ID_AA64ISAR1_EL1, 24 }, { ARM_FAKE_ID_AA64ISAR1_EL1, 28 },
		{ ARM_FAKE_ID_AA64ISAR2_EL1, 8 },  { ARM_FAKE_ID_AA64ISAR2_EL1, 12 },
	};

	for (const auto &c : cases) {
		arm_host host = {};
		arm_percpu percpu = {};

		fake_.regs[ARM_FAKE_ID_AA64ISAR1_EL1] = 0;
		fake_.regs[ARM_FAKE_ID_AA64ISAR2_EL1] = 0;
		ASSERT_EQ(AXVCPU_OK, arm_vcpu_ops()->percpu_init(&percpu, &host, nullptr));
		EXPECT_FALSE(percpu.features.pauth);
		fake_.regs[c.reg] = uint64_t{ 1 } << c.low;
		ASSERT_EQ(AXVCPU_OK, arm_vcpu_ops()->percpu_init(&percpu, &host, nullptr));
		EXPECT_TRUE(percpu.features.pauth) << RegName(c.reg) << " " << c.low;
	}
	Start();
	Run(Esr(0x09, 0)); // its first use
	EXPECT_EQ(HCR_EL2_API | HCR_EL2_APK,
		  fake_.regs[ARM_FAKE_HCR_EL2] & (HCR_EL2_API | HCR_EL2_APK));
	// By id they are the CPU's own then.
	fake_.regs[ARM_FAKE_APGAKEYHI_EL1] = 0x77;
	EXPECT_EQ(0x77u, Reg(ARM_VCPU_REG_SYS(3, 0, 2, 3, 1)));
	SetReg(ARM_VCPU_REG_SYS(3, 0, 2, 3, 1), 0x78);
	EXPECT_EQ(0x78u, fake_.regs[ARM_FAKE_APGAKEYHI_EL1]);
}

TEST_F(ConfigTest, CountersStayWithEl1ForTheHostsSake)
{
	fake_.regs[ARM_FAKE_PMCR_EL0] = 6u << 11 | 0x41;
	for (uint64_t version : { 0, 1, 6, 15 }) {
		fake_.regs[ARM_FAKE_ID_AA64DFR0_EL1] = version << 8;
		arm_host host = {};
		arm_percpu percpu = {};
		arm_vcpu state = {};
		axvcpu_arch_vcpu_info info = {};
		const axvcpu_arch_ops *ops = arm_vcpu_ops();
		info.size = sizeof(info);
		info.host = &host;
		ASSERT_EQ(AXVCPU_OK, ops->host_init(&host, nullptr));
		ASSERT_EQ(AXVCPU_OK, ops->percpu_init(&percpu, &host, nullptr));
		ASSERT_EQ(AXVCPU_OK, ops->vcpu_create(&state, &info, nullptr));
		ASSERT_EQ(AXVCPU_OK, ops->setup(&state, nullptr));
		ASSERT_EQ(AXVCPU_OK, ops->bind(&state, &percpu));
		bool pmu = version != 0 && version != 15;
		uint64_t mdcr = fake_.regs[ARM_FAKE_MDCR_EL2];
		EXPECT_EQ(pmu ? 6u : 0u, mdcr & MDCR_EL2_HPMN) << version;
		for (unsigned bit : { 5, 6, 9, 10, 11, 14, 19, 27 }) {
			EXPECT_TRUE(mdcr >> bit & 1) << bit; // TPMCR TPM TDA TDOSA TDRA TPMS TTRF TDCC
		}
		EXPECT_EQ(0u, mdcr >> 12 & 3) << "E2PB";
		EXPECT_EQ(0u, mdcr >> 24 & 3) << "E2TB";
		uint64_t cptr = fake_.regs[ARM_FAKE_CPTR_EL2];
		EXPECT_TRUE(cptr >> 10 & 1) << "FP and SIMD trap until they are used";
		for (unsigned bit : { 8, 12, 20, 30 }) {
			EXPECT_TRUE(cptr >> bit & 1) << bit; // TZ TSM TTA TAM
		}
		EXPECT_EQ(0x22ffu, cptr & 0x22ff) << "RES1";
	}
}

TEST_F(ConfigTest, VmidsThatShareASlotAreFlushed)
{
	arm_vcpu_setup_config setup = {};

	setup.size = sizeof(setup);
	setup.vmid = 5;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
	axvcpu *first = vcpu_;
	setup.vmid = 5 + ARM_LAST_VCPU_SLOTS;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
	bool first_bind = true;
	for (int round = 0; round < 2; round++) {
		for (axvcpu *vcpu : { first, vcpu_ }) {
			fake_.log.clear();
			EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu));
			EXPECT_EQ(1u, fake_.Count(first_bind ? "tlbi all" : "tlbi")) << "nobody knows any more";
			first_bind = false;
			EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu));
		}
	}
	// Nor after the CPU was off.
	EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_disable(percpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
	fake_.log.clear();
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(1u, fake_.Count("tlbi all"));
}

TEST_F(ConfigTest, FirstState)
{
	Start();
	EXPECT_EQ(kEntry, Pc());
	EXPECT_EQ(0x3c5u, Reg(ARM_VCPU_REG_PSTATE)) << "EL1h, all masked";
	EXPECT_EQ(0u, fake_.regs[ARM_FAKE_SCTLR_EL1] & 0x1005) << "MMU and caches off";
	EXPECT_TRUE(fake_.regs[ARM_FAKE_SCTLR_EL1] & SCTLR_EL1_SPAN);
	for (uint32_t n = 0; n < 31; n++) {
		EXPECT_EQ(0u, X(n)) << n;
	}
}

TEST_F(ConfigTest, VectorRegistersByIdWhileBoundAndNot)
{
	Start();
	Run(Esr(0x07, 0)); // the guest's first use
	for (bool bound : { true, false }) {
		for (uint32_t n = 0; n < 32; n++) {
			uint8_t buffer[17] = {};
			std::memset(buffer + 1, static_cast<int>(n + (bound ? 0x20 : 0x80)), 16);
			ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARM_VCPU_REG_V(n), buffer + 1, 16));
		}
		for (uint32_t n = 0; n < 32; n++) {
			uint8_t buffer[17] = {};
			ASSERT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, ARM_VCPU_REG_V(n), buffer + 1, 16));
			for (int i = 1; i < 17; i++) {
				EXPECT_EQ(n + (bound ? 0x20 : 0x80), buffer[i]);
			}
		}
		if (bound) {
			EXPECT_EQ(0x3f, fake_.v[31][15]) << "the CPU's own";
			ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		}
	}
	EXPECT_EQ(0x3f, fake_.v[31][15]) << "somebody else's by now";

	// While bound the CPU's are asked, and those not written stay.
	uint8_t value[16] = {};
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	Run(Esr(0x07, 0));
	std::memset(fake_.v[7], 0x55, 16);
	ASSERT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, ARM_VCPU_REG_V(7), value, 16));
	EXPECT_EQ(0x55, value[15]);
	std::memset(fake_.v[8], 0x66, 16);
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARM_VCPU_REG_V(7), value, 16));
	EXPECT_EQ(0x66, fake_.v[8][0]);
}

TEST_F(ConfigTest, Vmids)
{
	arm_vcpu_setup_config setup = {};

	ASSERT_EQ(AXVCPU_OK, Make(nullptr, nullptr));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(1u, fake_.regs[ARM_FAKE_VTTBR_EL2] >> 48) << "not that of a host's reset";
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	setup.size = sizeof(setup);
	setup.vmid = 0xffff;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(0xffffu, fake_.regs[ARM_FAKE_VTTBR_EL2] >> 48);
	EXPECT_EQ(root_, fake_.regs[ARM_FAKE_VTTBR_EL2] & 0xffffffffffff);
}

TEST_F(ConfigTest, ARefusedSetupLeavesNoInterface)
{
	arm_vcpu_setup_config setup = {};

	setup.size = sizeof(setup);
	setup.flags = ARM_VCPU_VIRTUAL_GIC | ARM_VCPU_SVE; // which this CPU has not
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, Make(nullptr, &setup));
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, arm_vcpu_set_interrupt(vcpu_, 40, 0, ARM_VCPU_INTERRUPT_ENABLED));
}

TEST_F(ConfigTest, DestroyLeavesNothing)
{
	const axvcpu_arch_ops *ops = arm_vcpu_ops();
	arm_host host = {};
	axvcpu_arch_vcpu_info info = {};
	arm_vcpu state;
	arm_vcpu zero;

	std::memset(&zero, 0, sizeof(zero));
	std::memset(&state, 0, sizeof(state));
	info.size = sizeof(info);
	info.host = &host;
	ASSERT_EQ(AXVCPU_OK, ops->host_init(&host, nullptr));
	ASSERT_EQ(AXVCPU_OK, ops->vcpu_create(&state, &info, nullptr));
	ASSERT_EQ(AXVCPU_OK, ops->setup(&state, nullptr));
	EXPECT_EQ(&state, host.vcpus);
	std::memset(&state.context, 0xa5, sizeof(state.context));
	std::memset(state.fpsimd, 0xa5, sizeof(state.fpsimd));
	std::memset(state.saved, 0xa5, sizeof(state.saved));
	ops->vcpu_destroy(&state);
	EXPECT_EQ(nullptr, host.vcpus);
	EXPECT_EQ(0, std::memcmp(&zero, &state, sizeof(state)));
}

} // namespace
