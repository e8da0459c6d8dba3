/* SPDX-License-Identifier: Apache-2.0 */
/* Injection, kicks, waiting, software interrupts and external interrupts of the hypervisor. */
#include "guest.h"

/* enum axvcpu_exit_reason */
#define EXIT_NOTHING 0
#define EXIT_EXTERNAL_INTERRUPT 8
#define EXIT_HALT 10
#define AXVCPU_OK 0
#define AXVCPU_ERR_INVALID_ARGUMENT ((uint64_t)-1)

#define SBI_HSM_SUSPEND 3u
#define SUSPEND_RETENTIVE 0u

static uint64_t exits(uint64_t reason)
{
	return hypercall(CALL_EXITS, reason);
}

static void expect_interrupt(uint64_t before, uint64_t code, const char *name)
{
	wait_for_interrupts(before + 1);
	check_equal(interrupt_count, before + 1, name);
	check_equal(interrupt_code, code, name);
}

static void check_injection(void)
{
	uint64_t before = interrupt_count;

	check_equal(hypercall(CALL_INJECT, IRQ_SOFTWARE), AXVCPU_OK, "inject");
	expect_interrupt(before, IRQ_SOFTWARE, "an injected software interrupt arrives once");
	check_equal(hypercall(CALL_INJECT, 2), AXVCPU_ERR_INVALID_ARGUMENT, "no such interrupt");
	check_equal(hypercall(CALL_INJECT, 1023), AXVCPU_ERR_INVALID_ARGUMENT, "nor that one");

	/* Masked, it waits. */
	before = interrupt_count;
	interrupts_mask();
	check_equal(hypercall(CALL_INJECT, IRQ_SOFTWARE), AXVCPU_OK, "inject while masked");
	check_equal(hypercall(CALL_INJECT, IRQ_SOFTWARE), AXVCPU_OK, "inject what is pending");
	check_equal(interrupt_count, before, "masked interrupts do not come");
	interrupts_unmask();
	expect_interrupt(before, IRQ_SOFTWARE, "it comes after the mask, once");

	/* Nobody at the PLIC: the level was none of a device. */
	before = interrupt_count;
	CSR_SET(sie, bit(IRQ_EXTERNAL));
	check_equal(hypercall(CALL_INJECT, IRQ_EXTERNAL), AXVCPU_OK, "inject an external one");
	expect_interrupt(before, IRQ_EXTERNAL, "an injected external interrupt arrives");
	check_equal(interrupt_source, 0, "which no source made");

	/* A level: once more when it is enabled again, for nobody took it back. */
	before = interrupt_count;
	CSR_SET(sie, bit(IRQ_EXTERNAL));
	expect_interrupt(before, IRQ_EXTERNAL, "it stays pending");
}

static void check_self_ipi(void)
{
	uint64_t before = interrupt_count;

	check_equal((uint64_t)sbi(SBI_IPI, 0, 1, 0, 0).error, SBI_SUCCESS, "IPI to oneself");
	expect_interrupt(before, IRQ_SOFTWARE, "a software interrupt");
}

static void check_kick(void)
{
	uint64_t before = exits(EXIT_NOTHING);

	check_equal(hypercall(CALL_KICK, 0), AXVCPU_OK, "kick");
	check_equal(exits(EXIT_NOTHING), before + 1, "a kick is one exit without a reason");
}

static void check_halt(void)
{
	uint64_t before = exits(EXIT_HALT);

	__asm__ volatile("wfi" ::: "memory");
	check_equal(exits(EXIT_HALT), before + 1, "WFI is a HALT");
	check_equal((uint64_t)sbi(SBI_HSM, SBI_HSM_SUSPEND, SUSPEND_RETENTIVE, 0, 0).error,
		    SBI_SUCCESS, "hart_suspend");
	check_equal(exits(EXIT_HALT), before + 2, "hart_suspend is a HALT");

	/* What is pending and enabled is not waited for, though interrupts are masked. */
	interrupts_mask();
	check_equal(hypercall(CALL_INJECT, IRQ_SOFTWARE), AXVCPU_OK, "inject");
	__asm__ volatile("wfi" ::: "memory");
	check_equal(exits(EXIT_HALT), before + 2, "WFI with an interrupt pending is none");
	interrupts_unmask();
}

/** The hypervisor's own tick interrupts a guest that does nothing to exit. */
static void check_external(void)
{
	uint64_t before = exits(EXIT_EXTERNAL_INTERRUPT);
	uint64_t end = CSR_READ(time) + 10 * TIME_HZ;
	uint64_t until;

	do {
		until = CSR_READ(time) + TIME_HZ / 50;
		while (CSR_READ(time) < until) {
		}
	} while (exits(EXIT_EXTERNAL_INTERRUPT) == before && until < end);
	check(exits(EXIT_EXTERNAL_INTERRUPT) > before, "external interrupts end a run");
}

void guest_main(void)
{
	interrupts_enable(bit(IRQ_SOFTWARE));
	check_injection();
	check_self_ipi();
	check_kick();
	check_halt();
	check_external();
}
