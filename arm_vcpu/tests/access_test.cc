// SPDX-License-Identifier: Apache-2.0
// MMIO by instructions without syndrome: fetched, decoded, taken apart and completed.
#include "tests/fake_cpu.h"

#include <cstring>
#include <random>

extern "C" {
#include "src/decode.h"
}

namespace {

constexpr uint64_t kRead = 0x05;           // a translation fault, level 1, without ISV
constexpr uint64_t kWrite = 0x05 | 1 << 6; // the same of a store
constexpr uint64_t kDataAbort = 0x24;
constexpr uint64_t kCodePage = 0x7f0000;
constexpr uint64_t kCodeFrame = 0x48000000;
constexpr uint64_t kDevice = 0xffff000009000000; // virtual
constexpr uint64_t kDevicePage = 0x9000000;      // physical
constexpr uint64_t kHpfar = kDevicePage >> 12 << 4;
constexpr uint64_t kEl0 = 0x3c0, kEl1t = 0x3c4, kEl1h = 0x3c5, kA32 = 0x1d0, kT32 = 0x1f0;

// A banked register of the guest.
#define GUEST(name) fake_.regs[Vhe() ? ARM_FAKE_EL12_##name : ARM_FAKE_##name]

struct Part {
	uint64_t offset;
	uint32_t width;
	uint64_t data;
};

// On hosts without and with E2H, where the guest's registers have other names at EL2; and
// with a vCPU that is saved between any two parts, of which the next one goes on.
enum Host { kVheHost = 1, kMoved = 2, kHosts = 4 };

std::string HostName(const ::testing::TestParamInfo<int> &host)
{
	return std::string((host.param & kVheHost) != 0 ? "Vhe" : "NonVhe") +
	       ((host.param & kMoved) != 0 ? "Moved" : "");
}

class AccessTest : public ArmTest, public ::testing::WithParamInterface<int> {
    protected:
	bool Vhe() const { return (GetParam() & kVheHost) != 0; }

	void SetUp() override
	{
		if (Vhe()) {
			fake_.regs[ARM_FAKE_HCR_EL2] = HCR_EL2_E2H | HCR_EL2_TGE;
		}
		Start();
		fake_.regs[ARM_FAKE_DCZID_EL0] = 4; // 64 bytes
		fake_.s12_results[kCodePage] = kCodeFrame;
		Put(0x100, 0xd503201f);
	}

	// Puts an instruction at an offset in the code page and the pc there.
	void Put(uint64_t offset, uint32_t word, bool thumb = false)
	{
		std::array<uint8_t, 4096> &frame = fake_.memory[kCodeFrame];

		if (thumb && arm_vcpu_t32_is_wide(word >> 16)) {
			word = word << 16 | word >> 16;
		}
		std::memcpy(&frame[offset], &word, 4);
		SetReg(ARM_VCPU_REG_PC, kCodePage + offset);
	}

	const axvcpu_exit *Abort(uint64_t iss, uint64_t offset = 0)
	{
		// IL is 1 without a syndrome, whatever the length.
		return Run(Esr(kDataAbort, iss), kDevice + offset, kHpfar);
	}

	// Goes on after a completed part: no entry of the guest in between.
	const axvcpu_exit *Next(bool may_move = true)
	{
		const axvcpu_exit *exit = nullptr;

		if (may_move && (GetParam() & kMoved) != 0) {
			Move();
		}
		size_t entries = fake_.Count("enter");
		EXPECT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
		EXPECT_EQ(entries, fake_.Count("enter")) << "the guest is not entered between parts";
		return exit;
	}

	// A new vCPU takes the place of this one.
	void Move()
	{
		std::vector<uint8_t> saved(axvcpu_save_size(vcpu_));
		arm_vcpu_setup_config setup = {};

		ASSERT_EQ(AXVCPU_OK, axvcpu_save(vcpu_, saved.data(), saved.size(), nullptr));
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
		setup.size = sizeof(setup);
		setup.vmid = 6;
		ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
		ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	}

	// After the last part the guest runs again.
	void ExpectEntered()
	{
		size_t entries = fake_.Count("enter");
		const axvcpu_exit *exit = nullptr;

		EXPECT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
		EXPECT_EQ(entries + 1, fake_.Count("enter"));
		EXPECT_EQ(AXVCPU_EXIT_EXTERNAL_INTERRUPT, exit->reason);
	}

	void ExpectPart(const axvcpu_exit *exit, uint32_t reason, const Part &part)
	{
		ASSERT_NE(nullptr, exit);
		ASSERT_EQ(reason, exit->reason);
		EXPECT_EQ(kDevicePage + part.offset, exit->u.mmio.gpa);
		EXPECT_EQ(part.width, exit->u.mmio.width);
		EXPECT_EQ(reason == AXVCPU_EXIT_MMIO_WRITE ? part.data : 0, exit->u.mmio.data);
		EXPECT_TRUE(exit->flags & AXVCPU_EXIT_FLAG_RAW);
		EXPECT_EQ(kDevice + part.offset, exit->raw.word[1]) << "the part's own address";
	}

	// A store of these parts, from its abort to its end.
	void ExpectStore(const std::vector<Part> &parts)
	{
		uint64_t pc = Pc();
		const axvcpu_exit *exit = Abort(kWrite, parts[0].offset);

		for (size_t i = 0; i < parts.size(); i++) {
			SCOPED_TRACE(i);
			ExpectPart(exit, AXVCPU_EXIT_MMIO_WRITE, parts[i]);
			EXPECT_EQ(pc, Pc());
			// Every other one is left to the next run.
			if (i + 1 == parts.size()) {
				EXPECT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
			} else {
				if (i % 2 == 0) {
					EXPECT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
				}
				exit = Next();
			}
		}
		EXPECT_EQ(pc + exit->instruction_length, Pc());
	}

