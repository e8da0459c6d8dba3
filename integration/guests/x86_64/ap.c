/* SPDX-License-Identifier: Apache-2.0 */
#include "ap.h"

#define MSR_APIC_BASE 0x1bu
#define APIC_BASE_X2APIC (UINT64_C(1) << 10)
#define X2APIC_FIRST 0x800u
#define X2APIC_ICR 0x830u
#define APIC_ID_SHIFT 24u
#define ICR_DESTINATION_SHIFT 24u
/** Of the boot CPU's map, the last GiB below 4. */
#define APIC_GIB 3u
#define GIB(n) ((uint64_t)(n) << 30)
#define LARGE_SIZE (UINT64_C(1) << 21)
/* Present, writable, large; present, writable */
#define PTE_LARGE 0x83u
#define PTE_TABLE 0x03u
/** Where ap.S is copied to. */
#define TRAMPOLINE UINT64_C(0x8000)
#define PAGE_SHIFT 12u

extern uint64_t guest_pdpt[];
extern const uint8_t ap_trampoline[], ap_trampoline_end[];

static uint64_t apic_pd[512] __attribute__((aligned(4096)));
/** Each CPU's form is its own, and it knows it without reading the base register. */
static volatile bool x2apic[CPUS];
uint8_t ap_stacks[CPUS][AP_STACK] __attribute__((aligned(16)));

void ap_enter(void);

/* No faults are expected here, and what TRY uses is shared by all CPUs. */
static uint64_t get_msr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (uint64_t)high << 32 | low;
}

static void set_msr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

/** CPUID leaf 1, EBX 31..24: the initial APIC id, in both forms. */
uint32_t ap_self(void)
{
	return cpuid(1, 0).ebx >> APIC_ID_SHIFT;
}

uint32_t apic_read(uint32_t reg)
{
	uint32_t value;

	if (x2apic[ap_self()]) {
		return (uint32_t)get_msr(X2APIC_FIRST + (reg >> 4));
	}
	__asm__ volatile("movl (%1), %0" : "=a"(value) : "b"(APIC_PAGE + reg) : "memory");
	return value;
}

void apic_write(uint32_t reg, uint32_t value)
{
	if (x2apic[ap_self()]) {
		set_msr(X2APIC_FIRST + (reg >> 4), value);
	} else {
		__asm__ volatile("movl %0, (%1)" : : "a"(value), "b"(APIC_PAGE + reg) : "memory");
	}
}

void apic_send(uint32_t destination, uint32_t command)
{
	if (x2apic[ap_self()]) {
		set_msr(X2APIC_ICR, (uint64_t)destination << 32 | command);
	} else {
		apic_write(APIC_ICR_HIGH, destination << ICR_DESTINATION_SHIFT);
		apic_write(APIC_ICR, command);
	}
}

void ap_to_x2apic(void)
{
	set_msr(MSR_APIC_BASE, get_msr(MSR_APIC_BASE) | APIC_BASE_X2APIC);
	x2apic[ap_self()] = true;
}

/** guest_trap() hands interrupts and NMIs here. */
static void take(uint64_t vector)
{
	ap_interrupt(ap_self(), (uint32_t)vector);
	if (vector >= EXCEPTIONS) {
		apic_write(APIC_EOI, 0);
	}
}

void ap_init(void)
{
	uint64_t i;

	for (i = 0; i < 512; i++) {
		apic_pd[i] = GIB(APIC_GIB) + i * LARGE_SIZE + PTE_LARGE;
	}
	guest_pdpt[APIC_GIB] = (uintptr_t)apic_pd + PTE_TABLE;
	memcpy((void *)TRAMPOLINE, ap_trampoline, (size_t)(ap_trampoline_end - ap_trampoline));
	guest_interrupt = take;
}

uint32_t ap_startup_page(void)
{
	return (uint32_t)(TRAMPOLINE >> PAGE_SHIFT);
}

/** In 64-bit mode, on a stack of its own. */
void ap_enter(void)
{
	uint32_t cpu = ap_self();

	x2apic[cpu] = (get_msr(MSR_APIC_BASE) & APIC_BASE_X2APIC) != 0;
	guest_load_traps();
	apic_write(APIC_SVR, APIC_SVR_ON);
	ap_main(cpu);
}
