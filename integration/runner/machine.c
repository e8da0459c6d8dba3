/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "keyboard.h"
#include "status.h"
#include "streams.h"

/** Exit status of a child whose program was not found, as the shell has it. */
#define NOT_FOUND 127

/** How often the runner looks whether it is to end. */
#define WAKE_UP_MS 500

/** What it writes to: the guest's console, the hypervisor's log and report, its own messages. */
enum channel {
	CHANNEL_CONSOLE,
	CHANNEL_LOG,
	CHANNEL_REPORT,
	CHANNEL_MESSAGES,
	CHANNEL_COUNT,
};

#define LINE_MAX_TEXT 1024

struct line {
	char text[LINE_MAX_TEXT];
	size_t length;
};

struct watch {
	const struct arch *arch;
	const struct options *options;
	/** With Bochs: standard input goes there; else -1. */
	struct keyboard keyboard;
	/** Bytes of arch->console_begin that have been seen. */
	size_t begun;
	pid_t child;
	int read_end[CHANNEL_COUNT];
	int write_end[CHANNEL_COUNT];
	struct line lines[CHANNEL_COUNT];
	struct report *report;
	/** As now_ms() counts. */
	int64_t deadline;
};

/** The signal that asked the runner to end, 0 before. */
static volatile sig_atomic_t ended_by;

static void on_signal(int number)
{
	ended_by = number;
}

void machine_catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	struct sigaction action = { .sa_handler = on_signal };
	struct sigaction old;
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		/* nohup(1) and shells ignore some on purpose. */
		if (sigaction(signals[i], NULL, &old) != 0 || old.sa_handler != SIG_IGN) {
			(void)sigaction(signals[i], &action, NULL);
		}
	}
}

static int build_command(struct watch *watch, const struct machine_files *files,
			 struct command *command, struct message *message)
{
	const struct emulator_lines lines = {
		.console = watch->write_end[CHANNEL_CONSOLE],
		.log = watch->write_end[CHANNEL_LOG],
		.report = watch->write_end[CHANNEL_REPORT],
		.messages = watch->write_end[CHANNEL_MESSAGES],
	};

	if (watch->options->emulator == EMULATOR_QEMU) {
		qemu_command(watch->options, files, &lines, command);
		return 0;
	}
	if (!keyboard_open(&watch->keyboard)) {
		return message_set(message, "cannot make a terminal: %s", strerror(errno));
	}
	return bochs_command(watch->options, files, &lines, watch->keyboard.name, command, message);
}

