// SPDX-License-Identifier: Apache-2.0
// HVC and SMC: PSCI (DEN 0022), SMCCC (DEN 0028), policies.
#include "tests/fake_cpu.h"

#include <cstring>

namespace {

constexpr uint64_t kHvc = 0x16;
constexpr uint64_t kSmc = 0x17;
constexpr uint64_t kNotSupported = UINT64_MAX;
constexpr uint64_t kInvalidParameters = static_cast<uint64_t>(-2);
constexpr uint64_t kDenied = static_cast<uint64_t>(-3);
constexpr uint64_t k64 = 0x40000000;

class CallTest : public ArmTest {
    protected:
	const axvcpu_exit *Call(uint64_t ec, uint64_t x0, uint64_t x1 = 0, uint64_t x2 = 0,
				uint64_t x3 = 0, uint64_t immediate = 0)
	{
		SetX(0, x0);
		SetX(1, x1);
		SetX(2, x2);
		SetX(3, x3);
		SetReg(ARM_VCPU_REG_PC, kEntry);
		const axvcpu_exit *exit = Run(Esr(ec, immediate));
		// An HVC reports the next instruction, a trapped SMC itself.
		EXPECT_EQ(ec == kSmc ? kEntry + 4 : kEntry, Pc());
		return exit;
	}
	// A call that the library answers: its result.
	uint64_t Answer(uint64_t ec, uint64_t x0, uint64_t x1 = 0, uint64_t x2 = 0, uint64_t x3 = 0)
	{
		Call(ec, x0, x1, x2, x3);
		EXPECT_TRUE(Handled()) << std::hex << x0;
		EXPECT_EQ(x1, X(1));
		EXPECT_EQ(x2, X(2));
		EXPECT_EQ(x3, X(3));
		return X(0);
	}
};

TEST_F(CallTest, PsciAnswersOfTheLibrary)
{
	Start();
	for (uint64_t ec : { kHvc, kSmc }) {
		EXPECT_EQ(0x10001u, Answer(ec, 0x84000000));
		EXPECT_EQ(2u, Answer(ec, 0x84000006));
		// The upper half of a 32-bit function id means nothing (DEN 0028, 2.5).
		EXPECT_EQ(0x10001u, Answer(ec, 0xffffffff84000000));
		for (uint64_t size : { uint64_t{ 0 }, k64 }) {
			EXPECT_EQ(0u, Answer(ec, 0x84000004 | size, 0, 0)) << "this CPU is on";
			EXPECT_EQ(kInvalidParameters, Answer(ec, 0x84000004 | size, 0, 1));
			EXPECT_EQ(kInvalidParameters, Answer(ec, 0x84000001 | size, 0x00020000));
			EXPECT_EQ(kInvalidParameters, Answer(ec, 0x84000001 | size, 0x04000000));
			EXPECT_EQ(kInvalidParameters, Answer(ec, 0x84000012 | size, 1));
			EXPECT_EQ(kInvalidParameters, Answer(ec, 0x84000003 | size, 0x01000000));
		}
		EXPECT_EQ(kInvalidParameters, Answer(ec, 0xc4000003, uint64_t{ 1 } << 40));
	}
}

TEST_F(CallTest, EveryPsciIdIsAnsweredAsFeaturesSays)
{
	Start();
	for (uint64_t ec : { kHvc, kSmc }) {
		for (uint64_t size : { uint64_t{ 0 }, k64 }) {
			for (uint64_t id = 0; id < 0x20; id++) {
				uint64_t function = 0x84000000 | size | id;
				uint64_t known = Answer(ec, 0x8400000a, function);

				EXPECT_TRUE(known == 0 || known == kNotSupported);
				// 0x84000000 as parameter: a function for FEATURES, refused elsewhere.
				Call(ec, function, 0x84000000);
				if (known == kNotSupported) {
					EXPECT_TRUE(Handled()) << std::hex << function;
					EXPECT_EQ(kNotSupported, X(0)) << std::hex << function;
				} else {
					EXPECT_FALSE(Handled() && X(0) == kNotSupported)
						<< std::hex << function;
				}
			}
		}
		EXPECT_EQ(0u, Answer(ec, 0x8400000a, 0x80000000)) << "SMCCC_VERSION is asked for here";
		EXPECT_EQ(kNotSupported, Answer(ec, 0x8400000a, 0x84000020));
	}
	// These have no 64-bit form (DEN 0022, table 5).
	for (uint64_t id : { 0x00, 0x02, 0x06, 0x08, 0x09, 0x0a }) {
		EXPECT_EQ(kNotSupported, Answer(kHvc, 0xc4000000 | id)) << id;
	}
}

TEST_F(CallTest, CpuOn)
{
	Start();
	const axvcpu_exit *exit = Call(kSmc, 0xc4000003, 0x0000000302010000 & 0xff00ffffff,
				       0x123456789000, 0xabcdef0123456789);
	ASSERT_EQ(AXVCPU_EXIT_CPU_UP, exit->reason);
	EXPECT_EQ(0x0000000302010000u & 0xff00ffffff, exit->u.cpu_up.target_cpu);
	EXPECT_EQ(0x123456789000u, exit->u.cpu_up.entry_point);
	EXPECT_EQ(0xabcdef0123456789, exit->u.cpu_up.arg);
	EXPECT_EQ(kInvalidParameters, X(0)) << "if nobody answers";
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_return_value(vcpu_, 0));
	EXPECT_EQ(0u, X(0));

