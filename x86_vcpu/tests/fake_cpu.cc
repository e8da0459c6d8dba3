// SPDX-License-Identifier: Apache-2.0
#include "tests/fake_cpu.h"

#include <cstdlib>

FakeCpu *cpu;

size_t FakeCpu::Count(const std::string &entry) const
{
	size_t count = 0;

	for (const std::string &line : log) {
		count += line == entry;
	}
	return count;
}

extern "C" {

x86_cpuid x86_cpu_cpuid(uint32_t leaf, uint32_t subleaf)
{
	auto found = cpu->cpuid.find(uint64_t{leaf} << 32 | subleaf);

	return found == cpu->cpuid.end() ? x86_cpuid{} : found->second;
}

uint64_t x86_cpu_rdmsr(uint32_t msr)
{
	EXPECT_TRUE(cpu->msrs.count(msr)) << "no MSR 0x" << std::hex << msr;
	return cpu->msrs[msr];
}

void x86_cpu_wrmsr(uint32_t msr, uint64_t value)
{
	EXPECT_TRUE(cpu->msrs.count(msr)) << "no MSR 0x" << std::hex << msr;
	cpu->log.push_back("wrmsr " + std::to_string(msr));
	cpu->msrs[msr] = value;
}

uint64_t x86_cpu_rdtsc(void)
{
	return cpu->tsc;
}

uint64_t x86_cpu_xgetbv(uint32_t)
{
	EXPECT_TRUE(cpu->regs["cr4"] & CR4_OSXSAVE);
	return cpu->xcr0;
}

void x86_cpu_xsetbv(uint32_t, uint64_t value)
{
	EXPECT_TRUE(cpu->regs["cr4"] & CR4_OSXSAVE);
	cpu->log.push_back("xsetbv " + std::to_string(value));
	cpu->xcr0 = value;
}

static void ExpectFpuOpen()
{
	EXPECT_FALSE(cpu->regs["cr0"] & (CR0_TS | CR0_EM)) << "#NM in the host";
}

void x86_cpu_xsave(void *area)
{
	ExpectFpuOpen();
	cpu->log.push_back("xsave");
	std::memcpy(area, cpu->xsave, sizeof(cpu->xsave));
}

void x86_cpu_xrstor(const void *area)
{
	uint64_t components;

	ExpectFpuOpen();
	cpu->log.push_back("xrstor");
	std::memcpy(&components, static_cast<const uint8_t *>(area) + 512, sizeof(components));
	EXPECT_FALSE(components & ~cpu->xcr0) << "#GP in the host";
	std::memcpy(cpu->xsave, area, sizeof(cpu->xsave));
}

void x86_cpu_fxsave(void *area)
{
	ExpectFpuOpen();
	cpu->log.push_back("fxsave");
	std::memcpy(area, cpu->xsave, 512);
}

void x86_cpu_fxrstor(const void *area)
{
	ExpectFpuOpen();
	cpu->log.push_back("fxrstor");
	std::memcpy(cpu->xsave, area, 512);
}

void x86_cpu_host_machine_check(void)
{
	cpu->host_machine_checks++;
}

#define FAKE_REGISTER(name)                           \
	uint64_t x86_cpu_read_##name(void)            \
	{                                             \
		return cpu->regs[#name];              \
	}                                             \
	void x86_cpu_write_##name(uint64_t value)     \
	{                                             \
		cpu->log.push_back("w " #name);       \
		cpu->regs[#name] = value;             \
	}
FAKE_REGISTER(cr0)
FAKE_REGISTER(cr2)
FAKE_REGISTER(cr3)
FAKE_REGISTER(cr4)
FAKE_REGISTER(dr0)
FAKE_REGISTER(dr1)
FAKE_REGISTER(dr2)
FAKE_REGISTER(dr3)
FAKE_REGISTER(dr6)
FAKE_REGISTER(dr7)

void svm_vmsave(uint64_t)
{
	cpu->log.push_back("vmsave");
}

uint64_t *svm_enter_guest(uint64_t *gpr, uint64_t vmcb_hpa, uint64_t)
{
	svm_vmcb *vmcb = reinterpret_cast<svm_vmcb *>(vmcb_hpa);

	cpu->log.push_back("enter");
	// What VMRUN refuses (APM 15.5.1).
	EXPECT_TRUE(vmcb->save.efer & EFER_SVME);
	EXPECT_NE(0u, vmcb->control.guest_asid);
	EXPECT_TRUE(vmcb->control.intercept_2 & SVM_INTERCEPT_VMRUN);
	EXPECT_EQ(0u, vmcb->save.cr0 >> 32);
	EXPECT_TRUE(cpu->msrs[MSR_EFER] & EFER_SVME) << "#UD in the host";
	vmcb->control.exit_int_info = 0;
	if (cpu->guest.empty()) {
		vmcb->control.exit_code = SVM_EXIT_INTR;
	} else {
		auto guest = cpu->guest.front();

		cpu->guest.pop_front();
		guest(gpr, vmcb);
	}
	if (vmcb->control.exit_code != SVM_EXIT_INVALID) {
		vmcb->control.event_inj &= ~SVM_EVENT_VALID;
	}
	return gpr;
}

} // extern "C"

static X86Test *test;
constexpr uint64_t kRamSize = 0x200000;
constexpr uint64_t kCr3 = 0x10000;

void *X86Test::Allocate(size_t size)
{
	void *block = nullptr;

	EXPECT_EQ(0, posix_memalign(&block, 4096, (size + 4095) / 4096 * 4096));
	std::memset(block, 0, (size + 4095) / 4096 * 4096);
	blocks_.push_back(block);
	return block;
}

X86Test::X86Test()
{
	cpu = &fake_;
	test = this;
	fake_.cpuid[0] = { 0xd, 0x68747541, 0x444d4163, 0x69746e65 };
	fake_.cpuid[uint64_t{1} << 32] = { 0x800f12, 0, 0xfeda3203u | 1u << 26, 0x078bfbff };
	fake_.cpuid[uint64_t{7} << 32] = { 0, 0x009c01a9, 0, 0 };
	fake_.cpuid[uint64_t{0xd} << 32] = { 7, 832, 832, 0 };
	fake_.cpuid[uint64_t{0xd} << 32 | 2] = { 256, 576, 0, 0 };
	fake_.cpuid[uint64_t{0x80000000} << 32] = { 0x8000001f, 0, 0, 0 };
	fake_.cpuid[uint64_t{0x80000001} << 32] = { 0x800f12, 0, 0x35c233ff, 0x2fd3fbff };
	fake_.cpuid[uint64_t{0x80000008} << 32] = { 0x3030, 0, 0, 0 };
	fake_.cpuid[uint64_t{0x8000000a} << 32] = { 1, 8, 0, CPUID_SVM_EDX_NP };
	fake_.msrs[MSR_EFER] = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
	fake_.msrs[MSR_VM_CR] = 0;
	fake_.msrs[MSR_VM_HSAVE_PA] = 0;
	fake_.msrs[MSR_TSC_AUX] = 77;
	fake_.regs["cr0"] = CR0_PE | CR0_PG | CR0_WP | CR0_NE | CR0_ET;
	fake_.regs["cr4"] = CR4_PAE;
	fake_.regs["dr7"] = DR7_RESET;

	hal_.size = sizeof(hal_);
	hal_.abi_version = AXVCPU_ABI_VERSION;
	hal_.alloc_frames = [](void *, uint64_t count, uint64_t, uint64_t *hpa) {
		if (test->frames_left_ < static_cast<int>(count)) {
			return static_cast<axvcpu_error_t>(AXVCPU_ERR_NO_MEMORY);
		}
		test->frames_left_ -= static_cast<int>(count);
		*hpa = reinterpret_cast<uint64_t>(test->Allocate(count * 4096));
		test->allocated_[*hpa] = count;
		return static_cast<axvcpu_error_t>(AXVCPU_OK);
	};
	hal_.free_frames = [](void *, uint64_t hpa, uint64_t count) {
		ASSERT_EQ(count, test->allocated_[hpa]);
		test->allocated_.erase(hpa);
		test->frames_left_ += static_cast<int>(count);
	};
	hal_.phys_to_virt = [](void *, uint64_t hpa) { return reinterpret_cast<void *>(hpa); };
	hal_.virt_to_phys = [](void *, const void *at) { return reinterpret_cast<uint64_t>(at); };
	hal_.percpu_get = [](void *) { return test->slot_; };
	hal_.percpu_set = [](void *, void *pointer) { test->slot_ = pointer; };
	hal_.irq_fetch = [](void *) { return uint64_t{0x40}; };

	size_t size = axvcpu_host_size(x86_vcpu_ops());
	EXPECT_EQ(AXVCPU_OK,
		  axvcpu_host_init(Allocate(size), size, x86_vcpu_ops(), &hal_, nullptr, &host_));
	size = axvcpu_percpu_size(host_);
	EXPECT_EQ(AXVCPU_OK, axvcpu_percpu_init(host_, Allocate(size), size, 0, &percpu_));
	ram_ = static_cast<uint8_t *>(Allocate(kRamSize));
	npt_ = static_cast<uint8_t *>(Allocate(4 * 4096));
	MakeTables();
}

X86Test::~X86Test()
{
	if (vcpu_ != nullptr) {
		if (axvcpu_get_state(vcpu_) == AXVCPU_STATE_BLOCKED) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
		}
		if (axvcpu_get_state(vcpu_) == AXVCPU_STATE_READY) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		}
		EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	}
	EXPECT_EQ(AXVCPU_OK, axvcpu_percpu_destroy(percpu_));
	EXPECT_TRUE(allocated_.empty()) << "frames that nobody gave back";
	for (void *block : blocks_) {
		free(block);
	}
}

// NPT: 2 MiB of RAM in 4 KiB pages. The guest: one page of 2 MiB, and 4 KiB pages at 2 MiB.
void X86Test::MakeTables()
{
	uint64_t *npt = reinterpret_cast<uint64_t *>(npt_);

	for (int level = 0; level < 3; level++) {
		npt[level * 512] = reinterpret_cast<uint64_t>(npt_ + (level + 1) * 4096) | 7;
	}
	for (uint64_t page = 0; page < 512; page++) {
		npt[3 * 512 + page] = reinterpret_cast<uint64_t>(ram_ + page * 4096) | 7;
	}
	uint64_t *pml4 = reinterpret_cast<uint64_t *>(ram_ + kCr3);

	pml4[0] = (kCr3 + 0x1000) | 7;
	pml4[512] = (kCr3 + 0x2000) | 7;
	for (uint64_t page = 0; page < 512; page++) {
		pml4[2 * 512 + page] = page << 21 | 0x87;
	}
}

axvcpu_error_t X86Test::Make(const x86_vcpu_create_config *create,
			     const x86_vcpu_setup_config *setup, uint64_t entry)
{
	axvcpu_create_params params = {};
	size_t size = axvcpu_size(host_);

	params.size = sizeof(params);
	params.vm_id = 1;
	params.preferred_cpu = AXVCPU_CPU_ANY;
	axvcpu_error_t error =
		axvcpu_create(host_, Allocate(size), size, &params, create, &vcpu_);
	if (error != AXVCPU_OK) {
		return error;
	}
	return axvcpu_setup(vcpu_, entry, reinterpret_cast<uint64_t>(npt_), setup);
}

void X86Test::Start(uint32_t mode, uint32_t flags)
{
	x86_vcpu_setup_config setup = {};

	setup.size = sizeof(setup);
	setup.flags = flags;
	setup.start_mode = mode;
	setup.cr3 = mode == X86_VCPU_START_LONG ? kCr3 : 0;
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup, kEntry));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
}

