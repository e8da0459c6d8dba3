// SPDX-License-Identifier: Apache-2.0
// Creation, set-up, binding, forced states, own transitions, failures.
#include "fixture.h"

namespace axvcpu_test {
namespace {

class CreateTest : public MachineTest {
 protected:
	CreateTest() { MakeMachine(); }
	axvcpu_error_t Create(const void *params, const void *config = nullptr) {
		Block memory(axvcpu_size(host_));
		axvcpu *vcpu = nullptr;
		axvcpu_error_t error =
			axvcpu_create(host_, memory.data(), memory.size(),
				      static_cast<const axvcpu_create_params *>(params), config,
				      &vcpu);
		EXPECT_EQ(error == AXVCPU_OK, vcpu != nullptr);
		if (vcpu != nullptr) {
			EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu));
		}
		return error;
	}
};

TEST_F(CreateTest, TellsWhatItWasMadeWith) {
	axvcpu_create_params params = Params(2);
	params.preferred_cpu = 65;
	params.allowed_cpus[1] = 2;
	params.allowed_cpus[15] = UINT64_C(1) << 63;
	axvcpu *vcpu = MakeVcpu(params);
	EXPECT_EQ(7u, axvcpu_vm_id(vcpu));
	EXPECT_EQ(2u, axvcpu_vcpu_id(vcpu));
	EXPECT_EQ(65u, axvcpu_preferred_cpu(vcpu));
	EXPECT_FALSE(axvcpu_is_bsp(vcpu));
	EXPECT_EQ(host_, axvcpu_host_of(vcpu));
	EXPECT_EQ(AXVCPU_STATE_CREATED, axvcpu_get_state(vcpu));
	EXPECT_EQ(AXVCPU_OPERATION_NONE, Failure(vcpu).operation);
	EXPECT_TRUE(axvcpu_is_cpu_allowed(vcpu, 65));
	EXPECT_TRUE(axvcpu_is_cpu_allowed(vcpu, 1023));
	EXPECT_FALSE(axvcpu_is_cpu_allowed(vcpu, 0));
	EXPECT_FALSE(axvcpu_is_cpu_allowed(vcpu, 64));
	EXPECT_FALSE(axvcpu_is_cpu_allowed(vcpu, 1024));
	EXPECT_FALSE(axvcpu_is_cpu_allowed(vcpu, UINT64_MAX));
	const hal_mock_call *call = hal_mock_find(trace(), ARCH_MOCK_VCPU_CREATE, 0);
	ASSERT_NE(nullptr, call);
	EXPECT_EQ(axvcpu_arch_state(vcpu), call->object);
	EXPECT_EQ(7u, call->args[0]);
	EXPECT_EQ(2u, call->args[1]);
	EXPECT_EQ(0u, reinterpret_cast<uintptr_t>(axvcpu_arch_state(vcpu)) % AXVCPU_MEMORY_ALIGN);
}

TEST_F(CreateTest, EmptySetAllowsAll) {
	axvcpu *vcpu = MakeVcpu();
	EXPECT_TRUE(axvcpu_is_bsp(vcpu));
	EXPECT_EQ(AXVCPU_CPU_ANY, axvcpu_preferred_cpu(vcpu));
	EXPECT_TRUE(axvcpu_is_cpu_allowed(vcpu, 0));
	EXPECT_TRUE(axvcpu_is_cpu_allowed(vcpu, 5000));
}

TEST_F(CreateTest, NullHandlesHaveNothing) {
	EXPECT_EQ(0u, axvcpu_vm_id(nullptr));
	EXPECT_EQ(0u, axvcpu_vcpu_id(nullptr));
	EXPECT_EQ(AXVCPU_CPU_ANY, axvcpu_preferred_cpu(nullptr));
	EXPECT_FALSE(axvcpu_is_cpu_allowed(nullptr, 0));
	EXPECT_FALSE(axvcpu_is_bsp(nullptr));
	EXPECT_EQ(nullptr, axvcpu_host_of(nullptr));
	EXPECT_EQ(nullptr, axvcpu_arch_state(nullptr));
	EXPECT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(nullptr));
	EXPECT_FALSE(axvcpu_has_pending_interrupt(nullptr));
	EXPECT_FALSE(axvcpu_is_runnable(nullptr));
}

