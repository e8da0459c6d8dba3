/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupt files of a machine's harts, with --aia: each vCPU has one of its CPU's guest
 * files, whose page the guest's machine has where its hart's file is (RISC-V Advanced
 * Interrupt Architecture 1.0, 3.5 and 3.6). A hart that is off has none.
 */
#ifndef HYPERVISOR_RISCV64_GUEST_FILES_H_
#define HYPERVISOR_RISCV64_GUEST_FILES_H_

#include <stdint.h>

#include "../config.h"
#include "../devices/device.h"
#include "axvcpu/axvcpu.h"

struct vm;
struct vm_vcpu;

struct guest_files {
	struct vm *vm;
	/** By vCPU: the CPU's number, and the file's there; 0 for none. With the machine locked. */
	uint32_t cpu[CONFIG_MAX_CPUS];
	uint32_t file[CONFIG_MAX_CPUS];
};

/** Where the machine's files are in its address space: a page for each hart. */
#define GUEST_FILES_SIZE (CONFIG_MAX_CPUS * UINT64_C(0x1000))
/** Accesses to pages of harts that have no file, for which there is no page in stage 2. */
extern const struct device_ops guest_files_ops;

/** Has a message go to a hart; what none would take is lost. The machine is locked. */
void guest_files_send(const struct guest_files *files, uint32_t hart, uint32_t identity);
/**
 * The vCPU's file, one of its CPU's and empty when it is first asked for; messages go there
 * from then on. 0 if there is none or no memory. The machine is locked.
 */
uint32_t guest_files_take(struct guest_files *files, struct vm_vcpu *vcpu);
/**
 * The vCPU goes to CPU `to`, where it gets a file and finds what it had. It is Free, or
 * Created; this is its CPU, the machine is locked.
 * @return AXVCPU_OK; AXVCPU_ERR_NO_MEMORY if all files there are taken: nothing has changed.
 */
axvcpu_error_t guest_files_move(struct guest_files *files, struct vm_vcpu *vcpu, uint32_t to);
/**
 * The vCPU is to be saved: what its file has is in its registers, and comes there from then
 * on. It is Free, or Created; this is its CPU, the machine is locked.
 */
axvcpu_error_t guest_files_save(struct guest_files *files, struct vm_vcpu *vcpu);
/** The vCPU is taken apart: its file is free, and empty. On its CPU, if it ran; with the lock. */
void guest_files_give(struct guest_files *files, struct vm_vcpu *vcpu);

#endif /* HYPERVISOR_RISCV64_GUEST_FILES_H_ */
