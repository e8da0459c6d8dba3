/* SPDX-License-Identifier: Apache-2.0 */
/* Devicetree Specification 0.4: 3.4 /memory, 3.6 /chosen; Linux adds initrd-start and -end. */
#include "devicetree.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "process.h"

#define NODE_MAX 64
/** CPU nodes of each virt.dts in integration/images. */
#define BUILT_IN_CPUS 8u
/** The names of the root's children. */
#define LIST_MAX 65536
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
	const char *argv[13] = { "fdtput", "-p", "-t", "x", "--", path, node, property };
	unsigned i;

	for (i = 0; i < cells->count; i++) {
		argv[8 + i] = cells->text[i];
	}
	return process_run(argv, NULL, 0, message);
}

/**
 * #address-cells or #size-cells of the root, `otherwise` if not given (2.3.5); 0 with a
 * message if `value` does not go into them.
 */
static unsigned root_cells(const char *path, const char *name, const char *property,
			   unsigned otherwise, uint64_t value, struct message *message)
{
	const char *argv[] = { "fdtget", "-t", "u", path, "/", property, NULL };
	char text[CELL_TEXT];
	unsigned count = otherwise;

	if (process_run(argv, text, sizeof(text), message) == 0) {
		count = text[1] == '\n' && (text[0] == '1' || text[0] == '2') ?
				(unsigned)(text[0] - '0') :
				0;
	}
	if (count == 0 || (count == 1 && value > UINT32_MAX)) {
		(void)message_set(message, "%s: 0x%" PRIx64 " does not go into its %s", name, value,
				  property);
		return 0;
	}
	return count;
}

static int remove_node(const char *path, const char *node, struct message *message)
{
	const char *argv[] = { "fdtput", "-r", "--", path, node, NULL };

	return process_run(argv, NULL, 0, message);
}

/** Leaves one memory node in the root and gives its name; others would be of another machine. */
static int one_memory(const char *path, const char *name, char *node, struct message *message)
{
	static char list[LIST_MAX];
	const char *argv[] = { "fdtget", "-l", path, "/", NULL };
	char other[NODE_MAX];
	int status = process_run(argv, list, sizeof(list), message);
	const char *line;
	size_t length;

	if (status < 0) {
		return -1;
	}
	if (status != 0) {
		return message_set(message, "%s: not a device tree", name);
	}
	node[0] = '\0';
	for (line = list; *line != '\0'; line += length + (line[length] == '\n')) {
		length = strcspn(line, "\n");
		if (length + 2 >= NODE_MAX || strncmp(line, "memory", 6) != 0 ||
		    (length != 6 && line[6] != '@')) {
			continue;
		}
		(void)snprintf(other, sizeof(other), "/%.*s", (int)length, line);
		if (node[0] == '\0') {
			(void)strcpy(node, other);
		} else if (remove_node(path, other, message) < 0) {
			return -1;
		}
	}
	if (node[0] == '\0') {
		(void)strcpy(node, "/memory");
	}
	return 0;
}

static int put_text(const char *path, const char *node, const char *property, const char *text,
		    struct message *message)
{
	/* The text may begin with "-". */
	const char *argv[] = { "fdtput", "-p", "-t", "s", "--", path, node, property, text, NULL };

	return process_run(argv, NULL, 0, message);
}

static int put_initrd(const char *path, const struct devicetree_values *values,
		      struct message *message)
{
	/* Of a tree that was taken from another run, maybe. */
	const char *drop[] = { "fdtput", "-d", "--", path, "/chosen", "linux,initrd-start",
			       "linux,initrd-end", NULL };
	struct cells start = { .count = 0 };
	struct cells end = { .count = 0 };
	int status;

	if (values->initrd_size == 0) {
		/* Without /chosen it fails, and there is nothing to drop. */
		return process_run(drop, NULL, 0, message) < 0 ? -1 : 0;
	}
	add_cells(&start, values->initrd, 2);
	add_cells(&end, values->initrd + values->initrd_size, 2);
	status = put_cells(path, "/chosen", "linux,initrd-start", &start, message);
	return status == 0 ? put_cells(path, "/chosen", "linux,initrd-end", &end, message) : status;
}

static int put_all(const char *path, const char *name, const char *node,
		   const struct devicetree_values *values, struct message *message)
{
	unsigned address_cells = root_cells(path, name, "#address-cells", 2, values->ram, message);
	unsigned size_cells =
		address_cells != 0 ?
			root_cells(path, name, "#size-cells", 1, values->memory, message) :
			0;
	struct cells memory = { .count = 0 };
	int status;

	if (size_cells == 0) {
		return -1;
	}
	add_cells(&memory, values->ram, address_cells);
	add_cells(&memory, values->memory, size_cells);
	status = put_text(path, node, "device_type", "memory", message);
	if (status == 0) {
		status = put_cells(path, node, "reg", &memory, message);
	}
	if (status == 0 && values->bootargs != NULL) {
		status = put_text(path, "/chosen", "bootargs", values->bootargs, message);
	}
	return status == 0 ? put_initrd(path, values, message) : status;
}

/** Leaves `cpus` of the built-in tree's CPUs. */
static int drop_cpus(const char *path, unsigned cpus, struct message *message)
{
	char node[NODE_MAX];
	const char *argv[] = { "fdtput", "-r", "--", path, node, NULL };
	int status = 0;

	for (; cpus < BUILT_IN_CPUS && status == 0; cpus++) {
		(void)snprintf(node, sizeof(node), "/cpus/cpu@%u", cpus);
		status = process_run(argv, NULL, 0, message);
	}
	return status;
}

int devicetree_patch(const char *path, const char *name, const struct devicetree_values *values,
		     struct message *message)
{
	char node[NODE_MAX];
	int status;

	if (one_memory(path, name, node, message) != 0) {
		return -1;
	}
	status = put_all(path, name, node, values, message);
	if (status == 0 && values->cpus != 0) {
		status = drop_cpus(path, values->cpus, message);
	}
	if (status > 0) {
		return message_set(message, "%s: fdtput cannot change this device tree", name);
	}
	return status;
}
