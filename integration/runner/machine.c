/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harts.h"
#include "status.h"
#include "streams.h"

/** Bytes for the hypervisor itself, besides the guest's. */
#define HYPERVISOR_MEMORY (UINT64_C(64) << 20)
/** Exit status of a child whose program was not found, as the shell has it. */
#define NOT_FOUND 127

/** How often the runner looks whether it is to end. */
#define WAKE_UP_MS 500

/** What QEMU writes to: the guest's console, the hypervisor's log and report, QEMU's own messages. */
enum channel {
	CHANNEL_CONSOLE,
	CHANNEL_LOG,
	CHANNEL_REPORT,
	CHANNEL_QEMU,
	CHANNEL_COUNT,
};

#define LINE_MAX_TEXT 1024

struct line {
	char text[LINE_MAX_TEXT];
	size_t length;
};

struct watch {
	const struct arch *arch;
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

#define ARGUMENT_MAX 96
#define ARGUMENT_TEXT (2 * PATH_MAX + 256)

/** QEMU's command line. */
struct command {
	char *argv[ARGUMENT_MAX];
	int count;
};

static void add(struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct command *command, const char *format, ...)
{
	char *text = malloc(ARGUMENT_TEXT);
	va_list values;

	va_start(values, format);
	if (text == NULL || command->count + 1 >= ARGUMENT_MAX ||
	    vsnprintf(text, ARGUMENT_TEXT, format, values) >= ARGUMENT_TEXT) {
		(void)fprintf(stderr, "run: the QEMU command line is too long\n");
		exit(STATUS_BAD_INPUT);
	}
	va_end(values);
	command->argv[command->count++] = text;
	command->argv[command->count] = NULL;
}

#define VALUE_MAX (2 * PATH_MAX)

/** Hands the files over through fw_cfg. */
static void add_fw_cfg(struct command *command, const struct loads *loads)
{
	char value[VALUE_MAX];
	unsigned i;

	for (i = 0; i < loads->count; i++) {
		add(command, "-fw_cfg");
		add(command, "name=%s,file=%s", loads->files[i].name,
		    harts_quote(loads->files[i].path, value, sizeof(value)));
	}
}

static void add_load(struct command *command, const char *path, uint64_t address)
{
	char value[VALUE_MAX];

	add(command, "-device");
	add(command, "loader,addr=0x%" PRIx64 ",force-raw=on,file=%s", address,
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

static void build_command(const struct options *options, const struct machine_files *files,
			  const struct watch *watch, struct command *command)
{
	const struct arch *arch = options->arch;
	uint64_t guests = options->neighbor != NULL ? 2 : 1;
	uint64_t memory = options->memory * guests + HYPERVISOR_MEMORY;

	add(command, "%s", arch->qemu);
	add(command, "-M");
	add(command, "%s", arch->machine);
	if (arch->files != 0) {
		memory += files->loads.end - arch->ram;
		add_loads(command, &files->loads, files->directory);
	} else {
		add_fw_cfg(command, &files->loads);
	}
	add(command, "-cpu");
	/* QEMU's default algorithm for pointer authentication takes most of the time of a run. */
	add(command, "%s%s", options->cpu,
	    arch->id == ARCH_ARM64 && strcmp(options->cpu, "max") == 0 ? ",pauth-impdef=on" : "");
	add(command, "-m");
	add(command, "%" PRIu64 "M", (memory + (MEMORY_STEP - 1)) / MEMORY_STEP * (MEMORY_STEP >> 20));
	add(command, "-smp");
	add(command, "%" PRIu64, options->host_cpus);
	add(command, "-nodefaults");
	add(command, "-display");
	add(command, "none");
	add(command, "-no-reboot");
	add(command, "-chardev");
	add(command, "stdio,id=guest,signal=on");
	add(command, "-serial");
	add(command, "chardev:guest");
	add(command, "-chardev");
	add(command, "file,id=log,path=/dev/fd/%d", watch->write_end[CHANNEL_LOG]);
	add(command, "-chardev");
	add(command, "file,id=report,path=/dev/fd/%d", watch->write_end[CHANNEL_REPORT]);
	add(command, "-device");
	add(command, "pci-serial-2x,chardev1=log,chardev2=report");
	if (options->icount) {
		/* One nanosecond of the machine's time is one instruction, in every run. */
		add(command, "-icount");
		add(command, "shift=0,sleep=off");
		add(command, "-rtc");
		add(command, "base=2020-01-01,clock=vm");
		add(command, "-seed");
		add(command, "1");
	}
	add(command, "-kernel");
	add(command, "%s", options->hypervisor[arch->id]);
}

static _Noreturn void become_qemu(struct command *command, const struct watch *watch, pid_t parent)
{
	enum channel channel;

	/* Not to outlive the runner, whatever ends it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) {
		_exit(NOT_FOUND);
	}
	streams_own_input();
	(void)dup2(watch->write_end[CHANNEL_CONSOLE], STDOUT_FILENO);
	(void)dup2(watch->write_end[CHANNEL_QEMU], STDERR_FILENO);
	for (channel = 0; channel < CHANNEL_COUNT; channel++) {
		(void)close(watch->read_end[channel]);
	}
	(void)close(watch->write_end[CHANNEL_CONSOLE]);
	(void)close(watch->write_end[CHANNEL_QEMU]);
	(void)execvp(command->argv[0], command->argv);
	_exit(NOT_FOUND);
}

static bool start(struct watch *watch, const struct options *options,
		  const struct machine_files *files)
{
	struct command command = { .count = 0 };
	pid_t parent = getpid();
	enum channel channel;
	int ends[2];

	for (channel = 0; channel < CHANNEL_COUNT; channel++) {
		if (pipe(ends) != 0) {
			return false;
		}
		watch->read_end[channel] = ends[0];
		watch->write_end[channel] = ends[1];
	}
	build_command(options, files, watch, &command);
	watch->child = fork();
	if (watch->child == 0) {
		become_qemu(&command, watch, parent);
	}
	for (channel = 0; channel < CHANNEL_COUNT; channel++) {
		(void)close(watch->write_end[channel]);
	}
	while (command.count > 0) {
		free(command.argv[--command.count]);
	}
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

	line->text[line->length] = '\0';
	line->length = 0;
	switch (channel) {
	case CHANNEL_CONSOLE:
		report_console_line(watch->report, line->text);
		break;
	case CHANNEL_REPORT:
		report_line(watch->report, line->text);
		break;
	case CHANNEL_QEMU:
		put_line(watch, "qemu: ", line->text);
		break;
	case CHANNEL_LOG:
	case CHANNEL_COUNT:
	default:
		put_line(watch, "", line->text);
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

/** Watches QEMU until all its channels are closed; true if the time ran out. */
static bool follow(struct watch *watch)
{
	struct pollfd polls[CHANNEL_COUNT];
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
		if (poll(polls, CHANNEL_COUNT, left < WAKE_UP_MS ? (int)left : WAKE_UP_MS) <= 0) {
			continue;
		}
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

static int status_of(const struct arch *arch, const struct report *report, int qemu_status)
{
	if (report->has_status) {
		return (int)report->status;
	}
	if (WIFEXITED(qemu_status) && WEXITSTATUS(qemu_status) == NOT_FOUND) {
		(void)fprintf(stderr, "run: %s is not installed (on Debian: %s)\n", arch->qemu,
			      arch->package);
		return STATUS_BAD_INPUT;
	}
	if (WIFEXITED(qemu_status) && WEXITSTATUS(qemu_status) != 0) {
		(void)fprintf(stderr, "run: %s could not run (see its message above)\n", arch->qemu);
		return STATUS_BAD_INPUT;
	}
	(void)fprintf(stderr, "run: the hypervisor ended without a status\n");
	return STATUS_ERROR;
}

int machine_run(const struct options *options, const struct machine_files *files,
		struct report *report)
{
	struct watch watch = { .arch = options->arch, .report = report, .deadline = INT64_MAX };
	struct streams streams;
	bool timed_out;
	int qemu_status;

	if (options->timeout > 0) {
		watch.deadline = now_ms() + (int64_t)options->timeout * 1000;
	}
	streams_save(&streams);
	if (!start(&watch, options, files)) {
		(void)fprintf(stderr, "run: cannot start %s: %s\n", options->arch->qemu,
			      strerror(errno));
		return STATUS_ERROR;
	}
	timed_out = follow(&watch);
	qemu_status = wait_for(watch.child);
	streams_restore(&streams);
	if (timed_out) {
		(void)fprintf(stderr, "run: no end after %" PRIu64 " s\n", options->timeout);
		return STATUS_TIMEOUT;
	}
	if (ended_by != 0) {
		/* As the shell counts a death by signal. */
		return 128 + (int)ended_by;
	}
	return status_of(options->arch, report, qemu_status);
}
