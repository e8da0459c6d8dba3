// SPDX-License-Identifier: Apache-2.0
// axvcpu_switch(): unbind of one vCPU and bind of another in one.
#include "fixture.h"

namespace axvcpu_test {
namespace {

class SwitchTest : public MachineTest, public ::testing::WithParamInterface<bool> {
 protected:
	// Half of the tests' machines have an arch package without the operation.
	SwitchTest() {
		if (!InOne()) {
			arch_ops_.switch_vcpus = nullptr;
		}
		MakeMachine();
		from_ = MakeReadyVcpu();
		to_ = MakeFreeVcpu(1);
		hal_mock_clear_log(trace());
	}

	bool InOne() const { return GetParam(); }

	axvcpu *MakeFreeVcpu(uint64_t id) {
		axvcpu *vcpu = MakeVcpu(Params(id));
		EXPECT_EQ(AXVCPU_OK, axvcpu_setup(vcpu, kEntry, kRoot, nullptr));
		return vcpu;
	}

	void ExpectStates(uint32_t from, uint32_t to) {
		EXPECT_STREQ(axvcpu_state_string(from), axvcpu_state_string(axvcpu_get_state(from_)));
		EXPECT_STREQ(axvcpu_state_string(to), axvcpu_state_string(axvcpu_get_state(to_)));
		EXPECT_EQ(nullptr, axvcpu_current(host_));
	}

	void ExpectFailure(const axvcpu *vcpu, uint32_t operation, uint32_t required, uint32_t found,
			   axvcpu_error_t error) {
		axvcpu_failure failure = Failure(vcpu);
		EXPECT_EQ(operation, failure.operation);
		EXPECT_EQ(required, failure.required_state);
		EXPECT_EQ(found, failure.found_state);
		EXPECT_EQ(error, failure.error);
	}

	uint32_t Flags(axvcpu *vcpu) {
		uint32_t flags = 0;
		EXPECT_EQ(AXVCPU_OK, axvcpu_get_reg(vcpu, ARCH_MOCK_REG_FLAGS, &flags, sizeof(flags)));
		return flags;
	}

	void SetFlags(axvcpu *vcpu, uint32_t flags) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_set_reg(vcpu, ARCH_MOCK_REG_FLAGS, &flags, sizeof(flags)));
	}

	// The operation in which `to` comes, of either kind of package.
	uint32_t LoadOperation() const { return InOne() ? ARCH_MOCK_SWITCH_VCPUS : ARCH_MOCK_BIND; }

	axvcpu *from_ = nullptr;
	axvcpu *to_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(EitherPackage, SwitchTest, ::testing::Bool(),
			 [](const ::testing::TestParamInfo<bool> &either) {
				 return either.param ? "InOne" : "ByUnbindAndBind";
			 });

TEST_P(SwitchTest, MovesBoth) {
	SetFlags(from_, 0x11);
	SetFlags(to_, 0x22);
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(from_, to_));
	ExpectStates(AXVCPU_STATE_FREE, AXVCPU_STATE_READY);
	EXPECT_EQ(0x11u, Flags(from_));
	EXPECT_EQ(0x22u, Flags(to_));
	EXPECT_EQ(InOne() ? 1u : 0u, Count(ARCH_MOCK_SWITCH_VCPUS));
	EXPECT_EQ(InOne() ? 0u : 1u, Count(ARCH_MOCK_UNBIND));
	EXPECT_EQ(InOne() ? 0u : 1u, Count(ARCH_MOCK_BIND));
	const hal_mock_call *call = hal_mock_find(trace(), LoadOperation(), 0);
	ASSERT_NE(nullptr, call);
	EXPECT_EQ(axvcpu_arch_state(to_), call->object);

	// `to` is bound here and `from` nowhere.
	EXPECT_NE(nullptr, Run(to_));
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_bind(from_));
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_hardware_disable(cpu0_));
	mock_->cpu = 1;
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_unbind(to_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(from_));
	EXPECT_EQ(0x11u, Flags(from_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(from_));
	mock_->cpu = 0;
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(to_, from_)) << "and back";
	EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(from_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_hardware_disable(cpu0_));
}

TEST_P(SwitchTest, AllowedCpusAreAsked) {
	axvcpu_create_params params = Params(2);
	params.allowed_cpus[0] = 1;
	axvcpu *here = MakeVcpu(params);
	ASSERT_EQ(AXVCPU_OK, axvcpu_setup(here, kEntry, kRoot, nullptr));
	params.allowed_cpus[0] = 2;
	axvcpu *elsewhere = MakeVcpu(params);
	ASSERT_EQ(AXVCPU_OK, axvcpu_setup(elsewhere, kEntry, kRoot, nullptr));
	EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_switch(from_, elsewhere));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(from_));
	EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(elsewhere));
	EXPECT_EQ(AXVCPU_OPERATION_NONE, Failure(elsewhere).operation);
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(from_, here));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(here));
}

