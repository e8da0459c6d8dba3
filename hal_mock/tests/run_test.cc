// SPDX-License-Identifier: Apache-2.0
// Entering the guest: every exit with every member, errors, kicks, halts.
#include "fixture.h"

namespace axvcpu_test {
namespace {

class RunTest : public MachineTest {
 protected:
	RunTest() {
		MakeMachine();
		vcpu_ = MakeReadyVcpu();
	}

	// Runs and expects `error`, with the vCPU Invalid.
	void ExpectRunFails(axvcpu_error_t error) {
		const axvcpu_exit garbage = {};
		const axvcpu_exit *exit = &garbage;
		EXPECT_EQ(error, axvcpu_run(vcpu_, &exit));
		EXPECT_EQ(nullptr, exit);
		EXPECT_EQ(nullptr, axvcpu_current(host_));
		EXPECT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(vcpu_));
		axvcpu_failure failure = Failure(vcpu_);
		EXPECT_EQ(AXVCPU_OPERATION_RUN, failure.operation);
		EXPECT_EQ(AXVCPU_STATE_READY, failure.required_state);
		EXPECT_EQ(AXVCPU_STATE_READY, failure.found_state);
		EXPECT_EQ(error, failure.error);
	}

	axvcpu *vcpu_;
};

// Each member of the record has a value of its own, and arrives.
TEST_F(RunTest, EveryReasonPassesWithAllItsMembers) {
	hal_ops_.irq_fetch = nullptr;
	for (uint32_t reason = 0; reason < AXVCPU_EXIT_REASON_COUNT + 2; reason++) {
		SCOPED_TRACE(reason);
		arch_mock_step step = Exit(reason);
		uint64_t *words = step.exit.u.reserved;
		for (uint64_t i = 0; i < sizeof(step.exit.u) / sizeof(*words); i++) {
			words[i] = 0x1234567800000000u + 257 * i + reason;
		}
		step.exit.flags = AXVCPU_EXIT_FLAG_RAW;
		for (uint64_t i = 0; i < AXVCPU_RAW_WORDS; i++) {
			step.exit.raw.word[i] = ~i;
		}
		step.exit.instruction_length = 4;
		uint64_t pc = arch_mock_pc(vcpu_);
		const axvcpu_exit *exit = Run(vcpu_, step);
		ASSERT_NE(nullptr, exit);
		step.exit.size = sizeof(*exit);
		step.exit.pc = pc;
		if (reason == AXVCPU_EXIT_EXTERNAL_INTERRUPT) {
			step.exit.u.interrupt.vector = AXVCPU_IRQ_NONE;
		}
		EXPECT_EQ(0, std::memcmp(&step.exit, exit, sizeof(*exit)));
		if (reason == AXVCPU_EXIT_HALT) {
			EXPECT_EQ(AXVCPU_STATE_BLOCKED, axvcpu_get_state(vcpu_));
			EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
		}
		EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu_));
		bool access = (reason >= AXVCPU_EXIT_MMIO_READ && reason <= AXVCPU_EXIT_PORT_WRITE) ||
			      reason == AXVCPU_EXIT_NESTED_PAGE_FAULT;
		EXPECT_EQ(access ? AXVCPU_OK : AXVCPU_ERR_NOT_FOUND, axvcpu_fail_access(vcpu_));
	}
}

TEST_F(RunTest, TheRecordIsTheSameEveryTime) {
	const axvcpu_exit *first = Run(vcpu_, Exit(AXVCPU_EXIT_HYPERCALL));
	const axvcpu_exit *second = Run(vcpu_, Exit(AXVCPU_EXIT_CPU_DOWN));
	EXPECT_EQ(first, second);
}

TEST_F(RunTest, TheRecordStartsEmpty) {
	arch_mock_step step = Exit(AXVCPU_EXIT_HYPERCALL);
	step.exit.flags = AXVCPU_EXIT_FLAG_RAW;
	Run(vcpu_, step);
	const axvcpu_exit *exit = Run(vcpu_);  // past the script the mock fills in nothing
	EXPECT_EQ(sizeof(*exit), exit->size);
	EXPECT_EQ(AXVCPU_EXIT_NOTHING, exit->reason);
	EXPECT_EQ(0u, exit->flags);
}

