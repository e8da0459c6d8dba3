// SPDX-License-Identifier: Apache-2.0
// A mock machine with a host, physical CPUs and one vCPU, for every test here.
#ifndef HAL_MOCK_TESTS_FIXTURE_H_
#define HAL_MOCK_TESTS_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "axvcpu/axvcpu.h"
#include "hal_mock/arch_mock.h"
#include "hal_mock/hal_mock.h"

namespace axvcpu_test {

constexpr uint64_t kEntry = 0x40200000;
constexpr uint64_t kRoot = 0x80000000;

struct Free {
	void operator()(void *memory) const { std::free(memory); }
};

// Memory of exactly `size` bytes, so that AddressSanitizer sees the first one beyond. It is not
// zero: the library must not count on that.
class Block {
 public:
	explicit Block(size_t size, size_t align = AXVCPU_MEMORY_ALIGN) : size_(size) {
		void *memory = nullptr;
		if (posix_memalign(&memory, align, size == 0 ? 1 : size) != 0) {
			std::abort();
		}
		std::memset(memory, 0xcc, size);
		memory_.reset(memory);
	}
	void *data() const { return memory_.get(); }
	size_t size() const { return size_; }

 private:
	std::unique_ptr<void, Free> memory_;
	size_t size_;
};

inline axvcpu_create_params Params(uint64_t vcpu_id = 0) {
	axvcpu_create_params params = {};
	params.size = sizeof(params);
	params.vm_id = 7;
	params.vcpu_id = vcpu_id;
	params.preferred_cpu = AXVCPU_CPU_ANY;
	return params;
}

inline arch_mock_step Exit(uint32_t reason) {
	arch_mock_step step = {};
	step.exit.reason = reason;
	return step;
}

class MachineTest : public ::testing::Test {
 protected:
	MachineTest() : arena_(64 * AXVCPU_FRAME_SIZE, AXVCPU_FRAME_SIZE) {
		mock_ = std::make_unique<hal_mock>();
		hal_mock_init(mock_.get(), arena_.data(), arena_.size());
		hal_mock_fill_ops(&hal_ops_);
		arch_ops_ = *arch_mock_ops();
	}

	hal_mock_trace *trace() { return &mock_->trace; }
	uint32_t Count(uint32_t operation) { return hal_mock_count(trace(), operation); }
	void FailNext(uint32_t operation, axvcpu_error_t error) {
		hal_mock_fail(trace(), operation, 0, 1, error);
	}

	void MakeHost() {
		host_memory_ = std::make_unique<Block>(axvcpu_host_size(&arch_ops_));
		ASSERT_EQ(AXVCPU_OK,
			  axvcpu_host_init(host_memory_->data(), host_memory_->size(), &arch_ops_,
					   &hal_ops_, mock_.get(), &host_));
	}

	// A CPU's object, made and enabled on that CPU; the current CPU stays what it was.
	axvcpu_percpu *MakeCpu(uint64_t cpu, bool enable = true) {
		uint64_t before = mock_->cpu;
		axvcpu_percpu *percpu = nullptr;
		percpu_memory_.push_back(std::make_unique<Block>(axvcpu_percpu_size(host_)));
		mock_->cpu = cpu;
		EXPECT_EQ(AXVCPU_OK, axvcpu_percpu_init(host_, percpu_memory_.back()->data(),
							percpu_memory_.back()->size(), cpu,
							&percpu));
		if (enable) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu));
		}
		mock_->cpu = before;
		return percpu;
	}

	// Host and CPUs 0 and 1.
	void MakeMachine() {
		MakeHost();
		cpu0_ = MakeCpu(0);
		cpu1_ = MakeCpu(1);
	}

	axvcpu *MakeVcpu(const axvcpu_create_params &params = Params()) {
		axvcpu *vcpu = nullptr;
		arch_mock_create_config config = {};
		config.size = sizeof(config);
		config.script = &script_;
		vcpu_memory_.push_back(std::make_unique<Block>(axvcpu_size(host_)));
		EXPECT_EQ(AXVCPU_OK,
			  axvcpu_create(host_, vcpu_memory_.back()->data(),
					vcpu_memory_.back()->size(), &params, &config, &vcpu));
		return vcpu;
	}

	axvcpu *MakeReadyVcpu() {
		arch_mock_setup_config setup = {};
		setup.size = sizeof(setup);
		setup.flags = ARCH_MOCK_SETUP_VECTOR;
		axvcpu *vcpu = MakeVcpu();
		EXPECT_EQ(AXVCPU_OK, axvcpu_setup(vcpu, kEntry, kRoot, &setup));
		EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu));
		return vcpu;
	}

	// Adds to what the guest does.
	void Script(const arch_mock_step &step) {
		steps_.push_back(step);
		script_.steps = steps_.data();
		script_.count = steps_.size();
	}

	// Runs to a HALT exit, after which the vCPU is Blocked unless something is pending.
	void RunToHalt(axvcpu *vcpu) {
		const axvcpu_exit *exit = nullptr;
		Script(Exit(AXVCPU_EXIT_HALT));
		ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu, &exit));
		ASSERT_EQ(AXVCPU_EXIT_HALT, exit->reason);
	}

	// Runs one scripted step and expects success.
	const axvcpu_exit *Run(axvcpu *vcpu, const arch_mock_step &step) {
		Script(step);
		return Run(vcpu);
	}
	const axvcpu_exit *Run(axvcpu *vcpu) {
		const axvcpu_exit *exit = nullptr;
		EXPECT_EQ(AXVCPU_OK, axvcpu_run(vcpu, &exit));
		return exit;
	}

	axvcpu_failure Failure(const axvcpu *vcpu) {
		axvcpu_failure failure = {};
		failure.size = sizeof(failure);
		EXPECT_EQ(AXVCPU_OK, axvcpu_get_failure(vcpu, &failure));
		return failure;
	}

	// Makes the vCPU Invalid where it is: unblock is wrong in all states that tests call it in.
	void Invalidate(axvcpu *vcpu) {
		EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_unblock(vcpu));
		EXPECT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(vcpu));
	}

	Block arena_;
	std::unique_ptr<hal_mock> mock_;
	axvcpu_hal_ops hal_ops_;
	axvcpu_arch_ops arch_ops_;
	axvcpu_host *host_ = nullptr;
	axvcpu_percpu *cpu0_ = nullptr;
	axvcpu_percpu *cpu1_ = nullptr;
	arch_mock_script script_ = {};
	std::vector<arch_mock_step> steps_;

 private:
	std::unique_ptr<Block> host_memory_;
	std::vector<std::unique_ptr<Block>> percpu_memory_;
	std::vector<std::unique_ptr<Block>> vcpu_memory_;
};

}  // namespace axvcpu_test

#endif  // HAL_MOCK_TESTS_FIXTURE_H_
