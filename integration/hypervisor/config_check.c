/* SPDX-License-Identifier: Apache-2.0 */
/* What does not go together in a configuration, or cannot be. */
#include "config.h"

#include "board.h"
#include "console.h"

/** Guest RAM comes in the size of a stage-2 block, so that blocks map it. */
#define MEMORY_GRANULE (UINT64_C(2) << 20)

bool config_range_is_free(const struct machine_config *machine, uint64_t gpa, uint64_t size)
{
	const struct config_load *load;

	for (load = machine->loads; load < &machine->loads[machine->load_count]; load++) {
		if (load->gpa < gpa + size && gpa < load->gpa + load->size) {
			return false;
		}
	}
	return true;
}

static bool in_memory(const struct machine_config *machine, uint64_t gpa, uint64_t size)
{
	return gpa >= board.ram && gpa - board.ram <= machine->memory &&
	       size <= machine->memory - (gpa - board.ram);
}

static bool check_load(const struct machine_config *machine, uint32_t number)
{
	const struct config_load *load = &machine->loads[number];
	const struct config_load *other;

	if (!in_memory(machine, load->gpa, load->size) || load->size > UINT32_MAX ||
	    load->offset > UINT32_MAX) {
		log_line(AXVCPU_LOG_ERROR, "configuration: load of %s at %x is outside guest memory",
			 load->name, load->gpa);
		return false;
	}
	for (other = machine->loads; other < load; other++) {
		if (load->gpa < other->gpa + other->size && other->gpa < load->gpa + load->size) {
			log_line(AXVCPU_LOG_ERROR,
				 "configuration: load of %s at %x overlaps that of %s at %x",
				 load->name, load->gpa, other->name, other->gpa);
			return false;
		}
	}
	return true;
}

static bool check_machine(const struct machine_config *machine)
{
	uint32_t i;

	if (machine->memory == 0 || machine->memory % MEMORY_GRANULE != 0) {
		log_line(AXVCPU_LOG_ERROR, "configuration: memory %x is no multiple of 2 MiB",
			 machine->memory);
		return false;
	}
	if (machine->firmware_size == 0 && !in_memory(machine, machine->entry, 4)) {
		log_line(AXVCPU_LOG_ERROR, "configuration: entry %x is outside guest memory",
			 machine->entry);
		return false;
	}
	if (machine->trap_interrupts && machine->devices != CONFIG_DEVICES_PASSTHROUGH) {
		log_line(AXVCPU_LOG_ERROR, "configuration: emulated devices have their interrupts trapped");
		return false;
	}
	for (i = 0; i < machine->load_count; i++) {
		if (!check_load(machine, i)) {
			return false;
		}
	}
	return true;
}

/** What one machine asks that others cannot have beside it. */
static bool check_beside(const struct config *config, const struct machine_config *machine)
{
	if (machine->devices == CONFIG_DEVICES_PASSTHROUGH &&
	    (config->machine_count > 1 || machine->cpus > 1)) {
		log_line(AXVCPU_LOG_ERROR,
			 "configuration: the board's devices can be passed through to one "
			 "machine with one CPU only");
		return false;
	}
	if (config->kill_first != 0 && (config->machine_count > 1 || machine->cpus > 1)) {
		log_line(AXVCPU_LOG_ERROR, "configuration: kill is for one machine with one CPU");
		return false;
	}
	return true;
}

/** Whether a machine is to be saved, or goes on from where it was. */
static bool has_saved(const struct config *config)
{
	bool saved = config->save_after != 0 || config->save_at[0] != '\0';
	uint32_t i;

	for (i = 0; i < config->machine_count; i++) {
		saved = saved || config->machines[i].saved;
	}
	return saved;
}

/** Whether all that the machine has is in its state (save.h). */
static bool can_be_saved(const struct config *config)
{
	return config->machine_count == 1 &&
	       config->machines[0].devices != CONFIG_DEVICES_PASSTHROUGH &&
	       config->machines[0].firmware_size == 0;
}

bool config_check(const struct config *config)
{
	uint32_t i;

	for (i = 0; i < config->machine_count; i++) {
		if (!check_machine(&config->machines[i]) ||
		    !check_beside(config, &config->machines[i])) {
			return false;
		}
	}
	if (has_saved(config) && !can_be_saved(config)) {
		log_line(AXVCPU_LOG_ERROR,
			 "configuration: one machine alone, without devices of the board or "
			 "firmware of its own, can be saved or go on");
		return false;
	}
	if (config->again != 0 && config->machines[0].cpus > 1) {
		log_line(AXVCPU_LOG_ERROR, "configuration: again is for a machine with one CPU");
		return false;
	}
	return true;
}
