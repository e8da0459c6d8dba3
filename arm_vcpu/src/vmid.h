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
/** Another CPU with VMIDs of `bits` bits: the host's are as wide as the narrowest. */
void arm_vcpu_vmid_host_add_cpu(struct arm_host *host, uint32_t bits);

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

/**
 * Before VTTBR_EL2 is written: fixes vcpu->vmid until arm_vcpu_vmid_unbind().
 * AXVCPU_ERR_RESOURCE_BUSY if every VMID is in use on some CPU.
 */
axvcpu_error_t arm_vcpu_vmid_bind(struct arm_vcpu *vcpu, struct arm_percpu *percpu);
/** With VTTBR_EL2 in force: drops the TLB entries that are not this vCPU's. */
void arm_vcpu_vmid_flush(struct arm_vcpu *vcpu, struct arm_percpu *percpu);
/** The vCPU is off its CPU. */
void arm_vcpu_vmid_unbind(struct arm_vcpu *vcpu);

#endif /* ARM_VCPU_VMID_H_ */
