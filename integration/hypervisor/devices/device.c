/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

/** The region that holds all of the access; null if there is none. */
static const struct device_region *find(const struct device_region *regions, size_t count,
					uint64_t gpa, uint32_t width)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (gpa >= regions[i].base && regions[i].size >= width &&
		    gpa - regions[i].base <= regions[i].size - width) {
			return &regions[i];
		}
	}
	return NULL;
}

bool device_read(const struct device_region *regions, size_t count, uint64_t gpa, uint32_t width,
		 uint64_t *value)
{
	const struct device_region *region = find(regions, count, gpa, width);

	return region != NULL &&
	       region->ops->read(region->device, gpa - region->base, width, value);
}

bool device_write(const struct device_region *regions, size_t count, uint64_t gpa, uint32_t width,
		  uint64_t value)
{
	const struct device_region *region = find(regions, count, gpa, width);

	return region != NULL &&
	       region->ops->write(region->device, gpa - region->base, width, value);
}
