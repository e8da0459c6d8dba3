/* SPDX-License-Identifier: Apache-2.0 */
#include "guest.h"

/* 16550 (National PC16550D, table II) */
#define UART_THR 0u
#define UART_LSR 5u
#define UART_LSR_THRE 0x20u
/* PLIC (RISC-V PLIC Specification, 3): context 1 is hart 0's S mode. */
#define PLIC_CLAIM (PLIC + UINT64_C(0x201004))
/* SRST (SBI 2.0, 10) */
#define SRST_SHUTDOWN 0u
#define SRST_COLD_REBOOT 1u

volatile struct exception exception;
volatile uint64_t interrupt_count;
volatile uint64_t interrupt_code;
volatile uint64_t interrupt_source;
uint64_t start_hart;
uint64_t start_tree;

void guest_run(uint64_t hart, uint64_t tree);
void guest_trap(uint64_t ra);

void put_char(char c)
{
	while ((read8(UART + UART_LSR) & UART_LSR_THRE) == 0) {
	}
	write8(UART + UART_THR, (uint8_t)c);
}

bool took(uint64_t before, uint64_t cause)
{
	return exception.count == before + 1 && exception.cause == cause;
}

struct sbi_result sbi(uint64_t extension, uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2)
{
	uint64_t a[SBI_REGISTERS] = { a0, a1, a2, 0, 0, 0, function, extension };

	sbi_all(a);
	return (struct sbi_result){ (int64_t)a[0], a[1] };
}

uint64_t hypercall(uint64_t function, uint64_t argument)
{
	return (uint64_t)sbi(SBI_HVC, function, argument, 0, 0).error;
}

static void interrupt(uint64_t code)
{
	interrupt_count++;
	interrupt_code = code;
	switch (code) {
	case IRQ_SOFTWARE:
		CSR_CLEAR(sip, bit(IRQ_SOFTWARE));
		break;
	case IRQ_TIMER:
		(void)sbi(SBI_TIME, 0, UINT64_MAX, 0, 0);
		break;
	case IRQ_EXTERNAL:
		interrupt_source = read32(PLIC_CLAIM);
		CSR_CLEAR(sie, bit(IRQ_EXTERNAL)); /* its line is for the guest to lower */
		break;
	default:
		break;
	}
}

/** Whether there is no code behind it: then it was a call, and returns. */
static bool is_outside_code(uint64_t cause, uint64_t pc)
{
	return cause == CAUSE_FETCH_ACCESS || cause == CAUSE_FETCH_PAGE ||
	       pc - LAZY_PAGE < LAZY_PAGES_SIZE;
}

/** Bytes of the instruction there: the two lowest bits of 32-bit ones are set. */
static uint64_t length_at(uint64_t pc)
{
	return (*(const volatile uint16_t *)(uintptr_t)pc & 3u) == 3u ? 4 : 2;
}

/* Steps over what raised it; a jump to where nothing can be fetched returns to its caller. */
void guest_trap(uint64_t ra)
{
	uint64_t cause = CSR_READ(scause);
	uint64_t pc = CSR_READ(sepc);

	if ((cause & CAUSE_INTERRUPT) != 0) {
		interrupt(cause & ~CAUSE_INTERRUPT);
		return;
	}
	exception.count++;
	exception.cause = cause;
	exception.pc = pc;
	exception.value = CSR_READ(stval);
	exception.status = CSR_READ(sstatus);
	if ((exception.status & SSTATUS_SPP) == 0) {
		/* From user mode: back to the caller of what ran there, in supervisor mode. */
		CSR_SET(sstatus, SSTATUS_SPP);
		CSR_WRITE(sepc, ra);
		return;
	}
	CSR_WRITE(sepc, is_outside_code(cause, pc) ? ra : pc + length_at(pc));
}

void interrupts_enable(uint64_t codes)
{
	CSR_SET(sie, codes);
	interrupts_unmask();
}

void wait_for_interrupts(uint64_t count)
{
	uint64_t until = CSR_READ(time) + 10 * TIME_HZ;

	while (interrupt_count < count && CSR_READ(time) < until) {
	}
}

void guest_end(void)
{
	uint64_t type = checks_held() ? SRST_SHUTDOWN : SRST_COLD_REBOOT;

	for (;;) {
		(void)sbi(SBI_SRST, 0, type, 0, 0);
	}
}

void guest_run(uint64_t hart, uint64_t tree)
{
	start_hart = hart;
	start_tree = tree;
	guest_main();
	guest_end();
}
