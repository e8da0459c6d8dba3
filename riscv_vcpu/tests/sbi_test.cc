/* SPDX-License-Identifier: Apache-2.0 */
// Every SBI function with valid, boundary and invalid arguments.
#include "tests/fake_hart.h"

namespace {

constexpr uint64_t kBase = 0x10, kTime = 0x54494d45, kIpi = 0x735049, kRfence = 0x52464e43,
		   kHsm = 0x48534d, kSrst = 0x53525354, kDbcn = 0x4442434e, kHvc = 0x485643,
		   kSusp = 0x53555350, kSta = 0x535441, kPmu = 0x504d55;
constexpr uint64_t kAll = UINT64_MAX;

class Sbi : public MachineTest {
protected:
	void SetUp() override
	{
		MachineTest::SetUp();
		make_four();
	}

	// The library answered by itself: a0, a1, and pc past the ecall.
	void answered(uint64_t extension, uint64_t function, std::vector<uint64_t> args,
		      int64_t error, uint64_t value = 0)
	{
		const uint64_t pc = state->pc;

		EXPECT_EQ(call(extension, function, args).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT)
			<< std::hex << extension << " " << function;
		EXPECT_EQ(a0(), error) << std::hex << extension << " " << function;
		EXPECT_EQ(a1(), value) << std::hex << extension << " " << function;
		EXPECT_EQ(state->pc, pc + 4);
	}
};

TEST_F(Sbi, Base)
{
	answered(kBase, 0, {}, 0, 0x02000000);
	answered(kBase, 1, {}, 0, RISCV_VCPU_SBI_IMPLEMENTATION);
	answered(kBase, 2, {}, 0, AXVCPU_VERSION(0, 1, 0));
	for (uint64_t known : { 0x0ul, 0x1ul, 0x2ul, 0x3ul, 0x4ul, 0x5ul, 0x6ul, 0x7ul, 0x8ul, kBase,
				kTime, kIpi, kRfence, kHsm, kSrst, kDbcn, kHvc, kSusp, kSta, kPmu })
		answered(kBase, 3, { known }, 0, 1);
	// 9 to 15, vendor
	for (uint64_t unknown : { 0x9ul, 0xful, 0x09000000ul, kAll,
				  kBase | (1ul << 32) })
		answered(kBase, 3, { unknown }, 0, 0);
	answered(kBase, 4, {}, 0, 0);
	answered(kBase, 5, {}, 0, 0);
	answered(kBase, 6, {}, 0, 0);
	answered(kBase, 7, {}, -2);
	answered(kBase, kAll, {}, -2);
}

TEST_F(Sbi, UnknownExtensions)
{
	for (uint64_t extension : { 0x9ul, 0xful, 0x11ul, 0x08000000ul, 0x09000000ul, 0x0a000000ul, kAll,
				    kTime | (1ul << 32) })
		answered(extension, 0, {}, -2);
}

TEST_F(Sbi, UnknownFunctions)
{
	answered(kPmu, 8, {}, -2);
	for (uint64_t extension : { kTime, kIpi, kSrst, kSusp, kSta })
		answered(extension, 1, {}, -2);
	answered(kRfence, 3, { 1, 5 }, -2);
	answered(kRfence, 6, { 1, 5 }, -2);
	answered(kRfence, 7, { 1, 5 }, -2);
	answered(kHsm, 4, {}, -2);
	answered(kDbcn, 3, {}, -2);
	for (uint64_t extension : { kTime, kIpi, kSrst, kRfence, kHsm, kDbcn, kSusp, kSta, kPmu })
		answered(extension, kAll, {}, -2);
}

TEST_F(Sbi, TimeSstc)
{
	answered(kTime, 0, { 1000 }, 0);
	EXPECT_EQ(hart.csr[RV_CSR_vstimecmp], 1000u);
	answered(kTime, 0, { kAll }, 0);
	EXPECT_EQ(hart.csr[RV_CSR_vstimecmp], kAll);
	answered(0, 0x77, { 5 }, 0, 0xbad1);
	EXPECT_EQ(hart.csr[RV_CSR_vstimecmp], 5u);
}

TEST_F(Sbi, IpiToSelfIsLocal)
{
	answered(kIpi, 0, { 1, 5 }, 0);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], HVIP_VSSIP);
	hart.csr[RV_CSR_hvip] = 0;
	answered(kIpi, 0, { 0, 5 }, 0);
	answered(kIpi, 0, { 0, 12345 }, 0);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], 0u);
}

