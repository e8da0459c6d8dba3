// SPDX-License-Identifier: Apache-2.0
// SVE of a guest: who has it, of which length, where its registers are, and that nobody else sees them.
#include "tests/fake_cpu.h"

#include <cstring>

namespace {

constexpr uint64_t kVheHost = HCR_EL2_E2H | HCR_EL2_TGE;
constexpr uint64_t kFpTrap = 0x07, kSveTrap = 0x19, kHvc = 0x16;
constexpr uint64_t kHostZcr = 0xb;
constexpr uint64_t kZen = uint64_t{ 3 } << 16, kFpen = uint64_t{ 3 } << 20;
constexpr uint64_t kZcr = ARM_VCPU_REG_SYS(3, 0, 1, 2, 0);

class SveTest : public ArmTest, public ::testing::WithParamInterface<bool> {
    protected:
	SveTest()
	{
		if (GetParam()) {
			fake_.regs[ARM_FAKE_HCR_EL2] = kVheHost;
		}
		SetCpu(256);
		fake_.regs[ARM_FAKE_ZCR_EL2] = kHostZcr;
	}
	~SveTest() override
	{
		for (axvcpu *vcpu : made_) {
			if (axvcpu_is_bound_here(vcpu)) {
				EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu));
			}
			EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu));
		}
		EXPECT_TRUE(fake_.frames.empty()) << "the HAL has its frames again";
	}
	static bool axvcpu_is_bound_here(axvcpu *vcpu)
	{
		const uint32_t state = axvcpu_get_state(vcpu);

		return state == AXVCPU_STATE_READY || state == AXVCPU_STATE_BLOCKED;
	}
	// A CPU whose longest vector has so many bytes; 0 without SVE.
	void SetCpu(uint32_t longest)
	{
		fake_.longest = longest;
		fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] = 0x22 | uint64_t{ longest != 0 } << 32;
		fake_.regs[ARM_FAKE_ID_AA64ZFR0_EL1] = 0x0110110100110021;
		if (percpu_ != nullptr) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_disable(percpu_));
			EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
		}
	}
	axvcpu_error_t Configure(uint32_t flags, uint32_t bits)
	{
		arm_vcpu_setup_config setup = {};

		setup.size = sizeof(setup);
		setup.flags = flags;
		setup.sve_vector_bits = bits;
		const axvcpu_error_t error = Make(nullptr, &setup);
		made_.push_back(vcpu_);
		return error;
	}
	axvcpu *New(uint32_t bits)
	{
		EXPECT_EQ(AXVCPU_OK, Configure(ARM_VCPU_SVE, bits));
		SetReg(ARM_VCPU_REG_SYS(3, 0, 1, 0, 2), kZen | kFpen);
		return vcpu_;
	}
	axvcpu *Plain()
	{
		EXPECT_EQ(AXVCPU_OK, Configure(0, 0));
		return vcpu_;
	}
	void Bind(axvcpu *vcpu)
	{
		vcpu_ = vcpu;
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu));
	}
	void Unbind() { ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_)); }
	// The guest's first use of FP or of SVE.
	void Use(uint64_t trap = kSveTrap)
	{
		SetReg(ARM_VCPU_REG_PC, kEntry);
		Run(Esr(trap, 0));
		EXPECT_TRUE(Handled());
		EXPECT_EQ(kEntry, Pc()) << "the instruction is executed again";
	}
	uint64_t &Zcr() { return fake_.regs[GetParam() ? ARM_FAKE_EL12_ZCR_EL1 : ARM_FAKE_ZCR_EL1]; }
	bool SveTraps() const
	{
		const uint64_t cptr = fake_.regs[ARM_FAKE_CPTR_EL2];

		return GetParam() ? (cptr & kZen) == 0 : (cptr >> 8 & 1) != 0;
	}
	bool FpTraps() const
	{
		const uint64_t cptr = fake_.regs[ARM_FAKE_CPTR_EL2];

		return GetParam() ? (cptr & kFpen) == 0 : (cptr >> 10 & 1) != 0;
	}
	// Bytes of a vector that EL1 can reach.
	uint32_t Reach() const
	{
		const uint32_t asked = static_cast<uint32_t>(fake_.regs[ARM_FAKE_ZCR_EL2] & 15) * 16 + 16;

		return std::min(asked, fake_.longest);
	}
	// What the guest writes and reads, as far as it can.
	void Fill(uint8_t seed)
	{
		ASSERT_FALSE(SveTraps());
		for (uint32_t n = 0; n < 32; n++) {
			for (uint32_t i = 0; i < Reach(); i++) {
				(i < 16 ? fake_.v[n][i] : fake_.above[n][i - 16]) =
					static_cast<uint8_t>(seed + 7 * n + i);
			}
		}
		for (uint32_t n = 0; n < 17; n++) {
			std::memset(fake_.p[n], n == 16 ? 0 : seed ^ static_cast<int>(n), Reach() / 8);
		}
		fake_.p[16][0] = 0x3f;
		Zcr() = seed & 15;
		fake_.regs[ARM_FAKE_FPSR] = seed;
	}
	void ExpectFilled(uint8_t seed)
	{
		ASSERT_FALSE(SveTraps());
		for (uint32_t n = 0; n < 32; n++) {
			for (uint32_t i = 0; i < Reach(); i++) {
				ASSERT_EQ(static_cast<uint8_t>(seed + 7 * n + i),
					  i < 16 ? fake_.v[n][i] : fake_.above[n][i - 16])
					<< n << " " << i;
			}
		}
		for (uint32_t n = 0; n < 16; n++) {
			for (uint32_t i = 0; i < Reach() / 8; i++) {
				ASSERT_EQ(static_cast<uint8_t>(seed ^ n), fake_.p[n][i]);
			}
		}
		EXPECT_EQ(0x3f, fake_.p[16][0]);
		EXPECT_EQ(seed & 15u, Zcr());
		EXPECT_EQ(seed, fake_.regs[ARM_FAKE_FPSR]);
	}
	// Nothing but zeros is in the guest's reach.
	void ExpectEmpty()
	{
		for (uint32_t n = 0; n < 32; n++) {
			for (uint32_t i = 0; i < Reach(); i++) {
				ASSERT_EQ(0, i < 16 ? fake_.v[n][i] : fake_.above[n][i - 16]) << n;
			}
		}
		for (const auto &p : fake_.p) {
			for (uint32_t i = 0; i < Reach() / 8; i++) {
				ASSERT_EQ(0, p[i]);
			}
		}
	}
	static uint64_t Iss(uint32_t op0, uint32_t op1, uint32_t crn, uint32_t crm, uint32_t op2)
	{
		return uint64_t{ op0 } << 20 | uint64_t{ op2 } << 17 | uint64_t{ op1 } << 14 |
		       uint64_t{ crn } << 10 | uint64_t{ crm } << 1;
	}
	uint64_t ReadTrapped(uint64_t iss)
	{
		SetReg(ARM_VCPU_REG_PC, kEntry);
		Run(Esr(0x18, iss | 3 << 5 | 1));
		EXPECT_EQ(kEntry + 4, Pc());
		return X(3);
	}
	std::vector<axvcpu *> made_;
};

