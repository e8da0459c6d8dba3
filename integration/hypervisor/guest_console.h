/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What guests print, on the one console of the board: as it comes from the first
 * machine, by lines with a prefix from the others. Their lines wait while the first
 * machine is in the middle of one, but not behind a prompt that stays.
 */
#ifndef HYPERVISOR_GUEST_CONSOLE_H_
#define HYPERVISOR_GUEST_CONSOLE_H_

#include <stdint.h>

#define GUEST_CONSOLE_LINE 256u
/** Bytes of other machines' lines that wait at most, for all of them. */
#define GUEST_CONSOLE_HELD 4096u
/** A line that stands still for so many seconds is a prompt: others do not wait for its end. */
#define GUEST_CONSOLE_PATIENCE 1u

#define GUEST_CONSOLE_WATCH 64u

struct guest_console {
	uint32_t machine;
	uint32_t length;
	uint8_t line[GUEST_CONSOLE_LINE];
};

/** `put` prints a character; it is the same for all machines. */
void guest_console_init(struct guest_console *console, uint32_t machine,
			void (*put)(uint8_t character));
/** Has `seen` called once the first machine has printed `text`, of at most GUEST_CONSOLE_WATCH bytes. */
void guest_console_watch(const char *text, void (*seen)(void));
/** A character of the machine's console. */
void guest_console_put(struct guest_console *console, uint8_t character);
/** Prints what is left of a line, and what waits. */
void guest_console_flush(struct guest_console *console);
/**
 * Prints what has waited long enough.
 * @return the count (board.h) at which to call again, UINT64_MAX if nothing waits.
 */
uint64_t guest_console_settle(void);

#endif /* HYPERVISOR_GUEST_CONSOLE_H_ */
