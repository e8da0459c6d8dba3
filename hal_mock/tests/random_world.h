// SPDX-License-Identifier: Apache-2.0
// The vCPUs and physical CPUs of random_test.cc beside what their model says of them, failures
// that are ordered, and the comparison of both.
#ifndef HAL_MOCK_TESTS_RANDOM_WORLD_H_
#define HAL_MOCK_TESTS_RANDOM_WORLD_H_

#include <deque>
#include <random>
#include <string>

#include "fixture.h"
#include "random_model.h"

namespace axvcpu_test {

constexpr int kCpus = 3;
constexpr int kVcpus = 4;

struct Slot {
	VcpuModel m;
	axvcpu *h = nullptr;
	std::unique_ptr<Block> memory;
	std::unique_ptr<Block> trace_memory;
	arch_mock_script script = {};
	arch_mock_step step = {};
	// The last exit that was returned.
	axvcpu_exit last = {};
	// Whether a run of it is under way, in whatever state it is by now.
	bool in_run = false;
};

struct Cpu {
	axvcpu_percpu *h = nullptr;
	std::unique_ptr<Block> memory;
	bool enabled = false;
	int bound = kNowhere;
	int current = kNowhere;
};

struct Saved {
	std::vector<uint8_t> bytes;
	VcpuModel m;
};

class RandomWorld : public MachineTest {
 protected:
	void MakeWorld(uint64_t seed) {
		rng_.seed(seed);
		MakeHost();
		for (int i = 0; i < kCpus; i++) {
			cpus_[i].memory = std::make_unique<Block>(axvcpu_percpu_size(host_));
		}
	}

	uint64_t Pick(uint64_t below) { return rng_() % below; }
	bool Chance(uint64_t one_in) { return Pick(one_in) == 0; }
	int Here() { return static_cast<int>(mock_->cpu); }
	Cpu &HereCpu() { return cpus_[Here()]; }
	bool IsBusy() { return HereCpu().current != kNowhere; }
	// Whether the vCPU's registers may be touched here.
	bool IsHere(const Slot &s) { return s.m.IsHere(Here()); }

	// Whether this call of the arch package or the HAL is the one that is to fail.
	bool Fails(uint32_t operation) {
		if (armed_ != operation || error_ == AXVCPU_OK) {
			return false;
		}
		returned_ = error_;
		error_ = AXVCPU_OK;
		return true;
	}
	void Arm() {
		static const uint32_t kOperations[] = {
			ARCH_MOCK_SETUP, ARCH_MOCK_SET_ENTRY, ARCH_MOCK_SET_EPT_ROOT, ARCH_MOCK_BIND,
			ARCH_MOCK_UNBIND, ARCH_MOCK_RUN, ARCH_MOCK_COMPLETE_READ,
			ARCH_MOCK_COMPLETE_WRITE, ARCH_MOCK_FAIL_ACCESS, ARCH_MOCK_SET_REG,
			ARCH_MOCK_INJECT_INTERRUPT, ARCH_MOCK_CLEAR_INTERRUPT, ARCH_MOCK_SWITCH_VCPUS,
			ARCH_MOCK_HARDWARE_DISABLE, HAL_MOCK_INJECT_VIRTUAL_INTERRUPT,
		};
		armed_ = kOperations[Pick(std::size(kOperations))];
		error_ = Chance(2) ? AXVCPU_ERR_HARDWARE : AXVCPU_ERR_NO_MEMORY;
		if (Chance(2) && (armed_ == ARCH_MOCK_INJECT_INTERRUPT ||
				  armed_ == ARCH_MOCK_SWITCH_VCPUS ||
				  armed_ == HAL_MOCK_INJECT_VIRTUAL_INTERRUPT)) {
			error_ = AXVCPU_ERR_AGAIN;
		}
		FailNext(armed_, error_);
	}
	void Disarm() {
		error_ = AXVCPU_OK;
		hal_mock_fail(trace(), armed_, 0, 0, AXVCPU_OK);
	}

	void Expect(axvcpu_error_t expected, axvcpu_error_t got, const char *name, const Slot *s) {
		EXPECT_EQ(expected, got) << name;
		history_.push_back(std::string(depth_, ' ') + name + " vcpu " +
				   std::to_string(s == nullptr ? -1 : s - slots_) + " cpu " +
				   std::to_string(mock_->cpu) + ": " + axvcpu_error_string(got));
		if (history_.size() > 30) {
			history_.pop_front();
		}
	}
	int Index(const Slot &s) { return static_cast<int>(&s - slots_); }

