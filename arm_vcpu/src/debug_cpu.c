/* SPDX-License-Identifier: Apache-2.0 */
#include "debug_cpu.h"

#include "sysreg.h"

/* Where the list puts each register: kind by kind, in the order of enum arm_debug_kind. */
enum {
#define POSITION(name, op0, op1, crn, crm, op2) POSITION_##name,
	ARM_DEBUG_SYSREGS(POSITION)
#undef POSITION
	POSITION_COUNT,
};
_Static_assert(POSITION_COUNT == ARM_DEBUG_KINDS * ARM_DEBUG_MOST, "sysreg_list.h has all");
_Static_assert((int)POSITION_DBGWCR0_EL1 == (int)ARM_DEBUG_WCR * (int)ARM_DEBUG_MOST, "in this order");

uint64_t arm_vcpu_debug_cpu_read(enum arm_debug_kind kind, uint32_t n)
{
	switch ((uint32_t)kind * ARM_DEBUG_MOST + n) {
#define READ_CASE(name, op0, op1, crn, crm, op2) \
	case POSITION_##name:                    \
		return arm_read_##name();
		ARM_DEBUG_SYSREGS(READ_CASE)
#undef READ_CASE
	default:
		return 0;
	}
}

void arm_vcpu_debug_cpu_write(enum arm_debug_kind kind, uint32_t n, uint64_t value)
{
	switch ((uint32_t)kind * ARM_DEBUG_MOST + n) {
#define WRITE_CASE(name, op0, op1, crn, crm, op2) \
	case POSITION_##name:                     \
		arm_write_##name(value);          \
		break;
		ARM_DEBUG_SYSREGS(WRITE_CASE)
#undef WRITE_CASE
	default:
		break;
	}
}
