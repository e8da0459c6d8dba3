/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What our own riscv64 test guests stand on: a console, checks, exceptions that
 * are caught and looked at, calls to the hypervisor.
 *
 * A guest defines guest_main(), which makes checks; afterwards the machine is
 * powered off if all held (status 0), or reset if one failed (status 3).
 */
#ifndef GUEST_H_
#define GUEST_H_

#include "../check.h"

#define CSR_READ(name)                                                              \
	__extension__({                                                             \
		uint64_t csr_value;                                                 \
		__asm__ volatile("csrr %0, " #name : "=r"(csr_value) : : "memory"); \
		csr_value;                                                          \
	})
#define CSR_WRITE(name, value) \
	__asm__ volatile("csrw " #name ", %0" : : "r"((uint64_t)(value)) : "memory")
#define CSR_SET(name, value) \
	__asm__ volatile("csrs " #name ", %0" : : "r"((uint64_t)(value)) : "memory")
#define CSR_CLEAR(name, value) \
	__asm__ volatile("csrc " #name ", %0" : : "r"((uint64_t)(value)) : "memory")

/* The machine, as QEMU's virt board. */
#define RAM UINT64_C(0x80000000)
#define UART UINT64_C(0x10000000)
#define UART_SOURCE 10u
#define PLIC UINT64_C(0x0c000000)
#define FINISHER UINT64_C(0x00100000)
#define TIME_HZ UINT64_C(10000000)
/* Test devices of the hypervisor (integration/hypervisor/test_devices.h) */
#define SCRATCH UINT64_C(0x0b000000)
#define LAZY_PAGE UINT64_C(0x0b010000)
#define LAZY_PAGES_SIZE UINT64_C(0x4000)
/** Nothing is there, on QEMU's board as well. */
#define UNMAPPED UINT64_C(0x0a000000)

/* Causes, RISC-V Privileged Architecture, 4.1.8 */
#define CAUSE_INTERRUPT (UINT64_C(1) << 63)
#define CAUSE_FETCH_ACCESS 1u
#define CAUSE_ILLEGAL 2u
#define CAUSE_BREAKPOINT 3u
#define CAUSE_LOAD_MISALIGNED 4u
#define CAUSE_LOAD_ACCESS 5u
#define CAUSE_STORE_MISALIGNED 6u
#define CAUSE_STORE_ACCESS 7u
#define CAUSE_ECALL_U 8u
#define CAUSE_FETCH_PAGE 12u
#define CAUSE_LOAD_PAGE 13u
#define CAUSE_STORE_PAGE 15u

#define IRQ_SOFTWARE 1u
#define IRQ_TIMER 5u
#define IRQ_EXTERNAL 9u

#define SSTATUS_SIE UINT64_C(0x2)
#define SSTATUS_SPIE UINT64_C(0x20)
#define SSTATUS_SPP UINT64_C(0x100)
#define SSTATUS_FS UINT64_C(0x6000)
#define SSTATUS_FS_INITIAL UINT64_C(0x2000)

/** The last exception that the guest took, and how many so far. */
struct exception {
	uint64_t count;
	uint64_t cause;
	uint64_t pc;
	uint64_t value;
	uint64_t status;
};
extern volatile struct exception exception;
/** Interrupts taken, and the last one's code. */
extern volatile uint64_t interrupt_count;
extern volatile uint64_t interrupt_code;
/** The last source that was claimed at the PLIC; 0 if there was none. */
extern volatile uint64_t interrupt_source;

/** What the machine starts with. */
extern uint64_t start_hart;
extern uint64_t start_tree;

void guest_main(void);
/** What comes after it: says whether the checks held, and ends the machine. */
_Noreturn void guest_end(void);

/** Whether exactly one exception of that cause came since `before`. */
bool took(uint64_t before, uint64_t cause);

struct sbi_result {
	int64_t error;
	uint64_t value;
};
/** a0 to a5, function, extension. */
#define SBI_REGISTERS 8u
void sbi_all(uint64_t a[SBI_REGISTERS]);
struct sbi_result sbi(uint64_t extension, uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2);

/* SBI 2.0 */
#define SBI_BASE UINT64_C(0x10)
#define SBI_TIME UINT64_C(0x54494d45)
#define SBI_IPI UINT64_C(0x735049)
#define SBI_RFENCE UINT64_C(0x52464e43)
#define SBI_HSM UINT64_C(0x48534d)
#define SBI_SRST UINT64_C(0x53525354)
#define SBI_PMU UINT64_C(0x504d55)
#define SBI_SUSP UINT64_C(0x53555350)
#define SBI_STA UINT64_C(0x535441)
#define SBI_DBCN UINT64_C(0x4442434e)
#define SBI_HVC UINT64_C(0x485643)
#define SBI_SUCCESS 0
#define SBI_ERR_FAILED (-1)
#define SBI_ERR_NOT_SUPPORTED (-2)
#define SBI_ERR_INVALID_PARAM (-3)
#define SBI_ERR_DENIED (-4)
#define SBI_ERR_INVALID_ADDRESS (-5)
#define SBI_ERR_ALREADY_AVAILABLE (-6)
#define SBI_ERR_ALREADY_STOPPED (-8)
#define SBI_ERR_NO_SHMEM (-9)

/* Functions of SBI_HVC in test_devices.h; the result is in a0. */
#define CALL_ECHO UINT64_C(0xc6000000)
#define CALL_INJECT UINT64_C(0xc6000001)
#define CALL_KICK UINT64_C(0xc6000002)
#define CALL_EXITS UINT64_C(0xc6000003)
#define CALL_CHECKSUM UINT64_C(0xc6000004)
#define CALL_MACHINE UINT64_C(0xc6000005)
#define CALL_FAULT UINT64_C(0xc6000006)
/** One of them, with its first argument. */
uint64_t hypercall(uint64_t function, uint64_t argument);

/** Lets interrupts of these codes come. */
void interrupts_enable(uint64_t codes);
/** Waits until so many were taken, or ten seconds have passed. */
void wait_for_interrupts(uint64_t count);

static inline void interrupts_mask(void)
{
	CSR_CLEAR(sstatus, SSTATUS_SIE);
}

static inline void interrupts_unmask(void)
{
	CSR_SET(sstatus, SSTATUS_SIE);
}

static inline uint64_t bit(uint32_t n)
{
	return UINT64_C(1) << n;
}

static inline uint8_t read8(uint64_t address)
{
	return *(const volatile uint8_t *)(uintptr_t)address;
}

static inline void write8(uint64_t address, uint8_t value)
{
	*(volatile uint8_t *)(uintptr_t)address = value;
}

/* Through a5, so that the traces of exits are the same with every compiler. */
static inline uint32_t read32(uint64_t address)
{
	register uint64_t a5 __asm__("a5");

	__asm__ volatile("lw %0, 0(%1)" : "=r"(a5) : "r"(address) : "memory");
	return (uint32_t)a5;
}

static inline void write32(uint64_t address, uint32_t value)
{
	register uint64_t a5 __asm__("a5") = value;

	__asm__ volatile("sw %0, 0(%1)" : : "r"(a5), "r"(address) : "memory");
}

#endif /* GUEST_H_ */
