/* SPDX-License-Identifier: Apache-2.0 */
#include "board_plic.h"

#include "../mmio.h"
#include "cpu.h"
#include "virt.h"

/* RISC-V PLIC Specification 1.0.0, 3: memory map */
#define PRIORITY_STRIDE 4u
#define ENABLE_BASE UINT64_C(0x2000)
#define ENABLE_STRIDE UINT64_C(0x80)
#define CONTEXT_BASE UINT64_C(0x200000)
#define CONTEXT_STRIDE UINT64_C(0x1000)
#define CONTEXT_CLAIM 4u
#define WORD_BITS 32u
#define PRIORITY_LOWEST 1u

static uint64_t context_of(uint32_t cpu)
{
	return board_hart(cpu) * VIRT_PLIC_CONTEXTS_PER_HART + VIRT_PLIC_CONTEXT_S;
}

static uint64_t registers_of(uint32_t cpu)
{
	return VIRT_PLIC + CONTEXT_BASE + context_of(cpu) * CONTEXT_STRIDE;
}

void board_plic_init(uint32_t cpu)
{
	mmio_write32(registers_of(cpu), 0); /* threshold: all priorities */
}

void board_plic_enable(uint32_t cpu, uint32_t source)
{
	uint64_t word = VIRT_PLIC + ENABLE_BASE + context_of(cpu) * ENABLE_STRIDE +
			source / WORD_BITS * sizeof(uint32_t);

	mmio_write32(VIRT_PLIC + source * PRIORITY_STRIDE, PRIORITY_LOWEST);
	mmio_write32(word, mmio_read32(word) | UINT32_C(1) << source % WORD_BITS);
}

uint32_t board_plic_claim(uint32_t cpu)
{
	return mmio_read32(registers_of(cpu) + CONTEXT_CLAIM);
}

void board_plic_complete(uint32_t cpu, uint32_t source)
{
	mmio_write32(registers_of(cpu) + CONTEXT_CLAIM, source);
}
