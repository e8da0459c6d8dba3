// SPDX-License-Identifier: Apache-2.0
// MOV to control registers, LMSW, CLTS, EFER, XSETBV: what is taken, what is #GP.
#include "tests/fake_cpu.h"

extern "C" {
#include "src/control.h"
}

namespace {

class ControlTest : public X86Test {
    protected:
	// The guest executes these bytes, which exit with `code`.
	bool Faults(uint64_t code, std::initializer_list<uint8_t> bytes)
	{
		uint64_t rip = Rip();

		Code(rip, bytes);
		fake_.guest.push_back([=](uint64_t *, svm_vmcb *vmcb) {
			vmcb->control.exit_code = code;
		});
		uint64_t event = NextEvent();
		if (event == 0) {
			EXPECT_EQ(rip + bytes.size(), Rip());
			return false;
		}
		EXPECT_EQ(ExceptionWithCode(X86_VECTOR_GP, 0), event);
		EXPECT_EQ(rip, Rip());
		return true;
	}
	bool WriteCr0(uint64_t value)
	{
		SetGpr(X86_RBX, value);
		return !Faults(SVM_EXIT_CR0_SEL_WRITE, { 0x0f, 0x22, 0xc3 });
	}
	bool WriteCr4(uint64_t value)
	{
		SetGpr(X86_R8 + 1, value);
		return !Faults(SVM_EXIT_CR_WRITE_0 + 4, { 0x41, 0x0f, 0x22, 0xe1 });
	}
	bool Xsetbv(uint64_t value)
	{
		SetGpr(X86_RCX, 0);
		SetGpr(X86_RAX, value & UINT32_MAX);
		SetGpr(X86_RDX, value >> 32);
		return !Faults(SVM_EXIT_XSETBV, { 0x0f, 0x01, 0xd1 });
	}
	bool WriteEfer(uint64_t value)
	{
		SetGpr(X86_RCX, MSR_EFER);
		SetGpr(X86_RAX, value & UINT32_MAX);
		SetGpr(X86_RDX, value >> 32);
		uint64_t rip = Rip();
		Code(rip, { 0x0f, 0x30 });
		fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
			vmcb->control.exit_code = SVM_EXIT_MSR;
			vmcb->control.exit_info_1 = 1;
		});
		return NextEvent() == 0;
	}
};

constexpr uint64_t kCr0 = CR0_PE | CR0_NE | CR0_ET;

TEST_F(ControlTest, Cr0InLongMode)
{
	Start();
	EXPECT_TRUE(WriteCr0(kCr0 | CR0_PG | CR0_WP | CR0_AM));
	EXPECT_EQ(kCr0 | CR0_PG | CR0_WP | CR0_AM, Reg(X86_VCPU_REG_CR(0)));
	EXPECT_FALSE(WriteCr0((kCr0 | CR0_PG) & ~CR0_PE)) << "PG without PE";
	EXPECT_FALSE(WriteCr0(kCr0 | CR0_PG | CR0_NW)) << "NW without CD";
	EXPECT_FALSE(WriteCr0(kCr0 | CR0_PG | UINT64_C(1) << 32)) << "upper half";
	EXPECT_FALSE(WriteCr0(kCr0)) << "paging cannot go away in 64-bit code";
	EXPECT_TRUE(WriteCr0(kCr0 | CR0_PG | CR0_CD | CR0_NW));
	EXPECT_TRUE(WriteCr0((kCr0 | CR0_PG | 1u << 28) & ~CR0_ET)) << "reserved bits are ignored";
	EXPECT_EQ(kCr0 | CR0_PG, Reg(X86_VCPU_REG_CR(0))) << "ET is fixed";
}

