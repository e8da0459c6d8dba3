/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine that looks whether another one beside it can be noticed. In each round it
 * fills the system registers that keep what is written, V0 to V31 and some RAM with
 * values of its own, waits until others had the CPU, and finds what it wrote; sends
 * SGIs to every CPU that an SGI can name, of which only itself is one; has its timer
 * fire once. SELF (1, 2) tells two of them apart.
 */
#include "guest.h"
#include "kept.h"
#include "turns.h"

/** Parts of a second that a round waits: longer than the turns of others. */
#define WAIT_DIVISOR 20u

#define RAM_END UINT64_C(0x50000000)
#define RAM_FILLED UINT64_C(0x48000000)
#define RAM_WORDS (UINT64_C(2) << 20 >> 3)
/** Nobody in this machine writes there. */
#define RAM_EMPTY UINT64_C(0x41000000)
#define BLOCK (UINT64_C(2) << 20)
/** All that the board has: the other machine's RAM and the hypervisor's are in it. */
#define BOARD_RAM_END UINT64_C(0x80000000)

/* Arm GIC architecture, IHI 0069, 12.11 and 12.2 */
#define GICD_CTLR (GICD + 0x0000)
#define GICD_ENABLE 0x12u
#define GICR_IGROUPR0 (GICR + 0x10080)
#define GICR_ISENABLER0 (GICR + 0x10100)
#define SGIS 0xffffu
#define SGI_IRM (UINT64_C(1) << 40)
#define SGI_INTID(n) ((uint64_t)(n) << 24)
#define SGI_AFF1(n) ((uint64_t)(n) << 16)
#define SGI_AFF2(n) ((uint64_t)(n) << 32)
#define SGI_AFF3(n) ((uint64_t)(n) << 48)
#define SGI_RS(n) ((uint64_t)(n) << 44)
#define SGI_LIST UINT64_C(0xffff)
#define TIMER_INTID 27u
#define CNTV_ENABLE 1u

/* leak.S */
void vectors_fill(uint64_t pattern);
uint64_t vectors_differ(uint64_t pattern);

static _Alignas(64) volatile uint32_t code[2];
static uint64_t turns;

static uint64_t pattern(uint64_t round, uint64_t number)
{
	return ((uint64_t)SELF * 0x9e37 + round * 0x79b9 + number * 0x7f4b + 1) *
	       UINT64_C(0x9e3779b97f4a7c15);
}

static void fill_memory(uint64_t round)
{
	volatile uint64_t *words = (volatile uint64_t *)RAM_FILLED;
	uint64_t i;

	for (i = 0; i < RAM_WORDS; i++) {
		words[i] = pattern(round, i);
	}
}

static uint64_t wrong_words(uint64_t round)
{
	const volatile uint64_t *words = (const volatile uint64_t *)RAM_FILLED;
	uint64_t wrong = 0;
	uint64_t i;

	for (i = 0; i < RAM_WORDS; i++) {
		wrong += words[i] != pattern(round, i) ? 1 : 0;
	}
	return wrong;
}

static void keep_registers(uint64_t round)
{
	uint64_t wrong = 0;
	uint64_t value;
	uint32_t i;

	for (i = 0; i < kept_count; i++) {
		kept_write(code, &kept[i], pattern(round, kept[i].encoding) & kept[i].mask);
	}
	vectors_fill(pattern(round, 0));
	turns += turns_of_others(WAIT_DIVISOR);
	for (i = 0; i < kept_count; i++) {
		value = kept_read(code, &kept[i]);
		if (((value ^ pattern(round, kept[i].encoding)) & kept[i].mask) != 0) {
			wrong++;
			print_hex(kept[i].encoding);
			print(" is ");
			print_hex(value);
			print("\n");
		}
		kept_write(code, &kept[i], kept[i].before);
	}
	check_equal(wrong, 0, "system registers that changed while others ran");
	check_equal(vectors_differ(pattern(round, 0)), 0, "FP registers that changed");
}

