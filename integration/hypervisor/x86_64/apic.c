/* SPDX-License-Identifier: Apache-2.0 */
#include "apic.h"

#include "../mmio.h"
#include "cpu.h"
#include "pc.h"

/* Registers, SDM volume 3, table 11-1 */
#define APIC_ID 0x20u
#define APIC_ID_SHIFT 24u
#define APIC_TPR 0x80u
#define APIC_EOI 0xb0u
#define APIC_SVR 0xf0u
#define APIC_SVR_ENABLE 0x100u
#define APIC_ICR_LOW 0x300u
#define APIC_ICR_PENDING (1u << 12)
#define APIC_ICR_ASSERT (1u << 14)
#define APIC_ICR_INIT (5u << 8)
#define APIC_ICR_STARTUP (6u << 8)
#define APIC_ICR_OTHERS (3u << 18)
#define APIC_ICR_HIGH 0x310u
#define APIC_LVT_TIMER 0x320u
#define APIC_TIMER_INITIAL 0x380u
#define APIC_TIMER_CURRENT 0x390u
#define APIC_TIMER_DIVIDE 0x3e0u
#define APIC_DIVIDE_BY_1 0xbu

#define MSR_APIC_BASE 0x1bu
#define MSR_APIC_BASE_ENABLE (UINT64_C(1) << 11)

static uint32_t read(uint32_t reg)
{
	return mmio_read32(PC_LOCAL_APIC + reg);
}

static void write(uint32_t reg, uint32_t value)
{
	mmio_write32(PC_LOCAL_APIC + reg, value);
}

void apic_init(void)
{
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | MSR_APIC_BASE_ENABLE);
	write(APIC_TPR, 0);
	write(APIC_SVR, APIC_SVR_ENABLE | APIC_VECTOR_SPURIOUS);
	write(APIC_TIMER_DIVIDE, APIC_DIVIDE_BY_1);
	write(APIC_LVT_TIMER, APIC_VECTOR_TIMER);
	write(APIC_TIMER_INITIAL, 0);
}

uint32_t apic_id(void)
{
	return read(APIC_ID) >> APIC_ID_SHIFT;
}

void apic_end_of_interrupt(void)
{
	write(APIC_EOI, 0);
}

void apic_timer_set(uint32_t ticks)
{
	write(APIC_TIMER_INITIAL, ticks);
}

uint32_t apic_timer_left(void)
{
	return read(APIC_TIMER_CURRENT);
}

static void command(uint32_t target, uint32_t low)
{
	while ((read(APIC_ICR_LOW) & APIC_ICR_PENDING) != 0) {
	}
	write(APIC_ICR_HIGH, target << APIC_ID_SHIFT);
	write(APIC_ICR_LOW, low | APIC_ICR_ASSERT);
}

void apic_send(uint32_t target, uint32_t vector)
{
	command(target, vector);
}

void apic_init_others(void)
{
	command(0, APIC_ICR_INIT | APIC_ICR_OTHERS);
}

void apic_start_others(uint32_t page)
{
	command(0, APIC_ICR_STARTUP | APIC_ICR_OTHERS | page);
}
