/* SPDX-License-Identifier: Apache-2.0 */
// Registers by number and by id, configurations, and what is refused.
#include "tests/fake_hart.h"

namespace {

class Reg : public MachineTest {
protected:
	void SetUp() override
	{
		MachineTest::SetUp();
		make(nullptr, nullptr);
	}

	// Another machine: nothing of this one is left.
	void renew(const riscv_vcpu_setup_config &config)
	{
		MachineTest::TearDown();
		vcpu = nullptr;
		percpu = nullptr;
		percpu_pointer = nullptr;
		MachineTest::SetUp();
		if (lacks_sv57)
			hart.vsatp_modes = { 0, 8, 9 };
		make(nullptr, &config);
	}

	bool lacks_sv57 = false;

	// A value that a register of class RISCV_VCPU_REG_PMU takes.
	static uint64_t pmu_value(uint32_t index, uint8_t fill)
	{
		if (index == 0)
			return 0x80000000 + fill * 4096u;
		if (index % 2 != 0)
			return fill * UINT64_C(0x10001000001);
		// cycle, instret, one of the firmware's events; in use and started
		return index == 2 ? 0x300000001 : index == 6 ? 0x300000002 : 0x3000f0005;
	}

	std::vector<uint64_t> list()
	{
		size_t count = 0;

		EXPECT_EQ(axvcpu_list_regs(vcpu, nullptr, &count), AXVCPU_ERR_NO_MEMORY);
		std::vector<uint64_t> ids(count);
		EXPECT_EQ(axvcpu_list_regs(vcpu, ids.data(), &count), AXVCPU_OK);
		return ids;
	}
};

TEST_F(Reg, Gprs)
{
	uint64_t value = 1;

	for (uint32_t i = 0; i < 32; i++)
		EXPECT_EQ(axvcpu_set_gpr(vcpu, i, 100 + i), AXVCPU_OK);
	EXPECT_EQ(axvcpu_get_gpr(vcpu, 0, &value), AXVCPU_OK);
	EXPECT_EQ(value, 0u);
	for (uint32_t i = 1; i < 32; i++) {
		EXPECT_EQ(axvcpu_get_gpr(vcpu, i, &value), AXVCPU_OK);
		EXPECT_EQ(value, 100 + i);
		EXPECT_EQ(reg(RISCV_VCPU_REG_X(i)), 100 + i);
	}
	EXPECT_EQ(axvcpu_set_gpr(vcpu, 32, 0), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(axvcpu_get_gpr(vcpu, 32, &value), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(axvcpu_set_return_value(vcpu, 9), AXVCPU_OK);
	EXPECT_EQ(a0(), 9);
}

// Every register of the list, bound and not, goes through memory and the hart and comes back.
TEST_F(Reg, ListIsTheWholeState)
{
	const std::vector<uint64_t> ids = list();

	EXPECT_EQ(std::set<uint64_t>(ids.begin(), ids.end()).size(), ids.size());
	EXPECT_EQ(ids.size(), 31u + 9 + 14 + 37 + 33 + 4 + 32);
	size_t size = 0;
	for (uint64_t id : ids) {
		EXPECT_EQ(AXVCPU_REG_ARCH(id), AXVCPU_ARCH_RISCV64);
		size += AXVCPU_REG_SIZE(id);
	}
	std::vector<uint8_t> saved(size), again(size);
	for (bool bound : { false, true }) {
		if (bound)
			bind();
		for (uint64_t id : ids) {
			uint8_t value[64] = {};

			ASSERT_EQ(axvcpu_get_reg(vcpu, id, value, AXVCPU_REG_SIZE(id)), AXVCPU_OK);
			if (id != RISCV_VCPU_REG_MODE && id != RISCV_VCPU_REG_PENDING &&
			    id != RISCV_VCPU_REG_CSR_WRITE && id != RISCV_VCPU_REG_STEAL &&
			    id != RISCV_VCPU_REG_SUSPENDED &&
			    AXVCPU_REG_CLASS(id) != RISCV_VCPU_REG_PMU)
				value[0] ^= 0x20;
			if (AXVCPU_REG_CLASS(id) == RISCV_VCPU_REG_CSR &&
			    AXVCPU_REG_INDEX(id) == 0x10a)
				value[0] ^= 0x60;
			EXPECT_EQ(axvcpu_set_reg(vcpu, id, value, AXVCPU_REG_SIZE(id)), AXVCPU_OK)
				<< std::hex << id;
		}
		EXPECT_EQ(axvcpu_get_regs(vcpu, ids.data(), ids.size(), saved.data(), size), AXVCPU_OK);
		EXPECT_EQ(axvcpu_set_regs(vcpu, ids.data(), ids.size(), saved.data(), size), AXVCPU_OK);
		EXPECT_EQ(axvcpu_get_regs(vcpu, ids.data(), ids.size(), again.data(), size), AXVCPU_OK);
		EXPECT_EQ(saved, again);
	}
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	EXPECT_EQ(axvcpu_get_regs(vcpu, ids.data(), ids.size(), again.data(), size), AXVCPU_OK);
	EXPECT_EQ(saved, again);
}

TEST_F(Reg, ModeAndTimer)
{
	EXPECT_EQ(reg(RISCV_VCPU_REG_MODE), 1u);
	EXPECT_EQ(set(RISCV_VCPU_REG_MODE, 0), AXVCPU_OK);
	EXPECT_EQ(state->sstatus & SSTATUS_SPP, 0u);
	EXPECT_EQ(state->hstatus & HSTATUS_SPVP, 0u);
	EXPECT_EQ(set(RISCV_VCPU_REG_MODE, 2), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(reg(RISCV_VCPU_REG_MODE), 0u);
	EXPECT_EQ(set(RISCV_VCPU_REG_MODE, 1), AXVCPU_OK);
	EXPECT_EQ(reg(RISCV_VCPU_REG_TIMER), UINT64_MAX);
	EXPECT_EQ(set(RISCV_VCPU_REG_TIMER, 5), AXVCPU_OK);
	EXPECT_EQ(reg(RISCV_VCPU_REG_S(0x14d)), 5u);
	bind();
	EXPECT_EQ(hart.csr[RV_CSR_vstimecmp], 5u);
}

// The clock that the guest sees, bound or not.
TEST_F(Reg, GuestTime)
{
	hart.csr[RV_CSR_time] = 1000;
	EXPECT_EQ(set(RISCV_VCPU_REG_TIME_DELTA, 50), AXVCPU_OK);
	EXPECT_EQ(reg(RISCV_VCPU_REG_TIME), 1050u);
	hart.csr[RV_CSR_time] = 10;
	EXPECT_EQ(set(RISCV_VCPU_REG_TIME, 1050), AXVCPU_OK);
	EXPECT_EQ(reg(RISCV_VCPU_REG_TIME_DELTA), 1040u);
	bind();
	EXPECT_EQ(hart.csr[RV_CSR_htimedelta], 1040u);
	hart.csr[RV_CSR_time] = 2000;
	EXPECT_EQ(set(RISCV_VCPU_REG_TIME, 1060), AXVCPU_OK);
	EXPECT_EQ(hart.csr[RV_CSR_htimedelta], static_cast<uint64_t>(-940));
}

// What a vCPU has is saved, and is the same in another one: bound or not, Sstc or not.
TEST_F(Reg, Snapshot)
{
	for (uint32_t timer : { RISCV_VCPU_TIMER_SSTC, RISCV_VCPU_TIMER_HVIP }) {
		for (bool bound : { false, true }) {
			SCOPED_TRACE(::testing::Message() << "timer " << timer << " bound " << bound);
			riscv_vcpu_setup_config config{};

			config.size = sizeof(config);
			config.timer = timer;
			renew(config);
			if (bound)
				bind();
			const std::vector<uint64_t> ids = list();
			uint8_t fill = 0x80;

			for (uint64_t id : ids) {
				uint8_t value[64] = {};

				ASSERT_EQ(axvcpu_get_reg(vcpu, id, value, AXVCPU_REG_SIZE(id)), AXVCPU_OK);
				if (AXVCPU_REG_CLASS(id) == RISCV_VCPU_REG_PMU) {
					EXPECT_EQ(set(id, pmu_value(AXVCPU_REG_INDEX(id), ++fill)),
						  AXVCPU_OK);
					continue;
				}
				if (id == RISCV_VCPU_REG_SUSPENDED)
					continue;
				if (id == RISCV_VCPU_REG_STEAL) {
					EXPECT_EQ(set(id, 0x80001240), AXVCPU_OK);
					continue;
				}
				// Bits that every register of the list takes.
				if (AXVCPU_REG_CLASS(id) != RISCV_VCPU_REG_CSR &&
				    AXVCPU_REG_SIZE(id) >= 8)
					value[5] = ++fill;
				if (id == RISCV_VCPU_REG_MODE || id == RISCV_VCPU_REG_PENDING ||
				    id == RISCV_VCPU_REG_CSR_WRITE)
					continue;
				ASSERT_EQ(axvcpu_set_reg(vcpu, id, value, AXVCPU_REG_SIZE(id)), AXVCPU_OK)
					<< std::hex << id;
			}
			EXPECT_EQ(set(RISCV_VCPU_REG_MODE, 0), AXVCPU_OK);
			EXPECT_EQ(set(RISCV_VCPU_REG_TIME_DELTA, 0x1234567890), AXVCPU_OK);
			EXPECT_EQ(set(RISCV_VCPU_REG_TIMER, 0x998877665544), AXVCPU_OK);
			EXPECT_EQ(set(RISCV_VCPU_REG_PENDING, HVIP_ALL), AXVCPU_OK);
			EXPECT_EQ(set(RISCV_VCPU_REG_CSR_WRITE, 0x60051573), AXVCPU_OK);
			EXPECT_EQ(set(RISCV_VCPU_REG_CSR_VALUE, 0x77), AXVCPU_OK);
			EXPECT_EQ(set(RISCV_VCPU_REG_S(0x104), 0x222), AXVCPU_OK);
			EXPECT_EQ(set(RISCV_VCPU_REG_S(0x105), 0xffffffc000001001), AXVCPU_OK);
			EXPECT_EQ(set(RISCV_VCPU_REG_S(0x106), 7), AXVCPU_OK);
			EXPECT_EQ(set(RISCV_VCPU_REG_S(0x141), 0xffffffc000002002), AXVCPU_OK);
			EXPECT_EQ(set(RISCV_VCPU_REG_S(0x180), 8ull << 60 | 0x80123), AXVCPU_OK);

			std::vector<uint8_t> saved(axvcpu_save_size(vcpu));
			ASSERT_EQ(axvcpu_save(vcpu, saved.data(), saved.size(), nullptr), AXVCPU_OK);

			renew(config);
			if (bound)
				bind();
			ASSERT_EQ(axvcpu_load(vcpu, saved.data(), saved.size()), AXVCPU_OK);
			std::vector<uint8_t> again(axvcpu_save_size(vcpu));
			ASSERT_EQ(axvcpu_save(vcpu, again.data(), again.size(), nullptr), AXVCPU_OK);
			EXPECT_EQ(saved, again);
			if (!bound)
				bind();
			EXPECT_EQ(hart.csr[RV_CSR_htimedelta], 0x1234567890u);
			if (timer == RISCV_VCPU_TIMER_SSTC)
				EXPECT_EQ(hart.csr[RV_CSR_vstimecmp], 0x998877665544u);
			else
				EXPECT_EQ(reg(RISCV_VCPU_REG_TIMER), 0x998877665544u);
			EXPECT_EQ(hart.csr[RV_CSR_hvip], HVIP_ALL);
			EXPECT_EQ(hart.csr[RV_CSR_vsie], 0x222u);
			EXPECT_EQ(hart.csr[RV_CSR_vstvec], 0xffffffc000001001u);
			EXPECT_EQ(hart.csr[RV_CSR_vsatp], 8ull << 60 | 0x80123);
		}
	}
}

// Saved between the two halves of a CSR instruction: the write comes on the other machine.
TEST_F(Reg, SnapshotInTheMiddleOfACsrInstruction)
{
	riscv_vcpu_setup_config config{};
	const axvcpu_exit *got = nullptr;

	config.size = sizeof(config);
	config.flags = RISCV_VCPU_EXIT_CSR;
	renew(config);
	bind();
	ASSERT_EQ(set(RISCV_VCPU_REG_X(10), 0x1f), AXVCPU_OK);
	// csrrs a0, 0x5a8, a0: a0 is what it writes, and changes only after that.
	const axvcpu_exit &read = trap(22, 0x5a852573);

	ASSERT_EQ(read.reason, AXVCPU_EXIT_SYSREG_READ);
	ASSERT_EQ(axvcpu_complete_read(vcpu, 0x100), AXVCPU_OK);
	std::vector<uint8_t> saved(axvcpu_save_size(vcpu));
	ASSERT_EQ(axvcpu_save(vcpu, saved.data(), saved.size(), nullptr), AXVCPU_OK);
	renew(config);
	ASSERT_EQ(axvcpu_load(vcpu, saved.data(), saved.size()), AXVCPU_OK);
	bind();
	EXPECT_EQ(reg(RISCV_VCPU_REG_X(10)), 0x1fu);
	EXPECT_EQ(reg(RISCV_VCPU_REG_CSR_VALUE), 0x100u);
	ASSERT_EQ(axvcpu_run(vcpu, &got), AXVCPU_OK);
	EXPECT_EQ(hart.entries, 0u);
	EXPECT_EQ(got->reason, AXVCPU_EXIT_SYSREG_WRITE);
	EXPECT_EQ(got->u.sysreg.address, 0x5a8u);
	EXPECT_EQ(got->u.sysreg.value, 0x11fu);
	EXPECT_EQ(got->u.sysreg.reg, 10u);
	const uint64_t pc = reg(RISCV_VCPU_REG_PC);
	ASSERT_EQ(axvcpu_complete_write(vcpu), AXVCPU_OK);
	EXPECT_EQ(reg(RISCV_VCPU_REG_PC), pc + 4);
	EXPECT_EQ(reg(RISCV_VCPU_REG_X(10)), 0x100u);
	EXPECT_EQ(reg(RISCV_VCPU_REG_CSR_WRITE), 0u);
	EXPECT_EQ(reg(RISCV_VCPU_REG_CSR_VALUE), 0u);
}

TEST_F(Reg, RefusedValues)
{
	const struct {
		uint64_t id, value;
	} cases[] = {
		{ RISCV_VCPU_REG_PC, 1 },
		{ RISCV_VCPU_REG_PENDING, 1 },
		{ RISCV_VCPU_REG_CSR_WRITE, 0x13 }, // no CSR instruction
		{ RISCV_VCPU_REG_CSR_WRITE, 0x10500073 }, // WFI
		{ RISCV_VCPU_REG_CSR_WRITE, 0x60051073 }, // csrw: no read before it
		{ RISCV_VCPU_REG_CSR_WRITE, 0x60002573 }, // csrr: no write after it
		{ RISCV_VCPU_REG_CSR_WRITE, 0x160051573 },
		{ RISCV_VCPU_REG_S(0x100), 0 }, // UXL
		{ RISCV_VCPU_REG_S(0x100), SSTATUS_UXL_64 | 0x10 },
		{ RISCV_VCPU_REG_S(0x104), 0x400 },
		{ RISCV_VCPU_REG_S(0x105), 2 },
		{ RISCV_VCPU_REG_S(0x106), 1ull << 32 },
		{ RISCV_VCPU_REG_S(0x10a), ENVCFG_PBMTE },
		{ RISCV_VCPU_REG_S(0x180), 1ull << 60 },
		{ RISCV_VCPU_REG_S(0x180), 11ull << 60 },
	};
	for (const auto &c : cases) {
		const uint64_t before = reg(c.id);

		EXPECT_EQ(set(c.id, c.value), AXVCPU_ERR_INVALID_ARGUMENT) << std::hex << c.id;
		EXPECT_EQ(reg(c.id), before);
	}
}

// A guest with page tables that this hart does not walk would find others under its satp.
TEST_F(Reg, SatpOfAnotherHart)
{
	const riscv_vcpu_setup_config config = { sizeof(config), 0, 0, 0, 0, 0, 0, 0 };
	const uint64_t id = RISCV_VCPU_REG_S(0x180);

	EXPECT_EQ(set(id, 10ull << 60 | 0x80123), AXVCPU_OK);
	std::vector<uint8_t> snapshot(axvcpu_save_size(vcpu));
	ASSERT_EQ(axvcpu_save(vcpu, snapshot.data(), snapshot.size(), nullptr), AXVCPU_OK);
	lacks_sv57 = true;
	renew(config);
	EXPECT_EQ(axvcpu_load(vcpu, snapshot.data(), snapshot.size()), AXVCPU_ERR_INVALID_ARGUMENT);
	axvcpu_failure failure{};
	failure.size = sizeof(failure);
	EXPECT_EQ(axvcpu_get_failure(vcpu, &failure), AXVCPU_OK);
	EXPECT_EQ(failure.reg, id);
	EXPECT_EQ(axvcpu_set_state(vcpu, AXVCPU_STATE_FREE), AXVCPU_OK);
	for (uint64_t mode : { 0ul, 8ul, 9ul })
		EXPECT_EQ(set(id, mode << 60 | 0x80123), AXVCPU_OK);
	EXPECT_EQ(set(id, 10ull << 60), AXVCPU_ERR_INVALID_ARGUMENT);
}

TEST_F(Reg, UnknownIds)
{
	const uint64_t ids[] = {
		RISCV_VCPU_REG_X(0),
		RISCV_VCPU_REG_X(42),
		RISCV_VCPU_REG_X(0xffffffff),
		RISCV_VCPU_REG_S(0x144),
		RISCV_VCPU_REG_S(0x600),
		RISCV_VCPU_REG_F(33),
		AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 2, RISCV_VCPU_REG_FP, 3),
		AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 3, RISCV_VCPU_REG_FP, 32),
		AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 2, RISCV_VCPU_REG_CORE, 3),
		AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 2, RISCV_VCPU_REG_CSR, 0x100),
		AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 3, RISCV_VCPU_REG_VECTOR, 4),
		AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 4, RISCV_VCPU_REG_VECTOR, 31),
		AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 4, RISCV_VCPU_REG_VECTOR, 64),
		AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 4, RISCV_VCPU_REG_VECTOR, 0xffffffff),
		AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 3, 6, 0),
		AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 3, RISCV_VCPU_REG_IMSIC, 0x70),
		AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 2, RISCV_VCPU_REG_PMU, 0),
		AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 3, RISCV_VCPU_REG_PMU, 1),
		AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 3, RISCV_VCPU_REG_PMU, 4),
		AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 3, RISCV_VCPU_REG_PMU, 40),
	};
	uint8_t buffer[64] = {};

	for (uint64_t id : ids) {
		EXPECT_EQ(axvcpu_get_reg(vcpu, id, buffer, AXVCPU_REG_SIZE(id)), AXVCPU_ERR_NOT_FOUND)
			<< std::hex << id;
		EXPECT_EQ(axvcpu_set_reg(vcpu, id, buffer, AXVCPU_REG_SIZE(id)), AXVCPU_ERR_NOT_FOUND)
			<< std::hex << id;
	}
}

