// SPDX-License-Identifier: Apache-2.0
// Saving and loading: nothing is lost, nothing damaged is taken.
#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "fixture.h"

namespace axvcpu_test {
namespace {

// Offsets of the format, typed a second time from axvcpu/snapshot.h.
constexpr size_t kFormat = 8;
constexpr size_t kHeaderSize = 12;
constexpr size_t kTotal = 16;
constexpr size_t kChecksum = 24;
constexpr size_t kArch = 28;
constexpr size_t kPackageVersion = 32;
constexpr size_t kFlags = 40;
constexpr size_t kRegCount = 44;
constexpr size_t kVcpuId = 48;
constexpr size_t kPackage = 56;
constexpr size_t kWords = 88;
constexpr size_t kReserved = 92;
constexpr size_t kRegs = 96;
constexpr size_t kSetBytes = AXVCPU_VECTOR_MAX / 8;
// Two sets: queued, taken back.
constexpr size_t kInterruptBytes = 2 * kSetBytes;
// Registers of the mock with a vector: 16 general ones and pc in 8 bytes, flags, mode, vector.
constexpr size_t kRegBytes = 17 * 16 + 16 + 16 + 24;

using Bytes = std::vector<uint8_t>;

// CRC-32C by a table, most significant difference from the library's: bytes at once.
uint32_t Crc32c(const uint8_t *bytes, size_t size) {
	uint32_t table[256];
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t value = i;
		for (int bit = 0; bit < 8; bit++) {
			value = (value & 1) != 0 ? value >> 1 ^ 0x82f63b78u : value >> 1;
		}
		table[i] = value;
	}
	uint32_t crc = UINT32_MAX;
	for (size_t i = 0; i < size; i++) {
		crc = table[(crc ^ bytes[i]) & 0xff] ^ crc >> 8;
	}
	return ~crc;
}

void Put(Bytes *bytes, size_t at, uint64_t value, size_t count) {
	for (size_t i = 0; i < count; i++) {
		(*bytes)[at + i] = static_cast<uint8_t>(value >> 8 * i);
	}
}

uint64_t Get(const Bytes &bytes, size_t at, size_t count) {
	uint64_t value = 0;
	for (size_t i = 0; i < count; i++) {
		value |= uint64_t{bytes[at + i]} << 8 * i;
	}
	return value;
}

// Makes size and checksum right again after a change.
void Seal(Bytes *bytes) {
	Put(bytes, kTotal, bytes->size(), 8);
	Put(bytes, kChecksum, 0, 4);
	Put(bytes, kChecksum, Crc32c(bytes->data(), bytes->size()), 4);
}

class SnapshotTest : public MachineTest {
 protected:
	SnapshotTest() {
		MakeMachine();
		vcpu_ = MakeReadyVcpu();
		Fill(vcpu_, 1);
	}

	axvcpu *MakeFreeVcpu(uint32_t flags = ARCH_MOCK_SETUP_VECTOR, uint64_t vcpu_id = 0) {
		arch_mock_setup_config setup = {};
		setup.size = sizeof(setup);
		setup.flags = flags;
		axvcpu *vcpu = MakeVcpu(Params(vcpu_id));
		EXPECT_EQ(AXVCPU_OK, axvcpu_setup(vcpu, kEntry, kRoot, &setup));
		return vcpu;
	}

