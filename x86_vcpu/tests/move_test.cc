// SPDX-License-Identifier: Apache-2.0
// A vCPU saved on one vendor's CPU and loaded on the other's.
#include "tests/fake_vmx.h"

extern "C" {
#include "axvcpu/snapshot.h"
}

namespace {

using Bytes = std::vector<uint8_t>;

enum Vendor { kSvm, kVmx };
constexpr Vendor Other(Vendor vendor)
{
	return vendor == kSvm ? kVmx : kSvm;
}

// Modes of a guest: how it starts, and what it has changed since.
enum Mode { kReal, kProtected, kPaged, kPae, kLong, kCompatibility };

class MoveTest : public VmxTest {
    protected:
	// The CPU is one of this vendor from now on, with a new vCPU in this mode.
	void StartOn(Vendor vendor, Mode mode, uint32_t flags = 0)
	{
		const uint32_t start = mode == kReal ? X86_VCPU_START_REAL :
				       mode >= kLong ? X86_VCPU_START_LONG :
						       X86_VCPU_START_PROTECTED;

		End();
		BecomeCpu(vendor);
		ASSERT_EQ(AXVCPU_OK, InitCpu());
		vendor_ = vendor;
		if (vendor == kSvm)
			Start(start, flags);
		else
			StartVmx(start, flags);
	}
	void End()
	{
		if (vcpu_ == nullptr)
			return;
		if (axvcpu_get_state(vcpu_) == AXVCPU_STATE_BLOCKED) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
		}
		if (axvcpu_get_state(vcpu_) == AXVCPU_STATE_READY) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		}
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
		vcpu_ = nullptr;
	}
	void BecomeCpu(Vendor vendor)
	{
		const bool amd = vendor == kSvm;

		fake_.cpuid[0] = amd ? x86_cpuid{ 0xd, 0x68747541, 0x444d4163, 0x69746e65 } :
				       x86_cpuid{ 0xd, 0x756e6547, 0x6c65746e, 0x49656e69 };
		fake_.cpuid[uint64_t{ 1 } << 32].ecx =
			(fake_.cpuid[uint64_t{ 1 } << 32].ecx & ~(1u << 5)) | (amd ? 0u : 1u << 5);
		fake_.cpuid[uint64_t{ 0x80000001 } << 32].ecx =
			(fake_.cpuid[uint64_t{ 0x80000001 } << 32].ecx & ~(1u << 2)) |
			(amd ? 1u << 2 : 0u);
		// AVX-512 and PKRU, each where the vendor has them.
		if (avx512_) {
			fake_.cpuid[uint64_t{ 7 } << 32].ebx |= 1u << 16;
			fake_.cpuid[uint64_t{ 7 } << 32].ecx |= 1u << 3;
			fake_.cpuid[uint64_t{ 0xd } << 32] = { 0x2e7, 2696, 2696, 0 };
			Component(5, 64, amd ? 832 : 1088);
			Component(6, 512, amd ? 896 : 1152);
			Component(7, 1024, amd ? 1408 : 1664);
			Component(9, 8, amd ? 2432 : 2688);
		} else {
			fake_.cpuid[uint64_t{ 7 } << 32].ebx &= ~(1u << 16);
			fake_.cpuid[uint64_t{ 0xd } << 32] = { 7, 832, 832, 0 };
		}
	}
	void Component(uint32_t number, uint32_t size, uint32_t place)
	{
		fake_.cpuid[uint64_t{ 0xd } << 32 | number] = { size, place, 0, 0 };
	}
	// One entry, which a physical interrupt ends: the state goes through VMCB or VMCS.
	void RunOnce()
	{
		const axvcpu_exit *exit = vendor_ == kSvm ? Run(SVM_EXIT_INTR) :
							    Exit(VMX_EXIT_EXTERNAL_INTERRUPT);

		ASSERT_NE(nullptr, exit);
		EXPECT_EQ(uint32_t{ AXVCPU_EXIT_EXTERNAL_INTERRUPT }, exit->reason);
	}
	// What that entry delivered, as SVM's EVENTINJ has it.
	uint64_t Delivered()
	{
		if (vendor_ == kSvm)
			return injected_;
		uint64_t word = vmx_.entered[VMCS_ENTRY_EVENT];

		if ((word & VMX_EVENT_VALID) == 0)
			return 0;
		return word | ((word & VMX_EVENT_ERROR_CODE) != 0 ?
				       vmx_.entered[VMCS_ENTRY_ERROR_CODE] << 32 :
				       0);
	}
	// The registers that show a mode, and values in all of them that can have one.
	void Fill(Mode mode)
	{
		uint64_t value = 0x1100;

		for (uint32_t n = 0; n < 16; n++)
			SetGpr(n, value += 0x11);
		for (uint32_t msr : { MSR_LSTAR, MSR_CSTAR, MSR_KERNEL_GS_BASE, MSR_SYSENTER_ESP,
				      MSR_SYSENTER_EIP, MSR_SYSENTER_CS, MSR_SFMASK, MSR_STAR })
			Set(X86_VCPU_REG_MSR(msr), value += 0x11);
		Set(X86_VCPU_REG_MSR(MSR_LSTAR), UINT64_C(0xffffffff80001000));
		Set(X86_VCPU_REG_MSR(MSR_STAR), UINT64_C(0x0023001000000000));
		Set(X86_VCPU_REG_MSR(MSR_PAT), UINT64_C(0x0007040600070106));
		Set(X86_VCPU_REG_MSR(MSR_TSC_AUX), 0x77);
		for (uint32_t n = 0; n < 4; n++)
			Set(X86_VCPU_REG_DR(n), value += 0x11);
		Set(X86_VCPU_REG_DR(6), DR6_RESET | 2);
		Set(X86_VCPU_REG_DR(7), DR7_RESET | 1);
		Set(X86_VCPU_REG_CR(2), value += 0x11);
		Set(X86_VCPU_REG_CR(8), 5);
		Set(X86_VCPU_REG_TSC_OFFSET, UINT64_C(0) - 0x123456);
		Set(X86_VCPU_REG_BASE(X86_VCPU_GDTR), value += 0x11);
		Set(X86_VCPU_REG_LIMIT(X86_VCPU_GDTR), 0x47);
		Set(X86_VCPU_REG_BASE(X86_VCPU_FS), value += 0x11);
		Set(X86_VCPU_REG_SELECTOR(X86_VCPU_DS), 0x40);
		Set(X86_VCPU_REG_RFLAGS, RFLAGS_RESERVED_1 | RFLAGS_CF | RFLAGS_IF);
		EnterMode(mode);
		Set(X86_VCPU_REG_XCR0, avx512_ ? 0xe7 : 7);
		FillXsave();
	}
	void EnterMode(Mode mode)
	{
		const uint64_t pdpt = 0x20000;

		switch (mode) {
		case kPaged:
			Set(X86_VCPU_REG_CR(3), 0x10000);
			Set(X86_VCPU_REG_CR(4), CR4_PSE);
			Set(X86_VCPU_REG_CR(0), CR0_PE | CR0_PG | CR0_WP | CR0_NE | CR0_ET);
			break;
		case kPae:
			// One good entry; one that an entry would refuse, behind the guest's back.
			std::memset(Ram(pdpt), 0, 32);
			Ram(pdpt)[0] = 1;
			Ram(pdpt)[1] = 0x30;
			std::memset(Ram(pdpt) + 8, 0xff, 8);
			Set(X86_VCPU_REG_CR(3), pdpt);
			Set(X86_VCPU_REG_CR(4), CR4_PAE);
			Set(X86_VCPU_REG_CR(0), CR0_PE | CR0_PG | CR0_WP | CR0_NE | CR0_ET);
			break;
		case kCompatibility:
			Set(X86_VCPU_REG_ATTRIBUTES(X86_VCPU_CS),
			    SEG_TYPE_CODE_XR | SEG_S | SEG_P | SEG_DB | SEG_G);
			break;
		default:
			break;
		}
	}
	void FillXsave()
	{
		uint8_t chunk[64];

		for (uint32_t n = 0; n < X86_XSAVE_CHUNKS; n++) {
			if (n == 0 || n == 8 || (n > 12 && !avx512_) || (n > 12 && n < 17))
				continue;
			std::memset(chunk, 0, sizeof(chunk));
			std::memset(chunk, static_cast<int>(n + 1), n == 42 ? 8 : 64);
			ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, X86_VCPU_REG_XSAVE(n), chunk, 64)) << n;
		}
		std::memset(chunk, 0, sizeof(chunk));
		chunk[0] = avx512_ ? 0xe7 : 7;
		chunk[1] = avx512_ ? 2 : 0;
		ASSERT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, X86_VCPU_REG_XSAVE(8), chunk, 64));
	}
	void Set(uint64_t id, uint64_t value)
	{
		ASSERT_EQ(AXVCPU_OK, SetReg(id, value)) << std::hex << id;
	}
	Bytes Save()
	{
		Bytes bytes(axvcpu_save_size(vcpu_));
		size_t written = 0;

		EXPECT_EQ(AXVCPU_OK, axvcpu_save(vcpu_, bytes.data(), bytes.size(), &written));
		EXPECT_EQ(bytes.size(), written);
		return bytes;
	}
	// All of the list but the header, by id.
	std::map<uint64_t, Bytes> Registers()
	{
		std::map<uint64_t, Bytes> registers;
		size_t count = 0;

		EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, axvcpu_list_regs(vcpu_, nullptr, &count));
		std::vector<uint64_t> ids(count);
		EXPECT_EQ(AXVCPU_OK, axvcpu_list_regs(vcpu_, ids.data(), &count));
		for (uint64_t id : ids) {
			registers[id].resize(AXVCPU_REG_SIZE(id));
			EXPECT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, id, registers[id].data(),
							    AXVCPU_REG_SIZE(id)));
		}
		return registers;
	}
	void ExpectEqual(const std::map<uint64_t, Bytes> &a, const std::map<uint64_t, Bytes> &b,
			 const char *when)
	{
		EXPECT_EQ(a.size(), b.size());
		for (const auto &reg : a) {
			const auto found = b.find(reg.first);

			ASSERT_NE(b.end(), found) << std::hex << reg.first;
			// AMD's CPUs have none.
			if (reg.first >= X86_VCPU_REG_PDPTE(0) && reg.first <= X86_VCPU_REG_PDPTE(3))
				continue;
			EXPECT_EQ(reg.second, found->second) << std::hex << reg.first << " " << when;
		}
	}
	// Saved here, loaded there, run there, and the same back.
	void RoundTrip(Vendor from, Mode mode, uint32_t flags = 0)
	{
		const std::map<uint64_t, Bytes> was = Registers();
		const Bytes saved = Save();

		StartOn(Other(from), mode, flags);
		ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
		ExpectEqual(was, Registers(), "loaded");
		RunOnce();
		ExpectEqual(was, Registers(), "after a run");
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
		ExpectEqual(was, Registers(), "unbound");
		const Bytes again = Save();

		StartOn(from, mode, flags);
		ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, again.data(), again.size()));
		RunOnce();
		ExpectEqual(was, Registers(), "back");
	}
	// The load of `saved` on the other vendor's CPU is refused because of this register.
	void ExpectRefused(Vendor from, const Bytes &saved, uint64_t id, Mode mode = kLong)
	{
		axvcpu_failure failure = {};

		StartOn(Other(from), mode);
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_load(vcpu_, saved.data(), saved.size()))
			<< std::hex << id;
		EXPECT_EQ(uint32_t{ AXVCPU_STATE_INVALID }, axvcpu_get_state(vcpu_));
		failure.size = sizeof(failure);
		EXPECT_EQ(AXVCPU_OK, axvcpu_get_failure(vcpu_, &failure));
		EXPECT_EQ(uint32_t{ AXVCPU_OPERATION_LOAD }, failure.operation);
		EXPECT_EQ(id, failure.reg);
		ASSERT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu_, AXVCPU_STATE_READY));
	}

	Vendor vendor_ = kVmx;
	bool avx512_ = false;
};

