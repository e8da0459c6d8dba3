// SPDX-License-Identifier: Apache-2.0
// A guest that does anything, by chance but the same each time: every exit is answered, its vCPU
// stays usable, and can always be saved and loaded. And snapshots in which anything was changed.
// decode_test has the decoder alone, access_test MMIO by any instruction, vgic_test interrupts
// against a model.
#include "tests/fake_gic.h"

#include <cstring>
#include <random>
#include <sstream>

namespace {

constexpr uint64_t kCode = 0x7f0000, kFrame = 0x48000000, kVbar = 0xffff800008010000;
// So many of each take a few seconds.
constexpr int kExits = 2500, kCalls = 1500, kSnapshots = 60;
constexpr uint64_t kSync = ARM_VCPU_VECTOR_SYNC;
constexpr uint64_t kHvc = 0x16, kSmc = 0x17, kSysreg = 0x18, kInstruction = 0x20, kData = 0x24;

// CRC-32C, as the checksum of a snapshot is.
uint32_t Crc32c(const std::vector<uint8_t> &bytes)
{
	uint32_t crc = UINT32_MAX;

	for (uint8_t byte : bytes) {
		crc ^= byte;
		for (int bit = 0; bit < 8; bit++) {
			crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
		}
	}
	return ~crc;
}

// What a vCPU of each run has, and what its CPU.
struct Kind {
	const char *name;
	uint32_t flags;
	uint32_t smc_policy;
	bool vhe;
};

constexpr Kind kKinds[] = {
	{ "Plain", 0, ARM_VCPU_SMC_REFUSE, false },
	{ "Passthrough", ARM_VCPU_PASSTHROUGH_INTERRUPT | ARM_VCPU_PASSTHROUGH_TIMER, ARM_VCPU_SMC_FORWARD, true },
	{ "Gic", ARM_VCPU_VIRTUAL_GIC | ARM_VCPU_TRAP_WFI, ARM_VCPU_SMC_EXIT, false },
	{ "All",
	  ARM_VCPU_VIRTUAL_GIC | ARM_VCPU_EMULATE_TIMER | ARM_VCPU_SVE | ARM_VCPU_KEEP_ID | ARM_VCPU_TRAP_WFI |
		  ARM_VCPU_TRAP_WFE,
	  ARM_VCPU_SMC_EXIT, false },
	{ "AllVhe",
	  ARM_VCPU_VIRTUAL_GIC | ARM_VCPU_EMULATE_TIMER | ARM_VCPU_SVE | ARM_VCPU_KEEP_ID | ARM_VCPU_TRAP_WFI,
	  ARM_VCPU_SMC_REFUSE, true },
};

class RandomTest : public ArmTest, public ::testing::WithParamInterface<size_t> {
    protected:
	const Kind &Of() const { return kKinds[GetParam()]; }
	uint64_t Random() { return random_(); }
	uint64_t Random(uint64_t below) { return random_() % below; }
	template <size_t n> uint64_t Any(const uint64_t (&values)[n]) { return values[Random(n)]; }
	// Often one that is at the edge of something.
	uint64_t Value()
	{
		constexpr uint64_t edges[] = { 0, 1, 0x7fffffff, 0x80000000, UINT32_MAX, uint64_t{ 1 } << 63, UINT64_MAX };

		switch (Random(4)) {
		case 0:
			return Any(edges);
		case 1:
			return uint64_t{ 1 } << Random(64);
		case 2:
			return Random(4096);
		default:
			return Random();
		}
	}

	void SetUp() override
	{
		fake_.regs[ARM_FAKE_ID_AA64PFR0_EL1] |= 1u << 28 | uint64_t{ 1 } << 32;
		fake_.regs[ARM_FAKE_ID_AA64DFR0_EL1] = 6 | 5 << 12 | 3 << 20 | 4 << 8;
		fake_.regs[ARM_FAKE_ID_AA64ISAR1_EL1] = 0x10;
		fake_.regs[ARM_FAKE_ID_AA64MMFR1_EL1] |= 1 << 20;
		fake_.regs[ARM_FAKE_DCZID_EL0] = 4;
		fake_.regs[ARM_FAKE_DAIF] = 7 << 6;
		fake_.longest = 64;
		if (Of().vhe) {
			fake_.regs[ARM_FAKE_HCR_EL2] = HCR_EL2_E2H | HCR_EL2_TGE;
		}
		fake_.on_irq_fetch = [this] {
			constexpr uint64_t intids[] = { 25, 27, 77, AXVCPU_IRQ_NONE };

			return Any(intids);
		};
		hal_.kick_cpu = [](void *, uint64_t) {};
		fake_.memory[kFrame] = {};
		fake_.s12_results[kCode] = kFrame;
		New();
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	}

