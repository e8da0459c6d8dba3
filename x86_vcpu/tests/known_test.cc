// SPDX-License-Identifier: Apache-2.0
// Accesses to devices by an instruction that has exited before: what is kept of it, and
// each thing whose change makes it count no more.
#include "tests/fake_vmx.h"

namespace {

constexpr uint64_t kPml4 = 0x10000, kPdpt = 0x11000, kPd = 0x12000;
constexpr uint64_t kOther = 0x5000, kTables = 0x20000;
// A large page of the guest's that the second stage does not have.
constexpr uint64_t kDevice = 0x40000000;
constexpr uint64_t kRead = UINT64_C(1) << 32 | 4, kWrite = UINT64_C(1) << 32 | 6;

int phys_to_virt_calls;

class KnownTest : public X86Test {
    protected:
	KnownTest()
	{
		hal_.phys_to_virt = [](void *, uint64_t hpa) {
			phys_to_virt_calls++;
			return reinterpret_cast<void *>(hpa);
		};
	}
	void StartAtDevice()
	{
		Start();
		Table(kPdpt)[1] = kDevice | 0x87;
		Code(kEntry, { 0x8b, 0x07 }); // mov eax, [rdi]
		SetGpr(X86_RDI, kDevice);
	}
	uint64_t *Table(uint64_t gpa) { return reinterpret_cast<uint64_t *>(Ram(gpa)); }
	// The instruction at kEntry exits with this access; not completed.
	const axvcpu_exit *Access(uint64_t info = kRead, uint64_t gpa = kDevice)
	{
		EXPECT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
		const axvcpu_exit *exit = Run(SVM_EXIT_NPF, info, gpa);

		EXPECT_EQ(kEntry, exit->pc);
		(void)axvcpu_retry_access(vcpu_);
		return exit;
	}
	// The register that a load at kEntry goes to; 99 for another exit.
	uint32_t LoadsTo()
	{
		const axvcpu_exit *exit = Access();

		return exit->reason == AXVCPU_EXIT_MMIO_READ ? exit->u.mmio.reg : 99u;
	}
	// The hypervisor, on another CPU: kEntry's page and kOther's change places.
	void Swap()
	{
		uint64_t *pages = reinterpret_cast<uint64_t *>(State()->stage2_root) + 3 * 512;

		std::swap(pages[kEntry >> 12], pages[kOther >> 12]);
		EXPECT_EQ(AXVCPU_OK, x86_vcpu_flush_tlb(vcpu_));
	}
	// The event of the entry after the access, if that is no exit.
	void CatchEvent()
	{
		fake_.guest.push_back([this](uint64_t *, svm_vmcb *vmcb) {
			injected_ = vmcb->control.event_inj;
			vmcb->control.exit_code = SVM_EXIT_INTR;
		});
	}
	// What the guest does to its registers without an exit, before the instruction at kEntry.
	const axvcpu_exit *AccessAfter(void (*change)(svm_save *save), uint64_t gpa = kDevice)
	{
		EXPECT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
		fake_.guest.push_back([=](uint64_t *, svm_vmcb *vmcb) {
			change(&vmcb->save);
			vmcb->control.exit_code = SVM_EXIT_NPF;
			vmcb->control.exit_info_1 = kRead;
			vmcb->control.exit_info_2 = gpa;
		});
		CatchEvent();
		const axvcpu_exit *exit = RunQueued();

		fake_.guest.clear();
		(void)axvcpu_retry_access(vcpu_);
		return exit;
	}
};

TEST_F(KnownTest, TheSecondTimeNothingIsWalked)
{
	StartAtDevice();
	phys_to_virt_calls = 0;
	ASSERT_EQ(uint32_t{ AXVCPU_EXIT_MMIO_READ }, Access()->reason);
	EXPECT_GT(phys_to_virt_calls, 20);
	phys_to_virt_calls = 0;
	const axvcpu_exit *exit = Access();
	ASSERT_EQ(uint32_t{ AXVCPU_EXIT_MMIO_READ }, exit->reason);
	EXPECT_LT(phys_to_virt_calls, 5);
	EXPECT_EQ(kDevice, exit->u.mmio.gpa);
	EXPECT_EQ(4u, exit->u.mmio.width);
	EXPECT_EQ(2u, exit->instruction_length);
	ASSERT_EQ(uint32_t{ AXVCPU_EXIT_MMIO_READ }, Run(SVM_EXIT_NPF, kRead, kDevice)->reason);
	ASSERT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 0x12345678));
	EXPECT_EQ(0x12345678u, Gpr(X86_RAX));
	EXPECT_EQ(kEntry + 2, Rip());
}

