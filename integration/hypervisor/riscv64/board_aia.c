/* SPDX-License-Identifier: Apache-2.0 */
#include "board_aia.h"

#include "../board.h"
#include "../lock.h"
#include "../mmio.h"
#include "../sched.h"
#include "cpu.h"
#include "riscv_vcpu/riscv_vcpu.h"
#include "virt.h"

#define PAGE_SHIFT 12u

/* CSRs by number, as not every assembler has their names; AIA, 2.1 */
#define CSR_SISELECT "0x150"
#define CSR_SIREG "0x151"
#define CSR_STOPEI "0x15c"
/* Registers of an interrupt file; AIA, 3.8 */
#define EIDELIVERY 0x70u
#define EITHRESHOLD 0x72u
#define EIE0 0xc0u
/** stopei: the interrupt's identity. */
#define STOPEI_ID(value) ((uint32_t)((value) >> 16))

/* Registers of an APLIC's domain; AIA, 4.5 */
#define DOMAINCFG UINT64_C(0x0000)
#define DOMAINCFG_IE 0x100u
#define DOMAINCFG_DM 0x004u
#define SOURCECFG UINT64_C(0x0004)
#define SOURCECFG_LEVEL_HIGH 6u
#define IN_CLRIP UINT64_C(0x1d00)
#define SOURCES_PER_WORD 32u
#define SETIENUM UINT64_C(0x1edc)
#define SETIPNUM_LE UINT64_C(0x2000)
#define TARGET UINT64_C(0x3004)
#define TARGET_HART_SHIFT 18u

static bool is_on;

/** Whose a CPU's guest file is; null if nobody's. With the lock. */
static struct vm_vcpu *owners[CPUS_MAX][VIRT_GUEST_FILES + 1];
static struct lock owners_lock;

void board_aia_set(bool on)
{
	is_on = on;
}

bool board_aia_is_on(void)
{
	return is_on;
}

static void write_file(uint64_t number, uint64_t value)
{
	__asm__ volatile("csrw " CSR_SISELECT ", %0\n\tcsrw " CSR_SIREG ", %1"
			 :
			 : "r"(number), "r"(value)
			 : "memory");
}

void board_aia_init_cpu(void)
{
	write_file(EITHRESHOLD, 0);
	write_file(EIDELIVERY, 1);
}

void board_aia_enable(uint32_t cpu, uint32_t source)
{
	/* Boot CPU: the source's number is the interrupt's identity in its file. */
	write_file(EIE0, UINT64_C(1) << source);
	mmio_write32(VIRT_APLIC_S + SOURCECFG + (source - 1) * sizeof(uint32_t),
		     SOURCECFG_LEVEL_HIGH);
	mmio_write32(VIRT_APLIC_S + TARGET + (source - 1) * sizeof(uint32_t),
		     (uint32_t)board_hart(cpu) << TARGET_HART_SHIFT | source);
	mmio_write32(VIRT_APLIC_S + SETIENUM, source);
	mmio_write32(VIRT_APLIC_S + DOMAINCFG, DOMAINCFG_IE | DOMAINCFG_DM);
}

uint32_t board_aia_claim(void)
{
	uint64_t top;

	__asm__ volatile("csrrw %0, " CSR_STOPEI ", zero" : "=r"(top) : : "memory");
	return STOPEI_ID(top);
}

void board_aia_complete(uint32_t source)
{
	uint64_t word = source / SOURCES_PER_WORD * sizeof(uint32_t);

	/*
	 * A level's message is sent once; this sends another one if it is still high (4.9.2).
	 * QEMU 7.2 would send it if it is low as well, for ever.
	 */
	if ((mmio_read32(VIRT_APLIC_S + IN_CLRIP + word) >> source % SOURCES_PER_WORD & 1u) != 0) {
		mmio_write32(VIRT_APLIC_S + SETIPNUM_LE, source);
	}
}

uint32_t board_aia_take_file(struct vm_vcpu *vcpu, uint32_t cpu)
{
	uint32_t file;
	uint32_t taken = 0;

	lock_take(&owners_lock);
	for (file = 1; file <= VIRT_GUEST_FILES && taken == 0; file++) {
		if (owners[cpu][file] == NULL) {
			owners[cpu][file] = vcpu;
			taken = file;
		}
	}
	lock_release(&owners_lock);
	return taken;
}

void board_aia_give_file(struct vm_vcpu *vcpu, uint32_t cpu, uint32_t file)
{
	lock_take(&owners_lock);
	if (owners[cpu][file] == vcpu) {
		owners[cpu][file] = NULL;
	}
	lock_release(&owners_lock);
}

uint64_t board_aia_file(uint32_t cpu, uint32_t file)
{
	return VIRT_IMSIC_S + (board_hart(cpu) << (PAGE_SHIFT + VIRT_GUEST_FILE_BITS)) +
	       ((uint64_t)file << PAGE_SHIFT);
}

void board_aia_wake_guests(void)
{
	uint64_t files = riscv_vcpu_take_guest_interrupts();
	uint32_t cpu = board_this_cpu()->id;
	uint32_t file;

	lock_take(&owners_lock);
	for (file = 1; file <= VIRT_GUEST_FILES; file++) {
		/* Taken apart by this CPU alone. */
		if ((files >> file & 1) != 0 && owners[cpu][file] != NULL &&
		    owners[cpu][file]->handle != NULL) {
			(void)axvcpu_kick(owners[cpu][file]->handle);
		}
	}
	lock_release(&owners_lock);
}
