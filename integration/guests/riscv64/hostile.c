/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that does what comes to its mind: random instructions with random
 * registers in both of its modes, SBI calls with random arguments, accesses to
 * random addresses. The same numbers in every run. In the end the hypervisor is to
 * be what it was, and alive.
 *
 * Random code sees only its own pages and the devices (but for the finisher, which
 * would end the machine); whatever trap ends it leads to the next piece.
 */
#include "guest.h"

/* TRIALS, CALLS and ACCESSES say how many of each. */

#define ENTRIES 512u
#define MIB2(n) ((uint64_t)(n) << 21)
#define GIB(n) ((uint64_t)(n) << 30)
#define SATP_SV39 (UINT64_C(8) << 60)
#define PTE_V UINT64_C(0x01)
#define PTE_RX UINT64_C(0x0a)
#define PTE_RWX UINT64_C(0x0e)
#define PTE_RW UINT64_C(0x06)
#define PTE_U UINT64_C(0x10)
#define PTE_AD UINT64_C(0xc0)
#define PTE(address, bits) ((address) >> 12 << 10 | PTE_V | (bits))
#define PAGE UINT64_C(4096)
/** Where user mode has the page of random code. */
#define USER_CODE GIB(3)

#define SSTATUS_SUM UINT64_C(0x40000)
#define SSTATUS_MXR UINT64_C(0x80000)
#define WORDS 4u

void hostile_enter(const uint64_t x[32], uint64_t satp);
void hostile_vector(void);
_Noreturn void hostile_next(void);

/** All that random code may write, in one page: itself and its registers' first values. */
static _Alignas(4096) struct {
	uint32_t code[PAGE / 8];
	uint64_t x[32];
} open;

static _Alignas(4096) uint64_t root[ENTRIES];
static _Alignas(4096) uint64_t devices[ENTRIES];
static _Alignas(4096) uint64_t ram_1[ENTRIES];
static _Alignas(4096) uint64_t ram_0[ENTRIES];
static _Alignas(4096) uint64_t user_1[ENTRIES];
static _Alignas(4096) uint64_t user_0[ENTRIES];

static uint64_t state;
static uint64_t trials;
static uint64_t checksum;
/** Traps that ended random code, by cause. */
static uint64_t causes[16];
static uint64_t interrupts;

static uint64_t random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void make_tables(void)
{
	extern const uint8_t hostile_page[];
	uint64_t i;

	for (i = 1; i < ENTRIES; i++) {
		devices[i] = PTE(MIB2(i), PTE_RWX | PTE_AD);
	}
	root[0] = PTE((uintptr_t)devices, 0);
	root[1] = PTE(GIB(1), PTE_RW | PTE_AD);
	root[2] = PTE((uintptr_t)ram_1, 0);
	root[3] = PTE((uintptr_t)user_1, 0);
	root[4] = PTE(GIB(0) + UNMAPPED, 0); /* a table that is not there */
	root[5] = PTE(GIB(5), PTE_RWX | PTE_U | PTE_AD);
	ram_1[1] = PTE((uintptr_t)ram_0, 0);
	/* The way in and out is executed but not written; nothing else of this guest is there. */
	ram_0[(uintptr_t)hostile_page / PAGE % ENTRIES] = PTE((uintptr_t)hostile_page, PTE_RX | PTE_AD);
	ram_0[(uintptr_t)&open / PAGE % ENTRIES] = PTE((uintptr_t)&open, PTE_RWX | PTE_AD);
	user_1[0] = PTE((uintptr_t)user_0, 0);
	user_0[0] = PTE((uintptr_t)&open, PTE_RWX | PTE_U | PTE_AD);
}

/** Something that an address or argument might be. */
static uint64_t value(void)
{
	static const uint64_t some[] = {
		0, 1, 2, UINT64_MAX, UART, PLIC, PLIC + 0x201004, SCRATCH, LAZY_PAGE, UNMAPPED,
		RAM, GIB(1), GIB(2) + 0x200000, USER_CODE, GIB(4), GIB(5), UINT64_C(1) << 38,
		UINT64_C(1) << 55, UINT64_C(1) << 63, 0x80000000, SBI_HVC, SBI_RFENCE,
	};
	uint64_t choice = random();

	switch (choice % 4) {
	case 0:
		return random();
	case 1:
		return random() >> (choice >> 8) % 64;
	case 2:
		return (uintptr_t)&open + random() % PAGE;
	default:
		return some[(choice >> 8) % (sizeof(some) / sizeof(some[0]))] + random() % 16;
	}
}

/** Whether it would leave nothing to go on with, or end the machine, or wait. */
static bool is_spared(uint32_t insn)
{
	const uint32_t csr = insn >> 20;

	if ((insn & 0x7f) != 0x73) {
		return false;
	}
	if ((insn >> 12 & 3) != 0) {
		return csr == 0x105 || csr == 0x180; /* stvec, satp */
	}
	return insn == 0x00000073 || insn == 0x10500073; /* ECALL: see below; WFI */
}

/** Random bits, more often ones that mean something. */
static uint32_t instruction(void)
{
	/* LOAD, LOAD-FP, MISC-MEM, STORE, STORE-FP, AMO, JALR, SYSTEM (chapter 24) */
	static const uint8_t opcodes[] = { 0x03, 0x07, 0x0f, 0x23, 0x27, 0x2f, 0x67, 0x73 };
	uint32_t insn;

	do {
		insn = (uint32_t)random();
		switch (random() % 4) {
		case 0:
			break;
		case 1: /* 16 bits */
			insn &= ~UINT32_C(1);
			break;
		default:
			insn = (insn & ~UINT32_C(0x7f)) | opcodes[random() % sizeof(opcodes)];
			break;
		}
	} while (is_spared(insn));
	return insn;
}

