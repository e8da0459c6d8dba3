// SPDX-License-Identifier: Apache-2.0
#include "tests/fake_cpu.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {
#include "src/world.h"
}

thread_local FakeCpu *cpu;

const char *RegName(arm_fake_reg reg)
{
	static const char *const names[] = {
#define NAME(name, op0, op1, crn, crm, op2) #name,
		ARM_SYSREGS(NAME)
#undef NAME
#define NAME_EL12(name, op0, op1, crn, crm, op2) "EL12_" #name,
		ARM_EL12_SYSREGS(NAME_EL12)
#undef NAME_EL12
	};

	return names[reg];
}

size_t FakeCpu::Count(const std::string &entry) const
{
	size_t count = 0;

	for (const std::string &line : log) {
		count += line == entry;
	}
	return count;
}

size_t FakeCpu::Find(const std::string &begin) const
{
	size_t at = 0;

	while (at < log.size() && log[at].compare(0, begin.size(), begin) != 0) {
		at++;
	}
	return at;
}

namespace {

uint64_t Field(arm_fake_reg id, unsigned low)
{
	return cpu->regs[id] >> low & 0xf;
}

// What a CPU needs to have a register.
enum Group {
	kAlways,
	kPauth,
	kRas,
	kSme,
	kHcx,
	kFgt,
	kAmu,
	kFgtAmu,
	kFgt2,
	kPmu,
	kMpam,
	kMpamHcr,
	kEl12,
	kBanked,
	kFp,
};
const char *const kGroupNames[] = { "",    "pointer authentication", "RAS", "SME",
				    "HCX", "FGT", "AMU", "FGT and AMU",
				    "FGT2", "PMU", "MPAM", "MPAMHCR",
				    "E2H", "E2H = 0", "FP" };

std::vector<Group> Groups()
{
	std::vector<Group> groups(ARM_FAKE_COUNT, kAlways);
	auto set = [&groups](Group group, std::initializer_list<arm_fake_reg> regs) {
		for (arm_fake_reg reg : regs) {
			groups[reg] = group;
		}
	};
#define FAKE(name, op0, op1, crn, crm, op2) ARM_FAKE_##name,
#define FAKE_EL12(name, op0, op1, crn, crm, op2) ARM_FAKE_EL12_##name,
	set(kPauth, { ARM_PAUTH_SYSREGS(FAKE) });
	set(kRas, { ARM_RAS_SYSREGS(FAKE) });
	set(kSme, { ARM_SME_SYSREGS(FAKE) });
	set(kHcx, { ARM_HCX_CONTROLS(FAKE) });
	set(kFgt, { ARM_FGT_CONTROLS(FAKE) });
	set(kAmu, { ARM_AMU_CONTROLS(FAKE) });
	set(kFgtAmu, { ARM_FGT_AMU_CONTROLS(FAKE) });
	set(kFgt2, { ARM_FGT2_CONTROLS(FAKE) });
	set(kPmu, { ARM_PMU_CONTROLS(FAKE) });
	set(kMpam, { ARM_MPAM_CONTROLS(FAKE) ARM_FAKE_MPAMIDR_EL1 });
	set(kMpamHcr, { ARM_MPAM_HCR_CONTROLS(FAKE) });
	set(kEl12, { ARM_EL12_SYSREGS(FAKE_EL12) });
	set(kBanked, { ARM_EL12_SYSREGS(FAKE) });
	set(kFp, { ARM_FP_SYSREGS(FAKE) });
#undef FAKE
#undef FAKE_EL12
	return groups;
}

bool IsThere(Group group)
{
	switch (group) {
	case kPauth:
		return (cpu->regs[ARM_FAKE_ID_AA64ISAR1_EL1] & ID_AA64ISAR1_PAUTH) != 0 ||
		       (cpu->regs[ARM_FAKE_ID_AA64ISAR2_EL1] & ID_AA64ISAR2_PAUTH) != 0;
	case kRas:
		return Field(ARM_FAKE_ID_AA64PFR0_EL1, 28) != 0;
	case kSme:
		return Field(ARM_FAKE_ID_AA64PFR1_EL1, 24) != 0;
	case kHcx:
		return Field(ARM_FAKE_ID_AA64MMFR1_EL1, 40) != 0;
	case kFgt:
		return Field(ARM_FAKE_ID_AA64MMFR0_EL1, 56) != 0;
	case kAmu:
		return Field(ARM_FAKE_ID_AA64PFR0_EL1, 44) != 0;
	case kFgtAmu:
		return IsThere(kFgt) && IsThere(kAmu);
	case kFgt2:
		return Field(ARM_FAKE_ID_AA64MMFR0_EL1, 56) >= 2;
	case kPmu:
		return Field(ARM_FAKE_ID_AA64DFR0_EL1, 8) % 15 != 0;
	case kMpam:
		return Field(ARM_FAKE_ID_AA64PFR0_EL1, 40) != 0 ||
		       Field(ARM_FAKE_ID_AA64PFR1_EL1, 16) != 0;
	case kMpamHcr:
		return IsThere(kMpam) && (cpu->regs[ARM_FAKE_MPAMIDR_EL1] >> 17 & 1) != 0;
	case kEl12:
		return (cpu->regs[ARM_FAKE_HCR_EL2] & HCR_EL2_E2H) != 0;
	case kBanked:
		return !IsThere(kEl12);
	default:
		return true;
	}
}

void ExpectSveDoesNotTrap()
{
	const uint64_t cptr = cpu->regs[ARM_FAKE_CPTR_EL2];

	EXPECT_EQ(1u, Field(ARM_FAKE_ID_AA64PFR0_EL1, 32)) << "no SVE here";
	ExpectFpDoesNotTrap();
	if ((cpu->regs[ARM_FAKE_HCR_EL2] & HCR_EL2_E2H) != 0) {
		EXPECT_EQ(3u, cptr >> 16 & 3) << "CPTR_EL2.ZEN";
	} else {
		EXPECT_EQ(0u, cptr >> 8 & 1) << "CPTR_EL2.TZ";
	}
}

// A register that this CPU does not have is an undefined instruction, at EL2: the host's
// end. With E2H, one of its own under the name of the guest's is as bad.
void ExpectThere(arm_fake_reg reg)
{
	static const std::vector<Group> groups = Groups();
	const Group group = groups[reg];

	if (!IsThere(group)) {
		ADD_FAILURE() << RegName(reg) << " on a CPU without " << kGroupNames[group];
	}
	if (group == kFp) {
		ExpectFpDoesNotTrap();
	}
	if (reg == ARM_FAKE_ZCR_EL1 || reg == ARM_FAKE_EL12_ZCR_EL1 || reg == ARM_FAKE_ZCR_EL2) {
		ExpectSveDoesNotTrap();
	}
}

} // namespace