TEST_F(Sbi, IpiToOthers)
{
	EXPECT_EQ(call(kIpi, 0, { 0xf, 4 }).reason, AXVCPU_EXIT_SEND_IPI);
	EXPECT_EQ(exit.u.send_ipi.target_cpu, 4u);
	EXPECT_EQ(exit.u.send_ipi.target_mask, 0xdu);
	EXPECT_EQ(exit.u.send_ipi.vector, 1u);
	EXPECT_EQ(exit.u.send_ipi.flags, 0u);
	EXPECT_EQ(a0(), 0);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], HVIP_VSSIP);

	hart.csr[RV_CSR_hvip] = 0;
	EXPECT_EQ(call(kIpi, 0, { 0x80, 0 }).reason, AXVCPU_EXIT_SEND_IPI);
	EXPECT_EQ(exit.u.send_ipi.target_cpu, 0u);
	EXPECT_EQ(exit.u.send_ipi.target_mask, 0x80u);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], 0u);

	EXPECT_EQ(call(kIpi, 0, { 0, kAll }).reason, AXVCPU_EXIT_SEND_IPI);
	EXPECT_EQ(exit.u.send_ipi.target_cpu, 4u);
	EXPECT_EQ(exit.u.send_ipi.target_mask, 0xdu);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], HVIP_VSSIP);
}

// One hart that does not exist refuses the whole mask.
TEST_F(Sbi, HartMasks)
{
	const std::vector<std::pair<uint64_t, uint64_t>> bad = {
		{ 1, 0 }, { 0x8, 0 }, { 0x100, 0 }, { 0x1f, 4 }, { 1, 8 }, { 1, 3 }, { kAll, 4 },
		{ 2, kAll - 1 }, { 1, kAll - 1 }, { 1ull << 63, kAll - 5 }, { 0x30 | 0x100, 0 },
	};
	for (const auto &mask : bad) {
		answered(kIpi, 0, { mask.first, mask.second }, -3);
		for (uint64_t function : { 0, 1, 2 })
			answered(kRfence, function, { mask.first, mask.second, 0, 0, 0 }, -3);
	}
	EXPECT_EQ(hart.csr[RV_CSR_hvip], 0u);
	EXPECT_EQ(hart.count("hfence.vvma"), 2u); // hardware_enable and the first bind
}

TEST_F(Sbi, RfenceSelf)
{
	hart.log.clear();
	answered(kRfence, 0, { 1, 5, 7, 7, 7 }, 0);
	EXPECT_EQ(hart.log, std::vector<std::string>{ "fence.i" });

	for (const auto &range : std::vector<std::pair<uint64_t, uint64_t>>{
		     { 0, 0 }, { 0x1000, kAll }, { 0, kAll }, { 0x1000, 65 * 4096 } }) {
		hart.log.clear();
		answered(kRfence, 1, { 1, 5, range.first, range.second }, 0);
		EXPECT_EQ(hart.log, std::vector<std::string>{ "hfence.vvma" });
		hart.log.clear();
		answered(kRfence, 2, { 1, 5, range.first, range.second, 0xffff }, 0);
		EXPECT_EQ(hart.log, std::vector<std::string>{ "hfence.vvma asid ffff" });
	}
	hart.log.clear();
	answered(kRfence, 1, { 1, 5, 0x1fff, 2 }, 0);
	EXPECT_EQ(hart.log, (std::vector<std::string>{ "hfence.vvma va 1000", "hfence.vvma va 2000" }));
	hart.log.clear();
	answered(kRfence, 2, { 1, 5, 0x2000, 0x1000, 3 }, 0);
	EXPECT_EQ(hart.log, std::vector<std::string>{ "hfence.vvma va 2000 asid 3" });
	hart.log.clear();
	answered(kRfence, 1, { 1, 5, 0xfffffffffffff000, 0xfff }, 0);
	EXPECT_EQ(hart.log, std::vector<std::string>{ "hfence.vvma va fffffffffffff000" });
	hart.log.clear();
	// Up to the last byte, and no further.
	answered(kRfence, 1, { 1, 5, 0xfffffffffffff000, 0x1000 }, 0);
	EXPECT_EQ(hart.log, std::vector<std::string>{ "hfence.vvma va fffffffffffff000" });
	hart.log.clear();
	answered(kRfence, 2, { 1, 5, 0xfffffffffffff000, 0x1001, 1 }, -5);
	EXPECT_TRUE(hart.log.empty());
	answered(kRfence, 1, { 1, 5, 0x1000, 64 * 4096 }, 0);
	EXPECT_EQ(hart.log.size(), 64u);
	hart.log.clear();
	answered(kRfence, 1, { 1, 5, 0x1000, 0 }, 0);
	EXPECT_TRUE(hart.log.empty());

	answered(kRfence, 1, { 1, 5, kAll, 2 }, -5);
	answered(kRfence, 2, { 1, 5, kAll - 1, 5, 1 }, -5);
	answered(kRfence, 2, { 1, 5, 0, 0, 0x10000 }, -3);
	EXPECT_TRUE(hart.log.empty());
}

