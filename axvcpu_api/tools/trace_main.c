/* SPDX-License-Identifier: Apache-2.0 */
/* axvcpu_trace: turns dumps of struct axvcpu_trace into tables or a timeline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_print.h"

#define FIRST_ROOM 65536u

static const char usage[] =
	"usage: axvcpu_trace [--table | --json] FILE...\n"
	"\n"
	"Each FILE holds the memory of one vCPU's trace, see axvcpu/trace.h.\n"
	"  --table  counters and exits as text (this is the default)\n"
	"  --json   all files as one timeline for https://ui.perfetto.dev or chrome://tracing\n";

/** The whole of a file, to be freed; null after a message. */
static unsigned char *read_file(const char *name, size_t *size)
{
	FILE *file = fopen(name, "rb");
	unsigned char *bytes = NULL;
	size_t room = FIRST_ROOM;
	size_t got;

	*size = 0u;
	if (file == NULL) {
		fprintf(stderr, "axvcpu_trace: cannot open %s\n", name);
		return NULL;
	}
	do {
		unsigned char *more = *size + room > *size ? realloc(bytes, *size + room) : NULL;

		if (more == NULL) {
			fprintf(stderr, "axvcpu_trace: no memory for %s\n", name);
			free(bytes);
			fclose(file);
			return NULL;
		}
		bytes = more;
		got = fread(bytes + *size, 1u, room, file);
		*size += got;
		room *= 2u;
	} while (got == room / 2u);
	if (ferror(file)) {
		fprintf(stderr, "axvcpu_trace: cannot read %s\n", name);
		free(bytes);
		bytes = NULL;
	}
	fclose(file);
	return bytes;
}

/** Reads and checks `count` files; 0 after a message. Their bytes live to the end. */
static int open_all(char **names, size_t count, struct trace_dump *dumps, unsigned char **blocks)
{
	for (size_t i = 0; i < count; i++) {
		const char *wrong;
		size_t size;

		blocks[i] = read_file(names[i], &size);
		if (blocks[i] == NULL) {
			return 0;
		}
		wrong = trace_dump_open(blocks[i], size, &dumps[i]);
		if (wrong != NULL) {
			fprintf(stderr, "axvcpu_trace: %s: %s\n", names[i], wrong);
			return 0;
		}
	}
	return 1;
}

static void print(const struct trace_dump *dumps, size_t count, int json)
{
	if (json) {
		trace_print_json(stdout, dumps, count);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (i != 0u) {
			puts("");
		}
		trace_print_table(stdout, &dumps[i]);
	}
}

int main(int argc, char **argv)
{
	int json = argc > 1 && strcmp(argv[1], "--json") == 0;
	int first = json || (argc > 1 && strcmp(argv[1], "--table") == 0) ? 2 : 1;
	struct trace_dump *dumps;
	unsigned char **blocks;
	size_t count;
	int ok;

	if (argc <= first || argv[first][0] == '-') {
		fputs(usage, stderr);
		return 2;
	}
	count = (size_t)(argc - first);
	dumps = calloc(count, sizeof(*dumps));
	blocks = calloc(count, sizeof(*blocks));
	ok = dumps != NULL && blocks != NULL && open_all(argv + first, count, dumps, blocks);
	if (ok) {
		print(dumps, count, json);
		ok = fflush(stdout) == 0 && !ferror(stdout);
	}
	for (size_t i = 0; blocks != NULL && i < count; i++) {
		free(blocks[i]);
	}
	free(blocks);
	free(dumps);
	return ok ? 0 : 1;
}
