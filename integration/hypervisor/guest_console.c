/* SPDX-License-Identifier: Apache-2.0 */
#include "guest_console.h"

#include <stdbool.h>
#include <stddef.h>

#include "board.h"
#include "bytes.h"
#include "lock.h"
#include "text.h"

static struct lock lock;
/* All below with it held. */
static void (*put_character)(uint8_t character);
/** Whether the first machine is in the middle of a line, and the count when it last printed. */
static bool open_line;
static uint64_t printed_at;
/** Lines of other machines that wait for the end of that line. */
static uint8_t held[GUEST_CONSOLE_HELD];
static uint32_t held_length;

void guest_console_init(struct guest_console *console, uint32_t machine,
			void (*put)(uint8_t character))
{
	put_character = put;
	console->machine = machine;
	console->length = 0;
}

/** What guest_console_watch() waits for, and as many of the last characters, the newest at the end. */
static const char *watched;
static size_t watched_length;
static void (*watched_seen)(void);
static char last[GUEST_CONSOLE_WATCH];

void guest_console_watch(const char *text, void (*seen)(void))
{
	size_t length = text_length(text);

	lock_take(&lock);
	watched = length <= GUEST_CONSOLE_WATCH ? text : "";
	watched_length = text_length(watched);
	watched_seen = seen;
	memset(last, 0, sizeof(last));
	lock_release(&lock);
}

/** Whether what is waited for has been printed now, the first time. */
static bool has_seen(uint8_t character)
{
	size_t i;

	if (watched_length == 0) {
		return false;
	}
	for (i = 1; i < watched_length; i++) {
		last[i - 1] = last[i];
	}
	last[watched_length - 1] = (char)character;
	if (memcmp(last, watched, watched_length) != 0) {
		return false;
	}
	watched_length = 0;
	return true;
}

/** The count at which the open line has stood still for too long. */
static uint64_t patience_ends(void)
{
	return printed_at + board_counter_frequency() * GUEST_CONSOLE_PATIENCE;
}

/** Prints the lines that wait, on lines of their own. */
static void release_held(void)
{
	uint32_t i;

	if (held_length == 0) {
		return;
	}
	if (open_line) {
		put_character('\n');
		open_line = false;
	}
	for (i = 0; i < held_length; i++) {
		put_character(held[i]);
	}
	held_length = 0;
}

static void hold(const uint8_t *bytes, size_t size)
{
	memcpy(&held[held_length], bytes, size);
	held_length += (uint32_t)size;
}

/** The line of another machine is complete. */
static void end_line(struct guest_console *console)
{
	uint8_t prefix[] = "[machine 0] ";

	prefix[sizeof("[machine ") - 1] = (uint8_t)('0' + console->machine);
	if (held_length + sizeof(prefix) + console->length > GUEST_CONSOLE_HELD) {
		release_held();
	}
	hold(prefix, sizeof(prefix) - 1);
	hold(console->line, console->length);
	hold((const uint8_t *)"\n", 1);
	console->length = 0;
	if (!open_line || board_counter() >= patience_ends()) {
		release_held();
	}
}

void guest_console_flush(struct guest_console *console)
{
	lock_take(&lock);
	if (console->length != 0) {
		end_line(console);
	}
	release_held();
	lock_release(&lock);
}

void guest_console_put(struct guest_console *console, uint8_t character)
{
	bool seen = false;

	lock_take(&lock);
	if (console->machine == 0) {
		seen = has_seen(character);
		put_character(character);
		open_line = character != '\n';
		printed_at = board_counter();
		if (!open_line) {
			release_held();
		}
	} else {
		if (console->length == GUEST_CONSOLE_LINE ||
		    (character == '\n' && console->length != 0)) {
			end_line(console);
		}
		if (character != '\n' && character != '\r') {
			console->line[console->length++] = character;
		}
	}
	lock_release(&lock);
	if (seen) {
		watched_seen();
	}
}

uint64_t guest_console_settle(void)
{
	uint64_t again = UINT64_MAX;

	if (__atomic_load_n(&held_length, __ATOMIC_RELAXED) == 0) {
		return again;
	}
	lock_take(&lock);
	if (!open_line || board_counter() >= patience_ends()) {
		release_held();
	} else if (held_length != 0) {
		again = patience_ends();
	}
	lock_release(&lock);
	return again;
}