TEST_F(Sbi, RfenceOthers)
{
	hart.log.clear();
	for (uint64_t function : { 0, 1, 2 }) {
		EXPECT_EQ(call(kRfence, function, { 0x3, 4, 0x1000, 0x2000, 9 }).reason,
			  AXVCPU_EXIT_HYPERCALL);
		const axvcpu_exit_hypercall &h = exit.u.hypercall;
		EXPECT_EQ(h.number, kRfence);
		EXPECT_EQ(h.conduit, RISCV_VCPU_HYPERCALL_SBI);
		EXPECT_EQ(h.args[0], 1u);
		EXPECT_EQ(h.args[1], 4u);
		EXPECT_EQ(h.args[2], function == 0 ? 0u : 0x1000u);
		EXPECT_EQ(h.args[3], function == 0 ? 0u : 0x2000u);
		EXPECT_EQ(h.args[4], function == 2 ? 9u : 0u);
		EXPECT_EQ(h.args[6], function);
		EXPECT_EQ(a0(), 0);
		EXPECT_EQ(a1(), 0u);
	}
	EXPECT_EQ(hart.log.size(), 5u);
	EXPECT_EQ(call(kRfence, 1, { 0, kAll, 0, 0 }).reason, AXVCPU_EXIT_HYPERCALL);
	EXPECT_EQ(exit.u.hypercall.args[0], 0xdu);
	EXPECT_EQ(exit.u.hypercall.args[1], 4u);
}

TEST_F(Sbi, HsmStart)
{
	EXPECT_EQ(call(kHsm, 0, { 7, 0x80000000, 0x1234 }).reason, AXVCPU_EXIT_CPU_UP);
	EXPECT_EQ(exit.u.cpu_up.target_cpu, 7u);
	EXPECT_EQ(exit.u.cpu_up.entry_point, 0x80000000u);
	EXPECT_EQ(exit.u.cpu_up.arg, 0x1234u);
	EXPECT_EQ(a0(), -1);
	EXPECT_EQ(riscv_vcpu_set_sbi_result(vcpu, -7, 2), AXVCPU_OK);
	EXPECT_EQ(a0(), -7);
	EXPECT_EQ(a1(), 2u);
	EXPECT_EQ(call(kHsm, 0, { 4, 2, 0 }).reason, AXVCPU_EXIT_CPU_UP);
	answered(kHsm, 0, { 3, 0x80000000, 0 }, -3);
	answered(kHsm, 0, { 8, 0x80000000, 0 }, -3);
	answered(kHsm, 0, { kAll, 0x80000000, 0 }, -3);
	answered(kHsm, 0, { 5, 0x80000000, 0 }, -6);
	answered(kHsm, 0, { 6, 0x80000001, 0 }, -5);
}

