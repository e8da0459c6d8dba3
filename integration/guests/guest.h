/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What our own test guests stand on: a console, checks, exceptions that are
 * caught and looked at, calls to the hypervisor.
 *
 * A guest defines guest_main(), which makes checks; afterwards the machine is
 * powered off if all held (status 0), or reset if one failed (status 3).
 */
#ifndef GUEST_H_
#define GUEST_H_

#include "check.h"

#define SYSREG_READ(name)                                                \
	__extension__({                                                  \
		uint64_t sysreg_value;                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(sysreg_value)); \
		sysreg_value;                                            \
	})
#define SYSREG_WRITE(name, value) \
	__asm__ volatile("msr " #name ", %0\n\tisb" : : "r"((uint64_t)(value)) : "memory")

/* The machine, as QEMU's virt board. */
#define UART UINT64_C(0x09000000)
#define UART_INTID 33u
#define GICD UINT64_C(0x08000000)
#define GICR UINT64_C(0x080a0000)
/* Test devices of the hypervisor (integration/hypervisor/test_devices.h) */
#define SCRATCH UINT64_C(0x0b000000)
#define LAZY_PAGE UINT64_C(0x0b010000)
#define LAZY_PAGES_SIZE UINT64_C(0x4000)
/** Nothing is there, on QEMU's board as well. */
#define UNMAPPED UINT64_C(0x0c000000)

/* Exception classes, ARM DDI 0487, D19.2.37 */
#define EC_UNKNOWN 0x00u
#define EC_WFX 0x01u
#define EC_CP15_32 0x03u
#define EC_CP14_32 0x05u
#define EC_ILLEGAL_STATE 0x0eu
#define EC_SVC32 0x11u
#define EC_SVC64 0x15u
#define EC_SYSREG 0x18u
#define EC_INSN_ABORT_LOWER 0x20u
#define EC_INSN_ABORT_SAME 0x21u
#define EC_PC_ALIGNMENT 0x22u
#define EC_DATA_ABORT_LOWER 0x24u
#define EC_DATA_ABORT_SAME 0x25u
#define EC_SP_ALIGNMENT 0x26u
#define EC_SERROR 0x2fu
#define EC_BREAKPOINT_SAME 0x31u
#define EC_STEP_SAME 0x33u
#define EC_WATCHPOINT_SAME 0x35u
/* Fault status codes of aborts; on a table walk with the walk's level below. */
#define FSC 0x3fu
/** What kind of fault, without its level. */
#define FSC_TYPE 0x3cu
#define FSC_EXTERNAL 0x10u
#define FSC_EXTERNAL_WALK 0x14u

/** The last exception that the guest took, and how many so far. */
struct exception {
	uint64_t count;
	uint64_t esr;
	uint64_t elr;
	uint64_t far;
	uint64_t spsr;
	/** Entry of the vector table, VECTOR_*. */
	uint64_t vector;
};
/* Synchronous exceptions, by where they come from. */
#define VECTOR_SP_EL0 0u
#define VECTOR_SP_EL1 4u
#define VECTOR_EL0_AARCH64 8u
#define VECTOR_EL0_AARCH32 12u
/** Added for an SError. */
#define VECTOR_SERROR 3u

extern volatile struct exception exception;
/** Software steps (D2.12) to be taken yet; the last one turns MDSCR_EL1.SS off. */
extern volatile uint64_t exception_steps;
/** Interrupts taken, and the last one's INTID. */
extern volatile uint64_t interrupt_count;
extern volatile uint64_t interrupt_intid;
/** The same for each SGI and PPI. */
#define PRIVATE_INTIDS 32u
extern volatile uint64_t interrupts_by_intid[PRIVATE_INTIDS];

void guest_main(void);

/** Ends the machine: the checks so far say how. */
_Noreturn void guest_end(void);

/** Whether exactly one exception of class `ec` came since `before`. */
bool took(uint64_t before, uint32_t ec);

struct call_result {
	uint64_t x0, x1, x2, x3;
};
struct call_result hvc(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);
struct call_result smc(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);
/** Function number and the eight arguments that a call may have. */
#define CALL_REGISTERS 9u
void hvc_all(uint64_t x[CALL_REGISTERS]);
void smc_all(uint64_t x[CALL_REGISTERS]);
/** HVC with an immediate that is not zero. */
void hvc_immediate(uint64_t x[CALL_REGISTERS]);

/** Enables the GIC's CPU interface (virtual or physical) and unmasks interrupts. */
void interrupts_enable(void);
/** Waits until so many were taken, or ten seconds have passed. */
void wait_for_interrupts(uint64_t count);

static inline void interrupts_mask(void)
{
	__asm__ volatile("msr daifset, #2" ::: "memory");
}

static inline void interrupts_unmask(void)
{
	__asm__ volatile("msr daifclr, #2\n\tisb" ::: "memory");
}

static inline uint32_t esr_ec(uint64_t esr)
{
	return (uint32_t)(esr >> 26) & 0x3fu;
}

static inline uint32_t read32(uint64_t address)
{
	return *(const volatile uint32_t *)(uintptr_t)address;
}

static inline void write32(uint64_t address, uint32_t value)
{
	*(volatile uint32_t *)(uintptr_t)address = value;
}

#endif /* GUEST_H_ */
