/* SPDX-License-Identifier: Apache-2.0 */
/* What the floor's stubs need: a VMCB that runs a guest, a VMCS that comes back to the stub. */
#include "floor.h"

#include "../../hypervisor/x86_64/cpu.h"

#define GPRS 16u
/** Of VMMCALL and VMCALL. */
#define CALL_BYTES 3u

void floor_enter_svm(uint64_t gpr[GPRS], uint64_t vmcb);
void floor_enter_vmx(uint64_t gpr[GPRS]);
extern const char floor_exited_vmx[];

/* Offsets in a VMCB, APM volume 2, appendix B */
#define VMCB_BYTES 4096u
#define VMCB_INTERCEPT_2 0x010u
#define VMCB_ASID 0x058u
#define VMCB_ES 0x400u
#define VMCB_CS 0x410u
#define VMCB_SS 0x420u
#define VMCB_DS 0x430u
#define VMCB_EFER 0x4d0u
#define VMCB_CR4 0x548u
#define VMCB_CR3 0x550u
#define VMCB_CR0 0x558u
#define VMCB_RFLAGS 0x570u
#define VMCB_RIP 0x578u
#define VMCB_RAX 0x5f8u

/** VMRUN, which VMRUN insists on, and VMMCALL (15.5.1, table B-1) */
#define INTERCEPT_VMRUN_VMMCALL 3u
/** The first that is no host's; the library's first vCPU has it too, which has not run yet. */
#define ASID 1u
/** Selector, attributes (64-bit code; data), limit: the first 8 bytes of a segment. */
#define SEGMENT_CODE UINT64_C(0xffffffff0a9b0008)
#define SEGMENT_DATA UINT64_C(0xffffffff0c930010)
#define MSR_EFER 0xc0000080u
#define RFLAGS_RESERVED_1 UINT64_C(2)

static uint64_t *at(uint8_t *vmcb, uint32_t offset)
{
	return (uint64_t *)(void *)(vmcb + offset);
}

static uint64_t read_cr0(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	return value;
}

static uint64_t read_cr4(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	return value;
}

void floor_svm(uint64_t entry, uint64_t rounds, uint64_t cr3)
{
	static uint8_t vmcb[VMCB_BYTES] __attribute__((aligned(VMCB_BYTES)));
	static uint64_t gpr[GPRS];

	*at(vmcb, VMCB_INTERCEPT_2) = INTERCEPT_VMRUN_VMMCALL;
	*at(vmcb, VMCB_ASID) = ASID;
	*at(vmcb, VMCB_ES) = SEGMENT_DATA;
	*at(vmcb, VMCB_CS) = SEGMENT_CODE;
	*at(vmcb, VMCB_SS) = SEGMENT_DATA;
	*at(vmcb, VMCB_DS) = SEGMENT_DATA;
	*at(vmcb, VMCB_EFER) = rdmsr(MSR_EFER);
	*at(vmcb, VMCB_CR4) = read_cr4();
	*at(vmcb, VMCB_CR3) = cr3;
	*at(vmcb, VMCB_CR0) = read_cr0();
	*at(vmcb, VMCB_RFLAGS) = RFLAGS_RESERVED_1;
	*at(vmcb, VMCB_RIP) = entry;
	for (; rounds > 0; rounds--) {
		floor_enter_svm(gpr, (uintptr_t)vmcb);
		*at(vmcb, VMCB_RIP) += CALL_BYTES;
		*at(vmcb, VMCB_RAX) = rounds;
	}
	__asm__ volatile("stgi");
}

/* Fields of a VMCS, SDM volume 3, appendix B */
#define VMCS_GUEST_RIP UINT64_C(0x681e)
#define VMCS_HOST_RSP UINT64_C(0x6c14)
#define VMCS_HOST_RIP UINT64_C(0x6c16)

static uint64_t vmread(uint64_t field)
{
	uint64_t value;

	__asm__ volatile("vmread %1, %0" : "=r"(value) : "r"(field) : "cc", "memory");
	return value;
}

static void vmwrite(uint64_t field, uint64_t value)
{
	__asm__ volatile("vmwrite %1, %0" : : "r"(field), "r"(value) : "cc", "memory");
}

void floor_vmx(uint64_t entry, uint64_t rounds)
{
	static uint64_t gpr[GPRS];
	uint64_t host_rip = vmread(VMCS_HOST_RIP);
	uint64_t host_rsp = vmread(VMCS_HOST_RSP);

	vmwrite(VMCS_HOST_RIP, (uintptr_t)floor_exited_vmx);
	vmwrite(VMCS_GUEST_RIP, entry);
	for (; rounds > 0; rounds--) {
		floor_enter_vmx(gpr);
		vmwrite(VMCS_GUEST_RIP, vmread(VMCS_GUEST_RIP) + CALL_BYTES);
		gpr[0] = rounds;
	}
	vmwrite(VMCS_HOST_RIP, host_rip);
	vmwrite(VMCS_HOST_RSP, host_rsp);
}
