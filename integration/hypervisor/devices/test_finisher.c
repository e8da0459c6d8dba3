/* SPDX-License-Identifier: Apache-2.0 */
#include "test_finisher.h"

/* QEMU, include/hw/misc/sifive_test.h: the low half is the command, the high half its code */
#define COMMAND 0xffffu
#define COMMAND_FAIL 0x3333u
#define COMMAND_PASS 0x5555u
#define COMMAND_RESET 0x7777u
#define CODE_SHIFT 16u

static bool is_register(uint32_t width)
{
	return width == 2 || width == 4;
}

static bool mmio_read(void *device, uint64_t offset, uint32_t width, uint64_t *value)
{
	(void)device;
	(void)offset;
	if (!is_register(width)) {
		return false;
	}
	*value = 0;
	return true;
}

static bool mmio_write(void *device, uint64_t offset, uint32_t width, uint64_t value)
{
	const struct test_finisher *finisher = device;
	uint32_t code = (uint32_t)value >> CODE_SHIFT;

	if (!is_register(width)) {
		return false;
	}
	if (offset != 0) {
		return true;
	}
	switch (value & COMMAND) {
	case COMMAND_FAIL:
		finisher->end(finisher->ctx, TEST_FINISHER_FAIL, code);
		break;
	case COMMAND_PASS:
		finisher->end(finisher->ctx, TEST_FINISHER_PASS, code);
		break;
	case COMMAND_RESET:
		finisher->end(finisher->ctx, TEST_FINISHER_RESET, code);
		break;
	default:
		break;
	}
	return true;
}

const struct device_ops test_finisher_ops = { .read = mmio_read, .write = mmio_write };
