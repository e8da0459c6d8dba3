/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What guests print, on the one console of the board: as it comes from the first
 * machine, by lines with a prefix from the others.
 */
#ifndef HYPERVISOR_GUEST_CONSOLE_H_
#define HYPERVISOR_GUEST_CONSOLE_H_

#include <stdint.h>

#define GUEST_CONSOLE_LINE 256u

struct guest_console {
	void (*put)(uint8_t character);
	uint32_t machine;
	uint32_t length;
	uint8_t line[GUEST_CONSOLE_LINE];
};

void guest_console_init(struct guest_console *console, uint32_t machine,
			void (*put)(uint8_t character));
/** A character of the machine's console. */
void guest_console_put(struct guest_console *console, uint8_t character);
/** Prints what is left of a line. */
void guest_console_flush(struct guest_console *console);

#endif /* HYPERVISOR_GUEST_CONSOLE_H_ */
