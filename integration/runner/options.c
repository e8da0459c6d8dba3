/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <stddef.h>
#include <string.h>

/** axvcpu's own levels: 2 is warnings. */
#define LOG_DEFAULT 2u
#define DEMO_LOG 3u
/** Bochs' CPUs with VMX and with SVM. */
#define BOCHS_CPU_VMX "corei7_skylake_x"
#define BOCHS_CPU_SVM "ryzen"
/** Seconds. */
#define DEMO_TIMEOUT 600u

struct definition {
	const char *name;
	/** Where the value goes in struct options. */
	size_t offset;
	enum { TEXT, NUMBER, SIZE, FLAG, TRAP, DEVICES } kind;
};

static const struct definition definitions[] = {
	{ "--hypervisor-arm64", offsetof(struct options, hypervisor[ARCH_ARM64]), TEXT },
	{ "--hypervisor-riscv64", offsetof(struct options, hypervisor[ARCH_RISCV64]), TEXT },
	{ "--hypervisor-x86_64", offsetof(struct options, hypervisor[ARCH_X86_64]), TEXT },
	{ "--rom-x86_64", offsetof(struct options, rom), TEXT },
	{ "--base-dtb-arm64", offsetof(struct options, base_dtb[ARCH_ARM64]), TEXT },
	{ "--base-dtb-riscv64", offsetof(struct options, base_dtb[ARCH_RISCV64]), TEXT },
	{ "--demo-kernel-arm64", offsetof(struct options, demo_kernel[ARCH_ARM64]), TEXT },
	{ "--demo-kernel-riscv64", offsetof(struct options, demo_kernel[ARCH_RISCV64]), TEXT },
	{ "--demo-kernel-x86_64", offsetof(struct options, demo_kernel[ARCH_X86_64]), TEXT },
	{ "--demo-initrd-arm64", offsetof(struct options, demo_initrd[ARCH_ARM64]), TEXT },
	{ "--demo-initrd-riscv64", offsetof(struct options, demo_initrd[ARCH_RISCV64]), TEXT },
	{ "--demo-initrd-x86_64", offsetof(struct options, demo_initrd[ARCH_X86_64]), TEXT },
	{ "--demo", offsetof(struct options, demo), FLAG },
	{ "--arch", offsetof(struct options, arch_name), TEXT },
	{ "--kernel", offsetof(struct options, kernel), TEXT },
	{ "--firmware", offsetof(struct options, firmware), TEXT },
	{ "--floppy", offsetof(struct options, floppy), TEXT },
	{ "--initrd", offsetof(struct options, initrd), TEXT },
	{ "--append", offsetof(struct options, append), TEXT },
	{ "--dtb", offsetof(struct options, dtb), TEXT },
	{ "--cpu", offsetof(struct options, cpu), TEXT },
	{ "--vmm", offsetof(struct options, vmm_name), TEXT },
	{ "--emulator", offsetof(struct options, emulator_name), TEXT },
	{ "--smp", offsetof(struct options, smp), NUMBER },
	{ "--host-cpus", offsetof(struct options, host_cpus), NUMBER },
	{ "--devices", offsetof(struct options, passthrough), DEVICES },
	{ "--memory", offsetof(struct options, memory), SIZE },
	{ "--timeout", offsetof(struct options, timeout), NUMBER },
	{ "--log", offsetof(struct options, log), NUMBER },
	{ "--hypervisor-name", offsetof(struct options, hypervisor_name), TEXT },
	{ "--icount", offsetof(struct options, icount), FLAG },
	{ "--report", offsetof(struct options, report), FLAG },
	{ "--help", offsetof(struct options, help), FLAG },
	{ "--interrupts", offsetof(struct options, trap_interrupts), TRAP },
	{ "--vhe", offsetof(struct options, vhe), FLAG },
	{ "--sve", offsetof(struct options, sve), NUMBER },
	{ "--aia", offsetof(struct options, aia), FLAG },
	{ "--stage2-levels", offsetof(struct options, stage2_levels), NUMBER },
	{ "--test-devices", offsetof(struct options, test_devices), FLAG },
	{ "--kill-first", offsetof(struct options, kill_first), NUMBER },
	{ "--kill-step", offsetof(struct options, kill_step), NUMBER },
	{ "--neighbor", offsetof(struct options, neighbor), TEXT },
	{ "--neighbor-initrd", offsetof(struct options, neighbor_initrd), TEXT },
	{ "--neighbor-append", offsetof(struct options, neighbor_append), TEXT },
	{ "--neighbor-smp", offsetof(struct options, neighbor_smp), NUMBER },
	{ "--neighbor-sve", offsetof(struct options, neighbor_sve), NUMBER },
	{ "--renew", offsetof(struct options, renew), NUMBER },
	{ "--move", offsetof(struct options, move), NUMBER },
	{ "--again", offsetof(struct options, again), NUMBER },
	{ "--again-first", offsetof(struct options, again_first), NUMBER },
	{ "--state", offsetof(struct options, state), TEXT },
	{ "--save", offsetof(struct options, save), TEXT },
	{ "--save-after", offsetof(struct options, save_after), NUMBER },
	{ "--save-at", offsetof(struct options, save_at), TEXT },
	{ "--load", offsetof(struct options, load), TEXT },
};
#define DEFINITION_COUNT (sizeof(definitions) / sizeof(definitions[0]))