TEST_F(CreateTest, ArgumentsAreChecked) {
	size_t size = axvcpu_size(host_);
	Block memory(size + AXVCPU_MEMORY_ALIGN);
	char *start = static_cast<char *>(memory.data());
	axvcpu_create_params params = Params();
	axvcpu *vcpu = nullptr;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_create(nullptr, start, size, &params, nullptr, &vcpu));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_create(host_, nullptr, size, &params, nullptr, &vcpu));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_create(host_, start + 32, size, &params, nullptr, &vcpu));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_create(host_, start, size, nullptr, nullptr, &vcpu));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_create(host_, start, size, &params, nullptr, nullptr));
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY,
		  axvcpu_create(host_, start, size - 1, &params, nullptr, &vcpu));
	EXPECT_EQ(nullptr, vcpu);
	EXPECT_EQ(0u, Count(ARCH_MOCK_VCPU_CREATE));
	params.flags = 1;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Create(&params));
	params = Params();
	params.preferred_cpu = 3;
	params.allowed_cpus[0] = 1u << 2;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Create(&params)) << "prefers a forbidden CPU";
	params.preferred_cpu = 2;
	EXPECT_EQ(AXVCPU_OK, Create(&params));
}

TEST_F(CreateTest, ParametersOfOtherVersions) {
	struct {
		axvcpu_create_params known;
		uint64_t later;
	} larger = {Params(), 0};
	larger.known.size = sizeof(larger);
	EXPECT_EQ(AXVCPU_OK, Create(&larger));
	std::vector<uint64_t> huge(1024, 0);
	std::memcpy(huge.data(), &larger, sizeof(larger));
	axvcpu_create_params *params = reinterpret_cast<axvcpu_create_params *>(huge.data());
	params->size = 4096;
	EXPECT_EQ(AXVCPU_OK, Create(params));
	params->size = 4097;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Create(params)) << "no version is that large";
	larger.later = UINT64_C(1) << 56;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Create(&larger)) << "asks for something unknown";

	// A caller that knows no CPU set: what lies behind its struct does not count.
	axvcpu_create_params smaller = Params();
	smaller.size = offsetof(axvcpu_create_params, allowed_cpus);
	smaller.allowed_cpus[0] = 1u << 4;
	axvcpu *vcpu = MakeVcpu(smaller);
	EXPECT_TRUE(axvcpu_is_cpu_allowed(vcpu, 0));
	smaller.size--;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Create(&smaller));
	smaller.size = 0;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Create(&smaller));
}

TEST_F(CreateTest, ArchErrorsComeThrough) {
	axvcpu_create_params params = Params();
	uint32_t frames = mock_->used_frames;
	FailNext(ARCH_MOCK_VCPU_CREATE, AXVCPU_ERR_UNSUPPORTED);
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, Create(&params));
	FailNext(HAL_MOCK_ALLOC_FRAMES, AXVCPU_ERR_NO_MEMORY);
	EXPECT_EQ(AXVCPU_ERR_NO_MEMORY, Create(&params));
	arch_mock_create_config config = {};
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, Create(&params, &config));
	EXPECT_EQ(AXVCPU_OK, Create(&params));
	EXPECT_EQ(frames, mock_->used_frames);
	EXPECT_EQ(0u, mock_->bad_frees);
}

class LifecycleTest : public MachineTest {
 protected:
	LifecycleTest() { MakeMachine(); }

	void ExpectFailure(axvcpu *vcpu, uint32_t operation, uint32_t required, uint32_t found,
			   axvcpu_error_t error) {
		axvcpu_failure failure = Failure(vcpu);
		EXPECT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(vcpu));
		EXPECT_EQ(sizeof(failure), failure.size);
		EXPECT_EQ(operation, failure.operation);
		EXPECT_EQ(required, failure.required_state);
		EXPECT_EQ(found, failure.found_state);
		EXPECT_EQ(error, failure.error);
		EXPECT_EQ(0u, failure.reserved);
	}
};