	exit = Call(kHvc, 0x84000003, 0xffffffff00000001, 0xffffffff40000000, 0xffffffff00000007);
	ASSERT_EQ(AXVCPU_EXIT_CPU_UP, exit->reason);
	EXPECT_EQ(1u, exit->u.cpu_up.target_cpu) << "32 bits of each parameter";
	EXPECT_EQ(0x40000000u, exit->u.cpu_up.entry_point);
	EXPECT_EQ(7u, exit->u.cpu_up.arg);
}

TEST_F(CallTest, PowerDown)
{
	Start();
	// Leaves nothing of the record zero by chance.
	for (uint32_t n = 4; n < 9; n++) {
		SetX(n, UINT64_MAX);
	}
	Call(kHvc, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 1);
	const axvcpu_exit *down = Call(kHvc, 0x84000002);
	EXPECT_EQ(AXVCPU_EXIT_CPU_DOWN, down->reason);
	EXPECT_EQ(0u, down->u.cpu_down.power_state);
	EXPECT_EQ(kDenied, X(0)) << "if it runs on nonetheless";
	struct {
		uint64_t function, type;
	} cases[] = {
		{ 0x84000008, AXVCPU_SYSTEM_DOWN_POWER_OFF },
		{ 0x84000009, AXVCPU_SYSTEM_DOWN_RESET },
		{ 0x84000012, AXVCPU_SYSTEM_DOWN_RESET },
		{ 0xc4000012, AXVCPU_SYSTEM_DOWN_RESET },
	};
	for (const auto &c : cases) {
		Call(kHvc, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 1);
		const axvcpu_exit *exit = Call(kSmc, c.function);

		ASSERT_EQ(AXVCPU_EXIT_SYSTEM_DOWN, exit->reason) << std::hex << c.function;
		EXPECT_EQ(c.type, exit->u.system_down.type);
		EXPECT_EQ(0u, exit->u.system_down.code);
		EXPECT_EQ(0u, exit->u.system_down.reserved);
		EXPECT_EQ(kNotSupported, X(0)) << "if it runs on nonetheless";
	}
	const axvcpu_exit *exit = Call(kSmc, 0xc4000012, 0x80000005, 9);
	ASSERT_EQ(AXVCPU_EXIT_SYSTEM_DOWN, exit->reason);
	EXPECT_EQ(0x80000005u, exit->u.system_down.code) << "a vendor's reset type";
}

TEST_F(CallTest, SuspendIsAHalt)
{
	Start();
	for (uint64_t state : { 0x0, 0x10000, 0x01010001, 0x03000000 }) {
		EXPECT_EQ(AXVCPU_EXIT_HALT, Call(kHvc, 0xc4000001, state, kEntry, 1)->reason);
		EXPECT_EQ(0u, X(0)) << "SUCCESS when it goes on";
		EXPECT_EQ(AXVCPU_STATE_BLOCKED, axvcpu_get_state(vcpu_));
		EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
	}
}

