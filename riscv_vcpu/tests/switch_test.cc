/* SPDX-License-Identifier: Apache-2.0 */
// A switch in one leaves hart and vCPUs as unbind and bind do, with fewer writes; and which
// FP and vector registers a bind and a switch move.
#include <algorithm>
#include <memory>

#include "tests/fake_hart.h"

namespace {

struct Kind {
	const char *name;
	// Whether a guest's illegal instructions come to the library.
	bool illegal;
	uint32_t from_timer;
	uint32_t to_timer;
	// Whether the guests use FP and vectors.
	bool units;
	uint32_t vmid;
};

class SwitchTest : public MachineTest {
protected:
	struct Block {
		alignas(64) uint8_t bytes[16384];
	};

	axvcpu *create(uint64_t id, uint32_t timer, uint32_t vmid)
	{
		axvcpu_create_params params{};
		riscv_vcpu_setup_config setup{};
		axvcpu *made = nullptr;

		blocks.push_back(std::make_unique<Block>());
		params.size = sizeof(params);
		params.vcpu_id = id;
		params.preferred_cpu = AXVCPU_CPU_ANY;
		EXPECT_EQ(axvcpu_create(host, blocks.back()->bytes, sizeof(Block), &params, nullptr, &made),
			  AXVCPU_OK);
		setup.size = sizeof(setup);
		setup.timer = timer;
		setup.vmid = vmid;
		EXPECT_EQ(axvcpu_setup(made, kEntry, kRoot, &setup), AXVCPU_OK);
		return made;
	}
	void start(const Kind &kind)
	{
		hart.illegal_cause = kind.illegal ? CAUSE_ILLEGAL : CAUSE_ECALL_VS;
		hart.csr[RV_CSR_scounteren] = 0x77;
		hart.csr[RV_CSR_senvcfg] = 1;
		hart.csr[RV_CSR_sstatus] = 0x8000;
		enable();
		from = create(0, kind.from_timer, kind.vmid);
		to = create(1, kind.to_timer, kind.vmid != 0 ? kind.vmid + 1 : 0);
	}
	void end()
	{
		EXPECT_EQ(axvcpu_destroy(from), AXVCPU_OK);
		EXPECT_EQ(axvcpu_destroy(to), AXVCPU_OK);
		vcpu = nullptr;
		percpu_pointer = nullptr;
		percpu = nullptr;
	}
	static riscv_vcpu *of(axvcpu *handle)
	{
		return static_cast<riscv_vcpu *>(axvcpu_arch_state(handle));
	}
	// The guest leaves something in all that it can write to.
	void use(axvcpu *handle, bool with_units, uint64_t pattern)
	{
		for (uint32_t csr : { RV_CSR_vsstatus, RV_CSR_vsie, RV_CSR_vstvec, RV_CSR_scounteren,
				      RV_CSR_senvcfg, RV_CSR_vsscratch, RV_CSR_vsepc, RV_CSR_vscause,
				      RV_CSR_vstval, RV_CSR_vsiselect, RV_CSR_vsatp })
			hart.csr[csr] = pattern + csr;
		if (of(handle)->timer_policy == RISCV_VCPU_TIMER_SSTC)
			hart.csr[RV_CSR_vstimecmp] = pattern + 5;
		hart.csr[RV_CSR_hvip] = HVIP_VSSIP;
		if (with_units)
			write_units(handle, static_cast<uint8_t>(pattern >> 16));
	}
	// Its first FP instruction since it came, and its first vector instruction.
	void write_units(axvcpu *handle, uint8_t value)
	{
		vcpu = handle;
		state = of(handle);
		hart.csr[RV_CSR_vsstatus] |= SSTATUS_FS_CLEAN | SSTATUS_VS_CLEAN;
		if (of(handle)->loaded != of(handle)->extended)
			trap(CAUSE_ILLEGAL, 0x53);
		EXPECT_EQ(of(handle)->loaded, of(handle)->extended);
		hart.fp.f[3] = value;
		hart.vector_regs[511] = value;
		of(handle)->sstatus |= SSTATUS_FS | SSTATUS_VS;
	}
	void change(bool in_one, axvcpu *leaves, axvcpu *comes)
	{
		if (in_one) {
			EXPECT_EQ(axvcpu_switch(leaves, comes), AXVCPU_OK);
		} else {
			EXPECT_EQ(axvcpu_unbind(leaves), AXVCPU_OK);
			EXPECT_EQ(axvcpu_bind(comes), AXVCPU_OK);
		}
	}
	// The hart's registers and those of both vCPUs.
	void look(const std::string &when, std::vector<std::string> *seen)
	{
		char line[96];

		for (const auto &csr : hart.csr) {
			std::snprintf(line, sizeof(line), "%s %x %llx", when.c_str(), csr.first,
				      static_cast<unsigned long long>(csr.second));
			seen->push_back(line);
		}
		std::snprintf(line, sizeof(line), "%s f3 %llx", when.c_str(),
			      static_cast<unsigned long long>(hart.fp.f[3]));
		seen->push_back(line);
		for (axvcpu *handle : { from, to }) {
			size_t count = 0;

			(void)axvcpu_list_regs(handle, nullptr, &count);
			std::vector<uint64_t> ids(count);
			EXPECT_EQ(axvcpu_list_regs(handle, ids.data(), &count), AXVCPU_OK);
			for (uint64_t id : ids) {
				uint64_t value[AXVCPU_REG_MAX_SIZE / 8] = {};

				EXPECT_EQ(axvcpu_get_reg(handle, id, value, AXVCPU_REG_SIZE(id)), AXVCPU_OK);
				std::snprintf(line, sizeof(line), "%s %d %llx %llx", when.c_str(),
					      handle == from, static_cast<unsigned long long>(id),
					      static_cast<unsigned long long>(value[0]));
				seen->push_back(line);
			}
		}
	}
	size_t writes() const
	{
		return static_cast<size_t>(std::count_if(hart.log.begin(), hart.log.end(),
							 [](const std::string &s) { return s[0] == 'w'; }));
	}
	std::vector<std::string> play(const Kind &kind, bool in_one, size_t *count)
	{
		std::vector<std::string> seen;

		start(kind);
		EXPECT_EQ(axvcpu_bind(from), AXVCPU_OK);
		use(from, kind.units, 0x10000);
		hart.log.clear();
		change(in_one, from, to);
		*count = writes();
		look("switched", &seen);
		use(to, kind.units, 0x20000);
		change(in_one, to, from);
		look("back", &seen);
		use(from, kind.units, 0x30000);
		EXPECT_EQ(axvcpu_unbind(from), AXVCPU_OK);
		look("unbound", &seen);
		end();
		return seen;
	}
	uint64_t loads() const { return hart.count("fp load") + hart.count("vector load"); }
	uint64_t saves() const { return hart.count("fp save") + hart.count("vector save"); }

