// SPDX-License-Identifier: Apache-2.0
// VMIDs of the library: one a machine, new generations, and no more TLB maintenance than that needs.
#include "tests/fake_cpu.h"

#include <atomic>
#include <deque>
#include <map>
#include <set>
#include <thread>

extern "C" {
#include "src/vcpu.h"
#include "src/vmid.h"
}

namespace {

constexpr int kCpus = 4;

class VmidTest : public ArmTest {
    protected:
	// A host of its own with four CPUs that have VMIDs of so many bits.
	void Init(uint32_t bits)
	{
		fake_.regs[ARM_FAKE_ID_AA64MMFR1_EL1] = bits == 16 ? 2u << 4 : 0;
		ASSERT_EQ(AXVCPU_OK, ops_->host_init(&host_, nullptr));
		for (arm_percpu &percpu : cpus_) {
			ASSERT_EQ(AXVCPU_OK, ops_->percpu_init(&percpu, &host_, &arch_hal_));
			ASSERT_EQ(AXVCPU_OK, ops_->hardware_enable(&percpu));
		}
	}
	axvcpu_error_t New(arm_vcpu *vcpu, uint64_t vm_id, uint32_t vmid = 0)
	{
		axvcpu_arch_vcpu_info info = {};
		arm_vcpu_setup_config setup = {};

		info.size = sizeof(info);
		info.vm_id = vm_id;
		info.host = &host_;
		setup.size = sizeof(setup);
		setup.vmid = vmid;
		EXPECT_EQ(AXVCPU_OK, ops_->vcpu_create(vcpu, &info, nullptr));
		EXPECT_EQ(AXVCPU_OK, ops_->set_ept_root(vcpu, 0x100000 * (1 + vm_id)));
		return ops_->setup(vcpu, &setup);
	}
	arm_vcpu *New(uint64_t vm_id, uint32_t vmid = 0)
	{
		vcpus_.emplace_back();
		EXPECT_EQ(AXVCPU_OK, New(&vcpus_.back(), vm_id, vmid));
		return &vcpus_.back();
	}
	// The VMID that is in force then; what was flushed is in `flushed_`.
	uint64_t Bind(arm_vcpu *vcpu, int cpu)
	{
		fake_.log.clear();
		EXPECT_EQ(AXVCPU_OK, ops_->bind(vcpu, &cpus_[cpu]));
		flushed_ = fake_.Count("tlbi all") != 0 ? "all" : fake_.Count("tlbi") != 0 ? "stage 1" : "";
		return fake_.regs[ARM_FAKE_VTTBR_EL2] >> 48;
	}
	void Unbind(arm_vcpu *vcpu, int cpu) { EXPECT_EQ(AXVCPU_OK, ops_->unbind(vcpu, &cpus_[cpu])); }
	uint64_t Visit(arm_vcpu *vcpu, int cpu)
	{
		uint64_t vmid = Bind(vcpu, cpu);

		Unbind(vcpu, cpu);
		return vmid;
	}