INSTANTIATE_TEST_SUITE_P(Hosts, SveTest, ::testing::Bool(), [](const auto &host) {
	return std::string(host.param ? "Vhe" : "NonVhe");
});

TEST_P(SveTest, WithoutTheFlagThereIsNone)
{
	SetCpu(32);
	Bind(Plain());
	EXPECT_EQ(0u, ReadTrapped(Iss(3, 0, 0, 4, 0)) >> 32 & 15);
	EXPECT_EQ(0u, ReadTrapped(Iss(3, 0, 0, 4, 4)));
	SetReg(ARM_VCPU_REG_SYS(3, 0, 12, 0, 0), 0x80000);
	SetReg(ARM_VCPU_REG_PC, kEntry);
	SetReg(ARM_VCPU_REG_PSTATE, 0x3c5);
	Run(Esr(kSveTrap, 0));
	EXPECT_EQ(0x80200u, Pc()) << "undefined";
	EXPECT_TRUE(SveTraps());
	SetReg(ARM_VCPU_REG_PC, kEntry);
	Run(Esr(kFpTrap, 0));
	EXPECT_FALSE(FpTraps());
	EXPECT_TRUE(SveTraps());
	EXPECT_EQ(kHostZcr, fake_.regs[ARM_FAKE_ZCR_EL2]);
	EXPECT_TRUE(fake_.frames.empty());
	for (uint64_t id : { uint64_t{ kZcr }, ARM_VCPU_REG_Z(0, 1), ARM_VCPU_REG_P(0), ARM_VCPU_REG_FFR,
			     ARM_VCPU_REG_SVE_VECTOR_BITS }) {
		uint8_t value[64] = {};

		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_get_reg(vcpu_, id, value, AXVCPU_REG_SIZE(id)));
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_set_reg(vcpu_, id, value, AXVCPU_REG_SIZE(id)));
	}
}

