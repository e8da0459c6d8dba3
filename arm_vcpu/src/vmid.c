/* SPDX-License-Identifier: Apache-2.0 */
#include "vmid.h"

#include "regs.h"
#include "sysreg.h"

/** VMID 0 is what VTTBR_EL2 has without a guest. */
#define FIRST_VMID 1u
/** 0 is none: of a vCPU without a VMID, and of a CPU with an unknown TLB. */
#define FIRST_GENERATION 1u

/** Takes the host's lock with interrupts masked; returns what unlock() wants. */
static uint64_t lock(struct arm_host *host)
{
	uint64_t daif = arm_read_DAIF();

	/* An interrupt handler that creates or binds a vCPU here would wait for itself. */
	arm_write_DAIF(daif | DAIF_ALL);
	while (__atomic_exchange_n(&host->lock, 1u, __ATOMIC_ACQUIRE) != 0u) {
	}
	return daif;
}

static void unlock(struct arm_host *host, uint64_t daif)
{
	__atomic_store_n(&host->lock, 0u, __ATOMIC_RELEASE);
	arm_write_DAIF(daif);
}

void arm_vcpu_vmid_host_init(struct arm_host *host)
{
	host->vmid_generation = FIRST_GENERATION;
	host->vmid_next = FIRST_VMID;
	host->vmid_bits = ARM_VMID_BITS_MOST;
}

uint64_t arm_vcpu_vmid_host_add_cpu(struct arm_host *host, uint32_t bits)
{
	uint64_t daif = lock(host);
	uint64_t serial = ++host->serials;

	if (bits < host->vmid_bits) {
		host->vmid_bits = bits;
	}
	unlock(host, daif);
	return serial;
}

static bool has_current(const struct arm_host *host, const struct arm_vcpu *vcpu)
{
	return !vcpu->vmid_fixed &&
	       __atomic_load_n(&vcpu->vmid_generation, __ATOMIC_RELAXED) == host->vmid_generation;
}

/**
 * A new generation. The lock is held. arm_vcpu_vmid_bind() first says that its vCPU is
 * bound and then looks at the generation, without the lock; here it is the other
 * way around: either it is seen here, or the new generation is seen there.
 */
static void begin_generation(struct arm_host *host)
{
	uint64_t old = host->vmid_generation;
	struct arm_vcpu *v;

	__atomic_store_n(&host->vmid_generation, old + 1u, __ATOMIC_SEQ_CST);
	host->vmid_next = FIRST_VMID;
	for (v = host->vcpus; v != NULL; v = v->next) {
		if (!v->vmid_fixed && __atomic_load_n(&v->vmid_bound, __ATOMIC_SEQ_CST) &&
		    v->vmid_generation == old) {
			__atomic_store_n(&v->vmid_generation, old + 1u, __ATOMIC_RELEASE);
		}
	}
}

/** Whether a vCPU has this VMID now; `bound_only`: one of the library's, on a CPU. */
static bool in_use(const struct arm_host *host, uint32_t vmid, bool bound_only)
{
	const struct arm_vcpu *v;

	for (v = host->vcpus; v != NULL; v = v->next) {
		if (v->vmid != vmid) {
			continue;
		}
		if (bound_only ? has_current(host, v) &&
					 __atomic_load_n(&v->vmid_bound, __ATOMIC_SEQ_CST) :
				 v->vmid_fixed || has_current(host, v)) {
			return true;
		}
	}
	return false;
}

static const struct arm_vcpu *find_sibling(const struct arm_host *host,
					   const struct arm_vcpu *vcpu)
{
	const struct arm_vcpu *v;

	for (v = host->vcpus; v != NULL; v = v->next) {
		if (v != vcpu && v->vm_id == vcpu->vm_id && has_current(host, v) &&
		    v->stage2_root == vcpu->stage2_root) {
			return v;
		}
	}
	return NULL;
}

/** The next VMID that nobody has; 0 at the end of the generation. */
static uint32_t next_vmid(struct arm_host *host)
{
	while (host->vmid_next >> host->vmid_bits == 0u) {
		uint32_t vmid = host->vmid_next++;

		if (!in_use(host, vmid, false)) {
			return vmid;
		}
	}
	return 0;
}

