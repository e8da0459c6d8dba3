// SPDX-License-Identifier: Apache-2.0
// A guest that keeps its ID registers reads the same ones on every CPU, and a CPU that has less is
// refused by the name of the register (ARM DDI 0487, D19.1.3).
#include "tests/fake_cpu.h"

#include <cstring>

namespace {

enum Rule { kAtLeast, kSigned, kSame, kSameOrNone, kBits, kAny };

struct Field {
	arm_fake_reg reg;
	uint32_t low;
	Rule rule;
};

constexpr uint64_t kMidr = ARM_VCPU_REG_SYS(3, 0, 0, 0, 0);
constexpr uint64_t kPfr0 = ARM_VCPU_REG_SYS(3, 0, 0, 4, 0);
constexpr uint64_t kIsar0 = ARM_VCPU_REG_SYS(3, 0, 0, 6, 0);

std::vector<std::string> logged;

class IdViewTest : public ArmTest {
    protected:
	void SetUp() override
	{
		logged.clear();
		hal_.log = [](void *, uint32_t, const char *text) { logged.push_back(text); };
		// Each field of the first CPU is 2, but where nothing of that kind is there.
#define TWOS(name, op0, op1, crn, crm, op2) fake_.regs[ARM_FAKE_##name] = 0x2222222222222222;
		ARM_ID_SYSREGS(TWOS)
#undef TWOS
		// 44 bits of address, 16 of VMID; RAS, GICv3, no SVE.
		fake_.regs[ARM_FAKE_ID_AA64MMFR0_EL1] = 0x2222222222222224;
		fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] = 0x1122000012220022;
		fake_.regs[ARM_FAKE_ID_AA64PFR1_EL1] = 0x22;
		fake_.regs[ARM_FAKE_CTR_EL0] = 0x92448004;
		fake_.regs[ARM_FAKE_DCZID_EL0] = 4;
		fake_.regs[ARM_FAKE_REVIDR_EL1] = 0x77;
		fake_.regs[ARM_FAKE_AIDR_EL1] = 0x88;
		first_ = Cpu();
	}

	std::vector<uint64_t> Cpu() { return { fake_.regs, fake_.regs + ARM_FAKE_COUNT }; }
	// Another CPU, which the host turns on here.
	void Replug(const std::vector<uint64_t> &registers)
	{
		ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_disable(percpu_));
#define PLUG(name, op0, op1, crn, crm, op2) fake_.regs[ARM_FAKE_##name] = registers[ARM_FAKE_##name];
		ARM_KEPT_ID_SYSREGS(PLUG)
		PLUG(MIDR_EL1, , , , , )
#undef PLUG
		ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
	}

	void New(uint32_t flags = ARM_VCPU_KEEP_ID)
	{
		arm_vcpu_setup_config setup = {};

		setup.size = sizeof(setup);
		setup.flags = flags;
		ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
	}

	// What the guest reads by MRS with these numbers.
	uint64_t Read(uint32_t op1, uint32_t crm, uint32_t op2)
	{
		SetX(3, 0xdead);
		SetReg(ARM_VCPU_REG_PC, kEntry);
		Run(Esr(0x18, 3 << 20 | op2 << 17 | op1 << 14 | crm << 1 | 3 << 5 | 1));
		EXPECT_TRUE(Handled());
		EXPECT_EQ(kEntry + 4, Pc());
		return X(3);
	}

	// Every ID register that the guest reads.
	std::vector<uint64_t> View()
	{
		std::vector<uint64_t> view = { Read(0, 0, 6), Read(1, 0, 7) };

		for (uint32_t crm = 1; crm < 8; crm++) {
			for (uint32_t op2 = 0; op2 < 8; op2++) {
				view.push_back(Read(0, crm, op2));
			}
		}
		return view;
	}

	// A CPU that differs from the first in one field.
	std::vector<uint64_t> Differing(const Field &field, uint64_t value)
	{
		std::vector<uint64_t> other = first_;

		other[field.reg] &= ~(uint64_t{ 0xf } << field.low);
		other[field.reg] |= value << field.low;
		return other;
	}

	std::vector<uint64_t> first_;
};

