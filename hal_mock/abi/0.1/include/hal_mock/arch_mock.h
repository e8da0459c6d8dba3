/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An arch package without hardware. Its guest is a script: a list of exits that
 * run() gives one after the other. All else is modelled: registers, some of which
 * live in the CPU while the vCPU is bound there, a program counter that moves when
 * an instruction is finished, accesses of every width, interrupts that the HAL
 * delivers. It is also the example of how an arch package is written.
 *
 * With the HAL of hal_mock.h its calls appear in that one's log; any other will do.
 */
#ifndef HAL_MOCK_ARCH_MOCK_H_
#define HAL_MOCK_ARCH_MOCK_H_

#include "axvcpu/arch.h"
#include "axvcpu/vcpu.h"

#ifdef __cplusplus
extern "C" {
#endif

/** General registers, numbered from 0; 64 bits each. */
#define ARCH_MOCK_GPRS 16u
/** Number of the zero register. */
#define ARCH_MOCK_ZERO_REG 31u
/** General register of port accesses and of hypercall results. */
#define ARCH_MOCK_ACCUMULATOR 0u
/** Bytes of every instruction; entry points are aligned to it. */
#define ARCH_MOCK_INSTRUCTION_SIZE 4u
/** Where the pc goes when an access is failed. */
#define ARCH_MOCK_ABORT_VECTOR UINT64_C(0x200)
/** What axvcpu_max_guest_page_table_levels() gives. */
#define ARCH_MOCK_LEVELS 4u

/** Register classes. */
enum arch_mock_reg_class {
	/** Index: number of the general register. */
	ARCH_MOCK_CLASS_GPR = 0,
	/** The ones below. */
	ARCH_MOCK_CLASS_SYS = 1,
};

/** Id of general register `n`. */
#define ARCH_MOCK_REG_GPR(n) AXVCPU_REG_ID(AXVCPU_ARCH_MOCK, 3, ARCH_MOCK_CLASS_GPR, n)
/** The program counter, 8 bytes, a multiple of ARCH_MOCK_INSTRUCTION_SIZE. */
#define ARCH_MOCK_REG_PC AXVCPU_REG_ID(AXVCPU_ARCH_MOCK, 3, ARCH_MOCK_CLASS_SYS, 0)
/** Flags, 4 bytes; lives in the CPU while bound. */
#define ARCH_MOCK_REG_FLAGS AXVCPU_REG_ID(AXVCPU_ARCH_MOCK, 2, ARCH_MOCK_CLASS_SYS, 1)
/** Mode, 1 byte, 0 to ARCH_MOCK_MODE_MAX; lives in the CPU while bound. */
#define ARCH_MOCK_REG_MODE AXVCPU_REG_ID(AXVCPU_ARCH_MOCK, 0, ARCH_MOCK_CLASS_SYS, 2)
/** A vector register, 16 bytes; only with ARCH_MOCK_SETUP_VECTOR; lives in the CPU while bound. */
#define ARCH_MOCK_REG_VECTOR AXVCPU_REG_ID(AXVCPU_ARCH_MOCK, 4, ARCH_MOCK_CLASS_SYS, 3)
/** Bytes of ARCH_MOCK_REG_VECTOR. */
#define ARCH_MOCK_VECTOR_SIZE 16u
/** Highest value of ARCH_MOCK_REG_MODE. */
#define ARCH_MOCK_MODE_MAX 3u

/** Runs while the vCPU is Running; `handle` is the vCPU's. */
typedef void (*arch_mock_guest_fn)(void *arg, struct axvcpu *handle);

/** One stretch of the guest's life. Zero members do nothing. */
struct arch_mock_step {
	/** Called first. */
	arch_mock_guest_fn during;
	/** Its argument. */
	void *during_arg;
	/** Not 0: then waits until another CPU asks for attention. */
	uint32_t wait_for_attention;
	/** Not AXVCPU_OK: then run() fails with it. */
	axvcpu_error_t error;
	/**
	 * The exit. `size` and `pc` are the model's, so is `instruction_length` for a
	 * reason that comes from an instruction, and the vector of an external
	 * interrupt if the HAL has irq_fetch.
	 */
	struct axvcpu_exit exit;
};

/** The guest. Past its end it does nothing: run() gives AXVCPU_EXIT_NOTHING. */
struct arch_mock_script {
	/** In the order in which they run. */
	const struct arch_mock_step *steps;
	/** How many. */
	size_t count;
	/** The next step. */
	size_t next;
};

/** Create configuration. */
struct arch_mock_create_config {
	/** sizeof(struct arch_mock_create_config). */
	uint32_t size;
	/** Vectors are below this; 0 means AXVCPU_VECTOR_MAX. */
	uint32_t vector_count;
	/** May be null. Stays the caller's, who keeps it until the vCPU is destroyed. */
	struct arch_mock_script *script;
};

/** Bits of arch_mock_setup_config.flags. */
enum arch_mock_setup_flags {
	/** The vCPU has ARCH_MOCK_REG_VECTOR. */
	ARCH_MOCK_SETUP_VECTOR = 1u << 0,
};

/** Set-up configuration. */
struct arch_mock_setup_config {
	/** sizeof(struct arch_mock_setup_config). */
	uint32_t size;
	/** ARCH_MOCK_SETUP_*. */
	uint32_t flags;
	/** First value of general register 0. */
	uint64_t argument;
};

/** The table. */
const struct axvcpu_arch_ops *arch_mock_ops(void);

/** The program counter, which also moves while bound. */
uint64_t arch_mock_pc(struct axvcpu *vcpu);
/** What axvcpu_set_ept_root() set. */
uint64_t arch_mock_root(struct axvcpu *vcpu);

#ifdef __cplusplus
}
#endif

#endif /* HAL_MOCK_ARCH_MOCK_H_ */
