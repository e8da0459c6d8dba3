// SPDX-License-Identifier: Apache-2.0
#include "tests/fake_vmx.h"

#include <cstdlib>


FakeVmx *fake_vmx;
static std::string *vmx_log;

size_t FakeVmx::Count(const std::string &entry) const
{
	size_t count = 0;

	for (const std::string &line : log)
		count += line == entry;
	return count;
}

namespace {

constexpr uint32_t kRevision = 0x1234;

// Whether a control word is what the capability MSR allows.
void ExpectAllowed(uint32_t msr, uint64_t word)
{
	const uint64_t capability = cpu->msrs[msr];

	EXPECT_EQ(word & capability & UINT32_MAX, capability & UINT32_MAX) << std::hex << msr;
	EXPECT_EQ(word & ~(capability >> 32), 0u) << std::hex << msr;
}

// SDM 27.2.1.3: the event that an entry delivers.
void ExpectGoodEvent(Vmcs &v)
{
	const uint64_t event = v[VMCS_ENTRY_EVENT];
	const uint64_t type = event >> 8 & 7, vector = event & 0xff;
	const uint64_t blocked = v[VMCS_GUEST_INTERRUPTIBILITY];
	const bool protection = (v[VMCS_GUEST_CR0] & CR0_PE) != 0;

	if ((event & VMX_EVENT_VALID) == 0)
		return;
	EXPECT_EQ(event & 0x7ffff000, 0u) << "reserved bits";
	if (type == VMX_EVENT_TYPE_NMI) {
		EXPECT_EQ(vector, 2u);
		EXPECT_EQ(blocked & (INTERRUPTIBILITY_MOV_SS | INTERRUPTIBILITY_NMI), 0u);
	}
	if (type == VMX_EVENT_TYPE_INTERRUPT) {
		EXPECT_NE(v[VMCS_GUEST_RFLAGS] & RFLAGS_IF, 0u);
		EXPECT_EQ(blocked & (INTERRUPTIBILITY_STI | INTERRUPTIBILITY_MOV_SS), 0u);
	}
	if (type == VMX_EVENT_TYPE_EXCEPTION) {
		const bool has_code = vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;

		EXPECT_LT(vector, 32u);
		EXPECT_EQ((event & VMX_EVENT_ERROR_CODE) != 0, has_code && protection) << vector;
	} else {
		EXPECT_EQ(event & VMX_EVENT_ERROR_CODE, 0u);
	}
}

// SDM 27.3.1.2: segment `i`, in the order of their fields, by its rights and its limit.
void ExpectGoodSegment(Vmcs &v, uint64_t i, bool ia32e)
{
	enum { kCs = 1, kSs = 2, kLdtr = 6, kTr = 7 };
	const uint64_t rights = v[VMCS_GUEST_ES_RIGHTS + 2 * i], limit = v[VMCS_GUEST_ES_LIMIT + 2 * i];
	const uint64_t type = rights & 0xf, dpl = rights >> 5 & 3;
	const uint64_t ss_dpl = v[VMCS_GUEST_ES_RIGHTS + 2 * kSs] >> 5 & 3;

	EXPECT_EQ(rights & ~UINT64_C(0x1f0ff), 0u) << "reserved bits of segment " << i;
	if ((rights & VMX_RIGHTS_UNUSABLE) != 0) {
		EXPECT_NE(i, uint64_t{ kTr });
		EXPECT_NE(i, uint64_t{ kCs });
		return;
	}
	EXPECT_NE(rights & 0x80, 0u) << "present: " << i;
	EXPECT_EQ((rights & 0x10) != 0, i != kLdtr && i != kTr) << "S of " << i;
	if ((rights & 0x8000) != 0) {
		EXPECT_EQ(limit & 0xfff, 0xfffu) << "G of " << i;
	} else {
		EXPECT_EQ(limit >> 20, 0u) << "G of " << i;
	}
	switch (i) {
	case kCs:
		EXPECT_TRUE(type == 3 || (type & 9) == 9) << "type of CS: " << type;
		EXPECT_TRUE(type == 3 ? dpl == 0 : (type & 4) != 0 ? dpl <= ss_dpl : dpl == ss_dpl);
		EXPECT_FALSE(ia32e && (rights & 0x6000) == 0x6000) << "L and D";
		break;
	case kSs:
		EXPECT_TRUE(type == 3 || type == 7) << "type of SS: " << type;
		break;
	case kLdtr:
		EXPECT_EQ(type, 2u);
		break;
	case kTr:
		EXPECT_TRUE(type == 11 || (type == 3 && !ia32e)) << "type of TR: " << type;
		EXPECT_EQ(v[VMCS_GUEST_ES_SELECTOR + 2 * i] & 4, 0u) << "TI of TR";
		break;
	default:
		EXPECT_NE(type & 1, 0u) << "accessed: " << i;
		EXPECT_TRUE((type & 8) == 0 || (type & 2) != 0) << "readable: " << i;
		break;
	}
}

// SDM 27.3.1: a part of the guest's state.
void ExpectGoodGuest(Vmcs &v)
{
	const uint64_t cr0 = v[VMCS_GUEST_CR0], cr4 = v[VMCS_GUEST_CR4], efer = v[VMCS_GUEST_EFER];
	const bool ia32e = (v[VMCS_ENTRY_CONTROLS] & ENTRY_IA32E) != 0;
	const uint64_t blocked = v[VMCS_GUEST_INTERRUPTIBILITY];

	EXPECT_EQ(cr0 & CR0_NE, CR0_NE);
	EXPECT_EQ(cr4 & CR4_VMXE, CR4_VMXE);
	EXPECT_EQ(cr0 >> 32, 0u);
	EXPECT_EQ((efer & EFER_LMA) != 0, ia32e);
	if ((cr0 & CR0_PG) != 0) {
		EXPECT_EQ((efer & EFER_LME) != 0, ia32e);
		EXPECT_NE(cr0 & CR0_PE, 0u);
	}
	if ((cr0 & CR0_PG) != 0 && (cr4 & CR4_PAE) != 0 && !ia32e) {
		for (uint64_t i = 0; i < 4; i++) {
			const uint64_t entry = v[VMCS_GUEST_PDPTE_0 + 2 * i];

			EXPECT_TRUE((entry & 1) == 0 || (entry & 0x1e6) == 0) << "PDPTE " << i;
			EXPECT_TRUE((entry & 1) == 0 || entry >> 48 == 0) << "PDPTE " << i;
		}
	}
	EXPECT_EQ(v[VMCS_LINK], UINT64_MAX);
	EXPECT_NE(v[VMCS_GUEST_RFLAGS] & 2, 0u);
	EXPECT_EQ(v[VMCS_GUEST_RFLAGS] & ~RFLAGS_DEFINED, 0u);
	EXPECT_EQ(cr0 & ~cpu->msrs[MSR_VMX_CR0_FIXED_1], 0u);
	EXPECT_EQ(cr4 & ~cpu->msrs[MSR_VMX_CR4_FIXED_1], 0u);
	EXPECT_EQ(v[VMCS_GUEST_CR3] >> 48, 0u);
	EXPECT_TRUE((cr4 & CR4_PCIDE) == 0 || ia32e);
	if (ia32e) {
		EXPECT_NE(cr0 & CR0_PG, 0u);
		EXPECT_NE(cr4 & CR4_PAE, 0u);
		EXPECT_EQ(v[VMCS_GUEST_RFLAGS] & RFLAGS_VM, 0u);
	}
	if (!ia32e || (v[VMCS_GUEST_ES_RIGHTS + 2] & 0x2000) == 0) {
		EXPECT_EQ(v[VMCS_GUEST_RIP] >> 32, 0u);
	}
	for (uint64_t i = 0; i < 8 && (v[VMCS_GUEST_RFLAGS] & RFLAGS_VM) == 0; i++)
		ExpectGoodSegment(v, i, ia32e);
	EXPECT_EQ(v[VMCS_GUEST_GDTR_LIMIT] >> 16, 0u);
	EXPECT_NE(blocked & 3, 3u);
	if ((v[VMCS_GUEST_RFLAGS] & RFLAGS_IF) == 0) {
		EXPECT_EQ(blocked & INTERRUPTIBILITY_STI, 0u);
	}
	if ((blocked & 3) != 0 && (v[VMCS_GUEST_RFLAGS] & RFLAGS_TF) != 0) {
		EXPECT_EQ(v[VMCS_GUEST_PENDING_DEBUG], PENDING_DEBUG_BS);
	}
}

void ExpectGoodHost(Vmcs &v)
{
	EXPECT_NE(v[VMCS_HOST_CS_SELECTOR], 0u);
	EXPECT_NE(v[VMCS_HOST_TR_SELECTOR], 0u);
	for (uint64_t field = VMCS_HOST_ES_SELECTOR; field <= VMCS_HOST_TR_SELECTOR; field += 2)
		EXPECT_EQ(v[field] & 7, 0u) << std::hex << field;
	EXPECT_EQ(v[VMCS_HOST_CR3], cpu->regs["cr3"]);
	EXPECT_EQ(v[VMCS_HOST_CR4] & CR4_VMXE, CR4_VMXE);
	EXPECT_EQ(v[VMCS_HOST_RIP], reinterpret_cast<uint64_t>(x86_vcpu_vmx_guest_exited));
}

} // namespace

