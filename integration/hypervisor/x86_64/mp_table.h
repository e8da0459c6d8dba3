/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables by which systems without ACPI find a machine's CPUs and interrupt controllers
 * (Intel, MultiProcessor Specification 1.4, chapter 4): the floating pointer structure and,
 * behind it, the configuration table with CPUs, the ISA bus, the I/O APIC and its wires.
 */
#ifndef HYPERVISOR_X86_64_MP_TABLE_H_
#define HYPERVISOR_X86_64_MP_TABLE_H_

#include "acpi.h"

/** Bytes that the tables take at most. */
#define MP_TABLE_SIZE_MAX 2048u

/**
 * Writes the tables to `at`, which the guest has at `gpa`, a multiple of 16 in the area in
 * which it looks (4: the last KiB of low RAM, or 0xf0000 to 0xfffff). Of `machine` CPUs,
 * APICs and the timer's input count; input `pic_input` of the I/O APIC has the 8259A's INTR.
 * @return bytes written; 0, with nothing written, if there is less room than
 *         MP_TABLE_SIZE_MAX, `gpa` is another one, or there are more than ACPI_CPUS_MAX CPUs.
 */
size_t mp_table_write(uint8_t *at, size_t room, uint64_t gpa, const struct acpi_machine *machine,
		      uint8_t pic_input);

#endif /* HYPERVISOR_X86_64_MP_TABLE_H_ */
