/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor's own timer: EL2's physical one (ARM DDI 0487, D11.2). */
#ifndef HYPERVISOR_AARCH64_TIMER_H_
#define HYPERVISOR_AARCH64_TIMER_H_

#include <stdbool.h>
#include <stdint.h>

/** With `on` it fires a hundred times a second besides. */
void timer_set_tick(bool on);
/** It fires at `deadline` too, on this CPU, until board_timer_set() is called again. */
void timer_expect(uint64_t deadline);
/** Its interrupt came: quiet until it is set again, but for the tick. */
void timer_fired(void);

#endif /* HYPERVISOR_AARCH64_TIMER_H_ */