	void TearDown() override
	{
		if (axvcpu_get_state(vcpu_) != AXVCPU_STATE_FREE) {
			Unbind();
		}
		EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
	}

	void New()
	{
		arm_vcpu_setup_config setup = {};

		setup.size = sizeof(setup);
		setup.flags = Of().flags;
		setup.smc_policy = Of().smc_policy;
		ASSERT_EQ(AXVCPU_OK, Make(nullptr, &setup));
	}

	void Unbind()
	{
		if (axvcpu_get_state(vcpu_) == AXVCPU_STATE_BLOCKED) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
		}
		ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	}

	// What the guest writes to registers that are on the CPU, without an exit.
	void Write()
	{
#define WRITE(name, op0, op1, crn, crm, op2) fake_.regs[ARM_FAKE_##name] = Value();
#define WRITE_EL12(name, op0, op1, crn, crm, op2) fake_.regs[ARM_FAKE_EL12_##name] = Value();
		ARM_COMMON_SYSREGS(WRITE)
		if (Of().vhe) {
			ARM_BANKED_SYSREGS(WRITE_EL12)
		} else {
			ARM_BANKED_SYSREGS(WRITE)
		}
		ARM_FP_SYSREGS(WRITE)
		ARM_RAS_SYSREGS(WRITE)
		ARM_PAUTH_SYSREGS(WRITE)
#undef WRITE
#undef WRITE_EL12
		for (uint32_t i = 0; i < 32; i++) {
			fake_.v[i][Random(16)] = static_cast<uint8_t>(Random());
			fake_.above[i][Random(48)] = static_cast<uint8_t>(Random());
			fake_.p[i % 17][Random(8)] = static_cast<uint8_t>(Random());
		}
	}

	// The guest's registers and its place, as it may have them.
	void Scramble()
	{
		Write();
		constexpr uint64_t modes[] = { 0x3c5, 0x3c4, 0x3c0, 0x5, 0x0, 0x1d0, 0x1f0, 0x30, 0x1000003c5 };

		for (uint32_t n = 0; n < 31; n++) {
			SetX(n, Value());
		}
		SetReg(ARM_VCPU_REG_PSTATE, Any(modes) ^ (Random() & 0xf0000000));
		SetReg(ARM_VCPU_REG_PC, kCode + Random(1024) * 4);
		fake_.regs[Of().vhe ? ARM_FAKE_EL12_VBAR_EL1 : ARM_FAKE_VBAR_EL1] = kVbar;
		for (uint8_t &byte : fake_.memory[kFrame]) {
			byte = static_cast<uint8_t>(Random());
		}
		fake_.at_result = Random(4) == 0 ? Value() : 0x48000000;
	}

	uint64_t FunctionId()
	{
		constexpr uint64_t bases[] = { 0x80000000, 0x84000000, 0xc4000000, 0x80003fff, 0x80007fff,
					       0x80008000, 0x86000000, 0xc6000000, 0x04000000, 0xbf000000 };

		return Random(8) == 0 ? Value() : Any(bases) + Random(0x22) + (Random(8) == 0 ? Random() << 32 : 0);
	}

	GuestExit Something()
	{
		constexpr uint64_t vectors[] = { kSync, kSync, kSync, kSync, kSync, kSync, ARM_VCPU_VECTOR_IRQ,
						 ARM_VCPU_VECTOR_FIQ, ARM_VCPU_VECTOR_SERROR };
		constexpr uint64_t classes[] = { kHvc, kSmc, kSysreg, kSysreg, kInstruction, kData, kData, 0x01, 0x07 };
		const uint64_t ec = Random(4) == 0 ? Random(64) : Any(classes);
		GuestExit exit = { Any(vectors), ec << 26 | (Random() & 0x3ffffff), Value(), Random() & 0xffffffffff0 };

		if (ec == kHvc || ec == kSmc) {
			SetX(0, FunctionId());
			exit.esr &= ~uint64_t{ 0xffff } | (Random(8) == 0 ? 0xffff : 0);
			exit.esr |= uint64_t{ 1 } << 25;
		}
		if (ec == kData && Random(2) == 0) {
			// A device, at a place that the guest's registers may well name.
			exit.esr = ec << 26 | (Random() & 0x01000040) | 0x02000007;
			exit.far = Random(2) == 0 ? X(static_cast<uint32_t>(Random(31))) : Random(0x1000);
		}
		return exit;
	}