TEST_F(LifecycleTest, WholeLife) {
	axvcpu *vcpu = MakeVcpu();
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_entry(vcpu, 0x1000));
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_ept_root(vcpu, 0x2000));
	EXPECT_EQ(0x1000u, arch_mock_pc(vcpu));
	EXPECT_EQ(0x2000u, arch_mock_root(vcpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_setup(vcpu, kEntry, kRoot, nullptr));
	EXPECT_EQ(kEntry, arch_mock_pc(vcpu));
	EXPECT_EQ(kRoot, arch_mock_root(vcpu));
	for (int turn = 0; turn < 2; turn++) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu));
		ASSERT_NE(nullptr, Run(vcpu, Exit(AXVCPU_EXIT_HYPERCALL)));
		EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu));
		EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu));
		EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(vcpu));
		mock_->cpu = 1;  // the second turn on another CPU
	}
	EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu));
	EXPECT_EQ(2u, mock_->used_frames) << "those of the two CPUs";
	EXPECT_EQ(2u, Count(ARCH_MOCK_UNBIND)) << "an unbound one is not unbound again";
}

TEST_F(LifecycleTest, NullHandlesAreRefused) {
	const axvcpu_exit *exit = nullptr;
	axvcpu_failure failure = {};
	failure.size = sizeof(failure);
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_destroy(nullptr));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_state(nullptr, AXVCPU_STATE_FREE));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_get_failure(nullptr, &failure));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_entry(nullptr, 0));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_ept_root(nullptr, 0));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_setup(nullptr, 0, 0, nullptr));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_bind(nullptr));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_unbind(nullptr));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_run(nullptr, &exit));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_unblock(nullptr));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_complete_read(nullptr, 0));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_complete_write(nullptr));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_fail_access(nullptr));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_retry_access(nullptr));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_return_value(nullptr, 0));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_inject_interrupt(nullptr, 0));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_kick(nullptr));
}

TEST_F(LifecycleTest, RunNeedsRoomForTheExit) {
	axvcpu *vcpu = MakeReadyVcpu();
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_run(vcpu, nullptr));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu));
	EXPECT_EQ(0u, Count(ARCH_MOCK_RUN));
}

TEST_F(LifecycleTest, RefusedEntryAndRootChangeNothing) {
	axvcpu *vcpu = MakeVcpu();
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_entry(vcpu, 0x1001));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_ept_root(vcpu, 0x1008));
	EXPECT_EQ(AXVCPU_STATE_CREATED, axvcpu_get_state(vcpu));
}

TEST_F(LifecycleTest, EachFailingPartOfSetupMakesItInvalid) {
	for (uint32_t operation : {ARCH_MOCK_SET_ENTRY, ARCH_MOCK_SET_EPT_ROOT, ARCH_MOCK_SETUP}) {
		axvcpu *vcpu = MakeVcpu();
		FailNext(operation, AXVCPU_ERR_HARDWARE);
		EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_setup(vcpu, kEntry, kRoot, nullptr));
		ExpectFailure(vcpu, AXVCPU_OPERATION_SETUP, AXVCPU_STATE_CREATED,
			      AXVCPU_STATE_CREATED, AXVCPU_ERR_HARDWARE);
		EXPECT_EQ(nullptr, axvcpu_current(host_));
		EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu));
	}
	EXPECT_EQ(1u, Count(ARCH_MOCK_SETUP)) << "entry and root come first, and stop it";
}

TEST_F(LifecycleTest, SetupWorksWithoutAPercpuObject) {
	mock_->cpu = 2;
	axvcpu *vcpu = MakeVcpu();
	EXPECT_EQ(AXVCPU_OK, axvcpu_setup(vcpu, kEntry, kRoot, nullptr));
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_bind(vcpu));
	EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(vcpu));
	axvcpu_percpu *percpu = MakeCpu(2, false);
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_bind(vcpu)) << "not enabled";
	EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(vcpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_enable(percpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu));
}

TEST_F(LifecycleTest, BindNeedsAnAllowedCpu) {
	axvcpu_create_params params = Params();
	params.allowed_cpus[0] = 1u << 1;
	axvcpu *vcpu = MakeVcpu(params);
	ASSERT_EQ(AXVCPU_OK, axvcpu_setup(vcpu, kEntry, kRoot, nullptr));
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_bind(vcpu));
	EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(vcpu));
	EXPECT_EQ(0u, Count(ARCH_MOCK_BIND));
	mock_->cpu = 1;
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu));
}

TEST_F(LifecycleTest, OneVcpuForEachCpu) {
	axvcpu *first = MakeReadyVcpu();
	axvcpu *second = MakeVcpu(Params(1));
	ASSERT_EQ(AXVCPU_OK, axvcpu_setup(second, kEntry, kRoot, nullptr));
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_bind(second));
	EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(second));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(first));
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(second));
}

