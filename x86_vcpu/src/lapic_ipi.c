/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts between CPUs: SDM 11.6. */
#include "lapic_bits.h"

#define DFR_CLUSTER_MODEL UINT32_C(0xf0000000)
#define XAPIC_BROADCAST UINT32_C(0xff)
#define X2APIC_BROADCAST UINT32_MAX
#define LDR_XAPIC_SHIFT 24u
#define CLUSTER_BROADCAST UINT32_C(0xf)

/* MDA against the logical id: flat model, cluster model, x2APIC's clusters of 16. */
static bool logical_match(const struct x86_lapic *lapic, uint32_t destination)
{
	uint32_t ldr;

	if (x86_lapic_is_x2apic(lapic))
		return destination >> 16 == lapic->ldr >> 16 &&
		       (destination & lapic->ldr & UINT32_C(0xffff)) != 0;
	ldr = lapic->ldr >> LDR_XAPIC_SHIFT;
	if ((lapic->dfr & DFR_CLUSTER_MODEL) != 0)
		return (destination & ldr & 0xffu) != 0;
	return (destination >> 4 == ldr >> 4 || destination >> 4 == CLUSTER_BROADCAST) &&
	       (destination & ldr & 0xfu) != 0;
}

bool x86_vcpu_lapic_is_destination(const struct x86_lapic *lapic, bool logical, bool x2apic,
			      uint32_t destination)
{
	if (!x86_lapic_is_on(lapic))
		return false;
	if (destination == (x2apic ? X2APIC_BROADCAST : XAPIC_BROADCAST))
		return true;
	if (logical)
		/* Logical ids of the two forms cannot meet. */
		return x2apic == x86_lapic_is_x2apic(lapic) && logical_match(lapic, destination);
	return destination == (x86_lapic_is_x2apic(lapic) ? lapic->id : lapic->xapic_id);
}

/* What a CPU does to itself. */
static void deliver_to_self(struct x86_lapic *lapic, const struct x86_ipi *ipi)
{
	switch (ipi->delivery) {
	case X86_APIC_FIXED:
	case X86_APIC_LOWEST_PRIORITY:
		x86_vcpu_lapic_raise(lapic, ipi->vector);
		break;
	case X86_APIC_NMI:
		lapic->nmi = true;
		break;
	default:
		break;
	}
}

static bool is_sendable(struct x86_lapic *lapic, const struct x86_ipi *ipi, uint64_t icr)
{
	switch (ipi->delivery) {
	case X86_APIC_FIXED:
	case X86_APIC_LOWEST_PRIORITY:
		if (ipi->vector < APIC_FIRST_VECTOR) {
			x86_vcpu_lapic_error(lapic, ESR_SEND_ILLEGAL);
			return false;
		}
		/* Self and all-including-self take fixed interrupts only (SDM table 11-3). */
		return true;
	case X86_APIC_NMI:
	case X86_APIC_STARTUP:
		return ipi->shorthand == X86_APIC_TO_DESTINATION ||
		       ipi->shorthand == X86_APIC_TO_OTHERS;
	case X86_APIC_INIT:
		/* Level with deassert only synchronises arbitration ids. */
		if ((icr & (ICR_LEVEL | ICR_ASSERT)) == ICR_LEVEL)
			return false;
		return ipi->shorthand == X86_APIC_TO_DESTINATION ||
		       ipi->shorthand == X86_APIC_TO_OTHERS;
	default:
		return false;
	}
}

void x86_vcpu_lapic_send(struct x86_lapic *lapic, uint64_t icr, struct x86_lapic_effect *effect)
{
	const bool x2apic = x86_lapic_is_x2apic(lapic);
	struct x86_ipi *ipi = &effect->ipi;
	uint32_t own_id;

	ipi->vector = (uint8_t)(icr & ICR_VECTOR);
	ipi->delivery = (uint8_t)((icr >> ICR_DELIVERY_SHIFT) & 7u);
	ipi->shorthand = (uint8_t)((icr >> ICR_SHORTHAND_SHIFT) & 3u);
	ipi->logical = (icr & ICR_LOGICAL) != 0;
	ipi->x2apic = x2apic;
	ipi->destination =
		(uint32_t)(icr >> (x2apic ? ICR_DESTINATION_SHIFT : ICR_DESTINATION_XAPIC_SHIFT));
	if (!is_sendable(lapic, ipi, icr))
		return;
	own_id = x2apic ? lapic->id : lapic->xapic_id;
	switch (ipi->shorthand) {
	case X86_APIC_TO_SELF:
		deliver_to_self(lapic, ipi);
		return;
	case X86_APIC_TO_ALL:
		deliver_to_self(lapic, ipi);
		ipi->shorthand = X86_APIC_TO_OTHERS;
		break;
	case X86_APIC_TO_DESTINATION:
		if (!ipi->logical && ipi->destination == own_id) {
			deliver_to_self(lapic, ipi);
			return;
		}
		break;
	default:
		break;
	}
	effect->send = true;
}
