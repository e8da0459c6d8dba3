/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel that runs the conformance suite on the CPU's arch package and prints a line
 * for each check: "VARIANT NAME PASSED", "... SKIPPED", "... FAILED TEXT (LINE, DETAIL)".
 */
#include "kernel.h"

#define SUITE_MEMORY (1024u * 1024u)

static void report(void *ctx, const char *name, uint32_t result, const char *text, uint32_t line,
		   uint64_t detail)
{
	const struct variant *variant = (const struct variant *)ctx;

	kernel_print(variant->name);
	kernel_print(" ");
	kernel_print(name);
	switch (result) {
	case AXVCPU_CONFORMANCE_PASSED:
		kernel_print(" PASSED\n");
		break;
	case AXVCPU_CONFORMANCE_SKIPPED:
		kernel_print(" SKIPPED\n");
		break;
	default:
		kernel_print(" FAILED ");
		kernel_print(text);
		kernel_print(" (line ");
		kernel_print_decimal(line);
		kernel_print(", ");
		kernel_print_hex(detail);
		kernel_print(")\n");
		break;
	}
}

static void run_variant(const struct variant *variant)
{
	static _Alignas(AXVCPU_MEMORY_ALIGN) unsigned char memory[SUITE_MEMORY];
	struct axvcpu_conformance_summary summary = { 0 };
	struct axvcpu_conformance_config config;
	axvcpu_error_t error;

	__builtin_memset(&config, 0, sizeof(config));
	config.hal = &kernel_hal;
	config.memory = memory;
	config.memory_size = sizeof(memory);
	config.cpu = board_cpu();
	config.report = report;
	config.ctx = (void *)(uintptr_t)variant;
	variant->configure(&config);
	error = axvcpu_conformance_run(&config, &summary);
	kernel_print(variant->name);
	kernel_print(": ");
	if (error != AXVCPU_OK) {
		kernel_print(axvcpu_error_string(error));
		kernel_print("\n");
		return;
	}
	kernel_print_decimal(summary.passed);
	kernel_print(" passed, ");
	kernel_print_decimal(summary.failed);
	kernel_print(" failed, ");
	kernel_print_decimal(summary.skipped);
	kernel_print(" skipped\n");
}

void kernel_main(void)
{
	for (const struct variant *variant = variants; variant->name != NULL; variant++) {
		run_variant(variant);
	}
	kernel_print("done\n");
	board_power_off();
}
