/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's GICv3 CPU interface: which interrupts are pending and active for it,
 * and which of them stand in list registers (IHI 0069H, chapters 4 and 6).
 *
 * Between flush and fold an interrupt is in a list register or in the sets below,
 * never in both. `line` stands beside them: the input of a level-sensitive
 * interrupt, whose pending state is nothing but that.
 */
#ifndef ARM_VCPU_VGIC_H_
#define ARM_VCPU_VGIC_H_

#include <stdbool.h>
#include <stdint.h>

#include "axvcpu/types.h"

/** One more than the highest INTID of an SPI (IHI 0069H, 2.2.1); no LPIs. */
#define ARM_VGIC_INTIDS 1020u
#define ARM_VGIC_WORD_BITS 64u
#define ARM_VGIC_WORDS 16u
#define ARM_VGIC_LRS 16u
#define ARM_VGIC_AP_REGS 4u

/* An attribute word: priority in bits 7..0, and these. */
#define ARM_VGIC_ATTR_PRIORITY 0x00ffu
#define ARM_VGIC_ATTR_ENABLED 0x0100u
#define ARM_VGIC_ATTR_LEVEL 0x0200u
#define ARM_VGIC_ATTR_GROUP0 0x0400u
#define ARM_VGIC_ATTR_ALL 0x07ffu
/** Where ARM_VCPU_INTERRUPT_* bits stand in it. */
#define ARM_VGIC_ATTR_FLAGS_SHIFT 8u

struct arm_vcpu;
struct arm_percpu;

/** A set of INTIDs. */
struct arm_vgic_set {
	uint64_t word[ARM_VGIC_WORDS];
	/** One bit for each word that is not 0: nearly always few of them are. */
	uint32_t filled;
};

struct arm_vgic {
	/** Not 0 if the list registers must be filled anew before the next entry. Any CPU sets it. */
	uint32_t work;
	bool enabled;
	/** The physical virtual-timer interrupt was acknowledged for this vCPU and is active. */
	bool timer_active;
	/** List registers of the CPU that it is bound to, and which of them hold something. */
	uint32_t lr_count;
	/** Active-priority registers of each group there. */
	uint32_t ap_count;
	uint32_t lr_used;
	uint16_t lr_intid[ARM_VGIC_LRS];
	/** INTIDs on this board: of EL1's virtual timer, of the CPU interface's maintenance. */
	uint32_t timer_intid;
	uint32_t maintenance_intid;
	/** INTID of EL1's physical timer, with ARM_VCPU_EMULATE_TIMER. */
	uint32_t ptimer_intid;
	struct arm_vgic_set pending;
	struct arm_vgic_set active;
	struct arm_vgic_set line;
	/** ICH_VMCR_EL2 and active priorities, here while the vCPU is on no CPU. */
	uint64_t vmcr;
	uint64_t ap0r[ARM_VGIC_AP_REGS];
	uint64_t ap1r[ARM_VGIC_AP_REGS];
	/** ARM_VGIC_ATTR_*; any CPU writes them. */
	uint16_t attr[ARM_VGIC_WORDS * ARM_VGIC_WORD_BITS];
};

/** Every interrupt enabled, in group 1, with one priority; PPIs level-sensitive; the CPU interface off. */
void arm_vcpu_vgic_reset(struct arm_vgic *vgic);
/** Loads the interface onto this CPU; AXVCPU_ERR_UNSUPPORTED if the host has not prepared its own. */
axvcpu_error_t arm_vcpu_vgic_bind(struct arm_vcpu *vcpu, struct arm_percpu *percpu);
void arm_vcpu_vgic_unbind(struct arm_vcpu *vcpu);
/** ICC_SRE_EL1 is EL1's own again, if it was not: for who owns the interface, the host or a guest. */
void arm_vcpu_vgic_give_back(struct arm_percpu *percpu);

/** Raises an interrupt, or its line; the vCPU is bound here. */
void arm_vcpu_vgic_raise(struct arm_vcpu *vcpu, uint32_t intid);
/** Takes one back that is pending, or lowers its line. */
void arm_vcpu_vgic_lower(struct arm_vcpu *vcpu, uint32_t intid);
/** Before an entry, if `work` is set: the list registers say what the sets said. */
void arm_vcpu_vgic_flush(struct arm_vcpu *vcpu);
/** What is in list registers goes back to the sets. */
void arm_vcpu_vgic_fold(struct arm_vcpu *vcpu);
/**
 * A physical interrupt that the HAL acknowledged while the guest ran: true if it was
 * the vCPU's timer or the interface's maintenance, which are dealt with here.
 */
bool arm_vcpu_vgic_interrupt(struct arm_vcpu *vcpu, uint64_t vector);
/** Whether an interrupt is pending or active; list registers, if any are in use, are this CPU's. */
bool arm_vcpu_vgic_guest_has(const struct arm_vgic *vgic, uint32_t intid);
/** Word `index` of `active` becomes `word`; nothing is in list registers. */
void arm_vcpu_vgic_set_active(struct arm_vcpu *vcpu, uint32_t index, uint64_t word);
/** The guest's write of ICC_DIR_EL1 that trapped. */
void arm_vcpu_vgic_deactivate(struct arm_vcpu *vcpu, uint32_t intid);

static inline bool arm_vgic_has(const struct arm_vgic_set *set, uint32_t intid)
{
	return (set->word[intid / ARM_VGIC_WORD_BITS] >> (intid % ARM_VGIC_WORD_BITS) & 1u) != 0u;
}

static inline void arm_vgic_put_word(struct arm_vgic_set *set, uint32_t index, uint64_t word)
{
	uint32_t bit = UINT32_C(1) << index;

	set->word[index] = word;
	set->filled = word != 0u ? set->filled | bit : set->filled & ~bit;
}

static inline void arm_vgic_put(struct arm_vgic_set *set, uint32_t intid, bool in)
{
	uint64_t bit = UINT64_C(1) << (intid % ARM_VGIC_WORD_BITS);
	uint32_t index = intid / ARM_VGIC_WORD_BITS;

	arm_vgic_put_word(set, index, in ? set->word[index] | bit : set->word[index] & ~bit);
}

static inline uint32_t arm_vgic_attr(const struct arm_vgic *vgic, uint32_t intid)
{
	return __atomic_load_n(&vgic->attr[intid], __ATOMIC_RELAXED);
}

/** Asks for the list registers to be filled anew. Any CPU. */
static inline void arm_vgic_ask(struct arm_vgic *vgic)
{
	__atomic_store_n(&vgic->work, 1u, __ATOMIC_RELEASE);
}

/** Any CPU. */
static inline void arm_vgic_set_attr(struct arm_vgic *vgic, uint32_t intid, uint32_t attr)
{
	__atomic_store_n(&vgic->attr[intid], (uint16_t)attr, __ATOMIC_RELAXED);
	arm_vgic_ask(vgic);
}

#endif /* ARM_VCPU_VGIC_H_ */