TEST_F(CallTest, AffinityInfoOfOthersIsForTheHypervisor)
{
	Start();
	const axvcpu_exit *exit = Call(kSmc, 0x84000004, 0xffffffff00000002, 0);
	ASSERT_EQ(AXVCPU_EXIT_HYPERCALL, exit->reason);
	EXPECT_EQ(0x84000004u, exit->u.hypercall.number);
	EXPECT_EQ(2u, exit->u.hypercall.args[0]);
	EXPECT_EQ(static_cast<uint32_t>(ARM_VCPU_HYPERCALL_SMC), exit->u.hypercall.conduit);
	EXPECT_EQ(kInvalidParameters, X(0));
}

TEST_F(CallTest, Smccc)
{
	Start(0, ARM_VCPU_SMC_FORWARD);
	for (uint64_t ec : { kHvc, kSmc }) {
		EXPECT_EQ(0x10002u, Answer(ec, 0x80000000));
		EXPECT_EQ(0x10002u, Answer(ec, 0xdeadbeef80000000));
		for (uint64_t upper : { uint64_t{ 0 }, uint64_t{ 0xdeadbeef } << 32 }) {
			EXPECT_EQ(0u, Answer(ec, 0x80000001, upper | 0x80000000));
			EXPECT_EQ(0u, Answer(ec, 0x80000001, upper | 0x80000001));
		}
		// SOC_ID and what there is no more; a function that is none of the architecture.
		for (uint64_t function : { 0x80000002, 0x80000003, 0x80003ffe, 0x84000000, 0xc4000003, 0u }) {
			EXPECT_EQ(kNotSupported, Answer(ec, 0x80000001, function)) << function;
		}
		// All of the architecture's calls are answered: nobody forwards them.
		for (uint64_t function : { 0x80000002, 0x80000003, 0x80007fff, 0x80000010, 0x8000ffff,
					   0x80ff0001, 0xc0000000, 0xc0000001, 0xc0000002 }) {
			EXPECT_EQ(kNotSupported, Answer(ec, function, 0)) << function;
		}
	}
	EXPECT_EQ(0u, fake_.Count("smc"));
}

TEST_F(CallTest, WorkaroundsAreAsTheCpuSays)
{
	constexpr uint64_t kWorkaround1 = 0x80008000, kWorkaround2 = 0x80007fff,
			   kWorkaround3 = 0x80003fff;
	const struct {
		uint64_t csv2, ecbhb;
		uint64_t first, third;
	} cases[] = {
		{ 0, 0, kNotSupported, kNotSupported }, { 1, 0, 1, kNotSupported },
		{ 2, 0, 1, kNotSupported },             { 3, 0, 1, 1 },
		{ 0, 1, kNotSupported, 1 },             { 2, 1, 1, 1 },
	};

	Start();
	for (const auto &c : cases) {
		fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] =
			(fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] & ~(uint64_t{ 0xf } << 56)) | c.csv2 << 56;
		fake_.regs[ARM_FAKE_ID_AA64MMFR1_EL1] = 2u << 4 | c.ecbhb << 60;
		for (uint64_t ec : { kHvc, kSmc }) {
			EXPECT_EQ(c.first, Answer(ec, 0x80000001, kWorkaround1));
			EXPECT_EQ(kNotSupported, Answer(ec, 0x80000001, kWorkaround2));
			EXPECT_EQ(c.third, Answer(ec, 0x80000001, kWorkaround3));
			// One that is not required may be called: it does nothing, x0 included.
			EXPECT_EQ(c.first == 1 ? kWorkaround1 : kNotSupported, Answer(ec, kWorkaround1, 5));
			EXPECT_EQ(kNotSupported, Answer(ec, kWorkaround2, 1));
			EXPECT_EQ(c.third == 1 ? kWorkaround3 : kNotSupported, Answer(ec, kWorkaround3));
		}
	}
}

