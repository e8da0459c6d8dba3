/* SPDX-License-Identifier: Apache-2.0 */
/* The hostile guest's calls and accesses, without translation; and its GIC. */
#include "guest.h"
#include "hostile.h"

/* Arm GIC architecture, IHI 0069: 12.9 and 12.11 */
#define GICD_CTLR (GICD + 0x0000)
#define GICD_ICENABLER (GICD + 0x0180)
#define GICD_ENABLE 0x12u /* EnableGrp1, ARE */
#define GICR_SGI (GICR + 0x10000)
#define GICR_IGROUPR0 (GICR_SGI + 0x0080)
#define GICR_ISENABLER0 (GICR_SGI + 0x0100)
#define GICR_ICENABLER0 (GICR_SGI + 0x0180)
#define GICR_ICACTIVER0 (GICR_SGI + 0x0380)
#define GICR_IPRIORITYR6 (GICR_SGI + 0x0418)
#define TIMER_INTID 27u
#define TIMER_BIT (1u << TIMER_INTID)
#define SPURIOUS_FROM 1020u

void hostile_prepare_timer(int distributor_too)
{
	SYSREG_WRITE(S3_0_C12_C12_5, 7);    /* ICC_SRE_EL1 */
	SYSREG_WRITE(S3_0_C12_C12_4, 0);    /* ICC_CTLR_EL1 */
	SYSREG_WRITE(S3_0_C12_C12_3, 0);    /* ICC_BPR1_EL1 */
	SYSREG_WRITE(S3_0_C12_C9_0, 0);	    /* ICC_AP1R0_EL1 */
	SYSREG_WRITE(S3_0_C12_C8_4, 0);	    /* ICC_AP0R0_EL1 */
	SYSREG_WRITE(S3_0_C4_C6_0, 0xff);   /* ICC_PMR_EL1 */
	SYSREG_WRITE(S3_0_C12_C12_6, 0);    /* ICC_IGRPEN0_EL1 */
	SYSREG_WRITE(S3_0_C12_C12_7, 1);    /* ICC_IGRPEN1_EL1 */
	if (!distributor_too) {
		return;
	}
	write32(GICD_CTLR, GICD_ENABLE);
	write32(GICR_IGROUPR0, UINT32_MAX);
	write32(GICR_ICENABLER0, ~TIMER_BIT);
	write32(GICR_ICACTIVER0, UINT32_MAX);
	write32(GICR_IPRIORITYR6, 0);
	write32(GICR_ISENABLER0, TIMER_BIT);
}

/** Takes and ends the interrupts that are pending, and disables those that were not asked for. */
void hostile_acknowledge(void)
{
	uint64_t intid;
	uint32_t i;

	SYSREG_WRITE(cntv_ctl_el0, 0);
	for (i = 0; i < 16; i++) {
		intid = SYSREG_READ(S3_0_C12_C12_0); /* ICC_IAR1_EL1 */
		if (intid >= SPURIOUS_FROM) {
			return;
		}
		if (intid >= 32) {
			write32(GICD_ICENABLER + intid / 32 * 4, 1u << intid % 32);
		}
		SYSREG_WRITE(S3_0_C12_C12_1, intid); /* ICC_EOIR1_EL1 */
	}
}

/** Whether it ends the machine, waits for what does not come, or has the hypervisor do so. */
static bool is_spared(uint32_t function)
{
	switch (function & ~UINT32_C(0x40000000)) {
	case 0x84000001: /* CPU_SUSPEND: see hostile_call() */
	case 0x84000002: /* CPU_OFF */
	case 0x84000008: /* SYSTEM_OFF */
	case 0x84000009: /* SYSTEM_RESET */
	case 0x84000012: /* SYSTEM_RESET2 */
		return true;
	default:
		/* Of test_devices.h: a fault of the hypervisor, a register of this CPU. */
		return function == 0xc6000006 || function == 0xc6000010;
	}
}

/** Function identifiers (DEN 0028, table 6-1): the ranges of PSCI, SMCCC, TRNG, SDEI, FF-A, ... */
static uint32_t function(void)
{
	static const uint32_t bases[] = {
		0x80000000, 0x80008000, 0x84000000, 0xc4000000, 0x84000050, 0xc4000050, 0xc4000020,
		0x84000060, 0xc4000060, 0x82000000, 0x83000000, 0x85000000, 0xc5000020, 0x86000000,
		0xc6000000, 0x8600ff00, 0xb0000000, 0xb2000000, 0xbf00ff00, 0xc400ff00,
	};
	uint64_t choice = hostile_random();

	switch (choice % 8) {
	case 0:
		return (uint32_t)hostile_random();
	case 1:
		return (uint32_t)hostile_value();
	default:
		return bases[(choice >> 8) % (sizeof(bases) / sizeof(bases[0]))] +
		       (uint32_t)(hostile_random() % 32);
	}
}