const axvcpu_exit *X86Test::RunQueued()
{
	last_ = nullptr;
	EXPECT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &last_));
	return last_;
}

const axvcpu_exit *X86Test::Run(uint64_t code, uint64_t info_1, uint64_t info_2)
{
	fake_.guest.push_back([=](uint64_t *, svm_vmcb *vmcb) {
		injected_ = vmcb->control.event_inj;
		vmcb->control.exit_code = code;
		vmcb->control.exit_info_1 = info_1;
		vmcb->control.exit_info_2 = info_2;
	});
	return RunQueued();
}

void X86Test::RunHandled(uint64_t code, uint64_t info_1, uint64_t info_2)
{
	const axvcpu_exit *exit = Run(code, info_1, info_2);

	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(uint32_t{AXVCPU_EXIT_EXTERNAL_INTERRUPT}, exit->reason) << "not handled inside";
}

uint64_t X86Test::Reg(uint64_t id)
{
	uint64_t value = 0;

	EXPECT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, id, &value, sizeof(value)));
	return value;
}

axvcpu_error_t X86Test::SetReg(uint64_t id, uint64_t value)
{
	return axvcpu_set_reg(vcpu_, id, &value, sizeof(value));
}

uint64_t X86Test::NextEvent()
{
	EXPECT_NE(nullptr, Run(kInterrupt));
	return injected_;
}

void X86Test::Code(uint64_t at, std::initializer_list<uint8_t> bytes)
{
	std::copy(bytes.begin(), bytes.end(), ram_ + at);
}
