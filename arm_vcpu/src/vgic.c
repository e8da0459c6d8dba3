/* SPDX-License-Identifier: Apache-2.0 */
#include "vgic.h"

#include "ptimer.h"
#include "regs.h"
#include "state.h"
#include "sysreg.h"
#include "vcpu.h"
#include "vgic_lr.h"

/** SGIs, then PPIs, then SPIs (IHI 0069H, 2.2.1). */
#define FIRST_PPI 16u
#define FIRST_SPI 32u
/** What Linux and others give an interrupt that needs none in particular. */
#define DEFAULT_PRIORITY 0xa0u
/* ICH_VTR_EL2.PREbits, 12.4.9: one less than the bits of preemption; one register for 5, two for 6, four for 7. */
#define PREBITS_5 4u
#define PREBITS_6 5u
/** No INTID. */
#define NONE UINT32_MAX

/**
 * ICH_VMCR_EL2 as a CPU comes out of reset: nothing enabled, the highest mask, the
 * smallest binary points that its bits of preemption allow (IHI 0069H, 12.4.8), group 0
 * by FIQ. Without an interface here, or with one that the host has not prepared yet, by
 * the bits that CPUs have.
 */
static uint64_t reset_vmcr(void)
{
	const uint64_t most_bits = 7u;
	uint64_t bits = PREBITS_5 + 1u;

	if (ARM_FIELD(arm_read_ID_AA64PFR0_EL1(), ID_AA64PFR0_GIC) != 0u &&
	    (arm_read_ICC_SRE_EL2() & ICC_SRE_EL2_SRE) != 0u) {
		bits = ARM_FIELD(arm_read_ICH_VTR_EL2(), ICH_VTR_EL2_PREBITS) + 1u;
	}
	bits = bits < most_bits ? bits : most_bits;
	return ICH_VMCR_EL2_VFIQEN | ARM_PLACE(most_bits - bits, ICH_VMCR_EL2_VBPR0) |
	       ARM_PLACE(most_bits - bits + 1u, ICH_VMCR_EL2_VBPR1);
}

void arm_vcpu_vgic_reset(struct arm_vgic *vgic)
{
	uint32_t intid;

	vgic->vmcr = reset_vmcr();
	for (intid = 0; intid < ARM_VGIC_INTIDS; intid++) {
		bool ppi = intid >= FIRST_PPI && intid < FIRST_SPI;

		arm_vgic_set_attr(vgic, intid,
				  DEFAULT_PRIORITY | ARM_VGIC_ATTR_ENABLED | (ppi ? ARM_VGIC_ATTR_LEVEL : 0u));
	}
}

/** Whether the guest's virtual timer asks for its interrupt now. */
static bool timer_line(const struct arm_vcpu *vcpu)
{
	const uint64_t asking = CNT_CTL_ENABLE | CNT_CTL_ISTATUS;

	return (arm_vcpu_state_read(vcpu, ARM_SAVED_CNTV_CTL_EL0) & (asking | CNT_CTL_IMASK)) == asking;
}

/** The timer's physical interrupt may fire again. */
static void release_timer(struct arm_vgic *vgic)
{
	if (vgic->timer_active) {
		arm_write_ICC_DIR_EL1(vgic->timer_intid);
		vgic->timer_active = false;
	}
}

/** A list register's content for an interrupt that is pending, active or both. */
static uint64_t lr_for(const struct arm_vgic *vgic, uint32_t intid)
{
	uint32_t attr = arm_vgic_attr(vgic, intid);
	uint64_t lr = intid | ARM_PLACE(attr & ARM_VGIC_ATTR_PRIORITY, ICH_LR_PRIORITY);

	if ((attr & ARM_VGIC_ATTR_GROUP0) == 0u) {
		lr |= ICH_LR_GROUP;
	}
	if (arm_vgic_has(&vgic->active, intid)) {
		lr |= ICH_LR_ACTIVE;
	}
	/* What is not enabled keeps its state, but the guest is not to take it. */
	if ((attr & ARM_VGIC_ATTR_ENABLED) != 0u && arm_vgic_has(&vgic->pending, intid)) {
		lr |= ICH_LR_PENDING;
	}
	if (intid == vgic->timer_intid) {
		/*
		 * The guest's deactivation deactivates the physical interrupt, which then
		 * fires again if the timer still asks. Pending and active at once is not
		 * allowed with HW (12.4.7, "State"), and not needed for that reason.
		 */
		lr |= ICH_LR_HW | ARM_PLACE(intid, ICH_LR_PINTID);
		return (lr & ICH_LR_ACTIVE) != 0u ? lr & ~ICH_LR_PENDING : lr;
	}
	if (arm_vgic_has(&vgic->line, intid)) {
		lr |= ICH_LR_EOI; /* ask again at its end: the line may still be high */
	}
	return lr;
}