TEST_F(RunTest, TheInterruptComesFromTheHal) {
	mock_->pending_irq = 27;
	const axvcpu_exit *exit = Run(vcpu_, Exit(AXVCPU_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(27u, exit->u.interrupt.vector);
	exit = Run(vcpu_, Exit(AXVCPU_EXIT_EXTERNAL_INTERRUPT));
	EXPECT_EQ(AXVCPU_IRQ_NONE, exit->u.interrupt.vector);
}

TEST_F(RunTest, ArchErrorMakesItInvalid) {
	arch_mock_step step = {};
	step.error = AXVCPU_ERR_HARDWARE;
	Script(step);
	ExpectRunFails(AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu_, AXVCPU_STATE_READY));
	EXPECT_NE(nullptr, Run(vcpu_)) << "mended";
}

// An access whose run failed is one that the hypervisor has not seen: the guest's instruction
// is executed again, and the next run does not step over it.
TEST_F(RunTest, AnExitThatNobodySawIsNotOpen) {
	for (uint32_t reason : {AXVCPU_EXIT_MMIO_WRITE, AXVCPU_EXIT_MMIO_READ}) {
		arch_mock_step step = Exit(reason);
		step.exit.u.mmio.width = 4;
		step.during = [](void *, axvcpu *handle) {
			EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_unblock(handle)) << "a second owner";
		};
		Script(step);
		const axvcpu_exit *exit = nullptr;
		EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_run(vcpu_, &exit));
		EXPECT_EQ(nullptr, exit);
		EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu_, AXVCPU_STATE_READY));
		uint64_t pc = arch_mock_pc(vcpu_);
		EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_retry_access(vcpu_));
		Run(vcpu_);
		EXPECT_EQ(pc, arch_mock_pc(vcpu_));
		EXPECT_EQ(0u, Count(ARCH_MOCK_COMPLETE_WRITE));
	}
}

TEST_F(RunTest, CurrentIsTheOneInside) {
	struct Inside {
		axvcpu_host *host;
		axvcpu *current;
	} inside = {host_, nullptr};
	arch_mock_step step = {};
	step.during_arg = &inside;
	step.during = [](void *arg, axvcpu *handle) {
		Inside *in = static_cast<Inside *>(arg);
		in->current = axvcpu_current(in->host);
		EXPECT_EQ(AXVCPU_STATE_RUNNING, axvcpu_get_state(handle));
	};
	Run(vcpu_, step);
	EXPECT_EQ(vcpu_, inside.current);
	EXPECT_EQ(nullptr, axvcpu_current(host_));
}

TEST_F(RunTest, AReadMustBeCompleted) {
	for (uint32_t reason : {AXVCPU_EXIT_MMIO_READ, AXVCPU_EXIT_SYSREG_READ, AXVCPU_EXIT_PORT_READ}) {
		arch_mock_step step = Exit(reason);
		step.exit.u.mmio.width = 4;
		step.exit.u.mmio.reg_width = 4;
		if (reason == AXVCPU_EXIT_SYSREG_READ) {
			step.exit.u.sysreg.reg = 1;
			step.exit.u.sysreg.width = 8;
		} else if (reason == AXVCPU_EXIT_PORT_READ) {
			step.exit.u.port.width = 4;
		}
		Run(vcpu_, step);
		const axvcpu_exit *exit = nullptr;
		ASSERT_EQ(AXVCPU_OK, axvcpu_kick(vcpu_)) << "not even a kick gets past it";
		EXPECT_EQ(AXVCPU_ERR_INCOMPLETE, axvcpu_run(vcpu_, &exit));
		EXPECT_EQ(nullptr, exit);
		EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu_));
		EXPECT_EQ(AXVCPU_OPERATION_NONE, Failure(vcpu_).operation);
		EXPECT_EQ(AXVCPU_OK, axvcpu_complete_read(vcpu_, 1));
		exit = Run(vcpu_);
		EXPECT_EQ(AXVCPU_EXIT_FLAG_KICKED, exit->flags) << "the kick was kept";
	}
}

TEST_F(RunTest, AFailedReadIsFinishedToo) {
	arch_mock_step step = Exit(AXVCPU_EXIT_MMIO_READ);
	Run(vcpu_, step);
	EXPECT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
	EXPECT_EQ(ARCH_MOCK_ABORT_VECTOR, arch_mock_pc(vcpu_));
	EXPECT_NE(nullptr, Run(vcpu_));
}

TEST_F(RunTest, AWriteIsFinishedByTheNextRun) {
	for (uint32_t reason :
	     {AXVCPU_EXIT_MMIO_WRITE, AXVCPU_EXIT_SYSREG_WRITE, AXVCPU_EXIT_PORT_WRITE}) {
		hal_mock_clear_log(trace());
		uint64_t pc = arch_mock_pc(vcpu_);
		const axvcpu_exit *exit = Run(vcpu_, Exit(reason));
		EXPECT_EQ(pc, exit->pc);
		EXPECT_EQ(pc, arch_mock_pc(vcpu_)) << "the pc moves only when it is finished";
		Run(vcpu_);
		EXPECT_EQ(pc + 4, arch_mock_pc(vcpu_));
		ASSERT_EQ(1u, Count(ARCH_MOCK_COMPLETE_WRITE));
		EXPECT_EQ(reason, hal_mock_find(trace(), ARCH_MOCK_COMPLETE_WRITE, 0)->args[0]);
		EXPECT_EQ(pc + 4, hal_mock_find(trace(), ARCH_MOCK_RUN, 1)->args[0])
			<< "before the entry";
		Run(vcpu_);
		EXPECT_EQ(1u, Count(ARCH_MOCK_COMPLETE_WRITE)) << "once";
	}
}