// DEN 0022D, table 5 and 5.1: what there is of PSCI 1.1, and of what a virtual machine does without.
TEST_F(CallTest, EveryPsciFunctionByName)
{
	enum Form { kOnly32, kBoth };
	const struct {
		const char *name;
		uint64_t id;
		Form form;
		bool there;
	} functions[] = {
		{ "PSCI_VERSION", 0x00, kOnly32, true },
		{ "CPU_SUSPEND", 0x01, kBoth, true },
		{ "CPU_OFF", 0x02, kOnly32, true },
		{ "CPU_ON", 0x03, kBoth, true },
		{ "AFFINITY_INFO", 0x04, kBoth, true },
		{ "MIGRATE", 0x05, kBoth, false },
		{ "MIGRATE_INFO_TYPE", 0x06, kOnly32, true },
		{ "MIGRATE_INFO_UP_CPU", 0x07, kBoth, false },
		{ "SYSTEM_OFF", 0x08, kOnly32, true },
		{ "SYSTEM_RESET", 0x09, kOnly32, true },
		{ "PSCI_FEATURES", 0x0a, kOnly32, true },
		{ "CPU_FREEZE", 0x0b, kOnly32, false },
		{ "CPU_DEFAULT_SUSPEND", 0x0c, kBoth, false },
		{ "NODE_HW_STATE", 0x0d, kBoth, false },
		{ "SYSTEM_SUSPEND", 0x0e, kBoth, false },
		{ "PSCI_SET_SUSPEND_MODE", 0x0f, kOnly32, false },
		{ "PSCI_STAT_RESIDENCY", 0x10, kBoth, false },
		{ "PSCI_STAT_COUNT", 0x11, kBoth, false },
		{ "SYSTEM_RESET2", 0x12, kBoth, true },
		{ "MEM_PROTECT", 0x13, kOnly32, false },
		{ "MEM_PROTECT_CHECK_RANGE", 0x14, kBoth, false },
	};

	Start(0, ARM_VCPU_SMC_FORWARD);
	for (const auto &f : functions) {
		for (uint64_t size : { uint64_t{ 0 }, k64 }) {
			bool there = f.there && (size == 0 || f.form == kBoth);

			for (uint64_t ec : { kHvc, kSmc }) {
				// CPU_SUSPEND: original format of power_state, no OS-initiated mode: 0 too.
				EXPECT_EQ(there ? 0 : kNotSupported,
					  Answer(ec, 0x8400000a, 0x84000000 | size | f.id))
					<< f.name;
				if (!there) {
					EXPECT_EQ(kNotSupported, Answer(ec, 0x84000000 | size | f.id, 1, 2, 3))
						<< f.name;
				}
			}
		}
	}
	EXPECT_EQ(0u, fake_.Count("smc"));
}

