/* SPDX-License-Identifier: Apache-2.0 */
// The guest's counters: configured, started, stopped, read, saved, and what they count.
#include "tests/fake_hart.h"

namespace {

constexpr uint64_t kPmu = 0x504d55, kTime = 0x54494d45, kIpi = 0x735049, kRfence = 0x52464e43;
constexpr uint64_t kCycles = 1, kInstructions = 2, kOff = UINT64_MAX;
constexpr uint64_t kSetTimer = 0xf0005, kIpiSent = 0xf0006, kIpiReceived = 0xf0007,
		   kFenceISent = 0xf0008, kFenceIReceived = 0xf0009, kSfenceSent = 0xf000a,
		   kSfenceReceived = 0xf000b, kSfenceAsidSent = 0xf000c;
constexpr uint64_t kCounters = 19, kAll = (1u << kCounters) - 1 - 2, kFirst = 3;
enum { NUM, INFO, CONFIG, START, STOP, READ, READ_HI, SNAPSHOT };

class Pmu : public MachineTest {
protected:
	void SetUp() override
	{
		MachineTest::SetUp();
		make_four();
	}

	int64_t pmu(uint64_t function, std::vector<uint64_t> args)
	{
		EXPECT_EQ(call(kPmu, function, args).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
		return a0();
	}

	// The counter for an event, running from 0.
	uint64_t count(uint64_t event)
	{
		EXPECT_EQ(pmu(CONFIG, { 0, kAll, 0x06, event, 0 }), 0);
		return a1();
	}

	uint64_t fw(uint64_t counter)
	{
		EXPECT_EQ(pmu(READ, { counter }), 0);
		return a1();
	}

	// The guest's `csrr a3, csr`; what it read.
	uint64_t read_csr(uint64_t csr)
	{
		const uint64_t pc = state->pc;

		state->gpr[13] = 0xbad;
		EXPECT_EQ(trap(CAUSE_VIRTUAL, csr << 20 | 2u << 12 | 13u << 7 | 0x73).reason,
			  AXVCPU_EXIT_EXTERNAL_INTERRUPT);
		if (state->gpr[13] != 0xbad) {
			EXPECT_EQ(state->pc, pc + 4);
		}
		return state->gpr[13];
	}
};

TEST_F(Pmu, Counters)
{
	EXPECT_EQ(pmu(NUM, {}), 0);
	EXPECT_EQ(a1(), kCounters);
	EXPECT_EQ(pmu(INFO, { 0 }), 0);
	EXPECT_EQ(a1(), 0x3fc00u);
	EXPECT_EQ(pmu(INFO, { 1 }), -3); // that is the clock
	EXPECT_EQ(pmu(INFO, { 2 }), 0);
	EXPECT_EQ(a1(), 0x3fc02u);
	for (uint64_t i = kFirst; i < kCounters; i++) {
		EXPECT_EQ(pmu(INFO, { i }), 0);
		EXPECT_EQ(a1(), 1ull << 63);
	}
	for (uint64_t i : { kCounters, kCounters + 1, 64ul, kOff, 1ul << 32 })
		EXPECT_EQ(pmu(INFO, { i }), -3);
}

TEST_F(Pmu, MatchingTakesAFreeCounter)
{
	EXPECT_EQ(pmu(CONFIG, { 0, kAll, 0, kCycles, 0 }), 0);
	EXPECT_EQ(a1(), 0u);
	EXPECT_EQ(pmu(CONFIG, { 0, kAll, 0, kCycles, 0 }), -2); // in use
	EXPECT_EQ(pmu(CONFIG, { 0, kAll, 0, kInstructions, 0 }), 0);
	EXPECT_EQ(a1(), 2u);
	EXPECT_EQ(pmu(CONFIG, { 3, 0x10, 0, kSetTimer, 0 }), 0);
	EXPECT_EQ(a1(), 7u);
	for (uint64_t i = kFirst; i < kCounters; i++) {
		if (i == 7)
			continue;
		EXPECT_EQ(pmu(CONFIG, { 0, kAll, 0, kSetTimer, 0 }), 0);
		EXPECT_EQ(a1(), i);
	}
	EXPECT_EQ(pmu(CONFIG, { 0, kAll, 0, kSetTimer, 0 }), -2);
	// Stopped and reset, it is free again.
	EXPECT_EQ(pmu(STOP, { 5, 1, 1 }), -8);
	EXPECT_EQ(pmu(CONFIG, { 0, kAll, 0, kIpiSent, 0 }), 0);
	EXPECT_EQ(a1(), 5u);
	// The caller knows the counter.
	EXPECT_EQ(pmu(CONFIG, { 0, kAll & ~1ull, 1, kInstructions, 0 }), 0);
	EXPECT_EQ(a1(), 2u);
	EXPECT_EQ(pmu(CONFIG, { 0, kAll & ~1ull, 1, kCycles, 0 }), -2);
	// And it is taken whatever it counted (SBI 2.0, 11, on SKIP_MATCH).
	EXPECT_EQ(pmu(CONFIG, { 5, 0xff, 5, kFenceISent, 0 }), 0);
	EXPECT_EQ(a1(), 5u);
	call(kRfence, 0, { 0x1, 4 });
	call(kIpi, 0, { 0x1, 4 });
	EXPECT_EQ(fw(5), 1u);
}

TEST_F(Pmu, WrongArguments)
{
	for (uint64_t event : { 0ul, 3ul, 10ul, 0x10000ul, 0x20000ul, 0xf0000ul, 0xf0004ul, 0xf000dul,
				0xf0016ul, 0xffffful, 0xe0005ul })
		EXPECT_EQ(pmu(CONFIG, { 0, kAll, 0, event, 0 }), -2) << std::hex << event;
	EXPECT_EQ(pmu(CONFIG, { 0, kAll, 0, 0x100001, 0 }), -3);
	EXPECT_EQ(pmu(CONFIG, { 0, kAll, 0x100, kCycles, 0 }), -3);
	for (uint64_t function : { CONFIG, START, STOP }) {
		for (const auto &set : std::vector<std::pair<uint64_t, uint64_t>>{
			     { 0, 0 }, { 0, 2 }, { 0, 1u << kCounters }, { 18, 2 }, { 19, 1 },
			     { kOff, 1 }, { 64, 1 }, { 0, kOff } })
			EXPECT_EQ(pmu(function, { set.first, set.second, 0, kCycles, 0 }), -3)
				<< function << " " << set.first << " " << set.second;
	}
	// Not configured.
	EXPECT_EQ(pmu(START, { 0, 1, 0, 0 }), -3);
	EXPECT_EQ(pmu(STOP, { 4, 1, 0 }), -3);
	EXPECT_EQ(pmu(READ, { 4 }), -3);
	for (uint64_t counter : { 0ul, 1ul, 2ul, kCounters, kOff }) {
		EXPECT_EQ(pmu(READ, { counter }), -3);
		EXPECT_EQ(pmu(READ_HI, { counter }), -3);
	}
	EXPECT_EQ(count(kSetTimer), 3u);
	EXPECT_EQ(pmu(START, { 3, 1, 4, 0 }), -3);
	EXPECT_EQ(pmu(STOP, { 3, 1, 4 }), -3);
	EXPECT_EQ(pmu(START, { 3, 1, 0, 0 }), -7);
	EXPECT_EQ(pmu(START, { 3, 1, 2, 0 }), -9);
	EXPECT_EQ(pmu(STOP, { 3, 1, 2 }), -9);
	EXPECT_EQ(pmu(STOP, { 3, 1, 0 }), 0);
	EXPECT_EQ(pmu(STOP, { 3, 1, 0 }), -8);
}

// As a kernel does that begins: it does not know what the one before it has left.
TEST_F(Pmu, StopOfAllFreesThoseInUse)
{
	EXPECT_EQ(count(kCycles), 0u);
	EXPECT_EQ(count(kSetTimer), 3u);
	EXPECT_EQ(pmu(STOP, { 0, kAll, 1 }), -3);
	EXPECT_EQ(pmu(READ, { 3 }), -3);
	EXPECT_EQ(count(kCycles), 0u);
	EXPECT_EQ(count(kIpiSent), 3u);
}

// Each counter of a set by itself: one that cannot be started keeps no other from it.
TEST_F(Pmu, StartOfASetStartsThoseThatCanBe)
{
	EXPECT_EQ(count(kSetTimer), 3u); // runs
	EXPECT_EQ(pmu(CONFIG, { 0, kAll, 0, kSetTimer, 0 }), 0);
	EXPECT_EQ(a1(), 4u); // does not
	// 5 is none yet.
	EXPECT_EQ(pmu(START, { 3, 7, 1, 40 }), -3);
	call(kTime, 0, { 1 });
	EXPECT_EQ(fw(3), 1u);
	EXPECT_EQ(fw(4), 41u);
	EXPECT_EQ(pmu(READ, { 5 }), -3);
	EXPECT_EQ(pmu(STOP, { 4, 1, 0 }), 0);
	EXPECT_EQ(pmu(START, { 3, 3, 1, 70 }), -7);
	call(kTime, 0, { 1 });
	EXPECT_EQ(fw(3), 2u);
	EXPECT_EQ(fw(4), 71u);
	// What is wrong comes before what is done already, in any order of the counters.
	EXPECT_EQ(pmu(STOP, { 5, 1, 1 }), -3);
	EXPECT_EQ(pmu(CONFIG, { 6, 1, 0, kSetTimer, 0 }), 0);
	EXPECT_EQ(pmu(STOP, { 3, 0xf, 0 }), -3);
	EXPECT_EQ(pmu(START, { 3, 0xf, 0 }), -3);
}

TEST_F(Pmu, FirmwareEvents)
{
	std::map<uint64_t, uint64_t> at;

	for (uint64_t event : { kSetTimer, kIpiSent, kIpiReceived, kFenceISent, kFenceIReceived,
				kSfenceSent, kSfenceReceived, kSfenceAsidSent })
		at[event] = count(event);
	call(kTime, 0, { 1 });
	call(0, 0, { 1 }); // legacy
	call(kIpi, 0, { 0xf, 4 }); // three others and the caller
	call(kIpi, 0, { 1, 5 }); // the caller alone
	call(kIpi, 0, { 1, 99 }); // nobody
	call(kRfence, 0, { 0x3, 4 });
	call(kRfence, 1, { 0, kOff, 0, 0 });
	call(kRfence, 2, { 0xc, 4, 0, 0, 9 });
	EXPECT_EQ(fw(at[kSetTimer]), 2u);
	EXPECT_EQ(fw(at[kIpiSent]), 3u);
	EXPECT_EQ(fw(at[kFenceISent]), 1u);
	EXPECT_EQ(fw(at[kSfenceSent]), 3u);
	EXPECT_EQ(fw(at[kSfenceAsidSent]), 2u);
	EXPECT_EQ(fw(at[kIpiReceived]), 0u);
	EXPECT_EQ(axvcpu_inject_interrupt(vcpu, RISCV_VCPU_IRQ_SOFTWARE), AXVCPU_OK);
	EXPECT_EQ(fw(at[kIpiReceived]), 1u);
	EXPECT_EQ(axvcpu_inject_interrupt(vcpu, RISCV_VCPU_IRQ_EXTERNAL), AXVCPU_OK);
	EXPECT_EQ(riscv_vcpu_request_fence(vcpu, RISCV_VCPU_FENCE_I), AXVCPU_OK);
	EXPECT_EQ(fw(at[kFenceIReceived]), 1u);
	EXPECT_EQ(fw(at[kSfenceReceived]), 0u);
	EXPECT_EQ(riscv_vcpu_request_fence(vcpu, RISCV_VCPU_FENCE_VMA), AXVCPU_OK);
	EXPECT_EQ(fw(at[kSfenceReceived]), 1u);
	EXPECT_EQ(fw(at[kIpiReceived]), 1u);
	EXPECT_EQ(pmu(READ_HI, { at[kSetTimer] }), 0);
	EXPECT_EQ(a1(), 0u);
	// Two counters for one event, from another value, and stopped.
	EXPECT_EQ(pmu(CONFIG, { 0, kAll, 0, kSetTimer, 0 }), 0);
	const uint64_t second = a1();
	call(kTime, 0, { 1 });
	EXPECT_EQ(fw(second), 0u);
	EXPECT_EQ(pmu(START, { second, 1, 1, 1000 }), 0);
	call(kTime, 0, { 1 });
	EXPECT_EQ(fw(second), 1001u);
	EXPECT_EQ(fw(at[kSetTimer]), 4u);
	EXPECT_EQ(pmu(STOP, { second, 1, 0 }), 0);
	call(kTime, 0, { 1 });
	EXPECT_EQ(fw(second), 1001u);
	EXPECT_EQ(fw(at[kSetTimer]), 5u);
	EXPECT_EQ(pmu(START, { second, 1, 0, 7 }), 0);
	call(kTime, 0, { 1 });
	EXPECT_EQ(fw(second), 1002u);
}

TEST_F(Pmu, CyclesAreTheGuestsOwn)
{
	hart.csr[RV_CSR_cycle] = 5000;
	hart.csr[RV_CSR_instret] = 70;
	// Before the guest asks for them it has none.
	EXPECT_EQ(read_csr(0xc00), 0xbadu);
	EXPECT_EQ(hart.csr[RV_CSR_vscause], 2u);
	EXPECT_EQ(count(kCycles), 0u);
	hart.csr[RV_CSR_cycle] += 10;
	EXPECT_EQ(read_csr(0xc00), 10u);
	EXPECT_EQ(read_csr(0xc02), 0xbadu);
	EXPECT_EQ(read_csr(0xc01), 0xbadu);
	EXPECT_EQ(read_csr(0xc03), 0xbadu);
	EXPECT_EQ(pmu(CONFIG, { 0, kAll, 0, kInstructions, 0 }), 0);
	EXPECT_EQ(pmu(START, { 2, 1, 1, kOff - 4 }), 0);
	hart.csr[RV_CSR_instret] += 15;
	EXPECT_EQ(read_csr(0xc02), 10u);
	// What others do meanwhile does not count.
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	hart.csr[RV_CSR_cycle] = 1;
	hart.csr[RV_CSR_instret] = 2;
	EXPECT_EQ(axvcpu_bind(vcpu), AXVCPU_OK);
	hart.csr[RV_CSR_cycle] += 3;
	EXPECT_EQ(read_csr(0xc00), 13u);
	EXPECT_EQ(read_csr(0xc02), 10u);
	EXPECT_EQ(pmu(STOP, { 0, 1, 0 }), 0);
	hart.csr[RV_CSR_cycle] += 100;
	EXPECT_EQ(read_csr(0xc00), 13u);
	// In user mode if scounteren has it.
	state->sstatus &= ~SSTATUS_SPP;
	hart.csr[RV_CSR_scounteren] = 1;
	EXPECT_EQ(read_csr(0xc00), 13u);
	EXPECT_EQ(read_csr(0xc02), 0xbadu);
	state->sstatus &= ~SSTATUS_SPP;
	hart.csr[RV_CSR_scounteren] = 4;
	EXPECT_EQ(read_csr(0xc00), 0xbadu);
	// A write is none of its rights: csrrw a3, cycle, a2
	state->sstatus |= SSTATUS_SPP;
	state->gpr[13] = 0xbad;
	trap(CAUSE_VIRTUAL, 0xc0061673 | 13u << 7);
	EXPECT_EQ(state->gpr[13], 0xbadu);
	EXPECT_EQ(pmu(STOP, { 0, 1, 1 }), -8);
	EXPECT_EQ(read_csr(0xc00), 0xbadu);
}

TEST_F(Pmu, Snapshot)
{
	const uint64_t gpa = 0x80005000, hpa = 0x7000000;

	physical[hpa].fill(kOff);
	map(gpa, hpa);
	EXPECT_EQ(pmu(SNAPSHOT, { gpa + 8, 0, 0 }), -3);
	EXPECT_EQ(pmu(SNAPSHOT, { gpa, 0, 1 }), -3);
	EXPECT_EQ(pmu(SNAPSHOT, { gpa, 1, 0 }), -5);
	EXPECT_EQ(pmu(SNAPSHOT, { gpa + 0x1000, 0, 0 }), -5);
	EXPECT_EQ(pmu(SNAPSHOT, { kOff, kOff, 0 }), 0);
	EXPECT_EQ(pmu(SNAPSHOT, { gpa, 0, 0 }), 0);
	auto &page = physical[hpa];
	EXPECT_EQ(count(kSetTimer), 3u);
	EXPECT_EQ(count(kIpiSent), 4u);
	call(kTime, 0, { 1 });
	// Values stand where the mask has the counter.
	EXPECT_EQ(pmu(STOP, { 3, 3, 2 }), 0);
	EXPECT_EQ(page[0], 0u);
	EXPECT_EQ(page[1], 1u);
	EXPECT_EQ(page[2], 0u);
	EXPECT_EQ(page[3], kOff);
	page[1] = 500;
	page[2] = 600;
	EXPECT_EQ(pmu(START, { 3, 3, 2 }), 0);
	EXPECT_EQ(fw(3), 500u);
	EXPECT_EQ(fw(4), 600u);
	hart.csr[RV_CSR_cycle] = 123456;
	EXPECT_EQ(count(kCycles), 0u);
	hart.csr[RV_CSR_cycle] += 44;
	EXPECT_EQ(pmu(STOP, { 0, 0x19, 2 }), 0);
	EXPECT_EQ(page[1], 44u);
	EXPECT_EQ(page[2], 600u);
	EXPECT_EQ(page[4], 500u);
	EXPECT_EQ(page[5], 600u);
	// The page is gone.
	map(gpa, hpa, 0);
	EXPECT_EQ(pmu(START, { 3, 3, 2 }), -9);
	EXPECT_EQ(pmu(SNAPSHOT, { kOff, kOff, 0 }), 0);
	map(gpa, hpa);
	EXPECT_EQ(pmu(START, { 3, 3, 2 }), -9);
}

// What runs here goes on there.
TEST_F(Pmu, SavedAndLoaded)
{
	hart.csr[RV_CSR_cycle] = 1000;
	EXPECT_EQ(count(kCycles), 0u);
	EXPECT_EQ(count(kSetTimer), 3u);
	call(kTime, 0, { 1 });
	hart.csr[RV_CSR_cycle] += 20;
	std::vector<uint8_t> snapshot(axvcpu_save_size(vcpu));
	ASSERT_EQ(axvcpu_save(vcpu, snapshot.data(), snapshot.size(), nullptr), AXVCPU_OK);
	EXPECT_EQ(pmu(STOP, { 0, 9, 1 }), 0);
	hart.csr[RV_CSR_cycle] = 9;
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	ASSERT_EQ(axvcpu_load(vcpu, snapshot.data(), snapshot.size()), AXVCPU_OK);
	EXPECT_EQ(axvcpu_bind(vcpu), AXVCPU_OK);
	hart.csr[RV_CSR_cycle] += 1;
	EXPECT_EQ(read_csr(0xc00), 21u);
	call(kTime, 0, { 1 });
	EXPECT_EQ(fw(3), 2u);
}

TEST_F(Pmu, RegistersTakeWhatAGuestCouldDo)
{
	const auto id = [](uint32_t index) {
		return AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 3, RISCV_VCPU_REG_PMU, index);
	};