TEST_P(SwitchTest, ArgumentsAndPlace) {
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_switch(nullptr, to_));
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_switch(from_, nullptr));
	for (uint64_t cpu : {1u, 2u}) {  // one with another per-CPU object, one without
		mock_->cpu = cpu;
		EXPECT_EQ(AXVCPU_ERR_WRONG_CPU, axvcpu_switch(from_, to_));
	}
	mock_->cpu = 0;
	ExpectStates(AXVCPU_STATE_READY, AXVCPU_STATE_FREE);
	EXPECT_EQ(0u, Count(ARCH_MOCK_UNBIND) + Count(ARCH_MOCK_BIND) + Count(ARCH_MOCK_SWITCH_VCPUS));
	EXPECT_EQ(AXVCPU_OPERATION_NONE, Failure(from_).operation);
	EXPECT_EQ(AXVCPU_OPERATION_NONE, Failure(to_).operation);
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(from_, to_));
}

TEST_P(SwitchTest, VcpusOfTwoHosts) {
	Block memory(axvcpu_host_size(&arch_ops_));
	axvcpu_host *other = nullptr;
	ASSERT_EQ(AXVCPU_OK, axvcpu_host_init(memory.data(), memory.size(), &arch_ops_, &hal_ops_,
					      mock_.get(), &other));
	std::swap(host_, other);
	axvcpu *stranger = MakeFreeVcpu(3);
	std::swap(host_, other);
	EXPECT_EQ(AXVCPU_ERR_INVALID_ARGUMENT, axvcpu_switch(from_, stranger));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(from_));
	EXPECT_EQ(AXVCPU_STATE_FREE, axvcpu_get_state(stranger));
	EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(stranger));
}

TEST_P(SwitchTest, ToItself) {
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(from_, from_));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(from_));
	EXPECT_EQ(0u, Count(ARCH_MOCK_UNBIND) + Count(ARCH_MOCK_BIND) + Count(ARCH_MOCK_SWITCH_VCPUS));
	EXPECT_NE(nullptr, Run(from_));
	// As after an unbind, that it was Blocked is forgotten.
	RunToHalt(from_);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unblock(from_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(from_, from_));
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_unblock(from_));
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_switch(from_, from_));
	ExpectFailure(from_, AXVCPU_OPERATION_UNBIND, AXVCPU_STATE_READY, AXVCPU_STATE_INVALID,
		      AXVCPU_ERR_BAD_STATE);
}

TEST_P(SwitchTest, FromInAWrongState) {
	for (uint32_t state : {AXVCPU_STATE_BLOCKED, AXVCPU_STATE_INVALID}) {
		SCOPED_TRACE(axvcpu_state_string(state));
		ASSERT_EQ(AXVCPU_OK, axvcpu_set_state(from_, state));
		EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_switch(from_, to_));
		ExpectStates(AXVCPU_STATE_INVALID, AXVCPU_STATE_FREE);
		ExpectFailure(from_, AXVCPU_OPERATION_UNBIND, AXVCPU_STATE_READY, state,
			      AXVCPU_ERR_BAD_STATE);
		EXPECT_EQ(AXVCPU_OPERATION_NONE, Failure(to_).operation);
	}
	// Still bound, and can be mended.
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_state(from_, AXVCPU_STATE_READY));
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(from_, to_));
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_switch(from_, to_)) << "Free, and `to` is not Free";
	ExpectStates(AXVCPU_STATE_INVALID, AXVCPU_STATE_READY);
}

TEST_P(SwitchTest, ToInAWrongState) {
	for (uint32_t state : {AXVCPU_STATE_CREATED, AXVCPU_STATE_INVALID}) {
		SCOPED_TRACE(axvcpu_state_string(state));
		ASSERT_EQ(AXVCPU_OK, axvcpu_set_state(to_, state));
		EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_switch(from_, to_));
		ExpectStates(AXVCPU_STATE_READY, AXVCPU_STATE_INVALID);
		ExpectFailure(to_, AXVCPU_OPERATION_BIND, AXVCPU_STATE_FREE, state,
			      AXVCPU_ERR_BAD_STATE);
	}
	EXPECT_EQ(AXVCPU_OPERATION_NONE, Failure(from_).operation);
	EXPECT_NE(nullptr, Run(from_)) << "bound as before";
	ASSERT_EQ(AXVCPU_OK, axvcpu_set_state(to_, AXVCPU_STATE_FREE));
	mock_->cpu = 1;
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(to_));
	mock_->cpu = 0;
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_switch(from_, to_)) << "bound elsewhere";
	ExpectStates(AXVCPU_STATE_READY, AXVCPU_STATE_INVALID);
	EXPECT_NE(nullptr, Run(from_));
}

