/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an architecture implements. Only arch packages need this header;
 * hypervisors pass the finished table to axvcpu_host_init().
 *
 * The generic part owns the state machine, the interrupt queue, kicks and the
 * check of arguments that do not depend on the architecture; an arch package
 * owns registers, decoding and the world switch. Every operation gets memory of
 * the sizes that the table states, zeroed before the first use and aligned to
 * AXVCPU_MEMORY_ALIGN. Operations are called by the vCPU's owner only, with
 * valid handles, in the states that vcpu.h allows. None may block; none but
 * `run` may take a time that the guest chooses.
 */
#ifndef AXVCPU_ARCH_H_
#define AXVCPU_ARCH_H_

#include "axvcpu/exit.h"
#include "axvcpu/hal.h"
#include "axvcpu/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The HAL as an arch package sees it; stays valid as long as the host. */
struct axvcpu_hal {
	/** The table that the hypervisor gave to axvcpu_host_init(). */
	const struct axvcpu_hal_ops *ops;
	/** The first argument of its operations. */
	void *ctx;
};

/** What vcpu_create is told. Pointers stay valid until vcpu_destroy. */
struct axvcpu_arch_vcpu_info {
	/** sizeof(struct axvcpu_arch_vcpu_info) of the generic part. */
	uint32_t size;
	/** Zero. */
	uint32_t reserved;
	/** See axvcpu_create_params. */
	uint64_t vm_id;
	/** See axvcpu_create_params. */
	uint64_t vcpu_id;
	/** The handle, for HAL operations that take one. */
	struct axvcpu *vcpu;
	/** The arch package's host state. */
	void *host;
	/** For memory, translation and interrupts. */
	const struct axvcpu_hal *hal;
};

/** Bytes that no configuration will ever have; a larger size is a mistake. */
#define AXVCPU_CONFIG_MAX_SIZE 4096u

/**
 * Copies a configuration that starts with its size, as an arch package gets it: one
 * of an older caller is filled up with zeros, in one of a newer caller all that the
 * package does not know must be zero.
 *
 * @param to        receives the configuration; undefined on failure.
 * @param to_size   bytes of it, which its member `size` then says too.
 * @param min_size  bytes of the first version of the configuration, at least 4.
 * @param from      what the caller gave; any alignment.
 * @return whether it can be used.
 */
static inline bool axvcpu_copy_config(void *to, uint32_t to_size, uint32_t min_size,
				      const void *from)
{
	const unsigned char *bytes = (const unsigned char *)from;
	uint32_t size;

	__builtin_memcpy(&size, from, sizeof(size));
	if (size < min_size || size > AXVCPU_CONFIG_MAX_SIZE) {
		return false;
	}
	for (uint32_t i = to_size; i < size; i++) {
		if (bytes[i] != 0u) {
			return false;
		}
	}
	__builtin_memset(to, 0, to_size);
	__builtin_memcpy(to, from, size < to_size ? size : to_size);
	__builtin_memcpy(to, &to_size, sizeof(to_size));
	return true;
}

/**
 * Values of the bits that `run` polls at its `attention` argument; any bit set
 * means: return to the caller instead of entering the guest again.
 */
enum axvcpu_attention {
	/** axvcpu_kick() asks for a return. */
	AXVCPU_ATTENTION_KICK = 1u << 0,
	/** An interrupt was queued. */
	AXVCPU_ATTENTION_INTERRUPT = 1u << 1,
};

/** The table. All operations are required unless marked optional. */
struct axvcpu_arch_ops {
	/** sizeof(struct axvcpu_arch_ops) as the arch package was compiled. */
	uint32_t size;
	/** AXVCPU_ABI_VERSION. */
	uint32_t abi_version;
	/** AXVCPU_ARCH_*. */
	uint32_t arch;
	/** Version of the package, as AXVCPU_VERSION() packs it. */
	uint32_t package_version;
	/** Name of the package ("arm_vcpu"); not null. */
	const char *name;
	/** Must be zero. */
	uint64_t reserved_flags;
	/** Bytes of host state; 0 if there is none. */
	uint32_t host_size;
	/** Bytes of per-CPU state. */
	uint32_t percpu_size;
	/** Bytes of vCPU state. */
	uint32_t vcpu_size;
	/** Must be zero. */
	uint32_t reserved;

	/** Optional. Initialises the host state. */
	axvcpu_error_t (*host_init)(void *host, const struct axvcpu_hal *hal);

	/**
	 * Initialises the state of the physical CPU that calls; AXVCPU_ERR_UNSUPPORTED
	 * if it cannot virtualize.
	 */
	axvcpu_error_t (*percpu_init)(void *percpu, void *host, const struct axvcpu_hal *hal);
	/** Optional. Gives back what percpu_init took. */
	void (*percpu_destroy)(void *percpu);
	/** Turns virtualization on, on this CPU, where it is off. */
	axvcpu_error_t (*hardware_enable)(void *percpu);
	/** Turns it off again and restores what hardware_enable found. */
	axvcpu_error_t (*hardware_disable)(void *percpu);
	/** See axvcpu_max_guest_page_table_levels(). */
	uint32_t (*max_guest_page_table_levels)(const void *percpu);

