/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <stddef.h>
#include <string.h>

#define LOG_MIN 1u
#define LOG_MAX 4u
/** axvcpu's own levels: 2 is warnings. */
#define LOG_DEFAULT 2u
#define DEMO_LOG 3u
/** Bochs' CPUs with VMX and with SVM. */
#define BOCHS_CPU_VMX "corei7_skylake_x"
#define BOCHS_CPU_SVM "ryzen"
/** Bytes for the hypervisor itself, besides the guest's. */
#define HYPERVISOR_MEMORY (UINT64_C(64) << 20)
/** Seconds. */
#define DEMO_TIMEOUT 600u

const char options_usage[] =
	"usage: run --arch ARCH --kernel FILE [options]\n"
	"\n"
	"Boots a guest kernel inside the example hypervisor, under QEMU or Bochs.\n"
	"\n"
	"  --arch ARCH         arm64, riscv64 or x86_64\n"
	"  --kernel FILE       Linux Image, ELF, or raw image; x86_64: Linux bzImage or ELF\n"
	"  --firmware FILE     on x86_64, instead of a kernel: what its CPU starts in, such as SeaBIOS\n"
	"  --floppy FILE       image of the floppy disk that the firmware finds\n"
	"  --initrd FILE       initial RAM disk\n"
	"  --append STRING     kernel command line\n"
	"  --dtb FILE          device tree instead of the built-in one\n"
	"  --smp N             vCPUs, 1 to 8 (default 1)\n"
	"  --host-cpus N       physical CPUs that run them, 1 to 8 (default as many as vCPUs)\n"
	"  --devices KIND      emulated (default), or passthrough: the board's own, for 1 vCPU\n"
	"  --memory SIZE       guest memory, with K, M or G (default 256M)\n"
	"  --timeout SECONDS   ends the run with status 124 (default: none)\n"
	"  --log LEVEL         1 errors, 2 warnings, 3 what the hypervisor does, 4 every exit\n"
	"  --cpu NAME          physical CPU that is emulated (default max; rv64,h=true)\n"
	"  --vmm KIND          on x86_64: svm under QEMU, vmx under Bochs, auto (default): svm\n"
	"  --emulator NAME     on x86_64: qemu or bochs (default: qemu for svm, bochs for vmx)\n"
	"  --save FILE         saves the running machine and ends with status 6:\n"
	"  --save-at TEXT      once its console has printed that\n"
	"  --save-after N      after N exits\n"
	"  --load FILE         goes on with a saved machine, instead of --kernel\n"
	"  --hypervisor-name NAME\n"
	"                      what CPUID tells a PC about whose guest it is (default axvcpuaxvcpu)\n"
	"  --icount            count time in executed instructions (repeatable runs); on riscv64\n"
	"                      with 1 physical CPU\n"
	"  --report            print exits by reason at the end\n"
	"  --interrupts trap   physical interrupts go to the hypervisor (for test guests)\n"
	"  --vhe               the hypervisor uses the virtualization host extensions\n"
	"  --sve BITS          the guest has SVE with vectors of up to 128, 256, 512, 1024 or 2048\n"
	"                      bits, on a CPU that has (max, a64fx; default: it has none)\n"
	"  --aia               on riscv64: APLIC and IMSIC, and an interrupt file for each vCPU\n"
	"  --stage2-levels N   of the guest's second-stage tables, 3 (default) or 4; 5 on riscv64; 4 on x86_64\n"
	"  --test-devices      devices of our own test guests\n"
	"  --kill-first N      end the machine at its exit N and make it anew (for tests)\n"
	"  --kill-step N       the next one N exits later, until one ends by itself\n"
	"  --neighbor FILE     kernel of a second machine beside the first, with as much memory\n"
	"  --neighbor-initrd FILE, --neighbor-append STRING, --neighbor-smp N (default 1),\n"
	"  --neighbor-sve BITS of that machine\n"
	"  --renew N           save, destroy, make anew and load each vCPU every N exits (for tests)\n"
	"  --move N            move each vCPU to the next CPU every N exits (for tests)\n"
	"  --again N           the machine begins anew N times whatever ends it (for tests)\n"
	"  --again-first N     number of its first beginning, which seeds a test guest\n"
	"  --state FILE        state lines of a log, from which the machine goes on (for tests)\n"
	"  --help              this text\n"
	"\n"
	"Standard output is the guest's console, standard error the hypervisor's log.\n"
	"Exit status: 0 the guest powered off, 3 it asked for a reset, 4 its vCPU stopped\n"
	"on an error, 6 it was saved, 124 time out, 2 bad arguments or input; on x86_64 2 * V + 1 if it\n"
	"wrote V to port 0xf4.\n";

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
	if (options->kernel == NULL && options->load == NULL) {
		options->kernel = options->demo_kernel[arch->id];
		if (options->initrd == NULL) {
			options->initrd = options->demo_initrd[arch->id];
		}
	}
	if (options->append == NULL && options->load == NULL) {
		options->append = arch->demo_append;
	}
	if (options->timeout == 0) {
		options->timeout = DEMO_TIMEOUT;
	}
	options->log = options->log < DEMO_LOG ? DEMO_LOG : options->log;
	options->icount = options->emulator == EMULATOR_QEMU;
	options->report = true;
}

