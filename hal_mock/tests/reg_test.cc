// SPDX-License-Identifier: Apache-2.0
// Registers by number, by id, and in bulk.
#include "fixture.h"

namespace axvcpu_test {
namespace {

class RegTest : public MachineTest {
 protected:
	RegTest() {
		MakeMachine();
		vcpu_ = MakeReadyVcpu();
	}

	std::vector<uint64_t> Ids(axvcpu *vcpu) {
		size_t count = 0;
		axvcpu_error_t error = axvcpu_list_regs(vcpu, nullptr, &count);
		EXPECT_EQ(count == 0 ? AXVCPU_OK : AXVCPU_ERR_NO_MEMORY, error);
		std::vector<uint64_t> ids(count);
		EXPECT_EQ(AXVCPU_OK, axvcpu_list_regs(vcpu, ids.data(), &count));
		EXPECT_EQ(ids.size(), count);
		return ids;
	}

	static size_t Bytes(const std::vector<uint64_t> &ids) {
		size_t bytes = 0;
		for (uint64_t id : ids) {
			bytes += AXVCPU_REG_SIZE(id);
		}
		return bytes;
	}

	axvcpu *vcpu_;
};

TEST_F(RegTest, GprsByNumber) {
	uint64_t value = 1;
	for (uint32_t reg = 0; reg < ARCH_MOCK_GPRS; reg++) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_set_gpr(vcpu_, reg, ~uint64_t{reg}));
	}
	for (uint32_t reg = 0; reg < ARCH_MOCK_GPRS; reg++) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_get_gpr(vcpu_, reg, &value));
		EXPECT_EQ(~uint64_t{reg}, value);
	}
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_gpr(vcpu_, ARCH_MOCK_ZERO_REG, 5));
	EXPECT_EQ(AXVCPU_OK, axvcpu_get_gpr(vcpu_, ARCH_MOCK_ZERO_REG, &value));
	EXPECT_EQ(0u, value);
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_gpr(vcpu_, ARCH_MOCK_GPRS, 5));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_get_gpr(vcpu_, ARCH_MOCK_GPRS, &value));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_get_gpr(vcpu_, 0, nullptr));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_get_gpr(nullptr, 0, &value));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_gpr(nullptr, 0, 0));
}

TEST_F(RegTest, ById) {
	uint64_t pc = 0x1000;
	uint8_t vector[ARCH_MOCK_VECTOR_SIZE];
	uint8_t read[ARCH_MOCK_VECTOR_SIZE] = {};
	std::memset(vector, 0x5c, sizeof(vector));
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARCH_MOCK_REG_PC, &pc, sizeof(pc)));
	EXPECT_EQ(0x1000u, arch_mock_pc(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARCH_MOCK_REG_VECTOR, vector, sizeof(vector)));
	EXPECT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, ARCH_MOCK_REG_VECTOR, read, sizeof(read)));
	EXPECT_EQ(0, std::memcmp(vector, read, sizeof(read)));
	pc = 0x1002;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_set_reg(vcpu_, ARCH_MOCK_REG_PC, &pc, sizeof(pc)));
	EXPECT_EQ(0x1000u, arch_mock_pc(vcpu_)) << "a refused value changes nothing";
}