extern "C" {

bool vmx_on(uint64_t hpa)
{
	EXPECT_FALSE(fake_vmx->on);
	EXPECT_NE(cpu->regs["cr4"] & CR4_VMXE, 0u) << "#UD in the host";
	EXPECT_NE(cpu->msrs[MSR_FEATURE_CONTROL] & 5, 0u) << "#GP in the host";
	EXPECT_EQ(*reinterpret_cast<uint32_t *>(hpa), kRevision);
	if (fake_vmx->refuse_on)
		return false;
	fake_vmx->on = true;
	return true;
}

void vmx_off(void)
{
	EXPECT_TRUE(fake_vmx->on);
	fake_vmx->on = false;
}

bool vmx_clear(uint64_t hpa)
{
	EXPECT_TRUE(fake_vmx->on);
	fake_vmx->log.push_back("vmclear");
	fake_vmx->launched.erase(hpa);
	if (fake_vmx->current == hpa)
		fake_vmx->current = 0;
	return true;
}

bool vmx_load(uint64_t hpa)
{
	EXPECT_TRUE(fake_vmx->on);
	EXPECT_EQ(*reinterpret_cast<uint32_t *>(hpa), kRevision);
	if (fake_vmx->refuse_load) {
		return false;
	}
	fake_vmx->log.push_back("vmptrld");
	fake_vmx->current = hpa;
	return true;
}

uint64_t vmx_read(uint64_t field)
{
	EXPECT_NE(fake_vmx->current, 0u) << "no current VMCS: " << std::hex << field;
	return fake_vmx->vmcs[fake_vmx->current][field];
}

void vmx_write(uint64_t field, uint64_t value)
{
	EXPECT_NE(fake_vmx->current, 0u) << "no current VMCS: " << std::hex << field;
	// The type in bits 11:10: 1 is read-only. The width in 14:13.
	EXPECT_NE(field >> 10 & 3, 1u) << std::hex << field;
	if ((field >> 13 & 3) == 0) {
		EXPECT_EQ(value >> 16, 0u) << std::hex << field;
	}
	if ((field >> 13 & 3) == 2) {
		EXPECT_EQ(value >> 32, 0u) << std::hex << field;
	}
	fake_vmx->vmcs[fake_vmx->current][field] = value;
}

bool vmx_invept(uint64_t type, uint64_t)
{
	fake_vmx->log.push_back(type == INVEPT_SINGLE ? "invept" : "invept all");
	return true;
}

bool vmx_invvpid(uint64_t, uint64_t)
{
	fake_vmx->log.push_back("invvpid");
	return true;
}

void vmx_host_nmi(void)
{
	fake_vmx->host_nmis++;
}

uint16_t vmx_read_tr(void)
{
	return 0x18;
}
uint16_t vmx_read_ldtr(void)
{
	return fake_vmx->ldtr;
}
void vmx_write_ldtr(uint16_t selector)
{
	fake_vmx->ldtr = selector;
}
void vmx_read_tables(vmx_table *gdtr, vmx_table *idtr)
{
	*gdtr = fake_vmx->gdtr;
	*idtr = fake_vmx->idtr;
}
void vmx_write_tables(const vmx_table *gdtr, const vmx_table *idtr)
{
	fake_vmx->gdtr = *gdtr;
	fake_vmx->idtr = *idtr;
}
uint16_t vmx_read_cs(void)
{
	return 0x08;
}
// User selectors and an LDT's, which the VMCS does not take.
uint16_t vmx_read_ss(void)
{
	return 0x10;
}
uint16_t vmx_read_ds(void)
{
	return 0x2b;
}
uint16_t vmx_read_es(void)
{
	return 0x2b;
}
uint16_t vmx_read_fs(void)
{
	return 0x3f;
}
uint16_t vmx_read_gs(void)
{
	return 0;
}

void x86_vcpu_vmx_guest_exited(void)
{
}

uint32_t vmx_enter_guest(uint64_t *gpr, uint32_t launched)
{
	Vmcs &v = fake_vmx->vmcs[fake_vmx->current];
	const uint64_t hpa = fake_vmx->current;

	EXPECT_EQ(launched != 0, fake_vmx->launched.count(hpa) != 0) << "VMLAUNCH or VMRESUME";
	ExpectAllowed(0x48d, v[VMCS_PIN_CONTROLS]);
	ExpectAllowed(0x48e, v[VMCS_PRIMARY_CONTROLS]);
	ExpectAllowed(0x48b, v[VMCS_SECONDARY_CONTROLS]);
	ExpectAllowed(0x48f, v[VMCS_EXIT_CONTROLS]);
	ExpectAllowed(0x490, v[VMCS_ENTRY_CONTROLS]);
	ExpectGoodEvent(v);
	ExpectGoodGuest(v);
	ExpectGoodHost(v);
	fake_vmx->entries++;
	fake_vmx->entered = v;
	if (fake_vmx->entry_result != VMX_ENTRY_EXITED) {
		const uint32_t result = fake_vmx->entry_result;

		fake_vmx->entry_result = VMX_ENTRY_EXITED;
		v[VMCS_INSTRUCTION_ERROR] = fake_vmx->entry_error;
		return result;
	}
	v[VMCS_VECTORING_EVENT] = 0;
	if (fake_vmx->guest.empty()) {
		v[VMCS_EXIT_REASON] = VMX_EXIT_EXTERNAL_INTERRUPT;
	} else {
		auto guest = fake_vmx->guest.front();

		fake_vmx->guest.pop_front();
		guest(gpr, &v);
	}
	if ((v[VMCS_EXIT_REASON] & EXIT_REASON_ENTRY_FAILED) == 0) {
		fake_vmx->launched.insert(hpa);
		// An NMI that came in blocks the next one.
		if ((v[VMCS_ENTRY_EVENT] & VMX_EVENT_VALID) != 0 &&
		    (v[VMCS_ENTRY_EVENT] >> 8 & 7) == VMX_EVENT_TYPE_NMI)
			v[VMCS_GUEST_INTERRUPTIBILITY] |= INTERRUPTIBILITY_NMI;
		v[VMCS_ENTRY_EVENT] &= ~uint64_t{ VMX_EVENT_VALID };
		// What an exit leaves of the host.
		fake_vmx->gdtr.limit = fake_vmx->idtr.limit = 0xffff;
		fake_vmx->ldtr = 0;
	}
	return VMX_ENTRY_EXITED;
}

} // extern "C"

