/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second CPU, by INIT and start-up IPI: it begins in real mode, and its 16-bit code
 * does plain and string I/O.
 */
#include "guest.h"

#define APIC_PAGE UINT64_C(0xfee00000)
#define ICR 0x300u
#define ICR_HIGH 0x310u
#define INIT 0x4500u
#define STARTUP 0x4600u
#define TRAMPOLINE UINT64_C(0x8000)
#define TRAMPOLINE_PAGE 8u
#define MAILBOX UINT64_C(0x9000)

extern uint64_t guest_pdpt[];
static uint64_t apic_pd[512] __attribute__((aligned(4096)));

/*
 * mov ax, cs; mov [0x9000], ax; mov dx, 0x71; in al, dx; mov [0x9002], al; cld;
 * mov si, 0x9010; mov cx, 3; mov dx, 0x280; rep outsb; mov [0x9008], cx;
 * pushf (on 0x9100); mov word [0x9004], 0x600d; hlt; jmp -3
 */
static const uint8_t trampoline[] = {
	0x8c, 0xc8, 0xa3, 0x00, 0x90, 0xba, 0x71, 0x00, 0xec, 0xa2, 0x02, 0x90, 0xfc, 0xbe, 0x10,
	0x90, 0xb9, 0x03, 0x00, 0xba, 0x80, 0x02, 0xf3, 0x6e, 0x89, 0x0e, 0x08, 0x90, 0xbc, 0x00,
	0x91, 0x9c, 0xc7, 0x06, 0x04, 0x90, 0x0d, 0x60, 0xf4, 0xeb, 0xfd,
};

static void send(uint32_t command)
{
	__asm__ volatile("movl %0, (%1)" : : "a"(1u << 24), "b"(APIC_PAGE + ICR_HIGH) : "memory");
	__asm__ volatile("movl %0, (%1)" : : "a"(command), "b"(APIC_PAGE + ICR) : "memory");
}

static uint16_t mailbox(uint32_t offset)
{
	return *(volatile uint16_t *)(MAILBOX + offset);
}

void guest_main(void)
{
	uint64_t tries;
	uint32_t i;

	for (i = 0; i < 512; i++) {
		apic_pd[i] = UINT64_C(0xc0000000) + ((uint64_t)i << 21) + 0x83;
	}
	guest_pdpt[3] = (uintptr_t)apic_pd + 3u;
	memcpy((void *)TRAMPOLINE, trampoline, sizeof(trampoline));
	*(volatile uint32_t *)(MAILBOX + 0x10) = 0x00636261;
	out8(RTC, 0x41);
	out8(RTC + 1u, 0x77);
	send(INIT);
	send(STARTUP | TRAMPOLINE_PAGE);
	for (tries = 0; mailbox(4) != 0x600d && tries < 100000; tries++) {
		(void)hypercall(CALL_EXITS, 0, 0, 0);
	}
	check_equal(mailbox(4), 0x600d, "the second CPU ran");
	check_equal(mailbox(0), TRAMPOLINE >> 4, "its CS");
	check_equal(mailbox(2) & 0xff, 0x77, "IN in real mode");
	check_equal(mailbox(8), 0, "REP OUTS in real mode");
}
