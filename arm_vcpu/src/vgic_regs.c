/* SPDX-License-Identifier: Apache-2.0 */
#include "vgic_regs.h"

#include "regs.h"
#include "sysreg.h"
#include "vgic_lr.h"

/** Kinds of ARM_VCPU_REG_GIC(), and how many of each there are. */
enum kind {
	KIND_PENDING = 0,
	KIND_ACTIVE = 1,
	KIND_LINE = 2,
	KIND_ATTRIBUTES = 3,
};
#define KIND_SHIFT 8u
#define NUMBER_MASK 0xffu
/** Attribute words in a register, and the registers that hold them all. */
#define ATTRS_PER_REG 4u
#define ATTR_BITS 16u
#define ATTR_REGS (ARM_VGIC_INTIDS / ATTRS_PER_REG)
/** The INTIDs of the last word of a set. */
#define LAST_WORD_MASK ARM_MASK(ARM_VGIC_INTIDS % ARM_VGIC_WORD_BITS - 1u, 0)

#define SET_KINDS 3u
#define SET_REGS (SET_KINDS * ARM_VGIC_WORDS)

#define ID_VMCR ARM_VCPU_REG_SYS(3, 4, 12, 11, 7)
#define ID_AP0R(n) ARM_VCPU_REG_SYS(3, 4, 12, 8, n)
#define ID_AP1R(n) ARM_VCPU_REG_SYS(3, 4, 12, 9, n)

static struct arm_vgic_set *set_of(struct arm_vgic *vgic, uint32_t kind)
{
	switch (kind) {
	case KIND_PENDING:
		return &vgic->pending;
	case KIND_ACTIVE:
		return &vgic->active;
	default:
		return &vgic->line;
	}
}

static bool is_gic(uint64_t id, uint32_t *kind, uint32_t *number)
{
	*kind = AXVCPU_REG_INDEX(id) >> KIND_SHIFT;
	*number = AXVCPU_REG_INDEX(id) & NUMBER_MASK;
	return id == ARM_VCPU_REG_GIC(*kind, *number) && *kind <= KIND_ATTRIBUTES &&
	       *number < (*kind == KIND_ATTRIBUTES ? ATTR_REGS : ARM_VGIC_WORDS);
}

/** Whether `id` is ICH_VMCR_EL2 or an active-priority register, and where it is kept. */
static uint64_t *kept_of(struct arm_vgic *vgic, uint64_t id, uint32_t *group, uint32_t *number)
{
	uint32_t n;

	*number = ARM_VGIC_AP_REGS;
	if (id == ID_VMCR) {
		return &vgic->vmcr;
	}
	for (n = 0; n < ARM_VGIC_AP_REGS; n++) {
		*number = n;
		*group = 0u;
		if (id == ID_AP0R(n)) {
			return &vgic->ap0r[n];
		}
		*group = 1u;
		if (id == ID_AP1R(n)) {
			return &vgic->ap1r[n];
		}
	}
	return NULL;
}

/** List registers are only another form of the sets: as sets they can be read and written. */
static void fold(struct arm_vcpu *vcpu)
{
	if (arm_vcpu_is_on_cpu(vcpu)) {
		arm_vcpu_vgic_fold(vcpu);
	}
	arm_vgic_ask(&vcpu->vgic);
}

static uint64_t attributes(const struct arm_vgic *vgic, uint32_t number)
{
	uint64_t value = 0u;
	uint32_t i;

	for (i = 0; i < ATTRS_PER_REG; i++) {
		value |= (uint64_t)arm_vgic_attr(vgic, number * ATTRS_PER_REG + i) << (i * ATTR_BITS);
	}
	return value;
}