static void finish_trials(void);

/** One more piece: an instruction, breakpoints behind it, and a timer for what does not end. */
_Noreturn void hostile_next(void)
{
	const uint32_t ebreak = 0x00100073;
	uint64_t cause = CSR_READ(scause);
	bool user;
	uint32_t i;

	CSR_WRITE(sie, 0);
	if ((cause & CAUSE_INTERRUPT) != 0) {
		interrupts++;
	} else {
		causes[cause % 16]++;
	}
	if (trials++ == (uint64_t)TRIALS) {
		finish_trials();
	}
	user = random() % 2 != 0;
	open.code[0] = instruction();
	for (i = 1; i < WORDS; i++) {
		open.code[i] = ebreak;
	}
	for (i = 1; i < 32; i++) {
		open.x[i] = value();
	}
	(void)sbi(SBI_TIME, 0, CSR_READ(time) + TIME_HZ / 1000, 0, 0);
	CSR_WRITE(stvec, (uintptr_t)hostile_vector);
	CSR_WRITE(sie, bit(IRQ_TIMER));
	CSR_WRITE(sepc, user ? USER_CODE : (uintptr_t)&open);
	CSR_WRITE(sstatus, (random() & (SSTATUS_FS | SSTATUS_SUM | SSTATUS_MXR)) | SSTATUS_SPIE |
				   (user ? 0 : SSTATUS_SPP));
	hostile_enter(open.x, SATP_SV39 | (uintptr_t)root / PAGE);
	for (;;) {
	}
}

static void call_at_random(void)
{
	static const uint64_t extensions[] = { SBI_BASE, SBI_TIME, SBI_IPI, SBI_RFENCE,
					       SBI_HSM,	 SBI_DBCN, SBI_HVC, SBI_SRST };
	uint64_t a[SBI_REGISTERS];
	uint64_t extension;
	uint64_t i;
	uint32_t r;

	for (i = 0; i < (uint64_t)CALLS; i++) {
		extension = i % 16 == 0 ? random() :
			    i % 16 == 1 ? random() % 16 :
					  extensions[random() % 8];
		for (r = 0; r < 6; r++) {
			a[r] = value();
		}
		a[6] = i % 8 == 0 ? value() : random() % 8;
		a[7] = extension;
		/* What ends the machine, waits, starts elsewhere, or prints. */
		if ((extension == SBI_SRST && a[6] == 0 && (uint32_t)a[0] <= 2) ||
		    (extension == SBI_HSM && (a[6] == 1 || a[6] == 3)) || extension == 8 ||
		    extension == 1 || (extension == SBI_DBCN && a[6] == 2)) {
			continue;
		}
		if (extension == SBI_DBCN && a[1] - RAM < GIB(1)) {
			a[1] = UNMAPPED;
		}
		if (extension == SBI_HVC && a[6] == CALL_FAULT) {
			continue;
		}
		sbi_all(a);
	}
	(void)sbi(SBI_TIME, 0, UINT64_MAX, 0, 0);
	CSR_CLEAR(sip, bit(IRQ_SOFTWARE));
	print("calls\n");
}

/** Without translation: every address is the hypervisor's to judge. */
static void access_at_random(void)
{
	uint64_t before = exception.count;
	uint64_t address;
	uint64_t i;

	for (i = 0; i < (uint64_t)ACCESSES; i++) {
		address = value();
		if (address - RAM < GIB(1) || address - FINISHER < PAGE || address - UART < 8) {
			continue;
		}
		switch (random() % 8) {
		case 0:
			*(volatile uint8_t *)(uintptr_t)address = (uint8_t)i;
			break;
		case 1:
			*(volatile uint64_t *)(uintptr_t)address = i;
			break;
		case 2:
			*(volatile uint16_t *)(uintptr_t)address = (uint16_t)i;
			break;
		case 3:
			*(volatile uint32_t *)(uintptr_t)address = (uint32_t)i;
			break;
		case 4:
			(void)*(const volatile uint16_t *)(uintptr_t)address;
			break;
		case 5:
			(void)*(const volatile uint64_t *)(uintptr_t)address;
			break;
		case 6:
			(void)*(const volatile uint8_t *)(uintptr_t)address;
			break;
		default:
			(void)read32(address);
			break;
		}
	}
	check(exception.count > before, "some of it is refused");
	print("accesses\n");
}

static void finish_trials(void)
{
	extern void guest_vector(void);
	uint64_t i;

	CSR_WRITE(stvec, (uintptr_t)guest_vector);
	CSR_WRITE(sie, 0);
	(void)sbi(SBI_TIME, 0, UINT64_MAX, 0, 0);
	write8(UART + 3, 0x03); /* LCR: no divisor latch */
	write8(UART + 4, 0);	/* MCR: no loop */
	print("\ninstructions:");
	for (i = 0; i < 16; i++) {
		print(" ");
		print_hex(causes[i]);
	}
	print(", interrupts ");
	print_hex(interrupts);
	print("\n");
	check(causes[CAUSE_ILLEGAL] > 0 && causes[CAUSE_BREAKPOINT] > 0 &&
		      causes[CAUSE_LOAD_PAGE] > 0 && causes[CAUSE_STORE_ACCESS] > 0,
	      "instructions that are done and ones that are not");
	call_at_random();
	access_at_random();
	check_equal(hypercall(CALL_CHECKSUM, 0), checksum, "the hypervisor's code is unchanged");
	check_equal(hypercall(CALL_ECHO, 7), 7 ^ CALL_ECHO, "the hypervisor is alive");
	guest_end();
}

void guest_main(void)
{
	checksum = hypercall(CALL_CHECKSUM, 0);
	state = UINT64_C(0x9e3779b97f4a7c15);
	make_tables();
	hostile_next();
}
