/* SPDX-License-Identifier: Apache-2.0 */
/* Control registers, XCR0 and MSRs: what is taken, and what is a general protection fault. */
#include "guest.h"

#define CR0_PE (1u << 0)
#define CR0_MP (1u << 1)
#define CR0_EM (1u << 2)
#define CR0_TS (1u << 3)
#define CR0_WP (1u << 16)
#define CR0_NW (1u << 29)
#define CR0_CD (1u << 30)
#define CR0_PG (UINT64_C(1) << 31)
#define CR4_TSD (1u << 2)
#define CR4_PAE (1u << 5)
#define CR4_PGE (1u << 7)
#define CR4_VMXE (1u << 13)
#define CR4_OSXSAVE (1u << 18)

static bool set_cr0(uint64_t value)
{
	TRY("mov %0, %%cr0", : : "r"(value) : "memory");
	return !trapped(VECTOR_GP);
}

static bool set_cr4(uint64_t value)
{
	TRY("mov %0, %%cr4", : : "r"(value) : "memory");
	return !trapped(VECTOR_GP);
}

static bool set_xcr0(uint64_t value)
{
	TRY("xsetbv", : : "c"(0), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
	return !trapped(VECTOR_GP);
}

static void check_cr0(void)
{
	uint64_t was = read_cr0();

	check(set_cr0(was | CR0_WP), "CR0.WP on");
	check_equal(read_cr0(), was | CR0_WP, "is on");
	check(set_cr0(was), "and off");
	check(set_cr0(was | CR0_CD | CR0_NW), "caches off");
	check(set_cr0(was), "caches on");
	check(!set_cr0(was | CR0_NW), "NW without CD");
	check(!set_cr0(was & ~(uint64_t)CR0_PE), "PG without PE");
	check(!set_cr0(was & ~CR0_PG), "paging off in 64-bit code");
	check_equal(read_cr0(), was, "nothing of these stayed");
	__asm__ volatile("mov %0, %%cr0" : : "r"(was | CR0_TS));
	__asm__ volatile("clts");
	check_equal(read_cr0(), was, "CLTS");
	__asm__ volatile("lmsw %w0" : : "r"(CR0_TS | CR0_MP | CR0_EM));
	check_equal(read_cr0(), was | CR0_TS | CR0_MP | CR0_EM, "LMSW sets");
	__asm__ volatile("lmsw %w0" : : "r"(was & CR0_MP));
	check_equal(read_cr0(), was, "LMSW clears all but PE");
	{
		uint16_t word = (uint16_t)(was | CR0_TS);

		__asm__ volatile("lmsw %0" : : "m"(word));
		check_equal(read_cr0(), was | CR0_TS, "LMSW from memory");
		__asm__ volatile("clts");
	}
}

static void check_cr4(void)
{
	uint64_t was = read_cr4();

	check(set_cr4(was | CR4_PGE | CR4_TSD), "CR4.PGE and TSD");
	check_equal(read_cr4(), was | CR4_PGE | CR4_TSD, "are on");
	check(set_cr4(was), "and off");
	check(!set_cr4(was & ~(uint64_t)CR4_PAE), "PAE is needed");
	check(!set_cr4(was | CR4_VMXE), "VMXE does not exist");
	check(!set_cr4(was | UINT64_C(1) << 35), "nor does bit 35");
	check_equal(read_cr4(), was, "nothing of these stayed");
}

static void check_xcr0(void)
{
	uint64_t cr4 = read_cr4();
	struct cpuid leaf = cpuid(0xd, 0);
	uint64_t possible = (uint64_t)leaf.edx << 32 | leaf.eax;

	TRY("xsetbv", : : "c"(0), "a"(1), "d"(0) : "memory");
	check(trapped(VECTOR_UD), "XSETBV without CR4.OSXSAVE");
	check(set_cr4(cr4 | CR4_OSXSAVE), "CR4.OSXSAVE");
	check((cpuid(1, 0).ecx & 1u << 27) != 0, "CPUID says OSXSAVE");
	check(set_xcr0(possible), "all that CPUID offers");
	check(set_xcr0(3), "x87 and SSE");
	check(!set_xcr0(0), "x87 is always on");
	check(!set_xcr0(5), "AVX without SSE");
	check(!set_xcr0(possible | UINT64_C(1) << 62), "a component that does not exist");
	TRY("xsetbv", : : "c"(1), "a"(1), "d"(0) : "memory");
	check(trapped(VECTOR_GP), "XCR1");
	check(set_cr4(cr4), "CR4.OSXSAVE off");
}

static void check_cr8(void)
{
	uint64_t value;

	__asm__ volatile("mov %0, %%cr8" : : "r"(UINT64_C(5)));
	__asm__ volatile("mov %%cr8, %0" : "=r"(value));
	check_equal(value, 5, "CR8");
	__asm__ volatile("mov %0, %%cr8" : : "r"(UINT64_C(0)));
}

static void check_msrs(void)
{
	uint64_t efer = read_msr(0xc0000080);

	check_equal(efer, 0xd01, "EFER: LME, LMA, NXE, SCE and no SVME");
	write_msr(0xc0000080, efer & ~UINT64_C(1));
	check_equal(read_msr(0xc0000080), 0xd00, "SCE off");
	write_msr(0xc0000080, efer);
	write_msr(0xc0000080, efer | 1u << 12);
	check(trapped(VECTOR_GP), "SVME does not exist");
	write_msr(0xc0000080, efer & ~UINT64_C(0x100));
	check(trapped(VECTOR_GP), "LME cannot go under paging");
	write_msr(0x277, 0x0007040601040506);
	check_equal(read_msr(0x277), 0x0007040601040506, "PAT");
	write_msr(0x277, 0x02);
	check(trapped(VECTOR_GP), "PAT with a type that does not exist");
	write_msr(0x277, 0x0007040600070406);
	write_msr(0xc0000082, 0xffffffff81234567);
	check_equal(read_msr(0xc0000082), 0xffffffff81234567, "LSTAR");
	write_msr(0xc0000102, 0x1234);
	check_equal(read_msr(0xc0000102), 0x1234, "KERNEL_GS_BASE");
	(void)read_msr(0x12345678);
	check(trapped(VECTOR_GP), "an MSR of nobody");
	write_msr(0x12345678, 5);
	check(trapped(VECTOR_GP), "nor can it be written");
	(void)read_msr(0xc0010117);
	check(trapped(VECTOR_GP), "VM_HSAVE_PA is the host's");
	(void)read_msr(0x480);
	check(trapped(VECTOR_GP), "IA32_VMX_BASIC does not exist");
	TRY("rdpmc", : : "c"(0) : "rax", "rdx");
	check(trapped(VECTOR_GP), "no counters");
}

static void check_undefined(void)
{
	TRY("vmrun", : : "a"(0) : "memory");
	check(trapped(VECTOR_UD), "VMRUN");
	TRY("vmload", : : "a"(0) : "memory");
	check(trapped(VECTOR_UD), "VMLOAD");
	TRY("stgi", : : : "memory");
	check(trapped(VECTOR_UD), "STGI");
	TRY("clgi", : : : "memory");
	check(trapped(VECTOR_UD), "CLGI");
	TRY("monitor", : : "a"(SCRATCH), "c"(0), "d"(0) : "memory");
	check(trapped(VECTOR_UD), "MONITOR");
	TRY("mwait", : : "a"(0), "c"(0) : "memory");
	check(trapped(VECTOR_UD), "MWAIT");
}

void guest_main(void)
{
	check_cr0();
	check_cr4();
	check_xcr0();
	check_cr8();
	check_msrs();
	check_undefined();
}
