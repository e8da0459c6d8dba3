/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "show.h"

/** The lines, in the order of the table. Targets are in tenths of the floor; 0: none. */
static const struct {
	const char *name;
	const char *title;
	unsigned int target_arm64, target_riscv64, target_x86_64;
} lines[] = {
	{ "floor", "floor: general registers saved, restored", 0, 0, 0 },
	{ "library_call", "call that the library answers", 25, 20, 30 },
	{ "hypercall", "hypercall to the hypervisor, generic binding", 0, 0, 0 },
	{ "hypercall_static", "  the same, static binding", 40, 30, 50 },
	{ "hypercall_8", "  with 8 vCPUs", 0, 0, 0 },
	{ "hypercall_64", "  with 64 vCPUs", 0, 0, 0 },
	{ "hypercall_controller", "  with the library's interrupt controller", 0, 0, 0 },
	{ "hypercall_traced", "  with a trace on", 0, 0, 0 },
	{ "mmio_read", "MMIO read, decoded and completed", 0, 0, 0 },
	{ "mmio_write", "MMIO write", 0, 0, 0 },
	{ "port_read", "port read", 0, 0, 0 },
	{ "interrupt", "interrupt injected, taken, ended; hypercall", 0, 0, 0 },
	{ "external_interrupt", "external interrupt while the guest runs", 0, 0, 0 },
	{ "switch", "switch between 2 vCPUs, and a hypercall", 80, 80, 80 },
	{ "switch_1", "  from one to itself", 0, 0, 0 },
	{ "switch_8", "  between 8", 0, 0, 0 },
	{ "switch_64", "  between 64", 0, 0, 0 },
	{ "switch_fp", "  between 2 that use FP", 0, 0, 0 },
	{ "switch_controller", "  between 2 with interrupt controllers", 0, 0, 0 },
	{ "switch_call", "the same by axvcpu_switch()", 80, 80, 80 },
	{ "switch_call_64", "  between 64", 0, 0, 0 },
	{ "switch_call_fp", "  between 2 that use FP", 0, 0, 0 },
	{ "switch_call_controller", "  between 2 with interrupt controllers", 0, 0, 0 },
	{ "create_setup_destroy", "create, setup, destroy", 0, 0, 0 },
};

static unsigned int target_of(size_t line, const char *arch)
{
	if (strcmp(arch, "arm64") == 0) {
		return lines[line].target_arm64;
	}
	if (strncmp(arch, "riscv64", strlen("riscv64")) == 0) {
		return lines[line].target_riscv64;
	}
	/* SVM and VMX have the same. */
	return lines[line].target_x86_64;
}

static void print_line(const struct figures *figures, size_t line, uint64_t floor, FILE *out)
{
	unsigned int target = target_of(line, figures->arch);
	uint64_t calls = 0;
	uint64_t cost;

	if (!figures_get(figures, FIGURES_INSTRUCTIONS, lines[line].name, &cost)) {
		return;
	}
	(void)figures_get(figures, FIGURES_HAL_CALLS, lines[line].name, &calls);
	fprintf(out, "%-46s %7" PRIu64 " %8.2f %5" PRIu64, lines[line].title, cost,
		(double)cost / (double)floor, calls);
	if (target != 0) {
		fprintf(out, "  %s %u.%u", cost * 10u <= target * floor ? "within" : "over", target / 10u,
			target % 10u);
	}
	fputs("\n", out);
}

static void print_breakdown(const struct figures *figures, FILE *out)
{
	const char *section = "";

	for (size_t i = 0; i < figures->count; i++) {
		const struct figure *figure = &figures->list[i];

		if (strncmp(figure->section, FIGURES_BREAKDOWN, strlen(FIGURES_BREAKDOWN)) != 0) {
			continue;
		}
		if (strcmp(section, figure->section) != 0) {
			section = figure->section;
			fprintf(out, "\nwhere %s goes\n", section + strlen(FIGURES_BREAKDOWN));
		}
		fprintf(out, "  %-44s %7" PRIu64 "\n", figure->name, figure->value);
	}
}

void show_table(const struct figures *figures, FILE *out)
{
	uint64_t floor = 1;

	(void)figures_get(figures, FIGURES_INSTRUCTIONS, "floor", &floor);
	if (floor == 0) {
		floor = 1;
	}
	fprintf(out, "%-46s %7s %8s %5s  target\n", figures->arch, "instr.", "x floor", "HAL");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		print_line(figures, i, floor, out);
	}
	print_breakdown(figures, out);
	fputs("\n", out);
	for (size_t i = 0; i < figures->count; i++) {
		if (strcmp(figures->list[i].section, FIGURES_BYTES) == 0) {
			fprintf(out, "bytes: %-39s %7" PRIu64 "\n", figures->list[i].name,
				figures->list[i].value);
		}
	}
}
