// SPDX-License-Identifier: Apache-2.0
// A switch in one leaves CPU and vCPUs as unbind and bind do, on every kind of host and for
// every kind of guest, with fewer writes.
#include "tests/fake_cpu.h"
#include "tests/fake_gic.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace {

constexpr uint64_t kVheHost = HCR_EL2_E2H | HCR_EL2_TGE | HCR_EL2_IMO | HCR_EL2_RW;
constexpr uint64_t kFpTrap = 0x07, kPauthTrap = 0x09, kHvc = 0x16;
constexpr uint64_t kHostVttbr = 0x7000;

#define FAKE(name, op0, op1, crn, crm, op2) ARM_FAKE_##name,
#define FAKE_EL12(name, op0, op1, crn, crm, op2) ARM_FAKE_EL12_##name,

// What the hypervisor has, and what a guest does before it goes.
struct Kind {
	const char *name;
	bool vhe;
	// Beyond what the short way deals with: fine-grained traps, AMU, MPAM.
	bool all_features;
	uint32_t from_flags;
	uint32_t to_flags;
	bool fp;
	bool pauth;
	// One of the two has a breakpoint.
	bool debug;
	// Whether it is done in one.
	bool in_one;
};

const Kind kKinds[] = {
	{ "Plain", false, false, 0, 0, false, false, false, true },
	{ "Vhe", true, false, 0, 0, false, false, false, true },
	{ "AllFeatures", false, true, 0, 0, false, false, false, true },
	{ "AllFeaturesVhe", true, true, 0, 0, true, true, false, true },
	{ "Fp", false, false, 0, 0, true, false, false, true },
	{ "Pauth", false, false, 0, 0, false, true, false, true },
	{ "Timer", false, false, ARM_VCPU_PASSTHROUGH_TIMER, ARM_VCPU_PASSTHROUGH_TIMER, false, false,
	  false, true },
	{ "TimerOfOne", false, false, ARM_VCPU_PASSTHROUGH_TIMER, 0, false, false, false, false },
	{ "TimerOfTheOther", true, false, 0, ARM_VCPU_PASSTHROUGH_TIMER, false, false, false, false },
	{ "Gic", false, false, ARM_VCPU_VIRTUAL_GIC, ARM_VCPU_VIRTUAL_GIC, true, false, false, true },
	{ "GicVhe", true, false, ARM_VCPU_VIRTUAL_GIC, ARM_VCPU_VIRTUAL_GIC, false, true, false, true },
	{ "GicOfOne", false, false, ARM_VCPU_VIRTUAL_GIC, 0, false, false, false, true },
	{ "GicOfTheOther", false, false, 0, ARM_VCPU_VIRTUAL_GIC, false, false, false, true },
	{ "Sve", false, false, ARM_VCPU_SVE, ARM_VCPU_SVE, true, false, false, true },
	{ "SveOfOne", false, false, ARM_VCPU_SVE, 0, true, false, false, true },
	{ "SveOfTheOther", true, false, 0, ARM_VCPU_SVE, true, false, false, true },
	{ "Debug", false, false, 0, 0, false, false, true, false },
};