TEST_F(RegTest, ArgumentsAreChecked) {
	uint64_t value[8] = {};
	const uint64_t pc = ARCH_MOCK_REG_PC;
	const struct {
		uint64_t id;
		size_t size;
		axvcpu_error_t error;
	} cases[] = {
		{pc, 7, AXVCPU_ERR_INVALID_ARGUMENT},
		{pc, 16, AXVCPU_ERR_INVALID_ARGUMENT},
		{pc, 0, AXVCPU_ERR_INVALID_ARGUMENT},
		{AXVCPU_REG_ID(AXVCPU_ARCH_AARCH64, 3, ARCH_MOCK_CLASS_SYS, 0), 8,
		 AXVCPU_ERR_NOT_FOUND},
		{pc | UINT64_C(1) << 52, 8, AXVCPU_ERR_NOT_FOUND},
		{pc | UINT64_C(1) << 55, 8, AXVCPU_ERR_NOT_FOUND},
		{AXVCPU_REG_ID(AXVCPU_ARCH_MOCK, 7, ARCH_MOCK_CLASS_SYS, 0), 128,
		 AXVCPU_ERR_NOT_FOUND},
	};
	for (const auto &c : cases) {
		SCOPED_TRACE(::testing::Message() << std::hex << c.id << " size " << c.size);
		EXPECT_EQ(c.error, axvcpu_get_reg(vcpu_, c.id, value, c.size));
		EXPECT_EQ(c.error, axvcpu_set_reg(vcpu_, c.id, value, c.size));
		EXPECT_EQ(c.error, axvcpu_get_regs(vcpu_, &c.id, 1, value, c.size));
		EXPECT_EQ(c.error, axvcpu_set_regs(vcpu_, &c.id, 1, value, c.size));
	}
	EXPECT_EQ(0u, Count(ARCH_MOCK_GET_REG)) << "the arch package sees only what it may know";
	EXPECT_EQ(0u, Count(ARCH_MOCK_SET_REG));
	const struct {
		uint64_t id;
		size_t size;
	} unknown[] = {
		{AXVCPU_REG_ID(AXVCPU_ARCH_MOCK, 3, ARCH_MOCK_CLASS_SYS, 77), 8},
		{AXVCPU_REG_ID(AXVCPU_ARCH_MOCK, 2, ARCH_MOCK_CLASS_GPR, 0), 4},
	};
	for (const auto &u : unknown) {
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_get_reg(vcpu_, u.id, value, u.size));
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_set_reg(vcpu_, u.id, value, u.size));
	}
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_get_reg(nullptr, pc, value, 8));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_reg(nullptr, pc, value, 8));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_get_reg(vcpu_, pc, nullptr, 8));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_reg(vcpu_, pc, nullptr, 8));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_get_regs(nullptr, &pc, 1, value, 8));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_regs(nullptr, &pc, 1, value, 8));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_get_regs(vcpu_, nullptr, 1, value, 8));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_regs(vcpu_, nullptr, 1, value, 8));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_get_regs(vcpu_, &pc, 1, nullptr, 8));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_regs(vcpu_, &pc, 1, nullptr, 8));
	EXPECT_EQ(AXVCPU_OK, axvcpu_get_regs(vcpu_, nullptr, 0, nullptr, 0));
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_regs(vcpu_, nullptr, 0, nullptr, 0));
}

TEST_F(RegTest, OnlyOnTheCpuOfABoundOne) {
	uint64_t value = 0;
	const uint64_t pc = ARCH_MOCK_REG_PC;
	for (uint64_t cpu : {1u, 2u}) {
		mock_->cpu = cpu;
		EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_get_reg(vcpu_, pc, &value, 8));
		EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_set_reg(vcpu_, pc, &value, 8));
		EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_get_regs(vcpu_, &pc, 1, &value, 8));
		EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_set_regs(vcpu_, &pc, 1, &value, 8));
	}
	mock_->cpu = 0;
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	mock_->cpu = 2;
	EXPECT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, pc, &value, 8)) << "a Free one: anywhere";
}

TEST_F(RegTest, TheListDependsOnTheVcpu) {
	std::vector<uint64_t> ids = Ids(vcpu_);
	EXPECT_EQ(ARCH_MOCK_GPRS + 4, ids.size());
	axvcpu *plain = MakeVcpu(Params(1));
	ASSERT_EQ(AXVCPU_OK, axvcpu_setup(plain, kEntry, kRoot, nullptr));
	std::vector<uint64_t> fewer = Ids(plain);
	EXPECT_EQ(ids.size() - 1, fewer.size());
	uint8_t vector[ARCH_MOCK_VECTOR_SIZE];
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND,
		  axvcpu_get_reg(plain, ARCH_MOCK_REG_VECTOR, vector, sizeof(vector)));
}

TEST_F(RegTest, ListWithLittleRoom) {
	std::vector<uint64_t> all = Ids(vcpu_);
	std::vector<uint64_t> some(3, 0);
	size_t count = some.size();
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, axvcpu_list_regs(vcpu_, some.data(), &count));
	EXPECT_EQ(all.size(), count);
	EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin()));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_list_regs(nullptr, some.data(), &count));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_list_regs(vcpu_, nullptr, &count));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_list_regs(vcpu_, some.data(), nullptr));
	FailNext(ARCH_MOCK_REG_AT, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_list_regs(vcpu_, all.data(), &count));
}