TEST_F(LifecycleTest, FailedBindLeavesTheCpuFree) {
	axvcpu *vcpu = MakeVcpu();
	ASSERT_EQ(AXVCPU_OK, axvcpu_setup(vcpu, kEntry, kRoot, nullptr));
	FailNext(ARCH_MOCK_BIND, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_bind(vcpu));
	ExpectFailure(vcpu, AXVCPU_OPERATION_BIND, AXVCPU_STATE_FREE, AXVCPU_STATE_FREE,
		      AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_disable(cpu0_)) << "nothing is bound";
	EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_enable(cpu0_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu, AXVCPU_STATE_FREE));
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu)) << "after the hypervisor mended it";
}

TEST_F(LifecycleTest, FailedUnbindLeavesTheCpuFree) {
	axvcpu *vcpu = MakeReadyVcpu();
	FailNext(ARCH_MOCK_UNBIND, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_unbind(vcpu));
	ExpectFailure(vcpu, AXVCPU_OPERATION_UNBIND, AXVCPU_STATE_READY, AXVCPU_STATE_READY,
		      AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_disable(cpu0_));
	mock_->cpu = 1;
	EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu)) << "bound nowhere, so anywhere";
	EXPECT_EQ(1u, Count(ARCH_MOCK_UNBIND));
}

TEST_F(LifecycleTest, UnbindAndRunOnlyWhereItIsBound) {
	axvcpu *vcpu = MakeReadyVcpu();
	const axvcpu_exit garbage = {};
	const axvcpu_exit *exit = &garbage;
	for (uint64_t cpu : {1u, 2u}) {  // one with another per-CPU object, one without
		mock_->cpu = cpu;
		EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_unbind(vcpu));
		EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_run(vcpu, &exit));
		EXPECT_EQ(nullptr, exit);
		EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu));
	}
	EXPECT_EQ(AXVCPU_OPERATION_NONE, Failure(vcpu).operation);
	mock_->cpu = 0;
	EXPECT_NE(nullptr, Run(vcpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu));
}

TEST_F(LifecycleTest, DestroyOfAnInvalidBoundOne) {
	axvcpu *vcpu = MakeReadyVcpu();
	Invalidate(vcpu);
	mock_->cpu = 1;
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_destroy(vcpu));
	EXPECT_EQ(0u, Count(ARCH_MOCK_VCPU_DESTROY));
	mock_->cpu = 0;
	FailNext(ARCH_MOCK_UNBIND, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu)) << "an error of unbind does not stop it";
	EXPECT_EQ(1u, Count(ARCH_MOCK_UNBIND));
	EXPECT_EQ(1u, Count(ARCH_MOCK_VCPU_DESTROY));
	EXPECT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(vcpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_disable(cpu0_)) << "the CPU is free";
}

TEST_F(LifecycleTest, SetStateChecksItsArgument) {
	axvcpu *vcpu = MakeVcpu();
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_state(vcpu, AXVCPU_STATE_RUNNING));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_state(vcpu, AXVCPU_STATE_COUNT));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_set_state(vcpu, UINT32_MAX));
}

TEST_F(LifecycleTest, AnInvalidBoundOneCanBeMended) {
	axvcpu *vcpu = MakeReadyVcpu();
	Invalidate(vcpu);
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_set_state(vcpu, AXVCPU_STATE_FREE)) << "is bound";
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_set_state(vcpu, AXVCPU_STATE_CREATED));
	EXPECT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(vcpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu, AXVCPU_STATE_READY));
	EXPECT_NE(nullptr, Run(vcpu));
	EXPECT_EQ(AXVCPU_OPERATION_UNBLOCK, Failure(vcpu).operation) << "the last failure stays";
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu, AXVCPU_STATE_BLOCKED));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unblock(vcpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu));
}

TEST_F(LifecycleTest, ForcedBlockedStaysButSaysRunnable) {
	axvcpu *vcpu = MakeReadyVcpu();
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, 4));
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu, AXVCPU_STATE_BLOCKED));
	EXPECT_EQ(AXVCPU_STATE_BLOCKED, axvcpu_get_state(vcpu));
	EXPECT_TRUE(axvcpu_is_runnable(vcpu));
}

