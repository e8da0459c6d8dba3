/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 32-bit and 16-bit code without paging: device memory through segments with bases and
 * limits, prefixes, strings; and task switches by JMP, CALL, IRET and gates.
 */
#include "modes.h"

#include "guest.h"

#define TSS_BYTES 128u
/* Indices of words in a 32-bit TSS, SDM volume 3, figure 8-2. */
enum tss_word { TSS_IP = 8, TSS_FLAGS = 9, TSS_SP = 14, TSS_ES = 18, TSS_MAP = 25 };

extern uint64_t modes_gdt[MODES_GDT_ENTRIES], modes_idt[256];
extern uint32_t modes_tss[4][TSS_BYTES / 4], modes_results[MODES_RESULTS];
extern const uint8_t modes_fault[], modes_task_jmp[], modes_task_call[], modes_task_fault[];
void modes_run(void);

static uint32_t stacks[3][64];

static uint64_t descriptor(uint64_t base, uint64_t limit, uint64_t access, uint64_t flags)
{
	return (limit & 0xffff) | (base & 0xffffff) << 16 | access << 40 |
	       (limit >> 16 & 0xf) << 48 | flags << 52 | (base >> 24) << 56;
}

static void make_task(uint32_t number, const uint8_t *entry)
{
	uint32_t *tss = modes_tss[number], i;

	modes_gdt[MODES_TASK_MAIN / 8 + number] =
		descriptor((uintptr_t)tss, 0x67, 0x89, 0);
	tss[TSS_MAP] = 104u << 16;
	if (entry == NULL) {
		return;
	}
	tss[TSS_IP] = (uint32_t)(uintptr_t)entry;
	tss[TSS_FLAGS] = 2;
	tss[TSS_SP] = (uint32_t)(uintptr_t)(stacks[number - 1u] + 64);
	for (i = 0; i < 6; i++) {
		tss[TSS_ES + i] = i == 1 ? MODES_CODE_32 : MODES_DATA;
	}
}

static uint64_t gate(const uint8_t *entry)
{
	uint64_t at = (uintptr_t)entry;

	return (at & 0xffff) | (uint64_t)MODES_CODE_32 << 16 | UINT64_C(0x8e) << 40 | (at >> 16) << 48;
}

static void prepare(void)
{
	modes_gdt[MODES_CODE_32 / 8] = descriptor(0, 0xfffff, 0x9b, 0xc);
	modes_gdt[MODES_DATA / 8] = descriptor(0, 0xfffff, 0x93, 0xc);
	modes_gdt[MODES_CODE_16 / 8] = descriptor(MODES_CODE_16_BASE, 0xffff, 0x9b, 0);
	modes_gdt[MODES_DEVICE / 8] = descriptor(SCRATCH, 0xfff, 0x93, 4);
	modes_gdt[MODES_DOWN / 8] = descriptor(SCRATCH, 0xfff, 0x97, 4);
	make_task(0, NULL);
	make_task(1, modes_task_jmp);
	make_task(2, modes_task_call);
	make_task(3, modes_task_fault);
	modes_idt[VECTOR_GP] = gate(modes_fault);
	modes_idt[MODES_VECTOR_TASK] = (uint64_t)MODES_TASK_CALL << 16 | UINT64_C(0x85) << 40;
}

void guest_main(void)
{
	prepare();
	modes_run();
	check_equal(modes_results[0], 0x1122, "a 16-bit operand through FS");
	check_equal(modes_results[1], 0x33, "a 16-bit address");
	check_equal(modes_results[2], 0x01020314, "a locked addition");
	check_equal(modes_results[3], 0x2c, "a string store");
	check_equal(modes_results[4], 0x778899aa, "an expand-down segment");
	check_equal(modes_results[5], 2, "accesses outside their segments");
	check_equal(modes_results[6], 0x5566, "16-bit code");
	check_equal(modes_results[7], 0x99aabbcc, "32-bit addresses in 16-bit code");
	check_equal(modes_results[8], 0xa5a5, "a task by JMP");
	check_equal(modes_results[9], 0x1234, "back from a task by CALL");
	check_equal(modes_results[10], 2, "tasks by CALL and by a gate");
	check_equal(modes_results[11], 0xfff0, "a task by an exception, with its error code");
	check_equal(modes_results[12], MODES_TASK_MAIN, "TR");
	check_equal(modes_results[13] & 0x4000, 0, "NT");
}
