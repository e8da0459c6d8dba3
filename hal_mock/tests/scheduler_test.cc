// SPDX-License-Identifier: Apache-2.0
// Two physical CPUs that hand vCPUs to each other, by bind, unbind and switch, while other
// threads inject, take back, kick and look: no interrupt is lost, none comes twice, and whoever
// has something to run for is told so. scheduler_test_tsan looks for data races in it.
#include <atomic>
#include <mutex>
#include <thread>

#include "fixture.h"

namespace axvcpu_test {
namespace {

constexpr uint64_t kCpus = 2;
constexpr uint32_t kVcpus = 3;
constexpr uint32_t kRounds = 3000;
// Vectors that are taken back again; those below arrive.
constexpr uint32_t kTakenBack = 512;

thread_local uint64_t t_cpu = 0;

class SchedulerTest : public MachineTest {
 protected:
	void SetUp() override {
		MakeMachine();
		halt_ = Exit(AXVCPU_EXIT_HALT);
		mock_->cpu_of_caller = [](void *) { return t_cpu; };
		for (uint32_t i = 0; i < kVcpus; i++) {
			scripts_[i] = {&halt_, 1, 0};
			const arch_mock_create_config config = {sizeof(config), 0, &scripts_[i]};
			const axvcpu_create_params params = Params(i);
			memory_.push_back(std::make_unique<Block>(axvcpu_size(host_)));
			ASSERT_EQ(AXVCPU_OK, axvcpu_create(host_, memory_[i]->data(), memory_[i]->size(),
							   &params, &config, &vcpus_[i]));
			ASSERT_EQ(AXVCPU_OK, axvcpu_setup(vcpus_[i], kEntry, kRoot, nullptr));
			free_.push_back(vcpus_[i]);
		}
	}

	// A free vCPU that has a reason to run, which is the caller's then; null if there is none.
	axvcpu *Take() {
		std::lock_guard<std::mutex> lock(mutex_);
		for (size_t i = 0; i < free_.size(); i++) {
			if (axvcpu_is_runnable(free_[i])) {
				axvcpu *vcpu = free_[i];
				free_.erase(free_.begin() + static_cast<ptrdiff_t>(i));
				return vcpu;
			}
		}
		return nullptr;
	}
	void Give(axvcpu *vcpu) {
		std::lock_guard<std::mutex> lock(mutex_);
		free_.push_back(vcpu);
	}

	// Puts `next` in the place of `now`, which is Ready or Blocked; either may be null.
	void Replace(axvcpu *now, axvcpu *next) {
		if (now != nullptr && axvcpu_get_state(now) == AXVCPU_STATE_BLOCKED) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(now));
		}
		if (now != nullptr && next != nullptr) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_switch(now, next));
		} else {
			EXPECT_EQ(AXVCPU_OK, now != nullptr ? axvcpu_unbind(now) : axvcpu_bind(next));
		}
		if (now != nullptr) {
			Give(now);
		}
	}

	// A physical CPU, until the senders are done.
	void Schedule(uint64_t cpu) {
		axvcpu *now = nullptr;
		t_cpu = cpu;
		while (senders_.load() != 0) {
			axvcpu *next = Take();
			if (next != nullptr) {
				Replace(now, next);
				now = next;
			} else if (now == nullptr) {
				std::this_thread::yield();
				continue;
			}
			const axvcpu_exit *exit = nullptr;
			scripts_[axvcpu_vcpu_id(now)].next = 0;
			EXPECT_EQ(AXVCPU_OK, axvcpu_run(now, &exit));
			runs_++;
			if (axvcpu_get_state(now) == AXVCPU_STATE_BLOCKED) {
				Replace(now, nullptr);
				now = nullptr;
			}
		}
		if (now != nullptr) {
			Replace(now, nullptr);
		}
	}

	// Sends one interrupt after the other to each vCPU, and waits for each.
	void Send(uint32_t sender) {
		t_cpu = kCpus + sender;
		for (uint32_t round = 0; round < kRounds && !HasFailure(); round++) {
			uint32_t vcpu = round % kVcpus;
			uint32_t vector = 100 * sender + vcpu;
			uint32_t *arrived = &mock_->injected[vector];
			uint32_t before = __atomic_load_n(arrived, __ATOMIC_ACQUIRE);
			EXPECT_EQ(round / kVcpus, before);
			EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpus_[vcpu], vector));
			while (__atomic_load_n(arrived, __ATOMIC_ACQUIRE) == before) {
				std::this_thread::yield();
			}
		}
		senders_--;
	}

	// Everything else that is allowed on any CPU at any time.
	void Disturb() {
		t_cpu = kCpus + 2;
		for (uint32_t round = 0; senders_.load() != 0; round++) {
			axvcpu *vcpu = vcpus_[round % kVcpus];
			EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, kTakenBack));
			EXPECT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu, kTakenBack));
			if (round % 3 == 0) {
				EXPECT_EQ(AXVCPU_OK, axvcpu_kick(vcpu));
			}
			EXPECT_NE(AXVCPU_STATE_INVALID, axvcpu_get_state(vcpu));
			(void)axvcpu_has_pending_interrupt(vcpu);
			(void)axvcpu_is_runnable(vcpu);
			EXPECT_EQ(nullptr, axvcpu_current(host_));
			std::this_thread::yield();
		}
	}

	arch_mock_step halt_ = {};
	arch_mock_script scripts_[kVcpus] = {};
	axvcpu *vcpus_[kVcpus] = {};
	std::vector<std::unique_ptr<Block>> memory_;
	std::mutex mutex_;
	std::vector<axvcpu *> free_;
	std::atomic<uint32_t> senders_{2};
	std::atomic<uint32_t> runs_{0};
};

TEST_F(SchedulerTest, NothingIsLostBetweenCpus) {
	std::vector<std::thread> threads;
	for (uint64_t cpu = 0; cpu < kCpus; cpu++) {
		threads.emplace_back([this, cpu] { Schedule(cpu); });
	}
	threads.emplace_back([this] { Send(0); });
	threads.emplace_back([this] { Send(1); });
	threads.emplace_back([this] { Disturb(); });
	for (std::thread &thread : threads) {
		thread.join();
	}
	EXPECT_GE(runs_.load(), kRounds);
	for (uint32_t i = 0; i < kVcpus; i++) {
		EXPECT_EQ(kRounds / kVcpus, mock_->injected[i]) << "sender 0, vCPU " << i;
		EXPECT_EQ(kRounds / kVcpus, mock_->injected[100 + i]) << "sender 1, vCPU " << i;
		EXPECT_FALSE(axvcpu_has_pending_interrupt(vcpus_[i])) << i;
		EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(vcpus_[i])) << i;
	}
}

}  // namespace
}  // namespace axvcpu_test
