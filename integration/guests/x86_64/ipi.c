/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Four CPUs and the interrupts between them: INIT and start-up, and each form of
 * destination (SDM volume 3, 11.6), from the boot CPU and to it, in xAPIC and in x2APIC
 * form. After each one all CPUs answer a ping of the lowest priority, so that what they
 * were to get they have got by then, and nothing more.
 */
#include "ap.h"

/* Vectors; a ping's comes behind all others. */
#define PING 0x30u
#define TEST 0x80u
#define TIMER 0x90u
#define BOOT 0u
#define CPU_BIT(cpu) (1u << (cpu))
#define ALL_CPUS ((1u << CPUS) - 1u)
#define OTHERS (ALL_CPUS & ~CPU_BIT(BOOT))

#define LDR_SHIFT 24u
#define DFR_FLAT UINT32_MAX
#define DFR_CLUSTER UINT32_C(0x0fffffff)
#define XAPIC_ALL 0xffu
/** Of the cluster model: two CPUs a cluster, bits 3..0 say which. */
#define CLUSTER(number, members) ((number) << 4 | (members))
#define CLUSTER_ALL 0xfu

#define TICKS 20u
#define TIMER_COUNT 60000u
/** Pings that may go by until something has come; each lets the others have a turn. */
#define TRIES 1000u
#define MSR_PAT 0x277u
#define MSR_LSTAR 0xc0000082u
#define KEPT_XMM UINT64_C(0x1122334455667788)
#define KEPT_LSTAR UINT64_C(0x123456789a)
#define KEPT_PAT UINT64_C(0x0706050400010406)
#define KEPT_DR0 UINT64_C(0x4000)

/** What a CPU does when it is pinged. */
enum order { ORDER_NONE, ORDER_SEND, ORDER_X2APIC, ORDER_TIMER, ORDER_LOGICAL };

static struct {
	_Alignas(64) volatile uint32_t starts;
	volatile uint32_t order;
	volatile uint32_t destination;
	volatile uint32_t command;
	volatile uint32_t pings;
	volatile uint32_t tests;
	volatile uint32_t nmis;
	volatile uint32_t ticks;
	/** Anything else. */
	volatile uint32_t strays;
	/* What of these was seen already. */
	uint32_t tests_seen;
	uint32_t nmis_seen;
} cpus[CPUS];

static void do_order(uint32_t cpu)
{
	switch (cpus[cpu].order) {
	case ORDER_SEND:
		apic_send(cpus[cpu].destination, cpus[cpu].command);
		break;
	case ORDER_X2APIC:
		ap_to_x2apic();
		break;
	case ORDER_TIMER:
		apic_write(APIC_TIMER_DIVIDE, APIC_DIVIDE_BY_1);
		apic_write(APIC_LVT_TIMER, TIMER | APIC_TIMER_PERIODIC);
		apic_write(APIC_TIMER_INITIAL, TIMER_COUNT);
		break;
	case ORDER_LOGICAL:
		apic_write(APIC_DFR, cpus[cpu].command);
		apic_write(APIC_LDR, cpus[cpu].destination << LDR_SHIFT);
		break;
	default:
		break;
	}
	cpus[cpu].order = ORDER_NONE;
}

void ap_interrupt(uint32_t cpu, uint32_t vector)
{
	switch (vector) {
	case PING:
		do_order(cpu);
		cpus[cpu].pings++;
		break;
	case TEST:
		cpus[cpu].tests++;
		break;
	case VECTOR_NMI:
		cpus[cpu].nmis++;
		break;
	case TIMER:
		/* One more may be requested already when it is masked. */
		if (cpus[cpu].ticks < TICKS && ++cpus[cpu].ticks == TICKS) {
			apic_write(APIC_LVT_TIMER, APIC_TIMER_MASKED);
		}
		break;
	default:
		cpus[cpu].strays++;
		break;
	}
}

/** What INIT leaves a CPU: its FPU's registers, its MSRs, its time. */
static struct {
	uint64_t xmm;
	uint64_t lstar;
	uint64_t pat;
	uint64_t tsc;
	uint64_t dr0;
} volatile kept;

static void set_what_stays(void)
{
	uint64_t xmm = KEPT_XMM, dr0 = KEPT_DR0;

	__asm__ volatile("movq %0, %%xmm11\n\tmov %1, %%dr0" : : "r"(xmm), "r"(dr0));
	write_msr(MSR_LSTAR, KEPT_LSTAR);
	write_msr(MSR_PAT, KEPT_PAT);
}

static void get_what_stayed(void)
{
	uint64_t xmm, dr0;

	__asm__ volatile("movq %%xmm11, %0\n\tmov %%dr0, %1" : "=r"(xmm), "=r"(dr0));
	kept.tsc = rdtsc();
	kept.xmm = xmm;
	kept.dr0 = dr0;
	kept.lstar = read_msr(MSR_LSTAR);
	kept.pat = read_msr(MSR_PAT);
}

