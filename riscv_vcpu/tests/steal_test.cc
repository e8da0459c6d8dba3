/* SPDX-License-Identifier: Apache-2.0 */
// Steal time, the walk of stage 2 by which its record is found, and the suspended machine.
#include "tests/fake_hart.h"

namespace {

constexpr uint64_t kSta = 0x535441, kSusp = 0x53555350, kHsm = 0x48534d, kBase = 0x10;
constexpr uint64_t kOff = UINT64_MAX;
constexpr uint64_t kGpa = 0x80123440, kHpa = 0x7000000;

class Steal : public MachineTest {
protected:
	void SetUp() override
	{
		MachineTest::SetUp();
		make_four();
		physical[kHpa].fill(kOff);
		map(kGpa & ~0xfffull, kHpa);
	}

	int64_t set_record(uint64_t low, uint64_t high = 0, uint64_t flags = 0)
	{
		EXPECT_EQ(call(kSta, 0, { low, high, flags }).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
		return a0();
	}

	uint64_t *record() { return &physical[kHpa][(kGpa & 0xfff) / 8]; }
	uint32_t sequence() { return static_cast<uint32_t>(record()[0]); }
	uint64_t steal() { return record()[1]; }
	uint64_t preempted() { return record()[2]; }

	// Off the CPU from now until so much later.
	void away(uint64_t ns, uint64_t ticks)
	{
		EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
		now_ns += ns;
		hart.csr[RV_CSR_time] += ticks;
		EXPECT_EQ(axvcpu_bind(vcpu), AXVCPU_OK);
	}

	void halt()
	{
		EXPECT_EQ(call(kHsm, 3, { 0 }).reason, AXVCPU_EXIT_HALT);
		EXPECT_EQ(axvcpu_unblock(vcpu), AXVCPU_OK);
	}
};

TEST_F(Steal, RecordIsZeroedAndCounted)
{
	now_ns = 1000;
	EXPECT_EQ(set_record(kGpa), 0);
	for (unsigned i = 0; i < 8; i++)
		EXPECT_EQ(record()[i], 0u);
	// Its neighbours are not touched.
	EXPECT_EQ(record()[-1], kOff);
	EXPECT_EQ(record()[8], kOff);
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	EXPECT_EQ(preempted(), 1u);
	EXPECT_EQ(steal(), 0u);
	now_ns += 500;
	EXPECT_EQ(axvcpu_bind(vcpu), AXVCPU_OK);
	EXPECT_EQ(preempted(), 0u);
	EXPECT_EQ(steal(), 500u);
	EXPECT_EQ(sequence(), 2u);
	away(7, 1);
	EXPECT_EQ(steal(), 507u);
	EXPECT_EQ(sequence(), 4u);
	EXPECT_EQ(record()[0] >> 32, 0u);
}

TEST_F(Steal, OffAndWrongArguments)
{
	EXPECT_EQ(set_record(kGpa + 32), -3);
	EXPECT_EQ(set_record(kGpa, 0, 1), -3);
	EXPECT_EQ(set_record(kOff, 0), -3);
	EXPECT_EQ(set_record(kGpa, 1), -5);
	EXPECT_EQ(set_record(kGpa + 0x1000), -5);
	EXPECT_EQ(record()[0], kOff);
	EXPECT_EQ(reg(RISCV_VCPU_REG_STEAL), kOff);
	now_ns = 1;
	away(100, 1);
	EXPECT_EQ(record()[0], kOff);

	EXPECT_EQ(set_record(kGpa), 0);
	// What is refused keeps the record that there is.
	EXPECT_EQ(set_record(kGpa + 0x1000), -5);
	EXPECT_EQ(reg(RISCV_VCPU_REG_STEAL), kGpa);
	away(100, 1);
	EXPECT_EQ(steal(), 100u);
	EXPECT_EQ(set_record(kOff, kOff), 0);
	EXPECT_EQ(reg(RISCV_VCPU_REG_STEAL), kOff);
	away(100, 1);
	EXPECT_EQ(steal(), 100u);
}

// A guest that halted has nothing to run for, until its timer is due.
TEST_F(Steal, IdleTimeIsNotStolen)
{
	now_ns = 1;
	EXPECT_EQ(set_record(kGpa), 0);
	hart.csr[RV_CSR_vsie] = HVIP_VSTIP >> 1;
	hart.csr[RV_CSR_time] = 1000;
	hart.csr[RV_CSR_vstimecmp] = kOff;
	halt();
	away(5000, 50);
	EXPECT_EQ(steal(), 0u);
	EXPECT_EQ(preempted(), 0u);

	// Due after 30 of 50 ticks of 100 ns.
	hart.csr[RV_CSR_vstimecmp] = hart.csr[RV_CSR_time] + 30;
	halt();
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	EXPECT_EQ(preempted(), 0u);
	EXPECT_EQ(axvcpu_bind(vcpu), AXVCPU_OK);
	away(5000, 50);
	EXPECT_EQ(steal(), 2000u);
	// It was due before it went, and for more ticks than a 64-bit product would hold.
	away(UINT64_C(3000000000000), UINT64_C(30000000000));
	EXPECT_EQ(steal(), 2000u + UINT64_C(3000000000000));
	hart.csr[RV_CSR_vsie] = 0;
	away(5000, 50);
	EXPECT_EQ(steal(), 2000u + UINT64_C(3000000000000));
	// It goes on, and is taken off its CPU later.
	call(kBase, 0);
	away(5000, 50);
	EXPECT_EQ(steal(), 7000u + UINT64_C(3000000000000));
}

TEST_F(Steal, LongWaitForATimer)
{
	now_ns = 1;
	EXPECT_EQ(set_record(kGpa), 0);
	hart.csr[RV_CSR_vsie] = HVIP_VSTIP >> 1;
	hart.csr[RV_CSR_time] = 1000;
	hart.csr[RV_CSR_vstimecmp] = 1000 + (UINT64_C(1) << 40);
	halt();
	// Four times as long, at 3 ns a tick.
	away(UINT64_C(12) << 40, UINT64_C(4) << 40);
	EXPECT_EQ(steal(), UINT64_C(9) << 40);
}

// The record is named in the snapshot, its contents are the guest's memory.
TEST_F(Steal, SavedAndLoaded)
{
	EXPECT_EQ(set_record(kGpa), 0);
	now_ns = 10;
	away(40, 1);
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	std::vector<uint8_t> snapshot(axvcpu_save_size(vcpu));
	ASSERT_EQ(axvcpu_save(vcpu, snapshot.data(), snapshot.size(), nullptr), AXVCPU_OK);
	EXPECT_EQ(set(RISCV_VCPU_REG_STEAL, kOff), AXVCPU_OK);
	EXPECT_EQ(set(RISCV_VCPU_REG_STEAL, kGpa + 8), AXVCPU_ERR_INVALID_ARGUMENT);
	ASSERT_EQ(axvcpu_load(vcpu, snapshot.data(), snapshot.size()), AXVCPU_OK);
	EXPECT_EQ(reg(RISCV_VCPU_REG_STEAL), kGpa);
	// The time on another machine is nobody's.
	now_ns += 1000000;
	EXPECT_EQ(axvcpu_bind(vcpu), AXVCPU_OK);
	EXPECT_EQ(steal(), 40u);
	EXPECT_EQ(preempted(), 0u);
	away(2, 1);
	EXPECT_EQ(steal(), 42u);
}

// What stage 2 does not let the guest write, it does not get written.
TEST_F(Steal, Stage2)
{
	const uint64_t vrwu = 0x17, other = 0x40000000;

	physical[other].fill(kOff);
	for (uint64_t bits : { 0x00ull, 0x16ull, 0x13ull, 0x15ull, 0x07ull, 0x01ull }) {
		map(0x90000000, other, bits);
		EXPECT_EQ(set_record(0x90000000), -5) << std::hex << bits;
	}
	EXPECT_EQ(physical[other][0], kOff);
	map(0x90000000, other, vrwu);
	EXPECT_EQ(set_record(0x90000000), 0);
	EXPECT_EQ(physical[other][0], 0u);
	// A store sets A and D.
	EXPECT_EQ(physical[next_table - 4096][0] & 0xff, vrwu | 0xc0);
	// Blocks of all sizes.
	physical[other + 0x5000].fill(kOff);
	map(0x200000000, other, 0xdf, 1);
	EXPECT_EQ(set_record(0x200005fc0), 0);
	EXPECT_EQ(physical[other + 0x5000][511 - 7], 0u);
	EXPECT_EQ(physical[other + 0x5000][511 - 8], kOff);
	physical[other + 0x205000].fill(kOff);
	map(0x300000000, other, 0xdf, 2);
	EXPECT_EQ(set_record(0x300205000), 0);
	EXPECT_EQ(physical[other + 0x205000][0], 0u);
	// 64 KiB with one entry in sixteen places.
	physical[other + 0x3000].fill(kOff);
	for (uint64_t page = 0; page < 16; page++)
		map(0x400000000 + page * 4096, other + 0x8000, 0x80000000000000df);
	EXPECT_EQ(set_record(0x400003040), 0);
	EXPECT_EQ(physical[other + 0x3000][8], 0u);
	// The largest address, and the one after it.
	map(0x7ffffffffff000, other, 0xdf);
	EXPECT_EQ(set_record(0x7ffffffffff000), 0);
	EXPECT_EQ(set_record(0x800000000000000), -5);
	// Memory and tables that the HAL cannot reach.
	map(0x90001000, 0x50000000, 0xdf);
	EXPECT_EQ(set_record(0x90001000), -5);
	physical[kRoot][3] = (UINT64_C(0x60000000) >> 12 << 10) | 1;
	EXPECT_EQ(set_record(UINT64_C(3) << 48), -5);
}

// The hypervisor unmaps the page while it is being looked up: its entry stays as it made it.
TEST_F(Steal, EntryThatChangesMeanwhile)
{
	const uint64_t vrwu = 0x17;
	uint64_t &leaf = physical[next_table - 4096][(kGpa >> 12) & 511];

	map(kGpa & ~0xfffull, kHpa, vrwu);
	ASSERT_EQ(leaf >> 10 << 12, kHpa);
	ASSERT_EQ(leaf & 0xc0, 0u);
	meanwhile = [&](uint64_t hpa) {
		if (hpa == kHpa)
			leaf = 0;
	};
	EXPECT_EQ(set_record(kGpa), -5);
	EXPECT_EQ(leaf, 0u);
	EXPECT_EQ(record()[0], kOff);
	// Or it moves it.
	map(kGpa & ~0xfffull, kHpa, vrwu);
	physical[kHpa + 4096].fill(kOff);
	meanwhile = [&](uint64_t hpa) {
		if (hpa == kHpa)
			map(kGpa & ~0xfffull, kHpa + 4096, vrwu);
	};
	EXPECT_EQ(set_record(kGpa), 0);
	EXPECT_EQ(leaf >> 10 << 12, kHpa + 4096);
	EXPECT_EQ(leaf & 0xc0, 0xc0u);
	EXPECT_EQ(record()[0], kOff);
	EXPECT_EQ(physical[kHpa + 4096][(kGpa & 0xfff) / 8], 0u);
}

TEST_F(Steal, RecordThatIsGone)
{
	EXPECT_EQ(set_record(kGpa), 0);
	now_ns = 10;
	map(kGpa & ~0xfffull, 0, 0);
	away(10, 1);
	EXPECT_EQ(steal(), 0u);
	map(kGpa & ~0xfffull, kHpa);
	away(10, 1);
	EXPECT_EQ(steal(), 10u);
}

class NoClock : public MachineTest {
protected:
	void SetUp() override
	{
		with_time = false;
		MachineTest::SetUp();
		make_four();
	}
};

TEST_F(NoClock, NoSta)
{
	call(kBase, 3, { kSta });
	EXPECT_EQ(a1(), 0u);
	call(kSta, 0, { kOff, kOff, 0 });
	EXPECT_EQ(a0(), -2);
	EXPECT_EQ(set(RISCV_VCPU_REG_STEAL, 64), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(set(RISCV_VCPU_REG_STEAL, kOff), AXVCPU_OK);
}

class Suspend : public Steal {};

TEST_F(Suspend, Arguments)
{
	for (uint64_t type : { 1ul, 0x7ffffffful, 0x80000000ul, 0xfffffffful }) {
		EXPECT_EQ(call(kSusp, 0, { type, 0x80000000, 5 }).reason,
			  AXVCPU_EXIT_EXTERNAL_INTERRUPT);
		EXPECT_EQ(a0(), -3);
	}
	EXPECT_EQ(call(kSusp, 0, { 0, 0x80000001, 5 }).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
	EXPECT_EQ(a0(), -5);
	EXPECT_EQ(call(kSusp, 0, { 0xabc00000000, 0x80000000, 5 }).reason, AXVCPU_EXIT_HYPERCALL);
	EXPECT_EQ(exit.u.hypercall.number, kSusp);
	EXPECT_EQ(exit.u.hypercall.args[0], 0u);
	EXPECT_EQ(exit.u.hypercall.args[1], 0x80000000u);
	EXPECT_EQ(exit.u.hypercall.args[2], 5u);
	EXPECT_EQ(exit.u.hypercall.args[6], 0u);
	// Nobody answered.
	EXPECT_EQ(a0(), -1);
	EXPECT_EQ(riscv_vcpu_set_sbi_result(vcpu, RISCV_VCPU_SBI_ERR_DENIED, 0), AXVCPU_OK);
	EXPECT_EQ(a0(), -4);
}

TEST_F(Suspend, WaitsAndResumes)
{
	const axvcpu_exit *result = nullptr;

	hart.csr[RV_CSR_vsstatus] = SSTATUS_SIE | SSTATUS_SUM;
	hart.csr[RV_CSR_vsatp] = 8ull << 60;
	hart.csr[RV_CSR_vsie] = HVIP_VSEIP >> 1;
	call(kSusp, 0, { 0, 0x80001000, 77 });
	EXPECT_EQ(riscv_vcpu_system_suspend(nullptr, 0, 0), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(riscv_vcpu_system_suspend(vcpu, 0x80001001, 77), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(riscv_vcpu_system_suspend(vcpu, 0x80001000, 77), AXVCPU_OK);
	hart.guest = [](riscv_vcpu *) -> uint64_t { return SCAUSE_INTERRUPT | 5; };
	const unsigned entries = hart.entries;
	EXPECT_EQ(axvcpu_run(vcpu, &result), AXVCPU_OK);
	EXPECT_EQ(result->reason, AXVCPU_EXIT_HALT);
	EXPECT_EQ(result->pc, 0x80001000u);
	EXPECT_EQ(hart.entries, entries);
	EXPECT_EQ(axvcpu_get_state(vcpu), AXVCPU_STATE_BLOCKED);
	// Whatever else wakes it, it stays asleep; the hypervisor gets its interrupts.
	EXPECT_EQ(axvcpu_unblock(vcpu), AXVCPU_OK);
	EXPECT_EQ(axvcpu_run(vcpu, &result), AXVCPU_OK);
	EXPECT_EQ(result->reason, AXVCPU_EXIT_HALT);
	EXPECT_EQ(axvcpu_unblock(vcpu), AXVCPU_OK);
	hart.csr[RV_CSR_sie] = hart.csr[RV_CSR_sip] = 1 << 5;
	EXPECT_EQ(axvcpu_run(vcpu, &result), AXVCPU_OK);
	EXPECT_EQ(result->reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
	EXPECT_EQ(result->u.interrupt.vector, irq);
	hart.csr[RV_CSR_sip] = 0;
	// Saved, too.
	EXPECT_EQ(reg(RISCV_VCPU_REG_SUSPENDED), 1u);
	EXPECT_EQ(set(RISCV_VCPU_REG_SUSPENDED, 0), AXVCPU_OK);
	EXPECT_EQ(set(RISCV_VCPU_REG_SUSPENDED, 2), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(set(RISCV_VCPU_REG_SUSPENDED, 1), AXVCPU_OK);
	EXPECT_EQ(axvcpu_run(vcpu, &result), AXVCPU_OK);
	EXPECT_EQ(result->reason, AXVCPU_EXIT_HALT);
	EXPECT_EQ(hart.entries, entries);
	EXPECT_EQ(axvcpu_inject_interrupt(vcpu, RISCV_VCPU_IRQ_EXTERNAL), AXVCPU_OK);
	EXPECT_EQ(axvcpu_get_state(vcpu), AXVCPU_STATE_READY);
	EXPECT_EQ(axvcpu_run(vcpu, &result), AXVCPU_OK);
	EXPECT_EQ(hart.entries, entries + 1);
	EXPECT_EQ(state->pc, 0x80001000u);
	EXPECT_EQ(a0(), 5);
	EXPECT_EQ(a1(), 77u);
	EXPECT_EQ(hart.csr[RV_CSR_vsatp], 0u);
	EXPECT_EQ(hart.csr[RV_CSR_vsstatus], SSTATUS_SUM);

	// Something is pending already: no wait.
	call(kSusp, 0, { 0, 0x80002000, 78 });
	EXPECT_EQ(riscv_vcpu_system_suspend(vcpu, 0x80002000, 78), AXVCPU_OK);
	hart.guest = [](riscv_vcpu *) -> uint64_t { return SCAUSE_INTERRUPT | 5; };
	const unsigned before = hart.entries;
	EXPECT_EQ(axvcpu_run(vcpu, &result), AXVCPU_OK);
	EXPECT_EQ(hart.entries, before + 1);
	EXPECT_EQ(state->pc, 0x80002000u);
}

} // namespace
