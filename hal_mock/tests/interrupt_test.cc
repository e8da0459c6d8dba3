// SPDX-License-Identifier: Apache-2.0
// Injection: into every state, refused, put back, and from many threads.
#include <atomic>
#include <thread>

#include "fixture.h"

namespace axvcpu_test {
namespace {

class InterruptTest : public MachineTest {
 protected:
	InterruptTest() { MakeMachine(); }

	std::vector<uint64_t> Delivered() {
		std::vector<uint64_t> vectors;
		for (uint32_t i = 0;; i++) {
			const hal_mock_call *call =
				hal_mock_find(trace(), ARCH_MOCK_INJECT_INTERRUPT, i);
			if (call == nullptr) {
				return vectors;
			}
			vectors.push_back(call->args[0]);
		}
	}
};

TEST_F(InterruptTest, IntoAFreeOne) {
	axvcpu *vcpu = MakeVcpu();
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_inject_interrupt(vcpu, 1)) << "not set up";
	EXPECT_EQ(0u, Count(ARCH_MOCK_CHECK_INTERRUPT));
	ASSERT_EQ(AXVCPU_OK, axvcpu_setup(vcpu, kEntry, kRoot, nullptr));
	EXPECT_FALSE(axvcpu_is_runnable(vcpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, 1));
	EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(vcpu));
	EXPECT_TRUE(axvcpu_has_pending_interrupt(vcpu));
	EXPECT_TRUE(axvcpu_is_runnable(vcpu));
	ASSERT_EQ(1u, Count(HAL_MOCK_VCPU_RUNNABLE));
	EXPECT_EQ(vcpu, hal_mock_find(trace(), HAL_MOCK_VCPU_RUNNABLE, 0)->object);
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu));
	Run(vcpu);
	EXPECT_EQ(1u, mock_->injected[1]);
	EXPECT_FALSE(axvcpu_has_pending_interrupt(vcpu));
	RunToHalt(vcpu);
	EXPECT_EQ(1u, mock_->injected[1]) << "once";
	EXPECT_EQ(AXVCPU_STATE_BLOCKED, axvcpu_get_state(vcpu)) << "nothing is left of it";
}

TEST_F(InterruptTest, IntoAReadyOne) {
	axvcpu *vcpu = MakeReadyVcpu();
	for (uint32_t vector : {1023u, 0u, 64u, 63u, 64u}) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, vector));
	}
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu));
	EXPECT_EQ(0u, Count(HAL_MOCK_VCPU_RUNNABLE));
	EXPECT_EQ(0u, Count(HAL_MOCK_KICK_CPU));
	const axvcpu_exit *exit = Run(vcpu, Exit(AXVCPU_EXIT_HYPERCALL));
	EXPECT_EQ(AXVCPU_EXIT_HYPERCALL, exit->reason) << "the same run enters";
	EXPECT_EQ(0u, exit->flags);
	EXPECT_EQ((std::vector<uint64_t>{0, 63, 64, 1023}), Delivered()) << "each of them once";
	EXPECT_FALSE(axvcpu_has_pending_interrupt(vcpu));
}

TEST_F(InterruptTest, TheArchPackageGetsThemBeforeTheEntry) {
	axvcpu *vcpu = MakeReadyVcpu();
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, 9));
	hal_mock_clear_log(trace());
	Run(vcpu);
	EXPECT_EQ(ARCH_MOCK_INJECT_INTERRUPT, trace()->calls[0].operation);
	EXPECT_EQ(HAL_MOCK_INJECT_VIRTUAL_INTERRUPT, trace()->calls[1].operation);
	EXPECT_EQ(vcpu, trace()->calls[1].object);
	EXPECT_EQ(ARCH_MOCK_RUN, trace()->calls[2].operation);
}

TEST_F(InterruptTest, IntoARunningOne) {
	axvcpu *vcpu = MakeReadyVcpu();
	arch_mock_step step = Exit(AXVCPU_EXIT_NOTHING);
	step.during = [](void *, axvcpu *handle) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(handle, 17));
	};
	step.wait_for_attention = 1;
	const axvcpu_exit *exit = Run(vcpu, step);
	EXPECT_EQ(0u, exit->flags) << "an interrupt is no kick";
	ASSERT_EQ(1u, Count(HAL_MOCK_KICK_CPU));
	EXPECT_EQ(0u, hal_mock_find(trace(), HAL_MOCK_KICK_CPU, 0)->args[0]);
	EXPECT_EQ(0u, mock_->injected[17]);
	Run(vcpu);
	EXPECT_EQ(1u, mock_->injected[17]);
	hal_ops_.kick_cpu = nullptr;
	Run(vcpu, step);  // still AXVCPU_OK
	Run(vcpu);
	EXPECT_EQ(2u, mock_->injected[17]);
}

