// SPDX-License-Identifier: Apache-2.0
// Random guests, the same in each run: exits of every kind with anything in memory and registers,
// while the hypervisor does what it may. On VMX the fake CPU checks each entry (fake_vmx.cc): a
// guest must not lead to one that a CPU refuses.
#include <random>

#include "tests/fake_vmx.h"

extern "C" {
#include "axvcpu/snapshot.h"
#include "src/msr_policy.h"
}

namespace {

using Random = std::mt19937_64;

constexpr uint64_t kRam = 0x200000;

// Instructions that exit, for where the guest is.
const std::vector<std::vector<uint8_t>> kCode = {
	{ 0x0f, 0xa2 },		    // cpuid
	{ 0x0f, 0x01, 0xd9 },	    // vmmcall
	{ 0x0f, 0x22, 0xc0 },	    // mov cr0, eax
	{ 0x0f, 0x22, 0xe3 },	    // mov cr4, ebx
	{ 0x44, 0x0f, 0x22, 0xc0 }, // mov cr8, rax
	{ 0x0f, 0x01, 0x33 },	    // lmsw [rbx]
	{ 0x0f, 0x06 },		    // clts
	{ 0x0f, 0x32 },		    // rdmsr
	{ 0x0f, 0x30 },		    // wrmsr
	{ 0x8b, 0x03 },		    // mov eax, [rbx]
	{ 0x89, 0x03 },		    // mov [rbx], eax
	{ 0x01, 0x03 },		    // add [rbx], eax
	{ 0xf3, 0xa5 },		    // rep movsd
	{ 0xf3, 0xaa },		    // rep stosb
	{ 0x0f, 0xb1, 0x0b },	    // cmpxchg [rbx], ecx
	{ 0x65, 0x8a, 0x03 },	    // mov al, gs:[rbx]
	{ 0x6e },		    // outsb
	{ 0xf3, 0x6d },		    // rep insd
	{ 0xec },		    // in al, dx
};

// What both vendors' guests and hypervisors do.
template <class Test> class RandomGuest : public Test {
    protected:
	uint64_t Pick(std::initializer_list<uint64_t> values)
	{
		return *(values.begin() + random_() % values.size());
	}
	bool Chance(uint32_t of) { return random_() % of == 0; }
	// An address that means something, or any.
	uint64_t Address()
	{
		return Pick({ random_() % kRam, random_() % kRam & ~UINT64_C(0xfff), 0xfee00000 + (random_() & 0xff0),
			      0x600000 + random_() % 0x1000, 0xfffffff0, kRam - 2, random_() & UINT32_MAX,
			      random_() });
	}
	uint64_t Value()
	{
		return Pick({ random_() % 64, UINT64_C(1) << random_() % 64, random_() & UINT32_MAX,
			      random_(), 0x20, 0x80000011, 0x6f0, UINT64_MAX });
	}
	uint32_t Msr()
	{
		return static_cast<uint32_t>(
			Pick({ MSR_TSC, MSR_APIC_BASE, MSR_EFER, MSR_PAT, MSR_TSC_DEADLINE, MSR_TSC_AUX, MSR_LSTAR,
			       MSR_FS_BASE, MSR_SYSENTER_ESP, MSR_XSS, 0x800 + random_() % 0x40, random_() }));
	}
	// What the guest has in memory at rip, and tables and descriptors elsewhere.
	void FillMemory(uint64_t rip)
	{
		const auto &code = kCode[random_() % kCode.size()];

		for (int i = 0; i < 4; i++) {
			const uint64_t word = Chance(2) ? (Address() & ~UINT64_C(0xfff)) | 7 :
					      Chance(2) ? UINT64_C(0x00cf93000000ffff) | (random_() & 0xff00) << 32 :
							  random_();
			std::memcpy(this->Ram(random_() % (kRam / 8) * 8), &word, sizeof(word));
		}
		if (rip < kRam - 16 && !Chance(16)) {
			for (uint32_t i = 0; i < 16; i++) {
				*this->Ram(rip + i) = i < code.size() ? code[i] : static_cast<uint8_t>(random_());
			}
		}
	}
	// MOV of something to a register of the local APIC, at its page's address in rbx.
	uint64_t WriteApic(uint64_t rip, uint64_t *gpr, uint64_t *rax)
	{
		if (rip < kRam - 16) {
			*this->Ram(rip) = 0x89;
			*this->Ram(rip + 1) = 0x03;
		}
		*rax = Pick({ 0, 0x1ff, 0xc4608, 0xc4608, 0x40a1, 0xc4500, 0x8c041, random_() & UINT32_MAX });
		gpr[X86_RBX] = 0xfee00000 + Pick({ 0xb0, 0xb0, 0xb0, 0x80, 0xf0, 0x300, 0x300, 0x300, 0x310, 0x320, 0x380 });
		return gpr[X86_RBX];
	}
	void FillGprs(uint64_t *gpr)
	{
		for (uint32_t n = 0; n < 16; n++) {
			if (Chance(4)) {
				gpr[n] = Chance(2) ? Address() : Value();
			}
		}
		gpr[X86_RCX] = Chance(2) ? Msr() : gpr[X86_RCX];
	}
	// Answers, or not.
	void Complete(const axvcpu_exit *exit)
	{
		ASSERT_NE(nullptr, exit);
		switch (exit->reason) {
		case AXVCPU_EXIT_MMIO_READ:
		case AXVCPU_EXIT_PORT_READ:
		case AXVCPU_EXIT_SYSREG_READ:
			ASSERT_EQ(AXVCPU_OK, Chance(8) ? axvcpu_fail_access(this->vcpu_) :
					     Chance(8) ? axvcpu_retry_access(this->vcpu_) :
							 axvcpu_complete_read(this->vcpu_, Value()));
			break;
		case AXVCPU_EXIT_MMIO_WRITE:
		case AXVCPU_EXIT_PORT_WRITE:
		case AXVCPU_EXIT_SYSREG_WRITE:
			ASSERT_EQ(AXVCPU_OK, Chance(8) ? axvcpu_fail_access(this->vcpu_) :
					     Chance(8) ? axvcpu_retry_access(this->vcpu_) :
							 axvcpu_complete_write(this->vcpu_));
			break;
		case AXVCPU_EXIT_NESTED_PAGE_FAULT:
			ASSERT_EQ(AXVCPU_OK, Chance(2) ? axvcpu_fail_access(this->vcpu_) :
							 axvcpu_retry_access(this->vcpu_));
			break;
		case AXVCPU_EXIT_HYPERCALL:
			ASSERT_EQ(AXVCPU_OK, axvcpu_set_return_value(this->vcpu_, Value()));
			break;
		case AXVCPU_EXIT_HALT:
			ASSERT_EQ(AXVCPU_OK, axvcpu_unblock(this->vcpu_));
			break;
		default:
			break;
		}
	}
	// Anything that a hypervisor may do between two runs.
	void Hypervise()
	{
		const uint32_t vector = static_cast<uint32_t>(random_() % 256);
		uint64_t deadline;

		switch (random_() % 12) {
		case 0:
			(void)axvcpu_inject_interrupt(this->vcpu_, vector);
			break;
		case 1:
			(void)axvcpu_inject_interrupt(
				this->vcpu_, static_cast<uint32_t>(Pick({ X86_VCPU_INJECT_NMI,
									  X86_VCPU_INJECT_EXTINT + vector,
									  X86_VCPU_INJECT_LEVEL + vector,
									  X86_VCPU_INJECT_LEVEL + vector })));
			break;
		case 2:
			(void)axvcpu_clear_interrupt(this->vcpu_, vector);
			break;
		case 3:
			(void)x86_vcpu_inject_exception(this->vcpu_, vector % 34, 0);
			break;
		case 4:
			ASSERT_EQ(AXVCPU_OK, x86_vcpu_flush_tlb(this->vcpu_));
			break;
		case 5:
			ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(this->vcpu_));
			ASSERT_EQ(AXVCPU_OK, axvcpu_bind(this->vcpu_));
			break;
		case 6:
			SaveAndLoad();
			break;
		case 7:
			ASSERT_EQ(AXVCPU_OK, axvcpu_timer_deadline(this->vcpu_, &deadline));
			break;
		default:
			break;
		}
		this->fake_.tsc += random_() % 10000;
		this->fake_.log.clear();
	}
	// What was saved is what was loaded.
	void SaveAndLoad()
	{
		std::vector<uint8_t> first(axvcpu_save_size(this->vcpu_)), second(first.size());
		size_t written = 0;

		ASSERT_EQ(AXVCPU_OK, axvcpu_save(this->vcpu_, first.data(), first.size(), &written));
		const axvcpu_error_t error = axvcpu_load(this->vcpu_, first.data(), first.size());
		axvcpu_failure failure = {};

		failure.size = sizeof(failure);
		(void)axvcpu_get_failure(this->vcpu_, &failure);
		if (error != AXVCPU_OK) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_set_state(this->vcpu_, AXVCPU_STATE_READY));
		}
		ASSERT_EQ(AXVCPU_OK, error) << "register " << std::hex << failure.reg;
		ASSERT_EQ(AXVCPU_OK, axvcpu_save(this->vcpu_, second.data(), second.size(), &written));
		ASSERT_EQ(first, second);
	}

	// The input of all seeds together reaches every reason that x86 has.
	static void ExpectAllReasons()
	{
		for (const uint32_t reason :
		     { AXVCPU_EXIT_NOTHING, AXVCPU_EXIT_HYPERCALL, AXVCPU_EXIT_MMIO_READ, AXVCPU_EXIT_MMIO_WRITE,
		       AXVCPU_EXIT_SYSREG_READ, AXVCPU_EXIT_SYSREG_WRITE, AXVCPU_EXIT_PORT_READ,
		       AXVCPU_EXIT_PORT_WRITE, AXVCPU_EXIT_EXTERNAL_INTERRUPT, AXVCPU_EXIT_NESTED_PAGE_FAULT,
		       AXVCPU_EXIT_HALT, AXVCPU_EXIT_CPU_UP, AXVCPU_EXIT_SYSTEM_DOWN, AXVCPU_EXIT_SEND_IPI,
		       AXVCPU_EXIT_END_OF_INTERRUPT, AXVCPU_EXIT_UNKNOWN }) {
			EXPECT_GT(met_[reason], 0u) << "reason " << reason;
		}
	}

	Random random_;
	// By the exit's reason.
	static std::map<uint32_t, uint32_t> met_;
};
template <class Test> std::map<uint32_t, uint32_t> RandomGuest<Test>::met_;

