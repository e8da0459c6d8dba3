/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that a guest may not do, one after the other. Most of it ends in an
 * exception of its own; what counts is that the machine goes on behind it, and
 * that the hypervisor's code is what it was. One of the tests has the machine
 * killed at each of these actions in turn.
 */
#include "guest.h"

#define CALL_CHECKSUM UINT64_C(0xc6000004)

/** Addresses that are not the guest's: firmware's, devices', the hypervisor's, none at all. */
static const uint64_t strangers[] = {
	0x00000000, 0x04000000, 0x08000000, 0x08080000, 0x080a0000,         0x09010000,
	0x09020000, 0x09030000, 0x0a000000, 0x10000000, 0x3eff0000,         0x3f000000,
	0x80000000, UINT64_C(0x4010000000), UINT64_C(0x7ffffff000), UINT64_C(0x8000000000),
	UINT64_C(0xfffffff000), UINT64_C(0xfffffffff000),
};
#define STRANGER_COUNT (sizeof(strangers) / sizeof(strangers[0]))

/* Forms of access: each is one instruction on [x10], which is not there. */
#define FORMS(_)                                                                                \
	_("ldrb w9, [x10]") _("ldrh w9, [x10]") _("ldr w9, [x10]") _("ldr x9, [x10]")           \
	_("ldrsb x9, [x10]") _("ldrsh w9, [x10]") _("ldrsw x9, [x10]") _("ldur x9, [x10, #8]")  \
	_("ldr x9, [x10], #8") _("ldr x9, [x10, #8]!") _("ldr x9, [x10, x11]")                  \
	_("ldp x9, x11, [x10]") _("ldp x9, x11, [x10], #16") _("ldpsw x9, x11, [x10]")          \
	_("ldnp x9, x11, [x10]") _("ldtr x9, [x10]") _("ldar x9, [x10]") _("ldxr x9, [x10]")    \
	_("ldaxp x9, x11, [x10]") _("ldr x9, [x10, #1]") _("strb wzr, [x10]")                   \
	_("strh w9, [x10]") _("str w9, [x10]") _("str xzr, [x10]") _("str x9, [x10, #8]!")      \
	_("stp x9, xzr, [x10]") _("stp x9, x11, [x10, #16]!") _("stnp x9, x11, [x10]")          \
	_("sttr x9, [x10]") _("stlr x9, [x10]") _("dc zva, x10") _("dc civac, x10")             \
	_("ldr b0, [x10]") _("ldr q0, [x10]") _("str q0, [x10]") _("ldp q0, q1, [x10]")         \
	_("ld1 {v0.16b-v3.16b}, [x10]") _("ld4 {v0.2d-v3.2d}, [x10]") _("st1 {v0.b}[3], [x10]") \
	_("st2 {v0.4s, v1.4s}, [x10]")
/* With FEAT_LSE only */
#define ATOMIC_FORMS(_)                                                                         \
	_("ldadd x9, x11, [x10]") _("swpal w9, w11, [x10]") _("cas x9, x11, [x10]")             \
	_("casp x0, x1, x2, x3, [x10]") _("stset x9, [x10]")

#define TRY(form)                                                                               \
	__asm__ volatile(".arch armv8.1-a+fp+simd\n\tmov x10, %0\n\tmov x11, xzr\n\t" form                                \
			 :                                                                      \
			 : "r"(address)                                                         \
			 : "x0", "x1", "x2", "x3", "x9", "x10", "x11", "memory");
#define ONE(form) +1

static bool has_atomics(void)
{
	return (SYSREG_READ(id_aa64isar0_el1) >> 20 & 0xf) >= 2;
}

static void touch(uint64_t address)
{
	const uint64_t forms = FORMS(ONE);
	const uint64_t atomic_forms = ATOMIC_FORMS(ONE);
	uint64_t before = exception.count;

	FORMS(TRY)
	/* The last address bits of the virtual space fault at EL1; DC CIVAC may do nothing. */
	check(exception.count >= before + forms - 1, "an address of somebody else");
	if (has_atomics()) {
		before = exception.count;
		ATOMIC_FORMS(TRY)
		check_equal(exception.count, before + atomic_forms, "atomics on it");
	}
	print(".");
}

static void jump(uint64_t address)
{
	void (*to)(void) = (void (*)(void))(uintptr_t)address;
	uint64_t before = exception.count;

	to();
	check(took(before, EC_INSN_ABORT_SAME), "code of somebody else");
}

static void jump_askew(void)
{
	void (*to)(void) = (void (*)(void))((uintptr_t)guest_main + 2);
	uint64_t before = exception.count;

	to();
	check(took(before, EC_PC_ALIGNMENT), "a pc that is not aligned");
}

