/* SPDX-License-Identifier: Apache-2.0 */
#include "harts.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "process.h"

#define TEXT_MAX 4096
#define NODE_MAX 64
#define VALUE_MAX (2 * PATH_MAX)
/** Cells of interrupts-extended for a hart: two contexts, each a phandle and a number. */
#define PLIC_CELLS_PER_HART 4u
#define PLIC_NODE "/soc/interrupt-controller@c000000"
/** Of the IMSIC: one file. */
#define IMSIC_CELLS_PER_HART 2u
#define IMSIC_NODE "/soc/imsics@28000000"
#define APLIC_NODE "/soc/aplic@d000000"
#define UART_NODE "/soc/serial@10000000"
/** Its interrupt at the APLIC: the source in hexadecimal, and that it is a level which is active high. */
#define UART_INTERRUPT "a", "4"

const char *harts_quote(const char *path, char *value, size_t room)
{
	size_t length = 0;

	for (; *path != '\0' && length + 2 < room; path++) {
		if (*path == ',') {
			value[length++] = ',';
		}
		value[length++] = *path;
	}
	value[length] = '\0';
	return value;
}

/** Of the names after the first "_"; "H" stands among the letters before it. */
static bool is_for_guests(const char *name, size_t length)
{
	static const char *const supervisor[] = { "sstc", "svinval", "svnapot", "svpbmt" };
	size_t i;

	/* Z: unprivileged, so theirs too, but for the counters, which trap. */
	if (name[0] == 'z') {
		return length != strlen("zihpm") || strncmp(name, "zihpm", length) != 0;
	}
	for (i = 0; i < sizeof(supervisor) / sizeof(supervisor[0]); i++) {
		if (length == strlen(supervisor[i]) && strncmp(name, supervisor[i], length) == 0) {
			return true;
		}
	}
	return false;
}

void harts_guest_isa(const char *isa, char *guest, size_t room)
{
	size_t used = 0;
	size_t length = strcspn(isa, "_\n");
	size_t i;

	for (i = 0; i < length && used + 1 < room; i++) {
		/* "rv64" has no such letter. */
		if (isa[i] != 'h') {
			guest[used++] = isa[i];
		}
	}
	for (isa += length; *isa == '_'; isa += length) {
		isa++;
		length = strcspn(isa, "_\n");
		if (length > 0 && is_for_guests(isa, length) && used + length + 1 < room) {
			guest[used++] = '_';
			memcpy(guest + used, isa, length);
			used += length;
		}
	}
	guest[used] = '\0';
}

static int set_text(const char *path, const char *node, const char *property, const char *text,
		    struct message *message)
{
	const char *argv[] = { "fdtput", "-t", "s", path, node, property, text, NULL };

	return process_run(argv, NULL, 0, message);
}

/** Copies a number from the physical hart's node, if it has that. */
static int copy_number(const char *from, const char *path, const char *node, const char *property,
		       struct message *message)
{
	const char *get[] = { "fdtget", "-t", "x", from, "/cpus/cpu@0", property, NULL };
	char value[TEXT_MAX];
	const char *put[] = { "fdtput", "-t", "x", path, node, property, value, NULL };
	int status = process_run(get, value, sizeof(value), message);

	if (status != 0) {
		return status < 0 ? -1 : 0;
	}
	value[strcspn(value, "\n")] = '\0';
	return process_run(put, NULL, 0, message);
}

static int set_hart(const char *path, unsigned hart, const char *physical, const char *isa,
		    const char *mmu, struct message *message)
{
	static const char *const sizes[] = { "riscv,cbom-block-size", "riscv,cboz-block-size",
					     "riscv,cbop-block-size" };
	char node[NODE_MAX];
	size_t i;
	int status;

	(void)snprintf(node, sizeof(node), "/cpus/cpu@%u", hart);
	status = set_text(path, node, "riscv,isa", isa, message);
	if (status == 0) {
		status = set_text(path, node, "mmu-type", mmu, message);
	}
	for (i = 0; status == 0 && i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		status = copy_number(physical, path, node, sizes[i], message);
	}
	return status;
}

/** Cuts a controller's contexts down to those of the harts that are there. */
static int cut_contexts(const char *path, const char *node, uint64_t cells_of_all,
			struct message *message)
{
	const char *get[] = { "fdtget", "-t", "x", path, node, "interrupts-extended", NULL };
	const char *put[6 + PLIC_CELLS_PER_HART * HARTS_MAX + 1] = { "fdtput", "-t", "x", path,
								      node,
								      "interrupts-extended" };
	char cells[TEXT_MAX];
	char *cell;
	unsigned i;
	int status = process_run(get, cells, sizeof(cells), message);