TEST_F(InterruptTest, IntoABlockedOne) {
	axvcpu *vcpu = MakeReadyVcpu();
	RunToHalt(vcpu);
	ASSERT_EQ(AXVCPU_STATE_BLOCKED, axvcpu_get_state(vcpu));
	EXPECT_FALSE(axvcpu_is_runnable(vcpu));
	mock_->cpu = 7;  // any CPU, even one that the library has never seen
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, 200));
	mock_->cpu = 0;
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu));
	EXPECT_EQ(1u, Count(HAL_MOCK_VCPU_RUNNABLE));
	EXPECT_TRUE(axvcpu_is_runnable(vcpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu)) << "the owner may not have noticed";
	Run(vcpu);
	EXPECT_EQ(1u, mock_->injected[200]);
}

TEST_F(InterruptTest, WithoutARunnableCallback) {
	hal_ops_.vcpu_runnable = nullptr;
	axvcpu *vcpu = MakeReadyVcpu();
	RunToHalt(vcpu);
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, 200));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu));
}

TEST_F(InterruptTest, AHaltWithOneThatCameWhileRunningIsReady) {
	axvcpu *vcpu = MakeReadyVcpu();
	arch_mock_step step = Exit(AXVCPU_EXIT_HALT);
	step.during = [](void *, axvcpu *handle) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(handle, 17));
	};
	EXPECT_EQ(AXVCPU_EXIT_HALT, Run(vcpu, step)->reason);
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu));
	Run(vcpu);
	EXPECT_EQ(1u, mock_->injected[17]);
}

TEST_F(InterruptTest, AgainKeepsIt) {
	axvcpu *vcpu = MakeReadyVcpu();
	for (uint32_t vector : {5u, 6u, 700u}) {
		ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, vector));
	}
	// 5 is taken, 6 and 700 are not.
	hal_mock_fail(trace(), ARCH_MOCK_INJECT_INTERRUPT, 1, 2, AXVCPU_ERR_AGAIN);
	EXPECT_EQ(AXVCPU_EXIT_HYPERCALL, Run(vcpu, Exit(AXVCPU_EXIT_HYPERCALL))->reason)
		<< "the guest runs all the same";
	EXPECT_TRUE(axvcpu_has_pending_interrupt(vcpu));
	hal_mock_fail(trace(), HAL_MOCK_INJECT_VIRTUAL_INTERRUPT, 0, 1, AXVCPU_ERR_AGAIN);
	RunToHalt(vcpu);
	EXPECT_EQ((std::vector<uint64_t>{5, 6, 700, 6, 700}), Delivered());
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu)) << "6 is still to come";
	Run(vcpu);
	EXPECT_EQ(1u, mock_->injected[5]);
	EXPECT_EQ(1u, mock_->injected[6]);
	EXPECT_EQ(1u, mock_->injected[700]);
	EXPECT_FALSE(axvcpu_has_pending_interrupt(vcpu));
}

TEST_F(InterruptTest, AnErrorFailsTheRunAndLosesNothing) {
	axvcpu *vcpu = MakeReadyVcpu();
	for (uint32_t vector : {5u, 6u, 7u, 700u, 900u}) {
		ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, vector));
	}
	hal_mock_fail(trace(), ARCH_MOCK_INJECT_INTERRUPT, 1, 1, AXVCPU_ERR_HARDWARE);
	const axvcpu_exit *exit = nullptr;
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_run(vcpu, &exit));
	EXPECT_EQ(nullptr, exit);
	EXPECT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(vcpu));
	EXPECT_EQ(AXVCPU_OPERATION_RUN, Failure(vcpu).operation);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, Failure(vcpu).error);
	EXPECT_EQ(0u, Count(ARCH_MOCK_RUN));
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu, AXVCPU_STATE_READY));
	Run(vcpu);
	for (uint32_t vector : {5u, 6u, 7u, 700u, 900u}) {
		EXPECT_EQ(1u, mock_->injected[vector]) << vector;
	}
}

TEST_F(InterruptTest, Refusals) {
	axvcpu *vcpu = MakeReadyVcpu();
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_inject_interrupt(vcpu, AXVCPU_VECTOR_MAX));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_inject_interrupt(vcpu, UINT32_MAX));
	EXPECT_EQ(0u, Count(ARCH_MOCK_CHECK_INTERRUPT));
	FailNext(ARCH_MOCK_CHECK_INTERRUPT, AXVCPU_ERR_UNSUPPORTED);
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_inject_interrupt(vcpu, 3));
	hal_ops_.inject_virtual_interrupt = nullptr;
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_inject_interrupt(vcpu, 3));
	EXPECT_FALSE(axvcpu_has_pending_interrupt(vcpu));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu));
	Run(vcpu);
	EXPECT_EQ(0u, Count(ARCH_MOCK_INJECT_INTERRUPT));
}