	// Other registers than after setup, all different.
	static void Fill(axvcpu *vcpu, uint64_t seed) {
		for (uint32_t reg = 0; reg < ARCH_MOCK_GPRS; reg++) {
			EXPECT_EQ(AXVCPU_OK,
				  axvcpu_set_gpr(vcpu, reg, seed << 32 | (0x1111 * (reg + 1))));
		}
		uint64_t pc = 0x7000 + 4 * seed;
		uint32_t flags = 0xabcd0000u + static_cast<uint32_t>(seed);
		uint8_t mode = seed % (ARCH_MOCK_MODE_MAX + 1);
		uint8_t vector[ARCH_MOCK_VECTOR_SIZE];
		std::memset(vector, static_cast<int>(0x50 + seed), sizeof(vector));
		EXPECT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu, ARCH_MOCK_REG_PC, &pc, sizeof(pc)));
		EXPECT_EQ(AXVCPU_OK,
			  axvcpu_set_reg(vcpu, ARCH_MOCK_REG_FLAGS, &flags, sizeof(flags)));
		EXPECT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu, ARCH_MOCK_REG_MODE, &mode, sizeof(mode)));
		axvcpu_set_reg(vcpu, ARCH_MOCK_REG_VECTOR, vector, sizeof(vector));
	}

	static Bytes Save(axvcpu *vcpu) {
		Bytes bytes(axvcpu_save_size(vcpu));
		size_t written = 0;
		EXPECT_EQ(AXVCPU_OK, axvcpu_save(vcpu, bytes.data(), bytes.size(), &written));
		EXPECT_EQ(bytes.size(), written);
		return bytes;
	}

	static axvcpu_error_t Load(axvcpu *vcpu, const Bytes &bytes) {
		// A block of its own, so that a read beyond the end is found.
		std::unique_ptr<uint8_t[]> copy(new uint8_t[bytes.size()]);
		std::copy(bytes.begin(), bytes.end(), copy.get());
		return axvcpu_load(vcpu, copy.get(), bytes.size());
	}

	// Everything that a snapshot is about.
	static Bytes Everything(axvcpu *vcpu) { return Save(vcpu); }

	// The load is refused so, and the vCPU is what it was.
	void ExpectRefused(axvcpu *vcpu, const Bytes &bytes, axvcpu_error_t error) {
		const Bytes before = Everything(vcpu);
		const uint32_t state = axvcpu_get_state(vcpu);
		const uint32_t sets = Count(ARCH_MOCK_SET_REG);
		EXPECT_EQ(error, Load(vcpu, bytes));
		EXPECT_EQ(sets, Count(ARCH_MOCK_SET_REG));
		EXPECT_EQ(state, axvcpu_get_state(vcpu));
		EXPECT_EQ(before, Everything(vcpu));
	}

	axvcpu *vcpu_;
};

TEST(Crc32cTest, OfThisTestIsTheStandardOne) {
	const std::string digits = "123456789";
	EXPECT_EQ(0xe3069283u, Crc32c(reinterpret_cast<const uint8_t *>(digits.data()),
				      digits.size()));
}

TEST_F(SnapshotTest, Layout) {
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 3));
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 64));
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, AXVCPU_VECTOR_MAX - 1));
	EXPECT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu_, 65));
	const Bytes bytes = Save(vcpu_);
	ASSERT_EQ(kRegs + kRegBytes + kInterruptBytes, bytes.size());
	EXPECT_EQ("AXVCPUSN", std::string(bytes.begin(), bytes.begin() + 8));
	EXPECT_EQ(AXVCPU_SNAPSHOT_FORMAT, Get(bytes, kFormat, 4));
	EXPECT_EQ(kRegs, Get(bytes, kHeaderSize, 4));
	EXPECT_EQ(bytes.size(), Get(bytes, kTotal, 8));
	EXPECT_EQ(uint64_t{AXVCPU_ARCH_MOCK}, Get(bytes, kArch, 4));
	EXPECT_EQ(arch_ops_.package_version, Get(bytes, kPackageVersion, 4));
	EXPECT_EQ(axvcpu_api_version(), Get(bytes, kPackageVersion + 4, 4));
	EXPECT_EQ(0u, Get(bytes, kFlags, 4));
	EXPECT_EQ(20u, Get(bytes, kRegCount, 4));
	EXPECT_EQ(0u, Get(bytes, kVcpuId, 8));
	EXPECT_STREQ(arch_ops_.name, reinterpret_cast<const char *>(&bytes[kPackage]));
	EXPECT_EQ(AXVCPU_VECTOR_MAX / 64, Get(bytes, kWords, 4));
	EXPECT_EQ(0u, Get(bytes, kReserved, 4));
	EXPECT_EQ(uint64_t{ARCH_MOCK_REG_GPR(0)}, Get(bytes, kRegs, 8));
	EXPECT_EQ(UINT64_C(0x100001111), Get(bytes, kRegs + 8, 8));
	EXPECT_EQ(uint64_t{ARCH_MOCK_REG_FLAGS}, Get(bytes, kRegs + 17 * 16, 8));
	EXPECT_EQ(0xabcd0001u, Get(bytes, kRegs + 17 * 16 + 8, 8)) << "padded with zeros";
	const size_t set = bytes.size() - kInterruptBytes;
	EXPECT_EQ(8u, Get(bytes, set, 8));
	EXPECT_EQ(1u, Get(bytes, set + 8, 8));
	EXPECT_EQ(UINT64_C(1) << 63, Get(bytes, set + kSetBytes - 8, 8));
	EXPECT_EQ(2u, Get(bytes, set + kSetBytes + 8, 8));
	Bytes again = bytes;
	Seal(&again);
	EXPECT_EQ(again, bytes) << "the checksum is CRC-32C of all, its own place as zero";
}

