/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupt files of the harts' own (AIA, 3): messages between them cost no exit, and wake
 * those that wait. The APLIC (AIA, 4) sends there what the UART's wire tells.
 */
#include "guest.h"

#define HARTS 4u
#define HSM_START 0u
#define IMSIC UINT64_C(0x28000000)
#define FILE_SIZE UINT64_C(0x1000)
#define SETEIPNUM_LE 0u
/* Registers behind siselect and sireg; AIA, 3.8 */
#define EIDELIVERY 0x70u
#define EITHRESHOLD 0x72u
#define EIP0 0x80u
#define EIE0 0xc0u
/* Registers of the APLIC; AIA, 4.5 */
#define APLIC UINT64_C(0x0d000000)
#define DOMAINCFG 0x0000u
#define DOMAINCFG_IE 0x100u
#define DOMAINCFG_AS_READ UINT64_C(0x80000104)
#define SOURCECFG 0x0004u
#define SOURCECFG_LEVEL1 6u
#define SETIP 0x1c00u
#define IN_CLRIP 0x1d00u
#define SETIENUM 0x1edcu
#define CLRIENUM 0x1fdcu
#define SETIPNUM_LE 0x2000u
#define GENMSI 0x3000u
#define TARGET 0x3004u
#define TARGET_HART_SHIFT 18u
/* Registers of the UART */
#define UART_IER 1u
#define UART_IIR 2u
#define IER_ETBEI 0x02u
/** Priorities of major interrupts 0 to 7 (AIA, 5.4.2). */
#define IPRIO0 0x30u
#define IPRIO_TIMER_SHIFT 40u
#define ID_PING 5u
#define ID_PONG 70u
#define ID_UART 20u
#define ID_LOW 3u
#define ID_HIGH 250u
#define ROUNDS 200u
#define NAPS 30u
#define EXIT_NOTHING 0u
#define EXIT_EXTERNAL_INTERRUPT 8u
#define EXIT_HALT 10u
#define REASONS 18u

static struct hart {
	_Alignas(64) volatile uint64_t ready;
	volatile uint64_t pings;
	volatile uint64_t strange;
	/** It waits by WFI, else in a loop. */
	volatile uint64_t sleeps;
	_Alignas(16) uint8_t stack[2048];
} harts[HARTS];

void smp_start(void);
_Noreturn void smp_main(uint64_t id, uint64_t stack);

static void write_file(uint64_t number, uint64_t value)
{
	CSR_WRITE(siselect, number);
	CSR_WRITE(sireg, value);
}

static uint64_t read_file(uint64_t number)
{
	CSR_WRITE(siselect, number);
	return CSR_READ(sireg);
}

/** The most urgent interrupt of the file, and no more pending; 0 if there is none. */
static uint64_t claim(void)
{
	uint64_t top;

	__asm__ volatile("csrrw %0, stopei, zero" : "=r"(top) : : "memory");
	return (top & 0x7ff) == top >> 16 ? top >> 16 : UINT64_MAX;
}

static void send(uint64_t hart, uint32_t id)
{
	__asm__ volatile("fence" ::: "memory");
	*(volatile uint32_t *)(uintptr_t)(IMSIC + hart * FILE_SIZE + SETEIPNUM_LE) = id;
}

static void open_file(void)
{
	uint32_t word;

	for (word = 0; word < 4; word++) {
		write_file(EIE0 + 2 * word, UINT64_MAX);
	}
	write_file(EITHRESHOLD, 0);
	write_file(EIDELIVERY, 1);
	CSR_SET(sie, bit(IRQ_EXTERNAL));
}

/** Answers pings. */
_Noreturn void smp_main(uint64_t id, uint64_t stack)
{
	struct hart *self = &harts[id];
	uint64_t got;

	(void)stack;
	open_file();
	self->ready = 1;
	for (;;) {
		got = claim();
		if (got == 0) {
			if (self->sleeps != 0) {
				__asm__ volatile("wfi" ::: "memory");
			}
			continue;
		}
		if (got != ID_PING) {
			self->strange++;
			continue;
		}
		self->pings++;
		send(0, ID_PONG);
	}
}

