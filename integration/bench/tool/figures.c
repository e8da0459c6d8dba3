/* SPDX-License-Identifier: Apache-2.0 */
#include "figures.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define LINE_SIZE 256u

static bool copy_name(char to[FIGURES_NAME_SIZE], const char *from)
{
	size_t length = strlen(from);

	if (length == 0 || length >= FIGURES_NAME_SIZE) {
		return false;
	}
	memcpy(to, from, length + 1u);
	return true;
}

bool figures_add(struct figures *figures, const char *section, const char *name, uint64_t value)
{
	struct figure *figure = &figures->list[figures->count];

	if (figures->count == FIGURES_MAX || !copy_name(figure->section, section) ||
	    !copy_name(figure->name, name)) {
		return false;
	}
	figure->value = value;
	figures->count++;
	return true;
}

bool figures_get(const struct figures *figures, const char *section, const char *name,
		 uint64_t *value)
{
	for (size_t i = 0; i < figures->count; i++) {
		if (strcmp(figures->list[i].section, section) == 0 &&
		    strcmp(figures->list[i].name, name) == 0) {
			*value = figures->list[i].value;
			return true;
		}
	}
	return false;
}

const char *figures_read_console(struct figures *figures, FILE *in)
{
	char line[LINE_SIZE];
	bool ended = false;

	memset(figures, 0, sizeof(*figures));
	while (fgets(line, sizeof(line), in) != NULL) {
		char section[FIGURES_NAME_SIZE];
		char name[FIGURES_NAME_SIZE];
		uint64_t value;

		if (strncmp(line, "failed", 6) == 0) {
			return "the kernel failed";
		}
		if (sscanf(line, "%47s %47s %" SCNu64, section, name, &value) == 3) {
			if (!figures_add(figures, section, name, value)) {
				return "too many figures";
			}
		} else if (sscanf(line, "%47s %47s", section, name) == 2) {
			if (strcmp(section, "arch") == 0) {
				(void)copy_name(figures->arch, name);
			}
			ended = ended || strcmp(section, "end") == 0;
		}
	}
	if (!ended || figures->arch[0] == '\0') {
		return "the kernel did not come to its end";
	}
	return NULL;
}

/** Takes the string in quotes at `*cursor`; false if there is none. */
static bool take_string(const char **cursor, char text[FIGURES_NAME_SIZE])
{
	const char *end;
	size_t length;

	if (**cursor != '"' || (end = strchr(*cursor + 1, '"')) == NULL) {
		return false;
	}
	length = (size_t)(end - *cursor) - 1u;
	if (length == 0 || length >= FIGURES_NAME_SIZE) {
		return false;
	}
	memcpy(text, *cursor + 1, length);
	text[length] = '\0';
	*cursor = end + 1;
	return true;
}

/** One line of the form `"name": rest`; false if it is of another form. */
static bool take_member(const char *line, char name[FIGURES_NAME_SIZE], const char **rest)
{
	while (isspace((unsigned char)*line)) {
		line++;
	}
	if (!take_string(&line, name) || strncmp(line, ": ", 2) != 0) {
		return false;
	}
	*rest = line + 2;
	return true;
}

const char *figures_read_json(struct figures *figures, FILE *in)
{
	char line[LINE_SIZE];
	char section[FIGURES_NAME_SIZE] = "";

	memset(figures, 0, sizeof(*figures));
	while (fgets(line, sizeof(line), in) != NULL) {
		char name[FIGURES_NAME_SIZE];
		const char *rest;
		uint64_t value;

		if (!take_member(line, name, &rest)) {
			continue;
		}
		if (*rest == '{') {
			(void)copy_name(section, name);
		} else if (*rest == '"') {
			if (!take_string(&rest, figures->arch)) {
				return "no name of an architecture";
			}
		} else if (sscanf(rest, "%" SCNu64, &value) != 1 ||
			   !figures_add(figures, section, name, value)) {
			return "not figures of the bench";
		}
	}
	return figures->arch[0] != '\0' && figures->count != 0 ? NULL : "not figures of the bench";
}

/** Whether a figure before number `index` is of its section. */
static bool section_began_before(const struct figures *figures, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (strcmp(figures->list[i].section, figures->list[index].section) == 0) {
			return true;
		}
	}
	return false;
}

/** Writes all figures of a section, wherever they stand in the list. */
static void write_section(const struct figures *figures, const char *section, FILE *out)
{
	const char *separator = "";

	fprintf(out, ",\n  \"%s\": {\n", section);
	for (size_t i = 0; i < figures->count; i++) {
		const struct figure *figure = &figures->list[i];

		if (strcmp(section, figure->section) == 0) {
			fprintf(out, "%s    \"%s\": %" PRIu64, separator, figure->name,
				figure->value);
			separator = ",\n";
		}
	}
	fputs("\n  }", out);
}

void figures_write_json(const struct figures *figures, FILE *out)
{
	fprintf(out, "{\n  \"arch\": \"%s\"", figures->arch);
	/* Each once: of two members of one name a JSON reader keeps the last. */
	for (size_t i = 0; i < figures->count; i++) {
		if (!section_began_before(figures, i)) {
			write_section(figures, figures->list[i].section, out);
		}
	}
	fputs("\n}\n", out);
}
