/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HYPERVISOR_X86_64_BOOT_CPUS_H_
#define HYPERVISOR_X86_64_BOOT_CPUS_H_

#include <stdint.h>

/** How many CPUs the board has by its fw_cfg; 0 where there is none. */
uint32_t boot_cpus(void);

#endif /* HYPERVISOR_X86_64_BOOT_CPUS_H_ */