/** Whether an interrupt wants a list register. */
static bool wants_lr(const struct arm_vgic *vgic, uint32_t intid)
{
	return arm_vgic_has(&vgic->active, intid) ||
	       (arm_vgic_has(&vgic->pending, intid) &&
		(arm_vgic_attr(vgic, intid) & ARM_VGIC_ATTR_ENABLED) != 0u);
}

static void write_lr(struct arm_vgic *vgic, uint32_t n, uint32_t intid)
{
	uint64_t lr = lr_for(vgic, intid);

	arm_vcpu_lr_write(n, lr);
	vgic->lr_used |= UINT32_C(1) << n;
	vgic->lr_intid[n] = (uint16_t)intid;
	arm_vgic_put(&vgic->active, intid, false);
	if ((lr & ICH_LR_PENDING) != 0u) {
		arm_vgic_put(&vgic->pending, intid, false);
	}
}

/** The lowest INTID from `from` on that wants a list register. */
static uint32_t next_wanting(const struct arm_vgic *vgic, uint32_t from)
{
	const uint32_t first = from / ARM_VGIC_WORD_BITS;
	uint32_t filled = (vgic->pending.filled | vgic->active.filled) & (UINT32_MAX << first);
	uint32_t index;
	uint64_t bits;
	uint32_t intid;

	for (; filled != 0u; filled &= filled - 1u) {
		index = (uint32_t)__builtin_ctz(filled);
		bits = vgic->pending.word[index] | vgic->active.word[index];
		if (index == first) {
			bits &= ~UINT64_C(0) << (from % ARM_VGIC_WORD_BITS);
		}
		for (; bits != 0u; bits &= bits - 1u) {
			intid = index * ARM_VGIC_WORD_BITS + (uint32_t)__builtin_ctzll(bits);
			if (wants_lr(vgic, intid)) {
				return intid;
			}
		}
	}
	return NONE;
}

/** Its priority, below those of any interrupt in a group that the guest takes none of now. */
static uint32_t rank_of(const struct arm_vgic *vgic, uint32_t intid, uint64_t vmcr)
{
	const uint32_t off = ARM_VGIC_ATTR_PRIORITY + 1u;
	uint32_t attr = arm_vgic_attr(vgic, intid);
	uint64_t on = (attr & ARM_VGIC_ATTR_GROUP0) != 0u ? ICH_VMCR_EL2_VENG0 : ICH_VMCR_EL2_VENG1;

	return (attr & ARM_VGIC_ATTR_PRIORITY) + ((vmcr & on) != 0u ? 0u : off);
}

/** Of those that want one, the interrupt that comes first; of pending ones alone if asked. */
static uint32_t most_urgent(const struct arm_vgic *vgic, uint64_t vmcr, bool pending_only)
{
	uint32_t best = NONE;
	uint32_t best_rank = UINT32_MAX;
	uint32_t intid;

	for (intid = next_wanting(vgic, 0); intid != NONE; intid = next_wanting(vgic, intid + 1u)) {
		uint32_t rank = rank_of(vgic, intid, vmcr);

		if (rank < best_rank && !(pending_only && arm_vgic_has(&vgic->active, intid))) {
			best = intid;
			best_rank = rank;
		}
	}
	return best;
}

/**
 * More interrupts than list registers: the most urgent ones get them. One of them
 * is pending if any is, so that the guest always gets on: it takes that one, none is
 * pending any more, and we are told (NPIE) and fill up. That holds for the groups
 * that are on, so we are told when the guest turns one on or off as well. Active ones
 * that find no place end in EOIcount, or in a trapped write of ICC_DIR_EL1.
 *
 * @return what ICH_HCR_EL2 needs for that.
 */