	// Everything that can be seen of a vCPU is what the model has.
	void Check(Slot &s) {
		if (s.h == nullptr) {
			return;
		}
		EXPECT_STREQ(axvcpu_state_string(s.m.state), axvcpu_state_string(axvcpu_get_state(s.h)));
		EXPECT_EQ(!s.m.queued.empty(), axvcpu_has_pending_interrupt(s.h));
		EXPECT_EQ(s.m.IsRunnable(), axvcpu_is_runnable(s.h));
		axvcpu_failure failure = MachineTest::Failure(s.h);
		EXPECT_EQ(s.m.failure.operation, failure.operation);
		EXPECT_EQ(s.m.failure.required, failure.required_state);
		EXPECT_EQ(s.m.failure.found, failure.found_state);
		EXPECT_EQ(s.m.failure.error, failure.error);
		EXPECT_EQ(s.m.failure.reg, failure.reg);
		const axvcpu_trace *trace = axvcpu_trace_of(s.h);
		EXPECT_EQ(s.m.traced, trace != nullptr);
		if (trace != nullptr) {
			EXPECT_EQ(s.m.traced_exits, trace->total);
		}
		if (s.m.HasRegs()) {
			mock_->cpu = s.m.cpu == kNowhere ? 0 : static_cast<uint64_t>(s.m.cpu);
			EXPECT_TRUE(s.m.regs == ReadRegs(s)) << "registers";
		}
	}

	Registers ReadRegs(Slot &s) {
		Registers regs = s.m.regs;
		uint64_t pc;
		EXPECT_EQ(AXVCPU_OK, axvcpu_get_reg(s.h, ARCH_MOCK_REG_PC, &pc, sizeof(pc)));
		EXPECT_EQ(AXVCPU_OK,
			  axvcpu_get_reg(s.h, ARCH_MOCK_REG_FLAGS, &regs.flags, sizeof(regs.flags)));
		EXPECT_EQ(AXVCPU_OK,
			  axvcpu_get_reg(s.h, ARCH_MOCK_REG_MODE, &regs.mode, sizeof(regs.mode)));
		if (s.m.has_vector) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_get_reg(s.h, ARCH_MOCK_REG_VECTOR, regs.vector.data(),
							    regs.vector.size()));
		}
		regs.pc = pc;
		for (uint32_t i = 0; i < ARCH_MOCK_GPRS; i++) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_get_gpr(s.h, i, &regs.gpr[i]));
		}
		return regs;
	}

	void CheckAll() {
		for (Slot &s : slots_) {
			Check(s);
		}
		for (int i = 0; i < kCpus; i++) {
			mock_->cpu = static_cast<uint64_t>(i);
			EXPECT_EQ(cpus_[i].h, axvcpu_this_percpu(host_));
			EXPECT_EQ(cpus_[i].enabled, axvcpu_is_enabled(cpus_[i].h));
			EXPECT_EQ(nullptr, axvcpu_current(host_));
		}
		EXPECT_EQ(0, std::memcmp(injected_, mock_->injected, sizeof(injected_))) << "interrupts";
		EXPECT_EQ(kicks_, Count(HAL_MOCK_KICK_CPU));
		EXPECT_EQ(runnable_, Count(HAL_MOCK_VCPU_RUNNABLE));
	}

	std::string History() {
		std::string text;
		for (const std::string &line : history_) {
			text += line + "\n";
		}
		return text;
	}

	// Ends all that is there; nothing is left of it.
	void EndAll() {
		for (Slot &s : slots_) {
			if (s.h == nullptr) {
				continue;
			}
			mock_->cpu = s.m.cpu == kNowhere ? 0 : static_cast<uint64_t>(s.m.cpu);
			EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(s.h, I));
			EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(s.h));
		}
		for (int i = 0; i < kCpus; i++) {
			mock_->cpu = static_cast<uint64_t>(i);
			if (cpus_[i].h != nullptr) {
				EXPECT_EQ(AXVCPU_OK, axvcpu_percpu_destroy(cpus_[i].h));
			}
		}
		EXPECT_EQ(0u, mock_->used_frames);
		EXPECT_EQ(0u, mock_->bad_frees);
	}

	std::mt19937_64 rng_;
	Slot slots_[kVcpus];
	Cpu cpus_[kCpus];
	std::deque<Saved> saved_;
	std::deque<std::string> history_;
	size_t depth_ = 0;
	uint32_t armed_ = HAL_MOCK_OPERATION_COUNT;
	axvcpu_error_t error_ = AXVCPU_OK;
	axvcpu_error_t returned_ = AXVCPU_OK;
	uint32_t injected_[AXVCPU_VECTOR_MAX] = {};
	uint32_t kicks_ = 0;
	uint32_t runnable_ = 0;
};

}  // namespace axvcpu_test

#endif  // HAL_MOCK_TESTS_RANDOM_WORLD_H_