TEST_F(RunTest, ACompletedOrFailedWriteIsNotFinishedAgain) {
	Run(vcpu_, Exit(AXVCPU_EXIT_MMIO_WRITE));
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_));
	Run(vcpu_, Exit(AXVCPU_EXIT_PORT_WRITE));
	EXPECT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
	Run(vcpu_);
	EXPECT_EQ(1u, Count(ARCH_MOCK_COMPLETE_WRITE));
}

TEST_F(RunTest, AWriteThatCannotBeFinishedFailsTheRun) {
	Run(vcpu_, Exit(AXVCPU_EXIT_MMIO_WRITE));
	FailNext(ARCH_MOCK_COMPLETE_WRITE, AXVCPU_ERR_HARDWARE);
	ExpectRunFails(AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(1u, Count(ARCH_MOCK_RUN));
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu_, AXVCPU_STATE_READY));
	EXPECT_EQ(AXVCPU_OK, axvcpu_complete_write(vcpu_)) << "still open";
}

TEST_F(RunTest, AFinishedWriteIsNotFinishedAgainAfterAFailedRun) {
	Run(vcpu_, Exit(AXVCPU_EXIT_MMIO_WRITE));
	FailNext(ARCH_MOCK_RUN, AXVCPU_ERR_HARDWARE);
	ExpectRunFails(AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(1u, Count(ARCH_MOCK_COMPLETE_WRITE));
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu_, AXVCPU_STATE_READY));
	Run(vcpu_);
	EXPECT_EQ(1u, Count(ARCH_MOCK_COMPLETE_WRITE));
}

TEST_F(RunTest, APageFaultMayBeRetriedOrFailed) {
	uint64_t pc = arch_mock_pc(vcpu_);
	Run(vcpu_, Exit(AXVCPU_EXIT_NESTED_PAGE_FAULT));
	Run(vcpu_);
	EXPECT_EQ(pc, arch_mock_pc(vcpu_));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_fail_access(vcpu_)) << "the run ended the chance";
	Run(vcpu_, Exit(AXVCPU_EXIT_NESTED_PAGE_FAULT));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_write(vcpu_));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_read(vcpu_, 0));
	EXPECT_EQ(AXVCPU_OK, axvcpu_fail_access(vcpu_));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_fail_access(vcpu_)) << "once";
	EXPECT_EQ(0u, Count(ARCH_MOCK_COMPLETE_WRITE));
}

TEST_F(RunTest, AKickBeforeTheRunKeepsTheGuestOut) {
	Run(vcpu_, Exit(AXVCPU_EXIT_MMIO_WRITE));
	uint64_t pc = arch_mock_pc(vcpu_);
	hal_mock_clear_log(trace());
	EXPECT_EQ(AXVCPU_OK, axvcpu_kick(vcpu_));
	EXPECT_EQ(0u, Count(HAL_MOCK_KICK_CPU));
	EXPECT_EQ(0u, Count(HAL_MOCK_VCPU_RUNNABLE));
	const axvcpu_exit *exit = Run(vcpu_);
	EXPECT_EQ(AXVCPU_EXIT_NOTHING, exit->reason);
	EXPECT_EQ(AXVCPU_EXIT_FLAG_KICKED, exit->flags);
	EXPECT_EQ(0u, exit->pc);
	EXPECT_EQ(0u, exit->instruction_length);
	EXPECT_EQ(0u, Count(ARCH_MOCK_RUN));
	EXPECT_EQ(pc + 4, arch_mock_pc(vcpu_)) << "the write before it was finished";
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu_));
	exit = Run(vcpu_);
	EXPECT_EQ(0u, exit->flags) << "one kick, one return";
	EXPECT_EQ(1u, Count(ARCH_MOCK_RUN));
}

TEST_F(RunTest, AKickLeavesInterruptsQueued) {
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 3));
	EXPECT_EQ(AXVCPU_OK, axvcpu_kick(vcpu_));
	Run(vcpu_);
	EXPECT_EQ(0u, mock_->injected[3]);
	EXPECT_TRUE(axvcpu_has_pending_interrupt(vcpu_));
	Run(vcpu_);
	EXPECT_EQ(1u, mock_->injected[3]);
}

arch_mock_step KickInside(uint32_t reason) {
	arch_mock_step step = Exit(reason);
	step.during = [](void *, axvcpu *handle) { EXPECT_EQ(AXVCPU_OK, axvcpu_kick(handle)); };
	return step;
}