TEST_F(Sbi, HsmStopAndStatus)
{
	EXPECT_EQ(call(kHsm, 1).reason, AXVCPU_EXIT_CPU_DOWN);
	EXPECT_EQ(exit.u.cpu_down.power_state, 0u);
	EXPECT_EQ(a0(), -1);
	answered(kHsm, 2, { 5 }, 0, 0);
	answered(kHsm, 2, { 8 }, -3);
	answered(kHsm, 2, { 0 }, -3);
	EXPECT_EQ(call(kHsm, 2, { 6 }).reason, AXVCPU_EXIT_HYPERCALL);
	EXPECT_EQ(exit.u.hypercall.number, kHsm);
	EXPECT_EQ(exit.u.hypercall.args[0], 6u);
	EXPECT_EQ(exit.u.hypercall.args[6], 2u);
	EXPECT_EQ(a0(), -1);
}

TEST_F(Sbi, HsmSuspend)
{
	const uint64_t pc = state->pc;

	EXPECT_EQ(call(kHsm, 3, { 0, 1, 2 }).reason, AXVCPU_EXIT_HALT);
	EXPECT_EQ(axvcpu_get_state(vcpu), AXVCPU_STATE_BLOCKED);
	EXPECT_EQ(a0(), 0);
	EXPECT_EQ(state->pc, pc + 4);

	for (uint64_t type : { 0x1ul, 0x0ffffffful, 0x80000001ul, 0x8ffffffful })
		answered(kHsm, 3, { type, 0x1000, 0 }, -3);
	for (uint64_t type : { 0x10000000ul, 0x7ffffffful, 0x90000000ul, 0xfffffffful })
		answered(kHsm, 3, { type, 0x1000, 0 }, -2);
	answered(kHsm, 3, { 0x80000000, 0x1001, 0 }, -5);

	hart.csr[RV_CSR_vsatp] = 8ull << 60;
	hart.csr[RV_CSR_vsstatus] |= SSTATUS_SIE;
	for (uint64_t type : { 0x80000000ul, 0xffffffff80000000ul }) {
		EXPECT_EQ(call(kHsm, 3, { type, 0x1000, 77 }).reason, AXVCPU_EXIT_HALT);
		EXPECT_EQ(state->pc, 0x1000u);
		EXPECT_EQ(a0(), 5);
		EXPECT_EQ(a1(), 77u);
		EXPECT_EQ(hart.csr[RV_CSR_vsatp], 0u);
		EXPECT_EQ(hart.csr[RV_CSR_vsstatus] & SSTATUS_SIE, 0u);
	}
	// Something to wake up for is there already.
	hart.csr[RV_CSR_hvip] = HVIP_VSSIP;
	hart.csr[RV_CSR_vsie] = 2;
	answered(kHsm, 3, { 0 }, 0, 0);
}

TEST_F(Sbi, Srst)
{
	const struct {
		uint64_t type, reason;
		uint32_t down;
	} good[] = {
		{ 0, 0, AXVCPU_SYSTEM_DOWN_POWER_OFF }, { 0, 1, AXVCPU_SYSTEM_DOWN_CRASH },
		{ 1, 0, AXVCPU_SYSTEM_DOWN_RESET },	{ 2, 1, AXVCPU_SYSTEM_DOWN_RESET },
		{ 0, 0xe0000000, AXVCPU_SYSTEM_DOWN_POWER_OFF },
		{ 1, 0xffffffff, AXVCPU_SYSTEM_DOWN_RESET },
	};
	for (const auto &c : good) {
		EXPECT_EQ(call(kSrst, 0, { c.type, c.reason }).reason, AXVCPU_EXIT_SYSTEM_DOWN);
		EXPECT_EQ(exit.u.system_down.type, c.down);
		EXPECT_EQ(exit.u.system_down.code, (c.type << 32) | c.reason);
		EXPECT_EQ(a0(), -1);
	}
	answered(kSrst, 0, { 3, 0 }, -3);
	answered(kSrst, 0, { 0xefffffff, 0 }, -3);
	answered(kSrst, 0, { 0, 2 }, -3);
	answered(kSrst, 0, { 0, 0xdfffffff }, -3);
	answered(kSrst, 0, { 0xf0000000, 0 }, -2);
	answered(kSrst, 0, { 0xffffffff, 0 }, -2);
}

