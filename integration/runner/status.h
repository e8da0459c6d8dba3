/* SPDX-License-Identifier: Apache-2.0 */
/* Exit statuses of the runner. */
#ifndef RUNNER_STATUS_H_
#define RUNNER_STATUS_H_

enum status {
	/** The guest powered off. */
	STATUS_POWERED_OFF = 0,
	/** Bad arguments or input. */
	STATUS_BAD_INPUT = 2,
	/** The guest asked for a reset. */
	STATUS_RESET = 3,
	/** The guest's vCPU, or the hypervisor, stopped on an error. */
	STATUS_ERROR = 4,
	/** It was saved. */
	STATUS_SAVED = 6,
	/** Time out, as timeout(1) has it. */
	STATUS_TIMEOUT = 124,
};

#endif /* RUNNER_STATUS_H_ */
