/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between the architectures. */
#ifndef RUNNER_ARCH_H_
#define RUNNER_ARCH_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum arch_id {
	ARCH_ARM64,
	ARCH_RISCV64,
	ARCH_X86_64,
	ARCH_COUNT,
};

struct arch {
	enum arch_id id;
	/** Of --arch. */
	const char *name;
	/** QEMU's program, the Debian package that has it, its machine and the CPU without --cpu. */
	const char *qemu;
	const char *package;
	const char *machine;
	/** The machine with --aia; null if there is none. */
	const char *aia_machine;
	const char *cpu;
	/** Command line of the demo's kernel. */
	const char *demo_append;
	/** First byte of the guest's memory. */
	uint64_t ram;
	/** Where a raw image goes, from there. */
	uint64_t raw_offset;
	/** e_machine of its ELF files, of 64 and of 32 bits (0: has none), and their name. */
	uint16_t elf_machine;
	uint16_t elf_machine_32;
	const char *elf_name;
	/** The magic number at byte 56 of its Linux Image; zeros if it has none. */
	uint8_t linux_magic[4];
	/** A Linux Image with a smaller text_offset goes 2 MiB higher; none has one of text_offset_end. */
	uint64_t smallest_text_offset;
	uint64_t text_offset_end;
	/** Firmware looks for the device tree at the start of RAM. */
	bool tree_at_ram;
	/** Where in the board's memory the hypervisor finds its files; 0: through fw_cfg. */
	uint64_t files;
	/** Levels of second-stage tables. */
	unsigned stage2_levels_min;
	unsigned stage2_levels_max;
	/** Most memory of a guest, bytes. */
	uint64_t memory_max;
	/** A PC: it has no device tree, its kernels have x86's boot protocols. */
	bool is_pc;
	/** Has the options --sve and --neighbor-sve. */
	bool has_sve;
	/** Has the option --vhe. */
	bool has_vhe;
	/** The board's devices can be the guest's. */
	bool has_passthrough;
	/** QEMU's -icount lets a CPU that waits in a loop for another one starve that. */
	bool icount_starves;
	/** The harts of the built-in device tree are to be set. */
	bool patch_harts;
	/** Ends what the board's firmware prints on the console; null if that prints nothing. */
	const char *console_begin;
};

/** The architecture of that name; null if there is none. */
const struct arch *arch_find(const char *name);
/** All of them by enum arch_id. */
extern const struct arch arch_table[ARCH_COUNT];

#endif /* RUNNER_ARCH_H_ */