static void check_file(void)
{
	uint32_t word;

	check_equal(read_file(EIDELIVERY), 0, "a file that delivers nothing");
	for (word = 0; word < 4; word++) {
		check_equal(read_file(EIP0 + 2 * word), 0, "nothing pending");
		check_equal(read_file(EIE0 + 2 * word), 0, "nothing enabled");
	}
	open_file();
	check_equal(read_file(EIE0), ~UINT64_C(1), "there is no interrupt 0");
	check_equal(claim(), 0, "nothing to claim");
	send(0, ID_HIGH);
	send(0, ID_LOW);
	check_equal(read_file(EIP0), bit(ID_LOW), "pending");
	check_equal(CSR_READ(stopi) >> 16, IRQ_EXTERNAL, "an external interrupt is on top");
	check_equal(claim(), ID_LOW, "the lowest number first");
	write_file(EITHRESHOLD, ID_HIGH);
	check_equal(claim(), 0, "what the threshold keeps");
	write_file(EITHRESHOLD, 0);
	check_equal(claim(), ID_HIGH, "and lets go");
	write_file(EIE0, 0);
	send(0, ID_LOW);
	check_equal(claim(), 0, "not enabled");
	write_file(EIE0, UINT64_MAX);
	check_equal(claim(), ID_LOW, "enabled");
	write_file(IPRIO0, UINT64_C(77) << IPRIO_TIMER_SHIFT);
	check_equal(read_file(IPRIO0), UINT64_C(77) << IPRIO_TIMER_SHIFT, "the timer's priority");
}

/** Waits for a message; ten seconds at most. 0 if none came. */
static uint64_t message(bool sleep)
{
	uint64_t until = CSR_READ(time) + 10 * TIME_HZ;
	uint64_t got;

	do {
		got = claim();
		if (got == 0 && sleep) {
			__asm__ volatile("wfi" ::: "memory");
		}
	} while (got == 0 && CSR_READ(time) < until);
	return got;
}

/** Waits for the answer. */
static bool pong(bool sleep)
{
	return message(sleep) == ID_PONG;
}

/** The exits that this hart had for its own sake; the one that asks included. */
static uint64_t exits(void)
{
	uint64_t sum = 0;
	uint64_t reason;

	for (reason = 0; reason < REASONS; reason++) {
		/* Physical interrupts and what comes of them; turns. */
		if (reason != EXIT_NOTHING && reason != EXIT_EXTERNAL_INTERRUPT) {
			sum += hypercall(CALL_EXITS, reason);
		}
	}
	return sum;
}

static void check_messages(void)
{
	uint64_t before, asked, good = 0;
	uint64_t round;

	/* What it costs to ask. */
	before = exits();
	asked = exits() - before;
	before = exits();
	for (round = 0; round < ROUNDS; round++) {
		send(1 + round % (HARTS - 1), ID_PING);
		good += pong(false);
	}
	check_equal(exits() - before, asked, "messages there and back without an exit");
	check_equal(good, ROUNDS, "all answered");
}

static void check_waking(void)
{
	uint64_t before = hypercall(CALL_EXITS, EXIT_HALT);
	uint64_t good = 0;
	uint64_t round;
	uint64_t id;

	for (id = 1; id < HARTS; id++) {
		harts[id].sleeps = 1;
	}
	for (round = 0; round < NAPS; round++) {
		send(1 + round % (HARTS - 1), ID_PING);
		good += pong(true);
	}
	check_equal(good, NAPS, "who waits is woken by messages");
	check(hypercall(CALL_EXITS, EXIT_HALT) > before, "and had left its CPU");
}

static volatile uint32_t *aplic(uint64_t offset)
{
	return (volatile uint32_t *)(uintptr_t)(APLIC + offset);
}