void ap_main(uint32_t cpu)
{
	if (cpus[cpu].starts == 0) {
		set_what_stays();
	} else {
		get_what_stayed();
	}
	cpus[cpu].starts++;
	for (;;) {
		ap_wait();
	}
}

/** Some time goes by, with interrupts on: Bochs gives turns to others only then. */
static void yield(void)
{
	uint32_t i;

	__asm__ volatile("sti");
	for (i = 0; i < 1000; i++) {
		__asm__ volatile("pause");
	}
	__asm__ volatile("cli");
}

static bool becomes(const volatile uint32_t *at, uint32_t value)
{
	/* A turn of another CPU is up to 10 ms. */
	uint64_t until = rdtsc() + UINT64_C(20000000000);

	while (*at != value && rdtsc() < until) {
		yield();
	}
	return *at == value;
}

/** One CPU handles all that came for it, and does its order. */
static void ping(uint32_t cpu)
{
	uint32_t before = cpus[cpu].pings;

	apic_send(cpu, PING);
	if (!becomes(&cpus[cpu].pings, before + 1)) {
		check_equal(cpu, UINT32_MAX, "a CPU answers");
	}
}

/** Which CPUs got exactly one more; of more than one it is all of them. */
static uint32_t got(bool nmi)
{
	uint32_t mask = 0, cpu, new;

	for (cpu = 0; cpu < CPUS; cpu++) {
		ping(cpu);
	}
	for (cpu = 0; cpu < CPUS; cpu++) {
		new = nmi ? cpus[cpu].nmis - cpus[cpu].nmis_seen :
			    cpus[cpu].tests - cpus[cpu].tests_seen;
		cpus[cpu].nmis_seen = cpus[cpu].nmis;
		cpus[cpu].tests_seen = cpus[cpu].tests;
		mask |= new == 0 ? 0 : new == 1 ? CPU_BIT(cpu) : new << CPUS;
	}
	return mask;
}

static void expect(uint32_t destination, uint32_t command, uint32_t wanted, const char *name)
{
	apic_send(destination, command);
	check_equal(got((command & ICR_NMI) != 0), wanted, name);
}

static void order(uint32_t cpu, enum order what, uint32_t destination, uint32_t command)
{
	cpus[cpu].destination = destination;
	cpus[cpu].command = command;
	cpus[cpu].order = what;
	ping(cpu);
}

static void check_what_stayed(uint64_t before)
{
	check_equal(kept.xmm, KEPT_XMM, "INIT leaves SSE registers");
	check_equal(kept.lstar, KEPT_LSTAR, "INIT leaves MSRs");
	check_equal(kept.pat, KEPT_PAT, "INIT leaves the PAT");
	check_equal(kept.dr0, 0, "INIT clears debug registers");
	check(kept.tsc > before && kept.tsc < rdtsc(), "INIT leaves the time stamp counter");
}

static void check_start(void)
{
	uint64_t before;
	uint32_t cpu;

	apic_send(0, ICR_OTHERS | ICR_INIT);
	apic_send(0, ICR_OTHERS | ICR_STARTUP | ap_startup_page());
	apic_send(0, ICR_OTHERS | ICR_STARTUP | ap_startup_page());
	for (cpu = 1; cpu < CPUS; cpu++) {
		check(becomes(&cpus[cpu].starts, 1), "all others start");
		ping(cpu);
	}
	/* Started, it takes no second start-up; with an INIT it begins again. */
	apic_send(1, ICR_STARTUP | ap_startup_page());
	ping(1);
	check_equal(cpus[1].starts, 1, "only once");
	before = rdtsc();
	apic_send(1, ICR_INIT);
	apic_send(1, TEST);
	apic_send(1, ICR_STARTUP | ap_startup_page());
	check(becomes(&cpus[1].starts, 2), "INIT and start-up begin again");
	check_equal(got(false), 0, "nothing reaches a CPU that waits for its start-up");
	check_what_stayed(before);
	for (cpu = 2; cpu < CPUS; cpu++) {
		check_equal(cpus[cpu].starts, 1, "the others go on");
	}
}

/** The forms that xAPIC and x2APIC share. */
static void check_common(uint32_t all)
{
	uint32_t cpu;

	for (cpu = 0; cpu < CPUS; cpu++) {
		expect(cpu, TEST, CPU_BIT(cpu), "physical");
	}
	expect(CPUS, TEST, 0, "an id that no CPU has");
	expect(all, TEST, ALL_CPUS, "physical broadcast");
	expect(0, ICR_SELF | TEST, CPU_BIT(BOOT), "self");
	expect(0, ICR_ALL | TEST, ALL_CPUS, "all including self");
	expect(0, ICR_OTHERS | TEST, OTHERS, "all but self");
	expect(2, ICR_NMI, CPU_BIT(2), "NMI");
	expect(0, ICR_OTHERS | ICR_NMI, OTHERS, "NMI to all but self");
	order(3, ORDER_SEND, BOOT, TEST);
	check_equal(got(false), CPU_BIT(BOOT), "to the boot CPU");
	order(2, ORDER_SEND, 0, ICR_OTHERS | TEST);
	check_equal(got(false), ALL_CPUS & ~CPU_BIT(2), "all but another self");
	order(1, ORDER_SEND, 0, ICR_ALL | TEST);
	check_equal(got(false), ALL_CPUS, "all, of another one");
}

