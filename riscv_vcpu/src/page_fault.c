/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guest page faults: loads and stores of general registers become MMIO exits,
 * everything else a nested page fault.
 *
 * The instruction comes from htinst where the hart fills it in, else from the
 * guest's memory.
 */
#include "decode.h"
#include "exits.h"
#include "guest_mem.h"

static bool nested_fault(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit, uint64_t cause,
			 uint64_t gva, uint64_t gpa, uint32_t access)
{
	vcpu->fault.cause = cause;
	vcpu->fault.stval = gva;
	exit->reason = AXVCPU_EXIT_NESTED_PAGE_FAULT;
	exit->u.nested_page_fault = (struct axvcpu_exit_nested_page_fault){
		.gpa = gpa,
		.gva = gva,
		.access = access | AXVCPU_ACCESS_GVA_VALID,
		.level = UINT32_MAX,
	};
	return true;
}

/*
 * Reads the guest's instruction. If it cannot be read, the guest gets the fault
 * that a fetch would have given, or the hypervisor the nested one; false then, and
 * `*leave` tells whether the run ends.
 */
bool riscv_vcpu_fetch_or_exit(struct riscv_vcpu *vcpu, uint32_t *insn, struct axvcpu_exit *exit,
			 bool *leave)
{
	struct riscv_mem_fault fault;

	*leave = false;
	if (riscv_vcpu_guest_fetch(vcpu, insn, &fault))
		return true;
	switch (fault.cause) {
	case CAUSE_LOAD_GUEST_PAGE:
		*leave = nested_fault(vcpu, exit, CAUSE_FETCH_GUEST_PAGE, fault.stval, fault.gpa,
				      AXVCPU_ACCESS_EXECUTE |
					      (fault.walk ? AXVCPU_ACCESS_PAGE_WALK : 0u));
		break;
	case CAUSE_LOAD_PAGE:
		riscv_vcpu_inject_exception(vcpu, CAUSE_FETCH_PAGE, fault.stval);
		break;
	default:
		riscv_vcpu_inject_exception(vcpu, CAUSE_FETCH_ACCESS, fault.stval);
		break;
	}
	return false;
}

static bool mmio(struct riscv_vcpu *vcpu, const struct riscv_access *access, uint64_t gpa,
		 struct axvcpu_exit *exit)
{
	const bool store = access->kind == RISCV_ACCESS_STORE;
	uint64_t data = 0;

	if (store) {
		data = vcpu->gpr[access->reg];
		if (access->width < 8)
			data &= (UINT64_C(1) << (access->width * 8)) - 1;
	}
	exit->reason = store ? AXVCPU_EXIT_MMIO_WRITE : AXVCPU_EXIT_MMIO_READ;
	exit->instruction_length = access->length;
	exit->u.mmio = (struct axvcpu_exit_mmio){
		.gpa = gpa,
		.data = data,
		.width = access->width,
		.reg = access->reg,
		.reg_width = 8,
		.sign_extend = access->sign_extend,
	};
	return true;
}

bool riscv_vcpu_guest_page_fault(struct riscv_vcpu *vcpu, uint64_t cause, struct axvcpu_exit *exit)
{
	const uint64_t stval = rv_read_stval();
	const uint64_t htval = rv_read_htval();
	const uint64_t htinst = rv_read_htinst();
	uint64_t gpa = riscv_fault_gpa(htval, stval);
	struct riscv_access access;
	bool leave, whole;
	uint32_t kind;

	if (cause == CAUSE_FETCH_GUEST_PAGE)
		kind = AXVCPU_ACCESS_EXECUTE;
	else if (cause == CAUSE_LOAD_GUEST_PAGE)
		kind = AXVCPU_ACCESS_READ;
	else
		kind = AXVCPU_ACCESS_WRITE;

	if (htinst == HTINST_WALK_READ || htinst == HTINST_WALK_WRITE) {
		if (htinst == HTINST_WALK_WRITE)
			kind |= AXVCPU_ACCESS_WRITE;
		/* htval is the page-table entry's address, stval the access's (15.6.3). */
		return nested_fault(vcpu, exit, cause, stval, htval << 2,
				    kind | AXVCPU_ACCESS_PAGE_WALK);
	}
	if (cause == CAUSE_FETCH_GUEST_PAGE)
		return nested_fault(vcpu, exit, cause, stval, gpa, kind);

	if ((htinst & 1) != 0) {
		uint32_t misaligned;

		access = riscv_vcpu_decode_htinst(htinst, &misaligned);
		whole = misaligned == 0;
	} else {
		uint32_t insn;

		if (!riscv_vcpu_fetch_or_exit(vcpu, &insn, exit, &leave))
			return leave;
		access = riscv_vcpu_decode(insn);
		whole = vcpu->gpr[access.base] + (uint64_t)(int64_t)access.offset == stval;
	}
	/*
	 * Only an access of the kind that faulted, all of it in one page: of one that
	 * crosses into another page, the second half's address is not known.
	 */
	if (access.kind != (cause == CAUSE_LOAD_GUEST_PAGE ? RISCV_ACCESS_LOAD :
							      RISCV_ACCESS_STORE) ||
	    !whole || (gpa & 0xfff) + access.width > 0x1000)
		return nested_fault(vcpu, exit, cause, stval, gpa,
				    kind | AXVCPU_ACCESS_NO_SYNDROME);
	vcpu->fault.cause = cause;
	vcpu->fault.stval = stval;
	return mmio(vcpu, &access, gpa, exit);
}
