/* SPDX-License-Identifier: Apache-2.0 */
/* The harts that are asked to start; read by boot.S too. */
#ifndef HYPERVISOR_RISCV64_STARTS_H_
#define HYPERVISOR_RISCV64_STARTS_H_

/** As many as CPUS_MAX of sched.h. */
#define HYPERVISOR_STARTS 8

#ifndef __ASSEMBLER__
#include <stdint.h>

struct hart_start {
	/** Top of its stack; 0: nobody. */
	uint64_t stack;
	uint64_t hart;
};
extern struct hart_start hypervisor_starts[HYPERVISOR_STARTS];
#endif

#endif /* HYPERVISOR_RISCV64_STARTS_H_ */
