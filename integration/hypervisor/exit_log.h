/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HYPERVISOR_EXIT_LOG_H_
#define HYPERVISOR_EXIT_LOG_H_

#include "axvcpu/exit.h"

/** One line of log with all that an exit says. */
void exit_log(uint32_t level, const struct axvcpu_exit *exit);

#endif /* HYPERVISOR_EXIT_LOG_H_ */