TEST_F(ControlTest, EnteringAndLeavingLongMode)
{
	Start(X86_VCPU_START_PROTECTED);
	EXPECT_TRUE(WriteEfer(EFER_LME));
	EXPECT_EQ(EFER_LME, Reg(X86_VCPU_REG_MSR(MSR_EFER))) << "not active yet";
	EXPECT_FALSE(WriteCr0(kCr0 | CR0_PG)) << "without PAE";
	SetGpr(X86_RBX, CR4_PAE);
	EXPECT_FALSE(Faults(SVM_EXIT_CR_WRITE_0 + 4, { 0x0f, 0x22, 0xe3 }));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(3), 0x10000));
	uint32_t asid = Vmcb()->control.guest_asid;
	EXPECT_TRUE(WriteCr0(kCr0 | CR0_PG));
	EXPECT_EQ(EFER_LME | EFER_LMA, Reg(X86_VCPU_REG_MSR(MSR_EFER)));
	EXPECT_NE(asid, Vmcb()->control.guest_asid) << "translations are dropped";
	EXPECT_FALSE(WriteEfer(EFER_LMA)) << "LME cannot change under paging";
	SetGpr(X86_RBX, 0);
	EXPECT_TRUE(Faults(SVM_EXIT_CR_WRITE_0 + 4, { 0x0f, 0x22, 0xe3 })) << "PAE is needed";
	EXPECT_TRUE(WriteCr0(kCr0)) << "from compatibility mode";
	EXPECT_EQ(EFER_LME, Reg(X86_VCPU_REG_MSR(MSR_EFER)));
	EXPECT_TRUE(WriteEfer(0));
}

TEST_F(ControlTest, Cr4)
{
	Start();
	EXPECT_TRUE(WriteCr4(CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXSAVE));
	EXPECT_EQ(CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXSAVE, Reg(X86_VCPU_REG_CR(4)));
	EXPECT_FALSE(WriteCr4(CR4_PGE)) << "PAE in long mode";
	EXPECT_FALSE(WriteCr4(CR4_PAE | CR4_VMXE)) << "what CPUID hides";
	EXPECT_FALSE(WriteCr4(CR4_PAE | CR4_LA57));
	EXPECT_FALSE(WriteCr4(CR4_PAE | UINT64_C(1) << 40));
	EXPECT_EQ(CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXSAVE, Reg(X86_VCPU_REG_CR(4)));
}

TEST_F(ControlTest, Efer)
{
	Start();
	EXPECT_TRUE(WriteEfer(EFER_LME | EFER_SCE | EFER_NXE));
	EXPECT_EQ(EFER_LME | EFER_LMA | EFER_SCE | EFER_NXE, Reg(X86_VCPU_REG_MSR(MSR_EFER)));
	EXPECT_TRUE(Vmcb()->save.efer & EFER_SVME) << "VMRUN insists";
	EXPECT_FALSE(WriteEfer(EFER_LME | EFER_SVME));
	EXPECT_FALSE(WriteEfer(EFER_LME | UINT64_C(1) << 40));
	EXPECT_FALSE(WriteEfer(0)) << "LME under paging";
	// What it reads.
	SetGpr(X86_RCX, MSR_EFER);
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_RIP, kEntry));
	Code(kEntry, { 0x0f, 0x32 });
	RunHandled(SVM_EXIT_MSR, 0);
	EXPECT_EQ(EFER_LME | EFER_LMA | EFER_SCE | EFER_NXE, Gpr(X86_RAX));
}

TEST_F(ControlTest, LmswAndClts)
{
	Start(X86_VCPU_START_PROTECTED);
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(0), kCr0 | CR0_TS));
	EXPECT_FALSE(Faults(SVM_EXIT_CR0_SEL_WRITE, { 0x0f, 0x06 }));
	EXPECT_EQ(kCr0, Reg(X86_VCPU_REG_CR(0)));
	SetGpr(X86_RAX, CR0_MP | CR0_TS);
	EXPECT_FALSE(Faults(SVM_EXIT_CR0_SEL_WRITE, { 0x0f, 0x01, 0xf0 }));
	EXPECT_EQ(kCr0 | CR0_MP | CR0_TS, Reg(X86_VCPU_REG_CR(0))) << "PE stays";
	*Ram(0x3000) = CR0_EM;
	*Ram(0x3001) = 0;
	EXPECT_FALSE(Faults(SVM_EXIT_CR0_SEL_WRITE, { 0x0f, 0x01, 0x35, 0x00, 0x30, 0x00, 0x00 }));
	EXPECT_EQ(kCr0 | CR0_EM, Reg(X86_VCPU_REG_CR(0))) << "from memory";
}