class RandomSvm : public RandomGuest<X86Test>, public ::testing::WithParamInterface<uint64_t> {
    protected:
	static void TearDownTestSuite() { ExpectAllReasons(); }
	void Guest(uint64_t *gpr, svm_vmcb *vmcb)
	{
		const uint64_t code = Pick({
			random_() % 0xa8, SVM_EXIT_NPF, SVM_EXIT_NPF, SVM_EXIT_IOIO, SVM_EXIT_MSR, SVM_EXIT_CPUID,
			SVM_EXIT_VMMCALL, SVM_EXIT_CR0_SEL_WRITE, SVM_EXIT_CR_WRITE_4, SVM_EXIT_IRET,
			SVM_EXIT_VINTR, SVM_EXIT_INTR, SVM_EXIT_EXCEPTION_0 + random_() % 32u, random_() % 0x500 });
		const uint32_t type = static_cast<uint32_t>(random_() % 8);

		FillGprs(gpr);
		vmcb->save.rax = Value();
		vmcb->save.rflags = RFLAGS_RESERVED_1 | (random_() & RFLAGS_DEFINED);
		vmcb->save.rip = Chance(4) ? Address() : random_() % kRam;
		vmcb->save.cpl = Chance(4) ? 3 : 0;
		vmcb->save.cr2 = random_();
		vmcb->save.dr7 = Chance(8) ? random_() & UINT32_MAX : DR7_RESET;
		if (Chance(8)) {
			vmcb->save.cr3 = random_() % kRam & ~UINT64_C(0xfff);
		}
		if (Chance(8)) {
			vmcb->save.cs.attributes = static_cast<uint16_t>(Pick({ 0xa9b, 0xc9b, 0x9b, 0x93 }));
			vmcb->save.ss.limit = static_cast<uint32_t>(random_() >> random_() % 64);
			vmcb->save.es.attributes = static_cast<uint16_t>(random_());
		}
		FillMemory(vmcb->save.rip);
		vmcb->control.interrupt_shadow = Chance(4) ? 1 : 0;
		vmcb->control.exit_code = code;
		vmcb->control.exit_info_1 = code == SVM_EXIT_IOIO ? random_() & 0xffff1ffd :
					    code == SVM_EXIT_NPF  ? Pick({ 4, 6, 7, 0x14, UINT64_C(1) << 33 | 4 }) :
								    Pick({ 0, 1, random_() });
		vmcb->control.exit_info_2 = code == SVM_EXIT_NPF  ? Address() :
					    code == SVM_EXIT_IOIO ? vmcb->save.rip + random_() % 16 :
								    random_();
		if (code == SVM_EXIT_NPF && Chance(2)) {
			gpr[X86_RBX] = vmcb->control.exit_info_2;
		} else if (code == SVM_EXIT_NPF) {
			vmcb->control.exit_info_1 = 6;
			vmcb->control.exit_info_2 = WriteApic(vmcb->save.rip, gpr, &vmcb->save.rax);
		}
		if (Chance(4)) {
			vmcb->control.exit_int_info =
				Event(type, static_cast<uint32_t>(type == X86_EVENT_EXCEPTION ?
									  Pick({ 0, 1, 3, 4, 6, 8, 13, 14 }) :
									  random_() % 256)) |
				(type == X86_EVENT_EXCEPTION && Chance(2) ? SVM_EVENT_ERROR_VALID : 0);
		}
	}
};