TEST_P(SveTest, LengthsAndFramesByConfiguration)
{
	const struct {
		uint32_t longest, bits, given, frames;
	} cases[] = {
		{ 16, 0, 128, 1 },     { 16, 128, 128, 1 },  { 32, 0, 256, 1 },
		{ 32, 128, 128, 1 },   { 48, 0, 256, 1 }, // 384 bits are no power of two
		{ 64, 0, 512, 1 },     { 128, 0, 1024, 2 },  { 256, 0, 2048, 3 },
		{ 256, 512, 512, 1 },  { 240, 0, 1024, 2 },
	};

	for (const auto &c : cases) {
		SCOPED_TRACE(::testing::Message() << c.longest << " " << c.bits);
		SetCpu(c.longest);
		const uint64_t left = fake_.frames_left;
		New(c.bits);
		EXPECT_EQ(c.given, Reg(ARM_VCPU_REG_SVE_VECTOR_BITS));
		EXPECT_EQ(left - c.frames, fake_.frames_left);
		EXPECT_EQ(kHostZcr, fake_.regs[ARM_FAKE_ZCR_EL2]) << "after setup as before";
		Bind(vcpu_);
		EXPECT_EQ(kHostZcr, fake_.regs[ARM_FAKE_ZCR_EL2]) << "until its first use";
		Use();
		EXPECT_EQ(c.given / 8, Reach());
		Unbind();
		EXPECT_EQ(kHostZcr, fake_.regs[ARM_FAKE_ZCR_EL2]);
	}
}

TEST_P(SveTest, ConfigurationsThatAreRefused)
{
	SetCpu(32);
	for (uint32_t bits : { 1u, 64u, 129u, 192u, 384u, 4096u }) {
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Configure(ARM_VCPU_SVE, bits)) << bits;
	}
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Configure(0, 128)) << "a length without the flag";
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, Configure(ARM_VCPU_SVE, 512)) << "longer than this CPU's";
	fake_.frames_left = 0;
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, Configure(ARM_VCPU_SVE, 0));
	fake_.frames_left = 64;
	EXPECT_EQ(AXVCPU_OK, Configure(ARM_VCPU_SVE, 256));
	EXPECT_EQ(AXVCPU_OK, Configure(0, 0));
	SetCpu(0);
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, Configure(ARM_VCPU_SVE, 0)) << "no SVE here";
	EXPECT_EQ(AXVCPU_OK, Configure(0, 0));
}

// What a setup that was refused got as far as is not what the next one asks for.
TEST_P(SveTest, ARefusedSetupLeavesNothing)
{
	uint64_t value = 0;

	SetCpu(0);
	fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] |= UINT64_C(1) << 24;
	ASSERT_EQ(AXVCPU_ERR_UNSUPPORTED, Configure(ARM_VCPU_SVE | ARM_VCPU_VIRTUAL_GIC, 0));
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu_, AXVCPU_STATE_CREATED));
	ASSERT_EQ(AXVCPU_OK, axvcpu_setup(vcpu_, kEntry, root_, nullptr));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND,
		  axvcpu_get_reg(vcpu_, ARM_VCPU_REG_GIC_ACTIVE(0), &value, sizeof(value)));
}

// A state that is forced undoes no work: one that is set up already keeps its frames and its VMID.
TEST_P(SveTest, ASecondSetupIsRefused)
{
	arm_vcpu_setup_config setup = {};
	axvcpu *vcpu = New(256);
	const size_t frames = fake_.frames.size();

	setup.size = sizeof(setup);
	setup.flags = ARM_VCPU_SVE;
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu, AXVCPU_STATE_CREATED));
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_setup(vcpu, kEntry, root_, &setup));
	EXPECT_EQ(frames, fake_.frames.size());
	// It can still be used as it was, and others beside it.
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu, AXVCPU_STATE_FREE));
	Bind(vcpu);
	Use();
	Unbind();
	Bind(New(256));
	Unbind();
}

