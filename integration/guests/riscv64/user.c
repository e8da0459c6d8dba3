/* SPDX-License-Identifier: Apache-2.0 */
/* User mode of the guest: its accesses are exits like others, its exceptions the guest's own. */
#include "guest.h"

void user_run(void (*code)(void), uint64_t argument);
void user_call(void);
void user_load(void);
void user_store(void);
void user_wfi(void);
void user_sfence(void);
void user_sret(void);
void user_csr(void);
void user_hypervisor_csr(void);
void user_time(void);
void user_cycle(void);
void user_break(void);
void user_illegal(void);

static void expect(void (*code)(void), uint64_t argument, uint64_t cause, const char *name)
{
	uint64_t before = exception.count;

	user_run(code, argument);
	check_equal(exception.count, before + 1, name);
	check_equal(exception.cause, cause, name);
	check_equal(exception.status & SSTATUS_SPP, 0, "from user mode");
}

void guest_main(void)
{
	expect(user_call, 0, CAUSE_ECALL_U, "a system call");
	expect(user_load, SCRATCH, CAUSE_ECALL_U, "a load from a device");
	expect(user_store, SCRATCH + 0x40, CAUSE_ECALL_U, "a store to a device");
	check_equal(read32(SCRATCH + 0x40), (uint32_t)(SCRATCH + 0x40), "which arrived");
	expect(user_load, UNMAPPED, CAUSE_LOAD_ACCESS, "a load from nothing");
	check_equal(exception.value, UNMAPPED, "its address");
	expect(user_store, UNMAPPED + 4, CAUSE_STORE_ACCESS, "a store to nothing");
	expect(user_wfi, 0, CAUSE_ILLEGAL, "WFI");
	expect(user_sfence, 0, CAUSE_ILLEGAL, "SFENCE.VMA");
	expect(user_sret, 0, CAUSE_ILLEGAL, "SRET");
	expect(user_csr, 0, CAUSE_ILLEGAL, "a supervisor's CSR");
	expect(user_hypervisor_csr, 0, CAUSE_ILLEGAL, "a hypervisor's CSR");
	expect(user_time, 0, CAUSE_ECALL_U, "the time");
	expect(user_cycle, 0, CAUSE_ILLEGAL, "the cycle counter");
	CSR_WRITE(scounteren, 0);
	expect(user_time, 0, CAUSE_ILLEGAL, "the time, if the guest's kernel forbids it");
	expect(user_break, 0, CAUSE_BREAKPOINT, "a breakpoint");
	expect(user_illegal, 0, CAUSE_ILLEGAL, "nonsense");
}