TEST_P(RandomSvm, EveryExitIsSurvived)
{
	random_.seed(GetParam());
	Start(static_cast<uint32_t>(GetParam() % 3), GetParam() % 2 != 0 ? X86_VCPU_LOCAL_APIC : 0);
	State()->cpu->u.svm.next_rip_saved = Chance(2);
	State()->cpu->u.svm.decode_assists = Chance(2);
	for (uint32_t round = 0; round < 1500 && !HasFailure(); round++) {
		for (uint64_t i = random_() % 4; i > 0; i--) {
			fake_.guest.push_back([this](uint64_t *gpr, svm_vmcb *vmcb) { Guest(gpr, vmcb); });
		}
		const axvcpu_exit *exit = RunQueued();

		fake_.guest.clear();
		Complete(exit);
		if (!HasFailure()) {
			met_[exit->reason]++;
			Hypervise();
		}
	}
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomSvm, ::testing::Range(UINT64_C(0), UINT64_C(8)));

class RandomVmx : public RandomGuest<VmxTest>, public ::testing::WithParamInterface<uint64_t> {
    protected:
	static void TearDownTestSuite() { ExpectAllReasons(); }
	// Registers that the guest has by itself, as a CPU leaves them at an exit.
	void FillState(Vmcs &v)
	{
		const bool long_mode = (v[VMCS_ENTRY_CONTROLS] & ENTRY_IA32E) != 0;

		v[VMCS_GUEST_RFLAGS] = RFLAGS_RESERVED_1 | (random_() & RFLAGS_DEFINED & ~RFLAGS_VM);
		v[VMCS_GUEST_RIP] = Chance(4) ? Address() & UINT32_MAX : random_() % kRam;
		v[VMCS_GUEST_RSP] = Address();
		v[VMCS_GUEST_DR7] = Chance(8) ? random_() & UINT32_MAX : DR7_RESET;
		if (long_mode && Chance(8)) {
			v[VMCS_GUEST_CS_RIGHTS] = Pick({ 0xa09b, 0xc09b });
			v[VMCS_GUEST_CR3] = random_() % kRam & ~UINT64_C(0xfff);
		}
		v[VMCS_GUEST_INTERRUPTIBILITY] &= INTERRUPTIBILITY_NMI;
		v[VMCS_GUEST_PENDING_DEBUG] = 0;
		if (Chance(8)) {
			v[VMCS_GUEST_INTERRUPTIBILITY] |= (v[VMCS_GUEST_RFLAGS] & RFLAGS_IF) != 0 && Chance(2) ?
								  INTERRUPTIBILITY_STI :
								  INTERRUPTIBILITY_MOV_SS;
			v[VMCS_GUEST_PENDING_DEBUG] =
				(v[VMCS_GUEST_RFLAGS] & RFLAGS_TF) != 0 ? PENDING_DEBUG_BS : 0;
		}
	}
	// An event whose delivery the exit interrupted.
	void FillVectoring(Vmcs &v)
	{
		const uint64_t type = Pick({ VMX_EVENT_TYPE_INTERRUPT, VMX_EVENT_TYPE_NMI, VMX_EVENT_TYPE_EXCEPTION,
					     4, VMX_EVENT_TYPE_PRIVILEGED_SOFTWARE, 6 });
		const uint64_t vector = type == VMX_EVENT_TYPE_NMI	 ? 2 :
					type == VMX_EVENT_TYPE_EXCEPTION ? Pick({ 0, 6, 8, 13, 14, 17 }) :
									   random_() % 256;
		const bool has_code = type == VMX_EVENT_TYPE_EXCEPTION && vector >= 8 &&
				      (v[VMCS_GUEST_CR0] & CR0_PE) != 0;

		v[VMCS_VECTORING_EVENT] =
			VMX_EVENT_VALID | type << 8 | vector | (has_code ? VMX_EVENT_ERROR_CODE : 0);
		v[VMCS_VECTORING_ERROR_CODE] = vector == 8 ? 0 : random_() & 0xffff;
		v[VMCS_GUEST_INTERRUPTIBILITY] &= INTERRUPTIBILITY_NMI;
		v[VMCS_GUEST_PENDING_DEBUG] = 0;
		if (type == VMX_EVENT_TYPE_INTERRUPT) {
			v[VMCS_GUEST_RFLAGS] |= RFLAGS_IF;
		}
	}
	void Guest(uint64_t *gpr, Vmcs &v)
	{
		const uint64_t reason = Pick({ random_() % 80, VMX_EXIT_EPT_VIOLATION, VMX_EXIT_EPT_VIOLATION,
					       VMX_EXIT_IO, VMX_EXIT_CR_ACCESS, VMX_EXIT_CR_ACCESS, VMX_EXIT_RDMSR,
					       VMX_EXIT_WRMSR, VMX_EXIT_CPUID, VMX_EXIT_VMCALL, VMX_EXIT_TASK_SWITCH,
					       VMX_EXIT_EXCEPTION_OR_NMI, VMX_EXIT_EXTERNAL_INTERRUPT,
					       VMX_EXIT_INTERRUPT_WINDOW, VMX_EXIT_NMI_WINDOW });

		FillGprs(gpr);
		FillState(v);
		FillMemory(v[VMCS_GUEST_RIP]);
		v[VMCS_EXIT_REASON] = reason;
		v[VMCS_EXIT_INSTRUCTION_LENGTH] = 1 + random_() % 15;
		v[VMCS_EXIT_INSTRUCTION_INFO] = (random_() % 3) << 7 | (random_() % 6) << 15;
		v[VMCS_GUEST_LINEAR_ADDRESS] = Address();
		v[VMCS_GUEST_PHYSICAL_ADDRESS] = Address() & UINT64_C(0xffffffffffff);
		v[VMCS_EXIT_QUALIFICATION] = Pick({ random_(), random_() & 0x3f });
		switch (reason) {
		case VMX_EXIT_EPT_VIOLATION:
			v[VMCS_EXIT_QUALIFICATION] = Pick({ 1, 2, 3, 4 }) | Pick({ 0x180, 0x180, 0x80, 0 });
			gpr[X86_RBX] = v[VMCS_GUEST_PHYSICAL_ADDRESS];
			if (Chance(2)) {
				v[VMCS_EXIT_QUALIFICATION] = 2 | 0x180;
				v[VMCS_GUEST_PHYSICAL_ADDRESS] =
					WriteApic(v[VMCS_GUEST_RIP], gpr, &gpr[X86_RAX]);
			}
			break;
		case VMX_EXIT_CR_ACCESS:
			v[VMCS_EXIT_QUALIFICATION] =
				Pick({ 0, 0, 3, 4, 4, 8 }) | Pick({ 0, 0, 0, 1, 2, 3 }) << 4 | (random_() & 0xffff0f00);
			break;
		case VMX_EXIT_IO:
			v[VMCS_EXIT_QUALIFICATION] = Pick({ 0, 1, 3 }) | (random_() & 0xffff0038);
			break;
		case VMX_EXIT_EXCEPTION_OR_NMI:
			v[VMCS_EXIT_EVENT] = Pick({ VMX_EVENT_VALID | 3u << 8 | 1, VMX_EVENT_VALID | 5u << 8 | 1,
						    VMX_EVENT_VALID | 3u << 8 | VMX_EVENT_ERROR_CODE | 17,
						    VMX_EVENT_VALID | 2u << 8 | 2, VMX_EVENT_VALID | 3u << 8 | 18 });
			v[VMCS_EXIT_ERROR_CODE] = 0;
			break;
		default:
			break;
		}
		if (Chance(4)) {
			FillVectoring(v);
		}
	}
};

