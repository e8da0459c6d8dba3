/* SPDX-License-Identifier: Apache-2.0 */
/* What does not go together on the command line, or is more or less than there can be. */
#include "options.h"

#include <stddef.h>
#include <string.h>

#define LOG_MIN 1u
#define LOG_MAX 4u

static int check_vcpus(const char *name, uint64_t vcpus, struct message *message)
{
	if (vcpus == 0 || vcpus > SMP_MAX) {
		return message_set(message, "%s: %llu is not 1 to %u vCPUs", name,
				   (unsigned long long)vcpus, SMP_MAX);
	}
	return 0;
}

static int check_smp(const struct options *options, struct message *message)
{
	return check_vcpus("--smp", options->smp, message);
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
	return check_vcpus("--neighbor-smp", options->neighbor_smp, message);
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
				   (unsigned long long)((BOCHS_MEMORY_MAX - OPTIONS_HYPERVISOR_MEMORY) >> 20));
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

/** Of what the guest is virtualized with. */
static int check_virtualization(const struct options *options, struct message *message)
{
	if (options->vhe && !options->arch->has_vhe) {
		return message_set(message, "--vhe: not on %s", options->arch->name);
	}
	if (options->aia && options->arch->aia_machine == NULL) {
		return message_set(message, "--aia: not on %s", options->arch->name);
	}
	if (options->stage2_levels != 0 &&
	    (options->stage2_levels < options->arch->stage2_levels_min ||
	     options->stage2_levels > options->arch->stage2_levels_max)) {
		return message_set(message, "--stage2-levels: %s has %u to %u, not %llu",
				   options->arch->name, options->arch->stage2_levels_min,
				   options->arch->stage2_levels_max,
				   (unsigned long long)options->stage2_levels);
	}
	return check_sve("--sve", options->sve, options->arch, message) != 0 ?
		       -1 :
		       check_sve("--neighbor-sve", options->neighbor_sve, options->arch, message);
}

static int check_devices(const struct options *options, struct message *message)
{
	if (options->passthrough && !options->arch->has_passthrough) {
		return message_set(message, "--devices passthrough: not on %s", options->arch->name);
	}
	if (options->passthrough && options->smp > 1) {
		return message_set(message, "--devices passthrough is for 1 vCPU, not %llu",
				   (unsigned long long)options->smp);
	}
	if (options->trap_interrupts && !options->passthrough) {
		return message_set(message, "--interrupts trap is for --devices passthrough");
	}
	return 0;
}

static int check_memory(const struct options *options, struct message *message)
{
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
	return 0;
}

/** Of the run, not of its machines. */
static int check_run(const struct options *options, struct message *message)
{
	if (options->host_cpus == 0 || options->host_cpus > SMP_MAX) {
		return message_set(message, "--host-cpus: %llu is not 1 to %u CPUs",
				   (unsigned long long)options->host_cpus, SMP_MAX);
	}
	if (options->icount && options->host_cpus > 1 && options->arch->icount_starves) {
		return message_set(message, "--icount: on %s with --host-cpus 1 only",
				   options->arch->name);
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

int options_check(const struct options *options, struct message *message)
{
	static int (*const checks[])(const struct options *options, struct message *message) = {
		check_firmware, check_save,	      check_alone,
		check_smp,      check_neighbor,	      check_hypervisor_name,
		check_devices,  check_virtualization, check_memory,
		check_run,
	};
	size_t i;

	if (options->kernel == NULL && options->load == NULL && options->firmware == NULL) {
		return message_set(message, "--kernel is missing");
	}
	if (options->dtb != NULL && options->arch->is_pc) {
		return message_set(message, "--dtb: a PC has no device tree");
	}
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (checks[i](options, message) != 0) {
			return -1;
		}
	}
	return 0;
}
