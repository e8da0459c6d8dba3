// SPDX-License-Identifier: Apache-2.0
// Every state x operation pair: what is returned, and which state results.
#include <functional>
#include <string>
#include <tuple>

#include "fixture.h"

namespace axvcpu_test {
namespace {

constexpr uint32_t kUnchanged = 100;  // the state that it was
constexpr uint32_t kGone = 101;       // destroyed: there is no state to look at

struct Expected {
	axvcpu_error_t error;
	uint32_t state;
};

constexpr Expected kOk = {AXVCPU_OK, kUnchanged};
constexpr Expected kWrong = {AXVCPU_ERR_BAD_STATE, AXVCPU_STATE_INVALID};
constexpr Expected kRefused = {AXVCPU_ERR_BAD_STATE, kUnchanged};
constexpr Expected kBusy = {AXVCPU_ERR_RESOURCE_BUSY, kUnchanged};
constexpr Expected kNone = {AXVCPU_ERR_NOT_FOUND, kUnchanged};
constexpr Expected kDestroyed = {AXVCPU_OK, kGone};
constexpr Expected To(uint32_t state) { return {AXVCPU_OK, state}; }

constexpr uint32_t I = AXVCPU_STATE_INVALID;
constexpr uint32_t C = AXVCPU_STATE_CREATED;
constexpr uint32_t F = AXVCPU_STATE_FREE;
constexpr uint32_t R = AXVCPU_STATE_READY;
constexpr uint32_t B = AXVCPU_STATE_BLOCKED;

struct Operation {
	const char *name;
	std::function<axvcpu_error_t(axvcpu *)> call;
	// By state: Invalid, Created, Free, Ready, Running (from another CPU), Blocked.
	Expected expected[AXVCPU_STATE_COUNT];
	// Running, from the CPU that runs it.
	Expected nested;
	// Whether it is a transition, whose failure is recorded.
	uint32_t operation;
	uint32_t required;
};

axvcpu_error_t Nothing(void *, void *) { return AXVCPU_OK; }

std::function<axvcpu_error_t(axvcpu *)> Transition(uint32_t from, uint32_t to) {
	return [=](axvcpu *vcpu) { return axvcpu_transition(vcpu, from, to, Nothing, nullptr); };
}

std::function<axvcpu_error_t(axvcpu *)> SetState(uint32_t state) {
	return [=](axvcpu *vcpu) { return axvcpu_set_state(vcpu, state); };
}

std::vector<Operation> Operations() {
	const uint32_t none = AXVCPU_OPERATION_NONE;
	return {
		{"setup", [](axvcpu *v) { return axvcpu_setup(v, kEntry, kRoot, nullptr); },
		 {kWrong, To(F), kWrong, kWrong, kWrong, kWrong}, kBusy, AXVCPU_OPERATION_SETUP, C},
		{"bind", axvcpu_bind,
		 {kWrong, kWrong, To(R), kWrong, kWrong, kWrong}, kBusy, AXVCPU_OPERATION_BIND, F},
		{"run",
		 [](axvcpu *v) {
			 const axvcpu_exit *exit;
			 axvcpu_error_t error = axvcpu_run(v, &exit);
			 EXPECT_EQ(error == AXVCPU_OK, exit != nullptr);
			 return error;
		 },
		 {kWrong, kWrong, kWrong, kOk, kWrong, kWrong}, kBusy, AXVCPU_OPERATION_RUN, R},
		{"unbind", axvcpu_unbind,
		 {kWrong, kWrong, kWrong, To(F), kWrong, kWrong}, kBusy, AXVCPU_OPERATION_UNBIND, R},
		{"unblock", axvcpu_unblock,
		 {kWrong, kWrong, kWrong, kWrong, kWrong, To(R)}, kWrong, AXVCPU_OPERATION_UNBLOCK, B},
		{"transition C->F", Transition(C, F),
		 {kWrong, To(F), kWrong, kWrong, kWrong, kWrong}, kBusy,
		 AXVCPU_OPERATION_TRANSITION, C},
		{"transition C->C", Transition(C, C),
		 {kWrong, kOk, kWrong, kWrong, kWrong, kWrong}, kBusy,
		 AXVCPU_OPERATION_TRANSITION, C},
		{"transition F->C", Transition(F, C),
		 {kWrong, kWrong, To(C), kWrong, kWrong, kWrong}, kBusy,
		 AXVCPU_OPERATION_TRANSITION, F},
		{"transition R->B", Transition(R, B),
		 {kWrong, kWrong, kWrong, To(B), kWrong, kWrong}, kBusy,
		 AXVCPU_OPERATION_TRANSITION, R},
		{"transition B->R", Transition(B, R),
		 {kWrong, kWrong, kWrong, kWrong, kWrong, To(R)}, kBusy,
		 AXVCPU_OPERATION_TRANSITION, B},
		{"transition B->B", Transition(B, B),
		 {kWrong, kWrong, kWrong, kWrong, kWrong, kOk}, kBusy,
		 AXVCPU_OPERATION_TRANSITION, B},
		{"destroy", axvcpu_destroy,
		 {kDestroyed, kDestroyed, kDestroyed, kRefused, kRefused, kRefused}, kRefused, none, 0},
		{"set_state Invalid", SetState(I), {To(I), To(I), To(I), To(I), kRefused, To(I)},
		 kRefused, none, 0},
		{"set_state Created", SetState(C),
		 {To(C), To(C), To(C), kRefused, kRefused, kRefused}, kRefused, none, 0},
		{"set_state Free", SetState(F),
		 {To(F), To(F), To(F), kRefused, kRefused, kRefused}, kRefused, none, 0},
		{"set_state Ready", SetState(R),
		 {kRefused, kRefused, kRefused, To(R), kRefused, To(R)}, kRefused, none, 0},
		{"set_state Blocked", SetState(B),
		 {kRefused, kRefused, kRefused, To(B), kRefused, To(B)}, kRefused, none, 0},
		{"set_entry", [](axvcpu *v) { return axvcpu_set_entry(v, kEntry); },
		 {kRefused, kOk, kOk, kRefused, kRefused, kRefused}, kRefused, none, 0},
		{"set_ept_root", [](axvcpu *v) { return axvcpu_set_ept_root(v, kRoot); },
		 {kRefused, kOk, kOk, kRefused, kRefused, kRefused}, kRefused, none, 0},
		{"complete_read", [](axvcpu *v) { return axvcpu_complete_read(v, 0); },
		 {kRefused, kRefused, kNone, kNone, kRefused, kNone}, kRefused, none, 0},
		{"complete_write", axvcpu_complete_write,
		 {kRefused, kRefused, kNone, kNone, kRefused, kNone}, kRefused, none, 0},
		{"fail_access", axvcpu_fail_access,
		 {kRefused, kRefused, kNone, kNone, kRefused, kNone}, kRefused, none, 0},
		{"retry_access", axvcpu_retry_access,
		 {kRefused, kRefused, kNone, kNone, kRefused, kNone}, kRefused, none, 0},
		{"set_return_value", [](axvcpu *v) { return axvcpu_set_return_value(v, 1); },
		 {kRefused, kOk, kOk, kOk, kRefused, kOk}, kRefused, none, 0},
		{"set_gpr", [](axvcpu *v) { return axvcpu_set_gpr(v, 3, 1); },
		 {kRefused, kOk, kOk, kOk, kRefused, kOk}, kRefused, none, 0},
		{"get_gpr",
		 [](axvcpu *v) {
			 uint64_t value;
			 return axvcpu_get_gpr(v, 3, &value);
		 },
		 {kRefused, kOk, kOk, kOk, kRefused, kOk}, kRefused, none, 0},
		{"get_reg",
		 [](axvcpu *v) {
			 uint64_t value;
			 return axvcpu_get_reg(v, ARCH_MOCK_REG_PC, &value, sizeof(value));
		 },
		 {kRefused, kOk, kOk, kOk, kRefused, kOk}, kRefused, none, 0},
		{"set_reg",
		 [](axvcpu *v) {
			 uint64_t value = 0x1000;
			 return axvcpu_set_reg(v, ARCH_MOCK_REG_PC, &value, sizeof(value));
		 },
		 {kRefused, kOk, kOk, kOk, kRefused, kOk}, kRefused, none, 0},
		{"list_regs",
		 [](axvcpu *v) {
			 uint64_t ids[64];
			 size_t count = 64;
			 return axvcpu_list_regs(v, ids, &count);
		 },
		 {kOk, kOk, kOk, kOk, kOk, kOk}, kOk, none, 0},
		{"get_regs",
		 [](axvcpu *v) {
			 uint64_t id = ARCH_MOCK_REG_PC;
			 uint64_t value;
			 return axvcpu_get_regs(v, &id, 1, &value, sizeof(value));
		 },
		 {kRefused, kOk, kOk, kOk, kRefused, kOk}, kRefused, none, 0},
		{"set_regs",
		 [](axvcpu *v) {
			 uint64_t id = ARCH_MOCK_REG_PC;
			 uint64_t value = 0x2000;
			 return axvcpu_set_regs(v, &id, 1, &value, sizeof(value));
		 },
		 {kRefused, kOk, kOk, kOk, kRefused, kOk}, kRefused, none, 0},
		{"inject_interrupt", [](axvcpu *v) { return axvcpu_inject_interrupt(v, 5); },
		 {kRefused, kRefused, kOk, kOk, kOk, To(R)}, kOk, none, 0},
		{"clear_interrupt", [](axvcpu *v) { return axvcpu_clear_interrupt(v, 5); },
		 {kRefused, kRefused, kOk, kOk, kOk, kOk}, kOk, none, 0},
		{"timer_deadline",
		 [](axvcpu *v) {
			 uint64_t deadline;
			 return axvcpu_timer_deadline(v, &deadline);
		 },
		 {kRefused, kRefused, kOk, kOk, kRefused, kOk}, kRefused, none, 0},
		{"kick", axvcpu_kick,
		 {kRefused, kRefused, kOk, kOk, kOk, To(R)}, kOk, none, 0},
		{"get_failure",
		 [](axvcpu *v) {
			 axvcpu_failure failure = {};
			 failure.size = sizeof(failure);
			 return axvcpu_get_failure(v, &failure);
		 },
		 {kOk, kOk, kOk, kOk, kOk, kOk}, kOk, none, 0},
		{"has_pending_interrupt",
		 [](axvcpu *v) {
			 return axvcpu_has_pending_interrupt(v) ? AXVCPU_ERR_AGAIN : AXVCPU_OK;
		 },
		 {kOk, kOk, kOk, kOk, kOk, kOk}, kOk, none, 0},
		// AGAIN stands for true.
		{"is_runnable",
		 [](axvcpu *v) { return axvcpu_is_runnable(v) ? AXVCPU_ERR_AGAIN : AXVCPU_OK; },
		 {kOk, kOk, kOk, {AXVCPU_ERR_AGAIN, kUnchanged}, kOk, kOk}, kOk, none, 0},
		{"get_state",
		 [](axvcpu *v) { return static_cast<axvcpu_error_t>(axvcpu_get_state(v)); },
		 {{I, kUnchanged}, {C, kUnchanged}, {F, kUnchanged}, {R, kUnchanged},
		  {AXVCPU_STATE_RUNNING, kUnchanged}, {B, kUnchanged}},
		 {AXVCPU_STATE_RUNNING, kUnchanged}, none, 0},
	};
}

class StateTable : public MachineTest {
 protected:
	void Check(const Operation &operation, const Expected &expected, axvcpu *vcpu) {
		uint32_t before = axvcpu_get_state(vcpu);
		EXPECT_EQ(expected.error, operation.call(vcpu));
		if (expected.state == kGone) {
			return;
		}
		uint32_t wanted = expected.state == kUnchanged ? before : expected.state;
		EXPECT_STREQ(axvcpu_state_string(wanted),
			     axvcpu_state_string(axvcpu_get_state(vcpu)));
		if (expected.error != AXVCPU_ERR_BAD_STATE) {
			return;
		}
		axvcpu_failure failure = Failure(vcpu);
		if (wanted == AXVCPU_STATE_INVALID && operation.operation != 0) {
			EXPECT_EQ(operation.operation, failure.operation);
			EXPECT_EQ(operation.required, failure.required_state);
			EXPECT_EQ(before, failure.found_state) << "the state found, not Invalid";
			EXPECT_EQ(AXVCPU_ERR_BAD_STATE, failure.error);
		} else if (before != AXVCPU_STATE_INVALID) {
			EXPECT_EQ(AXVCPU_OPERATION_NONE, failure.operation);
		}
	}

