/* SPDX-License-Identifier: Apache-2.0 */
/* COM1, which carries the guests' console. */
#ifndef HYPERVISOR_X86_64_GUEST_PORT_H_
#define HYPERVISOR_X86_64_GUEST_PORT_H_

#include <stdint.h>

void console_put_guest(uint8_t character);
/** A character that came in; 0 if there is none. */
int console_get_guest(uint8_t *character);
/** Waits until all that was written has left the UARTs. */
void console_drain(void);

#endif /* HYPERVISOR_X86_64_GUEST_PORT_H_ */