TEST_F(Sbi, Dbcn)
{
	for (uint64_t function : { 0, 1 }) {
		EXPECT_EQ(call(kDbcn, function, { 10, 0x80000010, 0 }).reason, AXVCPU_EXIT_HYPERCALL);
		EXPECT_EQ(exit.u.hypercall.number, kDbcn);
		EXPECT_EQ(exit.u.hypercall.args[0], 10u);
		EXPECT_EQ(exit.u.hypercall.args[1], 0x80000010u);
		EXPECT_EQ(exit.u.hypercall.args[6], function);
		EXPECT_EQ(a0(), -1);
		call(kDbcn, function, { 10, 0x80000ffe, 0 });
		EXPECT_EQ(exit.u.hypercall.args[0], 2u);
		call(kDbcn, function, { 1ull << 40, 0x80000000, 0 });
		EXPECT_EQ(exit.u.hypercall.args[0], 4096u);
		answered(kDbcn, function, { 0, 0x80000000, 0 }, 0);
		answered(kDbcn, function, { 1, 0, 1 }, -3);
		answered(kDbcn, function, { kAll, 0x80000000, 0 }, -3);
		answered(kDbcn, function, { 2, kAll - 1 + 1, 0 }, -3);
	}
	EXPECT_EQ(call(kDbcn, 2, { 0x1241 }).reason, AXVCPU_EXIT_HYPERCALL);
	EXPECT_EQ(exit.u.hypercall.args[0], 0x41u);
	EXPECT_EQ(exit.u.hypercall.args[6], 2u);
}

TEST_F(Sbi, Hvc)
{
	EXPECT_EQ(call(kHvc, 42, { 1, 2, 3, 4, 5, 6 }).reason, AXVCPU_EXIT_HYPERCALL);
	EXPECT_EQ(exit.u.hypercall.number, kHvc);
	for (uint64_t i = 0; i < 6; i++)
		EXPECT_EQ(exit.u.hypercall.args[i], i + 1);
	EXPECT_EQ(exit.u.hypercall.args[6], 42u);
	EXPECT_EQ(exit.instruction_length, 4u);
	EXPECT_EQ(exit.pc, kEntry + 4);
}

TEST_F(Sbi, LegacyConsole)
{
	EXPECT_EQ(call(1, 0, { 0x141 }).reason, AXVCPU_EXIT_HYPERCALL);
	EXPECT_EQ(exit.u.hypercall.number, 1u);
	EXPECT_EQ(exit.u.hypercall.args[0], 0x41u);
	EXPECT_EQ(exit.u.hypercall.conduit, RISCV_VCPU_HYPERCALL_SBI_LEGACY);
	EXPECT_EQ(a1(), 0xbad1u);
	EXPECT_EQ(axvcpu_set_return_value(vcpu, 0), AXVCPU_OK);
	EXPECT_EQ(a0(), 0);
	EXPECT_EQ(call(2, 0).reason, AXVCPU_EXIT_HYPERCALL);
	EXPECT_EQ(a1(), 0xbad1u);
	EXPECT_EQ(call(8, 0).reason, AXVCPU_EXIT_SYSTEM_DOWN);
	EXPECT_EQ(exit.u.system_down.type, AXVCPU_SYSTEM_DOWN_POWER_OFF);
}

TEST_F(Sbi, LegacyIpi)
{
	answered(3, 0, {}, 0, 0xbad1);
	hart.csr[RV_CSR_hvip] = HVIP_VSSIP | HVIP_VSEIP;
	answered(3, 0, {}, 1, 0xbad1);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], HVIP_VSEIP);
	hart.csr[RV_CSR_hvip] = 0;

	// The mask is in the guest's memory.
	hart.memory = { { 0x100, 0x20 }, { 0x102, 0 }, { 0x104, 0 }, { 0x106, 0 } };
	answered(4, 0, { 0x100 }, 0, 0xbad1);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], HVIP_VSSIP);
	hart.memory[0x100] = 0xb0;
	EXPECT_EQ(call(4, 0, { 0x100 }).reason, AXVCPU_EXIT_SEND_IPI);
	EXPECT_EQ(exit.u.send_ipi.target_mask, 0x90u);
	EXPECT_EQ(exit.u.send_ipi.target_cpu, 0u);
	EXPECT_EQ(call(4, 0, { 0 }).reason, AXVCPU_EXIT_SEND_IPI);
	EXPECT_EQ(exit.u.send_ipi.target_mask, 0xdu);
	hart.memory[0x106] = 0x8000;
	answered(4, 0, { 0x100 }, -3, 0xbad1);
	answered(4, 0, { 0x102 }, -5, 0xbad1);
	answered(4, 0, { kAll }, -5, 0xbad1);
}

