/* SPDX-License-Identifier: Apache-2.0 */
/* Devicetree Specification 0.4: 3.4 /memory, 3.6 /chosen; Linux adds initrd-start and -end. */
#include "devicetree.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "process.h"

#define NODE_MAX 64
#define LIST_MAX 4096
#define CELL_TEXT 24

struct cells {
	char text[4][CELL_TEXT];
	unsigned count;
};

static void add_cells(struct cells *cells, uint64_t value, unsigned count)
{
	if (count == 2) {
		(void)snprintf(cells->text[cells->count++], CELL_TEXT, "%" PRIx64, value >> 32);
	}
	(void)snprintf(cells->text[cells->count++], CELL_TEXT, "%" PRIx64, value & UINT32_MAX);
}

static int put_cells(const char *path, const char *node, const char *property, struct cells *cells,
		     struct message *message)
{
	const char *argv[12] = { "fdtput", "-p", "-t", "x", path, node, property };
	unsigned i;

	for (i = 0; i < cells->count; i++) {
		argv[7 + i] = cells->text[i];
	}
	return process_run(argv, NULL, 0, message);
}

/** #address-cells or #size-cells of the root: 1 or 2; 2 and 1 if not given (2.3.5). */
static unsigned root_cells(const char *path, const char *property, unsigned otherwise,
			   struct message *message)
{
	const char *argv[] = { "fdtget", "-t", "u", path, "/", property, NULL };
	char text[CELL_TEXT];

	if (process_run(argv, text, sizeof(text), message) != 0) {
		return otherwise;
	}
	return text[0] == '1' ? 1u : 2u;
}

/** The name of the root's memory node. */
static int find_memory(const char *path, const char *name, char *node, struct message *message)
{
	const char *argv[] = { "fdtget", "-l", path, "/", NULL };
	char list[LIST_MAX];
	int status = process_run(argv, list, sizeof(list), message);
	const char *line;
	size_t length;

	if (status < 0) {
		return -1;
	}
	if (status != 0) {
		return message_set(message, "%s: not a device tree", name);
	}
	for (line = list; *line != '\0'; line += length + (line[length] == '\n')) {
		length = strcspn(line, "\n");
		if (length + 2 < NODE_MAX && strncmp(line, "memory", 6) == 0 &&
		    (length == 6 || line[6] == '@')) {
			(void)snprintf(node, NODE_MAX, "/%.*s", (int)length, line);
			return 0;
		}
	}
	(void)snprintf(node, NODE_MAX, "/memory");
	return 0;
}

static int put_text(const char *path, const char *node, const char *property, const char *text,
		    struct message *message)
{
	const char *argv[] = { "fdtput",     "-p",	 "-t", "s", path, node,
			 property, text, NULL };

	return process_run(argv, NULL, 0, message);
}

static int put_all(const char *path, const char *node, const struct devicetree_values *values,
		   struct message *message)
{
	unsigned address_cells = root_cells(path, "#address-cells", 2, message);
	unsigned size_cells = root_cells(path, "#size-cells", 1, message);
	struct cells memory = { .count = 0 };
	struct cells start = { .count = 0 };
	struct cells end = { .count = 0 };
	int status;

	add_cells(&memory, values->ram, address_cells);
	add_cells(&memory, values->memory, size_cells);
	status = put_text(path, node, "device_type", "memory", message);
	if (status == 0) {
		status = put_cells(path, node, "reg", &memory, message);
	}
	if (status == 0 && values->bootargs != NULL) {
		status = put_text(path, "/chosen", "bootargs", values->bootargs, message);
	}
	if (status == 0 && values->initrd_size > 0) {
		add_cells(&start, values->initrd, 2);
		add_cells(&end, values->initrd + values->initrd_size, 2);
		status = put_cells(path, "/chosen", "linux,initrd-start", &start, message);
		if (status == 0) {
			status = put_cells(path, "/chosen", "linux,initrd-end", &end, message);
		}
	}
	return status;
}

int devicetree_patch(const char *path, const char *name, const struct devicetree_values *values,
		     struct message *message)
{
	char node[NODE_MAX];
	int status;

	if (find_memory(path, name, node, message) != 0) {
		return -1;
	}
	status = put_all(path, node, values, message);
	if (status > 0) {
		return message_set(message, "%s: fdtput cannot change this device tree", name);
	}
	return status;
}
