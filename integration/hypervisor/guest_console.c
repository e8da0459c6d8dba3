/* SPDX-License-Identifier: Apache-2.0 */
#include "guest_console.h"

#include "lock.h"

static struct lock lock;
/** Whether the first machine is in the middle of a line. */
static uint32_t open_line;

void guest_console_init(struct guest_console *console, uint32_t machine,
			void (*put)(uint8_t character))
{
	console->put = put;
	console->machine = machine;
	console->length = 0;
}

static void put_text(const struct guest_console *console, const char *text)
{
	while (*text != '\0') {
		console->put((uint8_t)*text++);
	}
}

void guest_console_flush(struct guest_console *console)
{
	uint32_t i;

	if (console->length == 0) {
		return;
	}
	lock_take(&lock);
	if (open_line != 0) {
		console->put('\n');
		open_line = 0;
	}
	put_text(console, "[machine ");
	console->put((uint8_t)('0' + console->machine));
	put_text(console, "] ");
	for (i = 0; i < console->length; i++) {
		console->put(console->line[i]);
	}
	console->put('\n');
	console->length = 0;
	lock_release(&lock);
}

void guest_console_put(struct guest_console *console, uint8_t character)
{
	if (console->machine == 0) {
		lock_take(&lock);
		console->put(character);
		open_line = character != '\n';
		lock_release(&lock);
		return;
	}
	if (character == '\n' || console->length == GUEST_CONSOLE_LINE) {
		guest_console_flush(console);
	}
	if (character != '\n' && character != '\r') {
		console->line[console->length++] = character;
	}
}
