/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the emulated devices of a guest's machine have in common. A device is a
 * struct and functions on it: it knows neither vCPUs nor machines, takes no lock
 * and no memory. Its owner calls it from one CPU at a time, also for input.
 */
#ifndef HYPERVISOR_DEVICES_DEVICE_H_
#define HYPERVISOR_DEVICES_DEVICE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** An interrupt line that leaves a device. `set` is called when its level changes. */
struct device_irq {
	void (*set)(void *ctx, uint32_t number, bool high);
	void *ctx;
	/** The device's number at what it is connected to. */
	uint32_t number;
};

/** Where the characters go that a guest writes to a serial port. */
struct device_serial {
	void (*put)(void *ctx, uint8_t byte);
	void *ctx;
};

/** Registers by offset; both false if nothing is there or not in that width: nothing happened. */
struct device_ops {
	/** `width` is 1, 2, 4 or 8; bits of `*value` above it are zero. */
	bool (*read)(void *device, uint64_t offset, uint32_t width, uint64_t *value);
	/** Bits of `value` above `width` are zero. */
	bool (*write)(void *device, uint64_t offset, uint32_t width, uint64_t value);
};

/** A device at its place in the guest's physical address space. */
struct device_region {
	uint64_t base;
	uint64_t size;
	const struct device_ops *ops;
	void *device;
};

/** Reads at guest address `gpa` of the `count` regions; false if no device answers. */
bool device_read(const struct device_region *regions, size_t count, uint64_t gpa, uint32_t width,
		 uint64_t *value);
/** Writes there. */
bool device_write(const struct device_region *regions, size_t count, uint64_t gpa, uint32_t width,
		  uint64_t value);

/** Gives a line its level. */
static inline void device_irq_set(const struct device_irq *irq, bool high)
{
	irq->set(irq->ctx, irq->number, high);
}

#endif /* HYPERVISOR_DEVICES_DEVICE_H_ */
