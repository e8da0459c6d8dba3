/* SPDX-License-Identifier: Apache-2.0 */
// Detection, enabling, VMIDs, the CSRs that move at bind and unbind, FP and vector state.
#include "tests/fake_hart.h"

#include <algorithm>

namespace {

class Cpu : public MachineTest {
protected:
	riscv_features detect()
	{
		riscv_features features{};

		EXPECT_EQ(riscv_vcpu_detect(&features), AXVCPU_OK);
		return features;
	}
};

TEST_F(Cpu, DetectsEverything)
{
	hart.csr[RV_CSR_sstatus] = 0x8000000200000000;
	hart.csr[RV_CSR_henvcfg] = 1;
	hart.csr[RV_CSR_hgatp] = 8ull << 60;
	hart.writable[RV_CSR_hgeie] = 0xe;
	const auto before = hart.csr;
	const riscv_features f = detect();

	EXPECT_EQ(f.bits, 0x7ffffu);
	EXPECT_EQ(f.vmid_bits, 14u);
	EXPECT_EQ(f.vlenb, 16u);
	EXPECT_EQ(f.guest_files, 3u);
	EXPECT_EQ(f.guest_words, 4u);
	// Nothing stays changed.
	for (const auto &csr : before)
		EXPECT_EQ(hart.csr[csr.first], csr.second) << std::hex << csr.first;
}

TEST_F(Cpu, DetectsWhatIsMissing)
{
	const struct {
		uint32_t csr;
		uint32_t without;
	} cases[] = {
		{ RV_CSR_vlenb, RISCV_VCPU_FEATURE_V },
		{ RV_CSR_fcsr, RISCV_VCPU_FEATURE_F | RISCV_VCPU_FEATURE_D },
		{ RV_CSR_vstimecmp, RISCV_VCPU_FEATURE_SSTC },
		{ RV_CSR_stopi, RISCV_VCPU_FEATURE_AIA },
		{ RV_CSR_vsiselect, RISCV_VCPU_FEATURE_AIA },
		{ RV_CSR_hvien, RISCV_VCPU_FEATURE_AIA },
		{ RV_CSR_hstateen0, RISCV_VCPU_FEATURE_STATEEN },
		{ RV_CSR_cycle, RISCV_VCPU_FEATURE_COUNTERS },
		{ RV_CSR_instret, RISCV_VCPU_FEATURE_COUNTERS },
		{ RV_CSR_henvcfg, RISCV_VCPU_FEATURE_HENVCFG | RISCV_VCPU_FEATURE_SSTC |
					  RISCV_VCPU_FEATURE_SVPBMT | RISCV_VCPU_FEATURE_ZICBOM |
					  RISCV_VCPU_FEATURE_ZICBOZ },
		{ RV_CSR_senvcfg, RISCV_VCPU_FEATURE_HENVCFG | RISCV_VCPU_FEATURE_SSTC |
					  RISCV_VCPU_FEATURE_SVPBMT | RISCV_VCPU_FEATURE_ZICBOM |
					  RISCV_VCPU_FEATURE_ZICBOZ },
	};
	for (const auto &c : cases) {
		hart.absent = { c.csr };
		EXPECT_EQ(detect().bits, 0x7ffffu & ~c.without) << std::hex << c.csr;
		EXPECT_EQ(hart.csr[RV_CSR_hstatus] & HSTATUS_SPV, 0u);
	}
	hart.absent.clear();
	hart.has_double = false;
	EXPECT_EQ(detect().bits, 0x7ffffu & ~RISCV_VCPU_FEATURE_D);
	hart.illegal_cause = CAUSE_ECALL_VS;
	EXPECT_EQ(detect().bits, 0x7ffffu & ~(RISCV_VCPU_FEATURE_D | RISCV_VCPU_FEATURE_ILLEGAL));
	hart.illegal_cause = CAUSE_ILLEGAL;
	hart.writable[RV_CSR_sstatus] = 0;
	EXPECT_EQ(detect().bits, 0x7ffffu & ~(RISCV_VCPU_FEATURE_F | RISCV_VCPU_FEATURE_D |
					      RISCV_VCPU_FEATURE_V));
	hart.vsatp_modes = { 0, 8 };
	hart.csr[RV_CSR_vsatp] = 8ull << 60 | 5;
	EXPECT_EQ(detect().bits & (RISCV_VCPU_FEATURE_VSATP_SV39 | RISCV_VCPU_FEATURE_VSATP_SV48 |
				   RISCV_VCPU_FEATURE_VSATP_SV57),
		  RISCV_VCPU_FEATURE_VSATP_SV39);
	EXPECT_EQ(hart.csr[RV_CSR_vsatp], 8ull << 60 | 5);
	hart.writable[RV_CSR_henvcfg] = ENVCFG_CBZE;
	EXPECT_EQ(detect().bits & (RISCV_VCPU_FEATURE_SSTC | RISCV_VCPU_FEATURE_SVPBMT |
				   RISCV_VCPU_FEATURE_ZICBOM | RISCV_VCPU_FEATURE_ZICBOZ),
		  RISCV_VCPU_FEATURE_ZICBOZ);
}

TEST_F(Cpu, RefusesHartsWithoutHypervisorExtension)
{
	axvcpu_percpu *none = nullptr;

	hart.absent = { RV_CSR_hstatus };
	EXPECT_EQ(axvcpu_percpu_init(host, cpu_memory, sizeof(cpu_memory), 0, &none),
		  AXVCPU_ERR_UNSUPPORTED);
	hart.absent.clear();
	hart.hgatp_modes = { 0 };
	EXPECT_EQ(axvcpu_percpu_init(host, cpu_memory, sizeof(cpu_memory), 0, &none),
		  AXVCPU_ERR_UNSUPPORTED);
	EXPECT_EQ(none, nullptr);
}

TEST_F(Cpu, HgatpModesAndVmidWidths)
{
	const struct {
		std::set<uint64_t> modes;
		uint32_t best, levels;
	} cases[] = {
		{ { 0, 8 }, 8, 3 },
		{ { 0, 8, 9 }, 9, 4 },
		{ { 0, 8, 9, 10 }, 10, 5 },
		{ { 8 }, 8, 3 },
	};
	for (const auto &c : cases) {
		for (uint64_t width : { 0, 1, 7, 14 }) {
			riscv_percpu cpu{};

			hart.hgatp_modes = c.modes;
			hart.vmid_bits = width;
			hart.csr[RV_CSR_hgatp] = 0;
			cpu.features = detect();
			EXPECT_EQ(riscv_vcpu_best_mode(&cpu.features), c.best);
			EXPECT_EQ(riscv_vcpu_max_levels(&cpu), c.levels);
			EXPECT_EQ(cpu.features.vmid_bits, width);
		}
	}
}

// A later CPU may have more than the first, not less.
TEST_F(Cpu, Heterogeneous)
{
	riscv_host shared{};
	riscv_features first = detect(), other = first, back{};

	first.bits &= ~RISCV_VCPU_FEATURE_AIA;
	riscv_vcpu_host_features(&shared, &back);
	EXPECT_EQ(back.bits, 0u);
	EXPECT_TRUE(riscv_vcpu_publish_features(&shared, &first));
	EXPECT_TRUE(riscv_vcpu_publish_features(&shared, &other));
	riscv_vcpu_host_features(&shared, &back);
	EXPECT_EQ(back.bits, first.bits);
	EXPECT_EQ(back.vlenb, first.vlenb);
	EXPECT_EQ(back.vmid_bits, first.vmid_bits);
	other.bits &= ~RISCV_VCPU_FEATURE_SSTC;
	EXPECT_FALSE(riscv_vcpu_publish_features(&shared, &other));
	other = first;
	other.vmid_bits = 7;
	EXPECT_FALSE(riscv_vcpu_publish_features(&shared, &other));
	other = first;
	other.vlenb = 32;
	EXPECT_FALSE(riscv_vcpu_publish_features(&shared, &other));
}

TEST_F(Cpu, EnableAndDisableAreRepeatable)
{
	hart.csr[RV_CSR_hideleg] = 0x4;
	hart.csr[RV_CSR_hedeleg] = 0x11;
	hart.csr[RV_CSR_hie] = 0x444 | 0x1000;
	hart.csr[RV_CSR_hgatp] = 8ull << 60;
	hart.csr[RV_CSR_hcounteren] = 7;
	hart.csr[RV_CSR_henvcfg] = 1;
	hart.csr[RV_CSR_hvip] = 0x40;
	hart.csr[RV_CSR_hstateen0] = 3;
	hart.csr[RV_CSR_htimedelta] = 99;
	hart.csr[RV_CSR_hstatus] = 0x200000000;
	enable();
	const auto on = hart.csr;
	EXPECT_EQ(hart.csr[RV_CSR_hideleg], HVIP_ALL);
	EXPECT_EQ(hart.csr[RV_CSR_hie], 0x1000u);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], 0u);
	EXPECT_EQ(hart.csr[RV_CSR_hgatp], 0u);
	EXPECT_EQ(hart.csr[RV_CSR_hstateen0], STATEEN0_ENVCFG);
	for (int i = 0; i < 3; i++) {
		EXPECT_TRUE(axvcpu_is_enabled(percpu));
		EXPECT_EQ(axvcpu_hardware_disable(percpu), AXVCPU_OK);
		EXPECT_FALSE(axvcpu_is_enabled(percpu));
		EXPECT_EQ(hart.csr[RV_CSR_hideleg], 0x4u);
		EXPECT_EQ(hart.csr[RV_CSR_hedeleg], 0x11u);
		EXPECT_EQ(hart.csr[RV_CSR_hie], 0x1444u);
		EXPECT_EQ(hart.csr[RV_CSR_hgatp], 8ull << 60);
		EXPECT_EQ(hart.csr[RV_CSR_hcounteren], 7u);
		EXPECT_EQ(hart.csr[RV_CSR_henvcfg], 1u);
		EXPECT_EQ(hart.csr[RV_CSR_hvip], 0x40u);
		EXPECT_EQ(hart.csr[RV_CSR_hstateen0], 3u);
		EXPECT_EQ(hart.csr[RV_CSR_htimedelta], 99u);
		EXPECT_EQ(hart.csr[RV_CSR_hstatus], 0x200000000u);
		EXPECT_EQ(axvcpu_hardware_enable(percpu), AXVCPU_OK);
		EXPECT_EQ(hart.csr, on);
	}
}