TEST_F(CallTest, A32BitCallHasNoUpperHalves)
{
	constexpr uint64_t kUpper = 0xabcdef01ull << 32;
	const uint64_t functions[] = {
		0x84000001, 0x84000003, 0x84000004, 0x84000012, // PSCI: with parameters and an exit
		0x86000001, 0x85000001, 0x84000050,             // of the hypervisor, of TRNG
	};

	Start(0, ARM_VCPU_SMC_EXIT);
	for (uint64_t ec : { kHvc, kSmc }) {
		for (uint64_t function : functions) {
			axvcpu_exit plain = {};
			uint64_t result = 0;

			for (uint64_t upper : { uint64_t{ 0 }, kUpper }) {
				for (uint32_t n = 4; n < 9; n++) {
					SetX(n, upper | n);
				}
				// CPU_ON and AFFINITY_INFO: CPU 1; SYSTEM_RESET2: a vendor's type.
				uint64_t x1 = function == 0x84000012 ? 0x80000001 : 1;
				const axvcpu_exit *exit = Call(ec, upper | function, upper | x1,
							       upper | (function == 0x84000004 ? 0 : 2), upper | 3);

				ASSERT_FALSE(Handled()) << std::hex << function;
				if (upper == 0) {
					plain = *exit;
					result = X(0);
					continue;
				}
				EXPECT_EQ(plain.reason, exit->reason) << std::hex << function;
				EXPECT_EQ(result, X(0));
				size_t size = exit->reason == AXVCPU_EXIT_HYPERCALL   ? sizeof(exit->u.hypercall) :
					      exit->reason == AXVCPU_EXIT_CPU_UP      ? sizeof(exit->u.cpu_up) :
					      exit->reason == AXVCPU_EXIT_SYSTEM_DOWN ? sizeof(exit->u.system_down) :
											0;
				EXPECT_EQ(0, std::memcmp(&plain.u, &exit->u, size)) << std::hex << function;
			}
		}
	}
	// A call that yields has no convention for its arguments, one with an immediate none at all.
	const axvcpu_exit *exit = Call(kHvc, kUpper | 0x1000, kUpper | 1, kUpper | 2, kUpper | 3);
	EXPECT_EQ(0x1000u, exit->u.hypercall.number) << "function ids have 32 bits";
	EXPECT_EQ(kUpper | 1, exit->u.hypercall.args[0]);
	exit = Call(kHvc, kUpper | 0x86000001, kUpper | 1, 0, 0, 7);
	EXPECT_EQ(kUpper | 0x86000001, exit->u.hypercall.number);
	EXPECT_EQ(kUpper | 1, exit->u.hypercall.args[0]);
}

TEST_F(CallTest, WhatNobodyAnswersIsNotSupported)
{
	Start(0, ARM_VCPU_SMC_EXIT);
	for (uint64_t ec : { kHvc, kSmc }) {
		for (uint64_t function : { 0x86000001, 0xc6000001, 0x84000050, 0x1000u }) {
			ASSERT_EQ(AXVCPU_EXIT_HYPERCALL, Call(ec, function, 1, 2, 3)->reason);
			EXPECT_EQ(kNotSupported, X(0)) << std::hex << function;
			EXPECT_EQ(AXVCPU_OK, axvcpu_set_return_value(vcpu_, 5));
			EXPECT_EQ(5u, X(0));
		}
		// What is no SMCCC call is the hypervisor's own affair.
		ASSERT_EQ(AXVCPU_EXIT_HYPERCALL, Call(ec, 0x1234, 1, 2, 3, 9)->reason);
		EXPECT_EQ(0x1234u, X(0));
	}
}

TEST_F(CallTest, AffinityInfoParameters)
{
	const struct {
		uint64_t function, cpu, level;
		bool answered;
		uint64_t result;
	} cases[] = {
		{ 0x84000004, 0, 0, true, 0 },
		{ 0x84000004, 0, uint64_t{ 1 } << 32, true, 0 },
		{ 0xc4000004, 0, uint64_t{ 1 } << 32, true, 0 }, // the level has 32 bits
		{ 0xc4000004, 0, 1, true, kInvalidParameters },
		{ 0xc4000004, 0, 3, true, kInvalidParameters },
		{ 0xc4000004, uint64_t{ 1 } << 24, 0, true, kInvalidParameters },
		{ 0xc4000004, uint64_t{ 1 } << 31, 0, true, kInvalidParameters },
		{ 0xc4000004, uint64_t{ 1 } << 40, 0, true, kInvalidParameters },
		{ 0x84000004, uint64_t{ 1 } << 40, 0, true, 0 }, // 32 bits: this CPU
		{ 0xc4000004, uint64_t{ 1 } << 32, 0, false, 0 },
		{ 0xc4000004, 1, uint64_t{ 1 } << 32, false, 0 },
	};

	Start();
	for (const auto &c : cases) {
		const axvcpu_exit *exit = Call(kHvc, c.function, c.cpu, c.level);

		ASSERT_EQ(c.answered, Handled()) << std::hex << c.function << " " << c.cpu;
		if (c.answered) {
			EXPECT_EQ(c.result, X(0)) << std::hex << c.function << " " << c.cpu;
		} else {
			EXPECT_EQ(c.cpu, exit->u.hypercall.args[0]);
			EXPECT_EQ(0u, exit->u.hypercall.args[1]);
		}
	}
}

