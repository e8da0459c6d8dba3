/* SPDX-License-Identifier: Apache-2.0 */
/* An emulator with the hypervisor in it: started, watched, ended. */
#ifndef RUNNER_MACHINE_H_
#define RUNNER_MACHINE_H_

#include "emulator.h"
#include "options.h"
#include "report.h"

/** From here on a signal ends the run, not the runner; before anything is to be cleaned up. */
void machine_catch_signals(void);

/** Runs to the end; enum status. Messages go to standard error. */
int machine_run(const struct options *options, const struct machine_files *files,
		struct report *report);

#endif /* RUNNER_MACHINE_H_ */
