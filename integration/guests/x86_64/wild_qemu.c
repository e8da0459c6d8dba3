/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions on which QEMU ends itself or its guest, whatever the hypervisor does. Random
 * code for other emulators, and for CPUs, has them; that for QEMU has something else there.
 */
#include "wild_qemu.h"

#include "guest.h"

#define OPCODE_NOP 0x90u
#define PREFIX_LOCK 0xf0u
#define BYTES_MAX 4u
#define ESCAPE_0F 0x0fu
#define ESCAPE_VEX 0xc4u
/** CPUID's leaf of the CPU's name, and how that begins: "QEMU". */
#define CPUID_NAME 0x80000002u
#define NAME_QEMU 0x554d4551u

struct byte {
	uint8_t mask;
	uint8_t value;
};

static const struct fatal {
	uint8_t length;
	/** Only with a LOCK before it, and that is what goes; else the last byte changes. */
	bool lock;
	struct byte bytes[BYTES_MAX];
	/** The last byte's bits that are inverted. */
	uint8_t inverted;
	/** Only in long mode. */
	bool in_long_mode;
} fatal[] = {
	/*
	 * LOCK BT, BTS, BTR, BTC of a register. 7.2: translates to an atomic operation at an
	 * address that it never computed, and aborts (target/i386/tcg/translate.c, bt_op).
	 */
	{ 3, true, { { 0xff, 0x0f }, { 0xe7, 0xa3 }, { 0xc0, 0xc0 } }, 0, false },
	{ 3, true, { { 0xff, 0x0f }, { 0xff, 0xba }, { 0xc0, 0xc0 } }, 0, false },
	/*
	 * MOV to DR7, and to DR5, which is DR7 unless CR4.DE is set. 7.2: a data breakpoint that the CPU itself meets when it delivers an
	 * exception takes the lock that the delivery holds (cpu_check_watchpoint() below
	 * x86_cpu_do_interrupt(): "assertion failed: (!qemu_mutex_iothread_locked())"). VMRUN and
	 * #VMEXIT load DR7 without its breakpoints; the next MOV takes data breakpoints for
	 * instruction breakpoints that are set (cpu_x86_update_dr7(): segmentation fault).
	 * DR6 or DR4 instead.
	 */
	{ 3, false, { { 0xff, 0x0f }, { 0xff, 0x23 }, { 0x28, 0x28 } }, 0x08, false },
	/*
	 * VPERMILPS' opcode without a 66, with VEX or without. Until 10.2 (QEMU's issue 3199):
	 * calls a function that is null. PABSB's instead.
	 */
	{ 3, false, { { 0xff, 0x0f }, { 0xff, 0x38 }, { 0xff, 0x0c } }, 0x10, false },
	{ 4, false, { { 0xff, 0xc4 }, { 0x1f, 0x02 }, { 0x03, 0x00 }, { 0xff, 0x0c } }, 0x10, false },
	/*
	 * LTR. 7.2: takes a null selector, which is a #GP; the next interrupt to a stack of the TSS
	 * is then "fatal: invalid tss" (target/i386/tcg/seg_helper.c). LLDT instead.
	 */
	{ 3, false, { { 0xff, 0x0f }, { 0xff, 0x00 }, { 0x38, 0x18 } }, 0x08, false },
	/*
	 * MOV to CR3 in long mode. 7.2: with bits above the physical address's it is no #GP but a
	 * #VMEXIT with VMEXIT_INVALID (target/i386/tcg/sysemu/misc_helper.c, helper_write_crN()),
	 * as if VMRUN had refused the state: QEMU lives, its guest does not. CR2 instead.
	 */
	{ 3, false, { { 0xff, 0x0f }, { 0xff, 0x22 }, { 0x38, 0x18 } }, 0x08, true },
};
#define FATALS (sizeof(fatal) / sizeof(fatal[0]))

bool wild_is_under_qemu(void)
{
	return cpuid(CPUID_NAME, 0).eax == NAME_QEMU;
}

static bool is_prefix(uint8_t byte)
{
	return (byte & 0xe7u) == 0x26u || (byte & 0xfcu) == 0x64u || (byte & 0xf0u) == 0x40u ||
	       byte == PREFIX_LOCK || byte == 0xf2u || byte == 0xf3u;
}

static bool begins_at(const struct fatal *what, const uint8_t *code, uint32_t room, bool is_long)
{
	uint32_t i;

	if (room < what->length || (what->in_long_mode && !is_long)) {
		return false;
	}
	for (i = 0; i < what->length; i++) {
		if ((code[i] & what->bytes[i].mask) != what->bytes[i].value) {
			return false;
		}
	}
	return true;
}

/** Takes the LOCKs from among the prefixes before `at`; whether there were any. */
static bool take_locks(uint8_t *code, uint32_t at)
{
	bool any = false;

	for (; at > 0 && is_prefix(code[at - 1u]); at--) {
		if (code[at - 1u] == PREFIX_LOCK) {
			code[at - 1u] = OPCODE_NOP;
			any = true;
		}
	}
	return any;
}

/** One pass; whether anything changed, for what changed may be part of another one. */
static bool spare_once(uint8_t *code, uint32_t size, bool is_long)
{
	bool any = false;
	uint32_t i, at;

	for (at = 0; at < size; at++) {
		if (code[at] != ESCAPE_0F && code[at] != ESCAPE_VEX) {
			continue; /* all of them begin so; this is most of a guest's time */
		}
		for (i = 0; i < FATALS; i++) {
			if (!begins_at(&fatal[i], code + at, size - at, is_long)) {
				continue;
			}
			if (fatal[i].lock) {
				any |= take_locks(code, at);
			} else {
				code[at + fatal[i].length - 1u] ^= fatal[i].inverted;
				any = true;
			}
		}
	}
	return any;
}

void wild_spare_qemu(uint8_t *code, uint32_t size, bool is_long)
{
	while (spare_once(code, size, is_long)) {
	}
}
