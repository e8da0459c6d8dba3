/* SPDX-License-Identifier: Apache-2.0 */
/* The vCPU behind its opaque handle. */
#ifndef AXVCPU_SRC_VCPU_INTERNAL_H_
#define AXVCPU_SRC_VCPU_INTERNAL_H_

#include <stdatomic.h>

#include "axvcpu/trace.h"
#include "axvcpu/vcpu.h"
#include "host_internal.h"
#include "irq_queue.h"

/** Where a trace goes and what it is timed by. */
struct axvcpu_tracing {
	/** Null if there is none. */
	struct axvcpu_trace *trace;
	axvcpu_trace_clock_fn clock;
	void *clock_ctx;
	/** Reason of the last exit, for the time that follows it. */
	uint32_t last_reason;
};

/** The arch package's state follows in the same block, at AXVCPU_ALIGNED_SIZE. */
struct axvcpu {
	/** AXVCPU_STATE_*. Changed by compare-exchange only, see state.h. */
	_Atomic uint32_t state;
	/** AXVCPU_ATTENTION_*: set by any CPU, cleared by the owner. */
	_Atomic uint32_t attention;
	union {
		struct {
			/** Reason of the last exit if it is an access that nobody finished, else NOTHING. */
			uint32_t open_access;
			/** Not 0 if `tracing` is in use. */
			uint32_t traced;
		};
		/** Both at once: 0 lets a run take its plain path. */
		uint64_t special;
	};
	/** Whether it was Blocked since it last ran. */
	bool slept;
	/** Whether params.allowed_cpus names none. */
	bool any_cpu;
	struct axvcpu_host *host;
	/** The host's table, one load nearer, and of it what is called most, two loads nearer. */
	const struct axvcpu_arch_ops *arch;
	axvcpu_error_t (*run)(void *vcpu, void *percpu, const uint32_t *attention,
			      struct axvcpu_exit *exit);
	/** Null if the table does not have it. */
	axvcpu_error_t (*switch_vcpus)(void *from, void *to, void *percpu);
	/** Where it is bound, else null. Bind claims it by compare-exchange. */
	struct axvcpu_percpu *_Atomic percpu;
	/** Number of that CPU, else AXVCPU_CPU_ANY; for CPUs that kick. */
	_Atomic uint64_t bound_cpu;

	struct axvcpu_exit exit;
	struct axvcpu_irq_queue interrupts;
	/** Those taken back since the last entry; they go before what `interrupts` holds. */
	struct axvcpu_irq_queue cleared;

	/** The last failed transition, see state.c; one word, so that it is never torn. */
	_Atomic uint64_t failure;
	/** The register that the failure is about, or 0. */
	_Atomic uint64_t failed_reg;
	struct axvcpu_create_params params;
	struct axvcpu_tracing tracing;
};
_Static_assert(AXVCPU_EXIT_NOTHING == 0, "axvcpu.special is 0 without an open access");

/** The arch package's table: what it says of itself, which operations it has. */
static inline const struct axvcpu_arch_ops *axvcpu_arch_of(const struct axvcpu *vcpu)
{
	return vcpu->host->arch;
}

/** Its operations, to be called; see axvcpu_host_calls(). */
static inline const struct axvcpu_arch_ops *axvcpu_calls_of(const struct axvcpu *vcpu)
{
#ifdef AXVCPU_STATIC
	return axvcpu_host_calls(vcpu->host);
#else
	return vcpu->arch;
#endif
}

static inline void *axvcpu_arch_state_of(struct axvcpu *vcpu)
{
	return axvcpu_arch_part(vcpu, sizeof(*vcpu));
}

/** The same for operations that only read. */
static inline const void *axvcpu_const_arch_state_of(const struct axvcpu *vcpu)
{
	return (const unsigned char *)vcpu + AXVCPU_ALIGNED_SIZE(sizeof(*vcpu));
}

/** The table's `run`, on the way of every exit. */
static inline axvcpu_error_t axvcpu_arch_run(struct axvcpu *vcpu, void *percpu_state)
{
	const uint32_t *attention = (const uint32_t *)&vcpu->attention;

#ifdef AXVCPU_STATIC
	return axvcpu_calls_of(vcpu)->run(axvcpu_arch_state_of(vcpu), percpu_state, attention,
					  &vcpu->exit);
#else
	return vcpu->run(axvcpu_arch_state_of(vcpu), percpu_state, attention, &vcpu->exit);
#endif
}

/** The table's `switch_vcpus`; AXVCPU_ERR_AGAIN if it has none. */
static inline axvcpu_error_t axvcpu_arch_switch(struct axvcpu *from, struct axvcpu *to,
						void *percpu_state)
{
#ifdef AXVCPU_STATIC
	return axvcpu_calls_of(to)->switch_vcpus(axvcpu_arch_state_of(from),
						 axvcpu_arch_state_of(to), percpu_state);
#else
	if (to->switch_vcpus == NULL) {
		return AXVCPU_ERR_AGAIN;
	}
	return to->switch_vcpus(axvcpu_arch_state_of(from), axvcpu_arch_state_of(to), percpu_state);
#endif
}

static inline uint32_t axvcpu_state_of(const struct axvcpu *vcpu)
{
	return atomic_load_explicit(&vcpu->state, memory_order_seq_cst);
}

/** Where the vCPU is bound. The owner's view: nobody else changes it. */
static inline struct axvcpu_percpu *axvcpu_binding_of(const struct axvcpu *vcpu)
{
	return atomic_load_explicit(&vcpu->percpu, memory_order_relaxed);
}

/** Whether the vCPU's registers may be touched here: it is bound to no other CPU. */
static inline bool axvcpu_is_accessible_here(const struct axvcpu *vcpu)
{
	const struct axvcpu_percpu *binding = axvcpu_binding_of(vcpu);

	return binding == NULL || binding == axvcpu_percpu_here(vcpu->host);
}

/** Makes `percpu` the place of the vCPU; false if a second owner made it another's. */
static inline bool axvcpu_claim_binding(struct axvcpu *vcpu, struct axvcpu_percpu *percpu)
{
	struct axvcpu_percpu *none = NULL;

	if (!atomic_compare_exchange_strong_explicit(&vcpu->percpu, &none, percpu,
						     memory_order_acq_rel,
						     memory_order_relaxed)) {
		return false;
	}
	/* Before the state says Ready: whoever sees it Running finds the number. */
	atomic_store_explicit(&vcpu->bound_cpu, percpu->cpu, memory_order_relaxed);
	percpu->bound = vcpu;
	return true;
}

/** Records that the vCPU is on no CPU any more; its CPU may have another one already. */
static inline void axvcpu_leave_binding(struct axvcpu *vcpu)
{
	atomic_store_explicit(&vcpu->bound_cpu, AXVCPU_CPU_ANY, memory_order_relaxed);
	atomic_store_explicit(&vcpu->percpu, NULL, memory_order_release);
}

/** The same, and that the CPU has none. */
static inline void axvcpu_forget_binding(struct axvcpu *vcpu, struct axvcpu_percpu *percpu)
{
	percpu->bound = NULL;
	axvcpu_leave_binding(vcpu);
}

#endif /* AXVCPU_SRC_VCPU_INTERNAL_H_ */