TEST_F(SnapshotTest, RoundTripIntoAFreeAndAReadyVcpu) {
	for (uint32_t vector : {0u, 63u, 500u}) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, vector));
	}
	const Bytes saved = Save(vcpu_);
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu_)) << "it may run on";
	EXPECT_EQ(saved, Save(vcpu_)) << "saving changes nothing";
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(saved, Save(vcpu_)) << "the same where the registers are in memory";

	axvcpu *free = MakeFreeVcpu();
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(free, 77)) << "goes with the old state";
	EXPECT_EQ(AXVCPU_OK, Load(free, saved));
	EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(free));
	EXPECT_EQ(saved, Save(free));

	axvcpu *ready = MakeFreeVcpu();
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(ready));
	EXPECT_EQ(AXVCPU_OK, Load(ready, saved));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(ready));
	EXPECT_EQ(saved, Save(ready));
	Run(ready);
	EXPECT_EQ(3u, Count(ARCH_MOCK_INJECT_INTERRUPT)) << "what was queued is delivered";
	EXPECT_FALSE(axvcpu_has_pending_interrupt(ready));
}

TEST_F(SnapshotTest, UnalignedBuffer) {
	Bytes room(axvcpu_save_size(vcpu_) + 1);
	EXPECT_EQ(AXVCPU_OK, axvcpu_save(vcpu_, &room[1], room.size() - 1, nullptr));
	EXPECT_EQ(Save(vcpu_), Bytes(room.begin() + 1, room.end()));
	EXPECT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, &room[1], room.size() - 1));
}

TEST_F(SnapshotTest, AHaltIsPartOfIt) {
	RunToHalt(vcpu_);
	const Bytes saved = Save(vcpu_);
	EXPECT_EQ(uint64_t{AXVCPU_SNAPSHOT_HALTED}, Get(saved, kFlags, 4));
	EXPECT_EQ(AXVCPU_STATE_BLOCKED, axvcpu_get_state(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
	EXPECT_EQ(AXVCPU_OK, Load(vcpu_, saved));
	EXPECT_EQ(AXVCPU_STATE_BLOCKED, axvcpu_get_state(vcpu_));
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, Load(vcpu_, saved)) << "not into a Blocked one";
	EXPECT_EQ(AXVCPU_STATE_BLOCKED, axvcpu_get_state(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 5));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu_)) << "it wakes as ever";

	axvcpu *free = MakeFreeVcpu();
	EXPECT_EQ(AXVCPU_OK, Load(free, saved));
	EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(free));
}

TEST_F(SnapshotTest, AHaltWithAnInterruptIsOver) {
	Bytes saved = Save(vcpu_);
	Put(&saved, kFlags, AXVCPU_SNAPSHOT_HALTED, 4);
	saved[saved.size() - kInterruptBytes] = 1;
	Seal(&saved);
	EXPECT_EQ(AXVCPU_OK, Load(vcpu_, saved));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu_));
	EXPECT_TRUE(axvcpu_has_pending_interrupt(vcpu_));
}

TEST_F(SnapshotTest, AnOpenReadIsRefused) {
	arch_mock_step step = Exit(AXVCPU_EXIT_MMIO_READ);
	step.exit.u.mmio.width = 4;
	step.exit.u.mmio.reg_width = 4;
	step.exit.u.mmio.reg = 2;
	Run(vcpu_, step);
	Bytes room(axvcpu_save_size(vcpu_), 0xee);
	size_t written = 77;
	EXPECT_EQ(AXVCPU_ERR_INCOMPLETE, axvcpu_save(vcpu_, room.data(), room.size(), &written));
	EXPECT_EQ(77u, written);
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 9));
	EXPECT_EQ(AXVCPU_OK, axvcpu_save(vcpu_, room.data(), room.size(), &written));
	EXPECT_EQ(room.size(), written);
}

TEST_F(SnapshotTest, AnOpenWriteIsFinished) {
	const uint64_t pc = arch_mock_pc(vcpu_);
	arch_mock_step step = Exit(AXVCPU_EXIT_MMIO_WRITE);
	step.exit.u.mmio.width = 4;
	Run(vcpu_, step);
	EXPECT_EQ(pc, arch_mock_pc(vcpu_));
	Bytes room(axvcpu_save_size(vcpu_));
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY,
		  axvcpu_save(vcpu_, room.data(), room.size() - 1, nullptr));
	EXPECT_EQ(pc, arch_mock_pc(vcpu_)) << "nothing happens where there is no room";
	Save(vcpu_);
	EXPECT_EQ(pc + ARCH_MOCK_INSTRUCTION_SIZE, arch_mock_pc(vcpu_));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_write(vcpu_)) << "once";
}

