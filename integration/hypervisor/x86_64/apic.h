/* SPDX-License-Identifier: Apache-2.0 */
/* The physical local APIC: its timer, and interrupts to other CPUs (SDM volume 3, chapter 11). */
#ifndef HYPERVISOR_X86_64_APIC_H_
#define HYPERVISOR_X86_64_APIC_H_

#include <stdint.h>

/** Vectors that this hypervisor uses. */
enum apic_vector {
	APIC_VECTOR_TIMER = 0x40,
	APIC_VECTOR_KICK = 0x41,
	APIC_VECTOR_SPURIOUS = 0xff,
};

/** Enables this CPU's, with its timer stopped. */
void apic_init(void);
uint32_t apic_id(void);
void apic_end_of_interrupt(void);
/** One timer interrupt in so many ticks; 0 stops it. */
void apic_timer_set(uint32_t ticks);
/** What is left of it. */
uint32_t apic_timer_left(void);
/** Sends a vector to another CPU. */
void apic_send(uint32_t target, uint32_t vector);
/** INIT, or a start-up at that page below 1 MiB, to all other CPUs. */
void apic_init_others(void);
void apic_start_others(uint32_t page);

#endif /* HYPERVISOR_X86_64_APIC_H_ */