	const axvcpu_arch_ops *ops_ = arm_vcpu_ops();
	axvcpu_hal arch_hal_ = { &hal_, nullptr };
	arm_host host_ = {};
	arm_percpu cpus_[kCpus] = {};
	std::deque<arm_vcpu> vcpus_;
	std::string flushed_;
};

TEST_F(VmidTest, OneForAMachineAndOneOnly)
{
	Init(16);
	arm_vcpu *a0 = New(1), *a1 = New(1), *b = New(2);
	uint64_t vmid = Visit(a0, 0);

	EXPECT_NE(0u, vmid);
	EXPECT_EQ(vmid, Visit(a1, 1));
	EXPECT_NE(vmid, Visit(b, 0));
	EXPECT_EQ(vmid, Visit(a0, 2));
	// Another table under the same vm_id must not meet the TLB entries of the first.
	ASSERT_EQ(AXVCPU_OK, ops_->set_ept_root(a1, 0x7000000));
	uint64_t other = Visit(a1, 1);
	EXPECT_NE(vmid, other);
	EXPECT_EQ(vmid, Visit(a0, 1));
	ASSERT_EQ(AXVCPU_OK, ops_->set_ept_root(a0, 0x7000000));
	EXPECT_EQ(other, Visit(a0, 1));
}

TEST_F(VmidTest, NoMaintenanceButForSiblings)
{
	Init(16);
	arm_vcpu *a0 = New(1), *a1 = New(1), *b = New(2);

	Visit(a0, 0);
	EXPECT_EQ("all", flushed_) << "nothing is known of this CPU";
	Visit(b, 0);
	EXPECT_EQ("", flushed_) << "a VMID that was never used here";
	Visit(a0, 0);
	EXPECT_EQ("", flushed_);
	Visit(a1, 0);
	EXPECT_EQ("stage 1", flushed_) << "ASIDs mean something else on another CPU of the guest";
	Visit(b, 0);
	EXPECT_EQ("", flushed_);
	Visit(a1, 0);
	EXPECT_EQ("", flushed_);
	Visit(a1, 1);
	EXPECT_EQ("all", flushed_);
	Visit(a1, 0);
	EXPECT_EQ("", flushed_) << "the guest's own maintenance is broadcast (HCR_EL2.FB)";
	Visit(a0, 0);
	EXPECT_EQ("stage 1", flushed_);
}

TEST_F(VmidTest, ANewVcpuInOldMemoryIsAnother)
{
	Init(16);
	arm_vcpu *a0 = New(1), *a1 = New(1);

	Visit(a0, 0);
	Visit(a0, 1);
	uint64_t vmid = Visit(a1, 1);
	Visit(a0, 0);
	ops_->vcpu_destroy(a0);
	ASSERT_EQ(AXVCPU_OK, New(a0, 1));
	EXPECT_EQ(vmid, Visit(a0, 0));
	EXPECT_EQ("stage 1", flushed_);
}

// All machines in turn, many generations: what a CPU's TLB may hold of a VMID is this machine's.
TEST_F(VmidTest, NoMachineMeetsAnothersEntries)
{
	Init(8);
	// Which machine left entries under a VMID, on each CPU.
	std::map<uint64_t, uint64_t> tlb[kCpus];
	std::vector<arm_vcpu *> all;

	for (uint64_t vm = 0; vm < 300; vm++) {
		all.push_back(New(vm));
		all.push_back(New(vm));
	}
	arm_vcpu *resident = New(1000), *roaming = New(1000);
	uint64_t resident_vmid = Bind(resident, 3);
	uint64_t random = 1;
	int flushes = 0;

	for (int i = 0; i < 5000; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		arm_vcpu *vcpu = i % 16 == 0 ? roaming : all[(random >> 33) % all.size()];
		int cpu = static_cast<int>((random >> 20) % (kCpus - 1));
		uint64_t vmid = Visit(vcpu, cpu);

		ASSERT_NE(0u, vmid);
		ASSERT_LT(vmid, 256u);
		if (flushed_ == "all") {
			tlb[cpu].clear();
			flushes++;
		}
		auto before = tlb[cpu].find(vmid);
		if (before != tlb[cpu].end()) {
			ASSERT_EQ(before->second, vcpu->vm_id) << "VMID " << vmid << " on " << cpu;
		}
		tlb[cpu][vmid] = vcpu->vm_id;
		if (vcpu == roaming) {
			// Both run at once, and the guest's broadcasts must reach both.
			ASSERT_EQ(resident_vmid, vmid);
		} else {
			ASSERT_NE(resident_vmid, vmid);
		}
	}
	EXPECT_GT(flushes, 20) << "there were many generations";
	EXPECT_LT(flushes, 300) << "and one flush a CPU for each";
	Unbind(resident, 3);
}

TEST_F(VmidTest, SixteenBits)
{
	Init(16);
	arm_vcpu vcpu = {};
	std::set<uint64_t> seen;

	for (int i = 0; i < 65535; i++) {
		vcpu = {};
		ASSERT_EQ(AXVCPU_OK, New(&vcpu, 5));
		seen.insert(Visit(&vcpu, 0));
		ASSERT_EQ(i == 0, flushed_ == "all") << i;
		ops_->vcpu_destroy(&vcpu);
		fake_.log.clear();
	}
	EXPECT_EQ(65535u, seen.size());
	EXPECT_EQ(0u, seen.count(0));
	vcpu = {};
	ASSERT_EQ(AXVCPU_OK, New(&vcpu, 5));
	Visit(&vcpu, 0);
	EXPECT_EQ("all", flushed_);
	ops_->vcpu_destroy(&vcpu);
}

TEST_F(VmidTest, TheNarrowestCpuCounts)
{
	Init(16);
	arm_percpu narrow = {};

	fake_.regs[ARM_FAKE_ID_AA64MMFR1_EL1] = 0;
	ASSERT_EQ(AXVCPU_OK, ops_->percpu_init(&narrow, &host_, &arch_hal_));
	fake_.regs[ARM_FAKE_ID_AA64MMFR1_EL1] = 2u << 4;
	for (uint64_t vm = 0; vm < 600; vm++) {
		EXPECT_LT(Visit(New(vm), 0), 256u);
	}
}

TEST_F(VmidTest, AllOfThemOnCpus)
{
	Init(8);
	// As many CPUs as VMIDs, and one more.
	std::deque<arm_percpu> cpus(256);
	for (arm_percpu &percpu : cpus) {
		ASSERT_EQ(AXVCPU_OK, ops_->percpu_init(&percpu, &host_, &arch_hal_));
	}
	for (uint64_t vm = 0; vm < 255; vm++) {
		ASSERT_EQ(AXVCPU_OK, ops_->bind(New(vm), &cpus[vm]));
	}
	arm_vcpu *late = New(255);
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, ops_->bind(late, &cpus[255]));
	EXPECT_FALSE(late->vmid_bound);
	ASSERT_EQ(AXVCPU_OK, ops_->unbind(&vcpus_[7], &cpus[7]));
	uint64_t free = vcpus_[7].vmid;
	ASSERT_EQ(AXVCPU_OK, ops_->bind(late, &cpus[255]));
	EXPECT_EQ(free, late->vmid);
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, ops_->bind(&vcpus_[7], &cpus[7]));
	// One whose machine is on a CPU already needs none.
	arm_vcpu *sibling = New(200);
	EXPECT_EQ(AXVCPU_OK, ops_->bind(sibling, &cpus[7]));
	EXPECT_EQ(vcpus_[200].vmid, sibling->vmid);
}

