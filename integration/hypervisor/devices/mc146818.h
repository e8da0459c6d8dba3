/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock of a PC (Motorola MC146818A): the date in each of its formats, and its CMOS
 * memory. The clock cannot be set; alarms and periodic interrupts are not connected.
 */
#ifndef HYPERVISOR_DEVICES_MC146818_H_
#define HYPERVISOR_DEVICES_MC146818_H_

#include <stdint.h>

struct state_stream;

#define MC146818_BYTES 128u

struct mc146818 {
	uint8_t index;
	uint8_t memory[MC146818_BYTES];
};

void mc146818_init(struct mc146818 *rtc);
/** Ports 0 (index) and 1 (data); `seconds` since 2020-01-01. */
uint8_t mc146818_read(const struct mc146818 *rtc, uint32_t port, uint64_t seconds);
void mc146818_write(struct mc146818 *rtc, uint32_t port, uint8_t value);
/** Saves its state, or loads it. */
void mc146818_state(struct mc146818 *rtc, struct state_stream *stream);

#endif /* HYPERVISOR_DEVICES_MC146818_H_ */
