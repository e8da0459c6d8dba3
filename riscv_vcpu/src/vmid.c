/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VMIDs, so that no fence is needed to enter a guest.
 *
 * Tickets are numbers that only rise; ticket t means VMID 1 + t % n of generation
 * 1 + t / n, where n is the number of VMIDs but 0. A vCPU whose ticket is of the
 * current generation keeps it. A CPU flushes its whole TLB when it first sees a
 * new generation, so a VMID of it is clean there. A CPU that still runs a vCPU of
 * an old generation does no harm: TLBs are per hart.
 */
#include "vcpu.h"

static uint64_t vmid_count(const struct riscv_vcpu *vcpu)
{
	return (UINT64_C(1) << vcpu->features.vmid_bits) - 1;
}

axvcpu_error_t riscv_vcpu_vmid_setup(struct riscv_vcpu *vcpu, uint32_t vmid)
{
	const uint32_t owner = vmid != 0 ? RISCV_VMID_HYPERVISOR : RISCV_VMID_LIBRARY;
	uint32_t found = RISCV_VMID_UNDECIDED;

	if (vmid > vmid_count(vcpu))
		return AXVCPU_ERR_INVALID_ARGUMENT;
	/* The library cannot know which of its VMIDs the hypervisor would name. */
	if (!__atomic_compare_exchange_n(&vcpu->host->vmid_owner, &found, owner, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) &&
	    found != owner)
		return AXVCPU_ERR_INVALID_ARGUMENT;
	vcpu->vmid_fixed = vmid;
	riscv_vcpu_vmid_forget(vcpu);
	return AXVCPU_OK;
}

/* After a change of the root: nothing that a TLB holds under the VMID is right. */
void riscv_vcpu_vmid_forget(struct riscv_vcpu *vcpu)
{
	vcpu->vmid_until = 0;
	vcpu->last_percpu = NULL;
}

/* Whether it has a ticket, and the last one that anybody took is of the same generation. */
static inline bool has_current_ticket(const struct riscv_vcpu *vcpu)
{
	const uint64_t taken = __atomic_load_n(&vcpu->host->vmid_next, __ATOMIC_RELAXED);

	/* Less 1, so that 0 is in no generation. */
	return taken - 1 < vcpu->vmid_until;
}

static void take_ticket(struct riscv_vcpu *vcpu)
{
	const uint64_t count = vmid_count(vcpu);
	/* Stored with 1 added: 0 is none. */
	const uint64_t ticket =
		__atomic_fetch_add(&vcpu->host->vmid_next, UINT64_C(1), __ATOMIC_RELAXED) + 1;

	vcpu->vmid = (uint32_t)(1 + (ticket - 1) % count);
	vcpu->vmid_generation = 1 + (ticket - 1) / count;
	vcpu->vmid_until = vcpu->vmid_generation * count;
	vcpu->last_percpu = NULL;
}

static bool is_automatic(const struct riscv_vcpu *vcpu)
{
	return vcpu->vmid_fixed == 0 && vcpu->features.vmid_bits != 0;
}

/* Loads hgatp when it is not what it was the last time, or the TLB is not; vsatp is 0 meanwhile. */
static __attribute__((noinline)) void bind_anew(struct riscv_vcpu *vcpu,
						struct riscv_percpu *percpu)
{
	bool fresh = false;

	if (is_automatic(vcpu)) {
		if (!has_current_ticket(vcpu))
			take_ticket(vcpu);
		if (percpu->vmid_generation != vcpu->vmid_generation) {
			rv_hfence_gvma_all();
			rv_hfence_vvma_all();
			percpu->vmid_generation = vcpu->vmid_generation;
			fresh = true;
		}
	} else {
		vcpu->vmid = vcpu->vmid_fixed;
		/* Others may use the same VMID, with page tables of their own. */
		if (percpu->last != vcpu)
			vcpu->last_percpu = NULL;
	}
	vcpu->control.hgatp &= ~(((UINT64_C(1) << HGATP_VMID_BITS) - 1) << HGATP_VMID_SHIFT);
	vcpu->control.hgatp |= (uint64_t)vcpu->vmid << HGATP_VMID_SHIFT;
	rv_write_hgatp(vcpu->control.hgatp);
	if (vcpu->last_percpu != percpu) {
		/*
		 * The guest's own fences on another hart did not reach this one. HFENCE.VVMA
		 * is for the VMID in hgatp (15.3.2).
		 */
		if (!fresh) {
			rv_hfence_gvma_vmid(vcpu->vmid);
			rv_hfence_vvma_all();
		}
		rv_fence_i();
	}
	vcpu->last_percpu = percpu;
}

void riscv_vcpu_vmid_bind(struct riscv_vcpu *vcpu, struct riscv_percpu *percpu)
{
	/* Nearly always: its VMID is good, and it was here last. A fixed one has no ticket. */
	if (__builtin_expect(has_current_ticket(vcpu) && vcpu->last_percpu == percpu &&
				     percpu->vmid_generation == vcpu->vmid_generation,
			     1))
		rv_write_hgatp(vcpu->control.hgatp);
	else
		bind_anew(vcpu, percpu);
	percpu->last = vcpu;
}