VmxParts::VmxParts()
{
	fake_vmx = &vmx_;
	vmx_log = &logged_;
}

VmxParts::~VmxParts()
{
	EXPECT_FALSE(vmx_.on) << "VMX was left on";
	for (void *block : own_blocks_)
		free(block);
}

void *VmxParts::Block(size_t size)
{
	void *block = nullptr;

	EXPECT_EQ(0, posix_memalign(&block, 4096, (size + 4095) / 4096 * 4096));
	std::memset(block, 0, (size + 4095) / 4096 * 4096);
	own_blocks_.push_back(block);
	return block;
}

VmxTest::VmxTest()
{
	fake_.cpuid[uint64_t{ 1 } << 32].ecx |= (1u << 5);
	fake_.cpuid[uint64_t{ 0x80000001 } << 32].ecx &= ~(1u << 2);
	fake_.msrs[MSR_FEATURE_CONTROL] = 0;
	fake_.msrs[MSR_VMX_BASIC] = kRevision | UINT64_C(0x1000) << 32 | UINT64_C(6) << 50 |
				    VMX_BASIC_IO_INFO | VMX_BASIC_TRUE;
	fake_.msrs[MSR_VMX_MISC] = 5;
	fake_.msrs[MSR_VMX_CR0_FIXED_0] = CR0_PE | CR0_NE | CR0_PG;
	fake_.msrs[MSR_VMX_CR0_FIXED_1] = UINT32_MAX;
	fake_.msrs[MSR_VMX_CR4_FIXED_0] = CR4_VMXE;
	fake_.msrs[MSR_VMX_CR4_FIXED_1] = 0x7767ff;
	// Bits that are always 1, and everything else allowed.
	fake_.msrs[0x48d] = UINT64_C(0x000000ff00000016);
	fake_.msrs[0x48e] = UINT64_C(0xfff9fffe04006172);
	fake_.msrs[0x48b] = UINT64_C(0x0fffffff00000000);
	fake_.msrs[0x48f] = UINT64_C(0x01ffffff00036dfb);
	fake_.msrs[0x490] = UINT64_C(0x0003ffff000011fb);
	fake_.msrs[MSR_VMX_EPT_VPID] = EPT_VPID_LEVELS_4 | EPT_VPID_WB | EPT_VPID_INVEPT |
				       EPT_VPID_INVEPT_SINGLE | EPT_VPID_INVEPT_ALL |
				       EPT_VPID_INVVPID | EPT_VPID_INVVPID_ALL;
	for (const uint32_t msr : { MSR_FS_BASE, MSR_GS_BASE, MSR_SYSENTER_CS, MSR_SYSENTER_ESP,
				    MSR_SYSENTER_EIP, MSR_PAT, MSR_STAR, MSR_LSTAR, MSR_CSTAR,
				    MSR_SFMASK, MSR_KERNEL_GS_BASE })
		fake_.msrs[msr] = 0x1000 + msr % 0x1000;
	vmx_.gdtr = { 0x3f, reinterpret_cast<uint64_t>(gdt_) };
	vmx_.idtr = { 0xfff, 0x5000 };
	hal_.log = [](void *, uint32_t, const char *text) { *vmx_log += text; };
	ept_ = static_cast<uint8_t *>(Block(4 * 4096));
	uint64_t *ept = reinterpret_cast<uint64_t *>(ept_);
	for (int level = 0; level < 3; level++)
		ept[level * 512] = reinterpret_cast<uint64_t>(ept_ + (level + 1) * 4096) | 7;
	for (uint64_t page = 0; page < 512; page++)
		ept[3 * 512 + page] = reinterpret_cast<uint64_t>(Ram(page * 4096)) | 7 | 6 << 3;
	EXPECT_EQ(AXVCPU_OK, InitCpu());
}

