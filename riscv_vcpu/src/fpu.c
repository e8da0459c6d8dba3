/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FP and vector registers move when a guest uses them.
 *
 * After bind, sstatus.FS and VS are Off and illegal instructions come to the
 * library: the first one of a guest whose vsstatus says that it has the unit on
 * loads the registers. When all that this guest can have is loaded, illegal
 * instructions go straight to the guest. sstatus tells at unbind whether the
 * guest wrote to them; it cannot hide that, as it sees only vsstatus (15.2.11).
 * Who wrote to them will do so again: its next bind loads them at once, which is 500
 * instructions less than the trap.
 *
 * Where illegal instructions do not come (RISCV_VCPU_FEATURE_ILLEGAL), they are the
 * guest's from the start, and bind loads all. A switch from a guest that never wrote to
 * a unit to another such one leaves its registers as they are. (A bind cannot: the
 * hypervisor may have used them since the unbind.)
 */
#include "vcpu.h"

/*
 * A unit's bit is the upper one of its field in sstatus (Priv. 3.1.6.6: Off 0, Initial 1,
 * Clean 2, Dirty 3), so that what is true of both units takes no loop and no branch.
 */
_Static_assert(RISCV_STATE_FP == SSTATUS_FS_CLEAN && RISCV_STATE_VECTOR == SSTATUS_VS_CLEAN &&
		       (SSTATUS_FS_CLEAN | SSTATUS_FS_CLEAN >> 1) == SSTATUS_FS &&
		       (SSTATUS_VS_CLEAN | SSTATUS_VS_CLEAN >> 1) == SSTATUS_VS,
	       "the bit that says Clean, and with the one below it Dirty");


static void move(struct riscv_vcpu *vcpu, uint32_t states, bool load)
{
	const uint64_t old = rv_read_sstatus();

	rv_write_sstatus(old | SSTATUS_FS | SSTATUS_VS);
	if ((states & RISCV_STATE_FP) != 0) {
		if (load)
			riscv_vcpu_fp_load(&vcpu->fp);
		else
			riscv_vcpu_fp_save(&vcpu->fp);
	}
	if ((states & RISCV_STATE_VECTOR) != 0) {
		if (load)
			riscv_vcpu_vector_load(&vcpu->vector, vcpu->vector_regs);
		else
			riscv_vcpu_vector_save(&vcpu->vector, vcpu->vector_regs);
	}
	rv_write_sstatus(old);
}

/* Makes the registers of units the guest's, of which `there` need no loading. */
static void give(struct riscv_vcpu *vcpu, uint32_t states, uint32_t there)
{
	if ((states & ~there) != 0)
		move(vcpu, states & ~there, true);
	vcpu->sstatus |= states;
	vcpu->loaded |= states;
}

/* Brings memory up to date; the registers stay the guest's. Returns what it wrote to. */
static uint32_t sync(struct riscv_vcpu *vcpu)
{
	const uint32_t dirty = (uint32_t)(vcpu->sstatus & vcpu->sstatus << 1) & vcpu->loaded;

	if (dirty == 0)
		return 0;
	move(vcpu, dirty, false);
	vcpu->initial &= ~dirty;
	/* From Dirty to Clean. */
	vcpu->sstatus &= ~(uint64_t)(dirty >> 1);
	return dirty;
}

void riscv_vcpu_extended_sync(struct riscv_vcpu *vcpu)
{
	(void)sync(vcpu);
}

/* Brings the registers up to date after memory was changed. */
void riscv_vcpu_extended_reload(struct riscv_vcpu *vcpu)
{
	vcpu->initial = 0;
	if (vcpu->loaded != 0)
		move(vcpu, vcpu->loaded, true);
}

void riscv_vcpu_extended_unbind(struct riscv_vcpu *vcpu)
{
	const uint32_t dirty = sync(vcpu);

	if (riscv_vcpu_has(vcpu, RISCV_VCPU_FEATURE_ILLEGAL))
		vcpu->wanted = dirty;
	vcpu->loaded = 0;
	vcpu->sstatus &= ~(SSTATUS_FS | SSTATUS_VS);
}

