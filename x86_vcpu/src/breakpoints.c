/* SPDX-License-Identifier: Apache-2.0 */
#include "breakpoints.h"

#include "events.h"
#include "fpu.h"

#define BREAKPOINTS 4u
/* DR7: two enable bits a breakpoint; from bit 16 on R/W and LEN, two bits each. */
#define DR7_ENABLE_BITS 2u
#define DR7_ENABLE UINT64_C(3)
#define DR7_CONDITION_SHIFT 16u
#define DR7_CONDITION_BITS 4u
#define DR7_READ_WRITE UINT64_C(3)
#define DR7_LENGTH_SHIFT 2u
#define DR7_LENGTH UINT64_C(3)

/** Values of R/W that an access meets, a bit each: 1 writes, 2 I/O with CR4.DE, 3 reads and writes. */
enum kinds {
	KINDS_WRITE = 1u << 1 | 1u << 3,
	KINDS_READ = 1u << 3,
	KINDS_IO = 1u << 2,
};

/** Bytes by LEN: 1, 2, 8, 4; a port has no range of 8. */
static uint64_t length_of(uint64_t condition)
{
	static const uint8_t lengths[] = { 1, 2, 8, 4 };

	return lengths[condition >> DR7_LENGTH_SHIFT & DR7_LENGTH];
}

/** Whether breakpoint `n` is of one of these kinds and has a byte in common with the access. */
static bool is_met(const struct x86_vcpu *vcpu, uint32_t n, uint32_t kinds, uint64_t address,
		   uint64_t width)
{
	uint64_t condition = vcpu->dr7 >> (DR7_CONDITION_SHIFT + DR7_CONDITION_BITS * n);
	uint64_t length = length_of(condition);
	/* Low bits of the address do not count: ranges are aligned (18.2.5). */
	uint64_t first = vcpu->dr[n] & ~(length - 1u);

	/* One of the two begins inside the other. */
	return (vcpu->dr7 >> (DR7_ENABLE_BITS * n) & DR7_ENABLE) != 0u &&
	       (kinds >> (condition & DR7_READ_WRITE) & 1u) != 0u &&
	       (address - first < length || first - address < width);
}

static uint8_t find_met(struct x86_vcpu *vcpu, uint32_t kinds, uint64_t address, uint64_t width)
{
	uint32_t met = 0, n;

	x86_need(vcpu, X86_GROUP_SYSTEM);
	if (vcpu->cpu != NULL) {
		x86_vcpu_debug_save(vcpu);
	}
	for (n = 0; n < BREAKPOINTS; n++) {
		if (is_met(vcpu, n, kinds, address, width)) {
			met |= 1u << n;
		}
	}
	return (uint8_t)met;
}

uint8_t x86_vcpu_data_breakpoints(struct x86_vcpu *vcpu, uint64_t linear, uint32_t width,
				  bool write)
{
	return find_met(vcpu, write ? KINDS_WRITE : KINDS_READ, linear, width);
}

void x86_vcpu_raise_breakpoints(struct x86_vcpu *vcpu, uint8_t met)
{
	if (met == 0u) {
		return;
	}
	x86_change(vcpu, X86_GROUP_SYSTEM);
	/* Those that were met before do not stay; a single step is one exception with it. */
	vcpu->dr6 = (vcpu->dr6 & ~DR6_BREAKPOINTS) | met;
	x86_vcpu_queue_exception(vcpu, X86_VECTOR_DB, false, 0);
}

void x86_vcpu_check_io_breakpoints(struct x86_vcpu *vcpu)
{
	const struct x86_io *io = &vcpu->access.io;
	uint8_t met = 0;

	x86_need(vcpu, X86_GROUP_CONTROL);
	if ((vcpu->cr4 & CR4_DE) != 0u) {
		met = find_met(vcpu, KINDS_IO, io->port, io->width);
	}
	if (io->string) {
		met |= x86_vcpu_data_breakpoints(vcpu, vcpu->access.address, io->width, io->in);
	}
	x86_vcpu_raise_breakpoints(vcpu, met);
}