void ExpectFpDoesNotTrap()
{
	const uint64_t cptr = cpu->regs[ARM_FAKE_CPTR_EL2];

	if ((cpu->regs[ARM_FAKE_HCR_EL2] & HCR_EL2_E2H) != 0) {
		EXPECT_EQ(3u, cptr >> 20 & 3) << "CPTR_EL2.FPEN";
	} else {
		EXPECT_EQ(0u, cptr >> 10 & 1) << "CPTR_EL2.TFP";
	}
}

extern "C" uint64_t arm_fake_read(arm_fake_reg reg)
{
	ExpectThere(reg);
	return cpu->regs[reg];
}

extern "C" void arm_fake_write(arm_fake_reg reg, uint64_t value)
{
	char line[64];

	ExpectThere(reg);
	std::snprintf(line, sizeof(line), "w %s %llx", RegName(reg),
		      static_cast<unsigned long long>(value));
	cpu->log.push_back(line);
	cpu->regs[reg] = value;
	if (cpu->on_write) {
		cpu->on_write(reg, value);
	}
}

extern "C" void arm_isb(void)
{
	cpu->log.push_back("isb");
}

extern "C" void arm_tlbi_vmalle1(void)
{
	cpu->log.push_back("tlbi");
	// With TGE it would be about the host's own entries.
	EXPECT_EQ(0u, cpu->regs[ARM_FAKE_HCR_EL2] & HCR_EL2_TGE);
}

