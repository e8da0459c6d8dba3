/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of every kind whose delivery finds the IDT, the TSS or the stack gone from the second
 * stage, one after the other or all at once: each comes, once, as it was. From CPL 3, which
 * reads all three, and from CPL 0. events.c has stacks that are not there yet.
 */
#include "delivery.h"

#include "guest.h"

#define PAGE 0x1000u
#define IDT_PAGE 0u
#define TSS_PAGE 1u
#define STACK_PAGE 2u
#define ALL_PAGES 3u
#define IDT_BYTES 0x1000u
#define TSS_BYTES 104u
#define TSS_RSP0 4u
#define TSS_SELECTOR 0x28u
#define TSS_DESCRIPTOR_BUSY (UINT64_C(2) << 40)
#define RFLAGS_1 UINT64_C(2)
#define RFLAGS_IF UINT64_C(0x200)
#define RFLAGS_OF UINT64_C(0x800)
/** Code of programs, of 64 and of 32 bits, which alone has INTO. */
#define USER_CODE 0x1bu
#define USER_CODE_32 0x53u
#define INTERRUPT 0x60u
#define VECTOR_INT 0x80u
#define NOWHERE UINT64_C(0x7f123456)
#define ERROR_USER 4u

extern const uint8_t delivery_int[], delivery_int3[], delivery_into[], delivery_int1[],
	delivery_ud[], delivery_de[], delivery_gp[], delivery_pf[], delivery_interrupt[], delivery_nothing[];
void delivery_to_user(const uint8_t *code, void *stack, uint64_t rflags, uint64_t cs);
void delivery_on_stack(const uint8_t *code, void *stack);

struct kind {
	const char *name;
	const uint8_t *code;
	uint32_t vector;
	uint32_t user_error;
	uint32_t kernel_error;
	/** The hypervisor's, which waits for RFLAGS.IF. */
	bool external;
	/** It can be made at CPL 0 too, as the kind that it is at CPL 3. */
	bool in_kernel;
	/** By 32-bit code, with RFLAGS.OF. */
	bool overflow;
};

static const struct kind kinds[] = {
	{ "INT n", delivery_int, VECTOR_INT, 0, 0, false, true, false },
	{ "INT3", delivery_int3, VECTOR_BP, 0, 0, false, true, false },
	{ "INTO", delivery_into, VECTOR_OF, 0, 0, false, false, true },
#if defined(WITH_INT1)
	{ "INT1", delivery_int1, VECTOR_DB, 0, 0, false, true, false },
#endif
	{ "an exception", delivery_ud, VECTOR_UD, 0, 0, false, true, false },
	{ "another one", delivery_de, VECTOR_DE, 0, 0, false, true, false },
	{ "one with an error code", delivery_gp, VECTOR_GP, DELIVERY_BAD_SELECTOR,
	  DELIVERY_BAD_SELECTOR, false, true, false },
	{ "a page fault", delivery_pf, VECTOR_PF, ERROR_USER, 0, false, true, false },
	{ "an external interrupt", delivery_nothing, INTERRUPT, 0, 0, true, false, false },
};

static uint8_t *page(uint32_t number)
{
	return (uint8_t *)(LAZY_PAGE + (uint64_t)number * PAGE);
}

/** IDT and TSS are copied to pages that can be hidden; a stack is a page of its own. */
static void prepare(void)
{
	extern uint64_t guest_tss_descriptor[2];
	extern const uint8_t guest_tss[];
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr;
	uint64_t tss = (uintptr_t)page(TSS_PAGE), stack = (uintptr_t)page(STACK_PAGE) + PAGE;

	/* The first write to a page exits: with something that no address of code is in. */
	*page(IDT_PAGE) = 0;
	__asm__ volatile("sidt %0" : "=m"(idtr));
	memcpy(page(IDT_PAGE), (const void *)idtr.base, IDT_BYTES);
	idtr.base = (uintptr_t)page(IDT_PAGE);
	__asm__ volatile("lidt %0" : : "m"(idtr));
	memcpy(page(TSS_PAGE), guest_tss, TSS_BYTES);
	memcpy(page(TSS_PAGE) + TSS_RSP0, &stack, sizeof(stack));
	guest_tss_descriptor[0] = (guest_tss_descriptor[0] & ~UINT64_C(0xff0000ffffff0000) &
				   ~TSS_DESCRIPTOR_BUSY) |
				  (tss & 0xffffffu) << 16 | (tss >> 24 & 0xffu) << 56;
	__asm__ volatile("ltr %w0" : : "r"(TSS_SELECTOR));
	*page(STACK_PAGE) = 0;
}