struct Way {
	Vendor from;
	Mode mode;
};

class MoveModeTest : public MoveTest, public ::testing::WithParamInterface<Way> {};

TEST_P(MoveModeTest, EveryRegisterArrives)
{
	StartOn(GetParam().from, GetParam().mode);
	Fill(GetParam().mode);
	RunOnce();
	RoundTrip(GetParam().from, GetParam().mode);
}

TEST_P(MoveModeTest, WithLocalApic)
{
	const uint32_t flags = X86_VCPU_LOCAL_APIC;

	StartOn(GetParam().from, GetParam().mode, flags);
	Fill(GetParam().mode);
	// One that the priority keeps back, and one in service.
	Set(X86_VCPU_REG_CR(8), 2);
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x95));
	RunOnce();
	// After reset, in real mode, software has not enabled it.
	EXPECT_EQ(GetParam().mode == kReal ? 0u : Event(X86_EVENT_INTERRUPT, 0x95), Delivered());
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 0x25));
	RunOnce();
	RoundTrip(GetParam().from, GetParam().mode, flags);
}

// What an Intel CPU has loaded for PAE paging, and memory has no more; one of AMD's reads
// memory, and from there it is loaded again.
TEST_F(MoveTest, LoadedPdptes)
{
	StartOn(kVmx, kPae);
	EnterMode(kPae);
	RunOnce();
	ASSERT_EQ(0x3001u, Reg(X86_VCPU_REG_PDPTE(0)));
	Ram(0x20000)[1] = 0x40;
	const Bytes saved = Save();

	StartOn(kVmx, kPae);
	Ram(0x20000)[1] = 0x40;
	ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
	RunOnce();
	EXPECT_EQ(0x3001u, vmx_.entered[VMCS_GUEST_PDPTE_0]);
	EXPECT_EQ(0x3001u, Reg(X86_VCPU_REG_PDPTE(0)));
	StartOn(kSvm, kPae);
	ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
	RunOnce();
	EXPECT_EQ(0u, Reg(X86_VCPU_REG_PDPTE(0)));
	const Bytes again = Save();

	StartOn(kVmx, kPae);
	ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, again.data(), again.size()));
	RunOnce();
	EXPECT_EQ(0x4001u, vmx_.entered[VMCS_GUEST_PDPTE_0]);
}