	void ExpectLoad(const std::vector<Part> &parts)
	{
		uint64_t pc = Pc();
		const axvcpu_exit *exit = Abort(kRead, parts[0].offset);

		for (size_t i = 0; i < parts.size(); i++) {
			SCOPED_TRACE(i);
			ExpectPart(exit, AXVCPU_EXIT_MMIO_READ, parts[i]);
			EXPECT_EQ(pc, Pc());
			// What is above the width does not count.
			uint64_t above = parts[i].width < 8 ? ~uint64_t{ 0 } << (8 * parts[i].width) : 0;
			EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, parts[i].data | above));
			if (i + 1 < parts.size()) {
				exit = Next();
			}
		}
		EXPECT_EQ(pc + exit->instruction_length, Pc());
	}

	std::array<uint64_t, 2> V(uint32_t n)
	{
		std::array<uint64_t, 2> value = {};

		EXPECT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, ARM_VCPU_REG_V(n), value.data(), 16));
		return value;
	}
	void SetV(uint32_t n, uint64_t low, uint64_t high)
	{
		std::array<uint64_t, 2> value = { low, high };

		EXPECT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARM_VCPU_REG_V(n), value.data(), 16));
	}
	using Q = std::array<uint64_t, 2>;
};

INSTANTIATE_TEST_SUITE_P(Hosts, AccessTest, ::testing::Range(0, int{ kHosts }), HostName);

constexpr uint64_t kA = 0x8182838485868788, kB = 0x9192939495969798;

TEST_P(AccessTest, PairsOfGeneralRegisters)
{
	SetX(1, kA);
	SetX(2, kB);
	SetX(3, kDevice + 0x10);
	Put(0, 0xa9010861); // stp x1, x2, [x3, #16]
	ExpectStore({ { 0x20, 8, kA }, { 0x28, 8, kB } });
	Put(0, 0x29000861); // stp w1, w2, [x3]
	ExpectStore({ { 0x10, 4, 0x85868788 }, { 0x14, 4, 0x95969798 } });
	Put(0, 0xa9007c61); // stp x1, xzr, [x3]
	ExpectStore({ { 0x10, 8, kA }, { 0x18, 8, 0 } });

	Put(0, 0xa9401464); // ldp x4, x5, [x3]
	ExpectLoad({ { 0x10, 8, kA }, { 0x18, 8, kB } });
	EXPECT_EQ(kA, X(4));
	EXPECT_EQ(kB, X(5));
	SetX(4, UINT64_MAX);
	Put(0, 0x29401464); // ldp w4, w5, [x3]
	ExpectLoad({ { 0x10, 4, 0x81828384 }, { 0x14, 4, 5 } });
	EXPECT_EQ(0x81828384u, X(4));
	EXPECT_EQ(5u, X(5));
	Put(0, 0x69401464); // ldpsw x4, x5, [x3]
	ExpectLoad({ { 0x10, 4, 0x81828384 }, { 0x14, 4, 5 } });
	EXPECT_EQ(0xffffffff81828384, X(4));
	EXPECT_EQ(5u, X(5));
	Put(0, 0xa9400c7f); // ldp xzr, x3, [x3]: over its own base
	ExpectLoad({ { 0x10, 8, kA }, { 0x18, 8, kB } });
	EXPECT_EQ(kB, X(3));
	ExpectEntered();
}

TEST_P(AccessTest, TheExitNamesTheRegister)
{
	SetX(3, kDevice);
	Put(0, 0x69401464); // ldpsw x4, x5, [x3]
	for (uint32_t reg : { 4u, 5u }) {
		const axvcpu_exit *exit = reg == 4 ? Abort(kRead) : Next();
		EXPECT_EQ(reg, exit->u.mmio.reg);
		EXPECT_EQ(8u, exit->u.mmio.reg_width);
		EXPECT_EQ(1u, exit->u.mmio.sign_extend);
		EXPECT_EQ(4u, exit->instruction_length);
		EXPECT_EQ(kCodePage, exit->pc);
		EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0));
	}
	Put(0, 0x3dc00060); // ldr q0, [x3]: none of the general ones
	EXPECT_EQ(31u, Abort(kRead)->u.mmio.reg);
	EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
}

TEST_P(AccessTest, Writeback)
{
	SetX(1, kA);
	SetX(3, kDevice + 0x20);
	Put(0, 0xf81f0c61); // str x1, [x3, #-16]!
	ExpectStore({ { 0x10, 8, kA } });
	EXPECT_EQ(kDevice + 0x10, X(3));
	Put(0, 0x38001461); // strb w1, [x3], #1
	ExpectStore({ { 0x10, 1, 0x88 } });
	EXPECT_EQ(kDevice + 0x11, X(3));
	SetX(3, kDevice + 0x10);
	Put(0, 0x78c02461); // ldrsh w1, [x3], #2
	ExpectLoad({ { 0x10, 2, 0x8001 } });
	EXPECT_EQ(0xffff8001u, X(1));
	EXPECT_EQ(kDevice + 0x12, X(3));
	SetX(3, kDevice + 0x10);
	Put(0, 0xa8c20861); // ldp x1, x2, [x3], #32
	ExpectLoad({ { 0x10, 8, kA }, { 0x18, 8, kB } });
	EXPECT_EQ(kDevice + 0x30, X(3));
	Put(0, 0xf8408463); // ldr x3, [x3], #8: what is loaded stays
	ExpectLoad({ { 0x30, 8, kA } });
	EXPECT_EQ(kA, X(3));
}