/** Gives the vCPU a VMID of the current generation. The lock is held. */
static axvcpu_error_t assign(struct arm_host *host, struct arm_vcpu *vcpu)
{
	const struct arm_vcpu *sibling;
	uint32_t vmid;

	if (has_current(host, vcpu)) {
		return AXVCPU_OK;
	}
	sibling = find_sibling(host, vcpu);
	vmid = sibling != NULL ? sibling->vmid : next_vmid(host);
	if (vmid == 0u) {
		begin_generation(host);
		sibling = find_sibling(host, vcpu);
		vmid = sibling != NULL ? sibling->vmid : next_vmid(host);
	}
	if (vmid == 0u) {
		return AXVCPU_ERR_RESOURCE_BUSY;
	}
	host->vmid_of_library = true;
	vcpu->vmid = vmid;
	vcpu->serial = ++host->serials;
	vcpu->prepared = 0;
	__atomic_store_n(&vcpu->vmid_generation, host->vmid_generation, __ATOMIC_RELEASE);
	return AXVCPU_OK;
}

axvcpu_error_t arm_vcpu_vmid_setup(struct arm_vcpu *vcpu, uint32_t vmid)
{
	struct arm_host *host = vcpu->host;
	uint64_t daif = lock(host);

	if (vmid != 0u && in_use(host, vmid, true)) {
		unlock(host, daif);
		return AXVCPU_ERR_RESOURCE_BUSY;
	}
	vcpu->vmid_fixed = vmid != 0u;
	vcpu->vmid = vmid;
	vcpu->serial = ++host->serials;
	vcpu->next = host->vcpus;
	host->vcpus = vcpu;
	if (vmid != 0u && host->vmid_of_library) {
		/* Who has it, on no CPU, gets another; who had it and is gone left TLB entries. */
		begin_generation(host);
	}
	unlock(host, daif);
	return AXVCPU_OK;
}

void arm_vcpu_vmid_forget(struct arm_vcpu *vcpu)
{
	uint64_t daif = lock(vcpu->host);

	vcpu->vmid_generation = 0;
	unlock(vcpu->host, daif);
}

void arm_vcpu_vmid_remove(struct arm_vcpu *vcpu)
{
	struct arm_host *host = vcpu->host;
	struct arm_vcpu **link;
	uint64_t daif;

	if (vcpu->serial == 0u) {
		return;
	}
	daif = lock(host);
	for (link = &host->vcpus; *link != NULL; link = &(*link)->next) {
		if (*link == vcpu) {
			*link = vcpu->next;
			break;
		}
	}
	unlock(host, daif);
}

axvcpu_error_t arm_vcpu_vmid_renew(struct arm_vcpu *vcpu)
{
	struct arm_host *host = vcpu->host;
	axvcpu_error_t error;
	uint64_t daif;

	if (vcpu->vmid_fixed) {
		/* It stays in every generation; only this CPU's TLB is to be looked at. */
		vcpu->vmid_seen = __atomic_load_n(&host->vmid_generation, __ATOMIC_SEQ_CST);
		__atomic_store_n(&vcpu->vmid_generation, vcpu->vmid_seen, __ATOMIC_RELAXED);
		return AXVCPU_OK;
	}
	daif = lock(host);
	error = assign(host, vcpu);
	vcpu->vmid_seen = host->vmid_generation;
	unlock(host, daif);
	if (error != AXVCPU_OK) {
		arm_vcpu_vmid_unbind(vcpu);
	}
	return error;
}

/**
 * Whether this CPU may have stage-1 entries of another vCPU under the VMID, or
 * nobody knows. vCPUs of one machine share a VMID but not what their ASIDs mean.
 */
static bool is_stale(const struct arm_vcpu *vcpu, uint64_t last)
{
	if (last == vcpu->serial) {
		return false;
	}
	/* A VMID of the library's is in no TLB when its generation begins. */
	return vcpu->vmid_fixed || last != 0u;
}

void arm_vcpu_vmid_flush(struct arm_vcpu *vcpu, struct arm_percpu *percpu)
{
	uint64_t *last = arm_vcpu_vmid_last(vcpu, percpu);
	uint32_t i;

	if (percpu->vmid_generation != vcpu->vmid_seen) {
		arm_tlbi_alle1();
		for (i = 0; i < ARM_LAST_VCPU_SLOTS; i++) {
			percpu->last[i] = 0;
		}
		percpu->vmid_generation = vcpu->vmid_seen;
	} else if (is_stale(vcpu, *last)) {
		arm_tlbi_vmalle1();
	}
	*last = vcpu->serial;
}
