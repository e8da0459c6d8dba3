/* SPDX-License-Identifier: Apache-2.0 */
#include "vgic_lr.h"

#include "sysreg.h"
#include "vgic.h"

/* Where the list puts each register: the list registers follow each other. */
enum {
#define POSITION(name, op0, op1, crn, crm, op2) POSITION_##name,
	ARM_GIC_LR_SYSREGS(POSITION)
#undef POSITION
};
enum {
#define POSITION(name, op0, op1, crn, crm, op2) POSITION_##name,
	ARM_GIC_AP_SYSREGS(POSITION)
#undef POSITION
};

uint64_t arm_vcpu_lr_read(uint32_t n)
{
	switch (n) {
#define READ_CASE(name, op0, op1, crn, crm, op2) \
	case POSITION_##name:                    \
		return arm_read_##name();
		ARM_GIC_LR_SYSREGS(READ_CASE)
	default:
		return 0;
	}
}

void arm_vcpu_lr_write(uint32_t n, uint64_t value)
{
	switch (n) {
#define WRITE_CASE(name, op0, op1, crn, crm, op2) \
	case POSITION_##name:                     \
		arm_write_##name(value);          \
		break;
		ARM_GIC_LR_SYSREGS(WRITE_CASE)
	default:
		break;
	}
}

uint64_t arm_vcpu_ap_read(uint32_t group, uint32_t n)
{
	switch (group * ARM_VGIC_AP_REGS + n) {
		ARM_GIC_AP_SYSREGS(READ_CASE)
	default:
		return 0;
	}
}

void arm_vcpu_ap_write(uint32_t group, uint32_t n, uint64_t value)
{
	switch (group * ARM_VGIC_AP_REGS + n) {
		ARM_GIC_AP_SYSREGS(WRITE_CASE)
	default:
		break;
	}
}