// What waits to be delivered is delivered there, once.
TEST_P(MoveModeTest, WithEvents)
{
	const struct {
		uint64_t event;
		uint64_t error;
	} cases[] = {
		{ Exception(X86_VECTOR_PF) | SVM_EVENT_ERROR_VALID, 5 },
		{ Exception(X86_VECTOR_UD), 0 },
		{ Event(X86_EVENT_NMI, X86_VECTOR_NMI), 0 },
		{ Event(X86_EVENT_INTERRUPT, 0x61), 0 },
	};
	const bool real = GetParam().mode == kReal;

	for (const auto &c : cases) {
		StartOn(GetParam().from, GetParam().mode);
		Fill(GetParam().mode);
		Set(X86_VCPU_REG_EVENT, c.event);
		Set(X86_VCPU_REG_EVENT_ERROR, c.error);
		Set(X86_VCPU_REG_INTERRUPTS(1), 2);
		const Bytes saved = Save();
		const auto was = Registers();

		StartOn(Other(GetParam().from), GetParam().mode);
		ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
		ExpectEqual(was, Registers(), "loaded");
		RunOnce();
		// Real mode has no error codes (SDM 27.2.1.3).
		const uint64_t wanted = real ? c.event & ~uint64_t{ SVM_EVENT_ERROR_VALID } :
					       c.event | c.error << 32;
		EXPECT_EQ(wanted, Delivered());
		EXPECT_EQ(0u, Reg(X86_VCPU_REG_EVENT));
		EXPECT_EQ(2u, Reg(X86_VCPU_REG_INTERRUPTS(1))) << "this one waits still";
	}
}