/** One page, or all of them. */
static void hide(uint32_t which)
{
	uint32_t i;

	for (i = 0; i < ALL_PAGES; i++) {
		if (which == i || which == ALL_PAGES) {
			check_equal(hypercall(CALL_HIDE, i, 0, 0), 0, "a page is hidden");
		}
	}
}

/** What is hidden comes back at the latest here. */
static void touch_all(void)
{
	uint32_t i;

	for (i = 0; i < ALL_PAGES; i++) {
		(void)*(volatile uint8_t *)page(i);
	}
}

static void expect_once(const struct kind *kind, uint64_t before, uint32_t error)
{
	check_equal(traps[kind->vector].count, before + 1u, kind->name);
	check_equal(trap_log_length, 1, "nothing else came");
	check_equal(trap_log[0], kind->vector, "its vector");
	check_equal(traps[kind->vector].error_code, error, "its error code");
	if (kind->vector == VECTOR_PF) {
		check_equal(traps[VECTOR_PF].cr2, NOWHERE, "its address");
	}
}

static void from_user(const struct kind *kind, uint32_t which)
{
	uint64_t before = traps[kind->vector].count;

	if (kind->external) {
		check_equal(hypercall(CALL_INJECT, INJECT_EXTINT + kind->vector, 0, 0), 0, "inject");
	}
	trap_log_length = 0;
	hide(which);
	guest_end_user(true);
	delivery_to_user(kind->code, guest_user_stack,
			 RFLAGS_1 | (kind->external ? RFLAGS_IF : 0) |
				 (kind->overflow ? RFLAGS_OF : 0),
			 kind->overflow ? USER_CODE_32 : USER_CODE);
	guest_end_user(false);
	expect_once(kind, before, kind->user_error);
	touch_all();
}

static void from_kernel(const struct kind *kind, uint32_t which)
{
	uint64_t before = traps[kind->vector].count;

	trap_log_length = 0;
	hide(which);
	delivery_on_stack(kind->code, page(STACK_PAGE) + PAGE);
	expect_once(kind, before, kind->kernel_error);
	touch_all();
}

static void interrupts_of_the_kernel(uint32_t which)
{
	static const struct kind interrupt = { "an interrupt of the kernel", delivery_interrupt,
					       INTERRUPT, 0, 0, true, true, false };
	uint64_t before = traps[VECTOR_NMI].count;

	check_equal(hypercall(CALL_INJECT, INJECT_EXTINT + INTERRUPT, 0, 0), 0, "inject");
	from_kernel(&interrupt, which);
	if (which == IDT_PAGE) {
		/* It comes behind the hypercall, on the stack that is there. */
		hide(which);
		trap_log_length = 0;
		check_equal(hypercall(CALL_INJECT, INJECT_NMI, 0, 0), 0, "inject");
		check_equal(traps[VECTOR_NMI].count, before + 1u, "an NMI");
		check_equal(trap_log_length, 1, "nothing else came");
		touch_all();
	}
}

void guest_main(void)
{
	uint32_t i, which;

	prepare();
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		for (which = 0; which <= ALL_PAGES; which++) {
			from_user(&kinds[i], which);
			if (kinds[i].in_kernel && which != TSS_PAGE) {
				from_kernel(&kinds[i], which);
			}
		}
	}
	interrupts_of_the_kernel(IDT_PAGE);
	interrupts_of_the_kernel(STACK_PAGE);
	interrupts_of_the_kernel(ALL_PAGES);
}
