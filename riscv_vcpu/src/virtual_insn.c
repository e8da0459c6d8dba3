/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual-instruction exceptions (15.6.1, cause 22): what a guest may not do
 * because the hypervisor said so. WFI is waited for; a CSR access goes to the
 * hypervisor if it asked for that; all else is, in a machine without the
 * hypervisor extension, an illegal instruction.
 */
#include "exits.h"

enum insn {
	INSN_WFI = 0x10500073,
	INSN_WRS_NTO = 0x00d00073,
	INSN_WRS_STO = 0x01d00073,
	OPCODE_SYSTEM = 0x73,
	CSR_SIREG = 0x151,
};

static uint32_t funct3_of(uint32_t insn)
{
	return (insn >> 12) & 7u;
}

static uint32_t rd_of(uint32_t insn)
{
	return (insn >> 7) & 31u;
}

static uint32_t rs1_of(uint32_t insn)
{
	return (insn >> 15) & 31u;
}

static bool is_csr_access(uint32_t insn)
{
	return (insn & 0x7fu) == OPCODE_SYSTEM && (funct3_of(insn) & 3u) != 0;
}

/* CSRRS and CSRRC of x0 write nothing (Zicsr). */
bool riscv_vcpu_csr_writes(uint32_t insn)
{
	return (funct3_of(insn) & 3u) == 1 || rs1_of(insn) != 0;
}

/* CSRRW to x0 reads nothing. */
static bool csr_reads(uint32_t insn)
{
	return (funct3_of(insn) & 3u) != 1 || rd_of(insn) != 0;
}

/* A CSR instruction whose access has two halves. */
bool riscv_vcpu_csr_reads_and_writes(uint32_t insn)
{
	return is_csr_access(insn) && csr_reads(insn) && riscv_vcpu_csr_writes(insn);
}

/* The value that a CSR instruction writes where `old` was. */
static uint64_t csr_result(const struct riscv_vcpu *vcpu, uint32_t insn, uint64_t old)
{
	const uint64_t operand = (funct3_of(insn) & 4u) != 0 ? rs1_of(insn) :
							       vcpu->gpr[rs1_of(insn)];

	switch (funct3_of(insn) & 3u) {
	case 1:
		return operand;
	case 2:
		return old | operand;
	default:
		return old & ~operand;
	}
}

/* Bits 9..8 of the number are the lowest mode that may access it, 2 the hypervisor's. */
static bool mode_allows(const struct riscv_vcpu *vcpu, uint32_t insn)
{
	const uint32_t csr = insn >> 20;
	const bool read_only = (csr >> 10) == 3;

	if (((csr >> 8) & 3u) > (riscv_vcpu_in_vs(vcpu) ? 1u : 0u))
		return false;
	return !read_only || !riscv_vcpu_csr_writes(insn);
}

/* The write that `vcpu->fault` describes. */
void riscv_vcpu_csr_write_exit(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	const uint32_t insn = vcpu->fault.csr_insn;

	exit->reason = AXVCPU_EXIT_SYSREG_WRITE;
	exit->instruction_length = 4;
	exit->u.sysreg = (struct axvcpu_exit_sysreg){
		.address = insn >> 20,
		.value = csr_result(vcpu, insn, vcpu->fault.csr_value),
		.reg = (funct3_of(insn) & 4u) != 0 ? 0 : rs1_of(insn),
		.width = 8,
	};
}

/* After the write half: the destination gets what the read half found. */
void riscv_vcpu_csr_write_done(struct riscv_vcpu *vcpu)
{
	if (riscv_vcpu_csr_reads_and_writes(vcpu->fault.csr_insn))
		riscv_vcpu_write_gpr(vcpu, rd_of(vcpu->fault.csr_insn), vcpu->fault.csr_value);
}

static bool csr_exit(struct riscv_vcpu *vcpu, uint32_t insn, struct axvcpu_exit *exit)
{
	vcpu->fault.csr_insn = insn;
	if (!csr_reads(insn)) {
		vcpu->fault.csr_value = 0;
		riscv_vcpu_csr_write_exit(vcpu, exit);
		return true;
	}
	exit->reason = AXVCPU_EXIT_SYSREG_READ;
	exit->instruction_length = 4;
	exit->u.sysreg = (struct axvcpu_exit_sysreg){
		.address = insn >> 20,
		.reg = rd_of(insn),
		.width = 8,
	};
	return true;
}

/* An access to the guest's sireg that is one to its interrupts' priorities; false if it is none. */
static bool priority_access(struct riscv_vcpu *vcpu, uint32_t insn)
{
	uint64_t old;
	uint32_t first;

	if (insn >> 20 != CSR_SIREG || !riscv_vcpu_iprio_selected(vcpu, &first))
		return false;
	old = riscv_vcpu_iprio_read(vcpu, first);
	if (riscv_vcpu_csr_writes(insn))
		riscv_vcpu_iprio_write(vcpu, first, csr_result(vcpu, insn, old));
	riscv_vcpu_write_gpr(vcpu, rd_of(insn), old);
	vcpu->pc += 4;
	return true;
}

bool riscv_vcpu_virtual_instruction(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	uint32_t insn = (uint32_t)rv_read_stval();
	uint64_t value;
	bool leave;

	/* stval may be 0 instead of the instruction (4.1.9). */
	if (insn == 0 && !riscv_vcpu_fetch_or_exit(vcpu, &insn, exit, &leave))
		return leave;

	/* In VU mode it traps only for a guest that wants it to (15.6.1: VTW, or not bounded). */
	if (insn == INSN_WFI && riscv_vcpu_in_vs(vcpu)) {
		vcpu->pc += 4;
		return riscv_vcpu_halt(vcpu, exit);
	}
	/* May end at any time (Zawrs): the guest looks at its memory again. */
	if (insn == INSN_WRS_NTO || insn == INSN_WRS_STO) {
		vcpu->pc += 4;
		return false;
	}
	if (is_csr_access(insn) && !riscv_vcpu_csr_writes(insn) &&
	    riscv_vcpu_pmu_read_csr(vcpu, insn >> 20, &value)) {
		riscv_vcpu_write_gpr(vcpu, rd_of(insn), value);
		vcpu->pc += 4;
		return false;
	}
	if (is_csr_access(insn) && priority_access(vcpu, insn))
		return false;
	if (is_csr_access(insn) && (vcpu->flags & RISCV_VCPU_EXIT_CSR) != 0 &&
	    mode_allows(vcpu, insn))
		return csr_exit(vcpu, insn, exit);
	riscv_vcpu_inject_exception(vcpu, CAUSE_ILLEGAL, insn);
	return false;
}
