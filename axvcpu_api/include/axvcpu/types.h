/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Basic types, the ABI version and the error codes that every axvcpu package
 * shares.
 *
 * Rules of this ABI (all public headers):
 *   - a struct that crosses the boundary starts with its size in bytes; the
 *     side that fills it in sets that member to sizeof(struct);
 *   - members have fixed widths, 64-bit ones are 8-aligned, there is no
 *     implicit padding, and reserved members must be zero;
 *   - enumerations are named constants kept in uint32_t or int32_t members;
 *     numbers are explicit, never reused, and may be added later: treat an
 *     unknown one as such;
 *   - addresses are byte addresses: GPA is a guest physical address (Arm: IPA),
 *     HPA a host physical address, both in 64 bits.
 */
#ifndef AXVCPU_TYPES_H_
#define AXVCPU_TYPES_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
#define AXVCPU_STATIC_ASSERT(cond, text) static_assert(cond, text)
#else
/** Fails to compile unless `cond` holds. */
#define AXVCPU_STATIC_ASSERT(cond, text) _Static_assert(cond, text)
#endif

/** Fails to compile unless `member` of `type` starts at byte `offset`. */
#define AXVCPU_ASSERT_OFFSET(type, member, offset) \
	AXVCPU_STATIC_ASSERT(offsetof(type, member) == (offset), #type "." #member " moved")

#ifdef __cplusplus
extern "C" {
#endif

/** Version of this package: semantic versioning, see CHANGELOG.md. */
#define AXVCPU_API_VERSION_MAJOR 0u
/** Its minor number. */
#define AXVCPU_API_VERSION_MINOR 1u
/** Its patch number. */
#define AXVCPU_API_VERSION_PATCH 0u

/** A version as one number: major in bits 31..24, minor in 23..16, patch in 15..0. */
#define AXVCPU_VERSION(major, minor, patch) \
	(((uint32_t)(major) << 24) | ((uint32_t)(minor) << 16) | (uint32_t)(patch))

/**
 * Version of the binary interface: of the ops tables and of every public
 * struct. It rises only when an existing caller or arch package would break;
 * growth at a struct's end does not raise it.
 */
#define AXVCPU_ABI_VERSION 1u

/** Result of a call: AXVCPU_OK or one of the negative AXVCPU_ERR_* numbers. */
typedef int32_t axvcpu_error_t;

/** The error codes. A call that fails has changed nothing unless it says otherwise. */
enum axvcpu_error {
	/** Done. */
	AXVCPU_OK = 0,
	/** An argument is null, out of range, misaligned or contradicts another. */
	AXVCPU_ERR_INVALID_ARGUMENT = -1,
	/** The vCPU's state does not allow the operation (axvcpu_get_failure() says which). */
	AXVCPU_ERR_BAD_STATE = -2,
	/** The CPU, the arch package, the HAL or the configuration cannot do this. */
	AXVCPU_ERR_UNSUPPORTED = -3,
	/** The HAL could not give memory, or the caller's buffer is too small. */
	AXVCPU_ERR_NO_MEMORY = -4,
	/** Already in use: hardware enabled twice, a CPU with a bound vCPU, a nested operation. */
	AXVCPU_ERR_RESOURCE_BUSY = -5,
	/**
	 * A HAL or arch-ops table has another ABI version or lacks a required operation;
	 * a snapshot has another format.
	 */
	AXVCPU_ERR_ABI_MISMATCH = -6,
	/** The call must be made on another physical CPU, or hardware is not enabled on this one. */
	AXVCPU_ERR_WRONG_CPU = -7,
	/**
	 * The last exit waits for axvcpu_complete_read(), axvcpu_fail_access() or
	 * axvcpu_retry_access().
	 */
	AXVCPU_ERR_INCOMPLETE = -8,
	/** No register, id or object of that name. */
	AXVCPU_ERR_NOT_FOUND = -9,
	/** Cannot be taken now, try again later; what was handed in stays queued. */
	AXVCPU_ERR_AGAIN = -10,
	/** The hardware refused or answered against its manual. */
	AXVCPU_ERR_HARDWARE = -11,
	/** The bytes handed in are not what the library wrote: cut short, changed, something else. */
	AXVCPU_ERR_CORRUPT = -12,
};

/** Architectures, as kept in ops tables and register ids. */
enum axvcpu_arch {
	/** AArch64 guests at EL1/EL0. */
	AXVCPU_ARCH_AARCH64 = 1,
	/** RV64 guests in VS/VU mode. */
	AXVCPU_ARCH_RISCV64 = 2,
	/** x86 guests of every mode. */
	AXVCPU_ARCH_X86_64 = 3,
	/** No hardware: the mock of package hal_mock. */
	AXVCPU_ARCH_MOCK = 0xff,
};

/**
 * A short English text for an error code, for logs.
 *
 * @param error  any number; one that is no error code gives "unknown error".
 * @return a static string, never null.
 *
 * Thread safety: any CPU, any time.
 */
const char *axvcpu_error_string(axvcpu_error_t error);

/**
 * The version of the library that is linked in, as AXVCPU_VERSION() packs it.
 *
 * Thread safety: any CPU, any time.
 */
uint32_t axvcpu_api_version(void);

#ifdef __cplusplus
}
#endif

#endif /* AXVCPU_TYPES_H_ */