/* When nothing is left to be loaded, illegal instructions are the guest's own. */
static void delegate(const struct riscv_vcpu *vcpu)
{
	if (vcpu->loaded == vcpu->extended)
		rv_write_hedeleg(vcpu->control.hedeleg | (UINT64_C(1) << CAUSE_ILLEGAL));
}

/* At bind, with what the guest is to have from the start. */
void riscv_vcpu_extended_bind(struct riscv_vcpu *vcpu)
{
	give(vcpu, vcpu->wanted, 0);
	delegate(vcpu);
}

/* Both at once, but for what neither guest ever wrote to. */
void riscv_vcpu_extended_switch(struct riscv_vcpu *from, struct riscv_vcpu *to)
{
	const uint32_t loaded = from->loaded;

	riscv_vcpu_extended_unbind(from);
	give(to, to->wanted, loaded & from->initial & to->initial);
	delegate(to);
}

/* After an illegal instruction: whether a unit was given, so that it may be tried again. */
bool riscv_vcpu_extended_load(struct riscv_vcpu *vcpu)
{
	const uint32_t missing = vcpu->extended & ~vcpu->loaded;
	uint64_t vsstatus;
	uint32_t used;

	if (missing == 0)
		return false;
	vsstatus = rv_read_vsstatus();
	used = (uint32_t)(vsstatus | vsstatus << 1) & missing;
	give(vcpu, used, 0);
	delegate(vcpu);
	return used != 0;
}

/* With `extended` known: all of it is as setup made it. */
static void begin(struct riscv_vcpu *vcpu)
{
	vcpu->initial = vcpu->extended;
	vcpu->wanted = riscv_vcpu_has(vcpu, RISCV_VCPU_FEATURE_ILLEGAL) ? 0 : vcpu->extended;
}

axvcpu_error_t riscv_vcpu_extended_setup(struct riscv_vcpu *vcpu)
{
	const uint64_t bytes = UINT64_C(32) * vcpu->features.vlenb;

	/* The registers are moved as doubles: with F alone the guest has no FP. */
	vcpu->extended = riscv_vcpu_has(vcpu, RISCV_VCPU_FEATURE_D) ? RISCV_STATE_FP : 0;
	vcpu->loaded = 0;
	vcpu->fp = (struct riscv_fp_state){ 0 };
	vcpu->vector = (struct riscv_vector_csrs){ .vtype = UINT64_C(1) << 63 };
	if (!riscv_vcpu_has(vcpu, RISCV_VCPU_FEATURE_V) ||
	    (vcpu->flags & RISCV_VCPU_NO_VECTOR) != 0) {
		riscv_vcpu_extended_destroy(vcpu);
		begin(vcpu);
		return AXVCPU_OK;
	}
	if (vcpu->vector_regs == NULL) {
		axvcpu_error_t error;
		void *memory;

		vcpu->vector_frames = (bytes + AXVCPU_FRAME_SIZE - 1) / AXVCPU_FRAME_SIZE;
		error = riscv_vcpu_frames_take(vcpu, vcpu->vector_frames, &vcpu->vector_hpa,
					       &memory);
		if (error != AXVCPU_OK)
			return error;
		vcpu->vector_regs = memory;
	}
	for (uint64_t i = 0; i < bytes; i++)
		vcpu->vector_regs[i] = 0;
	vcpu->extended |= RISCV_STATE_VECTOR;
	begin(vcpu);
	return AXVCPU_OK;
}

void riscv_vcpu_extended_destroy(struct riscv_vcpu *vcpu)
{
	if (vcpu->vector_regs == NULL)
		return;
	riscv_vcpu_frames_give(vcpu, vcpu->vector_frames, vcpu->vector_hpa);
	vcpu->vector_regs = NULL;
}