TEST_F(VmidTest, NumbersOfTheHypervisors)
{
	Init(8);
	arm_vcpu *fixed = New(1, 2);

	std::set<uint64_t> seen;
	for (uint64_t vm = 10; vm < 400; vm++) {
		seen.insert(Visit(New(vm), 0));
	}
	EXPECT_EQ(0u, seen.count(2)) << "taken by the hypervisor";
	EXPECT_EQ(2u, Visit(fixed, 0));

	// One that the library gave: kept while on a CPU, else taken away.
	arm_vcpu *mine = &vcpus_.back();
	uint64_t vmid = Bind(mine, 1);
	arm_vcpu taker = {};
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, New(&taker, 2, static_cast<uint32_t>(vmid)));
	ops_->vcpu_destroy(&taker);
	Unbind(mine, 1);
	ASSERT_EQ(AXVCPU_OK, New(&taker, 2, static_cast<uint32_t>(vmid)));
	EXPECT_EQ(vmid, Visit(&taker, 1));
	EXPECT_EQ("all", flushed_) << "the library's machine left entries under it";
	EXPECT_NE(vmid, Visit(mine, 1));
	ops_->vcpu_destroy(&taker);
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, New(&taker, 2, 0x10000));
}

// The list and the lock under real concurrency: CPUs bind, create and destroy at will.
TEST_F(VmidTest, CpusRace)
{
	Init(8);
	std::atomic<uint32_t> owner[256] = {};
	std::atomic<bool> collision{ false };
	std::vector<std::thread> threads;

	for (int t = 0; t < kCpus; t++) {
		threads.emplace_back([&, t] {
			FakeCpu fake = fake_;
			cpu = &fake;
			// vmid.c alone: nothing of a CPU but the lock and DAIF.
			for (uint32_t i = 0; i < 5000; i++) {
				arm_vcpu vcpu = {};
				uint64_t vm = uint64_t(t) * 100000 + i;

				vcpu.host = &host_;
				vcpu.vm_id = vm;
				if (arm_vcpu_vmid_setup(&vcpu, 0) != AXVCPU_OK) {
					collision = true;
				}
				if (arm_vcpu_vmid_bind(&vcpu) != AXVCPU_OK ||
				    owner[vcpu.vmid].exchange(static_cast<uint32_t>(vm) + 1) != 0) {
					collision = true;
				}
				arm_vcpu_vmid_flush(&vcpu, &cpus_[t]);
				owner[vcpu.vmid] = 0;
				arm_vcpu_vmid_unbind(&vcpu);
				arm_vcpu_vmid_remove(&vcpu);
				fake.log.clear();
			}
		});
	}
	for (std::thread &thread : threads) {
		thread.join();
	}
	EXPECT_FALSE(collision) << "two machines with one VMID on CPUs at once";
	EXPECT_EQ(nullptr, host_.vcpus);
	EXPECT_GT(host_.vmid_generation, 50u);
}

} // namespace