TEST_F(KnownTest, StoresToo)
{
	StartAtDevice();
	Code(kEntry, { 0x89, 0x47, 0x10 }); // mov [rdi + 16], eax
	for (uint64_t value = 1; value < 4; value++) {
		SetGpr(X86_RAX, value << 32 | value);
		ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
		const axvcpu_exit *exit = Run(SVM_EXIT_NPF, kWrite, kDevice + 16);
		ASSERT_EQ(uint32_t{ AXVCPU_EXIT_MMIO_WRITE }, exit->reason);
		EXPECT_EQ(kDevice + 16, exit->u.mmio.gpa);
		EXPECT_EQ(value, exit->u.mmio.data);
		EXPECT_EQ(kEntry, Rip());
		ASSERT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
		EXPECT_EQ(kEntry + 3, Rip());
		EXPECT_EQ(value << 32 | value, Gpr(X86_RAX));
	}
}

TEST_F(KnownTest, FollowsTheBytes)
{
	StartAtDevice();
	EXPECT_EQ(uint32_t{ X86_RAX }, LoadsTo());
	Code(kEntry, { 0x8b, 0x0f });
	EXPECT_EQ(uint32_t{ X86_RCX }, LoadsTo());
	Code(kEntry, { 0x44, 0x8b, 0x0f });
	EXPECT_EQ(uint32_t{ 9 }, LoadsTo());
	// What stands behind it does not count.
	Code(kEntry + 3, { 1, 2, 3, 4, 5, 6, 7, 8, 9 });
	EXPECT_EQ(uint32_t{ 9 }, LoadsTo());
	Code(kEntry, { 0x0f, 0xa2 });
	EXPECT_EQ(99u, LoadsTo());
}

TEST_F(KnownTest, FollowsTheLastByteOfALongOne)
{
	StartAtDevice();
	// mov qword [rdi + 0x100], 0x12345678
	Code(kEntry, { 0x48, 0xc7, 0x87, 0, 1, 0, 0, 0x78, 0x56, 0x34, 0x12 });
	EXPECT_EQ(0x12345678u, Access(kWrite, kDevice + 0x100)->u.mmio.data);
	EXPECT_EQ(0x12345678u, Access(kWrite, kDevice + 0x100)->u.mmio.data);
	Code(kEntry + 10, { 0x52 });
	EXPECT_EQ(0x52345678u, Access(kWrite, kDevice + 0x100)->u.mmio.data);
}

// The length of an instruction is not that of a load with the same first eight bytes.
TEST_F(KnownTest, ManyPrefixesSayNothing)
{
	StartAtDevice();
	// mov eax, [rdi + 0x100] behind eight ignored prefixes
	Code(kEntry, { 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x8b, 0x87, 0, 1, 0, 0 });
	ASSERT_EQ(uint32_t{ AXVCPU_EXIT_MMIO_READ }, Access(kRead, kDevice + 0x100)->reason);
	Code(kEntry + 8, { 0x0f, 0xa2 }); // cpuid
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
	(void)Run(SVM_EXIT_CPUID);
	EXPECT_EQ(kEntry + 10, Rip());
}