static uint64_t fill_the_most_urgent(struct arm_vgic *vgic)
{
	uint64_t vmcr = arm_read_ICH_VMCR_EL2();
	uint64_t hcr = ((vmcr & ICH_VMCR_EL2_VENG0) != 0u ? ICH_HCR_EL2_VGRP0DIE : ICH_HCR_EL2_VGRP0EIE) |
		       ((vmcr & ICH_VMCR_EL2_VENG1) != 0u ? ICH_HCR_EL2_VGRP1DIE : ICH_HCR_EL2_VGRP1EIE);
	uint32_t intid = most_urgent(vgic, vmcr, true);
	uint32_t n = 0u;

	if (intid != NONE) {
		write_lr(vgic, n, intid);
		n++;
	}
	for (; n < vgic->lr_count; n++) {
		write_lr(vgic, n, most_urgent(vgic, vmcr, false));
	}
	for (intid = next_wanting(vgic, 0); intid != NONE; intid = next_wanting(vgic, intid + 1u)) {
		hcr |= arm_vgic_has(&vgic->active, intid) ? ICH_HCR_EL2_LRENPIE | ICH_HCR_EL2_TDIR :
							    ICH_HCR_EL2_NPIE;
	}
	if ((arm_read_ICH_VTR_EL2() & ICH_VTR_EL2_TDS) == 0u) {
		hcr &= ~ICH_HCR_EL2_TDIR;
	}
	return hcr;
}

/** Whether at most `room` interrupts want a list register. */
static bool fits(const struct arm_vgic *vgic, uint32_t room)
{
	uint32_t intid = next_wanting(vgic, 0);

	while (intid != NONE && room > 0u) {
		room--;
		intid = next_wanting(vgic, intid + 1u);
	}
	return intid == NONE;
}

void arm_vcpu_vgic_flush(struct arm_vcpu *vcpu)
{
	struct arm_vgic *vgic = &vcpu->vgic;
	uint64_t hcr = ICH_HCR_EL2_EN;
	uint32_t intid;
	uint32_t n = 0u;
	bool waits;

	if (vgic->lr_used != 0u) {
		arm_vcpu_vgic_fold(vcpu);
	}
	waits = arm_ptimer_is_emulated(vcpu) && arm_vcpu_ptimer_poll(vcpu);
	/*
	 * Before the list registers are filled by the attributes: who changes one later sets
	 * it again. A timer that waits is to be looked at before each entry.
	 */
	(void)__atomic_exchange_n(&vgic->work, waits ? 1u : 0u, __ATOMIC_ACQUIRE);
	/* Nobody saw the timer's interrupt yet, and the timer asks no more. */
	if (arm_vgic_has(&vgic->pending, vgic->timer_intid) && !timer_line(vcpu)) {
		arm_vgic_put(&vgic->pending, vgic->timer_intid, false);
		if (!arm_vgic_has(&vgic->active, vgic->timer_intid)) {
			release_timer(vgic);
		}
	}
	if (fits(vgic, vgic->lr_count)) {
		for (intid = next_wanting(vgic, 0); intid != NONE;
		     intid = next_wanting(vgic, intid + 1u)) {
			write_lr(vgic, n, intid);
			n++;
		}
	} else {
		hcr |= fill_the_most_urgent(vgic);
	}
	arm_write_ICH_HCR_EL2(hcr);
}

/** The guest ended `count` active interrupts that are in no list register: the most urgent ones. */
static void end_spilled(struct arm_vgic *vgic, uint64_t count)
{
	for (; count > 0u; count--) {
		uint32_t best = NONE;
		uint32_t best_priority = UINT32_MAX;
		uint32_t intid;

		for (intid = 0; intid < ARM_VGIC_INTIDS; intid++) {
			uint32_t priority = arm_vgic_attr(vgic, intid) & ARM_VGIC_ATTR_PRIORITY;

			if (arm_vgic_has(&vgic->active, intid) && priority < best_priority) {
				best = intid;
				best_priority = priority;
			}
		}
		if (best == NONE) {
			return;
		}
		arm_vgic_put(&vgic->active, best, false);
		if (best == vgic->timer_intid) {
			release_timer(vgic);
		}
	}
}

/** One list register's interrupt goes back to the sets. */
static void fold_one(struct arm_vgic *vgic, uint32_t n)
{
	uint32_t intid = vgic->lr_intid[n];
	uint64_t lr = arm_vcpu_lr_read(n);
	bool pending = (lr & ICH_LR_PENDING) != 0u;

	arm_vcpu_lr_write(n, 0u);
	arm_vgic_put(&vgic->active, intid, (lr & ICH_LR_ACTIVE) != 0u);
	if (intid == vgic->timer_intid) {
		if (pending) {
			arm_vgic_put(&vgic->pending, intid, true);
		}
		if ((lr & (ICH_LR_PENDING | ICH_LR_ACTIVE)) == 0u) {
			vgic->timer_active = false; /* the guest's deactivation was the physical one */
		}
		return;
	}
	if ((arm_vgic_attr(vgic, intid) & ARM_VGIC_ATTR_LEVEL) != 0u) {
		arm_vgic_put(&vgic->pending, intid, arm_vgic_has(&vgic->line, intid));
	} else if (pending) {
		arm_vgic_put(&vgic->pending, intid, true);
	}
}