// Setup of one vCPU while another one's registers are on the CPU.
TEST_P(SveTest, LookingForTheLengthTouchesNothing)
{
	New(1024);
	Bind(vcpu_);
	axvcpu *running = vcpu_;
	Use();
	Fill(0x31);
	fake_.on_write = [this](arm_fake_reg reg, uint64_t) {
		if (reg == ARM_FAKE_ZCR_EL2) {
			EXPECT_GE(Reach(), 128u) << "shorter would lose what is above";
			EXPECT_EQ(0x3c0u, fake_.regs[ARM_FAKE_DAIF] & 0x3c0) << "on this CPU";
		}
	};
	fake_.regs[ARM_FAKE_DAIF] = 0x80;
	New(0);
	fake_.on_write = nullptr;
	EXPECT_EQ(0x80u, fake_.regs[ARM_FAKE_DAIF]);
	vcpu_ = running;
	ExpectFilled(0x31);
	EXPECT_EQ(128u, Reach());
}

TEST_P(SveTest, TheGuestSeesIt)
{
	const uint64_t cpacr = ARM_VCPU_REG_SYS(3, 0, 1, 0, 2);

	Bind(New(0));
	EXPECT_EQ(1u, ReadTrapped(Iss(3, 0, 0, 4, 0)) >> 32 & 15);
	EXPECT_EQ(fake_.regs[ARM_FAKE_ID_AA64ZFR0_EL1], ReadTrapped(Iss(3, 0, 0, 4, 4)));
	EXPECT_EQ(0u, fake_.regs[ARM_FAKE_CPTR_EL2] >> 31 & 1) << "CPACR_EL1 is all its own";
	SetReg(cpacr, kFpen);
	EXPECT_EQ(kFpen, fake_.regs[GetParam() ? ARM_FAKE_EL12_CPACR_EL1 : ARM_FAKE_CPACR_EL1]);
}

TEST_P(SveTest, EitherFirstUseBringsAll)
{
	for (uint64_t trap : { kFpTrap, kSveTrap }) {
		Bind(New(0));
		std::memset(fake_.v, 0x99, sizeof(fake_.v)); // another guest's
		std::memset(fake_.above, 0x99, sizeof(fake_.above));
		std::memset(fake_.p, 0x99, sizeof(fake_.p));
		EXPECT_TRUE(SveTraps() && FpTraps());
		const size_t loads = fake_.Count("sve load");
		Use(trap);
		EXPECT_FALSE(SveTraps() || FpTraps());
		ExpectEmpty();
		Run(Esr(kHvc, 1));
		EXPECT_EQ(loads + 1, fake_.Count("sve load")) << "it stays until unbind";
		EXPECT_EQ(0u, fake_.Count("fp load"));
		const size_t saves = fake_.Count("sve save");
		Unbind();
		EXPECT_EQ(saves + 1, fake_.Count("sve save"));
		Bind(vcpu_);
		EXPECT_TRUE(SveTraps() && FpTraps());
		Unbind();
		EXPECT_EQ(saves + 1, fake_.Count("sve save")) << "nothing was used";
	}
}

TEST_P(SveTest, NeighboursOfOtherLengths)
{
	axvcpu *longest = New(2048), *middle = New(256), *shortest = New(128), *plain = Plain();

	Bind(longest);
	Use();
	Fill(0x11);
	Unbind();
	Bind(shortest);
	Use(kFpTrap);
	ExpectEmpty();
	Fill(0x22);
	Unbind();
	Bind(middle);
	Use();
	ExpectEmpty();
	Fill(0x33);
	Unbind();
	Bind(plain);
	Use(kFpTrap);
	EXPECT_EQ(0, fake_.v[3][3]);
	EXPECT_TRUE(SveTraps());
	std::memset(fake_.v, 0x44, sizeof(fake_.v));
	Unbind();
	for (int round = 0; round < 2; round++) {
		for (auto &[vcpu, seed] : std::initializer_list<std::pair<axvcpu *, uint8_t>>{
			     { middle, 0x33 }, { longest, 0x11 }, { shortest, 0x22 } }) {
			Bind(vcpu);
			Use();
			ExpectFilled(seed);
			Unbind();
			Bind(plain);
			Use(kFpTrap);
			EXPECT_EQ(0x44, fake_.v[31][15]);
			Unbind();
		}
	}
}

