/* SPDX-License-Identifier: Apache-2.0 */
#include "arch.h"

#include <elf.h>
#include <string.h>

const struct arch arch_table[ARCH_COUNT] = {
	[ARCH_ARM64] = {
		.id = ARCH_ARM64,
		.name = "arm64",
		.qemu = "qemu-system-aarch64",
		.package = "qemu-system-arm",
		.machine = "virt,virtualization=on,gic-version=3,its=off",
		.cpu = "max",
		.demo_append = "console=ttyAMA0 earlycon",
		.ram = UINT64_C(0x40000000),
		/* QEMU, hw/arm/boot.c: a raw image goes 512 KiB into RAM, and an Image that would
		 * start below 4 KiB, where QEMU's own first instructions are, 2 MiB higher. */
		.raw_offset = UINT64_C(0x80000),
		.elf_machine = EM_AARCH64,
		.elf_name = "AArch64",
		.linux_magic = { 'A', 'R', 'M', 0x64 }, /* Documentation/arm64/booting.rst */
		.smallest_text_offset = UINT64_C(4096),
		.text_offset_end = UINT64_C(0x200000),
		.tree_at_ram = true,
		.stage2_levels_min = 3,
		.stage2_levels_max = 4,
		.memory_max = UINT64_C(15) << 30,
		.has_passthrough = true,
		.has_sve = true,
		.has_vhe = true,
	},
	[ARCH_RISCV64] = {
		.id = ARCH_RISCV64,
		.name = "riscv64",
		.qemu = "qemu-system-riscv64",
		.package = "qemu-system-misc",
		.machine = "virt",
		/* VIRT_GUEST_FILES in integration/hypervisor/riscv64. */
		.aia_machine = "virt,aia=aplic-imsic,aia-guests=7",
		.cpu = "rv64,h=true",
		.demo_append = "console=ttyS0 earlycon=sbi",
		.ram = UINT64_C(0x80000000),
		.raw_offset = UINT64_C(0x200000), /* where OpenSBI enters what comes after it */
		.elf_machine = EM_RISCV,
		.elf_name = "RISC-V",
		.linux_magic = { 'R', 'S', 'C', 0x05 }, /* Documentation/riscv/boot-image-header.rst */
		.text_offset_end = UINT64_C(0x4000000),
		.stage2_levels_min = 3,
		.stage2_levels_max = 5,
		.memory_max = UINT64_C(15) << 30,
		.patch_harts = true,
		/* QEMU before 8.0: its firmware waits so, and no instruction of this architecture ends
		 * a CPU's turn, as YIELD and PAUSE of the others do. */
		.icount_starves = true,
		/* VIRT_FILES and CONSOLE_BEGIN in integration/hypervisor/riscv64. */
		.files = UINT64_C(0x80800000),
		.console_begin = "\001axvcpu-console\002",
	},
	[ARCH_X86_64] = {
		.id = ARCH_X86_64,
		.name = "x86_64",
		.qemu = "qemu-system-x86_64",
		.package = "qemu-system-x86",
		.machine = "q35",
		.cpu = "max",
		.demo_append = "console=ttyS0",
		.ram = 0,
		.elf_machine = EM_X86_64,
		.elf_machine_32 = EM_386,
		.elf_name = "x86",
		.stage2_levels_min = 4,
		.stage2_levels_max = 4,
		/* With the hypervisor's it stays below the board's hole for devices. */
		.memory_max = UINT64_C(2) << 30,
		.is_pc = true,
	},
};

const struct arch *arch_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARCH_COUNT; i++) {
		if (strcmp(arch_table[i].name, name) == 0) {
			return &arch_table[i];
		}
	}
	return NULL;
}
