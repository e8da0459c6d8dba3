/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "board.h"
#include "boot_files.h"
#include "bytes.h"
#include "console.h"
#include "text.h"

#define CONFIG_FILE "opt/axvcpu/config"
#define CONFIG_MAX_BYTES 16384u

/** Firmware images are made of pages. */
#define FIRMWARE_GRANULE 4096u

/** Copies the word at the cursor and goes to the next one. */
static bool take_word(const char **cursor, char *word, size_t room)
{
	size_t length = 0;

	while (**cursor != ' ' && **cursor != '\n' && **cursor != '\0') {
		if (length + 1 >= room) {
			return false;
		}
		word[length++] = *(*cursor)++;
	}
	word[length] = '\0';
	if (**cursor == ' ') {
		(*cursor)++;
	}
	return length > 0;
}

static bool take_number(const char **cursor, uint64_t *value)
{
	if (!text_number(cursor, value)) {
		return false;
	}
	if (**cursor == ' ') {
		(*cursor)++;
	}
	return true;
}

/** The machine that the lines are about. */
static struct machine_config *machine_of(struct config *config)
{
	return &config->machines[config->machine_count - 1];
}

static bool take_load(const char **cursor, struct config *config)
{
	struct machine_config *machine = machine_of(config);
	struct config_load *load = &machine->loads[machine->load_count];

	if (machine->load_count == CONFIG_MAX_LOADS) {
		return false;
	}
	if (!take_word(cursor, load->name, sizeof(load->name)) ||
	    !take_number(cursor, &load->offset) || !take_number(cursor, &load->gpa) ||
	    !take_number(cursor, &load->size)) {
		return false;
	}
	machine->load_count++;
	return true;
}

static bool take_flag(const char **cursor, bool *flag)
{
	uint64_t value;

	if (!take_number(cursor, &value) || value > 1) {
		return false;
	}
	*flag = value != 0;
	return true;
}

static bool take_machine(const char **cursor, struct config *config)
{
	(void)cursor;
	if (config->machine_count == CONFIG_MAX_MACHINES) {
		return false;
	}
	config->machine_count++;
	machine_of(config)->cpus = 1;
	return true;
}

static bool take_memory(const char **cursor, struct config *config)
{
	return take_number(cursor, &machine_of(config)->memory);
}

static bool take_entry(const char **cursor, struct config *config)
{
	return take_number(cursor, &machine_of(config)->entry);
}

static bool take_arg(const char **cursor, struct config *config)
{
	return take_number(cursor, &machine_of(config)->arg);
}

static bool take_cpus(const char **cursor, struct config *config)
{
	uint64_t value;

	if (!take_number(cursor, &value) || value == 0 || value > CONFIG_MAX_CPUS) {
		return false;
	}
	machine_of(config)->cpus = (uint32_t)value;
	return true;
}

static bool take_log(const char **cursor, struct config *config)
{
	return take_number(cursor, &config->log) && config->log >= AXVCPU_LOG_ERROR &&
	       config->log <= AXVCPU_LOG_DEBUG;
}

static bool take_devices(const char **cursor, struct config *config)
{
	char word[CONFIG_MAX_NAME];

	if (!take_word(cursor, word, sizeof(word))) {
		return false;
	}
	if (text_equal(word, "passthrough")) {
		machine_of(config)->devices = CONFIG_DEVICES_PASSTHROUGH;
		return true;
	}
	return text_equal(word, "emulated");
}

static bool take_interrupts(const char **cursor, struct config *config)
{
	char word[CONFIG_MAX_NAME];

	machine_of(config)->trap_interrupts = true;
	return take_word(cursor, word, sizeof(word)) && text_equal(word, "trap");
}

static bool take_testdev(const char **cursor, struct config *config)
{
	return take_flag(cursor, &machine_of(config)->test_devices);
}

static bool take_boot(const char **cursor, struct config *config)
{
	char word[CONFIG_MAX_NAME];

	machine_of(config)->multiboot = true;
	return take_word(cursor, word, sizeof(word)) && text_equal(word, "multiboot");
}

static bool take_firmware(const char **cursor, struct config *config)
{
	struct machine_config *machine = machine_of(config);

	return take_word(cursor, machine->firmware, sizeof(machine->firmware)) &&
	       take_number(cursor, &machine->firmware_size) && machine->firmware_size > 0 &&
	       machine->firmware_size <= CONFIG_FIRMWARE_MAX &&
	       machine->firmware_size % FIRMWARE_GRANULE == 0;
}

static bool take_item(const char **cursor, struct config *config)
{
	struct machine_config *machine = machine_of(config);
	struct config_item *item = &machine->items[machine->item_count];

	if (machine->item_count == CONFIG_MAX_ITEMS ||
	    !take_word(cursor, item->file, sizeof(item->file)) ||
	    !take_number(cursor, &item->size) || item->size == 0 || item->size > UINT32_MAX ||
	    !take_word(cursor, item->name, sizeof(item->name))) {
		return false;
	}
	machine->item_count++;
	return true;
}

static bool take_hypervisor_name(const char **cursor, struct config *config)
{
	return take_word(cursor, machine_of(config)->hypervisor_name,
			 sizeof(machine_of(config)->hypervisor_name));
}

static bool take_sve(const char **cursor, struct config *config)
{
	/* Which lengths there are is the library's to say. */
	return take_number(cursor, &machine_of(config)->sve) && machine_of(config)->sve > 0 &&
	       machine_of(config)->sve <= UINT32_MAX;
}