// Shadow, blocked and pending NMIs, halt.
TEST_P(MoveModeTest, WithInterruptibility)
{
	for (uint64_t value = 0; value < 8; value++) {
		StartOn(GetParam().from, GetParam().mode);
		Fill(GetParam().mode);
		// Without the shadow an NMI that may come would come.
		if ((value & 7) == 4)
			continue;
		Set(X86_VCPU_REG_INTERRUPTIBILITY, value);
		RoundTrip(GetParam().from, GetParam().mode);
	}
	StartOn(GetParam().from, GetParam().mode, X86_VCPU_LOCAL_APIC);
	Set(X86_VCPU_REG_INTERRUPTIBILITY, 8 | 16);
	Set(X86_VCPU_REG_IPI, UINT64_C(0x300000000) | 0x80000000u | 1u << 11 | 0x44);
	const Bytes saved = Save();
	const auto was = Registers();

	StartOn(Other(GetParam().from), GetParam().mode, X86_VCPU_LOCAL_APIC);
	ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
	ExpectEqual(was, Registers(), "loaded");
	const axvcpu_exit *exit = RunQueued();
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_SEND_IPI }, exit->reason);
	EXPECT_EQ(3u, exit->u.send_ipi.target_cpu);
	EXPECT_EQ(0x44u, exit->u.send_ipi.vector);
	exit = RunQueued();
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_SYSTEM_DOWN }, exit->reason);
}