static bool read_number(const char *text, const char **end, uint64_t *value)
{
	uint64_t result = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (result > (UINT64_MAX - digit) / 10u) {
			return false;
		}
		result = result * 10u + digit;
	}
	*end = at;
	*value = result;
	return at != text;
}

bool options_size(const char *text, uint64_t *size)
{
	const char *suffix;
	unsigned shift = 0;
	uint64_t value;

	if (!read_number(text, &suffix, &value)) {
		return false;
	}
	switch (*suffix) {
	case '\0':
		*size = value;
		return true;
	case 'K':
	case 'k':
		shift = 10;
		break;
	case 'M':
	case 'm':
		shift = 20;
		break;
	case 'G':
	case 'g':
		shift = 30;
		break;
	default:
		return false;
	}
	if (suffix[1] != '\0' || value > UINT64_MAX >> shift) {
		return false;
	}
	*size = value << shift;
	return true;
}

static int take_value(const struct definition *definition, const char *text,
		      struct options *options, struct message *message)
{
	void *to = (char *)options + definition->offset;
	const char *end;

	switch (definition->kind) {
	case TEXT:
		*(const char **)to = text;
		return 0;
	case NUMBER:
		if (!read_number(text, &end, to) || *end != '\0') {
			return message_set(message, "%s: \"%s\" is not a number", definition->name,
					   text);
		}
		return 0;
	case SIZE:
		if (!options_size(text, to)) {
			return message_set(message,
					   "%s: \"%s\" is not a size (a number with K, M or G)",
					   definition->name, text);
		}
		return 0;
	case TRAP:
		if (strcmp(text, "trap") != 0) {
			return message_set(message, "%s: \"%s\" is not \"trap\"", definition->name,
					   text);
		}
		*(bool *)to = true;
		return 0;
	case DEVICES:
		*(bool *)to = strcmp(text, "passthrough") == 0;
		if (!*(bool *)to && strcmp(text, "emulated") != 0) {
			return message_set(message, "%s: \"%s\" is not \"emulated\" or \"passthrough\"",
					   definition->name, text);
		}
		return 0;
	case FLAG:
	default:
		*(bool *)to = true;
		return 0;
	}
}