TEST_P(AccessTest, EveryStackPointer)
{
	const std::pair<uint64_t, arm_fake_reg> cases[] = {
		{ kEl1h, ARM_FAKE_SP_EL1 }, { kEl1t, ARM_FAKE_SP_EL0 }, { kEl0, ARM_FAKE_SP_EL0 }
	};

	SetX(1, kA);
	SetX(2, kB);
	for (const auto &[pstate, sp] : cases) {
		SetReg(ARM_VCPU_REG_PSTATE, pstate);
		fake_.regs[ARM_FAKE_SP_EL0] = fake_.regs[ARM_FAKE_SP_EL1] = 0;
		fake_.regs[sp] = kDevice + 0x20;
		Put(0, 0xa9bf0be1); // stp x1, x2, [sp, #-16]!
		ExpectStore({ { 0x10, 8, kA }, { 0x18, 8, kB } });
		ExpectEntered();
		EXPECT_EQ(kDevice + 0x10, fake_.regs[sp]);
		EXPECT_EQ(kDevice + 0x10, fake_.regs[ARM_FAKE_SP_EL0] + fake_.regs[ARM_FAKE_SP_EL1]);
		Put(0, 0xa8c10be1); // ldp x1, x2, [sp], #16
		ExpectLoad({ { 0x10, 8, kA }, { 0x18, 8, kB } });
		EXPECT_EQ(kDevice + 0x20, Reg(sp == ARM_FAKE_SP_EL1 ? ARM_VCPU_REG_SYS(3, 4, 4, 1, 0) :
								   ARM_VCPU_REG_SYS(3, 0, 4, 1, 0)))
			<< "seen at once";
	}
}

TEST_P(AccessTest, FloatingPointAndSimd)
{
	SetV(0, kA, kB);
	SetV(31, kB, kA);
	SetX(3, kDevice);
	Put(0, 0x3d800060); // str q0, [x3]
	ExpectStore({ { 0, 8, kA }, { 8, 8, kB } });
	Put(0, 0x3d000060); // str b0, [x3]
	ExpectStore({ { 0, 1, 0x88 } });
	Put(0, 0xad007c60); // stp q0, q31, [x3]
	ExpectStore({ { 0, 8, kA }, { 8, 8, kB }, { 16, 8, kB }, { 24, 8, kA } });
	Put(0, 0x2c817c60); // stp s0, s31, [x3], #8
	ExpectStore({ { 0, 4, 0x85868788 }, { 4, 4, 0x95969798 } });
	EXPECT_EQ(kDevice + 8, X(3));
	SetX(3, kDevice);

	Put(0, 0x3dc00065); // ldr q5, [x3]
	ExpectLoad({ { 0, 8, kA }, { 8, 8, kB } });
	EXPECT_EQ((Q{ kA, kB }), V(5));
	Put(0, 0x7d400065); // ldr h5, [x3]: the rest is cleared
	ExpectLoad({ { 0, 2, 0x1234 } });
	EXPECT_EQ((Q{ 0x1234, 0 }), V(5));
	Put(0, 0x6d401865); // ldp d5, d6, [x3]
	ExpectLoad({ { 0, 8, kB }, { 8, 8, kA } });
	EXPECT_EQ((Q{ kB, 0 }), V(5));
	EXPECT_EQ((Q{ kA, 0 }), V(6));
	EXPECT_EQ((Q{ kB, kA }), V(31)) << "no other register";
}

TEST_P(AccessTest, SimdStructures)
{
	SetV(31, 0x0706050403020100, 0x0f0e0d0c0b0a0908);
	SetV(0, 0x1716151413121110, 0x1f1e1d1c1b1a1918);
	SetX(3, kDevice);
	Put(0, 0x0c00847f); // st2 {v31.4h, v0.4h}, [x3]
	ExpectStore({ { 0, 2, 0x0100 }, { 2, 2, 0x1110 }, { 4, 2, 0x0302 }, { 6, 2, 0x1312 },
		      { 8, 2, 0x0504 }, { 10, 2, 0x1514 }, { 12, 2, 0x0706 }, { 14, 2, 0x1716 } });
	Put(0, 0x4c9fac7f); // st1 {v31.2d, v0.2d}, [x3], #32
	ExpectStore({ { 0, 8, 0x0706050403020100 }, { 8, 8, 0x0f0e0d0c0b0a0908 },
		      { 16, 8, 0x1716151413121110 }, { 24, 8, 0x1f1e1d1c1b1a1918 } });
	EXPECT_EQ(kDevice + 32, X(3));
	SetX(3, kDevice);
	Put(0, 0x4d00847f); // st1 {v31.d}[1], [x3]
	ExpectStore({ { 0, 8, 0x0f0e0d0c0b0a0908 } });

	Put(0, 0x0c40887f); // ld2 {v31.2s, v0.2s}, [x3]
	ExpectLoad({ { 0, 4, 0xa0 }, { 4, 4, 0xb0 }, { 8, 4, 0xa1 }, { 12, 4, 0xb1 } });
	EXPECT_EQ((Q{ 0xa1000000a0, 0 }), V(31)) << "the upper half is cleared";
	EXPECT_EQ((Q{ 0xb1000000b0, 0 }), V(0));
	SetV(7, kA, kB);
	Put(0, 0x4d401c67); // ld1 {v7.b}[15], [x3]
	ExpectLoad({ { 0, 1, 0x55 } });
	EXPECT_EQ((Q{ kA, (kB & 0x00ffffffffffffff) | 0x5500000000000000 }), V(7));
	Put(0, 0x4d40c867); // ld1r {v7.4s}, [x3]
	ExpectLoad({ { 0, 4, 0x12345678 } });
	EXPECT_EQ((Q{ 0x1234567812345678, 0x1234567812345678 }), V(7));
	Put(0, 0x0d60c067); // ld2r {v7.8b, v8.8b}, [x3]
	ExpectLoad({ { 0, 1, 0x11 }, { 1, 1, 0x22 } });
	EXPECT_EQ((Q{ 0x1111111111111111, 0 }), V(7));
	EXPECT_EQ((Q{ 0x2222222222222222, 0 }), V(8));
}

TEST_P(AccessTest, ZeroBlockIsWritesOfZeros)
{
	std::vector<Part> parts;

	for (uint64_t at = 0; at < 64; at += 8) {
		parts.push_back({ 0x40 + at, 8, 0 });
	}
	SetX(7, kDevice + 0x53);
	Put(0, 0xd50b7427); // dc zva, x7
	uint64_t pc = Pc();
	// The hardware names any address of the block.
	const axvcpu_exit *exit = Abort(kWrite, 0x53);
	for (size_t i = 0; i < parts.size(); i++) {
		ExpectPart(exit, AXVCPU_EXIT_MMIO_WRITE, parts[i]);
		if (i + 1 < parts.size()) {
			exit = Next();
		}
	}
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
	EXPECT_EQ(pc + 4, Pc());
	EXPECT_EQ(kDevice + 0x53, X(7));
}