TEST_F(Sbi, LegacyFences)
{
	hart.memory = { { 0x100, 0x20 }, { 0x102, 0 }, { 0x104, 0 }, { 0x106, 0 } };
	hart.log.clear();
	answered(5, 0, { 0x100, 1, 2, 3 }, 0, 1);
	EXPECT_EQ(hart.count("fence.i"), 1u);
	answered(6, 0, { 0x100, 0x1000, 1 }, 0, 0x1000);
	EXPECT_EQ(hart.count("hfence.vvma va 1000"), 1u);
	answered(7, 0, { 0x100, 0x1000, 1, 4 }, 0, 0x1000);
	EXPECT_EQ(hart.count("hfence.vvma va 1000 asid 4"), 1u);
	answered(6, 0, { 0x100, kAll, 2 }, -5, kAll);
	answered(6, 0, { 0x200, 0, 0 }, -5, 0);

	EXPECT_EQ(call(7, 0, { 0, 0x1000, 1, 4 }).reason, AXVCPU_EXIT_HYPERCALL);
	EXPECT_EQ(exit.u.hypercall.number, kRfence);
	EXPECT_EQ(exit.u.hypercall.conduit, RISCV_VCPU_HYPERCALL_SBI_LEGACY);
	EXPECT_EQ(exit.u.hypercall.args[0], 0xdu);
	EXPECT_EQ(exit.u.hypercall.args[4], 4u);
	EXPECT_EQ(exit.u.hypercall.args[6], 2u);
	EXPECT_EQ(a0(), 0);
	EXPECT_EQ(a1(), 0x1000u);
}

class SbiPolicy : public MachineTest {
protected:
	void start(uint32_t sbi, uint32_t timer = 0)
	{
		riscv_vcpu_setup_config setup{};
		riscv_vcpu_create_config create{};

		create.size = sizeof(create);
		create.hart_count = 100;
		create.mvendorid = 11;
		create.marchid = 12;
		create.mimpid = 13;
		setup.size = sizeof(setup);
		setup.sbi = sbi;
		setup.timer = timer;
		make(&create, &setup);
		bind();
	}
};