TEST_F(InterruptTest, TheArchPackageKnowsTheVectors) {
	arch_mock_create_config config = {};
	config.size = sizeof(config);
	config.vector_count = 256;
	axvcpu_create_params params = Params();
	Block memory(axvcpu_size(host_));
	axvcpu *vcpu = nullptr;
	ASSERT_EQ(AXVCPU_OK, axvcpu_create(host_, memory.data(), memory.size(), &params, &config,
					   &vcpu));
	ASSERT_EQ(AXVCPU_OK, axvcpu_setup(vcpu, kEntry, kRoot, nullptr));
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, 255));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_inject_interrupt(vcpu, 256));
}

TEST_F(InterruptTest, SurvivesMovingToAnotherCpu) {
	axvcpu *vcpu = MakeReadyVcpu();
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, 77));
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu));
	mock_->cpu = 1;
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu));
	Run(vcpu);
	EXPECT_EQ(1u, mock_->injected[77]);
}

// CPU 0 runs, halts and waits for its wake-ups; other threads inject. A wake-up that gets lost
// leaves the owner waiting for ever.
constexpr uint32_t kThreads = 3;
constexpr uint32_t kRounds = AXVCPU_VECTOR_MAX / kThreads;

thread_local uint64_t t_cpu = 0;

TEST_F(InterruptTest, ManyThreadsLoseNothing) {
	mock_->cpu_of_caller = [](void *) { return t_cpu; };
	axvcpu *vcpu = MakeReadyVcpu();
	// Each run halts at once, so that state and queue race as much as they can.
	arch_mock_step halt = Exit(AXVCPU_EXIT_HALT);
	script_ = {&halt, 1, 0};

	// Thread t injects the vectors t, t + kThreads, ... one at a time, each time waiting
	// until the last one has arrived, so that every single injection must wake the owner.
	std::atomic<uint32_t> finished{0};
	std::vector<std::thread> threads;
	for (uint32_t t = 0; t < kThreads; t++) {
		threads.emplace_back([&, t] {
			t_cpu = 2 + t;
			for (uint32_t i = 0; i < kRounds; i++) {
				uint32_t vector = t + i * kThreads;
				uint32_t *arrived = &mock_->injected[vector];
				ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, vector));
				while (__atomic_load_n(arrived, __ATOMIC_ACQUIRE) == 0) {
					std::this_thread::yield();
				}
			}
			finished++;
		});
	}
	while (finished.load() < kThreads) {
		if (axvcpu_get_state(vcpu) == AXVCPU_STATE_BLOCKED) {
			std::this_thread::yield();
			continue;
		}
		const axvcpu_exit *exit = nullptr;
		script_.next = 0;
		ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu, &exit));
	}
	for (std::thread &thread : threads) {
		thread.join();
	}
	EXPECT_EQ(kThreads, finished.load());
	for (uint32_t vector = 0; vector < kThreads * kRounds; vector++) {
		EXPECT_EQ(1u, mock_->injected[vector]) << vector;
	}
	EXPECT_FALSE(axvcpu_has_pending_interrupt(vcpu));
}

// A kick from another thread ends a run that would never end by itself.
TEST_F(InterruptTest, KicksFromAnotherThreadEndEveryRun) {
	mock_->cpu_of_caller = [](void *) { return t_cpu; };
	axvcpu *vcpu = MakeReadyVcpu();
	arch_mock_step endless = Exit(AXVCPU_EXIT_NOTHING);
	endless.wait_for_attention = 1;
	script_ = {&endless, 1, 0};
	std::atomic<uint32_t> returned{0};
	std::thread kicker([&] {
		t_cpu = 2;
		for (uint32_t i = 0; i < kRounds; i++) {
			ASSERT_EQ(AXVCPU_OK, axvcpu_kick(vcpu));
			while (returned.load() == i) {
				std::this_thread::yield();
			}
		}
	});
	for (uint32_t i = 0; i < kRounds; i++) {
		const axvcpu_exit *exit = nullptr;
		script_.next = 0;
		ASSERT_EQ(AXVCPU_OK, axvcpu_run(vcpu, &exit));
		ASSERT_EQ(AXVCPU_EXIT_FLAG_KICKED, exit->flags);
		returned++;
	}
	kicker.join();
}

TEST_F(InterruptTest, ClearTakesBackWhatIsStillQueued) {
	axvcpu *vcpu = MakeReadyVcpu();
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, 40));
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, 41));
	EXPECT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu, 40));
	hal_mock_clear_log(trace());
	Run(vcpu);
	EXPECT_EQ(0u, mock_->injected[40]);
	EXPECT_EQ(1u, mock_->injected[41]);
	ASSERT_EQ(1u, Count(ARCH_MOCK_CLEAR_INTERRUPT));
	EXPECT_EQ(40u, hal_mock_find(trace(), ARCH_MOCK_CLEAR_INTERRUPT, 0)->args[0]);
	EXPECT_EQ(0u, Count(HAL_MOCK_VCPU_RUNNABLE)) << "no reason to run";
	Run(vcpu);
	EXPECT_EQ(1u, Count(ARCH_MOCK_CLEAR_INTERRUPT)) << "once";
}