TEST_P(AccessTest, AArch32)
{
	SetReg(ARM_VCPU_REG_PSTATE, kA32);
	SetX(9, 0x9000010);
	SetX(2, 0xffffffff00000002);
	Put(0, 0xe1c920d0); // ldrd r2, r3, [r9]
	auto abort32 = [&](uint64_t iss, uint64_t offset) {
		return Run(Esr(kDataAbort, iss), 0x9000000 + offset, kHpfar);
	};
	const axvcpu_exit *exit = abort32(kRead, 0x10);
	ASSERT_EQ(AXVCPU_EXIT_MMIO_READ, exit->reason);
	EXPECT_EQ(4u, exit->u.mmio.width);
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0x11111111));
	exit = Next();
	EXPECT_EQ(kDevicePage + 0x14, exit->u.mmio.gpa);
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0x22222222));
	EXPECT_EQ(0x11111111u, X(2));
	EXPECT_EQ(0x22222222u, X(3));
	EXPECT_EQ(kCodePage + 4, Pc());

	// T32, sixteen bits, in an IT block whose last instruction it is: push {r0, r4}.
	SetX(13, 0x9000020);
	SetX(0, 0xa0);
	SetX(4, 0xb0);
	SetReg(ARM_VCPU_REG_PSTATE, kT32 | 0x8 << 8); // ITSTATE 0000 1000
	Put(2, 0xb411, true);
	exit = abort32(kWrite, 0x18);
	ASSERT_EQ(AXVCPU_EXIT_MMIO_WRITE, exit->reason);
	EXPECT_EQ(2u, exit->instruction_length) << "not what IL says";
	EXPECT_EQ(0xa0u, exit->u.mmio.data);
	EXPECT_EQ(kDevicePage + 0x18, exit->u.mmio.gpa);
	exit = Next();
	EXPECT_EQ(0xb0u, exit->u.mmio.data);
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
	EXPECT_EQ(kCodePage + 4, Pc());
	EXPECT_EQ(0x9000018u, X(13));
	EXPECT_EQ(kT32, Reg(ARM_VCPU_REG_PSTATE)) << "the block is over";

	// T32 of 32 bits across two pages that are not neighbours: strd r1, r2, [r9], #-8.
	fake_.s12_results[kCodePage + 0x1000] = 0x50000000;
	fake_.memory[0x50000000] = {};
	uint16_t second = 0x1202;
	std::memcpy(&fake_.memory[0x50000000][0], &second, 2);
	uint16_t first = 0xe869;
	std::memcpy(&fake_.memory[kCodeFrame][0xffe], &first, 2);
	SetReg(ARM_VCPU_REG_PC, kCodePage + 0xffe);
	SetX(1, 0x1111);
	exit = abort32(kWrite, 0x10);
	ASSERT_EQ(AXVCPU_EXIT_MMIO_WRITE, exit->reason);
	EXPECT_EQ(0x1111u, exit->u.mmio.data);
	exit = Next();
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
	EXPECT_EQ(kCodePage + 0x1002, Pc());
	EXPECT_EQ(0x9000008u, X(9));

	// VLDM: lanes of two registers, of which the rest stays.
	SetReg(ARM_VCPU_REG_PSTATE, kA32);
	SetX(2, 0x9000000);
	SetV(0, kA, kA);
	SetV(1, kB, kB);
	Put(0, 0xecf21a02); // vldmia r2!, {s3, s4}
	exit = abort32(kRead, 0);
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0x33333333));
	exit = Next();
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0x44444444));
	EXPECT_EQ((Q{ kA, (kA & UINT32_MAX) | 0x3333333300000000 }), V(0));
	EXPECT_EQ((Q{ (kB & ~uint64_t{ UINT32_MAX }) | 0x44444444, kB }), V(1));
	EXPECT_EQ(0x9000008u, X(2));
}

TEST_P(AccessTest, FailedInTheMiddleNothingChanged)
{
	GUEST(VBAR_EL1) = 0x80000;
	for (uint32_t failing = 0; failing < 2; failing++) {
		SetX(1, 1);
		SetX(2, 2);
		SetX(3, kDevice + 0x18);
		SetReg(ARM_VCPU_REG_PSTATE, kEl1h);
		Put(0, 0xa9ff0861); // ldp x1, x2, [x3, #-16]!
		const axvcpu_exit *exit = Abort(kRead, 8);
		if (failing == 1) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, kA));
			exit = Next();
		}
		ASSERT_EQ(AXVCPU_EXIT_MMIO_READ, exit->reason);
		ASSERT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
		EXPECT_EQ(1u, X(1));
		EXPECT_EQ(2u, X(2));
		EXPECT_EQ(kDevice + 0x18, X(3));
		EXPECT_EQ(kCodePage, GUEST(ELR_EL1));
		EXPECT_EQ(kDevice + 8 + 8 * failing, GUEST(FAR_EL1)) << "the part's address";
		EXPECT_EQ(0x25u, GUEST(ESR_EL1) >> 26);
		EXPECT_EQ(0x10u, GUEST(ESR_EL1) & 0x3f);
		EXPECT_EQ(0x80200u, Pc());
		ExpectEntered();
	}
}

TEST_P(AccessTest, RetriedInTheMiddleItBeginsAnew)
{
	SetX(1, kA);
	SetX(2, kB);
	SetX(3, kDevice);
	Put(0, 0xa8810861); // stp x1, x2, [x3], #16
	EXPECT_EQ(AXVCPU_EXIT_MMIO_WRITE, Abort(kWrite)->reason);
	const axvcpu_exit *exit = Next();
	EXPECT_EQ(kDevicePage + 8, exit->u.mmio.gpa);
	EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
	EXPECT_EQ(kCodePage, Pc());
	EXPECT_EQ(kDevice, X(3));
	ExpectEntered();
	ExpectStore({ { 0, 8, kA }, { 8, 8, kB } });
	EXPECT_EQ(kDevice + 16, X(3));
}

