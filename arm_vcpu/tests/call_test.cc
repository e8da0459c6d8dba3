// SPDX-License-Identifier: Apache-2.0
// HVC and SMC: PSCI (DEN 0022), SMCCC (DEN 0028), policies.
#include "tests/fake_cpu.h"

namespace {

constexpr uint64_t kHvc = 0x16;
constexpr uint64_t kSmc = 0x17;
constexpr uint64_t kNotSupported = UINT64_MAX;
constexpr uint64_t kInvalidParameters = static_cast<uint64_t>(-2);
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
	EXPECT_EQ(kNotSupported, X(0)) << "if it runs on nonetheless";
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
	Start();
	for (uint64_t ec : { kHvc, kSmc }) {
		EXPECT_EQ(0x10002u, Answer(ec, 0x80000000));
		EXPECT_EQ(0u, Answer(ec, 0x80000001, 0x80000000));
		EXPECT_EQ(0u, Answer(ec, 0x80000001, 0x80000001));
		for (uint64_t function : { 0x80000002, 0x80007fff, 0x80008000, 0x80003fff }) {
			EXPECT_EQ(kNotSupported, Answer(ec, 0x80000001, function));
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
}

} // namespace
