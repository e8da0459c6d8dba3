/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's local APIC, in its xAPIC form (a page of memory) and its x2APIC form
 * (MSRs 0x800 to 0x8ff): SDM volume 3, chapter 11; APM volume 2, chapter 16.
 *
 * It is a plain struct, changed by the vCPU's owner alone. Time is the guest's time
 * stamp counter, which callers hand in as `now`.
 */
#ifndef X86_VCPU_LAPIC_H_
#define X86_VCPU_LAPIC_H_

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Registers by their number: offset in the page / 16, or MSR - 0x800 (SDM table 11-1, 11-6). */
enum x86_lapic_register {
	X86_LAPIC_ID = 0x02,
	X86_LAPIC_VERSION = 0x03,
	X86_LAPIC_TPR = 0x08,
	X86_LAPIC_APR = 0x09,
	X86_LAPIC_PPR = 0x0a,
	X86_LAPIC_EOI = 0x0b,
	X86_LAPIC_RRD = 0x0c,
	X86_LAPIC_LDR = 0x0d,
	X86_LAPIC_DFR = 0x0e,
	X86_LAPIC_SVR = 0x0f,
	X86_LAPIC_ISR = 0x10,
	X86_LAPIC_TMR = 0x18,
	X86_LAPIC_IRR = 0x20,
	X86_LAPIC_ESR = 0x28,
	X86_LAPIC_ICR = 0x30,
	/* xAPIC only. */
	X86_LAPIC_ICR_HIGH = 0x31,
	X86_LAPIC_LVT_TIMER = 0x32,
	X86_LAPIC_LVT_THERMAL = 0x33,
	X86_LAPIC_LVT_PERFORMANCE = 0x34,
	X86_LAPIC_LVT_LINT0 = 0x35,
	X86_LAPIC_LVT_LINT1 = 0x36,
	X86_LAPIC_LVT_ERROR = 0x37,
	X86_LAPIC_TIMER_INITIAL = 0x38,
	X86_LAPIC_TIMER_CURRENT = 0x39,
	X86_LAPIC_TIMER_DIVIDE = 0x3e,
	/* x2APIC only. */
	X86_LAPIC_SELF_IPI = 0x3f,
};

/* Words of IRR, ISR and TMR; bit n % 32 of word n / 32 is vector n. */
#define X86_LAPIC_WORDS 8u
#define X86_LAPIC_LVTS 6u
/* Bytes of the xAPIC page. */
#define X86_LAPIC_PAGE UINT64_C(0x1000)

/* Bits of IA32_APIC_BASE. */
#define X86_APIC_BASE_BSP (UINT64_C(1) << 8)
#define X86_APIC_BASE_X2APIC (UINT64_C(1) << 10)
#define X86_APIC_BASE_ENABLE (UINT64_C(1) << 11)
#define X86_APIC_BASE_ADDRESS UINT64_C(0x000ffffffffff000)
#define X86_APIC_BASE_RESET UINT64_C(0xfee00000)

/* Delivery modes of ICR and LVT (SDM 11.5.1 and 11.6.1). */
enum x86_apic_delivery {
	X86_APIC_FIXED = 0,
	X86_APIC_LOWEST_PRIORITY = 1,
	X86_APIC_SMI = 2,
	X86_APIC_NMI = 4,
	X86_APIC_INIT = 5,
	X86_APIC_STARTUP = 6,
	X86_APIC_EXTINT = 7,
};

/* Destination shorthands of ICR. */
enum x86_apic_shorthand {
	X86_APIC_TO_DESTINATION = 0,
	X86_APIC_TO_SELF = 1,
	X86_APIC_TO_ALL = 2,
	X86_APIC_TO_OTHERS = 3,
};

struct x86_lapic {
	/* IA32_APIC_BASE. */
	uint64_t base;
	/* The id that CPUID and x2APIC know; xAPIC has its low 8 bits until written. */
	uint32_t id;
	uint32_t xapic_id;
	uint32_t tpr;
	uint32_t ldr;
	uint32_t dfr;
	uint32_t svr;
	uint32_t isr[X86_LAPIC_WORDS];
	uint32_t irr[X86_LAPIC_WORDS];
	uint32_t tmr[X86_LAPIC_WORDS];
	/* As read, and errors since the last write of ESR. */
	uint32_t esr;
	uint32_t errors;
	uint64_t icr;
	uint32_t lvt[X86_LAPIC_LVTS];
	uint32_t timer_initial;
	uint32_t timer_divide;
	/* Where the count began, in the guest's TSC; counts while timer_initial is not 0. */
	uint64_t timer_start;
	/* One-shot: the count came to 0. */
	bool timer_done;
	/* IA32_TSC_DEADLINE; 0 is off. */
	uint64_t tsc_deadline;
	/* Of the guest; 0 if unknown: then the timer counts the TSC itself. */
	uint64_t tsc_hz;
	/* LINT1 or the performance LVT asked for an NMI, until taken. */
	bool nmi;
};

/* What a write to ICR sends. */
struct x86_ipi {
	/* enum x86_apic_delivery. */
	uint8_t delivery;
	uint8_t vector;
	/* enum x86_apic_shorthand. */
	uint8_t shorthand;
	/* Of X86_APIC_TO_DESTINATION. */
	bool logical;
	/* The destination has 32 bits, not 8. */
	bool x2apic;
	uint32_t destination;
};

/* What a write did besides changing registers. */
struct x86_lapic_effect {
	/* `ipi` is to be sent to other CPUs; what is for this one alone is done already. */
	bool send;
	struct x86_ipi ipi;
	/* A level-triggered interrupt ended, of which its I/O APIC has to know. */
	bool ended;
	uint8_t ended_vector;
};

