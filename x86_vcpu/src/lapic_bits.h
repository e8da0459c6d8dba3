/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the local APIC's registers, and what its files share. */
#ifndef X86_VCPU_LAPIC_BITS_H_
#define X86_VCPU_LAPIC_BITS_H_

#include "lapic.h"

/* Vectors below are reserved for the CPU. */
#define APIC_FIRST_VECTOR 16u
#define APIC_VECTORS 256u

#define SVR_VECTOR UINT32_C(0xff)
#define SVR_ENABLE UINT32_C(0x100)
/* Focus checking: no bit of current CPUs, kept. */
#define SVR_FOCUS UINT32_C(0x200)
#define SVR_RESET UINT32_C(0xff)

#define LVT_VECTOR UINT32_C(0xff)
#define LVT_DELIVERY UINT32_C(0x700)
#define LVT_DELIVERY_SHIFT 8u
#define LVT_POLARITY UINT32_C(0x2000)
#define LVT_LEVEL UINT32_C(0x8000)
#define LVT_MASKED UINT32_C(0x10000)
#define LVT_TIMER_MODE UINT32_C(0x60000)
#define LVT_TIMER_PERIODIC UINT32_C(0x20000)
#define LVT_TIMER_DEADLINE UINT32_C(0x40000)

#define ESR_SEND_ILLEGAL UINT32_C(0x20)
#define ESR_RECEIVE_ILLEGAL UINT32_C(0x40)
#define ESR_ILLEGAL_REGISTER UINT32_C(0x80)

#define ICR_VECTOR UINT64_C(0xff)
#define ICR_DELIVERY_SHIFT 8u
#define ICR_LOGICAL UINT64_C(0x800)
#define ICR_ASSERT UINT64_C(0x4000)
#define ICR_LEVEL UINT64_C(0x8000)
#define ICR_SHORTHAND_SHIFT 18u
/* Without the delivery status, bit 12, which is never busy here. */
#define ICR_LOW_WRITABLE UINT64_C(0xccfff)
#define ICR_HIGH_XAPIC UINT64_C(0xff00000000000000)
#define ICR_DESTINATION_SHIFT 32u
#define ICR_DESTINATION_XAPIC_SHIFT 56u

/* Index into lvt[] of a register number. */
#define LVT_INDEX(number) ((number) - (uint32_t)X86_LAPIC_LVT_TIMER)

/* Records an error, which raises the error interrupt. */
void x86_vcpu_lapic_error(struct x86_lapic *lapic, uint32_t error);
/* Fires an entry of the LVT. */
void x86_vcpu_lapic_fire(struct x86_lapic *lapic, uint32_t lvt_number);
/* Writes ICR: sends what is for this CPU, describes the rest. */
void x86_vcpu_lapic_send(struct x86_lapic *lapic, uint64_t icr, struct x86_lapic_effect *effect);
/* What a write of EOI does. */
void x86_vcpu_lapic_eoi(struct x86_lapic *lapic, struct x86_lapic_effect *effect);
/* LVT timer and counter registers. */
void x86_vcpu_lapic_timer_mode_changed(struct x86_lapic *lapic, uint32_t old_lvt);
void x86_vcpu_lapic_timer_set_initial(struct x86_lapic *lapic, uint32_t value, uint64_t now);
void x86_vcpu_lapic_timer_set_divide(struct x86_lapic *lapic, uint32_t value, uint64_t now);
uint32_t x86_vcpu_lapic_timer_current(const struct x86_lapic *lapic, uint64_t now);
/* The logical id that x2APIC derives from the APIC id. */
uint32_t x86_vcpu_lapic_x2apic_ldr(uint32_t id);

static inline bool x86_lapic_is_enabled(const struct x86_lapic *lapic)
{
	return x86_lapic_is_on(lapic) && (lapic->svr & SVR_ENABLE) != 0;
}

static inline bool x86_lapic_test(const uint32_t *words, uint32_t vector)
{
	return (words[vector / 32u] >> (vector % 32u) & 1u) != 0;
}

static inline void x86_lapic_set(uint32_t *words, uint32_t vector)
{
	words[vector / 32u] |= UINT32_C(1) << (vector % 32u);
}

static inline void x86_lapic_clear(uint32_t *words, uint32_t vector)
{
	words[vector / 32u] &= ~(UINT32_C(1) << (vector % 32u));
}

#endif /* X86_VCPU_LAPIC_BITS_H_ */