TEST_P(AccessTest, AKickBetweenPartsLosesNone)
{
	SetX(1, kA);
	SetX(2, kB);
	SetX(3, kDevice);
	Put(0, 0xa9000861); // stp x1, x2, [x3]
	EXPECT_EQ(AXVCPU_EXIT_MMIO_WRITE, Abort(kWrite)->reason);
	EXPECT_EQ(AXVCPU_OK, axvcpu_kick(vcpu_));
	// A kick does not go with a vCPU that is saved.
	EXPECT_EQ(AXVCPU_EXIT_NOTHING, Next(false)->reason);
	ExpectPart(Next(), AXVCPU_EXIT_MMIO_WRITE, { 8, 8, kB });
	ExpectEntered();
	EXPECT_EQ(kCodePage + 4, Pc());
}

TEST_P(AccessTest, PartsGoOnAfterAnotherBind)
{
	SetX(3, kDevice);
	Put(0, 0xacc11065); // ldp q5, q4, [x3], #32
	EXPECT_EQ(AXVCPU_EXIT_MMIO_READ, Abort(kRead)->reason);
	for (uint64_t part = 0; part < 4; part++) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, part + 1));
		EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		std::memset(fake_.v, 0xee, sizeof(fake_.v));
		EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
		if (part < 3) {
			ExpectPart(Next(), AXVCPU_EXIT_MMIO_READ, { 8 * (part + 1), 8, 0 });
		}
	}
	EXPECT_EQ((Q{ 1, 2 }), V(5));
	EXPECT_EQ((Q{ 3, 4 }), V(4));
	EXPECT_EQ(kDevice + 32, X(3));
	EXPECT_EQ(kCodePage + 4, Pc());
}

TEST_P(AccessTest, CompletedWhileBoundNowhere)
{
	SetX(3, kDevice);
	fake_.regs[ARM_FAKE_SP_EL1] = kDevice;
	Put(0, 0x3cc107e5); // ldr q5, [sp], #16
	EXPECT_EQ(AXVCPU_EXIT_MMIO_READ, Abort(kRead)->reason);
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, kA));
	Next();
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, kB));
	EXPECT_EQ((Q{ kA, kB }), V(5));
	EXPECT_EQ(kDevice + 16, Reg(ARM_VCPU_REG_SYS(3, 4, 4, 1, 0)));
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ((Q{ kA, kB }), V(5));
	ExpectEntered();
}

TEST_P(AccessTest, AGuestThatIsMovedElsewhereLosesTheRest)
{
	SetX(3, kDevice);
	Put(0, 0xa9000861); // stp x1, x2, [x3]
	EXPECT_EQ(AXVCPU_EXIT_MMIO_WRITE, Abort(kWrite)->reason);
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
	SetReg(ARM_VCPU_REG_PC, kEntry);
	ExpectEntered();
	EXPECT_EQ(kEntry, Pc());
}

TEST_P(AccessTest, WhatCannotBeDecodedSaysSo)
{
	const struct {
		const char *name;
		uint32_t word;
		uint64_t base, fault;
		bool write;
	} cases[] = {
		{ "ldxr", 0xc85f7c61, 0, 0, false },
		{ "ldadd", 0xf8210062, 0, 0, true },
		{ "cas", 0xc8a17c62, 0, 0, true },
		{ "a store where the abort is of a load", 0xa9000861, 0, 0, false },
		{ "a load where it is of a store", 0xa9400861, 0, 0, true },
		{ "no load or store", 0xd503201f, 0, 0, false },
		{ "over the end of a page, to where is memory", 0xa9400861, 0xff8, 0xff8, false },
		{ "over the end of a page, from there", 0xa9400861, uint64_t{ 0 } - 8, 0, false },
		{ "elsewhere in the page", 0xa9400861, 0x100, 0x110, false },
		{ "before it", 0xa9400861, 0x100, 0xff, false },
		{ "in another page", 0xa9400861, 0x1000, 0, false },
	};

	for (const auto &c : cases) {
		SetX(3, kDevice + c.base);
		Put(0, c.word);
		const axvcpu_exit *exit = Abort(c.write ? kWrite : kRead, c.fault);
		ASSERT_EQ(AXVCPU_EXIT_NESTED_PAGE_FAULT, exit->reason) << c.name;
		EXPECT_EQ(static_cast<uint32_t>((c.write ? AXVCPU_ACCESS_WRITE : AXVCPU_ACCESS_READ) |
						AXVCPU_ACCESS_GVA_VALID | AXVCPU_ACCESS_NO_SYNDROME),
			  exit->u.nested_page_fault.access)
			<< c.name;
		EXPECT_EQ(kDevicePage + c.fault, exit->u.nested_page_fault.gpa) << c.name;
		EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
		EXPECT_EQ(kCodePage, Pc());
	}
}

// Two pages that stage 1 puts far from each other, neither of them in stage 2.
class TwoPageTest : public AccessTest {
    protected:
	static constexpr uint64_t kSecond = kDevice + 0x1000, kSecondPage = 0xa000000;
	static constexpr uint64_t kStage2Translation = 0x20b, kStage1Translation = 0x0f;

	void SetUp() override
	{
		AccessTest::SetUp();
		fake_.s1_results[kDevice] = fake_.s1e0_results[kDevice] = kDevicePage;
		fake_.s1_results[kSecond] = fake_.s1e0_results[kSecond] = kSecondPage;
		fake_.s12_results[kDevice] = fake_.s12_results[kSecond] = kStage2Translation;
	}

	// The reason of the exit of `word` with its base at kDevice + base, by a fault at `fault`.
	const axvcpu_exit *Fault(uint32_t word, uint64_t base, uint64_t fault, bool write)
	{
		SetX(3, kDevice + base);
		Put(0, word);
		return Run(Esr(kDataAbort, write ? kWrite : kRead), kDevice + fault,
			   (fault < 0x1000 ? kDevicePage : kSecondPage) >> 12 << 4);
	}
};

