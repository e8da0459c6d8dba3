/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "board.h"
#include "bytes.h"
#include "console.h"
#include "fw_cfg.h"
#include "text.h"

#define CONFIG_FILE "opt/axvcpu/config"
#define CONFIG_MAX_BYTES 4096u

/** Guest RAM comes in the size of a stage-2 block, so that blocks map it. */
#define MEMORY_GRANULE (UINT64_C(2) << 20)

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

static bool take_load(const char **cursor, struct config *config)
{
	struct config_load *load = &config->loads[config->load_count];

	if (config->load_count == CONFIG_MAX_LOADS) {
		return false;
	}
	if (!take_word(cursor, load->name, sizeof(load->name)) ||
	    !take_number(cursor, &load->offset) || !take_number(cursor, &load->gpa) ||
	    !take_number(cursor, &load->size)) {
		return false;
	}
	config->load_count++;
	return true;
}

static bool take_choice(const char **cursor, const char *choice)
{
	char word[CONFIG_MAX_NAME];

	return take_word(cursor, word, sizeof(word)) && text_equal(word, choice);
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

static bool take_memory(const char **cursor, struct config *config)
{
	return take_number(cursor, &config->memory);
}

static bool take_entry(const char **cursor, struct config *config)
{
	return take_number(cursor, &config->entry);
}

static bool take_arg(const char **cursor, struct config *config)
{
	return take_number(cursor, &config->arg);
}

static bool take_log(const char **cursor, struct config *config)
{
	return take_number(cursor, &config->log) && config->log >= AXVCPU_LOG_ERROR &&
	       config->log <= AXVCPU_LOG_DEBUG;
}

static bool take_devices(const char **cursor, struct config *config)
{
	(void)config;
	return take_choice(cursor, "passthrough");
}

static bool take_interrupts(const char **cursor, struct config *config)
{
	config->trap_interrupts = true;
	return take_choice(cursor, "trap");
}

static bool take_testdev(const char **cursor, struct config *config)
{
	return take_flag(cursor, &config->test_devices);
}

static bool take_kill(const char **cursor, struct config *config)
{
	return take_number(cursor, &config->kill_first) &&
	       take_number(cursor, &config->kill_step) && config->kill_first > 0;
}

/** The keys, and what reads the values behind each. */
static const struct key {
	const char *name;
	bool (*take)(const char **cursor, struct config *config);
	/** May stand on several lines. */
	bool repeats;
} keys[] = {
	{ "memory", take_memory, false },
	{ "entry", take_entry, false },
	{ "arg", take_arg, false },
	{ "load", take_load, true },
	{ "log", take_log, false },
	{ "devices", take_devices, false },
	{ "interrupts", take_interrupts, false },
	{ "testdev", take_testdev, false },
	{ "kill", take_kill, false },
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
	bool seen[KEY_COUNT] = { false };
	char name[CONFIG_MAX_NAME];
	uint64_t line = 1;
	size_t key;

	for (; *cursor != '\0'; line++, cursor++) {
		if (!take_word(&cursor, name, sizeof(name)) ||
		    (key = find_key(name)) == KEY_COUNT) {
			log_line(AXVCPU_LOG_ERROR, "configuration, line %u: no known key", line);
			return false;
		}
		if (seen[key] && !keys[key].repeats) {
			log_line(AXVCPU_LOG_ERROR, "configuration, line %u: %s is there already",
				 line, name);
			return false;
		}
		seen[key] = true;
		if (!keys[key].take(&cursor, config) || *cursor != '\n') {
			log_line(AXVCPU_LOG_ERROR, "configuration, line %u: %s has a wrong value",
				 line, name);
			return false;
		}
	}
	return true;
}

static bool in_memory(const struct config *config, uint64_t gpa, uint64_t size)
{
	return gpa >= board.ram && gpa - board.ram <= config->memory &&
	       size <= config->memory - (gpa - board.ram);
}

static bool check_load(const struct config *config, uint32_t number)
{
	const struct config_load *load = &config->loads[number];
	const struct config_load *other;

	if (!in_memory(config, load->gpa, load->size) || load->size > UINT32_MAX ||
	    load->offset > UINT32_MAX) {
		log_line(AXVCPU_LOG_ERROR, "configuration: load of %s at %x is outside guest memory",
			 load->name, load->gpa);
		return false;
	}
	for (other = config->loads; other < load; other++) {
		if (load->gpa < other->gpa + other->size && other->gpa < load->gpa + load->size) {
			log_line(AXVCPU_LOG_ERROR,
				 "configuration: load of %s at %x overlaps that of %s at %x",
				 load->name, load->gpa, other->name, other->gpa);
			return false;
		}
	}
	return true;
}

static bool check(const struct config *config)
{
	uint32_t i;

	if (config->memory == 0 || config->memory % MEMORY_GRANULE != 0) {
		log_line(AXVCPU_LOG_ERROR, "configuration: memory %x is no multiple of 2 MiB",
			 config->memory);
		return false;
	}
	if (!in_memory(config, config->entry, 4)) {
		log_line(AXVCPU_LOG_ERROR, "configuration: entry %x is outside guest memory",
			 config->entry);
		return false;
	}
	for (i = 0; i < config->load_count; i++) {
		if (!check_load(config, i)) {
			return false;
		}
	}
	return true;
}

bool config_read(struct config *config)
{
	static char text[CONFIG_MAX_BYTES + 1];
	struct fw_cfg_file file;

	memset(config, 0, sizeof(*config));
	config->log = AXVCPU_LOG_WARN;
	if (!fw_cfg_find(CONFIG_FILE, &file) || file.size > CONFIG_MAX_BYTES ||
	    !fw_cfg_read(&file, 0, text, file.size)) {
		log_line(AXVCPU_LOG_ERROR, "no fw_cfg file " CONFIG_FILE ", or it is too large");
		return false;
	}
	text[file.size] = '\0';
	return parse(text, config) && check(config);
}
