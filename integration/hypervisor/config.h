/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the runner asks for: the file opt/axvcpu/config, a line a key. The line
 * "machine" begins another virtual machine; what comes before the first one is about
 * the first.
 */
#ifndef HYPERVISOR_CONFIG_H_
#define HYPERVISOR_CONFIG_H_

#include <stdbool.h>
#include <stdint.h>

#define CONFIG_MAX_MACHINES 4u
#define CONFIG_MAX_CPUS 8u
#define CONFIG_MAX_LOADS 32u
#define CONFIG_MAX_NAME 56u
/** Bytes of config.save_at, with its end. */
#define CONFIG_MAX_TEXT 64u
#define CONFIG_MAX_ITEMS 2u
#define CONFIG_FIRMWARE_MAX (UINT64_C(16) << 20)
#define CONFIG_HYPERVISOR_NAME 12u

/** A part of a file that goes into the guest's RAM. */
struct config_load {
	char name[CONFIG_MAX_NAME];
	uint64_t offset;
	uint64_t gpa;
	uint64_t size;
};

/** A file that the guest's firmware finds by name. */
struct config_item {
	char file[CONFIG_MAX_NAME];
	uint64_t size;
	char name[CONFIG_MAX_NAME];
};

/** Where the guest's interrupt controller and console come from. */
enum config_devices {
	/** The hypervisor. */
	CONFIG_DEVICES_EMULATED,
	/** The board; for one machine with one CPU. */
	CONFIG_DEVICES_PASSTHROUGH,
};

/** One virtual machine. */
struct machine_config {
	/** Bytes of guest RAM. */
	uint64_t memory;
	/** Where the guest starts, and its first argument register. */
	uint64_t entry;
	uint64_t arg;
	/** How `arg` comes to the guest, on x86_64: Multiboot's way, else Linux's. */
	bool multiboot;
	/** On x86_64: firmware of the guest's own, which ends at 4 GiB, and its bytes; 0 for none. */
	char firmware[CONFIG_MAX_NAME];
	uint64_t firmware_size;
	uint32_t item_count;
	struct config_item items[CONFIG_MAX_ITEMS];
	/** vCPUs. */
	uint32_t cpus;
	enum config_devices devices;
	/** With passthrough: physical interrupts go to the hypervisor nonetheless. */
	bool trap_interrupts;
	/** Bits of the guest's longest SVE vector; 0: it has no SVE (aarch64). */
	uint64_t sve;
	/** The devices of test_devices.h exist. */
	bool test_devices;
	/** It goes on from where it was saved (save.h). */
	bool saved;
	/** What a guest is told about whose guest it is, with zeros behind; all zero: the library's (x86). */
	char hypervisor_name[CONFIG_HYPERVISOR_NAME + 1u];
	uint32_t load_count;
	struct config_load loads[CONFIG_MAX_LOADS];
};

struct config {
	uint64_t log;
	/** The hypervisor runs with HCR_EL2.E2H = 1 (aarch64). */
	bool vhe;
	/** The board has the AIA, and each vCPU gets an interrupt file (riscv64). */
	bool aia;
	/** Levels of the guests' second-stage tables; 0 for the board's choice. */
	uint64_t stage2_levels;
	/**
	 * For tests: the machine is ended at its exit number kill_first and made anew,
	 * the next one kill_step exits later, and so on until one ends by itself; 0: none is.
	 */
	uint64_t kill_first;
	uint64_t kill_step;
	/** For tests: each vCPU is saved, destroyed, made anew and loaded after so many exits; 0: never. */
	uint64_t renew;
	/** Exits after which a vCPU moves to the next CPU; 0 for never. */
	uint64_t move;
	/**
	 * For tests: whatever ends the first machine, it begins anew in its place, until
	 * that happened so often; 0: never. What CALL_MACHINE says begins with again_first.
	 */
	uint64_t again;
	uint64_t again_first;
	/** The machine is saved after so many exits, or once its console has printed a text; 0, empty: not. */
	uint64_t save_after;
	char save_at[CONFIG_MAX_TEXT];
	uint32_t machine_count;
	struct machine_config machines[CONFIG_MAX_MACHINES];
};

/** Whether no file is loaded into these bytes of the guest's RAM. */
bool config_range_is_free(const struct machine_config *machine, uint64_t gpa, uint64_t size);

/** Refuses what cannot be, with a line in the log; part of config_read(). */
bool config_check(const struct config *config);
/** Reads and checks the file; false, with a line in the log, if anything in it is wrong. */
bool config_read(struct config *config);

#endif /* HYPERVISOR_CONFIG_H_ */