void arm_vcpu_vgic_fold(struct arm_vcpu *vcpu)
{
	struct arm_vgic *vgic = &vcpu->vgic;
	uint64_t ended = ARM_FIELD(arm_read_ICH_HCR_EL2(), ICH_HCR_EL2_EOICOUNT);
	uint32_t used = vgic->lr_used;

	/* First: what it counts was in no list register. */
	if (ended != 0u) {
		end_spilled(vgic, ended);
		arm_write_ICH_HCR_EL2(ICH_HCR_EL2_EN);
	}
	for (; used != 0u; used &= used - 1u) {
		fold_one(vgic, (uint32_t)__builtin_ctz(used));
	}
	vgic->lr_used = 0u;
}

void arm_vcpu_vgic_raise(struct arm_vcpu *vcpu, uint32_t intid)
{
	struct arm_vgic *vgic = &vcpu->vgic;

	/* Its list register would not know: back to the sets, then both are there. */
	if (vgic->lr_used != 0u) {
		arm_vcpu_vgic_fold(vcpu);
	}
	if ((arm_vgic_attr(vgic, intid) & ARM_VGIC_ATTR_LEVEL) != 0u) {
		arm_vgic_put(&vgic->line, intid, true);
	}
	arm_vgic_put(&vgic->pending, intid, true);
	arm_vgic_ask(vgic);
}

void arm_vcpu_vgic_lower(struct arm_vcpu *vcpu, uint32_t intid)
{
	struct arm_vgic *vgic = &vcpu->vgic;

	if (vgic->lr_used != 0u) {
		arm_vcpu_vgic_fold(vcpu);
	}
	arm_vgic_put(&vgic->line, intid, false);
	arm_vgic_put(&vgic->pending, intid, false);
	arm_vgic_ask(vgic);
}

bool arm_vcpu_vgic_guest_has(const struct arm_vgic *vgic, uint32_t intid)
{
	uint32_t used = vgic->lr_used;

	for (; used != 0u; used &= used - 1u) {
		uint32_t n = (uint32_t)__builtin_ctz(used);

		if (vgic->lr_intid[n] == intid &&
		    (arm_vcpu_lr_read(n) & (ICH_LR_PENDING | ICH_LR_ACTIVE)) != 0u) {
			return true;
		}
	}
	return arm_vgic_has(&vgic->pending, intid) || arm_vgic_has(&vgic->active, intid);
}

bool arm_vcpu_vgic_interrupt(struct arm_vcpu *vcpu, uint64_t vector)
{
	struct arm_vgic *vgic = &vcpu->vgic;

	if (vector == vgic->timer_intid) {
		/* Priority drop alone: it stays active until the guest has dealt with it. */
		arm_write_ICC_EOIR1_EL1(vector);
		if (vgic->lr_used != 0u) {
			arm_vcpu_vgic_fold(vcpu);
		}
		/* An active one came with the vCPU from another CPU: this is the same. */
		if (!arm_vgic_has(&vgic->active, vgic->timer_intid)) {
			arm_vgic_put(&vgic->pending, vgic->timer_intid, true);
		}
		vgic->timer_active = true;
	} else if (vector == vgic->maintenance_intid) {
		/* What it asks for is done by the flush, after which it asks no more. */
		arm_vcpu_vgic_fold(vcpu);
		arm_write_ICH_HCR_EL2(ICH_HCR_EL2_EN);
		arm_isb();
		arm_write_ICC_EOIR1_EL1(vector);
		arm_write_ICC_DIR_EL1(vector);
	} else {
		return false;
	}
	arm_vgic_ask(vgic);
	return true;
}

void arm_vcpu_vgic_set_active(struct arm_vcpu *vcpu, uint32_t index, uint64_t word)
{
	struct arm_vgic *vgic = &vcpu->vgic;
	bool timer_was_active = arm_vgic_has(&vgic->active, vgic->timer_intid);

	arm_vgic_put_word(&vgic->active, index, word);
	/* No deactivation of the guest's is to come, which would be the physical one. */
	if (timer_was_active && !arm_vgic_has(&vgic->active, vgic->timer_intid) &&
	    !arm_vgic_has(&vgic->pending, vgic->timer_intid)) {
		release_timer(vgic);
	}
}