static int check_smp(const char *name, uint64_t vcpus, struct message *message)
{
	if (vcpus == 0 || vcpus > SMP_MAX) {
		return message_set(message, "%s: %llu is not 1 to %u vCPUs", name,
				   (unsigned long long)vcpus, SMP_MAX);
	}
	return 0;
}

static int check_neighbor(const struct options *options, struct message *message)
{
	if (options->neighbor == NULL) {
		if (options->neighbor_initrd != NULL || options->neighbor_append != NULL ||
		    options->neighbor_smp != 1 || options->neighbor_sve != 0) {
			return message_set(message, "--neighbor is missing: the other --neighbor-* "
						    "options are about its machine");
		}
		return 0;
	}
	if (options->passthrough) {
		return message_set(message, "--neighbor: the board's devices are for one machine");
	}
	if (options->kill_first > 0) {
		return message_set(message, "--neighbor: --kill-first is for one machine");
	}
	return check_smp("--neighbor-smp", options->neighbor_smp, message);
}

const char *options_machine(const struct options *options)
{
	return options->aia ? options->arch->aia_machine : options->arch->machine;
}

uint64_t options_board_memory(const struct options *options)
{
	uint64_t guests = options->neighbor != NULL ? 2 : 1;

	return options->memory * guests + HYPERVISOR_MEMORY;
}

/** What Bochs does not do. */
static int check_bochs(const struct options *options, struct message *message)
{
	static const char *const svm[] = { "phenom_8650_toliman", "ryzen", "trinity_apu",
					   "turion64_tyler", "zambezi" };
	enum vmm vmm = VMM_VMX;
	size_t i;

	for (i = 0; i < sizeof(svm) / sizeof(svm[0]); i++) {
		vmm = strcmp(options->cpu, svm[i]) == 0 ? VMM_SVM : vmm;
	}
	if (vmm != options->vmm) {
		return message_set(message, "--cpu: Bochs' %s has no %s", options->cpu,
				   options->vmm == VMM_VMX ? "VMX" : "SVM");
	}
	if (options->icount) {
		return message_set(message, "--icount: not under Bochs, whose time has other steps");
	}
	if (options_board_memory(options) > BOCHS_MEMORY_MAX) {
		return message_set(message, "--memory: %llu bytes are too large for Bochs, which has %lluM "
					    "for all guests",
				   (unsigned long long)options->memory,
				   (unsigned long long)((BOCHS_MEMORY_MAX - HYPERVISOR_MEMORY) >> 20));
	}
	return 0;
}

/** A word of the hypervisor's configuration, of as many characters as CPUID has for it. */
static int check_hypervisor_name(const struct options *options, struct message *message)
{
	const char *name = options->hypervisor_name;

	if (name == NULL) {
		return 0;
	}
	if (!options->arch->is_pc) {
		return message_set(message, "--hypervisor-name: not on %s", options->arch->name);
	}
	if (strlen(name) == 0 || strlen(name) > HYPERVISOR_NAME_MAX || strpbrk(name, " \t\n") != NULL) {
		return message_set(message, "--hypervisor-name: \"%s\" is no word of 1 to %u characters",
				   name, HYPERVISOR_NAME_MAX);
	}
	return 0;
}

static int check_save(const struct options *options, struct message *message)
{
	if (options->save == NULL) {
		return options->save_at != NULL || options->save_after != 0 ?
			       message_set(message, "--save is missing: into which file?") :
			       0;
	}
	if (options->save_at == NULL && options->save_after == 0) {
		return message_set(message, "--save: when? --save-at or --save-after says it");
	}
	if (options->save_at != NULL &&
	    (options->save_at[0] == '\0' || strlen(options->save_at) > SAVE_AT_MAX ||
	     strchr(options->save_at, '\n') != NULL)) {
		return message_set(message, "--save-at: not a text of 1 to %u characters in a line",
				   SAVE_AT_MAX);
	}
	if (options->memory > SAVED_MEMORY_MAX) {
		return message_set(message, "--save: a machine with %llu bytes of memory is too large",
				   (unsigned long long)options->memory);
	}
	return 0;
}