/* After reset (SDM 11.4.7.1 and 11.12.5.1): xAPIC form, on, software-disabled. */
void x86_vcpu_lapic_reset(struct x86_lapic *lapic, uint32_t id, bool bsp, uint64_t tsc_hz);
/* After INIT: as reset, but IA32_APIC_BASE and the APIC id stay. */
void x86_vcpu_lapic_init(struct x86_lapic *lapic);

static inline bool x86_lapic_is_on(const struct x86_lapic *lapic)
{
	return (lapic->base & X86_APIC_BASE_ENABLE) != 0;
}

static inline bool x86_lapic_is_x2apic(const struct x86_lapic *lapic)
{
	return (lapic->base & (X86_APIC_BASE_ENABLE | X86_APIC_BASE_X2APIC)) ==
	       (X86_APIC_BASE_ENABLE | X86_APIC_BASE_X2APIC);
}

/* WRMSR of IA32_APIC_BASE; false is #GP (SDM figure 11-27). The page has `physical_bits` bits. */
bool x86_vcpu_lapic_set_base(struct x86_lapic *lapic, uint64_t value, uint32_t physical_bits);

/*
 * Access to the page: `offset` below X86_LAPIC_PAGE, `width` 1, 2, 4 or 8. Registers are
 * written by aligned 32-bit accesses; others read as much as is there and write nothing.
 */
uint64_t x86_vcpu_lapic_page_read(struct x86_lapic *lapic, uint32_t offset, uint32_t width,
			     uint64_t now);
void x86_vcpu_lapic_page_write(struct x86_lapic *lapic, uint32_t offset, uint32_t width,
	uint64_t value, uint64_t now, struct x86_lapic_effect *effect);

/* Access by RDMSR and WRMSR to MSR 0x800 + `number`; false is #GP, and nothing changed. */
bool x86_vcpu_lapic_msr_read(
	struct x86_lapic *lapic, uint32_t number, uint64_t *value, uint64_t now);
bool x86_vcpu_lapic_msr_write(struct x86_lapic *lapic, uint32_t number, uint64_t value,
	uint64_t now, struct x86_lapic_effect *effect);
/* IA32_TSC_DEADLINE: reads 0 and ignores writes unless the timer is in that mode. */
uint64_t x86_vcpu_lapic_deadline_read(const struct x86_lapic *lapic);
void x86_vcpu_lapic_deadline_write(struct x86_lapic *lapic, uint64_t value);

/*
 * The guest has written its TSC, which is so many ticks later now, modulo 2^64: the timer's
 * count goes on as it was, a deadline is of the TSC.
 */
void x86_vcpu_lapic_tsc_moved(struct x86_lapic *lapic, uint64_t ticks);

/* The CPU's CR8: bits 7 to 4 of the task priority. */
static inline uint64_t x86_lapic_cr8(const struct x86_lapic *lapic)
{
	return lapic->tpr >> 4;
}
void x86_vcpu_lapic_set_cr8(struct x86_lapic *lapic, uint64_t cr8);
/* The processor priority (SDM 11.8.3.1). */
uint32_t x86_vcpu_lapic_ppr(const struct x86_lapic *lapic);

/* A fixed, edge-triggered interrupt arrives; ignored while the APIC is disabled. */
void x86_vcpu_lapic_raise(struct x86_lapic *lapic, uint32_t vector);
/* One that is not accepted yet is forgotten. */
void x86_vcpu_lapic_retract(struct x86_lapic *lapic, uint32_t vector);
/* A fixed, level-triggered one: its EOI is an effect. */
void x86_vcpu_lapic_raise_level(struct x86_lapic *lapic, uint32_t vector);
/* The highest interrupt whose priority lets it through to the CPU; -1 if none. */
int32_t x86_vcpu_lapic_pending(const struct x86_lapic *lapic);
/* The highest of IRR, whatever the priority; -1 if none. */
int32_t x86_vcpu_lapic_requested(const struct x86_lapic *lapic);
/* The CPU takes the vector that x86_vcpu_lapic_pending() gave. */
void x86_vcpu_lapic_accept(struct x86_lapic *lapic, uint32_t vector);
/* Whether an ExtINT of a PIC gets through LINT0 to the CPU. */
bool x86_vcpu_lapic_takes_extint(const struct x86_lapic *lapic);
/* Whether one that comes as a message does: it is on, and enabled by software (SDM 11.4.7.2). */
bool x86_vcpu_lapic_takes_messages(const struct x86_lapic *lapic);

/* Raises what the timer owes at `now`. */
void x86_vcpu_lapic_advance(struct x86_lapic *lapic, uint64_t now);
/* When the timer's next interrupt is due, in the guest's TSC; UINT64_MAX if never. */
uint64_t x86_vcpu_lapic_deadline(const struct x86_lapic *lapic);
/* Ticks from `now` to that; 0 if it is over. */
uint64_t x86_vcpu_lapic_ticks_to(const struct x86_lapic *lapic, uint64_t deadline, uint64_t now);

/* Whether an IPI with X86_APIC_TO_DESTINATION is for this APIC (SDM 11.6.2). */
bool x86_vcpu_lapic_is_destination(const struct x86_lapic *lapic, bool logical, bool x2apic,
			      uint32_t destination);

/*
 * The whole state as numbered words, in the order in which they are to be written
 * back. `x86_vcpu_lapic_set_state` gives false for a value that no APIC can have.
 */
#define X86_LAPIC_STATE_WORDS 26u
uint64_t x86_vcpu_lapic_get_state(const struct x86_lapic *lapic, uint32_t index);
bool x86_vcpu_lapic_set_state(struct x86_lapic *lapic, uint32_t index, uint64_t value);

#ifdef __cplusplus
}
#endif

#endif /* X86_VCPU_LAPIC_H_ */
