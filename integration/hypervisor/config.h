/* SPDX-License-Identifier: Apache-2.0 */
/* What the runner asks for: the fw_cfg file opt/axvcpu/config, a line a key. */
#ifndef HYPERVISOR_CONFIG_H_
#define HYPERVISOR_CONFIG_H_

#include <stdbool.h>
#include <stdint.h>

#define CONFIG_MAX_LOADS 32u
#define CONFIG_MAX_NAME 56u

/** A part of a fw_cfg file that goes into the guest's RAM. */
struct config_load {
	char name[CONFIG_MAX_NAME];
	uint64_t offset;
	uint64_t gpa;
	uint64_t size;
};

struct config {
	/** Bytes of guest RAM. */
	uint64_t memory;
	/** Where the guest starts, and its first argument register. */
	uint64_t entry;
	uint64_t arg;
	uint64_t log;
	/** Physical interrupts go to the hypervisor, not to the guest. */
	bool trap_interrupts;
	/** The devices of test_devices.h exist. */
	bool test_devices;
	/**
	 * For tests: the machine is ended at its exit number kill_first and made anew,
	 * the next one kill_step exits later, and so on until one ends by itself; 0: none is.
	 */
	uint64_t kill_first;
	uint64_t kill_step;
	uint32_t load_count;
	struct config_load loads[CONFIG_MAX_LOADS];
};

/** Reads and checks the file; false, with a line in the log, if anything in it is wrong. */
bool config_read(struct config *config);

#endif /* HYPERVISOR_CONFIG_H_ */
