/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HYPERVISOR_X86_64_MEMORY_H_
#define HYPERVISOR_X86_64_MEMORY_H_

#include <stdint.h>

/** Where the PVH start information is. */
void memory_set_start_info(uint64_t address);

#endif /* HYPERVISOR_X86_64_MEMORY_H_ */