TEST_F(Cpu, EnableFailsWithoutDelegation)
{
	ASSERT_EQ(axvcpu_percpu_init(host, cpu_memory, sizeof(cpu_memory), 0, &percpu), AXVCPU_OK);
	hart.writable[RV_CSR_hideleg] = 0x44;
	EXPECT_EQ(axvcpu_hardware_enable(percpu), AXVCPU_ERR_HARDWARE);
	EXPECT_FALSE(axvcpu_is_enabled(percpu));
}

// What bind writes is what unbind reads back, register by register, and nothing is left.
TEST_F(Cpu, BindAndUnbindAreSymmetric)
{
	std::map<uint32_t, uint64_t> guest;
	uint32_t number, features;

	hart.csr[RV_CSR_scounteren] = 0x77;
	hart.csr[RV_CSR_senvcfg] = 0x1;
	make(nullptr, nullptr);
	const auto unbound = hart.csr;
	bind();
	const uint32_t moved[] = { RV_CSR_vsstatus, RV_CSR_vsie,      RV_CSR_vstvec, RV_CSR_scounteren,
				   RV_CSR_senvcfg,  RV_CSR_vsscratch, RV_CSR_vsepc,  RV_CSR_vscause,
				   RV_CSR_vstval,   RV_CSR_vsiselect, RV_CSR_vsatp,  RV_CSR_vstimecmp,
				   RV_CSR_hviprio1, RV_CSR_hviprio2 };
	uint64_t value = 0x10;
	for (uint32_t csr : moved)
		guest[csr] = hart.csr[csr] = value++;
	hart.csr[RV_CSR_hvip] = HVIP_VSSIP;
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	// The CPU keeps nothing that acts.
	for (uint32_t csr : { RV_CSR_vsatp, RV_CSR_hgatp, RV_CSR_hvip, RV_CSR_vsie })
		EXPECT_EQ(hart.csr[csr], 0u);
	EXPECT_EQ(hart.csr[RV_CSR_vstimecmp], UINT64_MAX);
	EXPECT_EQ(hart.csr[RV_CSR_scounteren], 0x77u);
	EXPECT_EQ(hart.csr[RV_CSR_senvcfg], 1u);
	EXPECT_EQ(hart.csr[RV_CSR_hgatp], unbound.at(RV_CSR_hgatp));
	for (uint32_t csr : moved)
		hart.csr[csr] = 0xdead;
	bind();
	for (const auto &csr : guest)
		EXPECT_EQ(hart.csr[csr.first], csr.second) << std::hex << csr.first;
	EXPECT_EQ(hart.csr[RV_CSR_hvip], HVIP_VSSIP);
	// The list by number is of the same registers.
	size_t count = 0;
	while (riscv_vcpu_vs_csr_at(count, &number, &features)) {
		EXPECT_EQ(riscv_vcpu_vs_csr_read(state, number, &value), AXVCPU_OK);
		count++;
	}
	EXPECT_EQ(count, guest.size());
}

