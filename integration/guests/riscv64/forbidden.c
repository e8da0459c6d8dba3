/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that a guest may not do, one after the other. Most of it ends in an
 * exception of its own; what counts is that the machine goes on behind it, and
 * that the hypervisor's code is what it was. One of the tests has the machine
 * killed at each of these actions in turn.
 */
#include "guest.h"

/** Addresses that are not the guest's: firmware's, devices', the hypervisor's, none at all. */
static const uint64_t strangers[] = {
	0x00000000,
	0x00001000,
	0x00101000,
	0x02000000,
	0x03000000,
	0x04000000,
	0x0a000000,
	0x10001000,
	0x10100000,
	0x20000000,
	0x30000000,
	0x40000000,
	0x7ffff000,
	UINT64_C(0xc0000000),
	UINT64_C(0x100000000),
	UINT64_C(0x400000000),
	UINT64_C(0x7ffffff000),
	UINT64_C(0x8000000000),
	UINT64_C(0x1fffffff000),
	UINT64_C(0x20000000000),
	UINT64_C(0x80000000000000),
	UINT64_C(0x8000000000000000),
	UINT64_C(0xfffffffffffff000),
};
#define STRANGER_COUNT (sizeof(strangers) / sizeof(strangers[0]))

/* Forms of access: each is one instruction on (s1), which is not there. */
#define FORMS(_)                                                                               \
	_("lb a5, 0(s1)") _("lbu a5, 0(s1)") _("lh a5, 0(s1)") _("lhu a5, 0(s1)")              \
	_("lw a5, 0(s1)") _("lwu a5, 0(s1)") _("ld a5, 0(s1)") _("ld zero, 0(s1)")             \
	_("ld a5, 1(s1)") _("lw a5, 3(s1)") _("lh a5, 1(s1)") _("c.lw a5, 0(s1)")              \
	_("c.ld a5, 8(s1)") _("sb a5, 0(s1)") _("sh a5, 0(s1)") _("sw a5, 0(s1)")              \
	_("sd zero, 0(s1)") _("sd a5, 1(s1)") _("c.sw a5, 4(s1)") _("c.sd a5, 0(s1)")          \
	_("lr.w a5, (s1)") _("lr.d a5, (s1)") _("amoadd.w a5, a5, (s1)")                       \
	_("amoswap.d a5, a5, (s1)") _("amomaxu.w zero, a5, (s1)") _("fld f0, 0(s1)")           \
	_("flw f0, 0(s1)") _("fsd f0, 0(s1)") _("fsw f0, 0(s1)") _("c.fld f8, 0(s1)")          \
	_("c.fsd f8, 0(s1)")

#define TRY(form)                                                                              \
	__asm__ volatile(".option push\n\t.option arch, +d\n\tmv s1, %0\n\t" form              \
			 "\n\t.option pop"                                                     \
			 :                                                                     \
			 : "r"(address)                                                        \
			 : "a5", "s1", "memory");
#define ONE(form) +1

static void touch(uint64_t address)
{
	const uint64_t forms = FORMS(ONE);
	uint64_t before = exception.count;

	FORMS(TRY)
	check_equal(exception.count, before + forms, "an address of somebody else");
	print(".");
}

static void jump(uint64_t address)
{
	void (*to)(void) = (void (*)(void))(uintptr_t)(address & ~UINT64_C(1));
	uint64_t before = exception.count;

	to();
	check(took(before, CAUSE_FETCH_ACCESS) || took(before, CAUSE_FETCH_PAGE),
	      "code of somebody else");
}

/** A call with garbage; those that end the machine or wait are left out. */
static void call_garbage(void)
{
	static const uint64_t extensions[] = { SBI_BASE, SBI_TIME, SBI_IPI, SBI_RFENCE,
					       SBI_HSM,	 SBI_DBCN, SBI_HVC };
	uint64_t random = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t extension;
	uint64_t function;
	uint64_t i;

	for (i = 0; i < 20000; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		extension = i % 5 == 0 ? random : i % 5 == 1 ? random % 8 : extensions[random % 7];
		function = i % 3 == 0 ? random >> 40 : random >> 60;
		/* HSM stop and suspend; legacy putchar and DBCN write would fill the console. */
		if ((extension == SBI_HSM && (function == 1 || function == 3)) ||
		    extension == 1 || extension == SBI_SRST || extension == 8 ||
		    (extension == SBI_DBCN && function != 1) || extension == SBI_HVC) {
			continue;
		}
		(void)sbi(extension, function, random, random >> (random % 64), ~random);
	}
	(void)sbi(SBI_TIME, 0, UINT64_MAX, 0, 0);
	print("calls\n");
}

static void run_undefined(void)
{
	uint64_t before = exception.count;

	__asm__ volatile(".word 0\n\t"
			 ".word 0xffffffff\n\t"
			 "csrr a5, 0x680\n\t"   /* hgatp */
			 "csrw 0x600, a5\n\t"   /* hstatus */
			 "csrr a5, 0x240\n\t"   /* vsscratch */
			 "csrr a5, 0x300\n\t"   /* mstatus */
			 "csrw 0x3a0, a5\n\t"   /* pmpcfg0 */
			 "csrr a5, 0xb00\n\t"   /* mcycle */
			 "mret\n\t"
			 ".word 0x22000073\n\t" /* hfence.vvma */
			 ".word 0x62000073\n\t" /* hfence.gvma */
			 ".word 0x6004c7f3\n\t" /* hlv.b a5, (s1) */
			 ".word 0x6af4c073\n\t" /* hsv.w a5, (s1) */
			 ".word 0x7b200073"     /* dret */
			 ::
				 : "a5", "memory");
	/* Zeros and ones are two instructions of 16 bits each, or one of 32. */
	check(exception.count >= before + 14, "undefined instructions");
	print("undefined\n");
}

/** Tables where no memory is: the next fetch would walk them, so only user memory is looked at. */
static void break_fields(void)
{
	uint64_t before = exception.count;
	uint64_t status = CSR_READ(sstatus);

	CSR_WRITE(satp, UINT64_C(15) << 60 | UNMAPPED >> 12);
	check_equal(CSR_READ(satp), 0, "a mode of translation that does not exist");
	CSR_WRITE(sstatus, UINT64_MAX & ~SSTATUS_SIE);
	CSR_WRITE(sstatus, status);
	CSR_WRITE(sie, UINT64_MAX);
	CSR_WRITE(sie, 0);
	CSR_WRITE(sip, UINT64_MAX);
	CSR_WRITE(sip, 0);
	CSR_WRITE(scounteren, UINT64_MAX);
	CSR_WRITE(scounteren, 0);
	__asm__ volatile("csrw 0x10a, %0\n\tcsrw 0x10a, zero" : : "r"(UINT64_MAX)); /* senvcfg */
	check(exception.count <= before + 2, "own registers");
	__asm__ volatile("sfence.vma %0, %0\n\tsfence.vma" : : "r"(UINT64_MAX) : "memory");
	print("fields\n");
}

void guest_main(void)
{
	uint64_t checksum = hypercall(CALL_CHECKSUM, 0);
	size_t i;

	CSR_SET(sstatus, SSTATUS_FS_INITIAL);
	for (i = 0; i < STRANGER_COUNT; i++) {
		touch(strangers[i]);
		jump(strangers[i]);
	}
	print("addresses\n");
	run_undefined();
	break_fields();
	call_garbage();
	check_equal(hypercall(CALL_CHECKSUM, 0), checksum, "the hypervisor's code is unchanged");
	check_equal(hypercall(CALL_ECHO, 7), 7 ^ CALL_ECHO, "the hypervisor is alive");
}