extern "C" void arm_tlbi_alle1(void)
{
	cpu->log.push_back("tlbi all");
}

// With TGE it would be about the host's own EL0 (C6.2.15), without VM about no stage 2.
static void ExpectAtIsOfTheGuest()
{
	EXPECT_EQ(HCR_EL2_VM, cpu->regs[ARM_FAKE_HCR_EL2] & (HCR_EL2_VM | HCR_EL2_TGE));
}

extern "C" void arm_at_s1e1(uint64_t va, int write)
{
	cpu->log.push_back(write ? "at write" : "at read");
	ExpectAtIsOfTheGuest();
	cpu->regs[ARM_FAKE_PAR_EL1] = write && cpu->stage1_read_only ? 0x1f : cpu->at_result;
	auto found = cpu->s1_results.find(va & ~uint64_t{ 0xfff });
	if (found != cpu->s1_results.end()) {
		cpu->regs[ARM_FAKE_PAR_EL1] = found->second;
	}
}

extern "C" void arm_at_s1e0(uint64_t va, int write)
{
	auto found = cpu->s1e0_results.find(va & ~uint64_t{ 0xfff });

	cpu->log.push_back(write ? "at el0 write" : "at el0 read");
	ExpectAtIsOfTheGuest();
	cpu->regs[ARM_FAKE_PAR_EL1] = found != cpu->s1e0_results.end() ? found->second : 0x1f;
}

extern "C" void arm_at_s12e1r(uint64_t va)
{
	uint64_t page = va & ~uint64_t{ 0xfff };
	auto found = cpu->s12_results.find(page);

	cpu->log.push_back("at s12");
	ExpectAtIsOfTheGuest();
	cpu->regs[ARM_FAKE_PAR_EL1] = found != cpu->s12_results.end() ? found->second : page & PAR_EL1_PA;
}

extern "C" void arm_dc_civac(const void *at)
{
	(void)at;
	cpu->log.push_back("dc civac");
}

extern "C" uint64_t arm_vcpu_enter_vhe(arm_context *context)
{
	EXPECT_EQ(HCR_EL2_E2H | HCR_EL2_TGE,
		  cpu->regs[ARM_FAKE_HCR_EL2] & (HCR_EL2_E2H | HCR_EL2_TGE));
	cpu->regs[ARM_FAKE_HCR_EL2] = context->hcr;
	uint64_t vector = arm_vcpu_enter(context);
	context->hcr = cpu->regs[ARM_FAKE_HCR_EL2];
	cpu->regs[ARM_FAKE_HCR_EL2] = context->host_hcr;
	return vector;
}

extern "C" uint64_t arm_vcpu_enter(arm_context *context)
{
	cpu->log.push_back("enter");
	if (cpu->on_enter) {
		cpu->on_enter();
	}
	// An illegal exception return stays at EL2, with the guest's pc (D1.4.4).
	EXPECT_TRUE((context->pstate & SPSR_NRW) == 0 ||
		    (cpu->regs[ARM_FAKE_ID_AA64PFR0_EL1] & 0xf) == 2)
		<< "entry to AArch32 on a CPU without it";
	if (cpu->exits.empty()) {
		// The sentinel that ends a run whose exit was handled.
		return ARM_VCPU_VECTOR_IRQ;
	}
	GuestExit exit = cpu->exits.front();

	cpu->exits.pop_front();
	context->esr = exit.esr;
	cpu->regs[ARM_FAKE_FAR_EL2] = exit.far;
	cpu->regs[ARM_FAKE_HPFAR_EL2] = exit.hpfar;
	return exit.vector;
}

extern "C" void arm_vcpu_fpsimd_save(uint8_t registers[ARM_FPSIMD_REGS][ARM_FPSIMD_REG_SIZE])
{
	cpu->log.push_back("fp save");
	ExpectFpDoesNotTrap();
	std::memcpy(registers, cpu->v, sizeof(cpu->v));
}

