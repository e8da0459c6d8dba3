/* SPDX-License-Identifier: Apache-2.0 */
/* System reset (SBI 2.0, 10). */
#include "sbi.h"

enum { SYSTEM_RESET = 0 };
enum { TYPE_SHUTDOWN = 0, TYPE_COLD_REBOOT = 1, TYPE_WARM_REBOOT = 2 };
enum { REASON_NONE = 0, REASON_FAILURE = 1 };

#define TYPE_VENDOR UINT32_C(0xf0000000)
#define REASON_IMPLEMENTATION UINT32_C(0xe0000000)

static uint32_t down_type(uint32_t type, uint32_t reason)
{
	if (type != TYPE_SHUTDOWN)
		return AXVCPU_SYSTEM_DOWN_RESET;
	return reason == REASON_FAILURE ? AXVCPU_SYSTEM_DOWN_CRASH : AXVCPU_SYSTEM_DOWN_POWER_OFF;
}

bool riscv_vcpu_sbi_srst(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	const uint32_t type = (uint32_t)vcpu->gpr[RISCV_A0];
	const uint32_t reason = (uint32_t)vcpu->gpr[RISCV_A1];

	if (vcpu->gpr[RISCV_A6] != SYSTEM_RESET || type >= TYPE_VENDOR)
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_NOT_SUPPORTED, 0);
	/* Reserved values; reasons of implementation and vendor are only passed on. */
	if (type > TYPE_WARM_REBOOT || (reason > REASON_FAILURE && reason < REASON_IMPLEMENTATION))
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_INVALID_PARAM, 0);
	exit->reason = AXVCPU_EXIT_SYSTEM_DOWN;
	exit->u.system_down = (struct axvcpu_exit_system_down){
		.type = down_type(type, reason),
		.code = ((uint64_t)type << 32) | reason,
	};
	(void)riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_FAILED, 0);
	return true;
}
