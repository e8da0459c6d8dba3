/* SPDX-License-Identifier: Apache-2.0 */
#include "modules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "file.h"

#define PAGE UINT64_C(4096)

/** Copies the next element of the list to `text`; gives where the one after it begins, or null. */
static const char *next_element(const char *list, char **text, const char *end)
{
	for (; *list != '\0' && *text + 1 < end; list++) {
		if (list[0] == ',' && list[1] != ',') {
			*(*text)++ = '\0';
			return list + 1;
		}
		list += list[0] == ',' ? 1 : 0;
		*(*text)++ = *list;
	}
	*(*text)++ = '\0';
	return NULL;
}

/** Appends the file that `text` begins with. */
static int append(const char *option, char *text, FILE *out, uint64_t *size,
		  struct message *message)
{
	char *blank = strchr(text, ' ');
	struct file file;
	int result;

	if (blank != NULL) {
		*blank = '\0';
	}
	result = file_open(option, text, &file, message);
	if (result != 0) {
		/* The message's text is its own. */
	} else if (fwrite(file.data, 1, file.size, out) != file.size) {
		result = message_set(message, "cannot copy %s: %s", text, strerror(errno));
	} else {
		*size = file.size;
	}
	if (blank != NULL) {
		*blank = ' ';
	}
	return result;
}

int modules_write(const char *option, const char *list, const char *path, struct modules *modules,
		  struct message *message)
{
	char *at = modules->room;
	int result = 0;
	FILE *out;

	memset(modules, 0, sizeof(*modules));
	if (list == NULL) {
		return 0;
	}
	if (strlen(list) >= sizeof(modules->room)) {
		return message_set(message, "%s: too long a list", option);
	}
	out = fopen(path, "wb");
	if (out == NULL) {
		return message_set(message, "cannot write %s: %s", path, strerror(errno));
	}
	while (list != NULL && result == 0) {
		char *text = at;

		if (modules->count == MODULES_MAX) {
			result = message_set(message, "%s: more than %u modules", option, MODULES_MAX);
			break;
		}
		list = next_element(list, &at, modules->room + sizeof(modules->room));
		for (; modules->size % PAGE != 0 && result == 0; modules->size++) {
			result = fputc(0, out) == EOF ? message_set(message, "cannot write %s", path) : 0;
		}
		modules->list[modules->count].text = text;
		modules->list[modules->count].offset = modules->size;
		if (result == 0) {
			result = append(option, text, out, &modules->list[modules->count].size, message);
			modules->size += modules->list[modules->count].size;
			modules->count++;
		}
	}
	if (fclose(out) != 0 && result == 0) {
		result = message_set(message, "cannot write %s: %s", path, strerror(errno));
	}
	return result;
}
