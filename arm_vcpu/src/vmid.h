/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VMIDs, and the TLB maintenance that their use needs.
 *
 * The library gives a VMID to each machine (vm_id and stage-2 root) and keeps it
 * for a generation. When all are used up a new generation begins: machines that
 * are on a CPU then keep theirs, for their other vCPUs must go on to share TLB
 * maintenance with them (D8.14, "broadcast"); all others get a new one at their
 * next bind. Each CPU drops its whole TLB before the first guest of a generation.
 */
#ifndef ARM_VCPU_VMID_H_
#define ARM_VCPU_VMID_H_

#include "vcpu.h"

/** The state of a new host. */
void arm_vcpu_vmid_host_init(struct arm_host *host);
/**
 * Another CPU, or the same once more, with VMIDs of `bits` bits: the host's are as wide as
 * the narrowest. Returns a serial number of the host that nothing else has.
 */
uint64_t arm_vcpu_vmid_host_add_cpu(struct arm_host *host, uint32_t bits);

/**
 * Takes the vCPU into the host's list: with VMID `vmid`, or with one of the
 * library's if that is 0. AXVCPU_ERR_RESOURCE_BUSY if a machine that is on a CPU
 * has `vmid` of the library.
 */
axvcpu_error_t arm_vcpu_vmid_setup(struct arm_vcpu *vcpu, uint32_t vmid);
/** After a change of the stage-2 root: the library's VMID means another table now. */
void arm_vcpu_vmid_forget(struct arm_vcpu *vcpu);
/** Takes the vCPU out of the list, if it is there. */
void arm_vcpu_vmid_remove(struct arm_vcpu *vcpu);

/** The vCPU is off its CPU. */
static inline void arm_vcpu_vmid_unbind(struct arm_vcpu *vcpu)
{
	__atomic_store_n(&vcpu->vmid_bound, false, __ATOMIC_RELEASE);
}

/** The rest of arm_vcpu_vmid_bind() for a vCPU that has no VMID of the current generation. */
axvcpu_error_t arm_vcpu_vmid_renew(struct arm_vcpu *vcpu);

/** Says that the vCPU is bound, then tells the generation: in this order, see vmid.c. */
static inline uint64_t arm_vcpu_vmid_begin_bind(struct arm_vcpu *vcpu)
{
	__atomic_store_n(&vcpu->vmid_bound, true, __ATOMIC_SEQ_CST);
	return __atomic_load_n(&vcpu->host->vmid_generation, __ATOMIC_SEQ_CST);
}

/** Whether its VMID is one of `generation`. */
static inline bool arm_vcpu_vmid_is_of(const struct arm_vcpu *vcpu, uint64_t generation)
{
	/* Others raise it only along with the host's, and do not touch the VMID then. */
	return __builtin_expect(__atomic_load_n(&vcpu->vmid_generation, __ATOMIC_RELAXED) ==
					generation,
				1);
}

/**
 * arm_vcpu_vmid_bind() if that needs no new VMID and this CPU's TLB is of the generation,
 * too; else false, and nothing is fixed.
 */
static inline bool arm_vcpu_vmid_bind_again(struct arm_vcpu *vcpu, const struct arm_percpu *percpu)
{
	uint64_t generation = arm_vcpu_vmid_begin_bind(vcpu);

	return arm_vcpu_vmid_is_of(vcpu, generation) && percpu->vmid_generation == generation;
}

/**
 * Before VTTBR_EL2 is written: fixes vcpu->vmid until arm_vcpu_vmid_unbind().
 * AXVCPU_ERR_RESOURCE_BUSY if every VMID is in use on some CPU.
 */
static inline axvcpu_error_t arm_vcpu_vmid_bind(struct arm_vcpu *vcpu)
{
	vcpu->vmid_seen = arm_vcpu_vmid_begin_bind(vcpu);
	return arm_vcpu_vmid_is_of(vcpu, vcpu->vmid_seen) ? AXVCPU_OK : arm_vcpu_vmid_renew(vcpu);
}

/** The serial of the vCPU that this CPU remembers for the VMID. */
static inline uint64_t *arm_vcpu_vmid_last(const struct arm_vcpu *vcpu,
					   struct arm_percpu *percpu)
{
	return &percpu->last[vcpu->vmid % ARM_LAST_VCPU_SLOTS];
}

/** Whether `last` tells what this CPU's TLB may have under the VMID, or all is to be dropped. */
static inline bool arm_vcpu_vmid_is_known(const struct arm_vcpu *vcpu,
					  const struct arm_percpu *percpu)
{
	return percpu->vmid_generation == vcpu->vmid_seen;
}

/** With VTTBR_EL2 in force: drops the TLB entries that are not this vCPU's, of any VMID state. */
void arm_vcpu_vmid_flush(struct arm_vcpu *vcpu, struct arm_percpu *percpu);

#endif /* ARM_VCPU_VMID_H_ */
