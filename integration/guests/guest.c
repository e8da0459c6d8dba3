/* SPDX-License-Identifier: Apache-2.0 */
#include "guest.h"

/* PL011 (ARM DDI 0183, 3.2) */
#define UARTDR 0x00u
#define UARTFR 0x18u
#define UARTFR_TXFF (1u << 5)
#define UARTIMSC 0x38u
/* PSCI, DEN 0022, 5.1 */
#define PSCI_SYSTEM_OFF UINT64_C(0x84000008)
#define PSCI_SYSTEM_RESET UINT64_C(0x84000009)

#define INSTRUCTION 4u
/* ARM DDI 0487, C5.2.18 */
#define SPSR_IL (UINT64_C(1) << 20)
#define SPSR_SS (UINT64_C(1) << 21)
/* D19.3.20 */
#define MDSCR_SS UINT64_C(1)
#define SPURIOUS_FROM 1020u

volatile struct exception exception;
volatile uint64_t exception_steps;
volatile uint64_t interrupt_count;
volatile uint64_t interrupt_intid;
volatile uint64_t interrupts_by_intid[PRIVATE_INTIDS];

void guest_run(void);
void guest_exception(uint64_t lr, uint64_t vector);
void guest_interrupt(void);
void guest_serror(uint64_t lr, uint64_t vector);
void guest_lower_serror(uint64_t lr, uint64_t vector);
void guest_lower(uint64_t lr, uint64_t vector);
void guest_unexpected(void);

void put_char(char c)
{
	while ((read32(UART + UARTFR) & UARTFR_TXFF) != 0) {
	}
	write32(UART + UARTDR, (uint32_t)(unsigned char)c);
}

bool took(uint64_t before, uint32_t ec)
{
	return exception.count == before + 1 && esr_ec(exception.esr) == ec;
}

struct call_result hvc(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	uint64_t x[CALL_REGISTERS] = { x0, x1, x2, x3 };

	hvc_all(x);
	return (struct call_result){ x[0], x[1], x[2], x[3] };
}

struct call_result smc(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	uint64_t x[CALL_REGISTERS] = { x0, x1, x2, x3 };

	smc_all(x);
	return (struct call_result){ x[0], x[1], x[2], x[3] };
}

/** Whether there is no code behind it: then it was a call, and returns. */
static bool is_outside_code(uint32_t ec, uint64_t pc)
{
	return ec == EC_INSN_ABORT_SAME || ec == EC_PC_ALIGNMENT ||
	       pc - LAZY_PAGE < LAZY_PAGES_SIZE;
}

static void note(uint64_t vector)
{
	exception.count++;
	exception.vector = vector;
	exception.esr = SYSREG_READ(esr_el1);
	exception.elr = SYSREG_READ(elr_el1);
	exception.far = SYSREG_READ(far_el1);
	exception.spsr = SYSREG_READ(spsr_el1);
}

/* Steps over what raised it; a jump to where nothing can be fetched returns to its caller. */
static void record(uint64_t lr, uint64_t vector)
{
	note(vector);
	if (esr_ec(exception.esr) == EC_STEP_SAME) {
		/* Of no instruction: on where it came. */
		if (exception_steps > 1) {
			exception_steps--;
			SYSREG_WRITE(spsr_el1, exception.spsr | SPSR_SS);
		} else {
			exception_steps = 0;
			SYSREG_WRITE(mdscr_el1, SYSREG_READ(mdscr_el1) & ~MDSCR_SS);
		}
		return;
	}
	if (esr_ec(exception.esr) == EC_ILLEGAL_STATE) {
		/* The instruction itself is legal: again, without PSTATE.IL. */
		SYSREG_WRITE(spsr_el1, exception.spsr & ~SPSR_IL);
		return;
	}
	SYSREG_WRITE(elr_el1, is_outside_code(esr_ec(exception.esr), exception.elr) ?
				      lr :
				      exception.elr + INSTRUCTION);
}

void guest_exception(uint64_t lr, uint64_t vector)
{
	record(lr, vector);
}

/** Back to EL1, to the caller of what ran at EL0, with interrupts masked. */
static void leave_el0(uint64_t lr)
{
	const uint64_t el1h_masked = 0x3c5;

	SYSREG_WRITE(elr_el1, lr);
	SYSREG_WRITE(spsr_el1, el1h_masked);
}

void guest_lower(uint64_t lr, uint64_t vector)
{
	record(lr, vector);
	leave_el0(lr);
}

/* Of no instruction: on where it came. */
void guest_serror(uint64_t lr, uint64_t vector)
{
	(void)lr;
	note(vector);
}

void guest_lower_serror(uint64_t lr, uint64_t vector)
{
	note(vector);
	leave_el0(lr);
}

void guest_unexpected(void)
{
	print("FAIL: an exception through a vector that is not in use\n");
	(void)smc(PSCI_SYSTEM_RESET, 0, 0, 0);
}

void interrupts_enable(void)
{
	const uint64_t all_priorities = 0xff;

	SYSREG_WRITE(S3_0_C12_C12_5, 7);            /* ICC_SRE_EL1 */
	SYSREG_WRITE(S3_0_C4_C6_0, all_priorities); /* ICC_PMR_EL1 */
	SYSREG_WRITE(S3_0_C12_C12_7, 1);            /* ICC_IGRPEN1_EL1 */
	interrupts_unmask();
}

void wait_for_interrupts(uint64_t count)
{
	uint64_t until = SYSREG_READ(cntvct_el0) + 10 * SYSREG_READ(cntfrq_el0);

	while (interrupt_count < count && SYSREG_READ(cntvct_el0) < until) {
	}
}

void guest_interrupt(void)
{
	const uint64_t timer_intid = 27;
	uint64_t intid = SYSREG_READ(S3_0_C12_C12_0); /* ICC_IAR1_EL1 */

	if (intid >= SPURIOUS_FROM) {
		return;
	}
	interrupt_count++;
	interrupt_intid = intid;
	if (intid < PRIVATE_INTIDS) {
		interrupts_by_intid[intid]++;
	}
	if (intid == timer_intid) {
		SYSREG_WRITE(cntv_ctl_el0, 0);
	}
	if (intid == UART_INTID) {
		write32(UART + UARTIMSC, 0);
	}
	SYSREG_WRITE(S3_0_C12_C12_1, intid); /* ICC_EOIR1_EL1 */
}

void guest_end(void)
{
	uint64_t function = checks_held() ? PSCI_SYSTEM_OFF : PSCI_SYSTEM_RESET;

	for (;;) {
		(void)smc(function, 0, 0, 0);
	}
}

void guest_run(void)
{
	const uint64_t uart_enabled = 0x301; /* UARTCR: UARTEN, TXE, RXE */

	write32(UART + 0x30, (uint32_t)uart_enabled);
	guest_main();
	guest_end();
}