TEST_P(RandomVmx, EveryExitIsSurvivedAndEveryEntryIsGood)
{
	random_.seed(GetParam());
	StartVmx(static_cast<uint32_t>(GetParam() % 3), GetParam() % 2 != 0 ? X86_VCPU_LOCAL_APIC : 0);
	for (uint32_t round = 0; round < 1500 && !HasFailure(); round++) {
		for (uint64_t i = random_() % 4; i > 0; i--) {
			vmx_.guest.push_back([this](uint64_t *gpr, Vmcs *vmcs) { Guest(gpr, *vmcs); });
		}
		const axvcpu_exit *exit = RunQueued();

		vmx_.guest.clear();
		vmx_.log.clear();
		Complete(exit);
		if (!HasFailure()) {
			met_[exit->reason]++;
			Hypervise();
		}
	}
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomVmx, ::testing::Range(UINT64_C(0), UINT64_C(8)));

// Registers from outside: what is taken is there, what is refused changes nothing, and a damaged
// state is refused.
class RandomRegisters : public RandomGuest<X86Test> {};

TEST_F(RandomRegisters, SetAndGet)
{
	size_t count = 0, refused = 0;

	Start(X86_VCPU_START_LONG, X86_VCPU_LOCAL_APIC);
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, axvcpu_list_regs(vcpu_, nullptr, &count));
	std::vector<uint64_t> ids(count);
	ASSERT_EQ(AXVCPU_OK, axvcpu_list_regs(vcpu_, ids.data(), &count));
	for (uint32_t round = 0; round < 30000 && !HasFailure(); round++) {
		const uint64_t id = Chance(16) ? random_() : ids[random_() % count];
		const size_t size = id >> 63 == 0 && AXVCPU_REG_SIZE(id) <= 64 ? AXVCPU_REG_SIZE(id) : 8;
		std::vector<uint8_t> value(size), before(size), after(size);
		const axvcpu_error_t known = axvcpu_get_reg(vcpu_, id, before.data(), size);

		for (size_t at = 0; at < size; at += 8) {
			const uint64_t word = at == 0 || Chance(4) ? Value() : 0;

			std::memcpy(&value[at], &word, std::min<size_t>(8, size - at));
		}
		const axvcpu_error_t error = axvcpu_set_reg(vcpu_, id, value.data(), size);

		if (known != AXVCPU_OK) {
			ASSERT_NE(AXVCPU_OK, error) << std::hex << id;
			continue;
		}
		ASSERT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, id, after.data(), size));
		if (error != AXVCPU_OK) {
			refused++;
			ASSERT_EQ(before, after) << std::hex << id;
		} else if ((id < X86_VCPU_REG_PDPTE(0) || id > X86_VCPU_REG_PDPTE(3)) &&
			   id != X86_VCPU_REG_ACCESS_VALUE) {
			/* SVM has none of the former; the latter is of an access that is open. */
			ASSERT_EQ(value, after) << std::hex << id;
		}
	}
	EXPECT_GT(refused, 500u);
}

TEST_F(RandomRegisters, DamagedStates)
{
	Start(X86_VCPU_START_LONG, X86_VCPU_LOCAL_APIC);
	std::vector<uint8_t> saved(axvcpu_save_size(vcpu_));
	size_t written = 0;

	ASSERT_EQ(AXVCPU_OK, axvcpu_save(vcpu_, saved.data(), saved.size(), &written));
	for (uint32_t round = 0; round < 1000; round++) {
		std::vector<uint8_t> damaged = saved;

		for (uint64_t i = random_() % 4 + 1; i > 0; i--) {
			damaged[random_() % damaged.size()] ^= static_cast<uint8_t>(1 + random_() % 255);
		}
		if (Chance(8)) {
			damaged.resize(random_() % damaged.size());
		}
		std::vector<uint8_t> after(saved.size());

		if (damaged != saved) {
			ASSERT_NE(AXVCPU_OK, axvcpu_load(vcpu_, damaged.data(), damaged.size()));
		}
		ASSERT_EQ(AXVCPU_OK, axvcpu_save(vcpu_, after.data(), after.size(), &written));
		ASSERT_EQ(saved, after) << "refused before anything changed";
	}
}

} // namespace