// vsatp is 0 whenever hgatp changes.
TEST_F(Cpu, OrderOfVsatpAndHgatp)
{
	make(nullptr, nullptr);
	state->vs.vsatp = 0x1234;
	hart.log.clear();
	bind();
	ASSERT_EQ(hart.log.back(), "w280=1234");
	const auto hgatp = std::find_if(hart.log.begin(), hart.log.end(),
					[](const std::string &s) { return s.rfind("w680=", 0) == 0; });
	ASSERT_NE(hgatp, hart.log.end());
	hart.log.clear();
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	EXPECT_EQ(hart.log.front(), "w280=0");
}

TEST_F(Cpu, ControlCsrs)
{
	make(nullptr, nullptr);
	bind();
	EXPECT_EQ(hart.csr[RV_CSR_hedeleg], 0x4b1fbu); // all but illegal instruction
	EXPECT_EQ(hart.csr[RV_CSR_hcounteren], COUNTEREN_TM);
	EXPECT_EQ(hart.csr[RV_CSR_henvcfg], ENVCFG_FIOM | ENVCFG_CBIE_FLUSH | ENVCFG_CBCFE |
						    ENVCFG_CBZE | ENVCFG_PBMTE | ENVCFG_STCE);
	EXPECT_EQ(hart.csr[RV_CSR_hgatp] >> 60, 10u);
	EXPECT_EQ(hart.csr[RV_CSR_hgatp] & 0xfffffffffff, kRoot >> 12);
	EXPECT_EQ(state->hstatus,
		  HSTATUS_SPV | HSTATUS_SPVP | HSTATUS_VSXL_64 | HSTATUS_VTW);
	EXPECT_EQ(state->sstatus, SSTATUS_SPP | SSTATUS_UXL_64);
	EXPECT_EQ(state->vs.scounteren, COUNTEREN_CY | COUNTEREN_TM | COUNTEREN_IR);
	EXPECT_EQ(state->pc, kEntry);
	EXPECT_EQ(a0(), 3);
	EXPECT_EQ(a1(), 0u);
}