INSTANTIATE_TEST_SUITE_P(Hosts, TwoPageTest, ::testing::Range(0, int{ kHosts }), HostName);

// What no access leaves is refused; the register is 0 where there is none.
TEST_P(AccessTest, RegistersOfAnAccess)
{
	std::array<uint64_t, 8> words = {}, wrong;

	ASSERT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, ARM_VCPU_REG_ACCESS, words.data(), 64));
	EXPECT_EQ((std::array<uint64_t, 8>{}), words);
	Put(0, 0xa9400861); // ldp x1, x2, [x3]
	SetX(3, kDevice);
	ExpectPart(Abort(kRead), AXVCPU_EXIT_MMIO_READ, { 0, 8, 0 });
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0x1122334455667788));
	ASSERT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, ARM_VCPU_REG_ACCESS, words.data(), 64));
	EXPECT_EQ(8u, words[0]);
	EXPECT_EQ(kDevice, words[1]);
	EXPECT_EQ(kDevicePage, words[2]);
	EXPECT_EQ(Esr(kDataAbort, kRead), words[3]);
	for (uint32_t i : { 0u, 2u, 4u, 7u }) {
		wrong = words;
		wrong[i] = i == 0 ? 2049 : 1;
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
			  axvcpu_set_reg(vcpu_, ARM_VCPU_REG_ACCESS, wrong.data(), 64))
			<< i;
	}
	std::array<uint64_t, 8> data;
	ASSERT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, ARM_VCPU_REG_ACCESS_DATA(0), data.data(), 64));
	EXPECT_EQ((std::array<uint64_t, 8>{ 0x1122334455667788 }), data);
	ASSERT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, ARM_VCPU_REG_ACCESS_DATA(1), data.data(), 64));
	EXPECT_EQ((std::array<uint64_t, 8>{}), data);
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_get_reg(vcpu_, ARM_VCPU_REG_ACCESS_DATA(2), data.data(), 64));
	// As if it had been all of the instruction, and more: it begins anew.
	words[0] = 16;
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARM_VCPU_REG_ACCESS, words.data(), 64));
	ExpectEntered();
	// Another instruction is there now.
	words[0] = 8;
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARM_VCPU_REG_ACCESS, words.data(), 64));
	Put(0, 0xd503201f);
	ExpectEntered();
	// The guest is elsewhere.
	Put(0, 0xa9400861);
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, ARM_VCPU_REG_ACCESS, words.data(), 64));
	SetReg(ARM_VCPU_REG_PC, kCodePage + 0x100);
	ExpectEntered();
}

TEST_P(TwoPageTest, PartsInBoth)
{
	// The hardware may report either page.
	for (uint64_t fault : { 0xff8, 0x1000, 0x1007 }) {
		for (uint64_t pstate : { kEl1h, kEl0 }) {
			SetReg(ARM_VCPU_REG_PSTATE, pstate);
			const axvcpu_exit *exit = Fault(0xa9400861, 0xff8, fault, false); // ldp x1, x2, [x3]
			ASSERT_EQ(AXVCPU_EXIT_MMIO_READ, exit->reason) << std::hex << fault;
			EXPECT_EQ(kDevicePage + 0xff8, exit->u.mmio.gpa);
			EXPECT_EQ(kDevice + 0xff8, exit->raw.word[1]);
			EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, kA));
			exit = Next();
			EXPECT_EQ(kSecondPage, exit->u.mmio.gpa);
			EXPECT_EQ(kSecond, exit->raw.word[1]);
			EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, kB));
			EXPECT_EQ(kA, X(1));
			EXPECT_EQ(kB, X(2));
		}
	}
	SetV(0, kA, kB);
	const axvcpu_exit *exit = Fault(0x3d800060, 0xff8, 0xff8, true); // str q0, [x3]
	ExpectPart(exit, AXVCPU_EXIT_MMIO_WRITE, { 0xff8, 8, kA });
	exit = Next();
	EXPECT_EQ(kSecondPage, exit->u.mmio.gpa);
	EXPECT_EQ(kB, exit->u.mmio.data);
	EXPECT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
	EXPECT_EQ(kSecond, GUEST(FAR_EL1));
}

TEST_P(TwoPageTest, WhatOnePageForbids)
{
	auto refused = [&](uint64_t base, uint64_t fault) {
		fake_.regs[ARM_FAKE_PAR_EL1] = 0x1234;
		bool no = Fault(0xa9400861, base, fault, false)->reason == AXVCPU_EXIT_NESTED_PAGE_FAULT;
		EXPECT_EQ(0x1234u, fake_.regs[ARM_FAKE_PAR_EL1]) << "the guest's";
		EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
		return no;
	};

	EXPECT_FALSE(refused(0xff8, 0xff8));
	EXPECT_TRUE(refused(0xffc, 0xffc)) << "a part in both pages";
	// The other page is memory, is not there for the guest, or is there for another access only.
	for (uint64_t fault : { 0xff8, 0x1000 }) {
		uint64_t other = fault == 0xff8 ? kSecond : kDevice;
		uint64_t s1 = fake_.s1_results[other];

		fake_.s12_results[other] = 0x48000000;
		EXPECT_TRUE(refused(0xff8, fault)) << "memory";
		fake_.s12_results[other] = 0x21f;
		EXPECT_TRUE(refused(0xff8, fault)) << "stage 2 forbids";
		fake_.s12_results[other] = kStage1Translation;
		EXPECT_TRUE(refused(0xff8, fault)) << "gone";
		fake_.s12_results[other] = kStage2Translation;
		fake_.s1_results[other] = kStage1Translation;
		EXPECT_TRUE(refused(0xff8, fault)) << "not mapped";
		fake_.s1_results[other] = s1;
		EXPECT_FALSE(refused(0xff8, fault));
		// EL0 asks for its own rights; EL1 with PAN keeps off EL0's pages.
		SetReg(ARM_VCPU_REG_PSTATE, kEl1h | SPSR_PAN);
		EXPECT_TRUE(refused(0xff8, fault)) << "PAN";
		fake_.s1e0_results.erase(other);
		EXPECT_FALSE(refused(0xff8, fault)) << "a page of EL1, with PAN";
		SetReg(ARM_VCPU_REG_PSTATE, kEl0);
		EXPECT_TRUE(refused(0xff8, fault)) << "a page of EL1, at EL0";
		fake_.s1e0_results[other] = s1;
		EXPECT_FALSE(refused(0xff8, fault));
		SetReg(ARM_VCPU_REG_PSTATE, kEl1h);
	}
}