TEST_F(SnapshotTest, AWriteThatCannotBeFinishedIsTold) {
	arch_mock_step step = Exit(AXVCPU_EXIT_MMIO_WRITE);
	step.exit.u.mmio.width = 4;
	Run(vcpu_, step);
	FailNext(ARCH_MOCK_COMPLETE_WRITE, AXVCPU_ERR_HARDWARE);
	Bytes room(axvcpu_save_size(vcpu_));
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_save(vcpu_, room.data(), room.size(), nullptr));
}

TEST_F(SnapshotTest, AFaultIsTakenAgain) {
	Run(vcpu_, Exit(AXVCPU_EXIT_NESTED_PAGE_FAULT));
	const uint64_t pc = arch_mock_pc(vcpu_);
	axvcpu *other = MakeFreeVcpu();
	EXPECT_EQ(AXVCPU_OK, Load(other, Save(vcpu_)));
	EXPECT_EQ(pc, arch_mock_pc(other));
}

TEST_F(SnapshotTest, ALoadEndsTheLastExit) {
	const Bytes saved = Save(vcpu_);
	arch_mock_step step = Exit(AXVCPU_EXIT_MMIO_READ);
	step.exit.u.mmio.width = 4;
	Run(vcpu_, step);
	EXPECT_EQ(AXVCPU_OK, Load(vcpu_, saved));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_read(vcpu_, 1));
	EXPECT_EQ(saved, Save(vcpu_));
}

TEST_F(SnapshotTest, StatesAndArguments) {
	const Bytes saved = Save(vcpu_);
	Bytes room(saved.size());
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_save(nullptr, room.data(), room.size(), nullptr));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_save(vcpu_, nullptr, room.size(), nullptr));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_load(nullptr, room.data(), room.size()));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_load(vcpu_, nullptr, room.size()));
	EXPECT_EQ(0u, axvcpu_save_size(nullptr));
	for (size_t size : {size_t{0}, size_t{1}, saved.size() - 1}) {
		EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, axvcpu_save(vcpu_, room.data(), size, nullptr));
	}

	axvcpu *created = MakeVcpu();
	EXPECT_EQ(0u, axvcpu_save_size(created));
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_save(created, room.data(), room.size(), nullptr));
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, Load(created, saved));
	EXPECT_EQ(AXVCPU_STATE_CREATED, axvcpu_get_state(created));

	mock_->cpu = 1;
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_save(vcpu_, room.data(), room.size(), nullptr));
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, Load(vcpu_, saved));
	mock_->cpu = 0;

	arch_mock_step step = {};
	struct Inside {
		axvcpu_error_t save, load;
		Bytes room;
	} inside = {0, 0, saved};
	step.during = [](void *arg, axvcpu *vcpu) {
		auto *in = static_cast<Inside *>(arg);
		in->save = axvcpu_save(vcpu, in->room.data(), in->room.size(), nullptr);
		in->load = axvcpu_load(vcpu, in->room.data(), in->room.size());
	};
	step.during_arg = &inside;
	Run(vcpu_, step);
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, inside.save);
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, inside.load);

	Invalidate(vcpu_);
	EXPECT_EQ(saved.size(), axvcpu_save_size(vcpu_));
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_save(vcpu_, room.data(), room.size(), nullptr));
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, Load(vcpu_, saved));
}

TEST_F(SnapshotTest, ArchErrorsOfASave) {
	Bytes room(axvcpu_save_size(vcpu_));
	FailNext(ARCH_MOCK_GET_REG, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_save(vcpu_, room.data(), room.size(), nullptr));
	for (uint32_t call = 0; call < 41; call++) {
		// The list is walked twice: 20 registers and its end, then the registers.
		hal_mock_fail(trace(), ARCH_MOCK_REG_AT, call, 1, AXVCPU_ERR_HARDWARE);
		EXPECT_EQ(AXVCPU_ERR_HARDWARE,
			  axvcpu_save(vcpu_, room.data(), room.size(), nullptr))
			<< call;
	}
	hal_mock_fail(trace(), ARCH_MOCK_REG_AT, 7, 1, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(0u, axvcpu_save_size(vcpu_));
	EXPECT_EQ(room.size(), axvcpu_save_size(vcpu_));
}

TEST_F(SnapshotTest, ArchErrorsOfALoad) {
	const Bytes saved = Save(vcpu_);
	for (uint32_t call = 0; call < 42; call++) {
		// Both walks end at the list's end: the first one changes nothing.
		axvcpu *target = MakeFreeVcpu();
		hal_mock_fail(trace(), ARCH_MOCK_REG_AT, call, 1, AXVCPU_ERR_HARDWARE);
		EXPECT_EQ(AXVCPU_ERR_HARDWARE, Load(target, saved)) << call;
		EXPECT_EQ(call < 21 ? AXVCPU_STATE_FREE : AXVCPU_STATE_INVALID,
			  axvcpu_get_state(target))
			<< call;
		axvcpu_destroy(target);
	}
	FailNext(ARCH_MOCK_SET_REG, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, Load(vcpu_, saved));
	EXPECT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(vcpu_));
}