TEST_F(SbiPolicy, Vendor)
{
	start(RISCV_VCPU_SBI_EXIT_VENDOR);
	EXPECT_EQ(call(0x09000000, 1).reason, AXVCPU_EXIT_HYPERCALL);
	EXPECT_EQ(call(0x09ffffff, 1).reason, AXVCPU_EXIT_HYPERCALL);
	EXPECT_EQ(call(0x08ffffff, 1).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
	EXPECT_EQ(a0(), -2);
	EXPECT_EQ(call(0x0a000000, 1).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
	// Who answers the calls answers the probe.
	EXPECT_EQ(call(0x10, 3, { 0x09000001 }).reason, AXVCPU_EXIT_HYPERCALL);
	EXPECT_EQ(exit.u.hypercall.number, 0x10u);
	EXPECT_EQ(exit.u.hypercall.args[0], 0x09000001u);
	call(0x10, 4);
	EXPECT_EQ(a1(), 11u);
	call(0x10, 5);
	EXPECT_EQ(a1(), 12u);
	call(0x10, 6);
	EXPECT_EQ(a1(), 13u);
}

TEST_F(SbiPolicy, All)
{
	start(RISCV_VCPU_SBI_EXIT_ALL);
	for (uint64_t extension : { 0x9ul, 0x11ul, 0x0a000000ul, kAll })
		EXPECT_EQ(call(extension, 1).reason, AXVCPU_EXIT_HYPERCALL);
	EXPECT_EQ(call(0x10, 0).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
}

// More harts than a mask has bits.
TEST_F(SbiPolicy, AllOfManyHarts)
{
	start(RISCV_VCPU_SBI_REFUSE);
	EXPECT_EQ(call(kIpi, 0, { 0, kAll }).reason, AXVCPU_EXIT_SEND_IPI);
	EXPECT_EQ(exit.u.send_ipi.flags, AXVCPU_SEND_IPI_ALL_BUT_SELF);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], HVIP_VSSIP);
	EXPECT_EQ(call(kRfence, 0, { 0, kAll }).reason, AXVCPU_EXIT_HYPERCALL);
	EXPECT_EQ(exit.u.hypercall.args[1], kAll);
	EXPECT_EQ(call(kIpi, 0, { 1ull << 63, 36 }).reason, AXVCPU_EXIT_SEND_IPI);
	EXPECT_EQ(call(kIpi, 0, { 1ull << 63, 37 }).reason, AXVCPU_EXIT_EXTERNAL_INTERRUPT);
	EXPECT_EQ(a0(), -3);
}

TEST_F(SbiPolicy, TimeByHvip)
{
	uint64_t deadline = 0;

	start(RISCV_VCPU_SBI_REFUSE, RISCV_VCPU_TIMER_HVIP);
	hart.csr[RV_CSR_time] = 100;
	hart.csr[RV_CSR_hvip] = HVIP_VSTIP;
	EXPECT_EQ(axvcpu_timer_deadline(vcpu, &deadline), AXVCPU_OK);
	EXPECT_EQ(deadline, kAll);
	EXPECT_EQ(call(kTime, 0, { 200 }).reason, AXVCPU_EXIT_NOTHING);
	EXPECT_EQ(a0(), 0);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], 0u);
	EXPECT_EQ(set(RISCV_VCPU_REG_TIME_DELTA, 50), AXVCPU_OK);
	EXPECT_EQ(hart.csr[RV_CSR_htimedelta], 50u);
	EXPECT_EQ(axvcpu_timer_deadline(vcpu, &deadline), AXVCPU_OK);
	EXPECT_EQ(deadline, 150u);
	call(0x10, 0);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], 0u);
	hart.csr[RV_CSR_time] = 150;
	call(0x10, 0);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], HVIP_VSTIP);
	EXPECT_EQ(axvcpu_timer_deadline(vcpu, &deadline), AXVCPU_OK);
	EXPECT_EQ(deadline, kAll);
	EXPECT_EQ(axvcpu_timer_deadline(nullptr, &deadline), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(axvcpu_timer_deadline(vcpu, nullptr), AXVCPU_ERR_INVALID_ARGUMENT);
	// In the past: due on the next entry.
	EXPECT_EQ(call(0, 0, { 0 }).reason, AXVCPU_EXIT_NOTHING);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], 0u);
	call(0x10, 0);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], HVIP_VSTIP);
}

// The guest's clock is ahead of ours, or behind it, as of a machine that was moved here.
TEST_F(SbiPolicy, DeadlinesOfOtherClocks)
{
	const auto deadline_at = [this](uint64_t now, uint64_t delta, uint64_t timer) {
		uint64_t deadline = 1;

		hart.csr[RV_CSR_time] = now;
		EXPECT_EQ(set(RISCV_VCPU_REG_TIME_DELTA, delta), AXVCPU_OK);
		EXPECT_EQ(set(RISCV_VCPU_REG_TIMER, timer), AXVCPU_OK);
		EXPECT_EQ(axvcpu_timer_deadline(vcpu, &deadline), AXVCPU_OK);
		return deadline;
	};

	start(RISCV_VCPU_SBI_REFUSE);
	EXPECT_EQ(deadline_at(100, 1000000, 1000150), 150u);
	EXPECT_EQ(deadline_at(100, 1000000, 1000100), 100u);
	EXPECT_EQ(deadline_at(100, 1000000, 1000030), 30u);
	// Due before our clock began.
	EXPECT_EQ(deadline_at(100, 1000000, 999999), 0u);
	EXPECT_EQ(deadline_at(100, 1000000, 0), 0u);
	EXPECT_EQ(deadline_at(1000000, -UINT64_C(999900), 150), 1000050u);
	EXPECT_EQ(deadline_at(1000000, -UINT64_C(999900), 0), 999900u);
	// After its end.
	EXPECT_EQ(deadline_at(1000000, -UINT64_C(999900), kAll - 1), kAll);
	EXPECT_EQ(deadline_at(100, 1000000, kAll), kAll);
}

} // namespace