	axvcpu *from = nullptr;
	axvcpu *to = nullptr;
	std::vector<std::unique_ptr<Block>> blocks;
};

class SwitchKinds : public SwitchTest, public ::testing::WithParamInterface<Kind> {};

const uint32_t kSstc = RISCV_VCPU_TIMER_SSTC, kHvip = RISCV_VCPU_TIMER_HVIP;

INSTANTIATE_TEST_SUITE_P(Kinds, SwitchKinds,
			 ::testing::Values(Kind{ "Plain", true, kSstc, kSstc, false, 0 },
					   Kind{ "Units", true, kSstc, kSstc, true, 0 },
					   Kind{ "WithoutIllegal", false, kSstc, kSstc, false, 0 },
					   Kind{ "UnitsWithoutIllegal", false, kSstc, kSstc, true, 0 },
					   Kind{ "TimerOfOne", true, kSstc, kHvip, false, 0 },
					   Kind{ "TimerOfTheOther", true, kHvip, kSstc, false, 0 },
					   Kind{ "FixedVmids", true, kSstc, kSstc, false, 5 }),
			 [](const auto &kind) { return std::string(kind.param.name); });

TEST_P(SwitchKinds, IsUnbindAndBind)
{
	size_t two_calls = 0, in_one = 0;
	const auto expected = play(GetParam(), false, &two_calls);

	TearDown();
	SetUp();
	const auto seen = play(GetParam(), true, &in_one);
	ASSERT_EQ(seen.size(), expected.size());
	for (size_t i = 0; i < seen.size(); i++)
		EXPECT_EQ(seen[i], expected[i]);
	EXPECT_GE(two_calls, in_one + 4);
}

// vsatp is 0 from the moment that the one's is saved until all of the other is there.
TEST_P(SwitchKinds, NoGuestMeetsTheOthersRegisters)
{
	start(GetParam());
	ASSERT_EQ(axvcpu_bind(from), AXVCPU_OK);
	use(from, false, 0x10000);
	of(to)->vs.vsatp = 0x1234;
	hart.log.clear();
	ASSERT_EQ(axvcpu_switch(from, to), AXVCPU_OK);
	std::vector<std::string> satp;
	for (const std::string &line : hart.log) {
		if (line.rfind("w280=", 0) == 0)
			satp.push_back(line);
		if (line.rfind("w680=", 0) == 0) { // hgatp
			EXPECT_EQ(satp, std::vector<std::string>{ "w280=0" });
		}
	}
	EXPECT_EQ(satp, (std::vector<std::string>{ "w280=0", "w280=1234" }));
	ASSERT_EQ(axvcpu_unbind(to), AXVCPU_OK);
	end();
}

TEST_F(SwitchTest, ACpuThatCannotRunTheOther)
{
	start({ "", true, kSstc, kSstc, false, 0 });
	ASSERT_EQ(axvcpu_bind(from), AXVCPU_OK);
	of(to)->features.bits |= 1u << 31;
	EXPECT_EQ(axvcpu_switch(from, to), AXVCPU_ERR_UNSUPPORTED);
	EXPECT_EQ(axvcpu_get_state(from), static_cast<uint32_t>(AXVCPU_STATE_FREE));
	EXPECT_EQ(axvcpu_get_state(to), static_cast<uint32_t>(AXVCPU_STATE_INVALID));
	EXPECT_EQ(hart.csr[RV_CSR_hgatp], 0u);
	EXPECT_EQ(hart.csr[RV_CSR_scounteren], 0x77u);
	end();
}

// Who wrote to a unit gets it at its next bind; who did not meets the trap again.
TEST_F(SwitchTest, UnitsComeWithTheBindOfWhoWroteToThem)
{
	start({ "", true, kSstc, kSstc, false, 0 });
	ASSERT_EQ(axvcpu_bind(from), AXVCPU_OK);
	EXPECT_EQ(loads(), 0u);
	write_units(from, 7);
	EXPECT_EQ(loads(), 2u);
	ASSERT_EQ(axvcpu_switch(from, to), AXVCPU_OK);
	EXPECT_EQ(saves(), 2u);
	EXPECT_EQ(loads(), 2u);
	EXPECT_EQ(of(to)->sstatus & (SSTATUS_FS | SSTATUS_VS), 0u) << "what is there is not its own";
	EXPECT_EQ(hart.csr[RV_CSR_hedeleg] & 4, 0u);
	hart.fp.f[3] = 9;
	ASSERT_EQ(axvcpu_switch(to, from), AXVCPU_OK);
	EXPECT_EQ(loads(), 4u);
	EXPECT_EQ(hart.fp.f[3], 7u);
	EXPECT_EQ(of(from)->sstatus & (SSTATUS_FS | SSTATUS_VS), SSTATUS_FS_CLEAN | SSTATUS_VS_CLEAN);
	EXPECT_EQ(hart.csr[RV_CSR_hedeleg] & 4, 4u) << "nothing is left to be loaded";
	// It did not write this time.
	ASSERT_EQ(axvcpu_unbind(from), AXVCPU_OK);
	EXPECT_EQ(saves(), 2u);
	ASSERT_EQ(axvcpu_bind(from), AXVCPU_OK);
	EXPECT_EQ(loads(), 4u);
	EXPECT_EQ(of(from)->sstatus & (SSTATUS_FS | SSTATUS_VS), 0u);
	ASSERT_EQ(axvcpu_unbind(from), AXVCPU_OK);
	end();
}

// Without illegal instructions: registers that neither ever wrote to stay where they are.
TEST_F(SwitchTest, UnitsThatNobodyWroteToStay)
{
	start({ "", false, kSstc, kSstc, false, 0 });
	hart.fp.f[3] = 0x5ec4e7; // the hypervisor's
	ASSERT_EQ(axvcpu_bind(from), AXVCPU_OK);
	EXPECT_EQ(loads(), 2u);
	EXPECT_EQ(hart.fp.f[3], 0u);
	ASSERT_EQ(axvcpu_switch(from, to), AXVCPU_OK);
	EXPECT_EQ(loads(), 2u);
	EXPECT_EQ(of(to)->sstatus & (SSTATUS_FS | SSTATUS_VS), SSTATUS_FS_CLEAN | SSTATUS_VS_CLEAN);

	// Written by the guest, by id, and by one of the two only.
	hart.fp.f[3] = 7;
	of(to)->sstatus |= SSTATUS_FS;
	ASSERT_EQ(axvcpu_switch(to, from), AXVCPU_OK);
	EXPECT_EQ(hart.count("fp save"), 1u);
	EXPECT_EQ(hart.count("fp load"), 2u);
	EXPECT_EQ(hart.count("vector load"), 1u) << "of vectors that is still true";
	EXPECT_EQ(hart.fp.f[3], 0u);
	ASSERT_EQ(axvcpu_switch(from, to), AXVCPU_OK);
	EXPECT_EQ(hart.fp.f[3], 7u);
	ASSERT_EQ(axvcpu_unbind(to), AXVCPU_OK);
	uint64_t value = 8;
	ASSERT_EQ(axvcpu_set_reg(from, RISCV_VCPU_REG_F(3), &value, sizeof(value)), AXVCPU_OK);
	axvcpu *third = create(2, kSstc, 0);
	hart.fp.f[3] = 0x5ec4e7;
	ASSERT_EQ(axvcpu_bind(third), AXVCPU_OK);
	EXPECT_EQ(hart.fp.f[3], 0u);
	ASSERT_EQ(axvcpu_switch(third, from), AXVCPU_OK);
	EXPECT_EQ(hart.fp.f[3], 8u);
	ASSERT_EQ(axvcpu_switch(from, third), AXVCPU_OK);
	EXPECT_EQ(hart.fp.f[3], 0u);
	ASSERT_EQ(axvcpu_unbind(third), AXVCPU_OK);
	EXPECT_EQ(axvcpu_destroy(third), AXVCPU_OK);
	end();
}

} // namespace