TEST_P(SwitchTest, ToCannotBeLoaded) {
	SetFlags(from_, 0x11);
	SetFlags(to_, 0x22);
	FailNext(LoadOperation(), AXVCPU_ERR_UNSUPPORTED);
	EXPECT_EQ(AXVCPU_ERR_UNSUPPORTED, axvcpu_switch(from_, to_));
	ExpectStates(AXVCPU_STATE_FREE, AXVCPU_STATE_INVALID);
	ExpectFailure(to_, AXVCPU_OPERATION_BIND, AXVCPU_STATE_FREE, AXVCPU_STATE_FREE,
		      AXVCPU_ERR_UNSUPPORTED);
	EXPECT_EQ(AXVCPU_OPERATION_NONE, Failure(from_).operation);
	EXPECT_EQ(0x11u, Flags(from_));
	// The CPU is free, and both are good again.
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(to_, AXVCPU_STATE_FREE));
	EXPECT_EQ(0x22u, Flags(to_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(to_));
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(to_, from_));
	EXPECT_EQ(0x11u, Flags(from_));
}

TEST_P(SwitchTest, FromCannotBeSaved) {
	if (InOne()) {
		FailNext(ARCH_MOCK_SWITCH_VCPUS, AXVCPU_ERR_AGAIN);
	}
	FailNext(ARCH_MOCK_UNBIND, AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(AXVCPU_ERR_HARDWARE, axvcpu_switch(from_, to_));
	ExpectStates(AXVCPU_STATE_INVALID, AXVCPU_STATE_FREE);
	ExpectFailure(from_, AXVCPU_OPERATION_UNBIND, AXVCPU_STATE_READY, AXVCPU_STATE_READY,
		      AXVCPU_ERR_HARDWARE);
	EXPECT_EQ(0u, Count(ARCH_MOCK_BIND));
	EXPECT_EQ(AXVCPU_OK, axvcpu_bind(to_)) << "nothing holds the CPU, nor `to`";
	EXPECT_EQ(AXVCPU_OK, axvcpu_destroy(from_));
}

// What the package does not do in one goes by the two operations.
TEST_P(SwitchTest, Again) {
	SetFlags(to_, 0x22);
	FailNext(ARCH_MOCK_SWITCH_VCPUS, AXVCPU_ERR_AGAIN);
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(from_, to_));
	ExpectStates(AXVCPU_STATE_FREE, AXVCPU_STATE_READY);
	EXPECT_EQ(1u, Count(ARCH_MOCK_UNBIND));
	EXPECT_EQ(1u, Count(ARCH_MOCK_BIND));
	EXPECT_EQ(0x22u, Flags(to_));
	EXPECT_NE(nullptr, Run(to_));
}

struct Inside {
	SwitchTest *test;
	axvcpu_host *host;
	axvcpu *from;
	axvcpu *to;
	uint32_t calls;
	uint32_t set_from;
	uint32_t set_to;
};

void InjectAndKick(void *arg) {
	Inside *inside = static_cast<Inside *>(arg);
	inside->calls++;
	EXPECT_EQ(inside->to, axvcpu_current(inside->host));
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(inside->to, 9));
	EXPECT_EQ(AXVCPU_OK, axvcpu_inject_interrupt(inside->from, 5));
	EXPECT_EQ(AXVCPU_OK, axvcpu_kick(inside->from));
}

TEST_P(SwitchTest, InterruptsAndKicksMeanwhile) {
	Inside inside = {this, host_, from_, to_, 0, 0, 0};
	hal_mock_set_hook(trace(), LoadOperation(), InjectAndKick, &inside);
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(from_, to_));
	hal_mock_set_hook(trace(), 0, nullptr, nullptr);
	EXPECT_EQ(1u, inside.calls);
	EXPECT_TRUE(axvcpu_is_runnable(from_));
	EXPECT_TRUE(axvcpu_has_pending_interrupt(from_));
	EXPECT_NE(nullptr, Run(to_));
	EXPECT_EQ(1u, mock_->injected[9]);
	EXPECT_EQ(0u, mock_->injected[5]);
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(to_, from_));
	const axvcpu_exit *exit = Run(from_);
	ASSERT_NE(nullptr, exit);
	EXPECT_EQ(AXVCPU_EXIT_FLAG_KICKED, exit->flags) << "the kick comes first";
	EXPECT_NE(nullptr, Run(from_));
	EXPECT_EQ(1u, mock_->injected[5]);
}

