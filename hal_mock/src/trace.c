/* SPDX-License-Identifier: Apache-2.0 */
#include "hal_mock/trace.h"

void hal_mock_fail(struct hal_mock_trace *trace, uint32_t operation, uint32_t let_through,
		   uint32_t times, axvcpu_error_t error)
{
	if (operation >= HAL_MOCK_OPERATION_COUNT) {
		return;
	}
	trace->failures[operation].at = hal_mock_count(trace, operation) + let_through + 1u;
	trace->failures[operation].times = times;
	trace->failures[operation].error = error;
}

void hal_mock_set_hook(struct hal_mock_trace *trace, uint32_t operation, hal_mock_hook hook,
		       void *arg)
{
	trace->hook_operation = operation;
	trace->hook = hook;
	trace->hook_arg = arg;
}

void hal_mock_clear_log(struct hal_mock_trace *trace)
{
	for (uint32_t i = 0; i < HAL_MOCK_OPERATION_COUNT; i++) {
		struct hal_mock_failure *failure = &trace->failures[i];

		/* Calls are counted from 0 again, so the ordered ones come earlier. */
		if (failure->at > trace->seen[i]) {
			failure->at -= trace->seen[i];
		} else if (failure->at + failure->times > trace->seen[i] + 1u) {
			failure->times -= trace->seen[i] + 1u - failure->at;
			failure->at = 1u;
		} else {
			failure->at = 0u;
		}
		trace->seen[i] = 0u;
	}
	trace->call_count = 0u;
}

uint32_t hal_mock_count(const struct hal_mock_trace *trace, uint32_t operation)
{
	return operation < HAL_MOCK_OPERATION_COUNT ?
		       __atomic_load_n(&trace->seen[operation], __ATOMIC_ACQUIRE) :
		       0u;
}

const struct hal_mock_call *hal_mock_find(const struct hal_mock_trace *trace, uint32_t operation,
					  uint32_t index)
{
	uint32_t count = __atomic_load_n(&trace->call_count, __ATOMIC_ACQUIRE);

	for (uint32_t i = 0; i < count && i < HAL_MOCK_CALLS; i++) {
		if (trace->calls[i].operation != operation) {
			continue;
		}
		if (index == 0u) {
			return &trace->calls[i];
		}
		index--;
	}
	return NULL;
}

/** Whether the `number`th call of an operation is one that was ordered to fail. */
static axvcpu_error_t ordered_error(const struct hal_mock_failure *failure, uint32_t number)
{
	bool fails = failure->at != 0u && number >= failure->at &&
		     number - failure->at < failure->times;

	return fails ? failure->error : AXVCPU_OK;
}

axvcpu_error_t hal_mock_record(struct hal_mock_trace *trace, uint32_t operation,
			       const void *object, uint64_t arg0, uint64_t arg1)
{
	uint32_t number = __atomic_add_fetch(&trace->seen[operation], 1u, __ATOMIC_ACQ_REL);
	axvcpu_error_t error = ordered_error(&trace->failures[operation], number);

	if (operation != HAL_MOCK_PERCPU_GET) {
		uint32_t slot = __atomic_fetch_add(&trace->call_count, 1u, __ATOMIC_ACQ_REL);

		if (slot < HAL_MOCK_CALLS) {
			struct hal_mock_call *call = &trace->calls[slot];

			call->operation = operation;
			call->ordered_error = error;
			call->object = object;
			call->args[0] = arg0;
			call->args[1] = arg1;
		}
	}
	if (trace->hook != NULL && trace->hook_operation == operation) {
		trace->hook(trace->hook_arg);
	}
	return error;
}