TEST_F(LifecycleTest, FailureIsFilledInAsFarAsTheCallerKnowsIt) {
	axvcpu *vcpu = MakeVcpu();
	ASSERT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_bind(vcpu));
	axvcpu_failure failure;
	std::memset(&failure, 0xee, sizeof(failure));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_get_failure(vcpu, nullptr));
	failure.size = 7;
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_get_failure(vcpu, &failure));
	failure.size = 8;
	EXPECT_EQ(AXVCPU_OK, axvcpu_get_failure(vcpu, &failure));
	EXPECT_EQ(8u, failure.size);
	EXPECT_EQ(AXVCPU_OPERATION_BIND, failure.operation);
	EXPECT_EQ(0xeeeeeeeeu, failure.required_state);
	failure.size = 4096;
	EXPECT_EQ(AXVCPU_OK, axvcpu_get_failure(vcpu, &failure));
	EXPECT_EQ(sizeof(failure), failure.size);
	EXPECT_EQ(AXVCPU_STATE_FREE, failure.required_state);
	EXPECT_EQ(AXVCPU_STATE_CREATED, failure.found_state);
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, failure.error);
}

struct Seen {
	void *state;
	axvcpu *current;
	axvcpu_host *host;
	axvcpu_error_t result;
	axvcpu *inject;
};

axvcpu_error_t Look(void *state, void *arg) {
	Seen *seen = static_cast<Seen *>(arg);
	seen->state = state;
	seen->current = axvcpu_current(seen->host);
	if (seen->inject != nullptr) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(seen->inject, 9));
	}
	return seen->result;
}

// A vCPU that is set up anew has nothing of its earlier life.
TEST_F(LifecycleTest, ASecondSetupBeginsAnew) {
	axvcpu *vcpu = MakeReadyVcpu();
	Run(vcpu, Exit(AXVCPU_EXIT_MMIO_READ));
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu, 5));
	EXPECT_EQ(AXVCPU_OK, axvcpu_clear_interrupt(vcpu, 6));
	EXPECT_EQ(AXVCPU_OK, axvcpu_kick(vcpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu));
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(vcpu, AXVCPU_STATE_CREATED));
	EXPECT_EQ(AXVCPU_OK, axvcpu_setup(vcpu, kEntry, kRoot, nullptr));
	EXPECT_FALSE(axvcpu_has_pending_interrupt(vcpu));
	EXPECT_FALSE(axvcpu_is_runnable(vcpu));
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_complete_read(vcpu, 1));
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu));
	const axvcpu_exit *exit = Run(vcpu);
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(0u, exit->flags) << "no kick";
	EXPECT_EQ(kEntry, exit->pc);
	EXPECT_EQ(0u, Count(ARCH_MOCK_INJECT_INTERRUPT) + Count(ARCH_MOCK_CLEAR_INTERRUPT));
}

TEST_F(LifecycleTest, TransitionRunsTheOperation) {
	axvcpu *vcpu = MakeReadyVcpu();
	Seen seen = {nullptr, nullptr, host_, AXVCPU_OK, nullptr};
	EXPECT_EQ(AXVCPU_OK, axvcpu_transition(vcpu, AXVCPU_STATE_READY, AXVCPU_STATE_BLOCKED, Look,
					       &seen));
	EXPECT_EQ(axvcpu_arch_state(vcpu), seen.state);
	EXPECT_EQ(vcpu, seen.current);
	EXPECT_EQ(nullptr, axvcpu_current(host_));
	EXPECT_EQ(AXVCPU_STATE_BLOCKED, axvcpu_get_state(vcpu));
	seen.result = AXVCPU_ERR_NOT_FOUND;
	EXPECT_EQ(AXVCPU_ERR_NOT_FOUND, axvcpu_transition(vcpu, AXVCPU_STATE_BLOCKED,
							  AXVCPU_STATE_READY, Look, &seen));
	ExpectFailure(vcpu, AXVCPU_OPERATION_TRANSITION, AXVCPU_STATE_BLOCKED,
		      AXVCPU_STATE_BLOCKED, AXVCPU_ERR_NOT_FOUND);
}

