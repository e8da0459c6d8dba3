/* SPDX-License-Identifier: Apache-2.0 */
/* Making and ending a vCPU, and what is fixed in between. */
#include "ops_check.h"
#include "state.h"

#define CPU_SET_WORD_BITS 64u

/** A caller must at least know the members before the CPU set, which may be all zero. */
#define PARAMS_MIN_SIZE offsetof(struct axvcpu_create_params, allowed_cpus)

size_t axvcpu_size(const struct axvcpu_host *host)
{
	if (host == NULL) {
		return 0u;
	}
	return AXVCPU_ALIGNED_SIZE(sizeof(struct axvcpu)) +
	       AXVCPU_ALIGNED_SIZE(host->arch->vcpu_size);
}

static bool set_has(const uint64_t *words, uint64_t cpu)
{
	return cpu < AXVCPU_CPU_SET_MAX &&
	       ((words[cpu / CPU_SET_WORD_BITS] >> (cpu % CPU_SET_WORD_BITS)) & 1u) != 0u;
}

/** Whether a set names no CPU, and so allows all. */
static bool allows_any(const struct axvcpu_create_params *params)
{
	uint64_t any = 0u;

	for (size_t i = 0; i < AXVCPU_CPU_SET_WORDS; i++) {
		any |= params->allowed_cpus[i];
	}
	return any == 0u;
}

/** Copies parameters of any version; false if they ask for what this one does not know. */
static bool copy_params(struct axvcpu_create_params *to, const struct axvcpu_create_params *from)
{
	size_t known = from->size < sizeof(*to) ? from->size : sizeof(*to);

	if (from->size < PARAMS_MIN_SIZE || from->size > AXVCPU_CONFIG_MAX_SIZE ||
	    !axvcpu_is_zero(from, known, from->size)) {
		return false;
	}
	__builtin_memset(to, 0, sizeof(*to));
	__builtin_memcpy(to, from, known);
	to->size = (uint32_t)sizeof(*to);
	return to->flags == 0u && (to->preferred_cpu == AXVCPU_CPU_ANY ||
				   allows_any(to) ||
				   set_has(to->allowed_cpus, to->preferred_cpu));
}

axvcpu_error_t axvcpu_create(struct axvcpu_host *host, void *memory, size_t memory_size,
			     const struct axvcpu_create_params *params, const void *arch_config,
			     struct axvcpu **vcpu)
{
	struct axvcpu *made = (struct axvcpu *)memory;
	struct axvcpu_create_params known;
	struct axvcpu_arch_vcpu_info info = { 0 };
	axvcpu_error_t error;

	if (host == NULL || params == NULL || vcpu == NULL || !axvcpu_memory_is_aligned(memory) ||
	    !copy_params(&known, params)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (memory_size < axvcpu_size(host)) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	__builtin_memset(memory, 0, axvcpu_size(host));
	made->host = host;
	made->arch = host->arch;
	made->run = host->arch->run;
	if (AXVCPU_OPS_HAVE(host->arch, switch_vcpus)) {
		made->switch_vcpus = host->arch->switch_vcpus;
	}
	made->params = known;
	made->any_cpu = allows_any(&known);
	atomic_init(&made->bound_cpu, AXVCPU_CPU_ANY);

	info.size = (uint32_t)sizeof(info);
	info.vm_id = known.vm_id;
	info.vcpu_id = known.vcpu_id;
	info.vcpu = made;
	info.host = host->arch_state;
	info.hal = &host->hal;
	error = axvcpu_host_calls(host)->vcpu_create(axvcpu_arch_state_of(made), &info, arch_config);
	if (error != AXVCPU_OK) {
		return error;
	}
	atomic_store_explicit(&made->state, AXVCPU_STATE_CREATED, memory_order_release);
	*vcpu = made;
	return AXVCPU_OK;
}

axvcpu_error_t axvcpu_destroy(struct axvcpu *vcpu)
{
	struct axvcpu_percpu *percpu;
	struct axvcpu_percpu *binding;

	if (vcpu == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (!axvcpu_state_in(axvcpu_state_of(vcpu),
			     AXVCPU_STATES_CONFIG | AXVCPU_STATE_BIT(AXVCPU_STATE_INVALID))) {
		return AXVCPU_ERR_BAD_STATE;
	}
	percpu = axvcpu_percpu_here(vcpu->host);
	binding = axvcpu_binding_of(vcpu);
	if (binding != NULL && binding != percpu) {
		return AXVCPU_ERR_WRONG_CPU;
	}
	if (percpu != NULL && axvcpu_percpu_current(percpu) == vcpu) {
		return AXVCPU_ERR_RESOURCE_BUSY;
	}
	if (binding != NULL) {
		/* It ends in any case, so nothing could be done about an error. */
		(void)axvcpu_calls_of(vcpu)->unbind(axvcpu_arch_state_of(vcpu),
						   binding->arch_state);
		axvcpu_forget_binding(vcpu, binding);
	}
	axvcpu_calls_of(vcpu)->vcpu_destroy(axvcpu_arch_state_of(vcpu));
	/* A handle that is used once more finds Invalid, as long as the memory lasts. */
	atomic_store_explicit(&vcpu->state, AXVCPU_STATE_INVALID, memory_order_release);
	return AXVCPU_OK;
}

uint64_t axvcpu_vm_id(const struct axvcpu *vcpu)
{
	return vcpu == NULL ? 0u : vcpu->params.vm_id;
}

uint64_t axvcpu_vcpu_id(const struct axvcpu *vcpu)
{
	return vcpu == NULL ? 0u : vcpu->params.vcpu_id;
}

uint64_t axvcpu_preferred_cpu(const struct axvcpu *vcpu)
{
	return vcpu == NULL ? AXVCPU_CPU_ANY : vcpu->params.preferred_cpu;
}

bool axvcpu_is_cpu_allowed(const struct axvcpu *vcpu, uint64_t cpu)
{
	/* Each bind asks: that the set is empty was found out once, 600 instructions ago. */
	return vcpu != NULL && (vcpu->any_cpu || set_has(vcpu->params.allowed_cpus, cpu));
}

bool axvcpu_is_bsp(const struct axvcpu *vcpu)
{
	return vcpu != NULL && vcpu->params.vcpu_id == 0u;
}

struct axvcpu_host *axvcpu_host_of(const struct axvcpu *vcpu)
{
	return vcpu == NULL ? NULL : vcpu->host;
}

void *axvcpu_arch_state(struct axvcpu *vcpu)
{
	return vcpu == NULL ? NULL : axvcpu_arch_state_of(vcpu);
}
