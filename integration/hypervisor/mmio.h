/* SPDX-License-Identifier: Apache-2.0 */
/* Device registers by address. */
#ifndef HYPERVISOR_MMIO_H_
#define HYPERVISOR_MMIO_H_

#include <stdint.h>

static inline uint8_t mmio_read8(uint64_t address)
{
	return *(const volatile uint8_t *)(uintptr_t)address;
}

static inline void mmio_write8(uint64_t address, uint8_t value)
{
	*(volatile uint8_t *)(uintptr_t)address = value;
}

static inline uint16_t mmio_read16(uint64_t address)
{
	return *(const volatile uint16_t *)(uintptr_t)address;
}

static inline void mmio_write16(uint64_t address, uint16_t value)
{
	*(volatile uint16_t *)(uintptr_t)address = value;
}

static inline uint32_t mmio_read32(uint64_t address)
{
	return *(const volatile uint32_t *)(uintptr_t)address;
}

static inline void mmio_write32(uint64_t address, uint32_t value)
{
	*(volatile uint32_t *)(uintptr_t)address = value;
}

static inline void mmio_write64(uint64_t address, uint64_t value)
{
	*(volatile uint64_t *)(uintptr_t)address = value;
}

#endif /* HYPERVISOR_MMIO_H_ */