extern "C" void arm_vcpu_fpsimd_load(const uint8_t registers[ARM_FPSIMD_REGS][ARM_FPSIMD_REG_SIZE])
{
	cpu->log.push_back("fp load");
	ExpectFpDoesNotTrap();
	std::memcpy(cpu->v, registers, sizeof(cpu->v));
	// What SIMD writes has zeros above it.
	std::memset(cpu->above, 0, sizeof(cpu->above));
}

extern "C" uint64_t arm_vcpu_sve_vector_bytes(void)
{
	const uint32_t asked = static_cast<uint32_t>(cpu->regs[ARM_FAKE_ZCR_EL2] & 15) * 16 + 16;

	ExpectSveDoesNotTrap();
	return asked < cpu->longest ? asked : cpu->longest;
}

extern "C" void arm_vcpu_sve_registers_save(uint8_t *state)
{
	const size_t vector = arm_vcpu_sve_vector_bytes();

	cpu->log.push_back("sve save");
	for (int n = 0; n < 32; n++, state += vector) {
		std::memcpy(state, cpu->v[n], 16);
		std::memcpy(state + 16, cpu->above[n], vector - 16);
	}
	for (int n = 0; n < 17; n++, state += vector / 8) {
		std::memcpy(state, cpu->p[n], vector / 8);
	}
}

extern "C" void arm_vcpu_sve_registers_load(const uint8_t *state)
{
	const size_t vector = arm_vcpu_sve_vector_bytes();

	cpu->log.push_back("sve load");
	for (int n = 0; n < 32; n++, state += vector) {
		std::memcpy(cpu->v[n], state, 16);
		std::memcpy(cpu->above[n], state + 16, vector - 16);
	}
	for (int n = 0; n < 17; n++, state += vector / 8) {
		std::memcpy(cpu->p[n], state, vector / 8);
	}
}

extern "C" void arm_vcpu_forward_smc(uint64_t registers[18])
{
	cpu->log.push_back("smc");
	registers[0] = cpu->smc_x0;
}

namespace {

axvcpu_error_t AllocFrames(void *, uint64_t count, uint64_t, uint64_t *hpa)
{
	static uint64_t next = uint64_t{ 1 } << 44;

	if (count > cpu->frames_left) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	cpu->frames_left -= count;
	cpu->frames[next].assign(count * 4096, 0xcc);
	*hpa = next;
	next += count * 4096;
	return AXVCPU_OK;
}

void FreeFrames(void *, uint64_t hpa, uint64_t count)
{
	auto found = cpu->frames.find(hpa);

	ASSERT_NE(found, cpu->frames.end());
	EXPECT_EQ(count * 4096, found->second.size());
	EXPECT_EQ(std::vector<uint8_t>(count * 4096, 0), found->second) << "nothing of the guest stays";
	cpu->frames_left += count;
	cpu->frames.erase(found);
}

void *PhysToVirt(void *, uint64_t hpa)
{
	auto found = cpu->memory.find(hpa);
	auto frames = cpu->frames.find(hpa);

	EXPECT_EQ(0u, hpa & 0xfff) << "a frame";
	if (frames != cpu->frames.end()) {
		return frames->second.data();
	}
	return found != cpu->memory.end() ? found->second.data() : nullptr;
}

uint64_t VirtToPhys(void *, const void *)
{
	return 0;
}

void *PercpuGet(void *ctx)
{
	return *static_cast<void **>(ctx);
}

void PercpuSet(void *ctx, void *pointer)
{
	*static_cast<void **>(ctx) = pointer;
}

uint64_t IrqFetch(void *)
{
	return cpu->on_irq_fetch();
}

std::vector<std::pair<const axvcpu *, uint32_t>> *injected;

axvcpu_error_t Inject(void *, axvcpu *vcpu, uint32_t vector)
{
	injected->emplace_back(vcpu, vector);
	return AXVCPU_OK;
}

} // namespace