TEST_F(KnownTest, FollowsEachLevelOfThePageTables)
{
	StartAtDevice();
	Code(kOther, { 0x8b, 0x0f });
	EXPECT_EQ(uint32_t{ X86_RAX }, LoadsTo());
	Table(kTables)[kEntry >> 12] = kEntry | 7;
	Table(kPd)[0] = kTables | 7;
	EXPECT_EQ(uint32_t{ X86_RAX }, LoadsTo());
	EXPECT_EQ(uint32_t{ X86_RAX }, LoadsTo());
	Table(kTables)[kEntry >> 12] = kOther | 7;
	EXPECT_EQ(uint32_t{ X86_RCX }, LoadsTo());
	EXPECT_EQ(uint32_t{ X86_RCX }, LoadsTo());
	Table(kTables + 0x1000)[kEntry >> 12] = kEntry | 7;
	Table(kPd)[0] = (kTables + 0x1000) | 7;
	EXPECT_EQ(uint32_t{ X86_RAX }, LoadsTo());
	Table(kTables + 0x2000)[0] = kTables | 7;
	Table(kPdpt)[0] = (kTables + 0x2000) | 7;
	EXPECT_EQ(uint32_t{ X86_RCX }, LoadsTo());
	Table(kTables + 0x3000)[0] = kPdpt | 7;
	Table(kTables + 0x4000)[0] = kPd | 7;
	Table(kTables + 0x4000)[1] = Table(kPdpt)[1];
	Table(kPml4)[0] = (kTables + 0x4000) | 7;
	EXPECT_EQ(uint32_t{ X86_RAX }, LoadsTo());
}

TEST_F(KnownTest, FollowsCr3AndTheSecondStage)
{
	StartAtDevice();
	Code(kOther, { 0x8b, 0x0f });
	EXPECT_EQ(uint32_t{ X86_RAX }, LoadsTo());
	Table(kTables)[0] = (kTables + 0x1000) | 7;
	Table(kTables + 0x1000)[0] = (kTables + 0x2000) | 7;
	Table(kTables + 0x1000)[1] = Table(kPdpt)[1];
	Table(kTables + 0x2000)[0] = (kTables + 0x3000) | 7;
	Table(kTables + 0x3000)[kEntry >> 12] = kOther | 7;
	EXPECT_EQ(uint32_t{ X86_RCX },
		  AccessAfter([](svm_save *save) { save->cr3 = kTables; })->u.mmio.reg);
	EXPECT_EQ(uint32_t{ X86_RAX },
		  AccessAfter([](svm_save *save) { save->cr3 = kPml4; })->u.mmio.reg);
	Swap();
	EXPECT_EQ(uint32_t{ X86_RCX }, LoadsTo());
}

// Told of while the guest runs, the change counts at the exit already: what the second stage
// had before may be gone.
TEST_F(KnownTest, AChangeOfTheSecondStageCountsBeforeTheNextEntry)
{
	StartAtDevice();
	Code(kEntry + 0x40, { 0x0f, 0x01, 0xd9 }); // vmmcall
	Code(kOther, { 0x8b, 0x0f });
	Code(kOther + 0x40, { 0x3e, 0x0f, 0x01, 0xd9 });
	auto call = [&](bool change) {
		EXPECT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry + 0x40));
		fake_.guest.push_back([=](uint64_t *, svm_vmcb *vmcb) {
			if (change) {
				Swap();
			}
			vmcb->control.exit_code = SVM_EXIT_VMMCALL;
		});
		return RunQueued()->instruction_length;
	};
	EXPECT_EQ(3u, call(false));
	EXPECT_EQ(3u, call(false));
	EXPECT_EQ(4u, call(true)) << "the length is asked for again";
	EXPECT_EQ(uint32_t{ X86_RCX }, LoadsTo());
	EXPECT_EQ(uint32_t{ X86_RCX }, LoadsTo());
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
	fake_.guest.push_back([=](uint64_t *, svm_vmcb *vmcb) {
		Swap();
		vmcb->control.exit_code = SVM_EXIT_NPF;
		vmcb->control.exit_info_1 = kRead;
		vmcb->control.exit_info_2 = kDevice;
	});
	EXPECT_EQ(uint32_t{ X86_RAX }, RunQueued()->u.mmio.reg);
	EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
	EXPECT_EQ(uint32_t{ X86_RAX }, LoadsTo()) << "and what was kept in between does not stay";
}

TEST_F(KnownTest, FollowsTheMode)
{
	StartAtDevice();
	// In 64-bit code a REX prefix, in 32-bit code DEC ECX, which does not access memory.
	Code(kEntry, { 0x49, 0x8b, 0x07 });
	SetGpr(15, kDevice);
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_MMIO_READ }, Access()->reason);
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_MMIO_READ }, Access()->reason);
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_NESTED_PAGE_FAULT },
		  AccessAfter([](svm_save *save) { save->cs.attributes = 0xc9b; })->reason);
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_MMIO_READ },
		  AccessAfter([](svm_save *save) { save->cs.attributes = 0xa9b; })->reason);
	// The hypervisor sets registers: all is found anew.
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(4), Reg(X86_VCPU_REG_CR(4)) | CR4_PGE));
	phys_to_virt_calls = 0;
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_MMIO_READ }, Access()->reason);
	EXPECT_GT(phys_to_virt_calls, 20);
}

