/* SPDX-License-Identifier: Apache-2.0 */
#include "exit_log.h"

#include "console.h"

static void log_raw(uint32_t level, const struct axvcpu_exit *exit)
{
	log_line(level, "exit %s pc=%x raw=%x,%x,%x,%x", axvcpu_exit_reason_string(exit->reason),
		 exit->pc, exit->raw.word[0], exit->raw.word[1], exit->raw.word[2],
		 exit->raw.word[3]);
}

void exit_log(uint32_t level, const struct axvcpu_exit *exit)
{
	const char *name = axvcpu_exit_reason_string(exit->reason);

	switch (exit->reason) {
	case AXVCPU_EXIT_HYPERCALL:
		log_line(level,
			 "exit %s pc=%x number=%x args=%x,%x,%x,%x,%x,%x,%x,%x immediate=%x conduit=%u",
			 name, exit->pc, exit->u.hypercall.number, exit->u.hypercall.args[0],
			 exit->u.hypercall.args[1], exit->u.hypercall.args[2],
			 exit->u.hypercall.args[3], exit->u.hypercall.args[4],
			 exit->u.hypercall.args[5], exit->u.hypercall.args[6],
			 exit->u.hypercall.args[7], (uint64_t)exit->u.hypercall.immediate,
			 (uint64_t)exit->u.hypercall.conduit);
		break;
	case AXVCPU_EXIT_MMIO_READ:
	case AXVCPU_EXIT_MMIO_WRITE:
		log_line(level, "exit %s pc=%x gpa=%x data=%x width=%u reg=%u reg_width=%u sign_extend=%u",
			 name, exit->pc, exit->u.mmio.gpa, exit->u.mmio.data, (uint64_t)exit->u.mmio.width,
			 (uint64_t)exit->u.mmio.reg, (uint64_t)exit->u.mmio.reg_width,
			 (uint64_t)exit->u.mmio.sign_extend);
		break;
	case AXVCPU_EXIT_SYSREG_READ:
	case AXVCPU_EXIT_SYSREG_WRITE:
		log_line(level, "exit %s pc=%x address=%x value=%x reg=%u width=%u", name, exit->pc,
			 exit->u.sysreg.address, exit->u.sysreg.value,
			 (uint64_t)exit->u.sysreg.reg, (uint64_t)exit->u.sysreg.width);
		break;
	case AXVCPU_EXIT_PORT_READ:
	case AXVCPU_EXIT_PORT_WRITE:
		log_line(level, "exit %s pc=%x port=%x data=%x width=%u count=%u", name, exit->pc,
			 (uint64_t)exit->u.port.port, exit->u.port.data,
			 (uint64_t)exit->u.port.width, exit->u.port.count);
		break;
	case AXVCPU_EXIT_EXTERNAL_INTERRUPT:
	case AXVCPU_EXIT_END_OF_INTERRUPT:
		log_line(level, "exit %s pc=%x vector=%u", name, exit->pc, exit->u.interrupt.vector);
		break;
	case AXVCPU_EXIT_NESTED_PAGE_FAULT:
		log_line(level, "exit %s pc=%x gpa=%x gva=%x access=%x level=%u", name, exit->pc,
			 exit->u.nested_page_fault.gpa, exit->u.nested_page_fault.gva,
			 (uint64_t)exit->u.nested_page_fault.access,
			 (uint64_t)exit->u.nested_page_fault.level);
		break;
	case AXVCPU_EXIT_CPU_UP:
		log_line(level, "exit %s pc=%x target=%x entry=%x arg=%x", name, exit->pc,
			 exit->u.cpu_up.target_cpu, exit->u.cpu_up.entry_point,
			 exit->u.cpu_up.arg);
		break;
	case AXVCPU_EXIT_CPU_DOWN:
		log_line(level, "exit %s pc=%x state=%x", name, exit->pc, exit->u.cpu_down.power_state);
		break;
	case AXVCPU_EXIT_SYSTEM_DOWN:
		log_line(level, "exit %s pc=%x type=%u code=%x", name, exit->pc,
			 (uint64_t)exit->u.system_down.type, exit->u.system_down.code);
		break;
	case AXVCPU_EXIT_SEND_IPI:
		log_line(level, "exit %s pc=%x target=%x mask=%x range=%u vector=%u flags=%x", name, exit->pc,
			 exit->u.send_ipi.target_cpu, exit->u.send_ipi.target_mask,
			 (uint64_t)exit->u.send_ipi.range_selector, exit->u.send_ipi.vector,
			 (uint64_t)exit->u.send_ipi.flags);
		break;
	case AXVCPU_EXIT_FAIL_ENTRY:
		log_line(level, "exit %s pc=%x hardware_reason=%x", name, exit->pc,
			 exit->u.fail_entry.hardware_reason);
		break;
	case AXVCPU_EXIT_NOTHING:
	case AXVCPU_EXIT_HALT:
		log_line(level, "exit %s pc=%x flags=%x", name, exit->pc, (uint64_t)exit->flags);
		break;
	default:
		log_raw(level, exit);
		break;
	}
}
