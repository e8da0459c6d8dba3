/* SPDX-License-Identifier: Apache-2.0 */
/* Counters and the ring of exits; see axvcpu/trace.h. */
#include "axvcpu/trace.h"

#include "state.h"
#include "tracing.h"

#define NS_PER_SECOND UINT64_C(1000000000)
#define MAX_CAPACITY (UINT32_C(1) << 31)
#define TRACE_ALIGN _Alignof(struct axvcpu_trace)

_Static_assert(AXVCPU_EXIT_REASON_COUNT < AXVCPU_TRACE_REASONS,
	       "each reason has a counter, and one is left for later ones");

static struct axvcpu_trace_record *records_of(struct axvcpu_trace *trace)
{
	return (struct axvcpu_trace_record *)(trace + 1);
}

size_t axvcpu_trace_size(uint32_t records)
{
	size_t capacity = records == 0u ? 0u : 1u;

	if (records > MAX_CAPACITY) {
		return 0u;
	}
	while (capacity < records) {
		capacity *= 2u;
	}
	return sizeof(struct axvcpu_trace) + capacity * sizeof(struct axvcpu_trace_record);
}

/** The largest ring that fits. */
static uint32_t capacity_of(size_t size)
{
	size_t room = (size - sizeof(struct axvcpu_trace)) / sizeof(struct axvcpu_trace_record);
	uint32_t capacity = 1u;

	if (room == 0u) {
		return 0u;
	}
	while (capacity < MAX_CAPACITY && capacity <= room / 2u) {
		capacity *= 2u;
	}
	return capacity;
}

/** Finds the clock; false if there is none or the configuration is wrong, told by `*error`. */
static bool choose_clock(const struct axvcpu *vcpu, const struct axvcpu_trace_config *config,
			 struct axvcpu_trace_config *chosen, axvcpu_error_t *error)
{
	const struct axvcpu_hal *hal = &vcpu->host->hal;

	if (config != NULL) {
		*error = AXVCPU_ERR_INVALID_ARGUMENT;
		if (config->size < sizeof(*config) || config->size > AXVCPU_CONFIG_MAX_SIZE ||
		    !axvcpu_is_zero(config, sizeof(*config), config->size)) {
			return false;
		}
		*chosen = *config;
		return config->flags == 0u && config->clock != NULL &&
		       config->ticks_per_second != 0u;
	}
	chosen->clock = hal->ops->time_ns;
	chosen->clock_ctx = hal->ctx;
	chosen->ticks_per_second = NS_PER_SECOND;
	*error = AXVCPU_ERR_UNSUPPORTED;
	return chosen->clock != NULL;
}

axvcpu_error_t axvcpu_trace_start(struct axvcpu *vcpu, void *memory, size_t size,
				  const struct axvcpu_trace_config *config)
{
	struct axvcpu_trace *trace = (struct axvcpu_trace *)memory;
	struct axvcpu_trace_config chosen;
	axvcpu_error_t error;

	if (vcpu == NULL || memory == NULL || (uintptr_t)memory % TRACE_ALIGN != 0u) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (size < sizeof(*trace)) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	if (axvcpu_state_of(vcpu) == AXVCPU_STATE_RUNNING) {
		return AXVCPU_ERR_BAD_STATE;
	}
	if (!choose_clock(vcpu, config, &chosen, &error)) {
		return error;
	}
	__builtin_memset(trace, 0, sizeof(*trace));
	trace->magic = AXVCPU_TRACE_MAGIC;
	trace->format = AXVCPU_TRACE_FORMAT;
	trace->head_size = (uint32_t)sizeof(*trace);
	trace->record_size = (uint32_t)sizeof(struct axvcpu_trace_record);
	trace->capacity = capacity_of(size);
	trace->arch = axvcpu_arch_of(vcpu)->arch;
	trace->vm_id = vcpu->params.vm_id;
	trace->vcpu_id = vcpu->params.vcpu_id;
	trace->ticks_per_second = chosen.ticks_per_second;
	__builtin_memset(records_of(trace), 0,
			 trace->capacity * sizeof(struct axvcpu_trace_record));
	vcpu->tracing.trace = trace;
	vcpu->tracing.clock = chosen.clock;
	vcpu->tracing.clock_ctx = chosen.clock_ctx;
	trace->start = axvcpu_tracing_now(&vcpu->tracing);
	vcpu->traced = 1u;
	return AXVCPU_OK;
}

