/* SPDX-License-Identifier: Apache-2.0 */
/* For boards whose vCPUs have nothing of the CPU that they are on but their turn there. */
#include "board.h"

axvcpu_error_t board_vcpu_move(struct vm_vcpu *vcpu, uint32_t to)
{
	(void)vcpu;
	(void)to;
	return AXVCPU_OK;
}

axvcpu_error_t board_vcpu_save(struct vm_vcpu *vcpu)
{
	(void)vcpu;
	return AXVCPU_OK;
}

void board_vcpu_destroy(struct vm_vcpu *vcpu)
{
	(void)vcpu;
}
