/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical CPUs, and which vCPU each of them runs: every vCPU belongs to one CPU
 * (at first its number modulo the CPUs), and those of one CPU take turns. With
 * config.move it goes on to the next CPU now and then.
 */
#ifndef HYPERVISOR_SCHED_H_
#define HYPERVISOR_SCHED_H_

#include "axvcpu/axvcpu.h"

#include "vm.h"

#define CPUS_MAX 8u

struct cpu {
	/** Number from 0, as the library and the board know it. */
	uint32_t id;
	/** For the HAL's percpu_get and percpu_set. */
	void *library_slot;
	struct axvcpu_percpu *percpu;
	/** The vCPU whose registers are on this CPU. */
	struct vm_vcpu *bound;
	/** Where the next turn starts. */
	uint32_t turn;
	/** Set by the board's timer interrupt: the running vCPU's turn is over. */
	bool turn_over;
};

/** Makes the library's objects for this CPU and turns virtualization on. */
axvcpu_error_t sched_cpu_start(struct axvcpu_host *host, struct cpu *cpu);
/** Takes them apart. */
axvcpu_error_t sched_cpu_stop(struct cpu *cpu);

/** Makes `vm` known to all CPUs, which then run its vCPUs. */
void sched_add(struct vm *vm);
/** Forgets it; none of its vCPUs is left. */
void sched_remove(struct vm *vm);
/**
 * Runs this CPU's vCPUs. On the boot CPU until every machine has ended and no vCPU is
 * left of any; on others until sched_stop().
 */
void sched_run(struct cpu *cpu);
/** Ends sched_run() on all other CPUs. */
void sched_stop(void);

/** Has every CPU look around: a machine began or ended. */
void sched_kick_all(void);
/** Number of CPUs that run vCPUs. */
uint32_t sched_cpu_count(void);
void sched_set_cpu_count(uint32_t count);
/** The CPU that a vCPU belongs to has something new to look at; the HAL's vcpu_runnable. */
void sched_wake(const struct axvcpu *vcpu);

#endif /* HYPERVISOR_SCHED_H_ */
