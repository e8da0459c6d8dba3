/* SPDX-License-Identifier: Apache-2.0 */
#include "axvcpu/exit.h"

const char *axvcpu_exit_reason_string(uint32_t reason)
{
	switch (reason) {
	case AXVCPU_EXIT_NOTHING:
		return "NOTHING";
	case AXVCPU_EXIT_HYPERCALL:
		return "HYPERCALL";
	case AXVCPU_EXIT_MMIO_READ:
		return "MMIO_READ";
	case AXVCPU_EXIT_MMIO_WRITE:
		return "MMIO_WRITE";
	case AXVCPU_EXIT_SYSREG_READ:
		return "SYSREG_READ";
	case AXVCPU_EXIT_SYSREG_WRITE:
		return "SYSREG_WRITE";
	case AXVCPU_EXIT_PORT_READ:
		return "PORT_READ";
	case AXVCPU_EXIT_PORT_WRITE:
		return "PORT_WRITE";
	case AXVCPU_EXIT_EXTERNAL_INTERRUPT:
		return "EXTERNAL_INTERRUPT";
	case AXVCPU_EXIT_NESTED_PAGE_FAULT:
		return "NESTED_PAGE_FAULT";
	case AXVCPU_EXIT_HALT:
		return "HALT";
	case AXVCPU_EXIT_CPU_UP:
		return "CPU_UP";
	case AXVCPU_EXIT_CPU_DOWN:
		return "CPU_DOWN";
	case AXVCPU_EXIT_SYSTEM_DOWN:
		return "SYSTEM_DOWN";
	case AXVCPU_EXIT_FAIL_ENTRY:
		return "FAIL_ENTRY";
	case AXVCPU_EXIT_SEND_IPI:
		return "SEND_IPI";
	case AXVCPU_EXIT_END_OF_INTERRUPT:
		return "END_OF_INTERRUPT";
	default:
		return "UNKNOWN";
	}
}