constexpr Field kFields[] = {
	{ ARM_FAKE_ID_AA64PFR0_EL1, 16, kSigned }, // FP
	{ ARM_FAKE_ID_AA64PFR0_EL1, 20, kSigned }, // AdvSIMD
	{ ARM_FAKE_ID_AA64PFR0_EL1, 48, kAtLeast }, // DIT
	{ ARM_FAKE_ID_AA64PFR1_EL1, 0, kAtLeast }, // BT
	{ ARM_FAKE_ID_AA64PFR1_EL1, 4, kAtLeast }, // SSBS
	{ ARM_FAKE_ID_AA64ISAR0_EL1, 4, kAtLeast }, // AES
	{ ARM_FAKE_ID_AA64ISAR0_EL1, 20, kAtLeast }, // Atomic
	{ ARM_FAKE_ID_AA64ISAR0_EL1, 60, kAtLeast }, // RNDR
	{ ARM_FAKE_ID_AA64ISAR1_EL1, 0, kAtLeast }, // DPB
	{ ARM_FAKE_ID_AA64ISAR1_EL1, 4, kSameOrNone }, // APA
	{ ARM_FAKE_ID_AA64ISAR1_EL1, 8, kSameOrNone }, // API
	{ ARM_FAKE_ID_AA64ISAR1_EL1, 24, kSameOrNone }, // GPA
	{ ARM_FAKE_ID_AA64ISAR1_EL1, 28, kSameOrNone }, // GPI
	{ ARM_FAKE_ID_AA64ISAR1_EL1, 52, kAtLeast }, // I8MM
	{ ARM_FAKE_ID_AA64ISAR2_EL1, 8, kSameOrNone }, // GPA3
	{ ARM_FAKE_ID_AA64ISAR2_EL1, 12, kSameOrNone }, // APA3
	{ ARM_FAKE_ID_AA64ISAR2_EL1, 24, kSameOrNone }, // PAC_frac
	{ ARM_FAKE_ID_AA64ISAR2_EL1, 0, kAtLeast }, // WFxT
	{ ARM_FAKE_ID_AA64MMFR0_EL1, 4, kAtLeast }, // ASIDBits
	{ ARM_FAKE_ID_AA64MMFR0_EL1, 20, kAtLeast }, // TGran16
	{ ARM_FAKE_ID_AA64MMFR0_EL1, 24, kSigned }, // TGran64
	{ ARM_FAKE_ID_AA64MMFR0_EL1, 28, kSigned }, // TGran4
	{ ARM_FAKE_ID_AA64MMFR1_EL1, 20, kAtLeast }, // PAN
	{ ARM_FAKE_ID_AA64MMFR1_EL1, 24, kSame }, // SpecSEI
	{ ARM_FAKE_ID_AA64MMFR1_EL1, 44, kAtLeast }, // AFP
	{ ARM_FAKE_ID_AA64MMFR2_EL1, 20, kSame }, // CCIDX
	{ ARM_FAKE_ID_AA64MMFR2_EL1, 32, kAtLeast }, // AT
	{ ARM_FAKE_ID_AA64MMFR2_EL1, 60, kAtLeast }, // E0PD
	{ ARM_FAKE_ID_AA64DFR0_EL1, 28, kSame }, // CTX_CMPs
	{ ARM_FAKE_ID_ISAR5_EL1, 16, kAtLeast }, // CRC32
	{ ARM_FAKE_ID_ISAR4_EL1, 0, kAtLeast }, // Unpriv
	{ ARM_FAKE_ID_ISAR4_EL1, 12, kAny }, // SMC
	{ ARM_FAKE_ID_PFR1_EL1, 0, kAny }, // ProgMod
	{ ARM_FAKE_ID_MMFR0_EL1, 28, kAny }, // InnerShr
	{ ARM_FAKE_MVFR1_EL1, 12, kAtLeast }, // SIMDInt
	{ ARM_FAKE_CTR_EL0, 0, kAtLeast }, // IminLine
	{ ARM_FAKE_CTR_EL0, 16, kAtLeast }, // DminLine
	{ ARM_FAKE_CTR_EL0, 20, kAny }, // ERG
	{ ARM_FAKE_CTR_EL0, 24, kAny }, // CWG
	{ ARM_FAKE_CTR_EL0, 28, kBits }, // IDC, DIC
	{ ARM_FAKE_DCZID_EL0, 0, kSame }, // BS
	{ ARM_FAKE_REVIDR_EL1, 0, kAny },
	{ ARM_FAKE_AIDR_EL1, 0, kAny },
};

bool Fits(Rule rule, uint64_t has, uint64_t shown)
{
	switch (rule) {
	case kAtLeast:
		return has >= shown;
	case kSigned:
		return (has ^ 8) >= (shown ^ 8); // a sign and three bits
	case kSame:
		return has == shown;
	case kSameOrNone:
		return shown == 0 || has == shown;
	case kBits:
		return (shown & ~has) == 0;
	default:
		return true;
	}
}

TEST_F(IdViewTest, WithoutItTheGuestSeesTheCpuThatItIsOn)
{
	uint64_t value = 0;
	std::vector<uint64_t> other = first_;

	New(0);
	other[ARM_FAKE_ID_AA64ISAR0_EL1] = 0x1111;
	Replug(other);
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(0x1111u, Read(0, 6, 0));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_get_reg(vcpu_, kIsar0, &value, sizeof(value)));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_set_reg(vcpu_, kIsar0, &value, sizeof(value)));
}

TEST_F(IdViewTest, TheGuestReadsTheSameOnABetterCpu)
{
	std::vector<uint64_t> better = first_;

	New(0);
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	const std::vector<uint64_t> shown = View();
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	New();
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(shown, View()) << "what the library shows of this CPU";
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	// More of all that is not to be the same.
	for (const Field &field : kFields) {
		if (field.rule == kAtLeast || field.rule == kSigned) {
			better[field.reg] += uint64_t{ 1 } << field.low;
		}
	}
	better[ARM_FAKE_MIDR_EL1] = 0x410fd490;
	better[ARM_FAKE_REVIDR_EL1] = 0x99;
	Replug(better);
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(shown, View());
	EXPECT_EQ(0x411fd070u, fake_.regs[ARM_FAKE_VPIDR_EL2]) << "MIDR_EL1, too";
	EXPECT_EQ(0x411fd070u, Reg(kMidr));
}