TEST_P(SveTest, OneSwitchToANeighbour)
{
	const uint64_t &cpacr = fake_.regs[GetParam() ? ARM_FAKE_EL12_CPACR_EL1 : ARM_FAKE_CPACR_EL1];
	axvcpu *with = New(512), *shorter = New(256), *plain = Plain();
	axvcpu *bound = nullptr;
	auto tcpac = [this] { return (fake_.regs[ARM_FAKE_CPTR_EL2] >> 31 & 1) != 0; };
	auto go = [&](axvcpu *to, bool use) {
		ASSERT_EQ(AXVCPU_OK, bound == nullptr ? axvcpu_bind(to) : axvcpu_switch(bound, to));
		bound = vcpu_ = to;
		EXPECT_TRUE(SveTraps() && FpTraps());
		EXPECT_EQ(kHostZcr, fake_.regs[ARM_FAKE_ZCR_EL2]);
		EXPECT_EQ(to == plain, tcpac()) << "CPACR_EL1 of one that has no SVE is not the CPU's";
		EXPECT_EQ(to == plain ? kZen : 0, cpacr & kZen);
		if (use) {
			Use(kFpTrap);
			EXPECT_EQ(to == plain, SveTraps());
			if (to != plain) {
				EXPECT_EQ(to == with ? 64u : 32u, Reach());
			}
		}
	};

	for (axvcpu *vcpu : { with, shorter, plain }) {
		vcpu_ = vcpu;
		SetReg(ARM_VCPU_REG_SYS(3, 0, 1, 0, 2), 0);
	}
	// Each has been on this CPU once, so that a switch can be one.
	for (axvcpu *vcpu : { with, shorter, plain, with, plain, shorter }) {
		go(vcpu, false);
	}
	go(with, true);
	Fill(0x51);
	go(plain, true);
	std::memset(fake_.v, 0x44, sizeof(fake_.v));
	go(shorter, true);
	ExpectEmpty();
	Fill(0x61);
	go(plain, false);
	go(with, true);
	ExpectFilled(0x51);
	go(shorter, true);
	ExpectFilled(0x61);
	go(plain, true);
	EXPECT_EQ(0x44, fake_.v[31][15]);
	vcpu_ = plain;
	Unbind();
	EXPECT_EQ(kHostZcr, fake_.regs[ARM_FAKE_ZCR_EL2]);
}

TEST_P(SveTest, BindRefusesACpuThatIsTooShort)
{
	axvcpu *vcpu = New(512);

	for (uint32_t longest : { 0u, 32u }) {
		SetCpu(longest);
		EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_bind(vcpu)) << longest;
		EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu, AXVCPU_STATE_FREE));
	}
	SetCpu(64);
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu));
}

TEST_P(SveTest, ById)
{
	for (bool used : { false, true }) {
		SCOPED_TRACE(used);
		uint8_t value[32], all_ones[32];
		std::memset(all_ones, 0xff, sizeof(all_ones));

		Bind(New(512));
		if (used) {
			Use();
		}
		for (uint32_t n = 0; n < 32; n++) {
			std::memset(value, static_cast<int>(n + 1), sizeof(value));
			ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARM_VCPU_REG_V(n), value, 16));
			for (uint32_t part = 1; part < 4; part++) {
				std::memset(value, static_cast<int>(64 * part + n), sizeof(value));
				ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARM_VCPU_REG_Z(n, part), value, 16));
			}
		}
		std::memset(value, 0, sizeof(value));
		std::memset(value, 0x5a, 8);
		ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARM_VCPU_REG_P(15), value, 32));
		value[8] = 1; // of a byte that the vectors have not
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_reg(vcpu_, ARM_VCPU_REG_P(15), value, 32));
		std::memset(value, 0, sizeof(value));
		value[0] = 0xff;
		value[1] = 0x07;
		ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARM_VCPU_REG_FFR, value, 32));
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_reg(vcpu_, ARM_VCPU_REG_FFR, all_ones, 32))
			<< "bits of bytes that the vectors have not";
		SetReg(kZcr, 2);
		uint64_t zcr = 0x12;
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_reg(vcpu_, kZcr, &zcr, 8));
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_get_reg(vcpu_, ARM_VCPU_REG_Z(0, 0), value, 16));
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_get_reg(vcpu_, ARM_VCPU_REG_Z(0, 4), value, 16));
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_get_reg(vcpu_, ARM_VCPU_REG_Z(32, 1), value, 16));
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_get_reg(vcpu_, ARM_VCPU_REG_P(17), value, 32));
		if (!used) {
			Use();
		}
		for (uint32_t n = 0; n < 32; n++) {
			EXPECT_EQ(n + 1, fake_.v[n][15]);
			EXPECT_EQ((64 + n) & 255, fake_.above[n][0]);
			EXPECT_EQ((192 + n) & 255, fake_.above[n][47]);
		}
		EXPECT_EQ(0x5a, fake_.p[15][7]);
		EXPECT_EQ(0x07, fake_.p[16][1]);
		EXPECT_EQ(2u, Zcr());
		Unbind();
		ASSERT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, ARM_VCPU_REG_P(15), value, 32));
		EXPECT_EQ(0x5a, value[7]);
		EXPECT_EQ(0, value[8]);
		EXPECT_EQ(2u, Reg(kZcr));
	}
}