	/** Checks and copies the create configuration (may be null). */
	axvcpu_error_t (*vcpu_create)(void *vcpu, const struct axvcpu_arch_vcpu_info *info,
				      const void *config);
	/** Gives back what the vCPU took. The CPU holds no state of it unless an unbind failed. */
	void (*vcpu_destroy)(void *vcpu);
	/** Sets the first state of all registers; entry and root come before. */
	axvcpu_error_t (*setup)(void *vcpu, const void *config);
	/** See axvcpu_set_entry(). */
	axvcpu_error_t (*set_entry)(void *vcpu, uint64_t entry);
	/** See axvcpu_set_ept_root(). */
	axvcpu_error_t (*set_ept_root)(void *vcpu, uint64_t root);

	/** Loads the vCPU onto this CPU; on failure the CPU keeps nothing of it. */
	axvcpu_error_t (*bind)(void *vcpu, void *percpu);
	/**
	 * Saves it; the CPU keeps nothing of it, on failure too as far as possible.
	 * Also called before vcpu_destroy for a vCPU that is bound and Invalid.
	 */
	axvcpu_error_t (*unbind)(void *vcpu, void *percpu);
	/**
	 * Enters the guest and fills in `exit`, of which `size`, `reason` and `flags`
	 * come preset to the full size, AXVCPU_EXIT_NOTHING and 0, the rest undefined.
	 * Members of other reasons need not be written. May handle exits itself and
	 * enter again, after looking at `*attention` (an atomic load) each time.
	 * The program counter stays at an instruction that a complete_* operation is
	 * to finish.
	 */
	axvcpu_error_t (*run)(void *vcpu, void *percpu, const uint32_t *attention,
			      struct axvcpu_exit *exit);

	/**
	 * Finishes the read exit `exit`: writes the register, steps over the
	 * instruction. `value` comes truncated to the access width and, for MMIO with
	 * `sign_extend`, sign-extended to `reg_width`; all bits above are zero.
	 */
	axvcpu_error_t (*complete_read)(void *vcpu, const struct axvcpu_exit *exit, uint64_t value);
	/** Finishes the write exit `exit`: steps over the instruction. */
	axvcpu_error_t (*complete_write)(void *vcpu, const struct axvcpu_exit *exit);
	/** Finishes the exit with the architecture's exception; see axvcpu_fail_access(). */
	axvcpu_error_t (*fail_access)(void *vcpu, const struct axvcpu_exit *exit);
	/** See axvcpu_set_return_value(). */
	void (*set_return_value)(void *vcpu, uint64_t value);

	/** See axvcpu_set_gpr(); AXVCPU_ERR_INVALID_ARGUMENT for an unknown number. */
	axvcpu_error_t (*set_gpr)(void *vcpu, uint32_t reg, uint64_t value);
	/** See axvcpu_get_gpr(); errors as for set_gpr. */
	axvcpu_error_t (*get_gpr)(void *vcpu, uint32_t reg, uint64_t *value);
	/** See axvcpu_get_reg(); the buffer has AXVCPU_REG_SIZE(id) bytes, any alignment. */
	axvcpu_error_t (*get_reg)(void *vcpu, uint64_t id, void *buffer);
	/** See axvcpu_set_reg(); the buffer as for get_reg. */
	axvcpu_error_t (*set_reg)(void *vcpu, uint64_t id, const void *buffer);
	/** The id at position `index` of the list; AXVCPU_ERR_NOT_FOUND past its end. */
	axvcpu_error_t (*reg_at)(void *vcpu, size_t index, uint64_t *id);

	/**
	 * Whether a vector exists: AXVCPU_OK, AXVCPU_ERR_INVALID_ARGUMENT, or
	 * AXVCPU_ERR_UNSUPPORTED if it cannot be delivered in this configuration. Called
	 * on any CPU at any time: reads what setup fixed, and nothing else.
	 */
	axvcpu_error_t (*check_interrupt)(const void *vcpu, uint32_t vector);
	/**
	 * Gives a queued interrupt to the guest, just before `run`, on the CPU to which
	 * the vCPU is bound. AXVCPU_ERR_AGAIN leaves it queued until the next run; any
	 * other error also leaves it queued, and makes the run fail with it. After AGAIN a
	 * vector that another CPU took back during the call is queued all the same: a
	 * package with level-sensitive interrupts keeps by itself what has no room yet.
	 */
	axvcpu_error_t (*inject_interrupt)(void *vcpu, uint32_t vector);
	/**
	 * Optional. Ends a level-sensitive interrupt that inject_interrupt began, or one
	 * of any kind that the guest has not accepted; called as inject_interrupt is, but
	 * never AXVCPU_ERR_AGAIN. See axvcpu_clear_interrupt().
	 */
	axvcpu_error_t (*clear_interrupt)(void *vcpu, uint32_t vector);
	/** Optional. See axvcpu_timer_deadline(). */
	axvcpu_error_t (*timer_deadline)(void *vcpu, uint64_t *deadline);

	/**
	 * Optional. unbind of `from` and bind of `to` in one, for a package to which that is
	 * less than the two: what unbind gives back to the host and the bind behind it keeps
	 * again can stay away. Both are of this host and not the same one; `from` is loaded on
	 * this CPU, `to` on none. AXVCPU_ERR_AGAIN, with nothing done: then unbind and bind are
	 * called instead. Any other error is that of a bind: `from` is saved, and the CPU keeps
	 * nothing of either.
	 */
	axvcpu_error_t (*switch_vcpus)(void *from, void *to, void *percpu);
};

#ifdef __cplusplus
}
#endif

#endif /* AXVCPU_ARCH_H_ */
