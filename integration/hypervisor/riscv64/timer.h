/* SPDX-License-Identifier: Apache-2.0 */
/* The harts' timers, which the firmware lends: turns, and deadlines of guests without Sstc. */
#ifndef HYPERVISOR_RISCV64_TIMER_H_
#define HYPERVISOR_RISCV64_TIMER_H_

#include <stdbool.h>
#include <stdint.h>

/** With `on` this hart is interrupted a hundred times a second besides. */
void timer_init_cpu(bool on);
/** This hart is interrupted at `deadline` besides, if that is before what board_timer_set() said. */
void timer_expect(uint64_t deadline);
/** The timer's interrupt came; true if it was what board_timer_set() was for. */
bool timer_fired(void);

#endif /* HYPERVISOR_RISCV64_TIMER_H_ */