// A machine with two vCPUs that change places, in one way or the other.
class World : public ArmTest {
    public:
	World(const Kind &kind, bool in_one) : kind_(kind), in_one_(in_one), gic_(fake_, 4)
	{
		SetFeatures();
		for (arm_fake_reg reg : { ARM_SHARED_PAIRS(FAKE, FAKE) ARM_SHARED_SINGLE(FAKE) }) {
			fake_.regs[reg] = 0xb0570000u + static_cast<uint32_t>(reg);
		}
		fake_.regs[ARM_FAKE_VTTBR_EL2] = kHostVttbr;
		if (kind.vhe) {
			fake_.regs[ARM_FAKE_HCR_EL2] = kVheHost;
		}
		from_ = New(kind.from_flags);
		to_ = New(kind.to_flags);
		if (kind.debug) {
			vcpu_ = to_;
			SetReg(ARM_VCPU_REG_SYS(2, 0, 1, 1, 4), 8);	   // OSLSR_EL1: not locked
			SetReg(ARM_VCPU_REG_SYS(2, 0, 0, 2, 2), 1u << 15); // MDSCR_EL1.MDE
			SetReg(ARM_VCPU_REG_SYS(2, 0, 0, 0, 4), 0x4000);   // DBGBVR0_EL1
			SetReg(ARM_VCPU_REG_SYS(2, 0, 0, 0, 5), 0x1e5);	   // DBGBCR0_EL1
		}
	}
	~World() override
	{
		EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(from_));
		EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(to_));
	}
	void TestBody() override {}

	// Everything that there is after each of the steps.
	std::vector<std::string> Play()
	{
		std::vector<std::string> seen;

		EXPECT_EQ(AXVCPU_OK, axvcpu_bind(from_));
		Use(from_, 0x10000);
		Change(from_, to_);
		Look("switched", &seen);
		Use(to_, 0x20000);
		fake_.log.clear();
		// Both were here once: nothing is to be prepared any more.
		Change(to_, from_);
		writes_ = Writes();
		Look("back", &seen);
		Use(from_, 0x30000);
		EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(from_));
		Look("unbound", &seen);
		EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_disable(percpu_));
		Look("off", &seen);
		return seen;
	}
	size_t Writes() const
	{
		size_t writes = 0;

		for (const std::string &line : fake_.log) {
			writes += line[0] == 'w';
		}
		return writes;
	}

	const Kind &kind_;
	const bool in_one_;
	FakeGic gic_;
	axvcpu *from_ = nullptr;
	axvcpu *to_ = nullptr;
	size_t writes_ = 0;

	using ArmTest::fake_;
	using ArmTest::host_;

    private:
	void SetFeatures()
	{
		fake_.regs[ARM_FAKE_ID_AA64ISAR1_EL1] = 0x10; // APA
		fake_.regs[ARM_FAKE_ID_AA64MMFR1_EL1] |= uint64_t{ 1 } << 40;
		fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] |= uint64_t{ 1 } << 28 | uint64_t{ 1 } << 32;
		fake_.regs[ARM_FAKE_ID_AA64PFR1_EL1] |= uint64_t{ 1 } << 24; // SME
		fake_.regs[ARM_FAKE_ID_AA64DFR0_EL1] |= uint64_t{ 6 } << 8;
		fake_.longest = 32;
		if (kind_.all_features) {
			fake_.regs[ARM_FAKE_ID_AA64MMFR0_EL1] |= uint64_t{ 2 } << 56;
			fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] |= uint64_t{ 1 } << 44 | uint64_t{ 1 } << 40;
			fake_.regs[ARM_FAKE_MPAMIDR_EL1] = uint64_t{ 1 } << 17;
		}
	}
	axvcpu *New(uint32_t flags)
	{
		arm_vcpu_setup_config setup = {};

		setup.size = sizeof(setup);
		setup.flags = flags;
		EXPECT_EQ(AXVCPU_OK, Make(nullptr, &setup));
		return vcpu_;
	}
	// The guest runs, and leaves something in all that it can write to.
	void Use(axvcpu *vcpu, uint64_t pattern)
	{
		vcpu_ = vcpu;
		if (kind_.fp) {
			Run(Esr(kFpTrap, 0));
			EXPECT_TRUE(Handled());
			std::memset(fake_.v, static_cast<int>(pattern >> 16), sizeof(fake_.v));
		}
		if (kind_.pauth) {
			Run(Esr(kPauthTrap, 0));
		}
		std::vector<arm_fake_reg> regs = { ARM_COMMON_SYSREGS(FAKE) ARM_RAS_SYSREGS(FAKE)
							   ARM_SME_SYSREGS(FAKE) };
		if (kind_.vhe) {
			regs.insert(regs.end(), { ARM_BANKED_SYSREGS(FAKE_EL12) });
		} else {
			regs.insert(regs.end(), { ARM_BANKED_SYSREGS(FAKE) });
		}
		for (arm_fake_reg reg : regs) {
			fake_.regs[reg] = pattern + static_cast<uint32_t>(reg);
		}
		Run(Esr(kHvc, 1));
		EXPECT_EQ(AXVCPU_EXIT_HYPERCALL, last_->reason);
	}
	void Change(axvcpu *from, axvcpu *to)
	{
		if (in_one_) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_switch(from, to));
		} else {
			EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(from));
			EXPECT_EQ(AXVCPU_OK, axvcpu_bind(to));
		}
	}
	void Note(const std::string &name, uint64_t value, std::vector<std::string> *seen)
	{
		char line[32];

		std::snprintf(line, sizeof(line), " %llx", static_cast<unsigned long long>(value));
		seen->push_back(name + line);
	}
	// The CPU's registers, and those of both vCPUs.
	void Look(const std::string &when, std::vector<std::string> *seen)
	{
		for (uint32_t reg = 0; reg < ARM_FAKE_COUNT; reg++) {
			Note(when + " " + RegName(static_cast<arm_fake_reg>(reg)), fake_.regs[reg], seen);
		}
		Note(when + " V0", fake_.v[0][0], seen);
		for (axvcpu *vcpu : { from_, to_ }) {
			size_t count = 0;

			(void)axvcpu_list_regs(vcpu, nullptr, &count);
			std::vector<uint64_t> ids(count);
			EXPECT_EQ(AXVCPU_OK, axvcpu_list_regs(vcpu, ids.data(), &count));
			for (uint64_t id : ids) {
				uint64_t value[AXVCPU_REG_MAX_SIZE / 8] = {};

				EXPECT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu, id, value, AXVCPU_REG_SIZE(id)));
				Note(when + (vcpu == from_ ? " from " : " to ") + std::to_string(id), value[0],
				     seen);
			}
		}
	}
};