static void check_flat(void)
{
	uint32_t cpu;

	for (cpu = 0; cpu < CPUS; cpu++) {
		order(cpu, ORDER_LOGICAL, CPU_BIT(cpu), DFR_FLAT);
	}
	expect(CPU_BIT(1) | CPU_BIT(3), ICR_LOGICAL | TEST, CPU_BIT(1) | CPU_BIT(3), "flat");
	expect(CPU_BIT(BOOT) | CPU_BIT(2), ICR_LOGICAL | TEST, CPU_BIT(BOOT) | CPU_BIT(2),
	       "flat, and the sender");
	expect(CPU_BIT(7), ICR_LOGICAL | TEST, 0, "flat, nobody");
	expect(XAPIC_ALL, ICR_LOGICAL | TEST, ALL_CPUS, "flat, all");
	apic_send(CPU_BIT(2) | CPU_BIT(3), ICR_LOGICAL | ICR_LOWEST | TEST);
	cpu = got(false);
	check(cpu == CPU_BIT(2) || cpu == CPU_BIT(3), "lowest priority: one of them");
}

static void check_cluster(void)
{
	uint32_t cpu;

	for (cpu = 0; cpu < CPUS; cpu++) {
		order(cpu, ORDER_LOGICAL, CLUSTER(cpu / 2, CPU_BIT(cpu % 2)), DFR_CLUSTER);
	}
	expect(CLUSTER(1u, 1u), ICR_LOGICAL | TEST, CPU_BIT(2), "cluster, one member");
	expect(CLUSTER(1u, 3u), ICR_LOGICAL | TEST, CPU_BIT(2) | CPU_BIT(3), "cluster, both");
	expect(CLUSTER(0u, 3u), ICR_LOGICAL | TEST, CPU_BIT(0) | CPU_BIT(1),
	       "cluster, and the sender");
	expect(CLUSTER(CLUSTER_ALL, 2u), ICR_LOGICAL | TEST, CPU_BIT(1) | CPU_BIT(3),
	       "the second of each cluster");
	expect(CLUSTER(5u, 0xfu), ICR_LOGICAL | TEST, 0, "a cluster that does not exist");
	expect(XAPIC_ALL, ICR_LOGICAL | TEST, ALL_CPUS, "cluster, all");
}

static void set_msr(uint32_t msr, uint64_t value)
{
	write_msr(msr, value);
	check(!trapped(VECTOR_GP), "no fault");
}

static void check_x2apic(void)
{
	uint32_t cpu;

	for (cpu = 0; cpu < CPUS; cpu++) {
		order(cpu, ORDER_X2APIC, 0, 0);
	}
	check_common(UINT32_MAX);
	set_msr(X2APIC_SELF_IPI, TEST);
	check_equal(got(false), CPU_BIT(BOOT), "SELF IPI");
	expect(CPU_BIT(1) | CPU_BIT(2), ICR_LOGICAL | TEST, CPU_BIT(1) | CPU_BIT(2), "logical");
	expect(CPU_BIT(BOOT) | CPU_BIT(3), ICR_LOGICAL | TEST, CPU_BIT(BOOT) | CPU_BIT(3),
	       "logical, and the sender");
	expect(1u << 16 | CPU_BIT(1), ICR_LOGICAL | TEST, 0, "another cluster");
	expect(UINT32_MAX, ICR_LOGICAL | TEST, ALL_CPUS, "logical broadcast");
	expect(XAPIC_ALL, TEST, 0, "an id, not the broadcast of the xAPIC form");
}

/** Timers of all CPUs at once, while they halt and while others run. */
static void check_timers(void)
{
	uint32_t cpu;

	for (cpu = 0; cpu < CPUS; cpu++) {
		order(cpu, ORDER_TIMER, 0, 0);
	}
	for (cpu = 0; cpu < CPUS; cpu++) {
		while (cpus[BOOT].ticks < TICKS) {
			ap_wait();
		}
		check(becomes(&cpus[cpu].ticks, TICKS), "each has its own timer");
	}
}

void guest_main(void)
{
	uint32_t cpu;

	ap_init();
	check_start();
	check_common(XAPIC_ALL);
	check_flat();
	check_cluster();
	check_timers();
	check_x2apic();
	for (cpu = 0; cpu < CPUS; cpu++) {
		check_equal(cpus[cpu].strays, 0, "no other interrupts");
	}
}
