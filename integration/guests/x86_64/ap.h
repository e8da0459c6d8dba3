/* SPDX-License-Identifier: Apache-2.0 */
/* What guests with several CPUs share: the local APIC in both forms, and other CPUs in 64-bit mode. */
#ifndef X86_64_AP_H_
#define X86_64_AP_H_

#include "guest.h"

#define CPUS 4u

/* Registers of the local APIC: offsets in its page (SDM volume 3, table 11-1) */
#define APIC_PAGE UINT64_C(0xfee00000)
#define APIC_ID 0x20u
#define APIC_EOI 0xb0u
#define APIC_LDR 0xd0u
#define APIC_DFR 0xe0u
#define APIC_SVR 0xf0u
#define APIC_ISR 0x100u
#define APIC_IRR 0x200u
#define APIC_ICR 0x300u
#define APIC_ICR_HIGH 0x310u
#define APIC_LVT_TIMER 0x320u
#define APIC_TIMER_INITIAL 0x380u
#define APIC_TIMER_DIVIDE 0x3e0u
#define APIC_SVR_ON 0x1ffu
#define APIC_TIMER_PERIODIC (1u << 17)
#define APIC_TIMER_MASKED (1u << 16)
#define APIC_DIVIDE_BY_1 0xbu
/* The interrupt command register, SDM volume 3, 11.6.1 */
#define ICR_LOWEST 0x100u
#define ICR_NMI 0x400u
#define ICR_INIT 0x4500u
#define ICR_STARTUP 0x4600u
#define ICR_LOGICAL 0x800u
#define ICR_SELF 0x40000u
#define ICR_ALL 0x80000u
#define ICR_OTHERS 0xc0000u
/** Of the x2APIC form. */
#define X2APIC_SELF_IPI 0x83fu

#define AP_STACK 8192u

/** Maps the APIC's page; interrupts and NMIs then go to ap_interrupt(), on every CPU. */
void ap_init(void);
/** Number of the CPU that calls: its APIC id. */
uint32_t ap_self(void);
/** Has the CPU that calls use the x2APIC form. */
void ap_to_x2apic(void);

uint32_t apic_read(uint32_t reg);
void apic_write(uint32_t reg, uint32_t value);
/** Writes the interrupt command register: the destination in the form that is in use. */
void apic_send(uint32_t destination, uint32_t command);

/** The page number of a start-up IPI that brings a CPU to ap_main(). */
uint32_t ap_startup_page(void);

/* ---- the guest's ---- */

/** What a CPU that was started does, with interrupts off. */
_Noreturn void ap_main(uint32_t cpu);
/** An interrupt or NMI came; its end is signalled afterwards. */
void ap_interrupt(uint32_t cpu, uint32_t vector);

/** Waits for an interrupt. */
static inline void ap_wait(void)
{
	__asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
}

static inline uint64_t rdtsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

#endif /* X86_64_AP_H_ */