TEST_F(Cpu, SetupFlags)
{
	riscv_vcpu_setup_config setup{};

	setup.size = sizeof(setup);
	setup.flags = RISCV_VCPU_WFI_NATIVE | RISCV_VCPU_COUNTERS | RISCV_VCPU_NO_VECTOR;
	setup.hgatp_mode = RISCV_VCPU_HGATP_SV48X4;
	setup.timer = RISCV_VCPU_TIMER_HVIP;
	setup.vmid = 77;
	make(nullptr, &setup);
	EXPECT_EQ(frames_used, 0u);
	bind();
	EXPECT_EQ(hart.csr[RV_CSR_hcounteren], COUNTEREN_TM | COUNTEREN_CY | COUNTEREN_IR);
	EXPECT_EQ(hart.csr[RV_CSR_henvcfg] & ENVCFG_STCE, 0u);
	EXPECT_EQ(hart.csr[RV_CSR_hgatp] >> 44, (9u << 16) | 77u);
	EXPECT_EQ(state->hstatus & HSTATUS_VTW, 0u);
	EXPECT_EQ(axvcpu_inject_interrupt(vcpu, 5), AXVCPU_OK);
	hart.guest = [](riscv_vcpu *) { return SCAUSE_INTERRUPT | 5; };
	const axvcpu_exit *e = nullptr;
	EXPECT_EQ(axvcpu_run(vcpu, &e), AXVCPU_OK);
	EXPECT_EQ(hart.csr[RV_CSR_hvip], HVIP_VSTIP);
	// A comparator that is not this guest's is not touched.
	hart.csr[RV_CSR_vstimecmp] = 5;
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	EXPECT_EQ(hart.csr[RV_CSR_vstimecmp], 5u);
}