TEST_F(IdViewTest, ACpuWithLessIsRefusedByName)
{
	New();
	for (const Field &field : kFields) {
		const uint64_t shown = first_[field.reg] >> field.low & 0xf;

		for (uint64_t value = 0; value < 16; value++) {
			SCOPED_TRACE(::testing::Message() << RegName(field.reg) << " " << field.low << " " << value);
			const bool fits = Fits(field.rule, value, shown);

			Replug(Differing(field, value));
			logged.clear();
			ASSERT_EQ(fits ? AXVCPU_OK : AXVCPU_ERR_UNSUPPORTED, axvcpu_bind(vcpu_));
			if (fits) {
				ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
				continue;
			}
			ASSERT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(vcpu_));
			ASSERT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu_, AXVCPU_STATE_FREE));
			ASSERT_FALSE(logged.empty());
			EXPECT_EQ(RegName(field.reg), logged.back());
		}
	}
	Replug(first_);
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_)) << "where it was set up it goes on";
}

// A guest that was shown no pointer authentication has signed nothing.
TEST_F(IdViewTest, ACpuMaySignWhereTheGuestDoesNot)
{
	std::vector<uint64_t> other = first_;

	other[ARM_FAKE_ID_AA64ISAR1_EL1] &= ~(ID_AA64ISAR1_PAUTH);
	other[ARM_FAKE_ID_AA64ISAR2_EL1] &= ~(ID_AA64ISAR2_PAUTH | 0xf000000);
	New();
	Replug(other);
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_bind(vcpu_));
	New();
	Replug(first_);
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(0u, Read(0, 6, 1) & ID_AA64ISAR1_PAUTH);
}

TEST_F(IdViewTest, SetToLessBeforeItRuns)
{
	uint64_t value;

	New();
	value = Reg(kIsar0);
	SetReg(kIsar0, value & ~uint64_t{ 0xf0 });
	for (uint64_t more : { value + 0x10, value | 0xf0, UINT64_MAX }) {
		EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_set_reg(vcpu_, kIsar0, &more, sizeof(more)));
	}
	EXPECT_EQ(value & ~uint64_t{ 0xf0 }, Reg(kIsar0));
	Replug(Differing({ ARM_FAKE_ID_AA64ISAR0_EL1, 4, kAtLeast }, 0));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_)) << "a CPU without AES";
	EXPECT_EQ(value & ~uint64_t{ 0xf0 }, Read(0, 6, 0));
}

TEST_F(IdViewTest, ASnapshotHasThem)
{
	New();
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	const std::vector<uint64_t> shown = View();
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	const std::vector<uint8_t> saved = Save();

	// A vCPU that was set up on a better CPU is what the guest was.
	Replug(Differing({ ARM_FAKE_ID_AA64ISAR0_EL1, 20, kAtLeast }, 3));
	New();
	EXPECT_EQ(3u, Reg(kIsar0) >> 20 & 0xf);
	ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(shown, View());
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(saved.size(), Save().size());

	// On a lesser one it is refused, before anything else is written.
	Replug(Differing({ ARM_FAKE_ID_AA64ISAR0_EL1, 20, kAtLeast }, 0));
	New();
	SetX(1, 0x1234);
	axvcpu_failure failure = {};
	failure.size = sizeof(failure);
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_load(vcpu_, saved.data(), saved.size()));
	ASSERT_EQ(AXVCPU_OK, axvcpu_get_failure(vcpu_, &failure));
	EXPECT_EQ(AXVCPU_OPERATION_LOAD, failure.operation);
	EXPECT_EQ(kIsar0, failure.reg);
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu_, AXVCPU_STATE_FREE));
	EXPECT_EQ(0x1234u, X(1));

	// Nor by a vCPU that keeps none.
	Replug(first_);
	New(0);
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_load(vcpu_, saved.data(), saved.size()));
}

// What the ID registers of AArch32 say on a CPU without it is UNKNOWN (D19.2).
TEST_F(IdViewTest, WithoutAArch32ItsRegistersSayNothing)
{
	std::vector<uint64_t> other = Differing({ ARM_FAKE_ID_AA64PFR0_EL1, 0, kAtLeast }, 1);

	New();
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	Replug(other);
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_bind(vcpu_)) << "the guest may have counted on it";
	EXPECT_EQ("ID_AA64PFR0_EL1", logged.back());
	New();
	const std::vector<uint8_t> saved = Save();
#define UNKNOWN(name, op0, op1, crn, crm, op2) if ((crm) < 4) other[ARM_FAKE_##name] = 0;
	ARM_ID_SYSREGS(UNKNOWN)
#undef UNKNOWN
	Replug(other);
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	New();
	EXPECT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
	Replug(first_);
	New();
	EXPECT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size())) << "on one that has it";
	EXPECT_EQ(1u, Reg(kPfr0) & 0xf);
}

} // namespace