/** Stacks in no memory: of SP_EL0, for with SP_EL1 the handler would have none either. */
static void use_other_stacks(void)
{
	static const uint64_t stacks[] = { 0x1000, 0x1008, 0x3f000000, UINT64_MAX, UINT64_C(1) << 47 };
	uint64_t before;
	size_t i;

	for (i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
		before = exception.count;
		__asm__ volatile("msr spsel, #0\n\t"
				 "mov sp, %0\n\t"
				 "str x9, [sp, #-16]!\n\t"
				 "msr spsel, #1"
				 :
				 : "r"(stacks[i])
				 : "x9", "memory");
		check(exception.count == before + 1 && exception.vector == VECTOR_SP_EL0,
		      "a stack of somebody else");
	}
	print("stacks\n");
}

/** A call with garbage; those that end the machine or this CPU are left out. */
static void call_garbage(void)
{
	uint64_t random = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t i;
	uint32_t function;

	for (i = 0; i < 5000; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		function = (uint32_t)random;
		if (i % 3 == 0) {
			function = 0x84000000u | (function & 0x4000001fu);
		}
		switch (function & ~0x40000000u) {
		case 0x84000001: /* CPU_SUSPEND: waits */
		case 0x84000002: /* CPU_OFF */
		case 0x84000008: /* SYSTEM_OFF */
		case 0x84000009: /* SYSTEM_RESET */
		case 0x84000012: /* SYSTEM_RESET2 */
			continue;
		default:
			(void)hvc(function, random, ~random, random >> 3);
			(void)smc(function, random, ~random, random >> 3);
			break;
		}
	}
	print("calls\n");
}

/** Stage-1 tables where no memory is: every fetch would walk them; only AT does here. */
static void translate_nowhere(void)
{
	const uint64_t tcr_39_bits_4k = 25;
	uint64_t par;

	SYSREG_WRITE(tcr_el1, tcr_39_bits_4k | (UINT64_C(1) << 23) | (UINT64_C(2) << 32));
	SYSREG_WRITE(ttbr0_el1, UNMAPPED);
	__asm__ volatile("at s1e1r, %0\n\tisb" : : "r"(UINT64_C(0x1000)));
	par = SYSREG_READ(par_el1);
	(void)par;
	SYSREG_WRITE(ttbr0_el1, 0);
	check(true, "AT with tables in no memory");
	print("translation\n");
}

static void maintain(void)
{
	uint64_t before = exception.count;

	__asm__ volatile("dc isw, %0\n\tdc csw, %0\n\tdc cisw, %0" : : "r"(UINT64_C(0)) : "memory");
	__asm__ volatile("tlbi vmalle1\n\ttlbi vmalle1is\n\ttlbi alle1" ::: "memory");
	check(exception.count == before + 1, "TLB maintenance of EL2 is undefined, of EL1 is not");
	__asm__ volatile("ic iallu\n\tic ialluis\n\tdsb sy\n\tisb" ::: "memory");
	__asm__ volatile("dc civac, %0" : : "r"(UNMAPPED) : "memory");
	print("maintenance\n");
}

/** Returns to states that do not exist: the guest sees an illegal-state exception, or none. */
static void return_illegally(void)
{
	static const uint64_t states[] = { 0x3c9, 0x3cd, 0x3c2, 0x3c7, 0x3d3 };
	uint64_t before;
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		before = exception.count;
		__asm__ volatile("adr x9, 1f\n\t"
				 "msr elr_el1, x9\n\t"
				 "msr spsr_el1, %0\n\t"
				 "isb\n\t"
				 "eret\n"
				 "1:\tnop\n\t"
				 "nop"
				 :
				 : "r"(states[i])
				 : "x9", "memory");
		check(exception.count > before && esr_ec(exception.esr) == EC_ILLEGAL_STATE,
		      "an illegal exception return");
	}
	print("returns\n");
}

static void run_undefined(void)
{
	uint64_t before = exception.count;

	__asm__ volatile(".inst 0\n\t"
			 ".inst 0x00000001\n\t"
			 ".inst 0xffffffff\n\t"
			 "mrs x9, hcr_el2\n\t"
			 "msr hcr_el2, x9\n\t"
			 "mrs x9, S3_6_C1_C1_0\n\t" /* SCR_EL3 */
			 "msr sctlr_el2, x9\n\t"
			 "mrs x9, S3_0_C15_C3_7\n\t"
			 "mrs x9, pmcr_el0\n\t"
			 "mrs x9, S3_0_C1_C2_0\n\t"
			 ".inst 0x04bf5029" /* rdvl x9, #1 */
			 ::
				 : "x9", "memory");
	check(exception.count == before + 11, "eleven undefined instructions");
	print("undefined\n");
}

void guest_main(void)
{
	uint64_t checksum = hvc(CALL_CHECKSUM, 0, 0, 0).x0;
	size_t i;

	for (i = 0; i < STRANGER_COUNT; i++) {
		touch(strangers[i]);
		jump(strangers[i] & ~UINT64_C(0xfff));
	}
	print("addresses\n");
	jump_askew();
	use_other_stacks();
	run_undefined();
	maintain();
	translate_nowhere();
	call_garbage();
	return_illegally();
	check_equal(hvc(CALL_CHECKSUM, 0, 0, 0).x0, checksum, "the hypervisor's code is unchanged");
	check_equal(hvc(0xc6000000, 1, 2, 4).x0, 7, "the hypervisor is alive");
}
