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
/** R/W: an I/O access, with CR4.DE. */
#define READ_WRITE_IO 2u

/** Bytes by LEN: 1, 2, 8, 4; a port has no range of 8. */
static uint64_t length_of(uint64_t condition)
{
	static const uint8_t lengths[] = { 1, 2, 8, 4 };

	return lengths[condition >> DR7_LENGTH_SHIFT & DR7_LENGTH];
}

/** Whether breakpoint `n` is one on I/O that has a byte in common with the access. */
static bool is_met(const struct x86_vcpu *vcpu, uint32_t n)
{
	const struct x86_io *io = &vcpu->access.io;
	uint64_t condition = vcpu->dr7 >> (DR7_CONDITION_SHIFT + DR7_CONDITION_BITS * n);
	uint64_t length = length_of(condition);
	/* Low bits of the address do not count: ranges are aligned (18.2.5). */
	uint64_t first = vcpu->dr[n] & ~(length - 1u);

	return (vcpu->dr7 >> (DR7_ENABLE_BITS * n) & DR7_ENABLE) != 0u &&
	       (condition & DR7_READ_WRITE) == READ_WRITE_IO && first < io->port + (uint64_t)io->width &&
	       io->port < first + length;
}

void x86_vcpu_check_io_breakpoints(struct x86_vcpu *vcpu)
{
	uint64_t met = 0;
	uint32_t n;

	x86_need(vcpu, X86_GROUP_CONTROL | X86_GROUP_SYSTEM);
	if ((vcpu->cr4 & CR4_DE) == 0u) {
		return;
	}
	if (vcpu->cpu != NULL) {
		x86_vcpu_debug_save(vcpu);
	}
	for (n = 0; n < BREAKPOINTS; n++) {
		if (is_met(vcpu, n)) {
			met |= UINT64_C(1) << n;
		}
	}
	if (met == 0u) {
		return;
	}
	x86_change(vcpu, X86_GROUP_SYSTEM);
	/* Those that were met before do not stay; a single step is one exception with it. */
	vcpu->dr6 = (vcpu->dr6 & ~DR6_BREAKPOINTS) | met;
	x86_vcpu_queue_exception(vcpu, X86_VECTOR_DB, false, 0);
}