INSTANTIATE_TEST_SUITE_P(Both, MoveModeTest,
			 ::testing::Values(Way{ kSvm, kReal }, Way{ kVmx, kReal },
					   Way{ kSvm, kProtected }, Way{ kVmx, kProtected },
					   Way{ kSvm, kPaged }, Way{ kVmx, kPaged },
					   Way{ kSvm, kPae }, Way{ kVmx, kPae },
					   Way{ kSvm, kLong }, Way{ kVmx, kLong },
					   Way{ kSvm, kCompatibility },
					   Way{ kVmx, kCompatibility }));

// The vendors have AVX-512 and PKRU in other places of the area.
TEST_F(MoveTest, ExtendedStateFindsItsPlace)
{
	avx512_ = true;
	for (Vendor from : { kSvm, kVmx }) {
		StartOn(from, kLong);
		Fill(kLong);
		RunOnce();
		EXPECT_EQ(43, fake_.xsave[from == kSvm ? 2432 : 2688]) << "PKRU";
		EXPECT_EQ(18, fake_.xsave[from == kSvm ? 832 : 1088]) << "k0";
		RoundTrip(from, kLong);
		const Bytes saved = Save();
		StartOn(Other(from), kLong);
		ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
		EXPECT_EQ(43, fake_.xsave[from == kVmx ? 2432 : 2688]) << "PKRU";
		EXPECT_EQ(18, fake_.xsave[from == kVmx ? 832 : 1088]) << "k0";
	}
}

// A component that a CPU calls in use without contents keeps nobody from loading it.
TEST_F(MoveTest, EmptyComponentsAreNotInUse)
{
	for (Vendor from : { kSvm, kVmx }) {
		avx512_ = true;
		StartOn(from, kLong);
		fake_.xsave[512] = 0xe7;
		fake_.xsave[513] = 2;
		fake_.xsave[576] = 5;
		const Bytes saved = Save();
		avx512_ = false;
		StartOn(Other(from), kLong);
		EXPECT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
		EXPECT_EQ(5, fake_.xsave[576]);
		EXPECT_EQ(7, fake_.xsave[512]);
		EXPECT_EQ(0, fake_.xsave[513]);
	}
}