void arm_vcpu_vgic_deactivate(struct arm_vcpu *vcpu, uint32_t intid)
{
	struct arm_vgic *vgic = &vcpu->vgic;

	if (intid >= ARM_VGIC_INTIDS) {
		return;
	}
	arm_vcpu_vgic_fold(vcpu);
	if (arm_vgic_has(&vgic->active, intid)) {
		arm_vgic_put(&vgic->active, intid, false);
		if (intid == vgic->timer_intid) {
			release_timer(vgic);
		}
	}
	arm_vgic_ask(vgic);
}

static uint32_t ap_registers(void)
{
	uint64_t bits = ARM_FIELD(arm_read_ICH_VTR_EL2(), ICH_VTR_EL2_PREBITS);

	return bits <= PREBITS_5 ? 1u : bits == PREBITS_6 ? 2u : ARM_VGIC_AP_REGS;
}

/**
 * The CPU's own interface, for guests that have one: AXVCPU_ERR_UNSUPPORTED if the host has not
 * prepared it. A guest that turned it off, where the CPU has the memory-mapped one beside it,
 * would do so for the next guest, too: its accesses trap from here on (exits_sysreg.c).
 */
static __attribute__((noinline)) axvcpu_error_t take_interface(struct arm_percpu *percpu)
{
	const uint64_t host = ICC_SRE_EL2_SRE | ICC_SRE_EL2_ENABLE;
	uint64_t sre;

	percpu->gic_taken = false;
	if (!percpu->features.gic) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	sre = arm_read_ICC_SRE_EL2();
	if ((sre & host) != host || (arm_read_ICC_CTLR_EL1() & ICC_CTLR_EL1_EOIMODE) == 0u) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	arm_write_ICC_SRE_EL1(ICC_SRE_EL1_ALL);
	arm_write_ICC_SRE_EL2(sre & ~ICC_SRE_EL2_ENABLE);
	percpu->gic_taken = true;
	return AXVCPU_OK;
}

/** Whether it still is prepared; Enable may be read-only, where EL1 cannot turn it off. */
static bool interface_is_prepared(void)
{
	return (arm_read_ICC_SRE_EL2() & ICC_SRE_EL2_SRE) != 0u &&
	       (arm_read_ICC_CTLR_EL1() & ICC_CTLR_EL1_EOIMODE) != 0u;
}

void arm_vcpu_vgic_give_back(struct arm_percpu *percpu)
{
	if (percpu->gic_taken) {
		arm_write_ICC_SRE_EL2(arm_read_ICC_SRE_EL2() | ICC_SRE_EL2_ENABLE);
		arm_isb();
		percpu->gic_taken = false;
	}
}

axvcpu_error_t arm_vcpu_vgic_bind(struct arm_vcpu *vcpu, struct arm_percpu *percpu)
{
	struct arm_vgic *vgic = &vcpu->vgic;
	axvcpu_error_t error;
	uint32_t n;

	if (__builtin_expect(!percpu->gic_taken || !interface_is_prepared(), 0)) {
		error = take_interface(percpu);
		if (error != AXVCPU_OK) {
			return error;
		}
	}
	vgic->lr_count = (uint32_t)ARM_FIELD(arm_read_ICH_VTR_EL2(), ICH_VTR_EL2_LISTREGS) + 1u;
	if (vgic->lr_count > ARM_VGIC_LRS) {
		vgic->lr_count = ARM_VGIC_LRS;
	}
	vgic->ap_count = ap_registers();
	vgic->lr_used = 0u;
	for (n = 0; n < vgic->lr_count; n++) {
		arm_vcpu_lr_write(n, 0u);
	}
	for (n = 0; n < vgic->ap_count; n++) {
		arm_vcpu_ap_write(0u, n, vgic->ap0r[n]);
		arm_vcpu_ap_write(1u, n, vgic->ap1r[n]);
	}
	arm_write_ICH_VMCR_EL2(vgic->vmcr);
	arm_write_ICH_HCR_EL2(ICH_HCR_EL2_EN);
	arm_vgic_ask(vgic);
	return AXVCPU_OK;
}

void arm_vcpu_vgic_unbind(struct arm_vcpu *vcpu)
{
	struct arm_vgic *vgic = &vcpu->vgic;
	uint32_t n;

	arm_vcpu_vgic_fold(vcpu);
	vgic->vmcr = arm_read_ICH_VMCR_EL2();
	for (n = 0; n < vgic->ap_count; n++) {
		vgic->ap0r[n] = arm_vcpu_ap_read(0u, n);
		vgic->ap1r[n] = arm_vcpu_ap_read(1u, n);
	}
	/* The CPU's timer is the next vCPU's; ours is remembered in the sets. */
	release_timer(vgic);
	arm_write_ICH_HCR_EL2(0u);
}
