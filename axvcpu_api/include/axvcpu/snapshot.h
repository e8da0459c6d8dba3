/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vCPU as bytes: saved here, loaded there, on another machine and by another
 * build of the package.
 *
 * A snapshot holds what the vCPU itself knows: every register of its list
 * (axvcpu_list_regs()), the interrupts that are queued for it or were taken back
 * without its guest having seen it, whether its guest halted. It does not hold what
 * the hypervisor gave it or keeps beside it: the configurations, the entry point and
 * the page-table root, its memory, its devices, kicks. To move a guest, make a vCPU
 * with the same configurations, set it up, and load.
 *
 * An access of the guest that takes several exits goes on with the next of them: what the
 * exits so far gave is in registers of the list.
 *
 * Guest time. The registers that place the guest's clock against the machine's
 * (Arm CNTVOFF_EL2, the time delta of RISC-V, the TSC offset of x86) are in the
 * list and come back as saved, which is right where the machine's counter went on.
 * On another machine set them after the load; the arch package's header names the
 * register that reads and sets the clock as the guest sees it.
 *
 * What vcpu.h says of errors, states and owners holds here as well.
 *
 * The format is fixed: every number is little-endian, every section starts at a
 * multiple of 8 bytes, padding is zero.
 *
 *   offset  bytes
 *        0      8  "AXVCPUSN"
 *        8      4  AXVCPU_SNAPSHOT_FORMAT
 *       12      4  bytes of this header: 96; the registers follow
 *       16      8  bytes of the whole snapshot
 *       24      4  CRC-32C of the whole snapshot, with this member as 0
 *       28      4  architecture, AXVCPU_ARCH_*
 *       32      4  version of the arch package, as AXVCPU_VERSION() packs it
 *       36      4  version of axvcpu_api
 *       40      4  AXVCPU_SNAPSHOT_* flags
 *       44      4  number of registers
 *       48      8  vcpu_id
 *       56     32  name of the arch package, filled up with zeros
 *       88      4  64-bit words of each interrupt set
 *       92      4  0
 *       96         registers: 8 bytes of id, then the value, filled up to a
 *                  multiple of 8 bytes, AXVCPU_REG_SIZE(id) of which count
 *                  the set of queued interrupts: vector n is bit n % 64 of word n / 64
 *                  the set of those that were taken back since the guest last ran
 *
 * Registers are stored in the list's order of the package that saved, and written
 * in the list's order of the package that loads: that order is the one in which
 * they may depend on each other, and each version knows its own.
 */
#ifndef AXVCPU_SNAPSHOT_H_
#define AXVCPU_SNAPSHOT_H_

#include "axvcpu/types.h"
#include "axvcpu/vcpu.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The version of the format that this library writes, and the only one that it reads. */
#define AXVCPU_SNAPSHOT_FORMAT 1u

/** Bytes of axvcpu_snapshot.package. */
#define AXVCPU_SNAPSHOT_NAME_SIZE 32u

/** Bits of axvcpu_snapshot.flags. */
enum axvcpu_snapshot_flags {
	/** The vCPU was Blocked: its guest halted, and nothing had woken it. */
	AXVCPU_SNAPSHOT_HALTED = 1u << 0,
};

/** What a snapshot says of itself. */
struct axvcpu_snapshot {
	/** In: sizeof(struct axvcpu_snapshot) of the caller. Out: bytes filled in. */
	uint32_t size;
	/** Version of the format. */
	uint32_t format;
	/** AXVCPU_ARCH_*. */
	uint32_t arch;
	/** AXVCPU_SNAPSHOT_* bits. */
	uint32_t flags;
	/** Version of the arch package that saved it, see AXVCPU_VERSION(). */
	uint32_t package_version;
	/** Version of axvcpu_api that saved it. */
	uint32_t api_version;
	/** Number of registers. */
	uint32_t reg_count;
	/** Zero. */
	uint32_t reserved;
	/** Bytes of the whole snapshot. */
	uint64_t total_size;
	/** axvcpu_vcpu_id() of the vCPU. */
	uint64_t vcpu_id;
	/** Name of the arch package, cut to 31 characters; ends with a zero. */
	char package[AXVCPU_SNAPSHOT_NAME_SIZE];
};
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_snapshot) == 80, "size is ABI");

