/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's own two lines to the outside, apart from the guest's console:
 * the ports of QEMU's pci-serial-2x. The first carries the log, the second the
 * report that the runner reads.
 */
#ifndef HYPERVISOR_CONSOLE_H_
#define HYPERVISOR_CONSOLE_H_

#include <stdint.h>

#include "axvcpu/hal.h"

/** Finds the device and opens both ports; without it nothing is printed. */
void console_init(void);
/** Lines above `level` (AXVCPU_LOG_*) are dropped. */
void console_set_log_level(uint32_t level);
/** Whether a line of that level would be printed. */
int console_logs(uint32_t level);
/** One line of log; see text_format() for the format. */
void log_line(uint32_t level, const char *format, ...);
/** One line of the report. */
void report_line(const char *format, ...);

#endif /* HYPERVISOR_CONSOLE_H_ */