ArmTest::ArmTest()
{
	const axvcpu_arch_ops *ops = arm_vcpu_ops();
	size_t size = axvcpu_host_size(ops);

	cpu = &fake_;
	injected = &injected_;
	fake_.regs[ARM_FAKE_CURRENTEL] = 2u << 2;
	fake_.regs[ARM_FAKE_MIDR_EL1] = 0x411fd070;
	fake_.regs[ARM_FAKE_ID_AA64MMFR0_EL1] = 4; // 44 bits
	fake_.regs[ARM_FAKE_ID_AA64MMFR1_EL1] = 2u << 4;
	fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] = 0x22; // AArch32 at EL0 and EL1
	hal_.size = sizeof(hal_);
	hal_.abi_version = AXVCPU_ABI_VERSION;
	hal_.alloc_frames = AllocFrames;
	hal_.free_frames = FreeFrames;
	hal_.phys_to_virt = PhysToVirt;
	hal_.virt_to_phys = VirtToPhys;
	hal_.percpu_get = PercpuGet;
	hal_.percpu_set = PercpuSet;
	hal_.irq_fetch = IrqFetch;
	hal_.inject_virtual_interrupt = Inject;
	EXPECT_EQ(AXVCPU_OK, axvcpu_host_init(Allocate(size), size, ops, &hal_, &slot_, &host_));
}

ArmTest::~ArmTest()
{
	for (void *block : blocks_) {
		std::free(block);
	}
}

void *ArmTest::Allocate(size_t size)
{
	size_t rounded = (size + AXVCPU_MEMORY_ALIGN - 1) / AXVCPU_MEMORY_ALIGN * AXVCPU_MEMORY_ALIGN;
	void *block = std::aligned_alloc(AXVCPU_MEMORY_ALIGN, rounded);

	blocks_.push_back(block);
	return block;
}

axvcpu_error_t ArmTest::Make(const arm_vcpu_create_config *create,
			     const arm_vcpu_setup_config *setup)
{
	axvcpu_create_params params = {};
	size_t size = axvcpu_percpu_size(host_);
	axvcpu_error_t error;

	if (percpu_ == nullptr) {
		error = axvcpu_percpu_init(host_, Allocate(size), size, 0, &percpu_);
		if (error != AXVCPU_OK) {
			return error;
		}
		error = axvcpu_hardware_enable(percpu_);
		if (error != AXVCPU_OK) {
			return error;
		}
	}
	params.size = sizeof(params);
	params.vm_id = 1;
	params.preferred_cpu = AXVCPU_CPU_ANY;
	size = axvcpu_size(host_);
	error = axvcpu_create(host_, Allocate(size), size, &params, create, &vcpu_);
	if (error != AXVCPU_OK) {
		return error;
	}
	return axvcpu_setup(vcpu_, kEntry, root_, setup);
}

void ArmTest::Start(uint32_t flags, uint32_t smc_policy)
{
	arm_vcpu_setup_config setup = {};

	setup.size = sizeof(setup);
	setup.flags = flags;
	setup.smc_policy = smc_policy;
	setup.vmid = 5;
	ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
}

const axvcpu_exit *ArmTest::Run(uint64_t esr, uint64_t far, uint64_t hpfar, uint64_t vector)
{
	if (axvcpu_get_state(vcpu_) == AXVCPU_STATE_BLOCKED) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
	}
	fake_.exits.push_back({ vector, esr, far, hpfar });
	last_ = nullptr;
	EXPECT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &last_));
	EXPECT_TRUE(fake_.exits.empty());
	return last_;
}

std::vector<uint8_t> ArmTest::Save()
{
	std::vector<uint8_t> bytes(axvcpu_save_size(vcpu_));
	size_t written = 0;

	EXPECT_EQ(AXVCPU_OK, axvcpu_save(vcpu_, bytes.data(), bytes.size(), &written));
	EXPECT_EQ(bytes.size(), written);
	return bytes;
}

uint64_t ArmTest::Reg(uint64_t id)
{
	uint64_t value = 0;

	EXPECT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu_, id, &value, sizeof(value))) << std::hex << id;
	return value;
}

void ArmTest::SetReg(uint64_t id, uint64_t value)
{
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu_, id, &value, sizeof(value))) << std::hex << id;
}