TEST_P(AccessTest, CodeThatCannotBeRead)
{
	fake_.regs[ARM_FAKE_PAR_EL1] = 0x1234;
	SetX(3, kDevice);
	Put(0, 0xa9400861);
	// Not mapped any more, by stage 1 or stage 2: the guest runs into that itself.
	for (uint64_t par : { 0x0b, 0x1f, 0x20b, 0x213 }) {
		fake_.s12_results[kCodePage] = par;
		size_t entries = fake_.Count("enter");
		Abort(kRead);
		EXPECT_TRUE(Handled()) << std::hex << par;
		EXPECT_EQ(entries + 2, fake_.Count("enter"));
		EXPECT_EQ(kCodePage, Pc());
	}
	// Executable but not readable in stage 2, or no memory of the hypervisor: an exit.
	for (uint64_t par : { uint64_t{ 0x21f }, uint64_t{ 0x77777000 } }) {
		fake_.s12_results[kCodePage] = par;
		EXPECT_EQ(AXVCPU_EXIT_NESTED_PAGE_FAULT, Abort(kRead)->reason) << std::hex << par;
		EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
	}
	EXPECT_EQ(0x1234u, fake_.regs[ARM_FAKE_PAR_EL1]) << "the guest's";
}

TEST_P(AccessTest, TheSecondHalfOfAnInstructionMayBeGone)
{
	SetReg(ARM_VCPU_REG_PSTATE, kT32);
	uint16_t first = 0xe869;
	std::memcpy(&fake_.memory[kCodeFrame][0xffe], &first, 2);
	SetReg(ARM_VCPU_REG_PC, kCodePage + 0xffe);
	fake_.s12_results[kCodePage + 0x1000] = 0x0f;
	Abort(kWrite);
	EXPECT_TRUE(Handled());
	EXPECT_EQ(kCodePage + 0xffe, Pc());
}

TEST_P(AccessTest, CacheMaintenanceOfADeviceDoesNothing)
{
	Put(0, 0xd50b7e23); // dc civac, x3
	Run(Esr(kDataAbort, kWrite | 1 << 8), kDevice, kHpfar);
	EXPECT_TRUE(Handled());
	EXPECT_EQ(kCodePage + 4, Pc());
	EXPECT_EQ(0u, fake_.Count("at s12")) << "its syndrome says enough";
}

TEST_P(AccessTest, TagsOfAddressesDoNotCount)
{
	SetX(3, kDevice | 0xab00000000000000);
	Put(0, 0xa9400861); // ldp x1, x2, [x3]
	EXPECT_EQ(AXVCPU_EXIT_MMIO_READ, Abort(kRead)->reason);
	EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
}

struct Order {
	const char *name;
	uint64_t pstate, sctlr;
	bool big;
};

// B2.8.2: EE at EL1, E0E at EL0, CPSR.E in AArch32.
const Order kOrders[] = {
	{ "EL1h", kEl1h, SCTLR_EL1_EE, true },
	{ "EL1t", kEl1t, SCTLR_EL1_EE, true },
	{ "EL1h, E0E", kEl1h, SCTLR_EL1_E0E, false },
	{ "EL0", kEl0, SCTLR_EL1_E0E, true },
	{ "EL0, EE", kEl0, SCTLR_EL1_EE, false },
	{ "A32, E", kA32 | 1 << 9, 0, true },
	{ "A32", kA32, SCTLR_EL1_EE | SCTLR_EL1_E0E, false },
};

TEST_P(AccessTest, BigEndianDataThatTheSyndromeDescribes)
{
	for (const Order &order : kOrders) {
		SCOPED_TRACE(order.name);
		for (uint64_t log2 = 0; log2 < 4; log2++) {
			uint32_t width = 1u << log2;
			// What a device that counts bytes from the lowest address up sees.
			uint64_t at_device = __builtin_bswap64(kA) >> (64 - 8 * width);
			uint64_t low = log2 == 3 ? kA : kA & ((uint64_t{ 1 } << (8 * width)) - 1);

			GUEST(SCTLR_EL1) = order.sctlr;
			SetReg(ARM_VCPU_REG_PSTATE, order.pstate);
			SetX(3, kA);
			const axvcpu_exit *exit = Run(Esr(kDataAbort, uint64_t{ 1 } << 24 | log2 << 22 |
									      3 << 16 | 1 << 15 | kWrite),
						      kDevice, kHpfar);
			EXPECT_EQ(order.big ? at_device : low, exit->u.mmio.data) << width;
			for (uint64_t sign : { 0, 1 }) {
				exit = Run(Esr(kDataAbort, uint64_t{ 1 } << 24 | log2 << 22 | sign << 21 |
								   3 << 16 | 1 << 15 | kRead),
					   kDevice, kHpfar);
				EXPECT_EQ(width, exit->u.mmio.width);
				// The order is that of the exit: completed later, elsewhere, it stays so.
				GUEST(SCTLR_EL1) ^= SCTLR_EL1_EE | SCTLR_EL1_E0E;
				EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, order.big ? at_device : low));
				GUEST(SCTLR_EL1) = order.sctlr;
				uint64_t expected = low;
				if (sign && log2 < 3 && (low >> (8 * width - 1)) != 0) {
					expected |= ~uint64_t{ 0 } << (8 * width);
				}
				EXPECT_EQ(expected, X(3)) << width << " " << sign;
			}
		}
	}
}