	// A new vCPU in `state`, not Running, on CPU 0.
	axvcpu *InState(uint32_t state) {
		axvcpu *vcpu = MakeVcpu();
		if (state == I) {
			Invalidate(vcpu);
		}
		if (state == I || state == C) {
			return vcpu;
		}
		EXPECT_EQ(AXVCPU_OK, axvcpu_setup(vcpu, kEntry, kRoot, nullptr));
		if (state == F) {
			return vcpu;
		}
		EXPECT_EQ(AXVCPU_OK, axvcpu_bind(vcpu));
		if (state == B) {
			RunToHalt(vcpu);
		}
		EXPECT_EQ(state, axvcpu_get_state(vcpu));
		return vcpu;
	}

	struct Call {
		StateTable *test;
		const Operation *operation;
		const Expected *expected;
		uint64_t cpu;
		bool done;
	};

	static void CallWhileRunning(void *arg, axvcpu *handle) {
		Call *call = static_cast<Call *>(arg);
		call->done = true;
		call->test->mock_->cpu = call->cpu;
		ASSERT_EQ(AXVCPU_STATE_RUNNING, axvcpu_get_state(handle));
		call->test->Check(*call->operation, *call->expected, handle);
		call->test->mock_->cpu = 0;
	}

	void CheckWhileRunning(const Operation &operation, const Expected &expected, uint64_t cpu) {
		axvcpu *vcpu = InState(R);
		Call call = {this, &operation, &expected, cpu, false};
		arch_mock_step step = Exit(AXVCPU_EXIT_HYPERCALL);
		step.during = CallWhileRunning;
		step.during_arg = &call;
		Script(step);
		const axvcpu_exit *exit = nullptr;
		axvcpu_error_t error = axvcpu_run(vcpu, &exit);
		EXPECT_TRUE(call.done);
		if (expected.state == AXVCPU_STATE_INVALID) {
			// Another's wrong call is noticed, and stays what get_failure tells.
			EXPECT_EQ(AXVCPU_ERR_BAD_STATE, error);
			EXPECT_EQ(nullptr, exit);
			EXPECT_EQ(AXVCPU_STATE_INVALID, axvcpu_get_state(vcpu));
			EXPECT_EQ(operation.operation, Failure(vcpu).operation);
		} else {
			EXPECT_EQ(AXVCPU_OK, error);
			ASSERT_NE(nullptr, exit);
			EXPECT_EQ(AXVCPU_EXIT_HYPERCALL, exit->reason);
			EXPECT_EQ(AXVCPU_STATE_READY, axvcpu_get_state(vcpu));
		}
		EXPECT_EQ(nullptr, axvcpu_current(host_));
	}
};

class StateTablePair : public StateTable,
		       public ::testing::WithParamInterface<std::tuple<size_t, uint32_t>> {
 protected:
	static const Operation &Op() {
		static const std::vector<Operation> operations = Operations();
		return operations[std::get<0>(GetParam())];
	}
	static uint32_t State() { return std::get<1>(GetParam()); }
};

TEST_P(StateTablePair, Holds) {
	MakeMachine();
	SCOPED_TRACE(std::string(Op().name) + " in " + axvcpu_state_string(State()));
	const Expected &expected = Op().expected[State()];
	if (State() == AXVCPU_STATE_RUNNING) {
		CheckWhileRunning(Op(), expected, 1);
	} else {
		Check(Op(), expected, InState(State()));
	}
}

INSTANTIATE_TEST_SUITE_P(
	EveryOperation, StateTablePair,
	::testing::Combine(::testing::Range<size_t>(0, Operations().size()),
			   ::testing::Range<uint32_t>(0, AXVCPU_STATE_COUNT)));

// From inside the guest's run, on its own CPU: transitions are refused and harm nothing.
class StateTableNested : public StateTable, public ::testing::WithParamInterface<size_t> {};

TEST_P(StateTableNested, Holds) {
	MakeMachine();
	const Operation operation = Operations()[GetParam()];
	SCOPED_TRACE(operation.name);
	CheckWhileRunning(operation, operation.nested, 0);
}

INSTANTIATE_TEST_SUITE_P(EveryOperation, StateTableNested,
			 ::testing::Range<size_t>(0, Operations().size()));

}  // namespace
}  // namespace axvcpu_test