TEST_P(SveTest, TheListHasEachRegisterOnce)
{
	std::map<uint64_t, int> count;
	size_t listed = 0;

	New(256);
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, axvcpu_list_regs(vcpu_, nullptr, &listed));
	std::vector<uint64_t> ids(listed);
	ASSERT_EQ(AXVCPU_OK, axvcpu_list_regs(vcpu_, ids.data(), &listed));
	for (uint64_t id : ids) {
		EXPECT_EQ(1, ++count[id]) << std::hex << id;
	}
	EXPECT_EQ(1, count[kZcr]);
	for (uint32_t n = 0; n < 32; n++) {
		EXPECT_EQ(1, count[ARM_VCPU_REG_V(n)]);
		EXPECT_EQ(1, count[ARM_VCPU_REG_Z(n, 1)]);
		EXPECT_EQ(0, count[ARM_VCPU_REG_Z(n, 2)]);
		EXPECT_EQ(n < 17 ? 1 : 0, count[ARM_VCPU_REG_P(n)]);
	}
	const size_t with = listed;
	Plain();
	listed = 0;
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, axvcpu_list_regs(vcpu_, nullptr, &listed));
	EXPECT_EQ(with - 1 - 32 - 17 - 1, listed);
}

TEST_P(SveTest, SavedAndLoaded)
{
	Bind(New(512));
	Use();
	Fill(0x61);
	const std::vector<uint8_t> saved = Save();
	Unbind();
	EXPECT_EQ(saved, Save()) << "on no CPU as on one";
	std::memset(fake_.above, 0xee, sizeof(fake_.above));
	New(512);
	ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
	EXPECT_EQ(saved, Save());
	Bind(vcpu_);
	Use();
	ExpectFilled(0x61);
	ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size())) << "while they are on the CPU";
	ExpectFilled(0x61);
}

// After a WRFFR of what is no first-fault value FFR is UNKNOWN: a guest does not become unloadable by it.
TEST_P(SveTest, AnyFirstFaultRegisterIsSavedAndLoaded)
{
	Bind(New(256));
	Use();
	Fill(0x61);
	fake_.p[16][0] = 0xb5;
	fake_.p[16][3] = 0x40;
	const std::vector<uint8_t> saved = Save();
	Unbind();
	New(256);
	ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
	EXPECT_EQ(saved, Save());
	Bind(vcpu_);
	std::memset(fake_.p, 0, sizeof(fake_.p));
	Use();
	EXPECT_EQ(0xb5, fake_.p[16][0]);
	EXPECT_EQ(0x40, fake_.p[16][3]);
}