/** What neither a machine to save nor one that goes on can have. */
static int check_alone(const struct options *options, struct message *message)
{
	const char *option = options->save != NULL ? "--save" : "--load";

	if (options->save == NULL && options->load == NULL) {
		return 0;
	}
	if (options->neighbor != NULL) {
		return message_set(message, "%s: not with --neighbor", option);
	}
	if (options->passthrough) {
		return message_set(message, "%s: not with --devices passthrough: the board's cannot be "
					    "saved", option);
	}
	if (options->kill_first > 0 || options->again > 0) {
		return message_set(message, "%s: not with --kill-first or --again", option);
	}
	if (options->emulator == EMULATOR_BOCHS) {
		return message_set(message, "%s: not under Bochs", option);
	}
	if (options->firmware != NULL) {
		return message_set(message, "%s: not with --firmware", option);
	}
	return 0;
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

static int check_sve(const char *name, uint64_t bits, const struct arch *arch,
		     struct message *message)
{
	if (bits == 0) {
		return 0;
	}
	if (!arch->has_sve) {
		return message_set(message, "%s: not on %s", name, arch->name);
	}
	if (bits < SVE_BITS_MIN || bits > SVE_BITS_MAX || (bits & (bits - 1)) != 0) {
		return message_set(message, "%s: %llu is not 128, 256, 512, 1024 or 2048", name,
				   (unsigned long long)bits);
	}
	return 0;
}

/** Firmware starts by itself what it finds. */
static int check_firmware(const struct options *options, struct message *message)
{
	if (options->firmware == NULL) {
		return options->floppy == NULL ?
			       0 :
			       message_set(message, "--floppy: there is no drive without --firmware");
	}
	if (!options->arch->is_pc) {
		return message_set(message, "--firmware: not on %s, where --kernel takes it",
				   options->arch->name);
	}
	if (options->kernel != NULL || options->initrd != NULL || options->append != NULL) {
		return message_set(message, "--firmware starts no %s",
				   options->kernel != NULL ? "--kernel" :
				   options->initrd != NULL ? "--initrd" :
							     "--append");
	}
	return 0;
}

static int check(const struct options *options, struct message *message)
{
	if (options->kernel == NULL && options->load == NULL && options->firmware == NULL) {
		return message_set(message, "--kernel is missing");
	}
	if (check_firmware(options, message) != 0 || check_save(options, message) != 0 ||
	    check_alone(options, message) != 0 || check_smp("--smp", options->smp, message) != 0 ||
	    check_neighbor(options, message) != 0 || check_hypervisor_name(options, message) != 0) {
		return -1;
	}
	if (options->host_cpus == 0 || options->host_cpus > SMP_MAX) {
		return message_set(message, "--host-cpus: %llu is not 1 to %u CPUs",
				   (unsigned long long)options->host_cpus, SMP_MAX);
	}
	if (options->icount && options->host_cpus > 1 && options->arch->icount_starves) {
		return message_set(message, "--icount: on %s with --host-cpus 1 only",
				   options->arch->name);
	}
	if (options->dtb != NULL && options->arch->is_pc) {
		return message_set(message, "--dtb: a PC has no device tree");
	}
	if (options->vhe && !options->arch->has_vhe) {
		return message_set(message, "--vhe: not on %s", options->arch->name);
	}
	if (check_sve("--sve", options->sve, options->arch, message) != 0 ||
	    check_sve("--neighbor-sve", options->neighbor_sve, options->arch, message) != 0) {
		return -1;
	}
	if (options->aia && options->arch->aia_machine == NULL) {
		return message_set(message, "--aia: not on %s", options->arch->name);
	}
	if (options->passthrough && !options->arch->has_passthrough) {
		return message_set(message, "--devices passthrough: not on %s", options->arch->name);
	}
	if (options->passthrough && options->smp > 1) {
		return message_set(message, "--devices passthrough is for 1 vCPU, not %llu",
				   (unsigned long long)options->smp);
	}
	if (options->stage2_levels != 0 &&
	    (options->stage2_levels < options->arch->stage2_levels_min ||
	     options->stage2_levels > options->arch->stage2_levels_max)) {
		return message_set(message, "--stage2-levels: %s has %u to %u, not %llu",
				   options->arch->name, options->arch->stage2_levels_min,
				   options->arch->stage2_levels_max,
				   (unsigned long long)options->stage2_levels);
	}
	if (options->trap_interrupts && !options->passthrough) {
		return message_set(message, "--interrupts trap is for --devices passthrough");
	}
	if (options->memory < MEMORY_MIN) {
		return message_set(message, "--memory: %llu bytes are too small, at least %lluM",
				   (unsigned long long)options->memory,
				   (unsigned long long)(MEMORY_MIN >> 20));
	}
	if (options->memory > options->arch->memory_max) {
		return message_set(message, "--memory: %llu bytes are too large, at most %lluG",
				   (unsigned long long)options->memory,
				   (unsigned long long)(options->arch->memory_max >> 30));
	}
	if (options->memory % MEMORY_STEP != 0) {
		return message_set(message, "--memory: %llu bytes are no multiple of 2M",
				   (unsigned long long)options->memory);
	}
	if (options->timeout > TIMEOUT_MAX) {
		return message_set(message, "--timeout: %llu seconds are too many, at most %llu",
				   (unsigned long long)options->timeout,
				   (unsigned long long)TIMEOUT_MAX);
	}
	if (options->log < LOG_MIN || options->log > LOG_MAX) {
		return message_set(message, "--log: level %llu is not 1 to 4",
				   (unsigned long long)options->log);
	}
	return options->emulator == EMULATOR_BOCHS ? check_bochs(options, message) : 0;
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
	return check(options, message);
}