	if (status != 0) {
		return status;
	}
	cell = strtok(cells, " \n");
	for (i = 0; cell != NULL && i < cells_of_all; i++) {
		put[6 + i] = cell;
		cell = strtok(NULL, " \n");
	}
	return process_run(put, NULL, 0, message);
}

/** The UART's interrupt goes to the APLIC. */
static int connect_uart(const char *path, struct message *message)
{
	char phandle[TEXT_MAX];
	const char *get[] = { "fdtget", "-t", "x", path, APLIC_NODE, "phandle", NULL };
	const char *parent[] = { "fdtput",	     "-t",    "x", path, UART_NODE,
				 "interrupt-parent", phandle, NULL };
	const char *interrupt[] = { "fdtput",	  "-t",		  "x", path, UART_NODE,
				    "interrupts", UART_INTERRUPT, NULL };
	int status = process_run(get, phandle, sizeof(phandle), message);

	phandle[strcspn(phandle, "\n")] = '\0';
	if (status == 0) {
		status = process_run(parent, NULL, 0, message);
	}
	return status == 0 ? process_run(interrupt, NULL, 0, message) : status;
}

/** APLIC and IMSIC instead of the PLIC. */
static int use_aia(const char *path, struct message *message)
{
	int status = set_text(path, PLIC_NODE, "status", "disabled", message);

	if (status == 0) {
		status = set_text(path, IMSIC_NODE, "status", "okay", message);
	}
	if (status == 0) {
		status = set_text(path, APLIC_NODE, "status", "okay", message);
	}
	return status == 0 ? connect_uart(path, message) : status;
}

/** Has QEMU write the tree of its board with that CPU. */
static int dump(const struct options *options, const char *scratch, struct message *message)
{
	const struct arch *arch = options->arch;
	const char *cpu = options->cpu;
	char machine[VALUE_MAX + 64];
	char value[VALUE_MAX];
	const char *argv[] = { arch->qemu, "-M",	  machine,    "-cpu", cpu,
			       "-display", "none", "-nodefaults", NULL };
	int status;

	(void)snprintf(machine, sizeof(machine), "%s,dumpdtb=%s", options_machine(options),
		       harts_quote(scratch, value, sizeof(value)));
	status = process_run(argv, NULL, 0, message);
	if (status > 0) {
		return message_set(message, "--cpu: qemu (%s) has no CPU \"%s\"", arch->qemu, cpu);
	}
	return status;
}

static int get_text(const char *path, const char *property, char *text, size_t room,
		    struct message *message)
{
	const char *argv[] = { "fdtget", path, "/cpus/cpu@0", property, NULL };
	int status = process_run(argv, text, room, message);

	text[strcspn(text, "\n")] = '\0';
	return status;
}

static int patch(const char *path, uint64_t count, const char *physical, bool aia,
		 struct message *message)
{
	char isa[TEXT_MAX];
	static const char aia_isa[] = "_ssaia";
	char guest[TEXT_MAX];
	char mmu[TEXT_MAX];
	unsigned hart;
	int status = get_text(physical, "riscv,isa", isa, sizeof(isa), message);

	if (status == 0) {
		status = get_text(physical, "mmu-type", mmu, sizeof(mmu), message);
	}
	harts_guest_isa(isa, guest, sizeof(guest) - sizeof(aia_isa));
	if (aia) {
		(void)strcat(guest, aia_isa);
	}
	for (hart = 0; status == 0 && hart < count; hart++) {
		status = set_hart(path, hart, physical, guest, mmu, message);
	}
	if (status == 0) {
		status = cut_contexts(path, PLIC_NODE, count * PLIC_CELLS_PER_HART, message);
	}
	if (status == 0) {
		status = cut_contexts(path, IMSIC_NODE, count * IMSIC_CELLS_PER_HART, message);
	}
	return status == 0 && aia ? use_aia(path, message) : status;
}

int harts_patch(const char *path, const struct options *options, uint64_t count,
		const char *scratch, struct message *message)
{
	int status = dump(options, scratch, message);

	if (status == 0) {
		status = patch(path, count, scratch, options->aia, message);
		if (status > 0) {
			return message_set(message, "cannot set the harts of the device tree");
		}
	}
	return status;
}