class SwitchTest : public ::testing::TestWithParam<Kind> {};

INSTANTIATE_TEST_SUITE_P(Kinds, SwitchTest, ::testing::ValuesIn(kKinds),
			 [](const auto &kind) { return std::string(kind.param.name); });

TEST_P(SwitchTest, IsUnbindAndBind)
{
	size_t writes;
	std::vector<std::string> expected;
	{
		World two_calls(GetParam(), false);
		expected = two_calls.Play();
		writes = two_calls.writes_;
	}
	World in_one(GetParam(), true);
	const std::vector<std::string> seen = in_one.Play();

	ASSERT_EQ(expected.size(), seen.size());
	for (size_t i = 0; i < seen.size(); i++) {
		EXPECT_EQ(expected[i], seen[i]);
	}
	if (GetParam().in_one) {
		EXPECT_GE(writes, in_one.writes_ + 10);
	} else {
		EXPECT_EQ(writes, in_one.writes_) << "by unbind and bind";
	}
}

// Between the two guests neither is in force, the timer is off, and no VMID meets the other's stage 1.
TEST_P(SwitchTest, NoGuestMeetsTheOthersRegisters)
{
	World world(GetParam(), true);
	const arm_fake_reg ttbr = GetParam().vhe ? ARM_FAKE_EL12_TTBR0_EL1 : ARM_FAKE_TTBR0_EL1;
	const arm_fake_reg timer = GetParam().vhe ? ARM_FAKE_EL12_CNTV_CTL_EL0 : ARM_FAKE_CNTV_CTL_EL0;
	bool is_off = false;

	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(world.from_));
	world.fake_.regs[ttbr] = 0x1111000;
	world.fake_.regs[timer] = 1;
	world.fake_.log.clear();
	world.fake_.on_write = [&](arm_fake_reg reg, uint64_t value) {
		const FakeCpu &fake = world.fake_;

		if (reg == timer && value == 0) {
			is_off = true;
		}
		if (reg == ARM_FAKE_CNTVOFF_EL2) {
			EXPECT_TRUE(is_off) << "it would fire at another time";
		}
		if (reg == ttbr) {
			EXPECT_EQ(kHostVttbr, fake.regs[ARM_FAKE_VTTBR_EL2]);
			EXPECT_TRUE(GetParam().vhe || (fake.regs[ARM_FAKE_HCR_EL2] & HCR_EL2_VM) == 0);
			// In force before the other's is there.
			const size_t out = fake.Find("w VTTBR_EL2 7000");
			const auto barrier = std::find(fake.log.begin() + static_cast<ptrdiff_t>(out),
						       fake.log.end(), "isb");
			EXPECT_NE(fake.log.end(), barrier);
		}
	};
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(world.from_, world.to_));
	world.fake_.on_write = nullptr;
	EXPECT_EQ(0u, world.fake_.regs[ttbr]);
	EXPECT_EQ(0u, world.fake_.regs[timer]);
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(world.to_));
}

