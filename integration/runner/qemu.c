/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "emulator.h"
#include "harts.h"

#define VALUE_MAX (2 * PATH_MAX)

/** Hands the files over through fw_cfg. */
static void add_fw_cfg(struct command *command, const struct loads *loads)
{
	char value[VALUE_MAX];
	unsigned i;

	for (i = 0; i < loads->count; i++) {
		command_add(command, "-fw_cfg");
		command_add(command, "name=%s,file=%s", loads->files[i].name,
			    harts_quote(loads->files[i].path, value, sizeof(value)));
	}
}

static void add_load(struct command *command, const char *path, uint64_t address)
{
	char value[VALUE_MAX];

	command_add(command, "-device");
	command_add(command, "loader,addr=0x%" PRIx64 ",force-raw=on,file=%s", address,
		    harts_quote(path, value, sizeof(value)));
}

/** Has QEMU put them, and the directory, into memory. */
static void add_loads(struct command *command, const struct loads *loads, const char *directory)
{
	unsigned i;

	add_load(command, directory, loads->base);
	for (i = 0; i < loads->count; i++) {
		add_load(command, loads->files[i].path, loads->files[i].address);
	}
}

/** The hypervisor's two lines: a PC's next ports, elsewhere a PCI card's. */
static void add_lines(const struct arch *arch, struct command *command)
{
	if (arch->is_pc) {
		command_add(command, "-serial");
		command_add(command, "chardev:log");
		command_add(command, "-serial");
		command_add(command, "chardev:report");
	} else {
		command_add(command, "-device");
		command_add(command, "pci-serial-2x,chardev1=log,chardev2=report");
	}
}

void qemu_command(const struct options *options, const struct machine_files *files,
		  const struct emulator_lines *lines, struct command *command)
{
	const struct arch *arch = options->arch;
	uint64_t memory = options_board_memory(options);
	char value[VALUE_MAX];

	command_add(command, "%s", arch->qemu);
	command_add(command, "-accel");
	command_add(command, "tcg");
	command_add(command, "-M");
	command_add(command, "%s%s", options_machine(options),
		    options->save != NULL ? ",memory-backend=board" : "");
	if (arch->files != 0) {
		memory += files->loads.end - arch->ram;
		add_loads(command, &files->loads, files->directory);
	} else {
		add_fw_cfg(command, &files->loads);
	}
	command_add(command, "-cpu");
	/* QEMU's default algorithm for pointer authentication takes most of the time of a run. */
	command_add(command, "%s%s", options->cpu,
		    arch->id == ARCH_ARM64 && strcmp(options->cpu, "max") == 0 ? ",pauth-impdef=on" :
										  "");
	memory = (memory + (MEMORY_STEP - 1)) / MEMORY_STEP * (MEMORY_STEP >> 20);
	command_add(command, "-m");
	command_add(command, "%" PRIu64 "M", memory);
	if (options->save != NULL) {
		/* The runner takes the saved machine from there once QEMU has ended. */
		command_add(command, "-object");
		command_add(command, "memory-backend-file,id=board,share=on,size=%" PRIu64 "M,mem-path=%s",
			    memory, harts_quote(files->board, value, sizeof(value)));
	}
	command_add(command, "-smp");
	command_add(command, "%" PRIu64, options->host_cpus);
	command_add(command, "-nodefaults");
	command_add(command, "-display");
	command_add(command, "none");
	command_add(command, "-no-reboot");
	command_add(command, "-chardev");
	command_add(command, "stdio,id=guest,signal=on");
	command_add(command, "-serial");
	command_add(command, "chardev:guest");
	command_add(command, "-chardev");
	command_add(command, "file,id=log,path=/dev/fd/%d", lines->log);
	command_add(command, "-chardev");
	command_add(command, "file,id=report,path=/dev/fd/%d", lines->report);
	add_lines(arch, command);
	if (options->icount) {
		/* One nanosecond of the machine's time is one instruction, in every run. */
		command_add(command, "-icount");
		command_add(command, "shift=0,sleep=off");
		command_add(command, "-rtc");
		command_add(command, "base=2020-01-01,clock=vm");
		command_add(command, "-seed");
		command_add(command, "1");
	}
	command_add(command, "-kernel");
	command_add(command, "%s", options->hypervisor[arch->id]);
}
