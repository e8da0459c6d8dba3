/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "board.h"
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

static bool take_value(const char *key, const char **cursor, struct config *config)
{
	if (text_equal(key, "memory")) {
		return take_number(cursor, &config->memory);
	}
	if (text_equal(key, "entry")) {
		return take_number(cursor, &config->entry);
	}
	if (text_equal(key, "arg")) {
		return take_number(cursor, &config->arg);
	}
	if (text_equal(key, "log")) {
		return take_number(cursor, &config->log) && config->log >= AXVCPU_LOG_ERROR &&
		       config->log <= AXVCPU_LOG_DEBUG;
	}
	if (text_equal(key, "load")) {
		return take_load(cursor, config);
	}
	if (text_equal(key, "devices")) {
		return take_choice(cursor, "passthrough");
	}
	if (text_equal(key, "interrupts")) {
		config->trap_interrupts = true;
		return take_choice(cursor, "trap");
	}
	if (text_equal(key, "testdev")) {
		return take_flag(cursor, &config->test_devices);
	}
	if (text_equal(key, "kill")) {
		return take_number(cursor, &config->kill_first) &&
		       take_number(cursor, &config->kill_step);
	}
	return false;
}

static bool parse(const char *cursor, struct config *config)
{
	char key[CONFIG_MAX_NAME];
	uint64_t line = 1;

	for (; *cursor != '\0'; line++) {
		if (!take_word(&cursor, key, sizeof(key)) || !take_value(key, &cursor, config) ||
		    *cursor != '\n') {
			log_line(AXVCPU_LOG_ERROR, "configuration: line %u is wrong", line);
			return false;
		}
		cursor++;
	}
	return true;
}

static bool in_memory(const struct config *config, uint64_t gpa, uint64_t size)
{
	return gpa >= board.ram && gpa - board.ram <= config->memory &&
	       size <= config->memory - (gpa - board.ram);
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
		if (!in_memory(config, config->loads[i].gpa, config->loads[i].size) ||
		    config->loads[i].size > UINT32_MAX || config->loads[i].offset > UINT32_MAX) {
			log_line(AXVCPU_LOG_ERROR, "configuration: load of %s at %x is outside guest memory",
				 config->loads[i].name, config->loads[i].gpa);
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