// Two vCPUs of one machine share a VMID: what the other's ASIDs meant is dropped, as at a bind.
TEST_P(SwitchTest, TheTlbForgetsASibling)
{
	World world(GetParam(), true);

	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(world.from_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(world.from_, world.to_));
	for (int round = 0; round < 3; round++) {
		world.fake_.log.clear();
		EXPECT_EQ(AXVCPU_OK, axvcpu_switch(world.to_, world.from_));
		EXPECT_EQ(1u, world.fake_.Count("tlbi"));
		world.fake_.log.clear();
		EXPECT_EQ(AXVCPU_OK, axvcpu_switch(world.from_, world.to_));
		EXPECT_EQ(1u, world.fake_.Count("tlbi"));
		EXPECT_EQ(0u, world.fake_.Count("tlbi all"));
	}
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(world.to_));
}

// A virtual GIC that the CPU has not any more: `from` is off it, and it is the host's.
TEST(SwitchFailure, NoGicForTheOther)
{
	static const Kind kind = { "", false, false, 0, ARM_VCPU_VIRTUAL_GIC, false, false, false, true };
	World world(kind, true);
	axvcpu_failure failure = {};
	FakeCpu &fake = world.fake_;

	// It was here once, so all is prepared for it.
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(world.to_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(world.to_, world.from_));
	fake.regs[ARM_FAKE_TTBR0_EL1] = 0x1111000;
	fake.regs[ARM_FAKE_ICC_SRE_EL2] = 0;
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_switch(world.from_, world.to_));
	EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(world.from_));
	EXPECT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(world.to_));
	failure.size = sizeof(failure);
	EXPECT_EQ(AXVCPU_OK, axvcpu_get_failure(world.to_, &failure));
	EXPECT_EQ(AXVCPU_OPERATION_BIND, failure.operation);
	EXPECT_EQ(kHostVttbr, fake.regs[ARM_FAKE_VTTBR_EL2]);
	EXPECT_EQ(0u, fake.regs[ARM_FAKE_HCR_EL2]);
	for (arm_fake_reg reg : { ARM_SHARED_PAIRS(FAKE, FAKE) ARM_SHARED_SINGLE(FAKE) }) {
		EXPECT_EQ(0xb0570000u + static_cast<uint32_t>(reg), fake.regs[reg]);
	}
	uint64_t ttbr = 0;
	EXPECT_EQ(AXVCPU_OK,
		  axvcpu_get_reg(world.from_, ARM_VCPU_REG_SYS(3, 0, 2, 0, 0), &ttbr, sizeof(ttbr)));
	EXPECT_EQ(0x1111000u, ttbr);
	EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_disable(axvcpu_this_percpu(world.host_)));
}

} // namespace
