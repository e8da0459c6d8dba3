/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bochs has no fw_cfg and loads no kernel: the hypervisor is a ROM image with the reset
 * vector, and its files are on a disk, as a tar archive.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emulator.h"
#include "tar.h"

/* In the folder of the run, in which Bochs stands: names without commas, which end an option. */
#define FILE_ROM "rom"
#define FILE_DISK "disk"
#define FILE_DISK_LOCK "disk.lock"
#define FILE_OPTIONS "bochsrc"
#define FILE_COMMANDS "commands"

/** A cylinder, of which a disk has a whole number. */
#define HEADS 16u
#define SECTORS 63u
#define CYLINDER (UINT64_C(1) * HEADS * SECTORS * TAR_BLOCK)

/**
 * Instructions in a second of the machine. With few of them a guest's timer ends again
 * before its interrupt is handled.
 */
#define INSTRUCTIONS_PER_SECOND 50000000u

/** What the hypervisor's console puts before a line of its log. */
#define LOG_PREFIX "hypervisor: "
/** What Bochs calls all that ends it; the second is the end that the hypervisor asks for. */
#define FAILURE "PANIC"
#define SHUTDOWN "shutdown requested"

static void file_path(const struct machine_files *files, const char *name, char *path, size_t room)
{
	(void)snprintf(path, room, "%s/%s", files->folder, name);
}

static FILE *create(const struct machine_files *files, const char *name, struct message *message)
{
	char path[PATH_MAX + 16];
	FILE *file;

	file_path(files, name, path, sizeof(path));
	file = fopen(path, "wb");
	if (file == NULL) {
		(void)message_set(message, "cannot write %s: %s", path, strerror(errno));
	}
	return file;
}

static int link_rom(const struct options *options, const struct machine_files *files,
		    struct message *message)
{
	char path[PATH_MAX + 16];
	char real[PATH_MAX];

	file_path(files, FILE_ROM, path, sizeof(path));
	if (options->rom == NULL || realpath(options->rom, real) == NULL ||
	    symlink(real, path) != 0) {
		return message_set(message, "cannot use the hypervisor's ROM image: %s",
				   strerror(errno));
	}
	return 0;
}

static int write_disk(const struct machine_files *files, uint64_t *cylinders,
		      struct message *message)
{
	const struct loads *loads = &files->loads;
	FILE *disk = create(files, FILE_DISK, message);
	unsigned i;
	int result = 0;

	if (disk == NULL) {
		return -1;
	}
	for (i = 0; i < loads->count && result == 0; i++) {
		result = tar_add(disk, loads->files[i].name, loads->files[i].path, message);
	}
	if (result == 0) {
		result = tar_end(disk, CYLINDER, cylinders, message);
	}
	if (fclose(disk) != 0 && result == 0) {
		result = message_set(message, "cannot write the disk: %s", strerror(errno));
	}
	return result;
}

static int write_options(const struct options *options, const struct machine_files *files,
			 const struct emulator_lines *lines, const char *keyboard,
			 uint64_t cylinders, struct message *message)
{
	uint64_t megabytes = options_board_memory(options) >> 20;
	FILE *file = create(files, FILE_OPTIONS, message);

	if (file == NULL) {
		return -1;
	}
	(void)fprintf(file,
		      "config_interface: textconfig\n"
		      "display_library: rfb, options=\"timeout=0\"\n"
		      "plugin_ctrl: unmapped=1, speaker=0, biosdev=0\n"
		      "sound: driver=dummy, waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy\n");
	/* The models with SVM have no VM_CR, which its manual promises: unknown MSRs read as 0. */
	(void)fprintf(file,
		      "cpu: model=%s, count=%" PRIu64 ", ips=%u, reset_on_triple_fault=0, "
		      "ignore_bad_msrs=%d\n",
		      options->cpu, options->host_cpus, INSTRUCTIONS_PER_SECOND,
		      options->vmm == VMM_SVM ? 1 : 0);
	(void)fprintf(file, "memory: guest=%" PRIu64 ", host=%" PRIu64 "\n", megabytes, megabytes);
	(void)fprintf(file,
		      "romimage: file=" FILE_ROM "\n"
		      "vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest\n"
		      "ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14\n"
		      "ata0-master: type=disk, mode=flat, path=" FILE_DISK ", cylinders=%" PRIu64
		      ", heads=%u, spt=%u\n",
		      cylinders, HEADS, SECTORS);
	/* A terminal would lose what its reader is too slow for; a file has no input. */
	(void)fprintf(file,
		      "com1: enabled=1, mode=file, dev=/dev/fd/%d\n"
		      "com2: enabled=1, mode=null\n"
		      "com3: enabled=1, mode=file, dev=/dev/fd/%d\n"
		      "com4: enabled=1, mode=term, dev=%s\n",
		      lines->console, lines->report, keyboard);
	(void)fprintf(file,
		      "port_e9_hack: enabled=1\n"
		      "clock: sync=none, time0=946681200\n"
		      "panic: action=fatal\n"
		      "error: action=ignore\n"
		      "info: action=ignore\n"
		      "log: /dev/fd/%d\n",
		      lines->messages);
	if (fclose(file) != 0) {
		return message_set(message, "cannot write Bochs' options: %s", strerror(errno));
	}
	return 0;
}

/** Bochs 2 begins in its debugger, Bochs 3 does not. */
static int write_commands(const struct machine_files *files, struct message *message)
{
	FILE *file = create(files, FILE_COMMANDS, message);

	if (file == NULL) {
		return -1;
	}
	(void)fprintf(file, "c\nq\n");
	return fclose(file) == 0 ? 0 : message_set(message, "cannot write Bochs' commands: %s",
						   strerror(errno));
}

int bochs_command(const struct options *options, const struct machine_files *files,
		  const struct emulator_lines *lines, const char *keyboard,
		  struct command *command, struct message *message)
{
	uint64_t cylinders;

	if (link_rom(options, files, message) != 0 || write_disk(files, &cylinders, message) != 0 ||
	    write_options(options, files, lines, keyboard, cylinders, message) != 0 ||
	    write_commands(files, message) != 0) {
		return -1;
	}
	command_add(command, BOCHS_PROGRAM);
	command_add(command, "-q");
	command_add(command, "-f");
	command_add(command, FILE_OPTIONS);
	command_add(command, "-rc");
	command_add(command, FILE_COMMANDS);
	return 0;
}

void bochs_remove(const struct machine_files *files)
{
	static const char *const names[] = { FILE_ROM, FILE_DISK, FILE_DISK_LOCK, FILE_OPTIONS,
					     FILE_COMMANDS };
	char path[PATH_MAX + 16];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		file_path(files, names[i], path, sizeof(path));
		(void)unlink(path);
	}
}

bool bochs_isolate(void)
{
	return unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

const char *bochs_log_line(const char *line)
{
	const char *found = strstr(line, LOG_PREFIX);

	return found != NULL ? found + sizeof(LOG_PREFIX) - 1 : NULL;
}

bool bochs_is_failure(const char *line)
{
	return (strstr(line, FAILURE) != NULL && strstr(line, SHUTDOWN) == NULL) ||
	       strcmp(line, BOCHS_NO_NAMESPACE) == 0;
}
