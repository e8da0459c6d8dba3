/* SPDX-License-Identifier: Apache-2.0 */
/* Written against release 0.1 and left as it is: what users of that release compile. */
#ifndef RELEASE_0_1_SCENARIO_H_
#define RELEASE_0_1_SCENARIO_H_

#include <stdio.h>
#include <stdlib.h>

#include "axvcpu/arch.h"
#include "axvcpu/axvcpu.h"

/** Ends the program with the line that does not hold. */
#define CHECK(condition)                                                              \
	do {                                                                          \
		if (!(condition)) {                                                   \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__,  \
				#condition);                                          \
			_Exit(1);                                                     \
		}                                                                     \
	} while (0)

/** What the guest of either arch package does, in this order. */
#define GUEST_DEVICE UINT64_C(0x9000000)
#define GUEST_REGISTER 3u
#define GUEST_CALL UINT64_C(0x1234)
#define GUEST_ENTRY UINT64_C(0x40200000)
#define GUEST_ROOT UINT64_C(0x80000000)
#define GUEST_VECTOR 33u

/** An arch package that a third party wrote against the release. */
const struct axvcpu_arch_ops *release_arch_ops(void);

/** A vCPU's life on `arch`; `id` is a register of it that takes any 8 bytes. */
void release_scenario(const struct axvcpu_arch_ops *arch, const void *create_config, uint64_t id);

#endif /* RELEASE_0_1_SCENARIO_H_ */
