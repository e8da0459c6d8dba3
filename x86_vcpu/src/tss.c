/* SPDX-License-Identifier: Apache-2.0 */
#include "tss.h"

/** SDM volume 3, figure 8-2. */
struct tss_32 {
	uint32_t link;
	uint32_t stacks[6];
	uint32_t cr3;
	uint32_t ip;
	uint32_t flags;
	uint32_t gpr[8];
	uint32_t selector[7];
	uint16_t trap;
	uint16_t io_map;
};
AXVCPU_STATIC_ASSERT(sizeof(struct tss_32) == X86_TSS_LIMIT_32 + 1u, "as the manual has it");
/* What a switch saves: from IP to the segments, without LDTR. */
#define TSS_32_SAVED offsetof(struct tss_32, ip)
#define TSS_32_BYTES \
	(uint32_t)(offsetof(struct tss_32, selector) + SEGMENTS_32 * sizeof(uint32_t) - TSS_32_SAVED)

/** SDM volume 3, figure 8-10. */
struct tss_16 {
	uint16_t link;
	uint16_t stacks[6];
	uint16_t ip;
	uint16_t flags;
	uint16_t gpr[8];
	uint16_t selector[4];
	uint16_t ldtr;
};
AXVCPU_STATIC_ASSERT(sizeof(struct tss_16) == X86_TSS_LIMIT_16 + 1u, "as the manual has it");
#define TSS_16_SAVED offsetof(struct tss_16, ip)
#define TSS_16_BYTES (uint32_t)(offsetof(struct tss_16, ldtr) - TSS_16_SAVED)

#define GPRS 8u
#define SEGMENTS_16 4u
#define SEGMENTS_32 6u
#define TASK_LDTR 6u
#define TRAP 1u
#define UPPER_HALF 0xffff0000u

bool x86_vcpu_tss_read(struct x86_vcpu *vcpu, uint64_t base, bool wide, struct x86_task *task,
		       struct x86_fault *fault)
{
	struct tss_32 from_32;
	struct tss_16 from_16;
	uint32_t i;

	*task = (struct x86_task){ .ip = 0 };
	if (wide) {
		if (!x86_vcpu_system_read(vcpu, base, &from_32, sizeof(from_32), fault)) {
			return false;
		}
		task->cr3 = from_32.cr3;
		task->ip = from_32.ip;
		task->flags = from_32.flags;
		for (i = 0; i < GPRS; i++) {
			task->gpr[i] = from_32.gpr[i];
		}
		for (i = 0; i <= TASK_LDTR; i++) {
			task->selector[i] = (uint16_t)from_32.selector[i];
		}
		task->traps = (from_32.trap & TRAP) != 0u;
		return true;
	}
	if (!x86_vcpu_system_read(vcpu, base, &from_16, sizeof(from_16), fault)) {
		return false;
	}
	task->ip = from_16.ip;
	task->flags = from_16.flags;
	for (i = 0; i < GPRS; i++) {
		task->gpr[i] = UPPER_HALF | from_16.gpr[i];
	}
	for (i = 0; i < SEGMENTS_16; i++) {
		task->selector[i] = from_16.selector[i];
	}
	task->selector[TASK_LDTR] = from_16.ldtr;
	return true;
}

bool x86_vcpu_tss_write(struct x86_vcpu *vcpu, uint64_t base, bool wide,
			const struct x86_task *task, struct x86_fault *fault)
{
	struct tss_32 to_32 = { .ip = task->ip, .flags = task->flags };
	struct tss_16 to_16 = { .ip = (uint16_t)task->ip, .flags = (uint16_t)task->flags };
	const uint8_t *from_32 = (const uint8_t *)&to_32 + TSS_32_SAVED;
	const uint8_t *from_16 = (const uint8_t *)&to_16 + TSS_16_SAVED;
	uint32_t i;

	for (i = 0; i < GPRS; i++) {
		to_32.gpr[i] = task->gpr[i];
		to_16.gpr[i] = (uint16_t)task->gpr[i];
	}
	for (i = 0; i < SEGMENTS_32; i++) {
		to_32.selector[i] = task->selector[i];
	}
	for (i = 0; i < SEGMENTS_16; i++) {
		to_16.selector[i] = task->selector[i];
	}
	return wide ? x86_vcpu_system_write(vcpu, base + TSS_32_SAVED, from_32, TSS_32_BYTES,
					    fault) :
		      x86_vcpu_system_write(vcpu, base + TSS_16_SAVED, from_16, TSS_16_BYTES,
					    fault);
}

bool x86_vcpu_tss_write_link(struct x86_vcpu *vcpu, uint64_t base, uint16_t selector,
			     struct x86_fault *fault)
{
	return x86_vcpu_system_write(vcpu, base, &selector, sizeof(selector), fault);
}
