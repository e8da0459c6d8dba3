/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"
#include "events.h"
#include "exits.h"
#include "fetch.h"
#include "linear.h"

/** LMSW's operand in memory. One that is no RAM is not read: #GP. */
static bool read_msw(struct x86_vcpu *vcpu, const struct x86_system_insn *insn)
{
	struct x86_fault fault;
	uint64_t linear;

	if (x86_vcpu_operand_to_linear(vcpu, &insn->address, vcpu->rip + insn->length,
				       sizeof(vcpu->hw.u.cr.msw), false, &linear, &fault) &&
	    x86_vcpu_linear_read(vcpu, linear, &vcpu->hw.u.cr.msw, sizeof(vcpu->hw.u.cr.msw),
				 &fault)) {
		return true;
	}
	if (fault.vector == 0u) {
		x86_vcpu_queue_gp(vcpu);
	} else {
		x86_vcpu_raise(vcpu, &fault);
	}
	return false;
}

/** Takes operation and operands from the guest's code; false if it cannot be read. */
static bool decode(struct x86_vcpu *vcpu)
{
	struct x86_system_insn insn;

	if (!x86_vcpu_fetch_system(vcpu, &insn)) {
		return false;
	}
	vcpu->hw.instruction_length = insn.length;
	vcpu->hw.length_is_sure = true;
	vcpu->hw.u.cr.cr = insn.cr;
	vcpu->hw.u.cr.gpr = insn.gpr;
	switch (insn.op) {
	case X86_SYSTEM_MOV_TO_CR:
		vcpu->hw.u.cr.access = X86_CR_WRITE;
		return true;
	case X86_SYSTEM_MOV_FROM_CR:
		vcpu->hw.u.cr.access = X86_CR_READ;
		return true;
	case X86_SYSTEM_CLTS:
		vcpu->hw.u.cr.access = X86_CR_CLTS;
		return true;
	case X86_SYSTEM_LMSW:
		vcpu->hw.u.cr.access = X86_CR_LMSW;
		if (!insn.memory) {
			vcpu->hw.u.cr.msw = (uint16_t)vcpu->gpr[insn.gpr];
			return true;
		}
		return read_msw(vcpu, &insn);
	default:
		return false;
	}
}

static bool write_cr(struct x86_vcpu *vcpu, uint32_t number, uint64_t value)
{
	/* Outside 64-bit code the operand has 32 bits. */
	if (!x86_vcpu_in_64bit_code(vcpu)) {
		value = (uint32_t)value;
	}
	switch (number) {
	case 0:
		return x86_vcpu_set_cr0(vcpu, value);
	case 3:
		return x86_vcpu_set_cr3(vcpu, value);
	case 4:
		return x86_vcpu_set_cr4(vcpu, value);
	default:
		return x86_vcpu_set_cr8(vcpu, value);
	}
}

static uint64_t read_cr(struct x86_vcpu *vcpu, uint32_t number)
{
	x86_need(vcpu, X86_GROUP_CONTROL);
	switch (number) {
	case 0:
		return vcpu->cr0;
	case 3:
		return vcpu->cr3;
	case 4:
		return vcpu->cr4;
	default:
		return vcpu->cr8;
	}
}

static bool is_known(uint32_t number)
{
	return number == 0u || number == 3u || number == 4u || number == 8u;
}

enum x86_action x86_vcpu_handle_cr(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	bool done = true;
	uint32_t gpr;

	if (vcpu->hw.u.cr.access == X86_CR_DECODE && !decode(vcpu)) {
		/* Changed or unmapped by another CPU since: a fault of its own tells the guest. */
		if (!vcpu->event.valid) {
			x86_vcpu_queue_ud(vcpu);
		}
		return X86_ACTION_HANDLED;
	}
	(void)exit;
	gpr = vcpu->hw.u.cr.gpr;
	switch (vcpu->hw.u.cr.access) {
	case X86_CR_CLTS:
		x86_vcpu_clts(vcpu);
		break;
	case X86_CR_LMSW:
		done = x86_vcpu_lmsw(vcpu, vcpu->hw.u.cr.msw);
		break;
	case X86_CR_READ:
		if (!is_known(vcpu->hw.u.cr.cr)) {
			x86_vcpu_queue_ud(vcpu);
			return X86_ACTION_HANDLED;
		}
		vcpu->gpr[gpr] = read_cr(vcpu, vcpu->hw.u.cr.cr);
		break;
	default:
		if (!is_known(vcpu->hw.u.cr.cr)) {
			x86_vcpu_queue_ud(vcpu);
			return X86_ACTION_HANDLED;
		}
		done = write_cr(vcpu, vcpu->hw.u.cr.cr, vcpu->gpr[gpr]);
		break;
	}
	if (done) {
		x86_vcpu_step(vcpu);
	} else {
		x86_vcpu_queue_gp(vcpu);
	}
	return X86_ACTION_HANDLED;
}

enum x86_action x86_vcpu_handle_xsetbv(struct x86_vcpu *vcpu)
{
	uint64_t value = (vcpu->gpr[X86_RDX] << 32) | (uint32_t)vcpu->gpr[X86_RAX];

	x86_need(vcpu, X86_GROUP_CONTROL);
	if ((vcpu->cr4 & CR4_OSXSAVE) == 0u) {
		x86_vcpu_queue_ud(vcpu);
	} else if (vcpu->vendor->cpl(vcpu) != 0u || (uint32_t)vcpu->gpr[X86_RCX] != 0u ||
		   !x86_vcpu_set_xcr0(vcpu, value)) {
		x86_vcpu_queue_gp(vcpu);
	} else {
		x86_vcpu_step(vcpu);
	}
	return X86_ACTION_HANDLED;
}