axvcpu_error_t VmxTest::InitCpu()
{
	size_t size = axvcpu_host_size(x86_vcpu_ops());

	if (percpu_ != nullptr) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_percpu_destroy(percpu_));
		percpu_ = nullptr;
	}
	EXPECT_EQ(AXVCPU_OK,
		  axvcpu_host_init(Block(size), size, x86_vcpu_ops(), &hal_, nullptr, &host_));
	size = axvcpu_percpu_size(host_);
	return axvcpu_percpu_init(host_, Block(size), size, 0, &percpu_);
}

void VmxTest::StartVmx(uint32_t mode, uint32_t flags)
{
	x86_vcpu_setup_config setup = {};
	axvcpu_create_params params = {};
	const size_t size = axvcpu_size(host_);

	setup.size = sizeof(setup);
	setup.flags = flags;
	setup.start_mode = mode;
	setup.cr3 = mode == X86_VCPU_START_LONG ? 0x10000 : 0;
	params.size = sizeof(params);
	params.vm_id = 1;
	params.preferred_cpu = AXVCPU_CPU_ANY;
	ASSERT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_create(host_, Block(size), size, &params, nullptr, &vcpu_));
	ASSERT_EQ(AXVCPU_OK,
		  axvcpu_setup(vcpu_, kEntry, reinterpret_cast<uint64_t>(ept_), &setup));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
}

const axvcpu_exit *VmxTest::Exit(uint32_t reason,
				 std::initializer_list<std::pair<const uint64_t, uint64_t>> fields)
{
	const Vmcs wanted(fields);

	vmx_.guest.push_back([=](uint64_t *, Vmcs *vmcs) {
		(*vmcs)[VMCS_EXIT_REASON] = reason;
		(*vmcs)[VMCS_EXIT_QUALIFICATION] = 0;
		(*vmcs)[VMCS_EXIT_INSTRUCTION_LENGTH] = 2;
		for (const auto &field : wanted)
			(*vmcs)[field.first] = field.second;
	});
	last_ = nullptr;
	EXPECT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &last_));
	return last_;
}

void VmxTest::ExitHandled(uint32_t reason,
			  std::initializer_list<std::pair<const uint64_t, uint64_t>> fields)
{
	const axvcpu_exit *exit = Exit(reason, fields);

	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(uint32_t{ AXVCPU_EXIT_EXTERNAL_INTERRUPT }, exit->reason) << "not handled inside";
}