TEST_F(LifecycleTest, TransitionArguments) {
	axvcpu *vcpu = MakeReadyVcpu();
	Seen seen = {nullptr, nullptr, host_, AXVCPU_OK, nullptr};
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_transition(nullptr, AXVCPU_STATE_READY, AXVCPU_STATE_READY, Look, &seen));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
		  axvcpu_transition(vcpu, AXVCPU_STATE_READY, AXVCPU_STATE_READY, nullptr, &seen));
	const uint32_t unbound[] = {AXVCPU_STATE_CREATED, AXVCPU_STATE_FREE};
	const uint32_t bound[] = {AXVCPU_STATE_READY, AXVCPU_STATE_BLOCKED};
	const uint32_t never[] = {AXVCPU_STATE_INVALID, AXVCPU_STATE_RUNNING, AXVCPU_STATE_COUNT,
				  32, UINT32_MAX};
	for (uint32_t u : unbound) {
		for (uint32_t b : bound) {
			EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
				  axvcpu_transition(vcpu, u, b, Look, &seen));
			EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
				  axvcpu_transition(vcpu, b, u, Look, &seen));
		}
	}
	for (uint32_t n : never) {
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
			  axvcpu_transition(vcpu, n, AXVCPU_STATE_READY, Look, &seen));
		EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT,
			  axvcpu_transition(vcpu, AXVCPU_STATE_READY, n, Look, &seen));
	}
	mock_->cpu = 1;
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU,
		  axvcpu_transition(vcpu, AXVCPU_STATE_READY, AXVCPU_STATE_READY, Look, &seen));
	EXPECT_EQ(nullptr, seen.state);
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu));
}

TEST_F(LifecycleTest, TransitionOnACpuWithoutObject) {
	axvcpu *vcpu = MakeVcpu();
	mock_->cpu = 5;
	Seen seen = {nullptr, vcpu, host_, AXVCPU_OK, nullptr};
	EXPECT_EQ(AXVCPU_OK, axvcpu_transition(vcpu, AXVCPU_STATE_CREATED, AXVCPU_STATE_FREE, Look,
					       &seen));
	EXPECT_EQ(nullptr, seen.current) << "no object, no current vCPU";
}

TEST_F(LifecycleTest, TransitionsLoseNoWakeUp) {
	axvcpu *vcpu = MakeReadyVcpu();
	Seen seen = {nullptr, nullptr, host_, AXVCPU_OK, vcpu};
	// To Blocked with an interrupt that comes during the operation.
	EXPECT_EQ(AXVCPU_OK, axvcpu_transition(vcpu, AXVCPU_STATE_READY, AXVCPU_STATE_BLOCKED, Look,
					       &seen));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu));
	// From Blocked, woken during the operation.
	ASSERT_NE(nullptr, Run(vcpu));
	RunToHalt(vcpu);
	EXPECT_EQ(AXVCPU_OK, axvcpu_transition(vcpu, AXVCPU_STATE_BLOCKED, AXVCPU_STATE_BLOCKED,
					       Look, &seen));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu));
	// From Blocked, woken before.
	EXPECT_EQ(AXVCPU_OK, axvcpu_transition(vcpu, AXVCPU_STATE_BLOCKED, AXVCPU_STATE_READY, Look,
					       &seen));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu));
}

// What operations see and may do while another is going on.
class NestedTest : public MachineTest {
 protected:
	NestedTest() { MakeMachine(); }

	static void TryAll(void *arg) {
		NestedTest *test = static_cast<NestedTest *>(arg);
		const axvcpu_exit *exit = nullptr;
		axvcpu *other = test->other_;
		hal_mock_set_hook(test->trace(), 0, nullptr, nullptr);
		test->calls_++;
		EXPECT_EQ(test->vcpu_, axvcpu_current(test->host_));
		EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_setup(other, kEntry, kRoot, nullptr));
		EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_bind(other));
		EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_run(other, &exit));
		EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_unbind(other));
		EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY,
			  axvcpu_transition(other, AXVCPU_STATE_FREE, AXVCPU_STATE_FREE,
					    [](void *, void *) { return axvcpu_error_t{AXVCPU_OK}; },
					    nullptr));
		EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_run(test->vcpu_, &exit));
		EXPECT_NE(AXVCPU_OK, axvcpu_destroy(test->vcpu_));
		EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_hardware_disable(test->cpu0_));
		EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_percpu_destroy(test->cpu0_));
		EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(other));
		// Another CPU is free to work meanwhile.
		test->mock_->cpu = 1;
		EXPECT_EQ(nullptr, axvcpu_current(test->host_));
		EXPECT_EQ(AXVCPU_OK, axvcpu_bind(other));
		EXPECT_EQ(AXVCPU_OK, axvcpu_run(other, &exit));
		EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(other));
		test->mock_->cpu = 0;
	}

	void Watch(uint32_t operation) { hal_mock_set_hook(trace(), operation, TryAll, this); }

	axvcpu *vcpu_ = nullptr;
	axvcpu *other_ = nullptr;
	int calls_ = 0;
};