TEST_F(Reg, EntryAndRoot)
{
	EXPECT_EQ(axvcpu_set_entry(vcpu, 0x1001), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(axvcpu_set_entry(vcpu, 0x1002), AXVCPU_OK);
	EXPECT_EQ(reg(RISCV_VCPU_REG_PC), 0x1002u);
	for (uint64_t root : { UINT64_C(0x1000), UINT64_C(0x2000), UINT64_C(1), UINT64_C(1) << 56,
			       UINT64_MAX & ~UINT64_C(0x3fff) })
		EXPECT_EQ(axvcpu_set_ept_root(vcpu, root), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(axvcpu_set_ept_root(vcpu, (UINT64_C(1) << 56) - 0x4000), AXVCPU_OK);
}

TEST_F(Reg, Features)
{
	riscv_vcpu_features features{};

	EXPECT_EQ(riscv_vcpu_get_features(vcpu, nullptr), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(riscv_vcpu_get_features(nullptr, &features), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(riscv_vcpu_get_features(vcpu, &features), AXVCPU_ERR_INVALID_ARGUMENT);
	features.size = 8;
	features.vlenb = 77;
	EXPECT_EQ(riscv_vcpu_get_features(vcpu, &features), AXVCPU_OK);
	EXPECT_EQ(features.size, 8u);
	EXPECT_EQ(features.vlenb, 77u);
	features.size = sizeof(features) + 8;
	EXPECT_EQ(riscv_vcpu_get_features(vcpu, &features), AXVCPU_OK);
	EXPECT_EQ(features.size, sizeof(features));
	EXPECT_EQ(features.bits, 0x7ffffu);
	EXPECT_EQ(features.vmid_bits, 14u);
	EXPECT_EQ(features.vlenb, 16u);
}

TEST_F(Reg, SetupConfigurations)
{
	riscv_vcpu_setup_config good{};

	good.size = sizeof(good);
	EXPECT_EQ(try_setup(good), AXVCPU_OK);
	const struct {
		void (*change)(riscv_vcpu_setup_config *);
		axvcpu_error_t error;
	} cases[] = {
		{ [](riscv_vcpu_setup_config *c) { c->size = 4; }, AXVCPU_ERR_INVALID_ARGUMENT },
		{ [](riscv_vcpu_setup_config *c) { c->size = 5000; }, AXVCPU_ERR_INVALID_ARGUMENT },
		{ [](riscv_vcpu_setup_config *c) { c->flags = 16; }, AXVCPU_ERR_INVALID_ARGUMENT },
		{ [](riscv_vcpu_setup_config *c) { c->hgatp_mode = 1; }, AXVCPU_ERR_INVALID_ARGUMENT },
		{ [](riscv_vcpu_setup_config *c) { c->timer = 3; }, AXVCPU_ERR_INVALID_ARGUMENT },
		{ [](riscv_vcpu_setup_config *c) { c->sbi = 3; }, AXVCPU_ERR_INVALID_ARGUMENT },
		{ [](riscv_vcpu_setup_config *c) { c->reserved = 1; }, AXVCPU_ERR_INVALID_ARGUMENT },
		{ [](riscv_vcpu_setup_config *c) { c->guest_file = 1; }, AXVCPU_ERR_UNSUPPORTED },
		{ [](riscv_vcpu_setup_config *c) { c->vmid = 1; }, AXVCPU_ERR_INVALID_ARGUMENT },
		{ [](riscv_vcpu_setup_config *c) { c->vmid = 0x4000; }, AXVCPU_ERR_INVALID_ARGUMENT },
	};
	for (const auto &c : cases) {
		riscv_vcpu_setup_config config = good;

		c.change(&config);
		EXPECT_EQ(try_setup(config), c.error);
	}
	good.size = 8; // an older, smaller one
	good.hgatp_mode = 99;
	EXPECT_EQ(try_setup(good), AXVCPU_OK);
}

TEST_F(MachineTest, SetupNeedsWhatTheHartHas)
{
	riscv_vcpu_setup_config config{};

	hart.absent = { RV_CSR_vstimecmp };
	hart.hgatp_modes = { 0, 8 };
	make(nullptr, nullptr);
	EXPECT_EQ(state->timer_policy, static_cast<uint32_t>(RISCV_VCPU_TIMER_HVIP));
	config.size = sizeof(config);
	config.timer = RISCV_VCPU_TIMER_SSTC;
	EXPECT_EQ(try_setup(config), AXVCPU_ERR_UNSUPPORTED);
	config.timer = RISCV_VCPU_TIMER_HVIP;
	EXPECT_EQ(try_setup(config), AXVCPU_OK);
	config.hgatp_mode = RISCV_VCPU_HGATP_SV48X4;
	EXPECT_EQ(try_setup(config), AXVCPU_ERR_UNSUPPORTED);
}

TEST_F(MachineTest, SetupBeforeAnyCpu)
{
	axvcpu_create_params params{};

	params.size = sizeof(params);
	params.preferred_cpu = AXVCPU_CPU_ANY;
	ASSERT_EQ(axvcpu_create(host, vcpu_memory, sizeof(vcpu_memory), &params, nullptr, &vcpu),
		  AXVCPU_OK);
	state = static_cast<riscv_vcpu *>(axvcpu_arch_state(vcpu));
	EXPECT_EQ(axvcpu_setup(vcpu, 0, 0, nullptr), AXVCPU_ERR_UNSUPPORTED);
}

TEST_F(MachineTest, CreateConfigurations)
{
	axvcpu_create_params params{};
	const struct {
		uint32_t size, flags;
		uint64_t id, first, count;
		axvcpu_error_t error;
	} cases[] = {
		{ 56, 0, 0, 0, 1, AXVCPU_OK },
		{ 56, 0, 7, 4, 4, AXVCPU_OK },
		{ 40, 0, UINT64_MAX - 1, UINT64_MAX - 1, 1, AXVCPU_OK },
		{ 56, 1, 0, 0, 1, AXVCPU_ERR_INVALID_ARGUMENT },
		{ 56, 0, 0, 0, 0, AXVCPU_ERR_INVALID_ARGUMENT },
		{ 56, 0, 3, 4, 4, AXVCPU_ERR_INVALID_ARGUMENT },
		{ 56, 0, 8, 4, 4, AXVCPU_ERR_INVALID_ARGUMENT },
		{ 56, 0, UINT64_MAX, UINT64_MAX, 1, AXVCPU_ERR_INVALID_ARGUMENT },
		{ 56, 0, 5, 1, UINT64_MAX, AXVCPU_ERR_INVALID_ARGUMENT },
		{ 0, 0, 0, 0, 1, AXVCPU_ERR_INVALID_ARGUMENT },
	};
	params.size = sizeof(params);
	params.preferred_cpu = AXVCPU_CPU_ANY;
	for (const auto &c : cases) {
		riscv_vcpu_create_config config{};
		axvcpu *handle = nullptr;

		config.size = c.size;
		config.flags = c.flags;
		config.hart_id = c.id;
		config.first_hart_id = c.first;
		config.hart_count = c.count;
		EXPECT_EQ(axvcpu_create(host, vcpu_memory, sizeof(vcpu_memory), &params, &config, &handle),
			  c.error);
		if (handle != nullptr) {
			EXPECT_EQ(axvcpu_destroy(handle), AXVCPU_OK);
		}
	}
	// A larger, newer one must not say more than is known.
	struct {
		riscv_vcpu_create_config config;
		uint64_t more;
	} newer{};
	axvcpu *handle = nullptr;
	newer.config.size = sizeof(newer);
	newer.config.hart_count = 1;
	EXPECT_EQ(axvcpu_create(host, vcpu_memory, sizeof(vcpu_memory), &params, &newer, &handle), AXVCPU_OK);
	EXPECT_EQ(axvcpu_destroy(handle), AXVCPU_OK);
	newer.more = 1;
	EXPECT_EQ(axvcpu_create(host, vcpu_memory, sizeof(vcpu_memory), &params, &newer, &handle),
		  AXVCPU_ERR_INVALID_ARGUMENT);
}

} // namespace