static _Noreturn void become_emulator(struct command *command, const struct watch *watch,
				      const char *folder, pid_t parent)
{
	enum channel channel;

	/* Not to outlive the runner, whatever ends it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) {
		_exit(NOT_FOUND);
	}
	for (channel = 0; channel < CHANNEL_COUNT; channel++) {
		(void)close(watch->read_end[channel]);
	}
	(void)dup2(watch->write_end[CHANNEL_MESSAGES], STDERR_FILENO);
	if (watch->options->emulator == EMULATOR_BOCHS) {
		if (!bochs_isolate()) {
			(void)fprintf(stderr, BOCHS_NO_NAMESPACE "\n");
			_exit(1);
		}
		(void)dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
		(void)dup2(watch->write_end[CHANNEL_LOG], STDOUT_FILENO);
		if (chdir(folder) != 0) {
			_exit(1);
		}
	} else {
		streams_own_input();
		(void)dup2(watch->write_end[CHANNEL_CONSOLE], STDOUT_FILENO);
		(void)close(watch->write_end[CHANNEL_CONSOLE]);
		(void)close(watch->write_end[CHANNEL_MESSAGES]);
	}
	(void)execvp(command->argv[0], command->argv);
	_exit(NOT_FOUND);
}

/** Starts the emulator; false with a message if that is impossible. */
static bool start(struct watch *watch, const struct machine_files *files, struct message *message)
{
	struct command command = { .count = 0 };
	pid_t parent = getpid();
	enum channel channel;
	int result;
	int ends[2];

	for (channel = 0; channel < CHANNEL_COUNT; channel++) {
		if (pipe(ends) != 0) {
			(void)message_set(message, "cannot make a pipe: %s", strerror(errno));
			return false;
		}
		watch->read_end[channel] = ends[0];
		watch->write_end[channel] = ends[1];
	}
	result = build_command(watch, files, &command, message);
	watch->child = result == 0 ? fork() : -1;
	if (watch->child == 0) {
		become_emulator(&command, watch, files->folder, parent);
	}
	if (result == 0 && watch->child < 0) {
		(void)message_set(message, "cannot start %s: %s", command.argv[0], strerror(errno));
	}
	for (channel = 0; channel < CHANNEL_COUNT; channel++) {
		(void)close(watch->write_end[channel]);
	}
	command_free(&command);
	return watch->child > 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_over(const struct watch *watch)
{
	return ended_by != 0 || now_ms() >= watch->deadline;
}

/** Writes all, however slow the reader is, unless the run is over. */
static void put(const struct watch *watch, int fd, const char *bytes, size_t size)
{
	struct pollfd writable = { .fd = fd, .events = POLLOUT };
	ssize_t written;

	while (size > 0 && !is_over(watch)) {
		if (poll(&writable, 1, WAKE_UP_MS) <= 0) {
			continue;
		}
		/* What fits for sure where poll says that something does. */
		written = write(fd, bytes, size < _POSIX_PIPE_BUF ? size : _POSIX_PIPE_BUF);
		if (written < 0 && errno != EINTR && errno != EAGAIN) {
			return;
		}
		if (written > 0) {
			bytes += written;
			size -= (size_t)written;
		}
	}
}

static void put_line(const struct watch *watch, const char *prefix, const char *text)
{
	char line[LINE_MAX_TEXT + 16];
	int length = snprintf(line, sizeof(line), "%s%s\n", prefix, text);

	put(watch, STDERR_FILENO, line, (size_t)length);
}

static void end_line(struct watch *watch, enum channel channel)
{
	struct line *line = &watch->lines[channel];
	bool bochs = watch->options->emulator == EMULATOR_BOCHS;
	const char *text;

	line->text[line->length] = '\0';
	line->length = 0;
	switch (channel) {
	case CHANNEL_CONSOLE:
		report_console_line(watch->report, line->text);
		break;
	case CHANNEL_REPORT:
		report_line(watch->report, line->text);
		break;
	case CHANNEL_MESSAGES:
		if (!bochs) {
			put_line(watch, "qemu: ", line->text);
		} else if (bochs_is_failure(line->text)) {
			put_line(watch, "bochs: ", line->text);
		}
		break;
	case CHANNEL_LOG:
	case CHANNEL_COUNT:
	default:
		text = bochs ? bochs_log_line(line->text) : line->text;
		if (text != NULL) {
			put_line(watch, "", text);
		}
		break;
	}
}

/** Bytes at the start of these that the board's firmware printed. */
static ssize_t skip_firmware(struct watch *watch, const char *bytes, ssize_t count)
{
	const char *begin = watch->arch->console_begin;
	ssize_t i;

	for (i = 0; begin != NULL && i < count && begin[watch->begun] != '\0'; i++) {
		/* Its first character is nowhere else in it. */
		watch->begun = bytes[i] == begin[watch->begun] ? watch->begun + 1 :
								 (bytes[i] == begin[0] ? 1 : 0);
	}
	return i;
}

/** Reads what is there; false at the end of the channel. */
static bool drain(struct watch *watch, enum channel channel)
{
	struct line *line = &watch->lines[channel];
	char bytes[4096];
	ssize_t got = read(watch->read_end[channel], bytes, sizeof(bytes));
	ssize_t i;

	if (got < 0 && errno == EINTR) {
		return true;
	}
	if (got <= 0) {
		if (line->length > 0) {
			end_line(watch, channel);
		}
		return false;
	}
	if (channel == CHANNEL_CONSOLE) {
		i = skip_firmware(watch, bytes, got);
		memmove(bytes, bytes + i, (size_t)(got - i));
		got -= i;
		put(watch, STDOUT_FILENO, bytes, (size_t)got);
	}
	for (i = 0; i < got; i++) {
		if (bytes[i] == '\n' || line->length + 1 == sizeof(line->text)) {
			end_line(watch, channel);
		}
		if (bytes[i] != '\n') {
			line->text[line->length++] = bytes[i];
		}
	}
	return true;
}

/** Watches the emulator until all its channels are closed; true if the time ran out. */
static bool follow(struct watch *watch)
{
	struct pollfd polls[CHANNEL_COUNT + KEYBOARD_POLLS];
	unsigned open_channels = CHANNEL_COUNT;
	enum channel channel;
	int64_t left;

	for (channel = 0; channel < CHANNEL_COUNT; channel++) {
		polls[channel].fd = watch->read_end[channel];
		polls[channel].events = POLLIN;
	}
	while (open_channels > 0) {
		if (is_over(watch)) {
			(void)kill(watch->child, SIGKILL);
			return ended_by == 0;
		}
		left = watch->deadline - now_ms();
		keyboard_polls(&watch->keyboard, polls + CHANNEL_COUNT);
		if (poll(polls, CHANNEL_COUNT + KEYBOARD_POLLS,
			 left < WAKE_UP_MS ? (int)left : WAKE_UP_MS) <= 0) {
			continue;
		}
		keyboard_pump(&watch->keyboard, polls + CHANNEL_COUNT);
		for (channel = 0; channel < CHANNEL_COUNT; channel++) {
			if (polls[channel].fd >= 0 && polls[channel].revents != 0 &&
			    !drain(watch, channel)) {
				polls[channel].fd = -1;
				open_channels--;
			}
		}
	}
	return false;
}

static int wait_for(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
	}
	return status;
}

static int status_of(const struct options *options, const struct report *report, int ended_with)
{
	bool bochs = options->emulator == EMULATOR_BOCHS;
	const char *program = bochs ? BOCHS_PROGRAM : options->arch->qemu;

	if (report->has_status) {
		return (int)report->status;
	}
	if (WIFEXITED(ended_with) && WEXITSTATUS(ended_with) == NOT_FOUND) {
		(void)fprintf(stderr, "run: %s is not installed (on Debian: %s)\n", program,
			      bochs ? BOCHS_PACKAGES : options->arch->package);
		return STATUS_BAD_INPUT;
	}
	if (WIFEXITED(ended_with) && WEXITSTATUS(ended_with) != 0) {
		(void)fprintf(stderr, "run: %s could not run (see its message above)\n", program);
		return STATUS_BAD_INPUT;
	}
	if (WIFSIGNALED(ended_with)) {
		(void)fprintf(stderr, "run: %s was ended by signal %d\n", program,
			      WTERMSIG(ended_with));
		return STATUS_ERROR;
	}
	(void)fprintf(stderr, "run: the hypervisor ended without a status\n");
	return STATUS_ERROR;
}

int machine_run(const struct options *options, const struct machine_files *files,
		struct report *report)
{
	struct watch watch = { .arch = options->arch,
			       .options = options,
			       .keyboard = { .master = -1, .slave = -1 },
			       .report = report,
			       .deadline = INT64_MAX };
	struct message message;
	struct streams streams;
	bool timed_out;
	int ended_with;

	if (options->timeout > 0) {
		watch.deadline = now_ms() + (int64_t)options->timeout * 1000;
	}
	streams_save(&streams);
	if (!start(&watch, files, &message)) {
		(void)fprintf(stderr, "run: %s\n", message.text);
		bochs_remove(files);
		return STATUS_ERROR;
	}
	if (options->emulator == EMULATOR_BOCHS) {
		streams_raw(&streams);
	}
	timed_out = follow(&watch);
	ended_with = wait_for(watch.child);
	keyboard_close(&watch.keyboard);
	streams_restore(&streams);
	bochs_remove(files);
	if (timed_out) {
		(void)fprintf(stderr, "run: no end after %" PRIu64 " s\n", options->timeout);
		return STATUS_TIMEOUT;
	}
	if (ended_by != 0) {
		/* As the shell counts a death by signal. */
		return 128 + (int)ended_by;
	}
	return status_of(options, report, ended_with);
}