/** A wait that a timer interrupt ends, though it is masked. */
static void suspend(void)
{
	hostile_acknowledge();
	hostile_prepare_timer(1);
	SYSREG_WRITE(cntv_cval_el0, SYSREG_READ(cntvct_el0) + hostile_random() % 4096);
	SYSREG_WRITE(cntv_ctl_el0, 1);
	(void)smc(UINT64_C(0xc4000001), hostile_value(), hostile_value(), hostile_value());
	hostile_acknowledge();
}

void hostile_call(uint64_t count)
{
	uint64_t x[CALL_REGISTERS];
	uint64_t i;
	uint32_t r;

	for (i = 0; i < count; i++) {
		for (r = 1; r < CALL_REGISTERS; r++) {
			x[r] = hostile_value();
		}
		x[0] = function() | (hostile_random() % 8 == 0 ? hostile_random() << 32 : 0);
		if (i % 256 == 0) {
			suspend();
		}
		if (is_spared((uint32_t)x[0])) {
			continue;
		}
		switch (hostile_random() % 8) {
		case 0:
			hvc_immediate(x);
			break;
		case 1:
		case 2:
		case 3:
			smc_all(x);
			break;
		default:
			hvc_all(x);
			break;
		}
	}
	print("calls\n");
}

/* Forms of access: each is one instruction on [x10]. */
#define FORMS(_)                                                                               \
	_("ldrb w9, [x10]") _("ldrh w9, [x10]") _("ldr w9, [x10]") _("ldr x9, [x10]")          \
	_("ldrsb x9, [x10]") _("ldrsh w9, [x10]") _("ldrsw x9, [x10]") _("ldur x9, [x10, #9]") \
	_("ldr x9, [x10], #8") _("ldr x9, [x10, #-16]!") _("ldp x9, x11, [x10]")               \
	_("ldp w9, w11, [x10], #16") _("ldpsw x9, x11, [x10]") _("ldnp x9, x11, [x10]")        \
	_("ldtr x9, [x10]") _("ldar x9, [x10]") _("ldxr x9, [x10]") _("ldaxp x9, x11, [x10]")  \
	_("strb wzr, [x10]") _("strh w9, [x10]") _("str w9, [x10]") _("str xzr, [x10]")        \
	_("str x9, [x10, #8]!") _("stp x9, xzr, [x10]") _("stp w9, w11, [x10, #16]!")          \
	_("stnp x9, x11, [x10]") _("sttr x9, [x10]") _("stlr x9, [x10]")                       \
	_("stxr w9, x11, [x10]") _("dc zva, x10") _("dc civac, x10") _("dc cvau, x10")         \
	_("ic ivau, x10") _("prfm pldl1keep, [x10]") _("at s1e1r, x10") _("ldr b0, [x10]")     \
	_("ldr q0, [x10]") _("str q0, [x10]") _("str s0, [x10], #4") _("ldp q0, q1, [x10]")    \
	_("stp d0, d1, [x10, #-32]!") _("ld1 {v0.16b-v3.16b}, [x10]")                          \
	_("ld4 {v0.2d-v3.2d}, [x10]") _("st1 {v0.b}[3], [x10]") _("st2 {v0.4s, v1.4s}, [x10]") \
	_("ld1r {v0.4s}, [x10], #4")
#define TRY(form)                                             \
	case __COUNTER__ - FIRST_FORM:                        \
		__asm__ volatile(".arch armv8-a+fp+simd\n\tmov x10, %0\n\t" form \
				 :                            \
				 : "r"(address)               \
				 : "x9", "x10", "x11", "memory"); \
		break;
#define ONE(form) +1

/** TRY() counts from here. */
enum { FIRST_FORM = __COUNTER__ + 1 };

void hostile_access(uint64_t count)
{
	const uint64_t forms = FORMS(ONE);
	uint64_t before = exception.count;
	uint64_t address;
	uint64_t i;

	for (i = 0; i < count; i++) {
		address = hostile_value_outside();
		if (address - UART < 64) {
			continue;
		}
		switch (hostile_random() % forms) {
			FORMS(TRY)
		default:
			break;
		}
	}
	check(exception.count > before, "some of it is refused");
	print("accesses\n");
}
