/* SPDX-License-Identifier: Apache-2.0 */
/* SiFive's test finisher: one register by which a guest ends its machine. */
#ifndef HYPERVISOR_DEVICES_TEST_FINISHER_H_
#define HYPERVISOR_DEVICES_TEST_FINISHER_H_

#include "device.h"

#define TEST_FINISHER_SIZE UINT64_C(0x1000)

enum test_finisher_end {
	TEST_FINISHER_PASS,
	TEST_FINISHER_FAIL,
	TEST_FINISHER_RESET,
};

struct test_finisher {
	/** The guest asked for an end; `code` (16 bits) is what it gave with a failure. */
	void (*end)(void *ctx, enum test_finisher_end end, uint32_t code);
	void *ctx;
};

extern const struct device_ops test_finisher_ops;

#endif /* HYPERVISOR_DEVICES_TEST_FINISHER_H_ */