TEST_F(RunTest, AKickWhileRunningSendsAnInterruptAndIsConsumed) {
	arch_mock_step step = KickInside(AXVCPU_EXIT_EXTERNAL_INTERRUPT);
	step.exit.flags = AXVCPU_EXIT_FLAG_RAW;
	step.wait_for_attention = 1;
	const axvcpu_exit *exit = Run(vcpu_, step);
	EXPECT_EQ(AXVCPU_EXIT_EXTERNAL_INTERRUPT, exit->reason);
	EXPECT_EQ(AXVCPU_EXIT_FLAG_RAW | AXVCPU_EXIT_FLAG_KICKED, exit->flags);
	ASSERT_EQ(1u, Count(HAL_MOCK_KICK_CPU));
	EXPECT_EQ(0u, hal_mock_find(trace(), HAL_MOCK_KICK_CPU, 0)->args[0]);
	exit = Run(vcpu_);
	EXPECT_EQ(0u, exit->flags);
	EXPECT_EQ(2u, Count(ARCH_MOCK_RUN));
}

TEST_F(RunTest, AKickGoesToTheCpuOfTheVcpu) {
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	mock_->cpu = 1;
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	Run(vcpu_, KickInside(AXVCPU_EXIT_NOTHING));
	ASSERT_EQ(1u, Count(HAL_MOCK_KICK_CPU));
	EXPECT_EQ(1u, hal_mock_find(trace(), HAL_MOCK_KICK_CPU, 0)->args[0]);
}

TEST_F(RunTest, AKickWithoutTheHalsHelp) {
	hal_ops_.kick_cpu = nullptr;
	arch_mock_step step = Exit(AXVCPU_EXIT_HYPERCALL);
	step.during = [](void *, axvcpu *handle) {
		EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_kick(handle));
	};
	const axvcpu_exit *exit = Run(vcpu_, step);
	EXPECT_EQ(AXVCPU_EXIT_FLAG_KICKED, exit->flags) << "takes effect at the next exit";
	EXPECT_EQ(AXVCPU_OK, axvcpu_kick(vcpu_)) << "nothing is needed when it does not run";
}

TEST_F(RunTest, AKickedHaltIsReady) {
	const axvcpu_exit *exit = Run(vcpu_, KickInside(AXVCPU_EXIT_HALT));
	EXPECT_EQ(AXVCPU_EXIT_HALT, exit->reason);
	EXPECT_EQ(AXVCPU_EXIT_FLAG_KICKED, exit->flags);
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_)) << "the owner need not look first";
	EXPECT_EQ(0u, Run(vcpu_)->flags);
}

TEST_F(RunTest, AKickWakesABlockedOne) {
	RunToHalt(vcpu_);
	EXPECT_EQ(AXVCPU_STATE_BLOCKED, axvcpu_get_state(vcpu_));
	EXPECT_FALSE(axvcpu_is_runnable(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_kick(vcpu_));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu_));
	ASSERT_EQ(1u, Count(HAL_MOCK_VCPU_RUNNABLE));
	EXPECT_EQ(vcpu_, hal_mock_find(trace(), HAL_MOCK_VCPU_RUNNABLE, 0)->object);
	EXPECT_EQ(AXVCPU_EXIT_FLAG_KICKED, Run(vcpu_)->flags);
}

TEST_F(RunTest, AKickOfAFreeOneIsKept) {
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_FALSE(axvcpu_is_runnable(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_kick(vcpu_));
	EXPECT_EQ(1u, Count(HAL_MOCK_VCPU_RUNNABLE));
	EXPECT_TRUE(axvcpu_is_runnable(vcpu_));
	EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(AXVCPU_EXIT_FLAG_KICKED, Run(vcpu_)->flags);
}

TEST_F(RunTest, UnblockIsForTheOneThatWaited) {
	RunToHalt(vcpu_);
	EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
	EXPECT_EQ(0u, Count(HAL_MOCK_VCPU_RUNNABLE)) << "the owner knows";
	Run(vcpu_);
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_unblock(vcpu_)) << "it has run since";
	EXPECT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(vcpu_));
}

TEST_F(RunTest, AForcedWaitCountsAsOneAndAForcedReadyEndsIt) {
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu_, AXVCPU_STATE_BLOCKED));
	EXPECT_EQ(AXVCPU_OK, axvcpu_kick(vcpu_));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu_, AXVCPU_STATE_READY));
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_unblock(vcpu_));
}

TEST_F(RunTest, UnbindingEndsTheWaitForGood) {
	RunToHalt(vcpu_);
	EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_unblock(vcpu_));
}

}  // namespace
}  // namespace axvcpu_test
