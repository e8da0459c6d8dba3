/* SPDX-License-Identifier: Apache-2.0 */
#include "isa.h"

#include <stdbool.h>

/** "rv64" stands before the extensions of one letter. */
#define BASE 4u

static size_t length_of(const char *name)
{
	size_t length = 0;

	while (name[length] != '\0' && name[length] != '_') {
		length++;
	}
	return length;
}

static bool equal(const char *a, const char *b, size_t length)
{
	size_t i;

	for (i = 0; i < length && a[i] == b[i]; i++) {
	}
	return i == length;
}

static bool has_letter(const char *isa, char letter)
{
	size_t end = length_of(isa), i;

	for (i = BASE; i < end; i++) {
		if (isa[i] == letter) {
			return true;
		}
	}
	return false;
}

static bool has_name(const char *isa, const char *name, size_t length)
{
	for (isa += length_of(isa); *isa == '_'; isa += length_of(isa)) {
		isa++;
		if (length_of(isa) == length && equal(isa, name, length)) {
			return true;
		}
	}
	return false;
}

/** Unprivileged ones, and those of supervisors that reach into their guests. */
static bool is_for_guests(const char *name, size_t length)
{
	return name[0] == 'z' || (length > 2 && equal(name, "sv", 2)) ||
	       (length == 4 && equal(name, "sstc", 4));
}

const char *isa_missing(const char *had, const char *has, size_t *length)
{
	size_t end = length_of(had), i;

	for (i = BASE; i < end; i++) {
		if (had[i] != 'h' && !has_letter(has, had[i])) {
			*length = 1;
			return &had[i];
		}
	}
	for (had += end; *had == '_'; had += *length) {
		had++;
		*length = length_of(had);
		if (is_for_guests(had, *length) && !has_name(has, had, *length)) {
			return had;
		}
	}
	return NULL;
}