TEST_F(SnapshotTest, EveryFlippedBitIsFound) {
	const Bytes saved = Save(vcpu_);
	axvcpu *target = MakeFreeVcpu();
	const Bytes before = Everything(target);
	for (size_t bit = 0; bit < saved.size() * 8; bit++) {
		Bytes bad = saved;
		bad[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
		const bool format = bit / 8 >= kFormat && bit / 8 < kHeaderSize;
		ASSERT_EQ(format ? AXVCPU_ERR_ABI_MISMATCH : AXVCPU_ERR_CORRUPT, Load(target, bad))
			<< "bit " << bit;
		ASSERT_EQ(format ? AXVCPU_ERR_ABI_MISMATCH : AXVCPU_ERR_CORRUPT,
			  axvcpu_inspect_snapshot(bad.data(), bad.size(), nullptr));
	}
	EXPECT_EQ(before, Everything(target));
	EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(target));
}

TEST_F(SnapshotTest, EveryOtherLengthIsFound) {
	const Bytes saved = Save(vcpu_);
	axvcpu *target = MakeFreeVcpu();
	for (size_t size = 0; size < saved.size(); size++) {
		Bytes bad(saved.begin(), saved.begin() + static_cast<ptrdiff_t>(size));
		ExpectRefused(target, bad, AXVCPU_ERR_CORRUPT);
		if (size > kRegs) {
			// The same, honest about its length.
			Seal(&bad);
			ExpectRefused(target, bad, AXVCPU_ERR_CORRUPT);
		}
	}
	Bytes longer = saved;
	longer.push_back(0);
	ExpectRefused(target, longer, AXVCPU_ERR_CORRUPT);
	Seal(&longer);
	ExpectRefused(target, longer, AXVCPU_ERR_CORRUPT);
}

TEST_F(SnapshotTest, SealedButWrong) {
	const Bytes saved = Save(vcpu_);
	axvcpu *target = MakeFreeVcpu();
	const size_t set = saved.size() - kInterruptBytes;
	const struct {
		const char *what;
		size_t at, bytes;
		uint64_t value;
		axvcpu_error_t error;
	} cases[] = {
		{"newer format", kFormat, 4, 2, AXVCPU_ERR_ABI_MISMATCH},
		{"format 0", kFormat, 4, 0, AXVCPU_ERR_ABI_MISMATCH},
		{"header size", kHeaderSize, 4, 104, AXVCPU_ERR_CORRUPT},
		{"arch", kArch, 4, AXVCPU_ARCH_AARCH64, AXVCPU_ERR_UNSUPPORTED},
		{"package", kPackage, 1, 'x', AXVCPU_ERR_UNSUPPORTED},
		{"package without an end", kPackage + 31, 1, 'x', AXVCPU_ERR_CORRUPT},
		{"package with a tail", kPackage + 30, 1, 'x', AXVCPU_ERR_UNSUPPORTED},
		{"unknown flag", kFlags, 4, 2, AXVCPU_ERR_UNSUPPORTED},
		{"vcpu_id", kVcpuId, 8, 1, AXVCPU_ERR_INVALID_ARGUMENT},
		{"vcpu_id, upper half", kVcpuId + 4, 4, 1, AXVCPU_ERR_INVALID_ARGUMENT},
		{"reserved", kReserved, 4, 1, AXVCPU_ERR_CORRUPT},
		{"one register less", kRegCount, 4, 19, AXVCPU_ERR_CORRUPT},
		{"one register more", kRegCount, 4, 21, AXVCPU_ERR_CORRUPT},
		{"very many registers", kRegCount, 4, UINT32_MAX, AXVCPU_ERR_CORRUPT},
		{"fewer words", kWords, 4, 15, AXVCPU_ERR_CORRUPT},
		{"more words", kWords, 4, 17, AXVCPU_ERR_CORRUPT},
		{"very many words", kWords, 4, UINT32_MAX, AXVCPU_ERR_CORRUPT},
		{"register size 128", kRegs + 6, 1, 7, AXVCPU_ERR_CORRUPT},
		{"register id reserved", kRegs + 6, 1, 0x13, AXVCPU_ERR_CORRUPT},
		{"register of another arch", kRegs + 7, 1, AXVCPU_ARCH_AARCH64,
		 AXVCPU_ERR_NOT_FOUND},
		{"unknown register", kRegs, 8, ARCH_MOCK_REG_GPR(ARCH_MOCK_GPRS),
		 AXVCPU_ERR_NOT_FOUND},
		{"register twice", kRegs, 8, ARCH_MOCK_REG_GPR(1), AXVCPU_ERR_NOT_FOUND},
		{"padding", kRegs + 17 * 16 + 12, 1, 1, AXVCPU_ERR_CORRUPT},
		{"padding of one byte", kRegs + 18 * 16 + 9, 1, 1, AXVCPU_ERR_CORRUPT},
	};
	for (const auto &c : cases) {
		SCOPED_TRACE(c.what);
		Bytes bad = saved;
		Put(&bad, c.at, c.value, c.bytes);
		Seal(&bad);
		ExpectRefused(target, bad, c.error);
	}
	Bytes good = saved;
	good[set + 100] = 1;
	Seal(&good);
	EXPECT_EQ(AXVCPU_OK, Load(target, good)) << "what the test seals is taken";
}