/** Every CPU that an SGI can name (12.2.8); this machine's only one has affinity 0.0.0.0. */
static void send_everywhere(void)
{
	uint64_t own = SGI_INTID(SELF);
	uint64_t n;

	SYSREG_WRITE(S3_0_C12_C11_5, own | SGI_IRM); /* ICC_SGI1R_EL1: all but this one */
	SYSREG_WRITE(S3_0_C12_C11_5, own | SGI_LIST);
	for (n = 1; n < 256; n++) {
		SYSREG_WRITE(S3_0_C12_C11_5, own | SGI_AFF1(n) | SGI_LIST);
		SYSREG_WRITE(S3_0_C12_C11_5, own | SGI_AFF2(n) | SGI_LIST);
		SYSREG_WRITE(S3_0_C12_C11_5, own | SGI_AFF3(n) | SGI_LIST);
		SYSREG_WRITE(S3_0_C12_C11_5, own | SGI_RS(n % 15 + 1) | SGI_LIST);
	}
	SYSREG_WRITE(S3_0_C12_C11_7, own | SGI_IRM); /* ICC_SGI0R_EL1 */
	SYSREG_WRITE(S3_0_C12_C11_6, own | SGI_IRM); /* ICC_ASGI1R_EL1 */
}

static void check_interrupts(uint64_t round)
{
	uint64_t until;

	SYSREG_WRITE(cntv_cval_el0, SYSREG_READ(cntvct_el0));
	SYSREG_WRITE(cntv_ctl_el0, CNTV_ENABLE);
	interrupts_enable();
	send_everywhere();
	until = SYSREG_READ(cntvct_el0) + 10 * SYSREG_READ(cntfrq_el0);
	while ((interrupts_by_intid[TIMER_INTID] != round + 1 ||
		interrupts_by_intid[SELF] != round + 1) &&
	       SYSREG_READ(cntvct_el0) < until) {
	}
	interrupts_mask();
	check_equal(interrupts_by_intid[SELF], round + 1, "its own SGIs, once a round");
	check_equal(interrupts_by_intid[TIMER_INTID], round + 1, "its own timer, once a round");
	check_equal(interrupt_count, 2 * (round + 1), "no interrupts but these");
}

static void look_for_strangers(void)
{
	const volatile uint64_t *word;
	uint64_t found = 0;
	uint64_t before = exception.count;
	uint64_t address;

	for (address = RAM_END; address < BOARD_RAM_END; address += BLOCK) {
		(void)read32(address);
		write32(address + 8, SELF);
	}
	check_equal(exception.count - before, 2 * (BOARD_RAM_END - RAM_END) / BLOCK,
		    "no memory behind its own");
	for (word = (const volatile uint64_t *)RAM_EMPTY;
	     word < (const volatile uint64_t *)RAM_FILLED; word++) {
		found += *word != 0 ? 1 : 0;
	}
	check_equal(found, 0, "words in memory that it never wrote");
}

void guest_main(void)
{
	uint64_t round;
	uint64_t before;

	write32(GICD_CTLR, GICD_ENABLE);
	write32(GICR_IGROUPR0, UINT32_MAX);
	write32(GICR_ISENABLER0, SGIS | 1u << TIMER_INTID);
	interrupts_enable();
	interrupts_mask();
	kept_find(code);
	print_number(kept_count);
	print(" registers keep what is written\n");
	check(kept_count > 20, "the registers of EL1 can be written");
	look_for_strangers();
	before = exception.count;
	for (round = 0; round < (uint64_t)ROUNDS && failures() == 0; round++) {
		fill_memory(round);
		keep_registers(round);
		check_interrupts(round);
		check_equal(wrong_words(round), 0, "words in memory that changed");
	}
	check_equal(exception.count, before, "no exceptions");
	look_for_strangers();
	if (turns > 2) {
		print("others ran meanwhile\n");
	}
}