/** Splits "--name=value"; `*value` is null without one. */
static const struct definition *find(const char *argument, const char **value)
{
	const char *equals = strchr(argument, '=');
	size_t length = equals != NULL ? (size_t)(equals - argument) : strlen(argument);
	size_t i;

	*value = equals != NULL ? equals + 1 : NULL;
	for (i = 0; i < DEFINITION_COUNT; i++) {
		if (strlen(definitions[i].name) == length &&
		    strncmp(definitions[i].name, argument, length) == 0) {
			return &definitions[i];
		}
	}
	return NULL;
}

static int find_arch(struct options *options, struct message *message)
{
	if (options->arch_name == NULL) {
		if (!options->demo) {
			return message_set(message, "--arch is missing (arm64, riscv64 or x86_64)");
		}
		options->arch_name = arch_table[ARCH_ARM64].name;
	}
	options->arch = arch_find(options->arch_name);
	if (options->arch == NULL) {
		return message_set(message,
				   "--arch: \"%s\" is no architecture of this runner (arm64, riscv64, x86_64)",
				   options->arch_name);
	}
	return 0;
}

/** Reads --vmm and --emulator, of which each follows from the other. */
static int find_emulator(struct options *options, struct message *message)
{
	const char *vmm = options->vmm_name;
	const char *emulator = options->emulator_name;
	bool bochs = emulator != NULL && strcmp(emulator, "bochs") == 0;

	if (!options->arch->is_pc && (vmm != NULL || emulator != NULL)) {
		return message_set(message, "%s is for x86_64, not %s",
				   vmm != NULL ? "--vmm" : "--emulator", options->arch->name);
	}
	if (vmm != NULL && strcmp(vmm, "vmx") == 0) {
		options->vmm = VMM_VMX;
	} else if (vmm == NULL || strcmp(vmm, "auto") == 0) {
		options->vmm = bochs ? VMM_VMX : VMM_SVM;
	} else if (strcmp(vmm, "svm") == 0) {
		options->vmm = VMM_SVM;
	} else {
		return message_set(message, "--vmm: \"%s\" is not \"auto\", \"svm\" or \"vmx\"", vmm);
	}
	if (emulator != NULL && !bochs && strcmp(emulator, "qemu") != 0) {
		return message_set(message, "--emulator: \"%s\" is not \"qemu\" or \"bochs\"", emulator);
	}
	if (options->vmm == VMM_VMX && emulator != NULL && !bochs) {
		return message_set(message, "--emulator: only bochs emulates VMX, not qemu");
	}
	options->emulator = bochs || options->vmm == VMM_VMX ? EMULATOR_BOCHS : EMULATOR_QEMU;
	return 0;
}

static const char *default_cpu(const struct options *options)
{
	if (options->emulator == EMULATOR_QEMU) {
		return options->arch->cpu;
	}
	return options->vmm == VMM_VMX ? BOCHS_CPU_VMX : BOCHS_CPU_SVM;
}

/** As many as the guest's, where they all get their turns. */
static uint64_t default_host_cpus(const struct options *options)
{
	return options->icount && options->arch->icount_starves ? 1 : options->smp;
}

/** Whether the machine begins with something else than a kernel. */
static bool has_other_start(const struct options *options)
{
	return options->load != NULL || options->firmware != NULL;
}

/** What the user left open. */
static void set_defaults(struct options *options)
{
	const struct arch *arch = options->arch;

	if (options->cpu == NULL) {
		options->cpu = default_cpu(options);
	}
	if (!options->demo) {
		return;
	}
	if (options->kernel == NULL && !has_other_start(options)) {
		options->kernel = options->demo_kernel[arch->id];
		if (options->initrd == NULL) {
			options->initrd = options->demo_initrd[arch->id];
		}
	}
	if (options->append == NULL && !has_other_start(options)) {
		options->append = arch->demo_append;
	}
	if (options->timeout == 0) {
		options->timeout = DEMO_TIMEOUT;
	}
	options->log = options->log < DEMO_LOG ? DEMO_LOG : options->log;
	options->icount = options->emulator == EMULATOR_QEMU;
	options->report = true;
}