TEST_F(SnapshotTest, AVectorThatThisVcpuDoesNotHave) {
	arch_mock_create_config config = {};
	axvcpu_create_params params = Params();
	config.size = sizeof(config);
	config.vector_count = 256;
	config.script = &script_;
	Block memory(axvcpu_size(host_));
	axvcpu *narrow = nullptr;
	arch_mock_setup_config setup = {};
	setup.size = sizeof(setup);
	setup.flags = ARCH_MOCK_SETUP_VECTOR;
	ASSERT_EQ(AXVCPU_OK, axvcpu_create(host_, memory.data(), memory.size(), &params, &config,
					   &narrow));
	ASSERT_EQ(AXVCPU_OK, axvcpu_setup(narrow, kEntry, kRoot, &setup));
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 256));
	ExpectRefused(narrow, Save(vcpu_), AXVCPU_ERR_UNSUPPORTED);
}

// The snapshot with sets of another number of words, all zero.
Bytes WithWords(const Bytes &saved, size_t words) {
	Bytes bytes = saved;
	bytes.resize(saved.size() - kInterruptBytes);
	bytes.resize(bytes.size() + 2 * 8 * words);
	Put(&bytes, kWords, words, 4);
	Seal(&bytes);
	return bytes;
}

TEST_F(SnapshotTest, MoreVectorsThanThisLibraryKnows) {
	const size_t words = AXVCPU_VECTOR_MAX / 64 + 1;
	Bytes more = WithWords(Save(vcpu_), words);
	axvcpu *target = MakeFreeVcpu();
	EXPECT_EQ(AXVCPU_OK, Load(target, more)) << "none of them is set";
	for (size_t from_end : {size_t{1}, 8 * words + 1}) {
		Bytes bad = more;
		bad[bad.size() - from_end] = 1;
		Seal(&bad);
		ExpectRefused(target, bad, AXVCPU_ERR_UNSUPPORTED);
	}
}

TEST_F(SnapshotTest, FewerVectorsThanThisLibraryKnows) {
	const size_t words = AXVCPU_VECTOR_MAX / 64 - 1;
	Bytes less = WithWords(Save(vcpu_), words);
	less[less.size() - 2 * 8 * words] = 2;
	Seal(&less);
	axvcpu *target = MakeFreeVcpu();
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(target, AXVCPU_VECTOR_MAX - 1));
	EXPECT_EQ(AXVCPU_OK, Load(target, less));
	const Bytes now = Save(target);
	EXPECT_EQ(2u, Get(now, now.size() - kInterruptBytes, 8));
	EXPECT_EQ(0u, Get(now, now.size() - kSetBytes - 8, 8)) << "what it does not name is not queued";
}

TEST_F(SnapshotTest, WhatWasTakenBackIsTakenBackThere) {
	EXPECT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu_, 9));
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 9));
	axvcpu *target = MakeFreeVcpu();
	const Bytes saved = Save(vcpu_);
	EXPECT_EQ(AXVCPU_OK, Load(target, saved));
	EXPECT_EQ(saved, Save(target));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(target));
	hal_mock_clear_log(trace());
	Run(target);
	const hal_mock_call *cleared = hal_mock_find(trace(), ARCH_MOCK_CLEAR_INTERRUPT, 0);
	const hal_mock_call *injected = hal_mock_find(trace(), ARCH_MOCK_INJECT_INTERRUPT, 0);
	ASSERT_NE(nullptr, cleared);
	ASSERT_NE(nullptr, injected);
	EXPECT_EQ(9u, cleared->args[0]);
	EXPECT_LT(cleared, injected);
}