void CallAll(void *arg) {
	Inside *inside = static_cast<Inside *>(arg);
	const axvcpu_exit *exit;
	inside->calls++;
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_switch(inside->from, inside->to));
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_switch(inside->to, inside->from));
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_unbind(inside->from));
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_bind(inside->to));
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_run(inside->to, &exit));
}

TEST_P(SwitchTest, NothingIsNestedInIt) {
	Inside inside = {this, host_, from_, to_, 0, 0, 0};
	hal_mock_set_hook(trace(), LoadOperation(), CallAll, &inside);
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(from_, to_));
	EXPECT_EQ(1u, inside.calls);
	ExpectStates(AXVCPU_STATE_FREE, AXVCPU_STATE_READY);
}

void NestSwitch(void *arg, axvcpu *handle) {
	Inside *inside = static_cast<Inside *>(arg);
	inside->calls++;
	EXPECT_EQ(AXVCPU_ERR_RESOURCE_BUSY, axvcpu_switch(handle, inside->to));
}

TEST_P(SwitchTest, NorIsItInARun) {
	Inside inside = {this, host_, from_, to_, 0, 0, 0};
	arch_mock_step step = Exit(AXVCPU_EXIT_HYPERCALL);
	step.during = NestSwitch;
	step.during_arg = &inside;
	EXPECT_NE(nullptr, Run(from_, step));
	EXPECT_EQ(1u, inside.calls);
	ExpectStates(AXVCPU_STATE_READY, AXVCPU_STATE_FREE);
}

// A second owner, which is a bug of the hypervisor, meets the switch.
void Spoil(void *arg) {
	Inside *inside = static_cast<Inside *>(arg);
	inside->calls++;
	if (inside->set_from != 0) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(inside->from, AXVCPU_STATE_INVALID));
	}
	if (inside->set_to != 0) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(inside->to, AXVCPU_STATE_INVALID));
	}
}

TEST_P(SwitchTest, ASecondOwnerIsNoticed) {
	// While `from` is saved and while `to` is loaded.
	Inside inside = {this, host_, from_, to_, 0, 1, 0};
	hal_mock_set_hook(trace(), InOne() ? ARCH_MOCK_SWITCH_VCPUS : ARCH_MOCK_UNBIND, Spoil, &inside);
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_switch(from_, to_));
	EXPECT_EQ(1u, inside.calls);
	ExpectStates(AXVCPU_STATE_INVALID, InOne() ? AXVCPU_STATE_READY : AXVCPU_STATE_FREE);
	hal_mock_set_hook(trace(), 0, nullptr, nullptr);
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(from_, AXVCPU_STATE_FREE)) << "it is bound to nothing";
	if (InOne()) {
		EXPECT_EQ(AXVCPU_OK, axvcpu_unbind(to_));
	}
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(from_));

	inside.set_from = 0;
	inside.set_to = 1;
	hal_mock_set_hook(trace(), LoadOperation(), Spoil, &inside);
	EXPECT_EQ(AXVCPU_ERR_BAD_STATE, axvcpu_switch(from_, to_));
	EXPECT_EQ(2u, inside.calls);
	ExpectStates(AXVCPU_STATE_FREE, AXVCPU_STATE_INVALID);
	hal_mock_set_hook(trace(), 0, nullptr, nullptr);
	EXPECT_EQ(AXVCPU_OK, axvcpu_set_state(to_, AXVCPU_STATE_READY)) << "it is bound, as after a bind";
	EXPECT_NE(nullptr, Run(to_));
}

// An older package's table ends before the operation.
TEST_P(SwitchTest, AnOlderTable) {
	Block memory(axvcpu_host_size(&arch_ops_));
	axvcpu_arch_ops older = arch_ops_;
	axvcpu_host *host = nullptr;
	older.size = offsetof(axvcpu_arch_ops, switch_vcpus);
	ASSERT_EQ(AXVCPU_OK, axvcpu_unbind(from_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_percpu_destroy(cpu0_));
	ASSERT_EQ(AXVCPU_OK, axvcpu_host_init(memory.data(), memory.size(), &older, &hal_ops_,
					      mock_.get(), &host));
	host_ = host;
	cpu0_ = MakeCpu(0);
	axvcpu *one = MakeFreeVcpu(4);
	axvcpu *other = MakeFreeVcpu(5);
	ASSERT_EQ(AXVCPU_OK, axvcpu_bind(one));
	hal_mock_clear_log(trace());
	EXPECT_EQ(AXVCPU_OK, axvcpu_switch(one, other));
	EXPECT_EQ(0u, Count(ARCH_MOCK_SWITCH_VCPUS));
	EXPECT_EQ(1u, Count(ARCH_MOCK_UNBIND));
	EXPECT_EQ(1u, Count(ARCH_MOCK_BIND));
	EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(other));
}

}  // namespace
}  // namespace axvcpu_test