/**
 * Bytes that axvcpu_save() needs for this vCPU; they do not change after setup. 0
 * if `vcpu` is null, or is in state Created.
 */
size_t axvcpu_save_size(struct axvcpu *vcpu);

/**
 * Saves a vCPU. It stays as it is and may run on, except that the last exit, if
 * that was a write, is finished as the next axvcpu_run() would do it (an access
 * that is to fail or to be tried again is answered before). States: Free, Ready,
 * Blocked.
 *
 * Interrupts that another CPU injects meanwhile may be in it or not: who wants to
 * lose none stops the senders first.
 *
 * @param buffer   receives the snapshot; any alignment.
 * @param size     bytes of it, at least axvcpu_save_size().
 * @param written  receives the bytes used; may be null; untouched on failure.
 * @return AXVCPU_ERR_WRONG_CPU if it is bound to another CPU; AXVCPU_ERR_INCOMPLETE
 *         if the last exit was a read that nobody completed; AXVCPU_ERR_NO_MEMORY if
 *         the buffer is too small; the arch package's error. On failure the buffer's
 *         contents are undefined, and a write may be finished.
 */
axvcpu_error_t axvcpu_save(struct axvcpu *vcpu, void *buffer, size_t size, size_t *written);

/**
 * Puts a vCPU into the state of a snapshot: registers, queued interrupts instead
 * of its own, no exit to complete. States: Free and Ready. A Ready one whose
 * snapshot was taken in a halt becomes Blocked, unless something is pending for
 * it; a Free one stays Free, and axvcpu_inspect_snapshot() tells of the halt.
 *
 * A register of this vCPU that the snapshot lacks, as an older package did not
 * know it, keeps its value: that of setup, if nothing ran. All is checked before
 * the first change but the values of registers, which the arch package checks as
 * it takes them.
 *
 * @param buffer  what axvcpu_save() wrote; any alignment.
 * @param size    bytes of it, neither less nor more.
 * @return AXVCPU_ERR_INVALID_ARGUMENT if it is of another vcpu_id;
 *         AXVCPU_ERR_WRONG_CPU if the vCPU is bound to another CPU;
 *         AXVCPU_ERR_CORRUPT, AXVCPU_ERR_ABI_MISMATCH as
 *         axvcpu_inspect_snapshot(); AXVCPU_ERR_UNSUPPORTED if it is of another
 *         architecture or package, or has a flag or an interrupt that this vCPU
 *         does not; AXVCPU_ERR_NOT_FOUND if it has a register that this vCPU does
 *         not, which axvcpu_get_failure() names. The arch package's error if it
 *         refuses a value: then the vCPU is Invalid, as part of its registers is
 *         written, and axvcpu_get_failure() names the register.
 *
 * Thread safety: owner; other CPUs may inject interrupts meanwhile.
 */
axvcpu_error_t axvcpu_load(struct axvcpu *vcpu, const void *buffer, size_t size);

/**
 * Checks that bytes are a whole, undamaged snapshot and tells what it is of.
 *
 * @param snapshot  `size` set by the caller; filled in up to that many bytes. May
 *                  be null.
 * @return AXVCPU_ERR_INVALID_ARGUMENT also if `snapshot->size` is below 8;
 *         AXVCPU_ERR_CORRUPT if the bytes are none, of another length than they say,
 *         or changed; AXVCPU_ERR_ABI_MISMATCH if the format is another one.
 *
 * Thread safety: any CPU, any time.
 */
axvcpu_error_t axvcpu_inspect_snapshot(const void *buffer, size_t size,
				       struct axvcpu_snapshot *snapshot);

#ifdef __cplusplus
}
#endif

#endif /* AXVCPU_SNAPSHOT_H_ */
