/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For boards whose guests have no I/O ports, and whose emulated devices no timers of their
 * own and no ends of interrupts to wait for.
 */
#include "board.h"

bool board_port_read(struct vm_vcpu *vcpu, const struct axvcpu_exit_port *access, uint64_t *value)
{
	(void)vcpu;
	(void)access;
	(void)value;
	return false;
}

bool board_clock_read(struct vm_vcpu *vcpu, const struct axvcpu_exit_port *access, uint64_t *value)
{
	(void)vcpu;
	(void)access;
	(void)value;
	return false;
}

enum port_answer board_port_write(struct vm_vcpu *vcpu, const struct axvcpu_exit_port *access)
{
	(void)vcpu;
	(void)access;
	return PORT_REFUSED;
}

uint64_t board_machine_deadline(struct vm_vcpu *vcpu)
{
	(void)vcpu;
	return UINT64_MAX;
}

void board_end_of_interrupt(struct vm_vcpu *vcpu, uint64_t vector)
{
	(void)vcpu;
	(void)vector;
}
