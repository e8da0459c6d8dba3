/* SPDX-License-Identifier: Apache-2.0 */
/* The two emulators: what starts each with the hypervisor in it. */
#ifndef RUNNER_EMULATOR_H_
#define RUNNER_EMULATOR_H_

#include "command.h"
#include "loads.h"
#include "message.h"
#include "options.h"

/** What the hypervisor gets, and where the emulator's own files may be. */
struct machine_files {
	struct loads loads;
	/** Folder of the run. */
	const char *folder;
	/** The file that is the board's memory, if the machine is to be saved. */
	const char *board;
	/** The directory of `loads`, for a hypervisor that finds them in memory. */
	const char *directory;
};

/** Numbers of files that the emulator writes to, and one that it reads from. */
struct emulator_lines {
	int console;
	int log;
	int report;
	/** The emulator's own messages. */
	int messages;
};

#define BOCHS_PROGRAM "bochs"
/** Debian's packages that have what it needs. */
#define BOCHS_PACKAGES "bochs, bochs-term, bochsbios, vgabios"
/** What the child says where bochs_isolate() fails. */
#define BOCHS_NO_NAMESPACE "no network namespace to be had, and Bochs' display would be open to all"

/** QEMU: the console is its standard input and output. */
void qemu_command(const struct options *options, const struct machine_files *files,
		  const struct emulator_lines *lines, struct command *command);

/**
 * Bochs: the log is its standard output, behind other lines of its own (bochs_log_line()).
 *
 * Writes its files into the folder of the run; bochs_remove() removes them.
 *
 * @param keyboard  name of the terminal from which typed characters come.
 */
int bochs_command(const struct options *options, const struct machine_files *files,
		  const struct emulator_lines *lines, const char *keyboard,
		  struct command *command, struct message *message);
void bochs_remove(const struct machine_files *files);
/** In the child: Bochs' display listens on all addresses; false if that cannot be kept in. */
bool bochs_isolate(void);
/** The hypervisor's words in a line of Bochs' standard output; null if it has none. */
const char *bochs_log_line(const char *line);
/** Whether a line of Bochs' log, or of the child before it is Bochs, is about its end by an error. */
bool bochs_is_failure(const char *line);

#endif /* RUNNER_EMULATOR_H_ */