TEST_F(SnapshotTest, WhatWasTakenBackEndsNoHalt) {
	RunToHalt(vcpu_);
	EXPECT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu_, 9));
	const Bytes saved = Save(vcpu_);
	EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
	Run(vcpu_);
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 10)) << "goes with the old state";
	hal_mock_clear_log(trace());
	EXPECT_EQ(AXVCPU_OK, Load(vcpu_, saved));
	EXPECT_EQ(AXVCPU_STATE_BLOCKED, axvcpu_get_state(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
	Run(vcpu_);
	EXPECT_EQ(1u, Count(ARCH_MOCK_CLEAR_INTERRUPT)) << "the next run does it";
	EXPECT_EQ(0u, Count(ARCH_MOCK_INJECT_INTERRUPT));
}

TEST_F(SnapshotTest, TakingBackNeedsThePackage) {
	EXPECT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu_, 9));
	const Bytes saved = Save(vcpu_);
	axvcpu *target = MakeFreeVcpu();
	arch_ops_.clear_interrupt = nullptr;
	ExpectRefused(target, saved, AXVCPU_ERR_UNSUPPORTED);
	Bytes without = saved;
	std::fill(without.end() - kSetBytes, without.end(), uint8_t{0});
	Seal(&without);
	EXPECT_EQ(AXVCPU_OK, Load(target, without));
}

TEST_F(SnapshotTest, ARegisterThatThePackageGained) {
	// Saved by one that had no vector register, loaded by one that has.
	axvcpu *old = MakeFreeVcpu(0);
	Fill(old, 2);
	axvcpu *target = MakeFreeVcpu();
	Fill(target, 3);
	EXPECT_EQ(AXVCPU_OK, Load(target, Save(old)));
	uint8_t vector[ARCH_MOCK_VECTOR_SIZE];
	EXPECT_EQ(AXVCPU_OK, axvcpu_get_reg(target, ARCH_MOCK_REG_VECTOR, vector, sizeof(vector)));
	EXPECT_EQ(0x53, vector[0]) << "keeps its value";
	EXPECT_EQ(0x7008u, arch_mock_pc(target));
	ExpectRefused(old, Save(target), AXVCPU_ERR_NOT_FOUND);
	axvcpu_failure failure = {};
	failure.size = sizeof(failure);
	EXPECT_EQ(AXVCPU_OK, axvcpu_get_failure(old, &failure));
	EXPECT_EQ(AXVCPU_OPERATION_LOAD, failure.operation);
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, failure.error);
	EXPECT_EQ(ARCH_MOCK_REG_VECTOR, failure.reg);
}

TEST_F(SnapshotTest, RegistersInAnotherOrderAreWrittenInTheListsOrder) {
	const Bytes saved = Save(vcpu_);
	Bytes turned = saved;
	// The two first registers, of the same size, change places.
	std::swap_ranges(turned.begin() + kRegs, turned.begin() + kRegs + 16,
			 turned.begin() + kRegs + 16);
	Seal(&turned);
	axvcpu *target = MakeFreeVcpu();
	hal_mock_clear_log(trace());
	EXPECT_EQ(AXVCPU_OK, Load(target, turned));
	const hal_mock_call *first = hal_mock_find(trace(), ARCH_MOCK_SET_REG, 0);
	ASSERT_NE(nullptr, first);
	EXPECT_EQ(uint64_t{ARCH_MOCK_REG_GPR(0)}, first->args[0]);
	EXPECT_EQ(saved, Save(target));
}

TEST_F(SnapshotTest, ARefusedValueMakesItInvalid) {
	Bytes bad = Save(vcpu_);
	bad[kRegs + 18 * 16 + 8] = ARCH_MOCK_MODE_MAX + 1;
	Seal(&bad);
	axvcpu *target = MakeFreeVcpu();
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Load(target, bad));
	EXPECT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(target));
	EXPECT_EQ(uint32_t{AXVCPU_OPERATION_LOAD}, Failure(target).operation);
	EXPECT_EQ(uint32_t{AXVCPU_STATE_FREE}, Failure(target).found_state);
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Failure(target).error);
	EXPECT_EQ(uint64_t{ARCH_MOCK_REG_MODE}, Failure(target).reg);
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_bind(target));
	EXPECT_EQ(0u, Failure(target).reg) << "of another failure";
}