const char *options_machine(const struct options *options)
{
	return options->aia ? options->arch->aia_machine : options->arch->machine;
}

uint64_t options_board_memory(const struct options *options)
{
	uint64_t guests = options->neighbor != NULL ? 2 : 1;

	return options->memory * guests + OPTIONS_HYPERVISOR_MEMORY;
}

/** The machine is the saved one: options say the same of it, or nothing. */
static int take_saved(struct options *options, bool has_smp, bool has_memory,
		      struct message *message)
{
	const struct saved *saved = &options->saved;

	if (options->kernel != NULL || options->initrd != NULL || options->append != NULL ||
	    options->dtb != NULL) {
		return message_set(message, "--load: the saved machine has its kernel already, without "
					    "--kernel, --initrd, --append and --dtb");
	}
	if (saved_open("--load", options->load, &options->saved, message) != 0) {
		return -1;
	}
	if (saved->arch != options->arch) {
		return message_set(message, "--load: %s is a machine of %s, not %s", options->load,
				   saved->arch->name, options->arch->name);
	}
	if (has_smp && options->smp != saved->cpus) {
		return message_set(message, "--smp: the machine in %s has %llu vCPUs, not %llu",
				   options->load, (unsigned long long)saved->cpus,
				   (unsigned long long)options->smp);
	}
	if (has_memory && options->memory != saved->memory) {
		return message_set(message, "--memory: the machine in %s has %lluM, not %lluM",
				   options->load, (unsigned long long)(saved->memory >> 20),
				   (unsigned long long)(options->memory >> 20));
	}
	if (options->test_devices && !saved->test_devices) {
		return message_set(message, "--test-devices: the machine in %s has none", options->load);
	}
	if (options->aia && !saved->aia) {
		return message_set(message, "--aia: the machine in %s has a PLIC", options->load);
	}
	options->smp = saved->cpus;
	options->memory = saved->memory;
	options->aia = saved->aia;
	options->test_devices = saved->test_devices;
	return 0;
}

int options_parse(int argc, char *const argv[], struct options *options, struct message *message)
{
	bool seen[DEFINITION_COUNT] = { false };
	const struct definition *definition;
	const char *value;
	int i;

	memset(options, 0, sizeof(*options));
	options->smp = 1;
	options->neighbor_smp = 1;
	options->memory = MEMORY_DEFAULT;
	options->log = LOG_DEFAULT;
	for (i = 1; i < argc; i++) {
		definition = find(argv[i], &value);
		if (definition == NULL) {
			return message_set(message, "unknown argument \"%s\" (--help lists them)",
					   argv[i]);
		}
		if (seen[definition - definitions]) {
			return message_set(message, "%s is given twice", definition->name);
		}
		seen[definition - definitions] = true;
		if (definition->kind == FLAG) {
			if (value != NULL) {
				return message_set(message, "%s takes no value", definition->name);
			}
		} else if (value == NULL) {
			if (i + 1 == argc) {
				return message_set(message, "%s needs a value", definition->name);
			}
			value = argv[++i];
		}
		if (take_value(definition, value, options, message) != 0) {
			return -1;
		}
		if (definition->kind == NUMBER && definition->offset == offsetof(struct options, timeout) &&
		    options->timeout == 0) {
			return message_set(message, "--timeout: 0 seconds are no time");
		}
	}
	if (options->help) {
		return 0;
	}
	if (find_arch(options, message) != 0 || find_emulator(options, message) != 0) {
		return -1;
	}
	if (options->load != NULL &&
	    take_saved(options, seen[find("--smp", &value) - definitions],
		       seen[find("--memory", &value) - definitions], message) != 0) {
		return -1;
	}
	set_defaults(options);
	if (!seen[find("--host-cpus", &value) - definitions]) {
		options->host_cpus = default_host_cpus(options);
	}
	return options_check(options, message);
}