static bool take_vhe(const char **cursor, struct config *config)
{
	return take_flag(cursor, &config->vhe);
}

static bool take_aia(const char **cursor, struct config *config)
{
	return take_flag(cursor, &config->aia);
}

static bool take_stage2(const char **cursor, struct config *config)
{
	return take_number(cursor, &config->stage2_levels) && config->stage2_levels >= 3 &&
	       config->stage2_levels <= 5;
}

static bool take_kill(const char **cursor, struct config *config)
{
	return take_number(cursor, &config->kill_first) &&
	       take_number(cursor, &config->kill_step) && config->kill_first > 0;
}

static bool take_renew(const char **cursor, struct config *config)
{
	return take_number(cursor, &config->renew) && config->renew > 0;
}

static bool take_move(const char **cursor, struct config *config)
{
	return take_number(cursor, &config->move) && config->move > 0;
}

static bool take_saved(const char **cursor, struct config *config)
{
	return take_flag(cursor, &machine_of(config)->saved);
}

static bool take_save_after(const char **cursor, struct config *config)
{
	return take_number(cursor, &config->save_after) && config->save_after > 0;
}

/** All that is left of the line. */
static bool take_save_at(const char **cursor, struct config *config)
{
	size_t length = 0;

	while (**cursor != '\n' && **cursor != '\0' && length + 1 < sizeof(config->save_at)) {
		config->save_at[length++] = *(*cursor)++;
	}
	config->save_at[length] = '\0';
	return length > 0;
}

static bool take_again(const char **cursor, struct config *config)
{
	return take_number(cursor, &config->again) &&
	       take_number(cursor, &config->again_first) && config->again > 0;
}

/** How often a key may stand there. */
enum often {
	ONCE,
	/** In each machine. */
	ONCE_EACH,
	ANY,
};

/** The keys, and what reads the values behind each. */
static const struct key {
	const char *name;
	bool (*take)(const char **cursor, struct config *config);
	enum often often;
} keys[] = {
	{ "machine", take_machine, ANY },
	{ "memory", take_memory, ONCE_EACH },
	{ "entry", take_entry, ONCE_EACH },
	{ "arg", take_arg, ONCE_EACH },
	{ "cpus", take_cpus, ONCE_EACH },
	{ "load", take_load, ANY },
	{ "log", take_log, ONCE },
	{ "devices", take_devices, ONCE_EACH },
	{ "interrupts", take_interrupts, ONCE_EACH },
	{ "boot", take_boot, ONCE_EACH },
	{ "firmware", take_firmware, ONCE_EACH },
	{ "item", take_item, ANY },
	{ "testdev", take_testdev, ONCE_EACH },
	{ "hypervisor-name", take_hypervisor_name, ONCE_EACH },
	{ "sve", take_sve, ONCE_EACH },
	{ "vhe", take_vhe, ONCE },
	{ "aia", take_aia, ONCE },
	{ "stage2", take_stage2, ONCE },
	{ "kill", take_kill, ONCE },
	{ "renew", take_renew, ONCE },
	{ "move", take_move, ONCE },
	{ "again", take_again, ONCE },
	{ "saved", take_saved, ONCE_EACH },
	{ "save-after", take_save_after, ONCE },
	{ "save-at", take_save_at, ONCE },
};
#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

static size_t find_key(const char *name)
{
	size_t i;

	for (i = 0; i < KEY_COUNT && !text_equal(keys[i].name, name); i++) {
	}
	return i;
}

static bool parse(const char *cursor, struct config *config)
{
	/** Number of the machine, or 1, in which a key was seen last. */
	uint32_t seen[KEY_COUNT] = { 0 };
	uint32_t here;
	char name[CONFIG_MAX_NAME];
	uint64_t line = 1;
	size_t key;

	for (; *cursor != '\0'; line++, cursor++) {
		if (!take_word(&cursor, name, sizeof(name)) ||
		    (key = find_key(name)) == KEY_COUNT) {
			log_line(AXVCPU_LOG_ERROR, "configuration, line %u: no known key", line);
			return false;
		}
		here = keys[key].often == ONCE_EACH ? config->machine_count : 1;
		if (seen[key] == here && keys[key].often != ANY) {
			log_line(AXVCPU_LOG_ERROR, "configuration, line %u: %s is there already",
				 line, name);
			return false;
		}
		seen[key] = here;
		if (!keys[key].take(&cursor, config) || *cursor != '\n') {
			log_line(AXVCPU_LOG_ERROR, "configuration, line %u: %s has a wrong value",
				 line, name);
			return false;
		}
	}
	return true;
}

bool config_read(struct config *config)
{
	static char text[CONFIG_MAX_BYTES + 1];
	struct boot_file file;

	memset(config, 0, sizeof(*config));
	config->log = AXVCPU_LOG_WARN;
	config->machine_count = 1;
	config->machines[0].cpus = 1;
	if (!boot_file_find(CONFIG_FILE, &file) || file.size > CONFIG_MAX_BYTES ||
	    !boot_file_read(&file, 0, text, file.size)) {
		log_line(AXVCPU_LOG_ERROR, "no file " CONFIG_FILE ", or it is too large");
		return false;
	}
	text[file.size] = '\0';
	return parse(text, config) && config_check(config);
}