TEST_F(InterruptTest, ClearGoesBeforeWhatIsInjectedAfterIt) {
	axvcpu *vcpu = MakeReadyVcpu();
	ASSERT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu, 70));
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, 70));
	hal_mock_clear_log(trace());
	Run(vcpu);
	EXPECT_EQ(ARCH_MOCK_CLEAR_INTERRUPT, trace()->calls[0].operation);
	EXPECT_EQ(ARCH_MOCK_INJECT_INTERRUPT, trace()->calls[1].operation);
	EXPECT_EQ(1u, mock_->injected[70]);
}

TEST_F(InterruptTest, ClearInterruptsARunningGuest) {
	axvcpu *vcpu = MakeReadyVcpu();
	arch_mock_step step = Exit(AXVCPU_EXIT_NOTHING);
	step.during = [](void *, axvcpu *handle) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(handle, 17));
	};
	step.wait_for_attention = 1;
	const axvcpu_exit *exit = Run(vcpu, step);
	EXPECT_EQ(0u, exit->flags) << "that is no kick";
	EXPECT_EQ(1u, Count(HAL_MOCK_KICK_CPU));
	EXPECT_EQ(0u, Count(ARCH_MOCK_CLEAR_INTERRUPT));
	Run(vcpu);
	EXPECT_EQ(1u, Count(ARCH_MOCK_CLEAR_INTERRUPT));
}

TEST_F(InterruptTest, ClearLeavesABlockedOneBlocked) {
	axvcpu *vcpu = MakeReadyVcpu();
	RunToHalt(vcpu);
	ASSERT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu, 17));
	EXPECT_EQ(AXVCPU_STATE_BLOCKED, axvcpu_get_state(vcpu));
	EXPECT_FALSE(axvcpu_is_runnable(vcpu));
}

TEST_F(InterruptTest, ATakingBackThatFailsIsTriedAgain) {
	axvcpu *vcpu = MakeReadyVcpu();
	EXPECT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu, 9));
	FailNext(ARCH_MOCK_CLEAR_INTERRUPT, AXVCPU_ERR_HARDWARE);
	const axvcpu_exit *exit = nullptr;
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_run(vcpu, &exit));
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu, AXVCPU_STATE_READY));
	Run(vcpu);
	EXPECT_EQ(2u, Count(ARCH_MOCK_CLEAR_INTERRUPT));
	Run(vcpu);
	EXPECT_EQ(2u, Count(ARCH_MOCK_CLEAR_INTERRUPT)) << "once it was";
}

TEST_F(InterruptTest, ClearRefusals) {
	axvcpu *vcpu = MakeVcpu();
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_clear_interrupt(vcpu, 1)) << "not set up";
	ASSERT_EQ(AXVCPU_OK, axvcpu_setup(vcpu, kEntry, kRoot, nullptr));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_clear_interrupt(nullptr, 1));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_clear_interrupt(vcpu, AXVCPU_VECTOR_MAX));
	hal_mock_fail(trace(), ARCH_MOCK_CHECK_INTERRUPT, 0, 1, AXVCPU_ERR_INVALID_ARGUMENT);
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_clear_interrupt(vcpu, 1));
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, 1));
	EXPECT_TRUE(axvcpu_has_pending_interrupt(vcpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu, 1));
	EXPECT_FALSE(axvcpu_has_pending_interrupt(vcpu));
}

TEST_F(InterruptTest, TimerDeadline) {
	uint64_t deadline = 1;
	axvcpu *vcpu = MakeVcpu();
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_timer_deadline(vcpu, &deadline)) << "not set up";
	EXPECT_EQ(1u, deadline);
	ASSERT_EQ(AXVCPU_OK, axvcpu_setup(vcpu, kEntry, kRoot, nullptr));
	EXPECT_EQ(AXVCPU_OK, axvcpu_timer_deadline(vcpu, &deadline));
	EXPECT_EQ(UINT64_MAX, deadline);
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_timer_deadline(nullptr, &deadline));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_timer_deadline(vcpu, nullptr));
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(vcpu));
	mock_->cpu = 1;
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_timer_deadline(vcpu, &deadline));
	mock_->cpu = 0;
	EXPECT_EQ(AXVCPU_OK, axvcpu_timer_deadline(vcpu, &deadline));
}

}  // namespace
}  // namespace axvcpu_test