TEST_F(Cpu, VmidsWithoutFences)
{
	make(nullptr, nullptr);
	bind();
	EXPECT_EQ((hart.csr[RV_CSR_hgatp] >> 44) & 0x3fff, 1u);
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	hart.log.clear();
	bind();
	EXPECT_EQ((hart.csr[RV_CSR_hgatp] >> 44) & 0x3fff, 1u);
	for (const std::string &entry : hart.log)
		EXPECT_EQ(entry.find("fence"), std::string::npos) << entry;
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	// Another root, another VMID.
	EXPECT_EQ(axvcpu_set_ept_root(vcpu, 0x90008000), AXVCPU_OK);
	bind();
	EXPECT_EQ((hart.csr[RV_CSR_hgatp] >> 44) & 0x3fff, 2u);
	EXPECT_EQ(hart.csr[RV_CSR_hgatp] & 0xfffffffffff, 0x90008u);
}

// Two CPUs, a width of two bits: three VMIDs a generation.
TEST_F(Cpu, VmidRollover)
{
	riscv_host shared{};
	riscv_percpu cpus[2]{};
	riscv_vcpu vcpus[7]{};

	for (auto &v : vcpus) {
		v.host = &shared;
		v.features.vmid_bits = 2;
	}
	auto flushes = [] { return hart.count("hfence.gvma"); };
	auto bind_to = [&](int v, int c) {
		hart.log.clear();
		riscv_vcpu_vmid_bind(&vcpus[v], &cpus[c]);
		return vcpus[v].vmid;
	};
	EXPECT_EQ(bind_to(0, 0), 1u);
	EXPECT_EQ(flushes(), 1u); // the first generation on this CPU
	EXPECT_EQ(bind_to(1, 0), 2u);
	EXPECT_EQ(flushes(), 0u);
	EXPECT_EQ(bind_to(2, 1), 3u);
	EXPECT_EQ(flushes(), 1u);
	EXPECT_EQ(bind_to(0, 0), 1u);
	EXPECT_EQ(flushes(), 0u);
	// Migration: only its own VMID is flushed.
	EXPECT_EQ(bind_to(0, 1), 1u);
	EXPECT_EQ(flushes(), 0u);
	EXPECT_EQ(hart.count("hfence.gvma vmid 1"), 1u);
	EXPECT_EQ(hart.count("hfence.vvma"), 1u);
	EXPECT_EQ(hart.count("fence.i"), 1u);
	// The next generation.
	EXPECT_EQ(bind_to(3, 0), 1u);
	EXPECT_EQ(flushes(), 1u);
	EXPECT_EQ(bind_to(1, 0), 2u);
	EXPECT_EQ(flushes(), 0u);
	EXPECT_EQ(bind_to(1, 0), 2u);
	EXPECT_EQ(hart.log.size(), 1u); // hgatp alone
	EXPECT_EQ(bind_to(2, 1), 3u);
	EXPECT_EQ(flushes(), 1u);
	// In one generation no two vCPUs have the same.
	EXPECT_EQ(bind_to(4, 0), 1u);
	EXPECT_EQ(bind_to(5, 0), 2u);
	EXPECT_EQ(bind_to(6, 0), 3u);
}

TEST_F(Cpu, NoVmidsAtAll)
{
	riscv_host shared{};
	riscv_percpu cpu{};
	riscv_vcpu a{}, b{};

	a.host = b.host = &shared;
	EXPECT_EQ(riscv_vcpu_vmid_setup(&a, 0), AXVCPU_OK);
	EXPECT_EQ(riscv_vcpu_vmid_setup(&b, 1), AXVCPU_ERR_INVALID_ARGUMENT);
	riscv_vcpu_vmid_bind(&a, &cpu);
	EXPECT_EQ(hart.count("hfence.vvma"), 1u);
	riscv_vcpu_vmid_bind(&a, &cpu);
	EXPECT_EQ(hart.count("hfence.vvma"), 1u);
	riscv_vcpu_vmid_bind(&b, &cpu);
	EXPECT_EQ(hart.count("hfence.vvma"), 2u);
	riscv_vcpu_vmid_bind(&a, &cpu);
	EXPECT_EQ(hart.count("hfence.vvma"), 3u);
}