TEST_P(AccessTest, BigEndianDataSignExtendToTheirRegister)
{
	GUEST(SCTLR_EL1) = SCTLR_EL1_EE;
	for (uint64_t sf : { 0, 1 }) {
		// LDRSH: SAS = 1, SSE = 1.
		Run(Esr(kDataAbort, uint64_t{ 1 } << 24 | 1 << 22 | 1 << 21 | 3 << 16 | sf << 15 | kRead),
		    kDevice, kHpfar);
		EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0x0180));
		EXPECT_EQ(sf ? 0xffffffffffff8001 : 0xffff8001, X(3));
		// The device's sign bit is not the guest's.
		Run(Esr(kDataAbort, uint64_t{ 1 } << 24 | 1 << 22 | 1 << 21 | 3 << 16 | sf << 15 | kRead),
		    kDevice, kHpfar);
		EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0x8001));
		EXPECT_EQ(0x0180u, X(3));
	}
}

TEST_P(AccessTest, BigEndianDataThatAreDecoded)
{
	const uint64_t a = __builtin_bswap64(kA), b = __builtin_bswap64(kB);

	for (const Order &order : kOrders) {
		if (order.pstate & SPSR_NRW) {
			continue;
		}
		SCOPED_TRACE(order.name);
		GUEST(SCTLR_EL1) = order.sctlr;
		SetReg(ARM_VCPU_REG_PSTATE, order.pstate);
		SetX(1, kA);
		SetX(2, kB);
		SetX(3, kDevice);
		Put(0, 0xa9000861); // stp x1, x2, [x3]
		ExpectStore({ { 0, 8, order.big ? a : kA }, { 8, 8, order.big ? b : kB } });
		Put(0, 0x69401464); // ldpsw x4, x5, [x3]
		ExpectLoad({ { 0, 4, order.big ? 0x84838281 : 0x81828384u }, { 4, 4, 0x01000000 } });
		EXPECT_EQ(0xffffffff81828384, X(4));
		EXPECT_EQ(order.big ? 1u : 0x1000000u, X(5));
		SetV(0, kA, kB);
		Put(0, 0x3d800060); // str q0, [x3]: the upper half comes first
		ExpectStore({ { 0, 8, order.big ? b : kA }, { 8, 8, order.big ? a : kB } });
		Put(0, 0x3dc00065); // ldr q5, [x3]
		ExpectLoad({ { 0, 8, order.big ? b : kA }, { 8, 8, order.big ? a : kB } });
		EXPECT_EQ((Q{ kA, kB }), V(5));
		Put(0, 0x0c008460); // st2 {v0.4h, v1.4h}, [x3]: within an element
		SetV(1, 0x1112131415161718, 0);
		ExpectStore({ { 0, 2, order.big ? 0x8887u : 0x8788 }, { 2, 2, order.big ? 0x1817u : 0x1718 },
			      { 4, 2, order.big ? 0x8685u : 0x8586 }, { 6, 2, order.big ? 0x1615u : 0x1516 },
			      { 8, 2, order.big ? 0x8483u : 0x8384 }, { 10, 2, order.big ? 0x1413u : 0x1314 },
			      { 12, 2, order.big ? 0x8281u : 0x8182 }, { 14, 2, order.big ? 0x1211u : 0x1112 } });
		Put(0, 0x4d40c467); // ld1r {v7.8h}, [x3]
		ExpectLoad({ { 0, 2, 0x1234 } });
		uint64_t lanes = order.big ? 0x3412341234123412 : 0x1234123412341234;
		EXPECT_EQ((Q{ lanes, lanes }), V(7));
	}
}

// Any instruction that is decoded ends, with its pc behind it, or leaves an exit that says no.
TEST_P(AccessTest, AnyInstructionEnds)
{
	std::mt19937_64 random(5);
	uint32_t ended = 0;

	for (uint32_t i = 0; i < 60000; i++) {
		bool thumb = i % 3 == 2;
		uint64_t pstate = i % 3 == 0 ? kEl1h : i % 3 == 1 ? kA32 : kT32;
		uint32_t word = static_cast<uint32_t>(random());
		uint64_t base = i % 3 == 0 ? kDevice : kDevicePage;
		uint64_t fault = random() % 0x1000;

		word = i % 3 == 0 ? (word & ~0x0a000000u) | 0x08000000u :
		       i % 3 == 1 ? (word & 0x0fffffffu) | 0xe0000000u :
				    (word & 0x17ffffffu) | 0xe8000000u;
		SetReg(ARM_VCPU_REG_PSTATE, pstate);
		Put(0x80, word, thumb);
		for (uint32_t n = 0; n < 31; n++) {
			SetX(n, base + fault);
		}
		fake_.regs[ARM_FAKE_SP_EL1] = base + fault;
		const axvcpu_exit *exit = Run(Esr(kDataAbort, random() % 2 ? kRead : kWrite),
					      base + fault, kHpfar);
		uint32_t parts = 0;
		while (exit->reason == AXVCPU_EXIT_MMIO_READ || exit->reason == AXVCPU_EXIT_MMIO_WRITE) {
			ASSERT_LE(++parts, ARM_TRANSFER_BYTES) << std::hex << word;
			ASSERT_EQ(kDevicePage, exit->u.mmio.gpa & ~uint64_t{ 0xfff });
			ASSERT_LE((exit->u.mmio.gpa & 0xfff) + exit->u.mmio.width, 0x1000u);
			ASSERT_EQ(kCodePage + 0x80, Pc());
			if (exit->reason == AXVCPU_EXIT_MMIO_READ) {
				ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, random()));
			}
			ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
		}
		if (parts != 0) {
			ASSERT_EQ(AXVCPU_EXIT_EXTERNAL_INTERRUPT, exit->reason);
			ASSERT_EQ(kCodePage + 0x84, Pc()) << std::hex << word;
			ended++;
		} else {
			ASSERT_EQ(AXVCPU_EXIT_NESTED_PAGE_FAULT, exit->reason);
			ASSERT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
		}
	}
	EXPECT_GT(ended, 1000u);
}

} // namespace
