// SPDX-License-Identifier: Apache-2.0
// A CPU for the host tests: registers in an array, a log of what was done to them,
// and a guest that exits as the test says.
#ifndef ARM_VCPU_TESTS_FAKE_CPU_H_
#define ARM_VCPU_TESTS_FAKE_CPU_H_

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

extern "C" {
#include "axvcpu/axvcpu.h"
#include "arm_vcpu/arm_vcpu.h"
#include "src/regs.h"
#include "src/sysreg.h"
}

struct GuestExit {
	uint64_t vector;
	uint64_t esr;
	uint64_t far;
	uint64_t hpfar;
};

struct FakeCpu {
	uint64_t regs[ARM_FAKE_COUNT] = {};
	// "w NAME value", "isb", "tlbi", "tlbi all", "at", "fp load", "fp save", "enter", "smc"
	std::vector<std::string> log;
	std::deque<GuestExit> exits;
	uint8_t v[32][16] = {};
	// Z registers above V0 to V31, P0 to P15 and FFR; the longest vector, in bytes, 0 without SVE.
	uint8_t above[32][240] = {};
	uint8_t p[17][32] = {};
	uint32_t longest = 0;
	// What the HAL's alloc_frames gave, by its address; how many frames there are.
	std::map<uint64_t, std::vector<uint8_t>> frames;
	uint64_t frames_left = 64;
	// What AT leaves in PAR_EL1.
	uint64_t at_result = 0;
	// What AT S1E1R and S1E1W leave there for a page, by its address, and AT S1E0R and S1E0W.
	std::map<uint64_t, uint64_t> s1_results, s1e0_results;
	// What AT S12E1R leaves there for a page, by its address; for others the address itself.
	std::map<uint64_t, uint64_t> s12_results;
	// Memory that the hypervisor can read, by page.
	std::map<uint64_t, std::array<uint8_t, 4096>> memory;
	// Whether stage 1 forbids the guest to write, so that AT S1E1W fails.
	bool stage1_read_only = false;
	// Called at each entry: what happens elsewhere while the guest runs.
	std::function<void()> on_enter;
	// Called after each write of a register: what the hardware does about it.
	std::function<void(arm_fake_reg, uint64_t)> on_write;
	// What the HAL's irq_fetch gives.
	std::function<uint64_t()> on_irq_fetch = [] { return uint64_t{ 77 }; };
	uint64_t smc_x0 = 0;

	size_t Count(const std::string &entry) const;
	// Position of the first entry that begins so; the log's size if none does.
	size_t Find(const std::string &begin) const;
};

// Of this thread.
extern thread_local FakeCpu *cpu;
const char *RegName(arm_fake_reg reg);
// The host itself is about to use FP registers.
void ExpectFpDoesNotTrap();

// A host with one CPU and one vCPU on the fake CPU.
class ArmTest : public ::testing::Test {
    protected:
	ArmTest();
	~ArmTest() override;

	// Creates and sets up the vCPU; both configurations may be null.
	axvcpu_error_t Make(const arm_vcpu_create_config *create, const arm_vcpu_setup_config *setup);
	// Make() with defaults, and bind.
	void Start(uint32_t flags = 0, uint32_t smc_policy = ARM_VCPU_SMC_REFUSE);
	// One run in which the guest exits so; more exits may follow if the library handles it.
	const axvcpu_exit *Run(uint64_t esr, uint64_t far = 0, uint64_t hpfar = 0,
			       uint64_t vector = ARM_VCPU_VECTOR_SYNC);
	// The vCPU as a snapshot.
	std::vector<uint8_t> Save();
	uint64_t Reg(uint64_t id);
	void SetReg(uint64_t id, uint64_t value);
	uint64_t X(uint32_t n) { return Reg(ARM_VCPU_REG_X(n)); }
	void SetX(uint32_t n, uint64_t value) { SetReg(ARM_VCPU_REG_X(n), value); }
	uint64_t Pc() { return Reg(ARM_VCPU_REG_PC); }
	// Whether the library handled the last exit itself: the run went on to the sentinel.
	bool Handled() const { return last_ != nullptr && last_->reason == AXVCPU_EXIT_EXTERNAL_INTERRUPT; }

	FakeCpu fake_;
	axvcpu_host *host_ = nullptr;
	axvcpu_percpu *percpu_ = nullptr;
	axvcpu *vcpu_ = nullptr;
	const axvcpu_exit *last_ = nullptr;
	std::vector<std::pair<const axvcpu *, uint32_t>> injected_;
	axvcpu_hal_ops hal_ = {};
	void *slot_ = nullptr;
	// Stage-2 root of what Make() makes.
	uint64_t root_ = 0x50000000;

    private:
	void *Allocate(size_t size);
	std::vector<void *> blocks_;
};

constexpr uint64_t kEntry = 0x40200000;

// Syndromes, by field.
constexpr uint64_t Esr(uint64_t ec, uint64_t iss)
{
	return ec << 26 | uint64_t{1} << 25 | iss;
}

#endif // ARM_VCPU_TESTS_FAKE_CPU_H_