/** The UART has something to say: that it can send. Until it is asked what. */
static void uart_speak(void)
{
	*(volatile uint8_t *)(uintptr_t)(UART + UART_IER) = IER_ETBEI;
}

static void uart_silence(void)
{
	(void)*(volatile uint8_t *)(uintptr_t)(UART + UART_IIR);
	*(volatile uint8_t *)(uintptr_t)(UART + UART_IER) = 0;
}

static void set_target(uint32_t hart, uint32_t id)
{
	*aplic(TARGET + (UART_SOURCE - 1) * sizeof(uint32_t)) = hart << TARGET_HART_SHIFT | id;
}

static void check_wire(void)
{
	*aplic(DOMAINCFG) = DOMAINCFG_IE;
	check_equal(*aplic(DOMAINCFG), DOMAINCFG_AS_READ, "a domain that sends messages");
	*aplic(SOURCECFG + (UART_SOURCE - 1) * sizeof(uint32_t)) = SOURCECFG_LEVEL1;
	set_target(0, ID_UART);
	uart_speak();
	check_equal(*aplic(SETIP), bit(UART_SOURCE), "pending, and not enabled");
	check_equal(claim(), 0, "no message yet");
	*aplic(SETIENUM) = UART_SOURCE;
	check_equal(message(true), ID_UART, "the UART's message");
	check_equal(*aplic(SETIP), 0, "sent");
	check_equal(*aplic(IN_CLRIP), bit(UART_SOURCE), "and the wire still high");
	check_equal(claim(), 0, "once");
	*aplic(SETIPNUM_LE) = UART_SOURCE;
	check_equal(message(true), ID_UART, "until it is asked for");
	uart_silence();
	*aplic(SETIPNUM_LE) = UART_SOURCE;
	check_equal(claim(), 0, "there is nothing any more");
	*aplic(GENMSI) = ID_UART;
	check_equal(message(true), ID_UART, "a message of the APLIC's own");
}

/** To a hart that waits, which answers. */
static void check_wire_to_others(void)
{
	uint64_t good = 0;
	uint32_t id;

	for (id = 1; id < HARTS; id++) {
		set_target(id, ID_PING);
		uart_speak();
		good += pong(true);
		uart_silence();
	}
	*aplic(CLRIENUM) = UART_SOURCE;
	check_equal(good, HARTS - 1, "who waits is woken by the UART");
}

/** Their files are there, and hold nothing when they start. */
static void check_harts_that_are_off(void)
{
	uint64_t before = exception.count;
	uint32_t id;

	for (id = 1; id < HARTS; id++) {
		send(id, ID_LOW);
		check_equal(*(volatile uint32_t *)(uintptr_t)(IMSIC + id * FILE_SIZE), 0, "reads as 0");
	}
	check_equal(exception.count, before, "files of harts that are off");
}

void guest_main(void)
{
	uint64_t strange = 0;
	uint64_t pings = 0;
	uint64_t id;

	check_file();
	check_wire();
	check_harts_that_are_off();
	for (id = 1; id < HARTS; id++) {
		check_equal((uint64_t)sbi(SBI_HSM, HSM_START, id, (uintptr_t)smp_start,
					  (uintptr_t)&harts[id].stack[sizeof(harts[id].stack)]).error,
			    SBI_SUCCESS, "hart_start");
		while (harts[id].ready == 0) {
		}
	}
	check_messages();
	check_waking();
	check_wire_to_others();
	for (id = 1; id < HARTS; id++) {
		strange += harts[id].strange;
		pings += harts[id].pings;
	}
	check_equal(pings, ROUNDS + NAPS + HARTS - 1, "each message came once");
	check_equal(strange, 0, "and nothing else");
	check_equal(read_file(EIDELIVERY), 1, "the file is as it was");
	check_equal(read_file(IPRIO0), UINT64_C(77) << IPRIO_TIMER_SHIFT, "and the priorities");
}