axvcpu_error_t arm_vcpu_vgic_reg_get(struct arm_vcpu *vcpu, uint64_t id, uint64_t *value)
{
	struct arm_vgic *vgic = &vcpu->vgic;
	uint64_t *kept;
	uint32_t kind;
	uint32_t group = 0u;
	uint32_t number;

	if (!vgic->enabled) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	if (is_gic(id, &kind, &number)) {
		fold(vcpu);
		*value = kind == KIND_ATTRIBUTES ? attributes(vgic, number) :
						   set_of(vgic, kind)->word[number];
		return AXVCPU_OK;
	}
	kept = kept_of(vgic, id, &group, &number);
	if (kept == NULL) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	if (arm_vcpu_is_on_cpu(vcpu)) {
		if (id == ID_VMCR) {
			*kept = arm_read_ICH_VMCR_EL2();
		} else if (number < vgic->ap_count) {
			*kept = arm_vcpu_ap_read(group, number);
		}
	}
	*value = *kept;
	return AXVCPU_OK;
}

static bool value_is_allowed(uint32_t kind, uint32_t number, uint64_t value)
{
	uint32_t i;

	if (kind != KIND_ATTRIBUTES) {
		return number != ARM_VGIC_WORDS - 1u || (value & ~LAST_WORD_MASK) == 0u;
	}
	for (i = 0; i < ATTRS_PER_REG; i++) {
		if ((value >> (i * ATTR_BITS) & UINT16_MAX) > ARM_VGIC_ATTR_ALL) {
			return false;
		}
	}
	return true;
}

axvcpu_error_t arm_vcpu_vgic_reg_set(struct arm_vcpu *vcpu, uint64_t id, uint64_t value)
{
	struct arm_vgic *vgic = &vcpu->vgic;
	uint64_t *kept;
	uint32_t kind;
	uint32_t group = 0u;
	uint32_t number;
	uint32_t i;

	if (!vgic->enabled) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	if (is_gic(id, &kind, &number)) {
		if (!value_is_allowed(kind, number, value)) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		fold(vcpu);
		if (kind == KIND_ACTIVE) {
			arm_vcpu_vgic_set_active(vcpu, number, value);
			return AXVCPU_OK;
		}
		if (kind != KIND_ATTRIBUTES) {
			arm_vgic_put_word(set_of(vgic, kind), number, value);
			return AXVCPU_OK;
		}
		for (i = 0; i < ATTRS_PER_REG; i++) {
			arm_vgic_set_attr(vgic, number * ATTRS_PER_REG + i,
					  (uint32_t)(value >> (i * ATTR_BITS)) & ARM_VGIC_ATTR_ALL);
		}
		return AXVCPU_OK;
	}
	kept = kept_of(vgic, id, &group, &number);
	if (kept == NULL) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	*kept = value;
	if (arm_vcpu_is_on_cpu(vcpu)) {
		if (id == ID_VMCR) {
			arm_write_ICH_VMCR_EL2(value);
		} else if (number < vgic->ap_count) {
			arm_vcpu_ap_write(group, number, value);
		}
	}
	return AXVCPU_OK;
}

axvcpu_error_t arm_vcpu_vgic_reg_at(const struct arm_vcpu *vcpu, size_t index, uint64_t *id)
{
	if (!vcpu->vgic.enabled) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	if (index == 0u) {
		*id = ID_VMCR;
		return AXVCPU_OK;
	}
	index--;
	if (index < ARM_VGIC_AP_REGS) {
		*id = ID_AP0R(index);
		return AXVCPU_OK;
	}
	index -= ARM_VGIC_AP_REGS;
	if (index < ARM_VGIC_AP_REGS) {
		*id = ID_AP1R(index);
		return AXVCPU_OK;
	}
	index -= ARM_VGIC_AP_REGS;
	if (index < ATTR_REGS) {
		*id = ARM_VCPU_REG_GIC_ATTRIBUTES(index);
		return AXVCPU_OK;
	}
	index -= ATTR_REGS;
	if (index < SET_REGS) {
		*id = ARM_VCPU_REG_GIC(index / ARM_VGIC_WORDS, index % ARM_VGIC_WORDS);
		return AXVCPU_OK;
	}
	return AXVCPU_ERR_NOT_FOUND;
}
