/* SPDX-License-Identifier: Apache-2.0 */
/* A PC's memory, as its boot protocols describe it: RAM from 0 on, with a hole below 1 MiB. */
#ifndef RUNNER_PC_MEMORY_H_
#define RUNNER_PC_MEMORY_H_

#include <stdint.h>

/** Firmware's own data, and what adapters have up to 1 MiB. */
#define PC_LOW_RAM_END UINT64_C(0x9fc00)
#define PC_HIGH_RAM UINT64_C(0x100000)

/* Types of ACPI's address ranges (ACPI 15), which Linux and Multiboot share. */
#define PC_TYPE_RAM 1u
#define PC_TYPE_RESERVED 2u

struct pc_range {
	uint64_t base;
	uint64_t size;
	uint32_t type;
};

#define PC_RANGES 3u

/** The ranges of `memory` bytes, which are more than PC_HIGH_RAM. */
static inline void pc_memory_map(uint64_t memory, struct pc_range ranges[PC_RANGES])
{
	ranges[0] = (struct pc_range){ 0, PC_LOW_RAM_END, PC_TYPE_RAM };
	ranges[1] = (struct pc_range){ PC_LOW_RAM_END, PC_HIGH_RAM - PC_LOW_RAM_END,
				       PC_TYPE_RESERVED };
	ranges[2] = (struct pc_range){ PC_HIGH_RAM, memory - PC_HIGH_RAM, PC_TYPE_RAM };
}

#endif /* RUNNER_PC_MEMORY_H_ */
