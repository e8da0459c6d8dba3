/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FP and vector registers move when a guest uses them.
 *
 * After bind, sstatus.FS and VS are Off and illegal instructions come to the
 * library: the first one of a guest whose vsstatus says that it has the unit on
 * loads the registers. When all that this guest can have is loaded, illegal
 * instructions go straight to the guest. sstatus tells at unbind whether the
 * guest wrote to them; it cannot hide that, as it sees only vsstatus (15.2.11).
 *
 * Where illegal instructions do not come (RISCV_VCPU_FEATURE_ILLEGAL), they are the
 * guest's from the start, and bind loads all.
 */
#include "vcpu.h"

static const struct {
	uint32_t state;
	uint64_t field;
	uint64_t clean;
} units[] = {
	{ RISCV_STATE_FP, SSTATUS_FS, SSTATUS_FS_CLEAN },
	{ RISCV_STATE_VECTOR, SSTATUS_VS, SSTATUS_VS_CLEAN },
};

#define UNITS (sizeof(units) / sizeof(units[0]))

static void move(struct riscv_vcpu *vcpu, uint32_t state, bool load)
{
	const uint64_t old = rv_read_sstatus();

	rv_write_sstatus(old | SSTATUS_FS | SSTATUS_VS);
	if (state == RISCV_STATE_FP) {
		if (load)
			riscv_vcpu_fp_load(&vcpu->fp);
		else
			riscv_vcpu_fp_save(&vcpu->fp);
	} else {
		if (load)
			riscv_vcpu_vector_load(&vcpu->vector, vcpu->vector_regs);
		else
			riscv_vcpu_vector_save(&vcpu->vector, vcpu->vector_regs);
	}
	rv_write_sstatus(old);
}

/* Brings memory up to date; the registers stay the guest's. */
void riscv_vcpu_extended_sync(struct riscv_vcpu *vcpu)
{
	for (size_t i = 0; i < UNITS; i++) {
		if ((vcpu->loaded & units[i].state) == 0 ||
		    (vcpu->sstatus & units[i].field) != units[i].field)
			continue;
		move(vcpu, units[i].state, false);
		vcpu->sstatus = (vcpu->sstatus & ~units[i].field) | units[i].clean;
	}
}

/* Brings the registers up to date after memory was changed. */
void riscv_vcpu_extended_reload(struct riscv_vcpu *vcpu)
{
	for (size_t i = 0; i < UNITS; i++) {
		if ((vcpu->loaded & units[i].state) != 0)
			move(vcpu, units[i].state, true);
	}
}

void riscv_vcpu_extended_unbind(struct riscv_vcpu *vcpu)
{
	riscv_vcpu_extended_sync(vcpu);
	vcpu->loaded = 0;
	vcpu->sstatus &= ~(SSTATUS_FS | SSTATUS_VS);
}

/* Makes the registers of a unit the guest's. */
static void load(struct riscv_vcpu *vcpu, size_t unit)
{
	move(vcpu, units[unit].state, true);
	vcpu->sstatus |= units[unit].clean;
	vcpu->loaded |= units[unit].state;
}

/* At bind where illegal instructions of the guest do not come here: every unit at once. */
void riscv_vcpu_extended_bind(struct riscv_vcpu *vcpu)
{
	for (size_t i = 0; i < UNITS; i++) {
		if ((vcpu->extended & units[i].state) != 0)
			load(vcpu, i);
	}
}

/* After an illegal instruction: whether a unit was given, so that it may be tried again. */
bool riscv_vcpu_extended_load(struct riscv_vcpu *vcpu)
{
	const uint32_t missing = vcpu->extended & ~vcpu->loaded;
	bool any = false;
	uint64_t vsstatus;

	if (missing == 0)
		return false;
	vsstatus = rv_read_vsstatus();
	for (size_t i = 0; i < UNITS; i++) {
		if ((missing & units[i].state) == 0 || (vsstatus & units[i].field) == 0)
			continue;
		load(vcpu, i);
		any = true;
	}
	if (vcpu->loaded == vcpu->extended)
		rv_write_hedeleg(vcpu->control.hedeleg | (UINT64_C(1) << CAUSE_ILLEGAL));
	return any;
}

axvcpu_error_t riscv_vcpu_extended_setup(struct riscv_vcpu *vcpu)
{
	const uint64_t bytes = UINT64_C(32) * vcpu->features.vlenb;
	uint64_t frames;

	/* The registers are moved as doubles: with F alone the guest has no FP. */
	vcpu->extended = riscv_vcpu_has(vcpu, RISCV_VCPU_FEATURE_D) ? RISCV_STATE_FP : 0;
	vcpu->loaded = 0;
	vcpu->fp = (struct riscv_fp_state){ 0 };
	vcpu->vector = (struct riscv_vector_csrs){ .vtype = UINT64_C(1) << 63 };
	if (!riscv_vcpu_has(vcpu, RISCV_VCPU_FEATURE_V) ||
	    (vcpu->flags & RISCV_VCPU_NO_VECTOR) != 0) {
		riscv_vcpu_extended_destroy(vcpu);
		return AXVCPU_OK;
	}
	if (vcpu->vector_regs == NULL) {
		const struct axvcpu_hal_ops *ops = vcpu->hal->ops;
		axvcpu_error_t error;
		uint64_t hpa;

		frames = (bytes + AXVCPU_FRAME_SIZE - 1) / AXVCPU_FRAME_SIZE;
		error = ops->alloc_frames(vcpu->hal->ctx, frames, AXVCPU_FRAME_SIZE, &hpa);
		if (error != AXVCPU_OK)
			return error;
		vcpu->vector_regs = ops->phys_to_virt(vcpu->hal->ctx, hpa);
		if (vcpu->vector_regs == NULL) {
			ops->free_frames(vcpu->hal->ctx, hpa, frames);
			return AXVCPU_ERR_NO_MEMORY;
		}
		vcpu->vector_hpa = hpa;
		vcpu->vector_frames = frames;
	}
	for (uint64_t i = 0; i < bytes; i++)
		vcpu->vector_regs[i] = 0;
	vcpu->extended |= RISCV_STATE_VECTOR;
	return AXVCPU_OK;
}

void riscv_vcpu_extended_destroy(struct riscv_vcpu *vcpu)
{
	if (vcpu->vector_regs == NULL)
		return;
	vcpu->hal->ops->free_frames(vcpu->hal->ctx, vcpu->vector_hpa, vcpu->vector_frames);
	vcpu->vector_regs = NULL;
}