TEST_F(Cpu, OneOwnerOfVmids)
{
	riscv_host shared{};
	riscv_vcpu a{}, b{};

	a.host = b.host = &shared;
	a.features.vmid_bits = b.features.vmid_bits = 4;
	EXPECT_EQ(riscv_vcpu_vmid_setup(&a, 16), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(riscv_vcpu_vmid_setup(&a, 15), AXVCPU_OK);
	EXPECT_EQ(riscv_vcpu_vmid_setup(&b, 0), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(riscv_vcpu_vmid_setup(&b, 15), AXVCPU_OK);
}

class Units : public MachineTest {
protected:
	void SetUp() override
	{
		MachineTest::SetUp();
		make(nullptr, nullptr);
		bind();
		hart.csr[RV_CSR_vstvec] = 0x1000;
		hart.log.clear();
	}

	void illegal() { trap(CAUSE_ILLEGAL, 0x53); }
	bool injected()
	{
		const bool yes = state->pc == 0x1000;

		state->pc = kEntry;
		return yes;
	}
};

TEST_F(Units, LoadedOnFirstUse)
{
	illegal();
	EXPECT_TRUE(injected()); // vsstatus.FS and VS are Off: a real one
	hart.csr[RV_CSR_vsstatus] |= SSTATUS_FS_CLEAN;
	illegal();
	EXPECT_FALSE(injected());
	EXPECT_EQ(hart.count("fp load"), 1u);
	EXPECT_EQ(hart.count("vector load"), 0u);
	EXPECT_EQ(state->sstatus & SSTATUS_FS, SSTATUS_FS_CLEAN);
	EXPECT_EQ(hart.csr[RV_CSR_hedeleg] & 4, 0u);
	illegal();
	EXPECT_TRUE(injected());
	hart.csr[RV_CSR_vsstatus] |= SSTATUS_VS_CLEAN;
	illegal();
	EXPECT_FALSE(injected());
	EXPECT_EQ(hart.count("vector load"), 1u);
	EXPECT_EQ(hart.csr[RV_CSR_hedeleg] & 4, 4u); // now they go to the guest
	illegal();
	EXPECT_TRUE(injected());
	// Not written to, not saved.
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	EXPECT_EQ(hart.count("fp save"), 0u);
	EXPECT_EQ(hart.count("vector save"), 0u);
	EXPECT_EQ(state->sstatus & (SSTATUS_FS | SSTATUS_VS), 0u);
	bind();
	EXPECT_EQ(hart.csr[RV_CSR_hedeleg] & 4, 0u);
}

// Where a guest's illegal instructions do not come to the library.
TEST_F(Cpu, UnitsAreLoadedAtBindWithoutIllegalInstructions)
{
	hart.illegal_cause = CAUSE_ECALL_VS;
	make(nullptr, nullptr);
	hart.fp.f[3] = 0x5ec4e7;
	bind();
	EXPECT_EQ(hart.csr[RV_CSR_hedeleg] & 4, 4u);
	EXPECT_EQ(hart.count("fp load"), 1u);
	EXPECT_EQ(hart.count("vector load"), 1u);
	EXPECT_EQ(hart.fp.f[3], 0u);
	EXPECT_EQ(state->sstatus & (SSTATUS_FS | SSTATUS_VS), SSTATUS_FS_CLEAN | SSTATUS_VS_CLEAN);
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	EXPECT_EQ(hart.count("fp save"), 0u);
	bind();
	EXPECT_EQ(hart.count("fp load"), 2u);
	hart.fp.f[3] = 7;
	state->sstatus |= SSTATUS_FS;
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	EXPECT_EQ(hart.count("fp save"), 1u);
	EXPECT_EQ(hart.count("vector save"), 0u);
	EXPECT_EQ(state->fp.f[3], 7u);
}

TEST_F(Units, DirtyStateIsSavedAndIsolated)
{
	hart.csr[RV_CSR_sstatus] = 0x8000;
	hart.csr[RV_CSR_vsstatus] |= SSTATUS_FS_CLEAN | SSTATUS_VS_CLEAN;
	hart.fp.f[3] = 0x5ec4e7; // the neighbour's
	hart.vector_regs.assign(512, 0x5e);
	illegal();
	EXPECT_EQ(hart.fp.f[3], 0u);
	EXPECT_EQ(hart.vector_regs, std::vector<uint8_t>(512, 0));
	EXPECT_EQ(hart.vector.vtype, 1ull << 63);
	hart.fp.f[3] = 7;
	hart.vector_regs[511] = 9;
	state->sstatus |= SSTATUS_FS | SSTATUS_VS;
	EXPECT_EQ(axvcpu_unbind(vcpu), AXVCPU_OK);
	EXPECT_EQ(state->fp.f[3], 7u);
	EXPECT_EQ(state->vector_regs[511], 9u);
	EXPECT_EQ(hart.csr[RV_CSR_sstatus], 0x8000u); // the hypervisor's own
	hart.fp.f[3] = 0;
	hart.vector_regs[511] = 0;
	bind();
	illegal();
	EXPECT_EQ(hart.fp.f[3], 7u);
	EXPECT_EQ(hart.vector_regs[511], 9u);
}

TEST_F(Units, RegistersByIdWhileLoaded)
{
	hart.csr[RV_CSR_vsstatus] |= SSTATUS_FS_CLEAN | SSTATUS_VS_CLEAN;
	illegal();
	hart.fp.f[3] = 7;
	hart.fp.fcsr = 0x21;
	hart.vector_regs[16] = 9;
	hart.vector.vl = 3;
	state->sstatus |= SSTATUS_FS | SSTATUS_VS;
	EXPECT_EQ(reg(RISCV_VCPU_REG_F(3)), 7u);
	EXPECT_EQ(reg(RISCV_VCPU_REG_FCSR), 0x21u);
	EXPECT_EQ(reg(AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 3, RISCV_VCPU_REG_VECTOR, 1)), 3u);
	uint8_t piece[16] = {};
	const uint64_t v1 = AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 4, RISCV_VCPU_REG_VECTOR, 33);
	EXPECT_EQ(axvcpu_get_reg(vcpu, v1, piece, 16), AXVCPU_OK);
	EXPECT_EQ(piece[0], 9);
	piece[0] = 10;
	EXPECT_EQ(axvcpu_set_reg(vcpu, v1, piece, 16), AXVCPU_OK);
	EXPECT_EQ(hart.vector_regs[16], 10);
	EXPECT_EQ(set(RISCV_VCPU_REG_F(31), 55), AXVCPU_OK);
	EXPECT_EQ(hart.fp.f[31], 55u);
	EXPECT_EQ(hart.fp.f[3], 7u);
	EXPECT_EQ(set(RISCV_VCPU_REG_FCSR, 0x100), AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(set(RISCV_VCPU_REG_FCSR, 0xe1), AXVCPU_OK);
	EXPECT_EQ(hart.fp.fcsr, 0xe1u);
}

// Without FP and V, illegal instructions are the guest's from the start.
TEST_F(Cpu, NoUnits)
{
	hart.absent = { RV_CSR_fcsr, RV_CSR_vlenb };
	make(nullptr, nullptr);
	bind();
	EXPECT_EQ(hart.csr[RV_CSR_hedeleg] & 4, 4u);
	EXPECT_EQ(frames_used, 0u);
	uint64_t value;
	EXPECT_EQ(axvcpu_get_reg(vcpu, RISCV_VCPU_REG_F(0), &value, 8), AXVCPU_ERR_NOT_FOUND);
}

TEST_F(Cpu, VectorMemory)
{
	riscv_vcpu_setup_config setup{};

	setup.size = sizeof(setup);
	hart.csr[RV_CSR_vlenb] = 256;
	make(nullptr, nullptr);
	EXPECT_EQ(frames_used, 2u);
	EXPECT_EQ(try_setup(setup), AXVCPU_OK); // again: the same frames
	EXPECT_EQ(frames_used, 2u);
	// Four pieces of 64 bytes a register.
	const uint64_t last = AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 6, RISCV_VCPU_REG_VECTOR, 32 + 127);
	uint8_t piece[64];
	for (unsigned i = 0; i < 64; i++)
		piece[i] = static_cast<uint8_t>(i);
	EXPECT_EQ(axvcpu_set_reg(vcpu, last, piece, 64), AXVCPU_OK);
	EXPECT_EQ(state->vector_regs[32 * 256 - 1], 63);
	EXPECT_EQ(axvcpu_get_reg(vcpu, last + 1, piece, 64), AXVCPU_ERR_NOT_FOUND);
	setup.flags = RISCV_VCPU_NO_VECTOR;
	EXPECT_EQ(try_setup(setup), AXVCPU_OK);
	EXPECT_EQ(frames_used, 0u);
	out_of_frames = true;
	setup.flags = 0;
	EXPECT_EQ(try_setup(setup), AXVCPU_ERR_NO_MEMORY);
	EXPECT_EQ(axvcpu_get_state(vcpu), AXVCPU_STATE_INVALID);
}

} // namespace