	// What a hypervisor may answer.
	void Answer(const axvcpu_exit *exit)
	{
		const bool read = exit->reason == AXVCPU_EXIT_MMIO_READ || exit->reason == AXVCPU_EXIT_SYSREG_READ;
		const bool write = exit->reason == AXVCPU_EXIT_MMIO_WRITE || exit->reason == AXVCPU_EXIT_SYSREG_WRITE;

		if (read || write || exit->reason == AXVCPU_EXIT_NESTED_PAGE_FAULT) {
			switch (Random(exit->reason == AXVCPU_EXIT_NESTED_PAGE_FAULT ? 2 : 6)) {
			case 0:
				ASSERT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
				break;
			case 1:
				ASSERT_EQ(AXVCPU_OK, axvcpu_retry_access(vcpu_));
				break;
			default:
				ASSERT_EQ(AXVCPU_OK, read ? axvcpu_complete_read(vcpu_, Value()) :
							    axvcpu_complete_write(vcpu_));
				break;
			}
		} else if (exit->reason == AXVCPU_EXIT_HYPERCALL || exit->reason == AXVCPU_EXIT_CPU_UP) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_set_return_value(vcpu_, Value()));
		}
	}

	// An exit that says what its reason needs.
	void Look(const axvcpu_exit *exit)
	{
		ASSERT_LT(exit->reason, static_cast<uint32_t>(AXVCPU_EXIT_REASON_COUNT));
		ASSERT_LE(exit->instruction_length, 4u);
		switch (exit->reason) {
		case AXVCPU_EXIT_MMIO_READ:
		case AXVCPU_EXIT_MMIO_WRITE: {
			const uint32_t width = exit->u.mmio.width;

			ASSERT_TRUE(width == 1 || width == 2 || width == 4 || width == 8) << width;
			ASSERT_LE(exit->u.mmio.reg, 31u);
			ASSERT_TRUE(exit->u.mmio.reg_width == 4 || exit->u.mmio.reg_width == 8);
			ASSERT_TRUE(width == 8 || exit->u.mmio.data >> (8 * width) == 0);
			ASSERT_EQ(0u, exit->u.mmio.gpa >> 40);
			break;
		}
		case AXVCPU_EXIT_SYSREG_READ:
		case AXVCPU_EXIT_SYSREG_WRITE:
			ASSERT_LE(exit->u.sysreg.reg, 31u);
			break;
		case AXVCPU_EXIT_NESTED_PAGE_FAULT:
			ASSERT_EQ(0u, exit->u.nested_page_fault.gpa >> 40);
			break;
		case AXVCPU_EXIT_CPU_UP:
			ASSERT_EQ(0u, exit->u.cpu_up.target_cpu & ~uint64_t{ 0xff00ffffff });
			break;
		default:
			break;
		}
	}

	void Step()
	{
		const GuestExit something = Something();
		const axvcpu_exit *exit = nullptr;

		SCOPED_TRACE(::testing::Message() << std::hex << "vector " << something.vector << " esr "
						  << something.esr << " far " << something.far << " x0 " << X(0));
		fake_.exits.assign({ something });
		ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
		Look(exit);
		Answer(exit);
		if (HasFatalFailure()) {
			return;
		}
		if (axvcpu_get_state(vcpu_) == AXVCPU_STATE_BLOCKED) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
		}
		ASSERT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu_));
	}

	// Into another vCPU, as to another machine: whatever the guest did, it is taken.
	void Move()
	{
		const std::vector<uint8_t> saved = Save();

		Unbind();
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
		New();
		ASSERT_EQ(AXVCPU_OK, axvcpu_load(vcpu_, saved.data(), saved.size()));
		ASSERT_EQ(saved, Save());
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	}

	// Something of the host's own, between two runs.
	void Disturb()
	{
		switch (Random(4)) {
		case 0:
			Unbind();
			ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
			break;
		case 1:
			Move();
			break;
		case 2:
			(void)axvcpu_inject_interrupt(vcpu_, static_cast<uint32_t>(Random(1020)));
			break;
		default:
			ASSERT_EQ(AXVCPU_OK, arm_vcpu_inject_serror(vcpu_, Random() & 0x1ffffff));
			break;
		}
	}

	std::mt19937_64 random_{ GetParam() + 1 };
	std::ostringstream trace_;
	FakeGic gic_{ fake_, 4 };
};

INSTANTIATE_TEST_SUITE_P(Kinds, RandomTest, ::testing::Range(size_t{ 0 }, std::size(kKinds)),
			 [](const auto &param) { return std::string(kKinds[param.param].name); });

