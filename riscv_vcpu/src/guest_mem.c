/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HLV and HLVX: loads in the guest's two-stage translation, as its privilege mode
 * in hstatus.SPVP (15.3.1). They trap like the guest's own access would, which
 * the accessors catch; nothing that the guest maps or unmaps can stop us.
 */
#include "guest_mem.h"

/* The hypervisor's hstatus with the guest's mode in it; returns what to put back. */
static uint64_t become_guest(const struct riscv_vcpu *vcpu)
{
	const uint64_t own = rv_read_hstatus();

	rv_write_hstatus((own & ~HSTATUS_SPVP) | (vcpu->hstatus & HSTATUS_SPVP));
	return own;
}

static void read_fault(struct riscv_mem_fault *fault)
{
	fault->cause = rv_read_scause();
	fault->stval = rv_read_stval();
	fault->gpa = riscv_fault_gpa(rv_read_htval(), fault->stval);
	/* 0x3000 or 0x3020 (15.6.3); stval is not the entry's address then. */
	fault->walk = (rv_read_htinst() & ~UINT64_C(0x20)) == HTINST_WALK_READ;
	if (fault->walk)
		fault->gpa &= ~UINT64_C(3);
}

bool riscv_vcpu_guest_fetch(struct riscv_vcpu *vcpu, uint32_t *insn, struct riscv_mem_fault *fault)
{
	const uint64_t own = become_guest(vcpu);
	uint64_t low = 0, high = 0;
	bool ok = rv_try_hlvx_hu(vcpu->pc, &low);

	/* Two parcels: a 32-bit instruction may cross into another page. */
	if (ok && (low & 3) == 3)
		ok = rv_try_hlvx_hu(vcpu->pc + 2, &high);
	if (!ok)
		read_fault(fault);
	rv_write_hstatus(own);
	*insn = (uint32_t)((low & 0xffff) | ((high & 0xffff) << 16));
	return ok;
}

bool riscv_vcpu_guest_load64(struct riscv_vcpu *vcpu, uint64_t gva, uint64_t *value)
{
	const uint64_t own = become_guest(vcpu);
	const bool ok = rv_try_hlv_d(gva, value);

	rv_write_hstatus(own);
	return ok;
}