	EXPECT_EQ(set(id(0), 0x80001001), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(set(id(2), 0x300000001), AXVCPU_OK);
	for (uint64_t value : { 0x300000002ull, 0x200000001ull, 0x400000001ull, 0x1000f0005ull,
				0x0000f0005ull, 0x100000000ull })
		EXPECT_EQ(set(id(2), value), AXVCPU_ERR_INVALID_ARGUMENT) << std::hex << value;
	EXPECT_EQ(set(id(8), 0x300000001), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(reg(id(2)), 0x300000001u);
	EXPECT_EQ(set(id(2), 0), AXVCPU_OK);
	EXPECT_EQ(set(id(4), 0), AXVCPU_ERR_NOT_FOUND);
}

// No counters of the hart: it does not let us read them, or the guest reads them itself.
class FewPmu : public Pmu {
protected:
	void SetUp() override { MachineTest::SetUp(); }

	void expect_firmware_only()
	{
		EXPECT_EQ(pmu(INFO, { 0 }), -3);
		EXPECT_EQ(pmu(INFO, { 2 }), -3);
		EXPECT_EQ(pmu(CONFIG, { 0, 1, 0, kCycles, 0 }), -3);
		EXPECT_EQ(pmu(CONFIG, { 3, 0xffff, 6, kCycles, 0 }), -2);
		EXPECT_EQ(pmu(CONFIG, { 3, 0xffff, 6, kSetTimer, 0 }), 0);
		EXPECT_EQ(a1(), 3u);
	}
};

TEST_F(FewPmu, NotReadable)
{
	hart.absent = { RV_CSR_cycle };
	make_four();
	expect_firmware_only();
}

TEST_F(FewPmu, PassedThrough)
{
	riscv_vcpu_setup_config setup{};

	setup.size = sizeof(setup);
	setup.flags = RISCV_VCPU_COUNTERS;
	make(nullptr, &setup);
	bind();
	expect_firmware_only();
}

} // namespace
