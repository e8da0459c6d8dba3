/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine under the vCPUs: one axvcpu_host per hypervisor, one
 * axvcpu_percpu per physical CPU.
 *
 * All memory is the caller's. Sizes are asked for first; every block is aligned
 * to AXVCPU_MEMORY_ALIGN. A host is not ended by a call: when its vCPUs and per-CPU
 * objects are destroyed, its memory is the caller's again.
 *
 * AXVCPU_OK means done; AXVCPU_ERR_INVALID_ARGUMENT that a pointer is null or memory
 * misaligned. The comments name what is returned besides. A call that fails changes
 * nothing, but it may have written to the memory that it was given.
 */
#ifndef AXVCPU_HOST_H_
#define AXVCPU_HOST_H_

#include "axvcpu/hal.h"
#include "axvcpu/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An arch package joined with a hypervisor's HAL. */
struct axvcpu_host;
/** Virtualization on one physical CPU. */
struct axvcpu_percpu;
/** An arch package; see axvcpu/arch.h, and arm_vcpu_ops() and the like for the tables. */
struct axvcpu_arch_ops;

/** Alignment in bytes of the memory handed to the library. */
#define AXVCPU_MEMORY_ALIGN 64u

/**
 * Bytes that axvcpu_host_init() needs for this arch package. 0 if `arch` is null
 * or of another ABI version.
 *
 * Thread safety: any CPU, any time.
 */
size_t axvcpu_host_size(const struct axvcpu_arch_ops *arch);

/**
 * Joins an arch package with the hypervisor's HAL and checks both tables: ABI
 * version, size, reserved members, required operations.
 *
 * @param memory       axvcpu_host_size() bytes aligned to AXVCPU_MEMORY_ALIGN;
 *                     kept for as long as the host is used.
 * @param memory_size  bytes of it.
 * @param arch         the arch package's table; must stay where it is.
 * @param hal          the HAL's table; must stay where it is.
 * @param hal_ctx      passed to every HAL operation; may be null.
 * @param host         receives the handle; untouched on failure.
 * @return AXVCPU_ERR_NO_MEMORY if `memory_size` is too small;
 *         AXVCPU_ERR_ABI_MISMATCH if a table is of another ABI version, too small,
 *         has a reserved member set or lacks a required operation or its name; the
 *         arch package's error.
 *
 * Thread safety: one CPU, before all else.
 */
axvcpu_error_t axvcpu_host_init(void *memory, size_t memory_size,
				const struct axvcpu_arch_ops *arch,
				const struct axvcpu_hal_ops *hal, void *hal_ctx,
				struct axvcpu_host **host);

/** The arch package that `host` was made with. Any CPU, any time. */
const struct axvcpu_arch_ops *axvcpu_host_arch(const struct axvcpu_host *host);

/**
 * Bytes that axvcpu_percpu_init() needs. 0 if `host` is null.
 *
 * Thread safety: any CPU, any time.
 */
size_t axvcpu_percpu_size(const struct axvcpu_host *host);

/**
 * Makes the per-CPU object of the physical CPU that calls, and stores it by the
 * HAL's percpu_set. Virtualization is still off.
 *
 * @param memory       axvcpu_percpu_size() bytes aligned to AXVCPU_MEMORY_ALIGN.
 * @param memory_size  bytes of it.
 * @param cpu          the hypervisor's number for this CPU, as used in CPU sets
 *                     and by the HAL's kick_cpu; any but UINT64_MAX.
 * @param percpu       receives the handle; untouched on failure.
 * @return AXVCPU_ERR_INVALID_ARGUMENT for that number; AXVCPU_ERR_NO_MEMORY if
 *         `memory_size` is too small or the HAL has no frames;
 *         AXVCPU_ERR_RESOURCE_BUSY if this CPU has one already;
 *         AXVCPU_ERR_UNSUPPORTED if the CPU lacks what the arch package needs.
 *
 * Thread safety: on the CPU concerned.
 */
axvcpu_error_t axvcpu_percpu_init(struct axvcpu_host *host, void *memory, size_t memory_size,
				  uint64_t cpu, struct axvcpu_percpu **percpu);

/**
 * Ends the per-CPU object, disabling virtualization first if it is on.
 *
 * @return AXVCPU_ERR_WRONG_CPU; AXVCPU_ERR_RESOURCE_BUSY while a vCPU is bound or
 *         this CPU is inside an operation; what disabling gave.
 *
 * Thread safety: on the CPU concerned.
 */
axvcpu_error_t axvcpu_percpu_destroy(struct axvcpu_percpu *percpu);

/** The per-CPU object of the CPU that calls, or null. On the CPU concerned, any time. */
struct axvcpu_percpu *axvcpu_this_percpu(const struct axvcpu_host *host);

/** The number given to axvcpu_percpu_init(). Any CPU, any time. */
uint64_t axvcpu_percpu_cpu(const struct axvcpu_percpu *percpu);

/** Whether virtualization is enabled on that CPU. Any CPU, any time. */
bool axvcpu_is_enabled(const struct axvcpu_percpu *percpu);

/**
 * Enables virtualization on the physical CPU that calls (VMXON, EFER.SVME,
 * HCR_EL2 and its like, hedeleg and hideleg).
 *
 * @return AXVCPU_ERR_WRONG_CPU; AXVCPU_ERR_RESOURCE_BUSY if it is enabled;
 *         AXVCPU_ERR_UNSUPPORTED if firmware or somebody else keeps it off;
 *         AXVCPU_ERR_HARDWARE.
 *
 * Thread safety: on the CPU concerned.
 */
axvcpu_error_t axvcpu_hardware_enable(struct axvcpu_percpu *percpu);

/**
 * Puts the CPU back as it was before axvcpu_hardware_enable().
 *
 * @return AXVCPU_ERR_WRONG_CPU; AXVCPU_ERR_BAD_STATE if it is not enabled;
 *         AXVCPU_ERR_RESOURCE_BUSY while a vCPU is bound or this CPU is inside an
 *         operation; AXVCPU_ERR_HARDWARE.
 *
 * Thread safety: on the CPU concerned.
 */
axvcpu_error_t axvcpu_hardware_disable(struct axvcpu_percpu *percpu);

/**
 * The most levels that a second-stage page table may have on this CPU (Arm: 3 or
 * 4 by ID_AA64MMFR0_EL1.PARange; RISC-V: 3 to 5; x86: 4 or 5). 0 if `percpu` is
 * null.
 *
 * Thread safety: any CPU, any time.
 */
uint32_t axvcpu_max_guest_page_table_levels(const struct axvcpu_percpu *percpu);

/**
 * Has the HAL's irq_handle handle the interrupt of an
 * AXVCPU_EXIT_EXTERNAL_INTERRUPT.
 *
 * @param vector  axvcpu_exit_interrupt.vector; AXVCPU_IRQ_NONE does nothing.
 * @return AXVCPU_ERR_UNSUPPORTED if the HAL has no irq_handle.
 *
 * Thread safety: on the CPU that took the interrupt.
 */
axvcpu_error_t axvcpu_handle_interrupt(struct axvcpu_host *host, uint64_t vector);

#ifdef __cplusplus
}
#endif

#endif /* AXVCPU_HOST_H_ */
