// SPDX-License-Identifier: Apache-2.0
// A CPU with SVM for the host tests: registers in maps, a log of what was done to
// them, memory frames, and a guest that does to its VMCB what the test says.
#ifndef X86_VCPU_TESTS_FAKE_CPU_H_
#define X86_VCPU_TESTS_FAKE_CPU_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

extern "C" {
#include "axvcpu/axvcpu.h"
#include "x86_vcpu/x86_vcpu.h"
#include "src/cpu.h"
#include "src/regs.h"
#include "src/svm/svm.h"
}

struct FakeCpu {
	std::map<uint32_t, uint64_t> msrs;
	std::map<uint64_t, x86_cpuid> cpuid; // leaf << 32 | subleaf
	std::map<std::string, uint64_t> regs;
	uint64_t xcr0 = 1;
	uint64_t tsc = 1000;
	uint32_t host_machine_checks = 0;
	uint8_t xsave[X86_XSAVE_SIZE] = {};
	// "wrmsr N", "w cr0", "xsetbv", "xsave", "xrstor", "enter", "vmsave"
	std::vector<std::string> log;
	// What the guest does; called at each entry with its registers and VMCB.
	std::deque<std::function<void(uint64_t *gpr, svm_vmcb *vmcb)>> guest;

	size_t Count(const std::string &entry) const;
};

extern FakeCpu *cpu;

// A host with one CPU and one vCPU on the fake CPU; guest memory is 2 MiB at 0.
class X86Test : public ::testing::Test {
    protected:
	X86Test();
	~X86Test() override;

	axvcpu_error_t Make(const x86_vcpu_create_config *create, const x86_vcpu_setup_config *setup,
			    uint64_t entry = 0x1000);
	// Make() in that mode, and bind. 64-bit code has an identity map at cr3 0x10000.
	void Start(uint32_t mode = X86_VCPU_START_LONG, uint32_t flags = 0);
	// One run in which the guest exits with `code`; more may be queued in fake_.guest.
	const axvcpu_exit *Run(uint64_t code, uint64_t info_1 = 0, uint64_t info_2 = 0);
	// One run in which the exit is handled: a physical interrupt ends it.
	void RunHandled(uint64_t code, uint64_t info_1 = 0, uint64_t info_2 = 0);
	const axvcpu_exit *RunQueued();
	uint64_t Reg(uint64_t id);
	axvcpu_error_t SetReg(uint64_t id, uint64_t value);
	uint64_t Gpr(uint32_t n) { return Reg(X86_VCPU_REG_GPR(n)); }
	void SetGpr(uint32_t n, uint64_t value) { ASSERT_EQ(AXVCPU_OK, SetReg(X86_VCPU_REG_GPR(n), value)); }
	uint64_t Rip() { return Reg(X86_VCPU_REG_RIP); }
	// What is delivered at the next entry: EVENTINJ there.
	uint64_t NextEvent();
	uint8_t *Ram(uint64_t gpa) { return &ram_[gpa]; }
	void Code(uint64_t at, std::initializer_list<uint8_t> bytes);
	x86_vcpu *State() { return static_cast<x86_vcpu *>(axvcpu_arch_state(vcpu_)); }
	svm_vmcb *Vmcb() { return State()->u.svm.vmcb; }

	FakeCpu fake_;
	axvcpu_host *host_ = nullptr;
	axvcpu_percpu *percpu_ = nullptr;
	axvcpu *vcpu_ = nullptr;
	const axvcpu_exit *last_ = nullptr;
	axvcpu_hal_ops hal_ = {};
	void *slot_ = nullptr;
	int frames_left_ = 1000;
	std::map<uint64_t, uint64_t> allocated_;
	uint64_t injected_ = 0; // EVENTINJ of the last entry

    private:
	void *Allocate(size_t size);
	void MakeTables();
	std::vector<void *> blocks_;
	uint8_t *ram_ = nullptr;
	uint8_t *npt_ = nullptr;
};

constexpr uint64_t kEntry = 0x1000;
constexpr uint64_t kInterrupt = SVM_EXIT_INTR;
constexpr uint64_t Event(uint32_t type, uint32_t vector)
{
	return SVM_EVENT_VALID | uint64_t{type} << 8 | vector;
}
constexpr uint64_t Exception(uint32_t vector)
{
	return Event(X86_EVENT_EXCEPTION, vector);
}
constexpr uint64_t ExceptionWithCode(uint32_t vector, uint32_t code)
{
	return Exception(vector) | SVM_EVENT_ERROR_VALID | uint64_t{code} << 32;
}

#endif // X86_VCPU_TESTS_FAKE_CPU_H_