TEST_P(RandomTest, AnyExitIsAnswered)
{
	for (int i = 0; i < kExits && !HasFailure(); i++) {
		SCOPED_TRACE(i);
		if (Random(4) != 0) {
			Scramble();
		}
		Step();
		if (!HasFailure() && Random(64) == 0) {
			Disturb();
		}
		fake_.log.clear();
	}
}

// What the guest writes stays what it is where SMCCC says so, and PSCI names no reserved result.
TEST_P(RandomTest, AnyCallLeavesTheOtherRegisters)
{
	for (int i = 0; i < kCalls && !HasFailure(); i++) {
		const bool smc = Random(2) == 0;
		uint64_t before[31];

		Scramble();
		SetX(0, FunctionId());
		for (uint32_t n = 0; n < 31; n++) {
			before[n] = X(n);
		}
		SetReg(ARM_VCPU_REG_PC, kEntry);
		fake_.exits.assign({ { kSync, Esr(smc ? kSmc : kHvc, 0), 0, 0 } });
		const axvcpu_exit *exit = nullptr;
		ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu_, &exit));
		SCOPED_TRACE(::testing::Message() << std::hex << before[0] << " is " << X(0));
		for (uint32_t n = 1; n < 31; n++) {
			EXPECT_EQ(before[n], X(n)) << n;
		}
		// A trapped SMC is stepped over, the address that an HVC reports is behind it already.
		EXPECT_EQ(kEntry + (smc ? 4 : 0), Pc());
		if (exit->reason == AXVCPU_EXIT_HYPERCALL) {
			EXPECT_EQ(static_cast<uint32_t>(before[0]), exit->u.hypercall.number);
			EXPECT_EQ(-1, static_cast<int64_t>(X(0)) | 1) << "NOT_SUPPORTED, or INVALID_PARAMETERS of PSCI";
		}
		if (axvcpu_get_state(vcpu_) == AXVCPU_STATE_BLOCKED) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
		}
		fake_.log.clear();
	}
}

constexpr size_t kChecksumAt = 24, kRegsAt = 96;

// Registers of a snapshot in which something was changed: each is taken, or refused by its name,
// and what is taken runs.
TEST_P(RandomTest, AnySnapshotIsTakenOrRefused)
{
	std::map<axvcpu_error_t, int> results;

	for (int i = 0; i < kSnapshots && !HasFailure(); i++) {
		SCOPED_TRACE(i);
		Scramble();
		for (int step = 0; step < 3 && !HasFailure(); step++) {
			Step();
		}
		std::vector<uint8_t> bytes = Save();
		std::vector<std::pair<uint64_t, size_t>> regs;
		size_t count = 0;
		std::memcpy(&count, &bytes[44], 4);
		for (size_t n = 0, at = kRegsAt; n < count; n++) {
			uint64_t id = 0;

			std::memcpy(&id, &bytes[at], 8);
			regs.emplace_back(id, at + 8);
			at += 8 + (AXVCPU_REG_SIZE(id) + 7) / 8 * 8;
		}
		std::set<uint64_t> changed;
		for (int n = 0; n < 3; n++) {
			const auto &[id, at] = regs[Random(regs.size())];
			const uint64_t value = Value();

			std::memcpy(&bytes[at + Random(AXVCPU_REG_SIZE(id) / 8) * 8], &value, 8);
			changed.insert(id);
			trace_ << std::hex << " " << id << " = " << value;
		}
		std::memset(&bytes[kChecksumAt], 0, 4);
		const uint32_t crc = Crc32c(bytes);
		std::memcpy(&bytes[kChecksumAt], &crc, 4);
		Unbind();
		ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
		New();
		const axvcpu_error_t error = axvcpu_load(vcpu_, bytes.data(), bytes.size());
		results[error]++;
		SCOPED_TRACE(trace_.str());
		trace_.str("");
		if (error != AXVCPU_OK) {
			axvcpu_failure failure = {};

			failure.size = sizeof(failure);
			EXPECT_TRUE(error == AXVCPU_ERR_INVALID_ARGUMENT || error == AXVCPU_ERR_UNSUPPORTED) << error;
			ASSERT_EQ(AXVCPU_OK, axvcpu_get_failure(vcpu_, &failure));
			EXPECT_EQ(1u, changed.count(failure.reg)) << std::hex << failure.reg;
			ASSERT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
			New();
			ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
			continue;
		}
		ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
		Step();
		if (!HasFailure()) {
			Move();
		}
		fake_.log.clear();
	}
	EXPECT_GT(results[AXVCPU_OK], kSnapshots / 10);
	EXPECT_GT(results[AXVCPU_ERR_INVALID_ARGUMENT] + results[AXVCPU_ERR_UNSUPPORTED], 2);
}

} // namespace