axvcpu_error_t axvcpu_trace_stop(struct axvcpu *vcpu)
{
	if (vcpu == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (axvcpu_state_of(vcpu) == AXVCPU_STATE_RUNNING) {
		return AXVCPU_ERR_BAD_STATE;
	}
	vcpu->traced = 0u;
	vcpu->tracing.trace = NULL;
	return AXVCPU_OK;
}

const struct axvcpu_trace *axvcpu_trace_of(const struct axvcpu *vcpu)
{
	return vcpu == NULL ? NULL : vcpu->tracing.trace;
}

/** axvcpu_trace_record.detail of an exit. */
static uint64_t detail_of(const struct axvcpu_exit *exit)
{
	switch (exit->reason) {
	case AXVCPU_EXIT_HYPERCALL:
		return exit->u.hypercall.number;
	case AXVCPU_EXIT_MMIO_READ:
	case AXVCPU_EXIT_MMIO_WRITE:
		return exit->u.mmio.gpa;
	case AXVCPU_EXIT_SYSREG_READ:
	case AXVCPU_EXIT_SYSREG_WRITE:
		return exit->u.sysreg.address;
	case AXVCPU_EXIT_PORT_READ:
	case AXVCPU_EXIT_PORT_WRITE:
		return exit->u.port.port;
	case AXVCPU_EXIT_EXTERNAL_INTERRUPT:
	case AXVCPU_EXIT_END_OF_INTERRUPT:
		return exit->u.interrupt.vector;
	case AXVCPU_EXIT_NESTED_PAGE_FAULT:
		return exit->u.nested_page_fault.gpa;
	case AXVCPU_EXIT_CPU_UP:
		return exit->u.cpu_up.target_cpu;
	case AXVCPU_EXIT_SYSTEM_DOWN:
		return exit->u.system_down.type;
	case AXVCPU_EXIT_FAIL_ENTRY:
		return exit->u.fail_entry.hardware_reason;
	case AXVCPU_EXIT_SEND_IPI:
		return exit->u.send_ipi.vector;
	default:
		return 0u;
	}
}

static struct axvcpu_trace_counter *counter_of(struct axvcpu_trace *trace, uint32_t reason)
{
	return &trace->counters[reason < AXVCPU_TRACE_REASONS ? reason :
								AXVCPU_TRACE_REASONS - 1u];
}

/** Adds to a number that other CPUs read, and only this one writes. */
static void add(uint64_t *number, uint64_t amount)
{
	__atomic_store_n(number, *number + amount, __ATOMIC_RELAXED);
}

void axvcpu_tracing_exit(struct axvcpu_tracing *tracing, const struct axvcpu_exit *exit,
			 uint64_t enter)
{
	struct axvcpu_trace *trace = tracing->trace;
	struct axvcpu_trace_counter *counter = counter_of(trace, exit->reason);
	uint64_t leave = axvcpu_tracing_now(tracing);

	if (trace->total != 0u) {
		add(&counter_of(trace, tracing->last_reason)->away_ticks,
		    enter - trace->last_leave);
	}
	add(&counter->count, 1u);
	add(&counter->run_ticks, leave - enter);
	if (trace->capacity != 0u) {
		struct axvcpu_trace_record *record =
			&records_of(trace)[trace->total & (trace->capacity - 1u)];

		record->enter = enter;
		record->leave = leave;
		record->pc = exit->pc;
		record->detail = detail_of(exit);
		record->reason = exit->reason;
		record->flags = exit->flags;
	}
	trace->last_leave = leave;
	tracing->last_reason = exit->reason;
	/* Last: who reads it finds the record written. */
	__atomic_store_n(&trace->total, trace->total + 1u, __ATOMIC_RELEASE);
}