TEST_F(KnownTest, TheOperandIsWhereTheCpuFoundIt)
{
	StartAtDevice();
	EXPECT_EQ(kDevice, Access()->u.mmio.gpa);
	// The guest maps another device there; nobody reads its tables.
	Table(kPdpt)[1] = 0x80000087;
	EXPECT_EQ(0x80000000u, Access(kRead, 0x80000000)->u.mmio.gpa);
	// An address that is not the operand's: then they are read.
	EXPECT_EQ(0x80000000u, Access(kRead, 0x80000800)->u.mmio.gpa);
	// Nor is it where a load was, if the CPU tells of a store.
	EXPECT_EQ(0x80000000u, Access(kWrite, kDevice)->u.mmio.gpa);
	Table(kPdpt)[1] = 0;
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_EXTERNAL_INTERRUPT },
		  AccessAfter([](svm_save *) {}, kDevice + 4)->reason);
	EXPECT_EQ(ExceptionWithCode(X86_VECTOR_PF, 0), injected_);
}

TEST_F(KnownTest, AStoreThatTheCpuDidNotCheckFollowsThePrivilege)
{
	StartAtDevice();
	Code(kEntry, { 0x09, 0x07 }); // or [rdi], eax: the CPU exits at its load
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_MMIO_READ }, Access()->reason);
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_MMIO_READ }, Access()->reason);
	// A page of the kernel's, and then a program.
	Table(kPdpt)[1] = kDevice | 0x83;
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_MMIO_READ }, Access()->reason);
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_EXTERNAL_INTERRUPT },
		  AccessAfter([](svm_save *save) { save->cpl = 3; })->reason);
	EXPECT_EQ(ExceptionWithCode(X86_VECTOR_PF, 7), injected_);
	EXPECT_EQ(kDevice, Reg(X86_VCPU_REG_CR(2)));
}

TEST_F(KnownTest, CrossingAPageIsNeverShort)
{
	StartAtDevice();
	EXPECT_EQ(kDevice, Access()->u.mmio.gpa);
	SetGpr(X86_RDI, kDevice + 0xffe);
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_NESTED_PAGE_FAULT }, Access(kRead, kDevice + 0xffe)->reason);
}

TEST_F(KnownTest, TwoOfASetTakeTurnsWithoutForgettingEachOther)
{
	StartAtDevice();
	Code(kEntry + 8, { 0x8b, 0x0f });
	auto both = [&] {
		EXPECT_EQ(uint32_t{ X86_RAX }, LoadsTo());
		EXPECT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry + 8));
		const axvcpu_exit *exit = Run(SVM_EXIT_NPF, kRead, kDevice);
		EXPECT_EQ(uint32_t{ X86_RCX }, exit->u.mmio.reg);
		EXPECT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
	};
	both();
	phys_to_virt_calls = 0;
	both();
	EXPECT_LT(phys_to_virt_calls, 10);
}

TEST_F(KnownTest, BytesOfTheCpusOwn)
{
	StartAtDevice();
	State()->cpu->u.svm.decode_assists = true;
	// Fetched before somebody wrote over them.
	Code(kEntry, { 0x90, 0x90 });
	auto with = [&](uint8_t count) {
		EXPECT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
		fake_.guest.push_back([=](uint64_t *, svm_vmcb *vmcb) {
			vmcb->control.bytes_fetched = count;
			vmcb->control.instruction_bytes[0] = 0x8b;
			vmcb->control.instruction_bytes[1] = 0x0f;
			vmcb->control.exit_code = SVM_EXIT_NPF;
			vmcb->control.exit_info_1 = kRead;
			vmcb->control.exit_info_2 = kDevice;
		});
		const axvcpu_exit *exit = RunQueued();
		(void)axvcpu_retry_access(vcpu_);
		return exit->reason == AXVCPU_EXIT_MMIO_READ ? exit->u.mmio.reg : 99u;
	};
	EXPECT_EQ(uint32_t{ X86_RCX }, with(2));
	EXPECT_EQ(uint32_t{ X86_RCX }, with(15));
	// None, or not all of them: they are read.
	EXPECT_EQ(99u, with(0));
	EXPECT_EQ(99u, with(1));
	Code(kEntry, { 0x8b, 0x17 });
	EXPECT_EQ(uint32_t{ X86_RDX }, with(0));
	EXPECT_EQ(uint32_t{ X86_RDX }, with(1));
}

