/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. */
#ifndef RUNNER_OPTIONS_H_
#define RUNNER_OPTIONS_H_

#include <stdbool.h>
#include <stdint.h>

#include "arch.h"
#include "message.h"
#include "saved.h"

/** Which of x86's two ways of virtualization. */
enum vmm {
	VMM_AUTO,
	VMM_SVM,
	VMM_VMX,
};

enum emulator {
	EMULATOR_QEMU,
	/** x86_64 only; the only one that emulates VMX. */
	EMULATOR_BOCHS,
};

struct options {
	/* Given by the launcher, not by the user. */
	const char *hypervisor[ARCH_COUNT];
	/** The x86_64 one as a ROM image, for Bochs. */
	const char *rom;
	const char *base_dtb[ARCH_COUNT];
	const char *demo_kernel[ARCH_COUNT];
	const char *demo_initrd[ARCH_COUNT];
	/** The demo's kernel and settings where the user gives none. */
	bool demo;

	const char *arch_name;
	/** What it names. */
	const struct arch *arch;
	const char *kernel;
	/** A PC's own firmware instead of a kernel, and the floppy disk in its drive; null for none. */
	const char *firmware;
	const char *floppy;
	const char *initrd;
	const char *append;
	const char *dtb;
	const char *cpu;
	const char *vmm_name;
	/** Not VMM_AUTO any more. */
	enum vmm vmm;
	const char *emulator_name;
	enum emulator emulator;
	/** vCPUs, and physical CPUs; 0 of these means as many as vCPUs. */
	uint64_t smp;
	uint64_t host_cpus;
	/** Bytes of guest memory. */
	uint64_t memory;
	/** Seconds, 0 for no limit. */
	uint64_t timeout;
	/** 1 to 4. */
	uint64_t log;
	bool icount;
	bool report;
	bool help;
	bool passthrough;
	bool trap_interrupts;
	bool vhe;
	/** Bits of the guest's longest SVE vector, and of the neighbor's; 0: it has no SVE. */
	uint64_t sve;
	uint64_t neighbor_sve;
	/** The board has the AIA, and each vCPU an interrupt file. */
	bool aia;
	/** 3, 4, or 0 for the hypervisor's choice. */
	uint64_t stage2_levels;
	bool test_devices;
	/** End the machine at this exit and make it anew, the next one so many exits later; 0: do not. */
	uint64_t kill_first;
	uint64_t kill_step;
	/** Kernel of a second machine, null for none; its initrd, command line and vCPUs. */
	const char *neighbor;
	const char *neighbor_initrd;
	const char *neighbor_append;
	uint64_t neighbor_smp;
	/** What a PC's CPUID tells about its hypervisor, null for the library's own name. */
	const char *hypervisor_name;
	/** Save, destroy, make anew and load each vCPU after so many exits; 0: do not. */
	uint64_t renew;
	uint64_t move;
	/** The first machine begins anew so often whatever ends it; 0: it does not. And its first number. */
	uint64_t again;
	uint64_t again_first;
	/** State of a machine that goes on here, null for none. */
	const char *state;
	/** File into which the machine is saved, null for none; after so many exits, or once it has printed a text. */
	const char *save;
	uint64_t save_after;
	const char *save_at;
	/** A saved machine that goes on, null for none, and what is in it. */
	const char *load;
	struct saved saved;
};

extern const char options_usage[];

/** Characters that CPUID has for the hypervisor's name. */
#define HYPERVISOR_NAME_MAX 12u

/** Most characters of --save-at. */
#define SAVE_AT_MAX 63u

/** Most CPUs, of the guest and of the board. */
#define SMP_MAX 8u

/** Guest memory without --memory, and the least; bytes. The most is the architecture's. */
#define MEMORY_DEFAULT (UINT64_C(256) << 20)
#define MEMORY_MIN (UINT64_C(8) << 20)
/** Bytes for the hypervisor itself, besides the guests'. */
#define OPTIONS_HYPERVISOR_MEMORY (UINT64_C(64) << 20)
/** Most memory that Bochs gives a machine, the hypervisor's with it; bytes. */
#define BOCHS_MEMORY_MAX (UINT64_C(2048) << 20)
/** It comes in these steps, the size of a stage-2 block. */
#define MEMORY_STEP (UINT64_C(2) << 20)

/** Bits of an SVE vector, a power of two. */
#define SVE_BITS_MIN 128u
#define SVE_BITS_MAX 2048u

/** Longest --timeout, seconds: 30 years. */
#define TIMEOUT_MAX UINT64_C(1000000000)

/** Reads the command line; -1 with a message if anything is wrong. */
int options_parse(int argc, char *const argv[], struct options *options, struct message *message);

/** Refuses what does not go together; part of options_parse(). */
int options_check(const struct options *options, struct message *message);

/** The board as QEMU's -M names it. */
const char *options_machine(const struct options *options);

/** Memory of the board, the hypervisor's with it, but for files in it; bytes. */
uint64_t options_board_memory(const struct options *options);

/** Reads a size with an optional K, M or G (powers of 1024); false if it is none. */
bool options_size(const char *text, uint64_t *size);

#endif /* RUNNER_OPTIONS_H_ */