TEST_F(CallTest, HypercallsCarryTheirArguments)
{
	Start();
	for (uint32_t n = 4; n < 9; n++) {
		SetX(n, 0x100 + n);
	}
	const axvcpu_exit *exit = Call(kHvc, 0xc6000001, 0x101, 0x102, 0x103);
	ASSERT_EQ(AXVCPU_EXIT_HYPERCALL, exit->reason);
	EXPECT_EQ(0xc6000001u, exit->u.hypercall.number);
	for (uint32_t n = 0; n < AXVCPU_HYPERCALL_ARGS; n++) {
		EXPECT_EQ(0x101u + n, exit->u.hypercall.args[n]);
	}
	EXPECT_EQ(0u, exit->u.hypercall.immediate);
	EXPECT_EQ(static_cast<uint32_t>(ARM_VCPU_HYPERCALL_HVC), exit->u.hypercall.conduit);

	exit = Call(kHvc, 0x84000000, 0, 0, 0, 0xbeef);
	ASSERT_EQ(AXVCPU_EXIT_HYPERCALL, exit->reason) << "an immediate is no SMCCC call";
	EXPECT_EQ(0xbeefu, exit->u.hypercall.immediate);
}

TEST_F(CallTest, WhereTheRangeOfPsciEnds)
{
	Start();
	for (uint64_t function : { 0x8400001f, 0xc400001f }) {
		EXPECT_EQ(kNotSupported, Answer(kHvc, function));
	}
	// What else is in the range of the standard services is the hypervisor's: TRNG, and below.
	for (uint64_t function : { 0x84000020, 0xc4000020, 0x84000050, 0x83ffffff, 0x04000000u }) {
		const axvcpu_exit *exit = Call(kHvc, function);

		ASSERT_EQ(AXVCPU_EXIT_HYPERCALL, exit->reason) << std::hex << function;
		EXPECT_EQ(function, exit->u.hypercall.number);
	}
}

TEST_F(CallTest, SmcIsRefused)
{
	Start();
	EXPECT_EQ(kNotSupported, Answer(kSmc, 0xc6000001, 1, 2, 3));
	EXPECT_EQ(0u, fake_.Count("smc"));
}

TEST_F(CallTest, SmcIsAnExitIfThePolicySaysSo)
{
	Start(0, ARM_VCPU_SMC_EXIT);
	const axvcpu_exit *exit = Call(kSmc, 0xc6000001, 1, 2, 3);
	ASSERT_EQ(AXVCPU_EXIT_HYPERCALL, exit->reason);
	EXPECT_EQ(static_cast<uint32_t>(ARM_VCPU_HYPERCALL_SMC), exit->u.hypercall.conduit);
	EXPECT_EQ(0x10001u, Answer(kSmc, 0x84000000)) << "PSCI stays the library's";
	EXPECT_EQ(0u, fake_.Count("smc"));
}

TEST_F(CallTest, SmcIsForwardedIfThePolicySaysSo)
{
	Start(0, ARM_VCPU_SMC_FORWARD);
	fake_.smc_x0 = 0x77;
	EXPECT_EQ(0x77u, Answer(kSmc, 0xc2000001, 1, 2, 3));
	EXPECT_EQ(1u, fake_.Count("smc"));
	EXPECT_EQ(0x10001u, Answer(kSmc, 0x84000000));
	EXPECT_EQ(AXVCPU_EXIT_SYSTEM_DOWN, Call(kSmc, 0x84000008)->reason);
	EXPECT_EQ(1u, fake_.Count("smc")) << "the machine's power stays the hypervisor's";
	// What has another immediate is no call of SMCCC: handed on, with 0, it would become one.
	for (uint64_t function : { 0x84000008, 0x84000009, 0xc2000001 }) {
		SetX(0, function);
		SetX(1, 0x1111);
		Run(Esr(kSmc, 1));
		EXPECT_TRUE(Handled());
		EXPECT_EQ(kNotSupported, X(0));
	}
	EXPECT_EQ(1u, fake_.Count("smc"));
}

} // namespace