// A hypervisor that goes on in spite of it: what was taken back is taken back.
TEST_F(SnapshotTest, ARefusedValueForgetsNothingThatWasTakenBack) {
	EXPECT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu_, 9));
	const Bytes saved = Save(vcpu_);
	Run(vcpu_);
	FailNext(ARCH_MOCK_SET_REG, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, Load(vcpu_, saved));
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu_, AXVCPU_STATE_READY));
	hal_mock_clear_log(trace());
	Run(vcpu_);
	EXPECT_EQ(1u, Count(ARCH_MOCK_CLEAR_INTERRUPT));
}

TEST_F(SnapshotTest, Inspect) {
	RunToHalt(vcpu_);
	const Bytes saved = Save(vcpu_);
	axvcpu_snapshot info = {};
	info.size = sizeof(info);
	ASSERT_EQ(AXVCPU_OK, axvcpu_inspect_snapshot(saved.data(), saved.size(), &info));
	EXPECT_EQ(sizeof(info), info.size);
	EXPECT_EQ(AXVCPU_SNAPSHOT_FORMAT, info.format);
	EXPECT_EQ(uint32_t{AXVCPU_ARCH_MOCK}, info.arch);
	EXPECT_EQ(uint32_t{AXVCPU_SNAPSHOT_HALTED}, info.flags);
	EXPECT_EQ(arch_ops_.package_version, info.package_version);
	EXPECT_EQ(axvcpu_api_version(), info.api_version);
	EXPECT_EQ(20u, info.reg_count);
	EXPECT_EQ(saved.size(), info.total_size);
	EXPECT_EQ(0u, info.vcpu_id);
	EXPECT_STREQ(arch_ops_.name, info.package);

	axvcpu_snapshot small = {};
	small.size = 12;
	ASSERT_EQ(AXVCPU_OK, axvcpu_inspect_snapshot(saved.data(), saved.size(), &small));
	EXPECT_EQ(12u, small.size);
	EXPECT_EQ(uint32_t{AXVCPU_ARCH_MOCK}, small.arch);
	EXPECT_EQ(0u, small.flags) << "beyond the caller's struct";
	small.size = 7;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_inspect_snapshot(saved.data(), saved.size(), &small));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_inspect_snapshot(nullptr, 0, nullptr));
	EXPECT_EQ(AXVCPU_OK, axvcpu_inspect_snapshot(saved.data(), saved.size(), nullptr));
}

TEST_F(SnapshotTest, ALongPackageNameIsCut) {
	const std::string name(40, 'n');
	arch_ops_.name = name.c_str();
	const Bytes saved = Save(vcpu_);
	axvcpu_snapshot info = {};
	info.size = sizeof(info);
	ASSERT_EQ(AXVCPU_OK, axvcpu_inspect_snapshot(saved.data(), saved.size(), &info));
	EXPECT_EQ(std::string(31, 'n'), info.package);
	EXPECT_EQ(AXVCPU_OK, Load(vcpu_, saved));
}

// Thousands of damaged snapshots with a right checksum: each is refused without a change, or makes
// the vCPU Invalid, or is a snapshot; and no byte outside is touched (the sanitized twin looks).
TEST_F(SnapshotTest, Fuzz) {
	std::mt19937 random(20240607);
	const Bytes saved = Save(vcpu_);
	axvcpu *target = MakeFreeVcpu();
	std::set<axvcpu_error_t> seen;
	for (int round = 0; round < 20000; round++) {
		Bytes bad = saved;
		for (uint32_t n = random() % 4 + 1; n > 0; n--) {
			const size_t at = random() % (round % 2 == 0 ? kRegs + 64 : bad.size());
			bad[at] = static_cast<uint8_t>(random());
		}
		if (random() % 8 == 0) {
			bad.resize(kRegs + random() % (2 * saved.size()));
		}
		Put(&bad, kFormat, AXVCPU_SNAPSHOT_FORMAT, 4);
		Seal(&bad);
		const axvcpu_error_t error = Load(target, bad);
		seen.insert(error);
		if (axvcpu_get_state(target) == AXVCPU_STATE_INVALID) {
			ASSERT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, error);
			ASSERT_EQ(AXVCPU_OK, axvcpu_set_state(target, AXVCPU_STATE_FREE));
		}
		if (error == AXVCPU_OK) {
			ASSERT_EQ(axvcpu_save_size(target), Save(target).size());
		}
	}
	EXPECT_EQ((std::set<axvcpu_error_t>{AXVCPU_OK, AXVCPU_ERR_CORRUPT, AXVCPU_ERR_NOT_FOUND,
					    AXVCPU_ERR_UNSUPPORTED, AXVCPU_ERR_INVALID_ARGUMENT}),
		  seen);
}

}  // namespace
}  // namespace axvcpu_test