TEST_P(SveTest, ASnapshotOfAnotherLengthIsRefusedByName)
{
	for (uint32_t bits : { 128u, 512u }) {
		SCOPED_TRACE(bits);
		axvcpu_failure failure = {};

		New(256);
		const std::vector<uint8_t> saved = Save();
		New(bits);
		SetX(1, 0x1234);
		EXPECT_NE(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
		failure.size = sizeof(failure);
		ASSERT_EQ(AXVCPU_OK, axvcpu_get_failure(vcpu_, &failure));
		EXPECT_EQ(AXVCPU_OPERATION_LOAD, failure.operation);
		// A register that the shorter has not, or the length itself.
		EXPECT_EQ(bits == 128 ? ARM_VCPU_REG_Z(0, 1) : ARM_VCPU_REG_SVE_VECTOR_BITS, failure.reg);
		EXPECT_EQ(bits == 128 ? AXVCPU_ERR_NOT_FOUND : AXVCPU_ERR_UNSUPPORTED, failure.error);
		if (axvcpu_get_state(vcpu_) == AXVCPU_STATE_INVALID) {
			EXPECT_EQ(512u, bits);
			EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu_, AXVCPU_STATE_FREE));
		}
		EXPECT_EQ(0x1234u, X(1)) << "nothing is loaded";
	}
}

// What SVE loads and stores do the library does not decode, and says so.
TEST_P(SveTest, AnAccessToADeviceHasNoSyndrome)
{
	const uint64_t code = 0x7f0000, frame = 0x48000000, device = 0x9000000;
	const uint32_t instructions[] = {
		0xa5e0a020, // ld1d {z0.d}, p0/z, [x1]
		0xa4024020, // ld1b {z0.b}, p0/z, [x1, x2]
		0xe540e423, // st1w {z3.s}, p1, [x1]
		0x85804020, // ldr z0, [x1]
		0xe5804020, // str z0, [x1]
		0x85800020, // ldr p0, [x1]
		0xe5800023, // str p3, [x1]
		0xa5ff6020, // ldff1d {z0.d}, p0/z, [x1]
		0x84408020, // ld1rb {z0.b}, p0/z, [x1]
		0xe5b0e020, // st2d {z0.d, z1.d}, p0, [x1]
		0xc5c2c020, // ld1d {z0.d}, p0/z, [x1, z2.d]
	};

	Bind(New(256));
	Use();
	Fill(0x71);
	fake_.s12_results[code] = frame;
	for (uint32_t instruction : instructions) {
		SCOPED_TRACE(::testing::Message() << std::hex << instruction);
		std::memcpy(&fake_.memory[frame][0], &instruction, 4);
		SetReg(ARM_VCPU_REG_PC, code);
		SetX(1, device);
		const uint64_t write = instruction >> 24 >= 0xe4 ? 1 << 6 : 0;
		const axvcpu_exit *exit = Run(Esr(0x24, 0x05 | write), device, device >> 12 << 4);
		ASSERT_EQ(AXVCPU_EXIT_NESTED_PAGE_FAULT, exit->reason);
		EXPECT_EQ(device, exit->u.nested_page_fault.gpa);
		EXPECT_TRUE(exit->u.nested_page_fault.access & AXVCPU_ACCESS_NO_SYNDROME);
		EXPECT_EQ(code, Pc());
		// As the hypervisor that cannot do it: the guest gets an external abort.
		ASSERT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
		EXPECT_NE(code, Pc());
	}
	ExpectFilled(0x71);
}

// An MMIO load to a SIMD register clears what is above it, as in memory.
TEST_P(SveTest, ASimdLoadClearsWhatIsAboveIt)
{
	const uint64_t code = 0x7f0000, frame = 0x48000000, device = 0x9000000;
	const uint32_t ldr_q3_x1 = 0x3cc10423; // ldr q3, [x1], #16

	Bind(New(256));
	Use();
	Fill(0x71);
	fake_.s12_results[code] = frame;
	std::memcpy(&fake_.memory[frame][0], &ldr_q3_x1, 4);
	SetReg(ARM_VCPU_REG_PC, code);
	SetX(1, device);
	const axvcpu_exit *exit = Run(Esr(0x24, 0x05), device, device >> 12 << 4);
	ASSERT_EQ(AXVCPU_EXIT_MMIO_READ, exit->reason);
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0x1111111111111111));
	ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
	ASSERT_EQ(AXVCPU_EXIT_MMIO_READ, exit->reason);
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0x2222222222222222));
	ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
	EXPECT_EQ(0x11, fake_.v[3][0]);
	EXPECT_EQ(0x22, fake_.v[3][15]);
	for (uint32_t i = 0; i < 16; i++) {
		EXPECT_EQ(0, fake_.above[3][i]);
	}
	EXPECT_EQ(static_cast<uint8_t>(0x71 + 7 * 4 + 16), fake_.above[4][0]) << "the others stay";
}

} // namespace
