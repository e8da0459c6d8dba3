/* SPDX-License-Identifier: Apache-2.0 */
/* System registers and instructions that the board code uses (ARM DDI 0487). */
#ifndef HYPERVISOR_AARCH64_CPU_H_
#define HYPERVISOR_AARCH64_CPU_H_

#include <stdint.h>

#define SYSREG_READ(name)                                              \
	__extension__({                                                \
		uint64_t sysreg_value;                                 \
		__asm__ volatile("mrs %0, " #name : "=r"(sysreg_value)); \
		sysreg_value;                                          \
	})

#define SYSREG_WRITE(name, value) \
	__asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)) : "memory")

static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

static inline void dsb_sy(void)
{
	__asm__ volatile("dsb sy" ::: "memory");
}

static inline void wfi(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

#endif /* HYPERVISOR_AARCH64_CPU_H_ */