// What an AMD CPU lets a guest have and an entry on Intel's would refuse.
TEST_F(MoveTest, RefusedByName)
{
	const uint64_t outside = UINT64_C(1) << 60;
	const struct {
		uint64_t id;
		uint64_t value;
	} cases[] = {
		{ X86_VCPU_REG_RIP, outside },
		{ X86_VCPU_REG_MSR(MSR_LSTAR), outside },
		{ X86_VCPU_REG_MSR(MSR_CSTAR), outside },
		{ X86_VCPU_REG_MSR(MSR_KERNEL_GS_BASE), outside },
		{ X86_VCPU_REG_MSR(MSR_SYSENTER_ESP), outside },
		{ X86_VCPU_REG_MSR(MSR_SYSENTER_EIP), outside },
		{ X86_VCPU_REG_MSR(MSR_SYSENTER_CS), outside },
		{ X86_VCPU_REG_MSR(MSR_SFMASK), outside },
		{ X86_VCPU_REG_BASE(X86_VCPU_FS), outside },
		{ X86_VCPU_REG_BASE(X86_VCPU_TR), outside },
		{ X86_VCPU_REG_BASE(X86_VCPU_DS), UINT64_C(1) << 32 },
		{ X86_VCPU_REG_BASE(X86_VCPU_IDTR), outside },
	};

	for (const auto &c : cases) {
		StartOn(kSvm, kLong);
		Set(c.id, c.value);
		ExpectRefused(kSvm, Save(), c.id);
	}
}

// What one CPU has and the other has not.
TEST_F(MoveTest, MissingFeaturesAreRefusedByName)
{
	for (Vendor from : { kSvm, kVmx }) {
		avx512_ = true;
		StartOn(from, kLong);
		Set(X86_VCPU_REG_XCR0, 0xe7);
		Bytes saved = Save();
		avx512_ = false;
		ExpectRefused(from, saved, X86_VCPU_REG_XCR0);

		fake_.cpuid[uint64_t{ 7 } << 32].ecx |= 1u << 2;
		StartOn(from, kLong);
		Set(X86_VCPU_REG_CR(4), CR4_PAE | CR4_UMIP);
		saved = Save();
		fake_.cpuid[uint64_t{ 7 } << 32].ecx &= ~(1u << 2);
		ExpectRefused(from, saved, X86_VCPU_REG_CR(4));

		// It changes nothing: the whole register is unknown.
		StartOn(from, kLong, X86_VCPU_LOCAL_APIC);
		saved = Save();
		StartOn(Other(from), kLong);
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_load(vcpu_, saved.data(), saved.size()));
		EXPECT_EQ(uint32_t{ AXVCPU_STATE_READY }, axvcpu_get_state(vcpu_));
	}
}

// SVM steps over an IRET to find the end of an NMI's handler; the guest has no such step.
TEST_F(MoveTest, AStepOverIretIsNotTheGuests)
{
	StartOn(kSvm, kLong);
	Set(X86_VCPU_REG_INTERRUPTIBILITY, 6);
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = SVM_EXIT_IRET;
	});
	RunOnce();
	EXPECT_NE(0u, Vmcb()->save.rflags & RFLAGS_TF) << "at the IRET";
	EXPECT_EQ(0u, Reg(X86_VCPU_REG_RFLAGS) & RFLAGS_TF);
	const Bytes saved = Save();
	for (Vendor to : { kSvm, kVmx }) {
		StartOn(to, kLong);
		ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
		RunOnce();
		EXPECT_EQ(0u, Reg(X86_VCPU_REG_RFLAGS) & RFLAGS_TF);
		EXPECT_EQ(6u, Reg(X86_VCPU_REG_INTERRUPTIBILITY));
	}
}

} // namespace
