/* SPDX-License-Identifier: Apache-2.0 */
/* bench_tool: from what the kernel printed to tables, files and a verdict. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "breakdown.h"
#include "figures.h"
#include "show.h"
#include "symbols.h"

static const char usage[] =
	"usage: bench_tool (--console FILE [--kernel ELF --trace FILE] | --figures FILE) [OPTION]...\n"
	"  --console FILE   what the kernel printed\n"
	"  --kernel ELF, --trace FILE   the kernel, and QEMU's log of its single instructions\n"
	"  --figures FILE   figures as --json writes them, instead\n"
	"  --json FILE      write them\n"
	"  --svg FILE       draw the breakdown\n"
	"  --compare FILE   compare with these figures; status 1 if one grew too much\n"
	"  --quiet          no table\n";

struct options {
	const char *console, *kernel, *trace, *figures, *json, *svg, *compare;
	bool quiet;
};

static _Noreturn void fail(const char *file, const char *what)
{
	fprintf(stderr, "bench_tool: %s: %s\n", file, what);
	exit(2);
}

static FILE *open_file(const char *name, const char *mode)
{
	FILE *file = fopen(name, mode);

	if (file == NULL) {
		fail(name, "cannot open it");
	}
	return file;
}

static void close_file(FILE *file, const char *name)
{
	bool bad = ferror(file) != 0;

	if (fclose(file) != 0 || bad) {
		fail(name, "cannot read or write it");
	}
}

static struct options parse(int argc, char **argv)
{
	struct options options = { 0 };
	const struct {
		const char *name;
		const char **value;
	} known[] = {
		{ "--console", &options.console }, { "--kernel", &options.kernel },
		{ "--trace", &options.trace },	   { "--figures", &options.figures },
		{ "--json", &options.json },	   { "--svg", &options.svg },
		{ "--compare", &options.compare },
	};

	for (int i = 1; i < argc; i++) {
		size_t n = 0;

		if (strcmp(argv[i], "--quiet") == 0) {
			options.quiet = true;
			continue;
		}
		while (n < sizeof(known) / sizeof(known[0]) && strcmp(argv[i], known[n].name) != 0) {
			n++;
		}
		if (n == sizeof(known) / sizeof(known[0]) || i + 1 == argc) {
			fputs(usage, stderr);
			exit(2);
		}
		*known[n].value = argv[++i];
	}
	if ((options.console == NULL) == (options.figures == NULL) ||
	    (options.kernel == NULL) != (options.trace == NULL)) {
		fputs(usage, stderr);
		exit(2);
	}
	return options;
}

static uint8_t *read_all(const char *name, size_t *size)
{
	FILE *file = open_file(name, "rb");
	uint8_t *bytes;
	long length;

	if (fseek(file, 0, SEEK_END) != 0 || (length = ftell(file)) < 0 ||
	    fseek(file, 0, SEEK_SET) != 0) {
		fail(name, "cannot read it");
	}
	*size = (size_t)length;
	bytes = malloc(*size + 1u);
	if (bytes == NULL || fread(bytes, 1, *size, file) != *size) {
		fail(name, "cannot read it");
	}
	close_file(file, name);
	return bytes;
}

static void read_figures(struct figures *figures, const char *name,
			 const char *(*read)(struct figures *figures, FILE *in))
{
	FILE *file = open_file(name, "r");
	const char *wrong = read(figures, file);

	if (wrong != NULL) {
		fail(name, wrong);
	}
	close_file(file, name);
}

static void write_figures(const struct figures *figures, const char *name,
			  void (*write)(const struct figures *figures, FILE *out))
{
	FILE *file = open_file(name, "w");

	write(figures, file);
	close_file(file, name);
}

static void add_breakdown(struct figures *figures, const struct options *options)
{
	struct symbols symbols;
	struct trace trace;
	size_t size;
	uint8_t *kernel = read_all(options->kernel, &size);
	FILE *log = open_file(options->trace, "r");
	const char *wrong = symbols_read(&symbols, kernel, size);

	if (wrong != NULL) {
		fail(options->kernel, wrong);
	}
	wrong = trace_read(&trace, log);
	if (wrong == NULL) {
		wrong = breakdown_add(figures, &symbols, &trace);
	}
	if (wrong != NULL) {
		fail(options->trace, wrong);
	}
	close_file(log, options->trace);
	trace_free(&trace);
	symbols_free(&symbols);
	free(kernel);
}

int main(int argc, char **argv)
{
	static struct figures figures, kept;
	struct options options = parse(argc, argv);

	if (options.console != NULL) {
		read_figures(&figures, options.console, figures_read_console);
	} else {
		read_figures(&figures, options.figures, figures_read_json);
	}
	if (options.trace != NULL) {
		add_breakdown(&figures, &options);
	}
	if (!options.quiet) {
		show_table(&figures, stdout);
	}
	if (options.json != NULL) {
		write_figures(&figures, options.json, figures_write_json);
	}
	if (options.svg != NULL) {
		write_figures(&figures, options.svg, show_svg);
	}
	if (options.compare != NULL) {
		read_figures(&kept, options.compare, figures_read_json);
		return show_growth(&kept, &figures, stdout) ? 0 : 1;
	}
	return 0;
}