TEST_F(RegTest, BulkMovesTheWholeState) {
	std::vector<uint64_t> ids = Ids(vcpu_);
	std::vector<uint8_t> state(Bytes(ids));
	uint32_t flags = 0xcafe;
	uint8_t mode = 2;
	for (uint32_t reg = 0; reg < ARCH_MOCK_GPRS; reg++) {
		ASSERT_EQ(AXVCPU_OK, axvcpu_set_gpr(vcpu_, reg, 0x0101010101010101 * reg));
	}
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARCH_MOCK_REG_FLAGS, &flags, sizeof(flags)));
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARCH_MOCK_REG_MODE, &mode, sizeof(mode)));
	ASSERT_EQ(AXVCPU_OK,
		  axvcpu_get_regs(vcpu_, ids.data(), ids.size(), state.data(), state.size()));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));

	// On another CPU, into another vCPU, which is bound there.
	mock_->cpu = 1;
	axvcpu *copy = MakeReadyVcpu();
	ASSERT_EQ(ids, Ids(copy));
	ASSERT_EQ(AXVCPU_OK,
		  axvcpu_set_regs(copy, ids.data(), ids.size(), state.data(), state.size()));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(copy));
	std::vector<uint8_t> again(state.size());
	ASSERT_EQ(AXVCPU_OK,
		  axvcpu_get_regs(copy, ids.data(), ids.size(), again.data(), again.size()));
	EXPECT_EQ(state, again);
	// And the first one has kept its own through unbind.
	ASSERT_EQ(AXVCPU_OK,
		  axvcpu_get_regs(vcpu_, ids.data(), ids.size(), again.data(), again.size()));
	EXPECT_EQ(state, again);
}

TEST_F(RegTest, BulkChecksAllBeforeItWrites) {
	const uint64_t good = ARCH_MOCK_REG_GPR(1);
	const uint64_t last[] = {
		AXVCPU_REG_ID(AXVCPU_ARCH_MOCK, 3, ARCH_MOCK_CLASS_SYS, 77),  // only the package knows
		AXVCPU_REG_ID(AXVCPU_ARCH_X86_64, 3, ARCH_MOCK_CLASS_GPR, 0),
		AXVCPU_REG_ID(AXVCPU_ARCH_MOCK, 7, ARCH_MOCK_CLASS_GPR, 0),
	};
	uint64_t values[32] = {42, 43};
	for (uint64_t id : last) {
		uint64_t ids[] = {good, id};
		size_t size = 8 + AXVCPU_REG_SIZE(id);
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_set_regs(vcpu_, ids, 2, values, size));
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_get_regs(vcpu_, ids, 2, values, size));
	}
	uint64_t ids[] = {good, ARCH_MOCK_REG_GPR(2)};
	for (size_t size : {0u, 8u, 15u, 17u, 24u}) {
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_regs(vcpu_, ids, 2, values, size));
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_get_regs(vcpu_, ids, 2, values, size));
	}
	EXPECT_EQ(0u, Count(ARCH_MOCK_SET_REG));
}

TEST_F(RegTest, ARefusedValueStopsTheBulk) {
	const uint64_t ids[] = {ARCH_MOCK_REG_GPR(1), ARCH_MOCK_REG_PC, ARCH_MOCK_REG_GPR(2)};
	const uint64_t values[] = {11, 0x1002, 22};
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_set_regs(vcpu_, ids, 3, values, sizeof(values)));
	uint64_t value = 0;
	EXPECT_EQ(AXVCPU_OK, axvcpu_get_gpr(vcpu_, 1, &value));
	EXPECT_EQ(11u, value);
	EXPECT_EQ(AXVCPU_OK, axvcpu_get_gpr(vcpu_, 2, &value));
	EXPECT_EQ(0u, value);
}

TEST_F(RegTest, ArchErrorsComeThrough) {
	const uint64_t id = ARCH_MOCK_REG_PC;
	uint64_t value = 0;
	FailNext(ARCH_MOCK_GET_REG, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_get_reg(vcpu_, id, &value, 8));
	FailNext(ARCH_MOCK_SET_REG, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_set_reg(vcpu_, id, &value, 8));
	FailNext(ARCH_MOCK_GET_REG, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_get_regs(vcpu_, &id, 1, &value, 8));
	FailNext(ARCH_MOCK_SET_REG, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_set_regs(vcpu_, &id, 1, &value, 8));
	FailNext(ARCH_MOCK_SET_GPR, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_set_gpr(vcpu_, 0, 0));
	FailNext(ARCH_MOCK_GET_GPR, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_get_gpr(vcpu_, 0, &value));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu_));
}

}  // namespace
}  // namespace axvcpu_test