TEST_F(ControlTest, Xsetbv)
{
	Start();
	Code(kEntry, { 0x0f, 0x01, 0xd1 });
	SetGpr(X86_RAX, 3);
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = SVM_EXIT_XSETBV;
	});
	EXPECT_EQ(Exception(X86_VECTOR_UD), NextEvent()) << "without CR4.OSXSAVE";
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(4), CR4_PAE | CR4_OSXSAVE));
	EXPECT_TRUE(Xsetbv(7));
	EXPECT_EQ(7u, Reg(X86_VCPU_REG_XCR0));
	EXPECT_EQ(7u, fake_.xcr0) << "on the CPU";
	EXPECT_TRUE(Xsetbv(3));
	EXPECT_TRUE(Xsetbv(1));
	EXPECT_FALSE(Xsetbv(0)) << "x87 is always there";
	EXPECT_FALSE(Xsetbv(5)) << "AVX without SSE";
	EXPECT_FALSE(Xsetbv(0xe7)) << "the CPU has no AVX-512";
	EXPECT_FALSE(Xsetbv(3 | UINT64_C(1) << 62));
	EXPECT_EQ(1u, fake_.xcr0);
	SetGpr(X86_RCX, 1);
	Code(Rip(), { 0x0f, 0x01, 0xd1 });
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = SVM_EXIT_XSETBV;
	});
	EXPECT_EQ(ExceptionWithCode(X86_VECTOR_GP, 0), NextEvent()) << "XCR1";
}

TEST_F(ControlTest, Xcr0NeedsItsCompanions)
{
	x86_vcpu vcpu = {};

	vcpu.limits.xcr0_mask = XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512 | XCR0_PKRU;
	for (uint64_t value = 0; value < 0x400; value++) {
		bool x87 = value & 1, sse = value & 2, avx = value & 4;
		uint64_t avx512 = value & 0xe0;
		bool good = x87 && (!avx || sse) && (avx512 == 0 || (avx512 == 0xe0 && avx)) &&
			    (value & ~UINT64_C(0x2e7)) == 0;

		EXPECT_EQ(good, x86_vcpu_xcr0_is_allowed(&vcpu, value)) << value;
	}
}

TEST_F(ControlTest, DecodeAssistsSpareTheDecoding)
{
	Start();
	State()->cpu->u.svm.decode_assists = true;
	Code(kEntry, { 0x90, 0x90, 0x90 });
	SetGpr(X86_RSI, kCr0 | CR0_PG | CR0_WP);
	State()->cpu->u.svm.next_rip_saved = true;
	fake_.guest.push_back([](uint64_t *, svm_vmcb *vmcb) {
		vmcb->control.exit_code = SVM_EXIT_CR_WRITE_0;
		vmcb->control.exit_info_1 = SVM_CR_INFO_VALID | X86_RSI;
		vmcb->control.next_rip = vmcb->save.rip + 3;
	});
	EXPECT_EQ(0u, NextEvent());
	EXPECT_EQ(kCr0 | CR0_PG | CR0_WP, Reg(X86_VCPU_REG_CR(0)));
}

// AMD's CPUs read the four entries at each walk, and only then refuse a bad one.
TEST_F(ControlTest, PaeTableEntriesAreReadByEachWalk)
{
	uint64_t *pdpt = reinterpret_cast<uint64_t *>(Ram(0x8000));
	auto outs_at_1_gib = [this] {
		SetGpr(X86_RSI, 0x40000000);
		Code(Rip(), { 0x6e }); // outsb
		return Run(SVM_EXIT_IOIO, UINT64_C(0x80) << 16 | 2 << 7 | 1 << 4 | SVM_IO_STRING, Rip() + 1);
	};

	Start(X86_VCPU_START_PROTECTED);
	pdpt[0] = 0x9001;
	pdpt[1] = 0x9003; // bit 1 is reserved there
	*reinterpret_cast<uint64_t *>(Ram(0x9000)) = 0x87;
	*Ram(0) = 0x5a;
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(4), CR4_PAE));
	ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_CR(3), 0x8000));
	EXPECT_TRUE(WriteCr0(kCr0 | CR0_PG));
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_EXTERNAL_INTERRUPT }, outs_at_1_gib()->reason);
	EXPECT_EQ(0x40000000u, Reg(X86_VCPU_REG_CR(2)));
	pdpt[1] = 0x9001;
	const axvcpu_exit *exit = outs_at_1_gib();
	ASSERT_EQ(uint32_t{ AXVCPU_EXIT_PORT_WRITE }, exit->reason);
	EXPECT_EQ(0x5au, exit->u.port.data);
	// There is no register of them.
	EXPECT_EQ(0u, Reg(X86_VCPU_REG_PDPTE(1)));
	EXPECT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_PDPTE(1), 0x9001));
	EXPECT_EQ(0u, Reg(X86_VCPU_REG_PDPTE(1)));
}

} // namespace