TEST_F(NestedTest, EveryOperationIsAlone) {
	other_ = MakeVcpu(Params(1));
	ASSERT_EQ(AXVCPU_OK, axvcpu_setup(other_, kEntry, kRoot, nullptr));
	vcpu_ = MakeVcpu();
	Watch(ARCH_MOCK_SETUP);
	EXPECT_EQ(AXVCPU_OK, axvcpu_setup(vcpu_, kEntry, kRoot, nullptr));
	Watch(ARCH_MOCK_BIND);
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu_));
	Watch(ARCH_MOCK_RUN);
	EXPECT_NE(nullptr, Run(vcpu_));
	mock_->pending_irq = 30;
	Watch(HAL_MOCK_IRQ_FETCH);
	EXPECT_NE(nullptr, Run(vcpu_, Exit(AXVCPU_EXIT_EXTERNAL_INTERRUPT)));
	ASSERT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(vcpu_, 1));
	Watch(HAL_MOCK_INJECT_VIRTUAL_INTERRUPT);
	EXPECT_NE(nullptr, Run(vcpu_));
	Watch(ARCH_MOCK_UNBIND);
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(vcpu_));
	EXPECT_EQ(6, calls_);
	EXPECT_EQ(nullptr, axvcpu_current(host_));
}

// Two owners at once, each on a CPU of its own: the state machine catches it.
class TwoOwnersTest : public MachineTest {
 protected:
	TwoOwnersTest() { MakeMachine(); }

	static void OnCpu1(void *arg) {
		TwoOwnersTest *test = static_cast<TwoOwnersTest *>(arg);
		hal_mock_set_hook(test->trace(), 0, nullptr, nullptr);
		test->mock_->cpu = 1;
		test->result_ = test->second_(test->vcpu_);
		test->mock_->cpu = 0;
	}

	void During(uint32_t operation, axvcpu_error_t (*second)(axvcpu *)) {
		second_ = second;
		hal_mock_set_hook(trace(), operation, OnCpu1, this);
	}

	axvcpu *vcpu_ = nullptr;
	axvcpu_error_t (*second_)(axvcpu *) = nullptr;
	axvcpu_error_t result_ = AXVCPU_OK;
};

TEST_F(TwoOwnersTest, BothBind) {
	vcpu_ = MakeVcpu();
	ASSERT_EQ(AXVCPU_OK, axvcpu_setup(vcpu_, kEntry, kRoot, nullptr));
	During(ARCH_MOCK_BIND, axvcpu_bind);
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_bind(vcpu_));
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, result_);
	EXPECT_EQ(1u, Count(ARCH_MOCK_BIND)) << "the registers went to one CPU only";
	EXPECT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(vcpu_));
	EXPECT_EQ(AXVCPU_OPERATION_BIND, Failure(vcpu_).operation);
	mock_->cpu = 1;
	EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_disable(cpu1_)) << "CPU 1 has nothing of it";
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_destroy(vcpu_));
	mock_->cpu = 0;
	EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(vcpu_));
}

TEST_F(TwoOwnersTest, BothSetUp) {
	vcpu_ = MakeVcpu();
	During(ARCH_MOCK_SETUP,
	       [](axvcpu *vcpu) { return axvcpu_setup(vcpu, kEntry, kRoot, nullptr); });
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_setup(vcpu_, kEntry, kRoot, nullptr));
	EXPECT_EQ(AXVCPU_OK, result_);
	axvcpu_failure failure = Failure(vcpu_);
	EXPECT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(vcpu_));
	EXPECT_EQ(AXVCPU_STATE_CREATED, failure.required_state);
	EXPECT_EQ(AXVCPU_STATE_FREE, failure.found_state);
}

}  // namespace
}  // namespace axvcpu_test