class KnownVmxTest : public VmxTest {
    protected:
	void StartAtDevice()
	{
		StartVmx();
		reinterpret_cast<uint64_t *>(Ram(kPdpt))[1] = kDevice | 0x87;
		Code(kEntry, { 0x49, 0x8b, 0x07 }); // mov rax, [r15]
		SetGpr(15, kDevice);
	}
	// The exit of a load there, with these fields in the VMCS.
	uint32_t Access(std::initializer_list<std::pair<const uint64_t, uint64_t>> more)
	{
		EXPECT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
		Vmcs fields = { { VMCS_EXIT_REASON, VMX_EXIT_EPT_VIOLATION },
				{ VMCS_EXIT_QUALIFICATION, 1 | 0x180 },
				{ VMCS_VECTORING_EVENT, 0 },
				{ VMCS_GUEST_LINEAR_ADDRESS, kDevice },
				{ VMCS_GUEST_PHYSICAL_ADDRESS, kDevice } };
		for (const auto &field : more) {
			fields[field.first] = field.second;
		}
		vmx_.guest.push_back([=](uint64_t *, Vmcs *vmcs) {
			for (const auto &field : fields) {
				(*vmcs)[field.first] = field.second;
			}
		});
		const axvcpu_exit *exit = RunQueued();
		(void)axvcpu_retry_access(vcpu_);
		return exit->reason == AXVCPU_EXIT_MMIO_READ ? exit->u.mmio.reg : 99u;
	}
};

TEST_F(KnownVmxTest, FollowsBytesCr3AndMode)
{
	StartAtDevice();
	EXPECT_EQ(uint32_t{ X86_RAX }, Access({}));
	EXPECT_EQ(uint32_t{ X86_RAX }, Access({}));
	Code(kEntry + 1, { 0x8b, 0x0f });
	EXPECT_EQ(uint32_t{ X86_RCX }, Access({}));
	// Tables in which the page is another one, in CR3 without an exit.
	uint64_t *tables = reinterpret_cast<uint64_t *>(Ram(kTables));
	Code(kOther, { 0x49, 0x8b, 0x17 });
	tables[0] = (kTables + 0x1000) | 7;
	tables[512] = (kTables + 0x2000) | 7;
	tables[512 + 1] = kDevice | 0x87;
	tables[2 * 512] = (kTables + 0x3000) | 7;
	tables[3 * 512 + (kEntry >> 12)] = kOther | 7;
	EXPECT_EQ(uint32_t{ X86_RDX }, Access({ { VMCS_GUEST_CR3, kTables } }));
	EXPECT_EQ(uint32_t{ X86_RCX }, Access({ { VMCS_GUEST_CR3, kPml4 } }));
	// 32-bit code, then no long mode: DEC ECX.
	const uint64_t rights = Current()[VMCS_GUEST_CS_RIGHTS], efer = Current()[VMCS_GUEST_EFER];
	EXPECT_EQ(99u, Access({ { VMCS_GUEST_CS_RIGHTS, 0xc09b } }));
	EXPECT_EQ(uint32_t{ X86_RCX }, Access({ { VMCS_GUEST_CS_RIGHTS, rights } }));
	EXPECT_EQ(99u, Access({ { VMCS_GUEST_EFER, efer & ~EFER_LMA } }));
}

TEST_F(KnownVmxTest, ReadsFewFieldsTheSecondTime)
{
	StartAtDevice();
	EXPECT_EQ(uint32_t{ X86_RAX }, Access({}));
	EXPECT_NE(0u, State()->valid & X86_GROUP_SEGMENTS);
	EXPECT_EQ(uint32_t{ X86_RAX }, Access({}));
	EXPECT_EQ(0u, State()->valid & X86_GROUP_SEGMENTS);
}

} // namespace
