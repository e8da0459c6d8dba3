/* SPDX-License-Identifier: Apache-2.0 */
/* With interrupts trapped: injection, kicks, HALT, SGIs and external interrupts of the hypervisor. */
#include "guest.h"

#define CALL_INJECT UINT64_C(0xc6000001)
#define CALL_KICK UINT64_C(0xc6000002)
#define CALL_EXITS UINT64_C(0xc6000003)
/* enum axvcpu_exit_reason */
#define EXIT_NOTHING 0
#define EXIT_EXTERNAL_INTERRUPT 8
#define EXIT_HALT 10
#define EXIT_SEND_IPI 15

#define SPURIOUS_INTID 1023
/** More interrupts than there are list registers on any CPU. */
#define MANY 20

static uint64_t exits(uint64_t reason)
{
	return hvc(CALL_EXITS, reason, 0, 0).x0;
}

static void expect_interrupts(uint64_t count)
{
	wait_for_interrupts(count);
	check_equal(interrupt_count, count, "an injected interrupt arrives once");
}

static void check_injection(void)
{
	uint64_t before = interrupt_count;

	check_equal(hvc(CALL_INJECT, 40, 0, 0).x0, 0, "inject");
	expect_interrupts(before + 1);
	check_equal(interrupt_intid, 40, "its INTID");
	check_equal(hvc(CALL_INJECT, 1020, 0, 0).x0, (uint64_t)-1, "no INTID");

	/* Masked, it waits. */
	interrupts_mask();
	check_equal(hvc(CALL_INJECT, 41, 0, 0).x0, 0, "inject while masked");
	check_equal(interrupt_count, before + 1, "masked interrupts do not come");
	interrupts_unmask();
	expect_interrupts(before + 2);
	check_equal(interrupt_intid, 41, "its INTID after the mask");
}

static uint64_t acknowledge(void)
{
	return SYSREG_READ(S3_0_C12_C12_0); /* ICC_IAR1_EL1 */
}

static void end(uint64_t intid)
{
	SYSREG_WRITE(S3_0_C12_C12_1, intid); /* ICC_EOIR1_EL1 */
}

/** Pending is pending: once, however often; but an active interrupt may become pending again. */
static void check_twice(void)
{
	uint64_t before = interrupt_count;

	interrupts_mask();
	check_equal(hvc(CALL_INJECT, 42, 0, 0).x0, 0, "inject");
	check_equal(hvc(CALL_INJECT, 42, 0, 0).x0, 0, "inject what is pending");
	interrupts_unmask();
	expect_interrupts(before + 1);
	check_equal(interrupt_intid, 42, "its INTID");

	interrupts_mask();
	check_equal(hvc(CALL_INJECT, 43, 0, 0).x0, 0, "inject");
	/* Given to the guest at its next entry, which one more call makes. */
	check_equal(hvc(CALL_INJECT, 43, 0, 0).x0, 0, "inject what is pending");
	check_equal(acknowledge(), 43, "acknowledge it by hand");
	check_equal(hvc(CALL_INJECT, 43, 0, 0).x0, 0, "inject what is active");
	check_equal(acknowledge(), SPURIOUS_INTID, "not while it is active");
	end(43);
	check_equal(acknowledge(), 43, "pending again after its end");
	end(43);
	check_equal(acknowledge(), SPURIOUS_INTID, "and no more");
	interrupts_unmask();
}

/** More than the CPU has list registers: what does not fit comes later. */
static void check_many(void)
{
	uint64_t before = interrupt_count;
	uint64_t intid;

	interrupts_mask();
	for (intid = 48; intid < 48 + MANY; intid++) {
		check_equal(hvc(CALL_INJECT, intid, 0, 0).x0, 0, "inject one of many");
	}
	interrupts_unmask();
	expect_interrupts(before + MANY);
}

static void check_kick(void)
{
	uint64_t before = exits(EXIT_NOTHING);

	check_equal(hvc(CALL_KICK, 0, 0, 0).x0, 0, "kick");
	check_equal(exits(EXIT_NOTHING), before + 1, "a kick is one exit without a reason");
}

static void check_halt(void)
{
	const uint64_t psci_cpu_suspend = 0xc4000001;
	uint64_t before = exits(EXIT_HALT);

	__asm__ volatile("wfi" ::: "memory");
	check_equal(exits(EXIT_HALT), before + 1, "WFI is a HALT");
	check_equal(hvc(psci_cpu_suspend, 0, 0, 0).x0, 0, "CPU_SUSPEND of a standby state");
	check_equal(exits(EXIT_HALT), before + 2, "CPU_SUSPEND is a HALT");
}

static void check_sgi(void)
{
	const uint64_t sgi_5_to_cpu_0 = (UINT64_C(5) << 24) | 1;
	const uint64_t sgi_6_to_others = (UINT64_C(6) << 24) | (UINT64_C(1) << 40);
	const uint64_t sgi_7_elsewhere =
		(UINT64_C(7) << 24) | (UINT64_C(2) << 16) | (UINT64_C(3) << 44) | 0x8001;
	uint64_t before = interrupt_count;
	uint64_t sent = exits(EXIT_SEND_IPI);

	SYSREG_WRITE(S3_0_C12_C11_5, sgi_5_to_cpu_0); /* ICC_SGI1R_EL1 */
	expect_interrupts(before + 1);
	check_equal(interrupt_intid, 5, "an SGI to oneself");
	SYSREG_WRITE(S3_0_C12_C11_5, sgi_6_to_others);
	SYSREG_WRITE(S3_0_C12_C11_5, sgi_7_elsewhere);
	check_equal(exits(EXIT_SEND_IPI), sent + 3, "every SGI is an exit");
	check_equal(interrupt_count, before + 1, "none of the others came here");
}

/** The hypervisor's own tick interrupts a guest that does nothing to exit. */
static void check_external(void)
{
	uint64_t before = exits(EXIT_EXTERNAL_INTERRUPT);
	uint64_t second = SYSREG_READ(cntfrq_el0);
	uint64_t end = SYSREG_READ(cntvct_el0) + 10 * second;
	uint64_t until;

	do {
		until = SYSREG_READ(cntvct_el0) + second / 50;
		while (SYSREG_READ(cntvct_el0) < until) {
		}
	} while (exits(EXIT_EXTERNAL_INTERRUPT) == before && until < end);
	check(exits(EXIT_EXTERNAL_INTERRUPT) > before, "external interrupts end a run");
}

void guest_main(void)
{
	interrupts_enable();
	check_injection();
	check_twice();
	check_many();
	check_kick();
	check_halt();
	check_sgi();
	check_external();
}
