/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices for our own test guests; there only with `testdev 1`. None of them is
 * on a real board.
 *
 *   0x0b000000  scratch memory behind MMIO exits: reads give what was written; all of
 *               8 KiB but the last eight bytes, where nothing is
 *   0x0b010000  16 KiB of RAM; each page is mapped at the first access to it
 *   1 << 43     the same, for a machine with so many bits of address (`stage2 4`)
 *
 * Hypercalls, arm64: in the vendor-specific hypervisor service range (SMCCC, 6.4),
 * arguments from x1 on; riscv64: functions of the extension "HVC", from a0 on.
 *
 *   0xc6000000 echo      exclusive or of the eight arguments
 *   0xc6000001 inject    queues the interrupt that the first argument names for the caller
 *   0xc6000002 kick      kicks the caller
 *   0xc6000003 exits     how often the exit reason of the first argument occurred
 *   0xc6000004 checksum  of the hypervisor's code and read-only data
 *   0xc6000005 machine   how many machines there were before this one (`kill`)
 *   0xc6000006 fault     the hypervisor accesses an address that does not exist
 *   0xc6000010 set_reg   writes x2 to the caller's register of 8 bytes with id x1
 */
#ifndef HYPERVISOR_TEST_DEVICES_H_
#define HYPERVISOR_TEST_DEVICES_H_

#include "axvcpu/axvcpu.h"

#include "pages.h"

/** Windows of RAM of as many pages each. */
#define TEST_LAZY_WINDOWS 2u
#define TEST_LAZY_PAGES 4u
/** Two pages, but not all of them: an access may begin in it and end behind. */
#define TEST_SCRATCH_SIZE (2u * PAGE_SIZE - sizeof(uint64_t))

struct state_stream;
struct vm_vcpu;

/** Bytes that test_devices_state() takes at most. */
#define TEST_DEVICES_ROOM \
	(TEST_SCRATCH_SIZE + TEST_LAZY_WINDOWS * TEST_LAZY_PAGES * (PAGE_SIZE + 1u) + PAGE_SIZE)

/** Those of one machine; all zero is the start. */
struct test_devices {
	uint8_t scratch[TEST_SCRATCH_SIZE];
	/** HPAs of the pages that are mapped, else 0. */
	uint64_t lazy[TEST_LAZY_WINDOWS * TEST_LAZY_PAGES];
	/** How many machines there were before. */
	uint64_t machine;
	/** A page of `lazy` that is out of stage 2 until its next access; a load brings it back. */
	bool hidden[TEST_LAZY_WINDOWS * TEST_LAZY_PAGES];
};

/** As at the start: for the next machine. */
void test_devices_reset(struct test_devices *devices);
/** Saves them, or loads them into a machine with this second-stage table. */
void test_devices_state(struct test_devices *devices, uint64_t stage2_root,
			struct state_stream *stream);
/** Answers an MMIO read; false if no device is there. */
bool test_device_read(const struct test_devices *devices, uint64_t gpa, uint32_t width,
		      uint64_t *value);
/** Carries out an MMIO write. */
bool test_device_write(struct test_devices *devices, uint64_t gpa, uint32_t width,
		       uint64_t value);
/** Maps the page of RAM in which the fault is, if that is one. */
bool test_device_fault(struct test_devices *devices, uint64_t stage2_root, uint64_t gpa);
/** Of what of the hypervisor must never change. */
uint64_t test_device_checksum(void);
/** Answers a hypercall. */
bool test_device_call(struct vm_vcpu *vcpu, const struct axvcpu_exit_hypercall *call,
		      uint64_t *result);

#endif /* HYPERVISOR_TEST_DEVICES_H_ */
