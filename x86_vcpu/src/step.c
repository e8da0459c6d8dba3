/* SPDX-License-Identifier: Apache-2.0 */
/* From an instruction that we did in the guest's place to the next one. */
#include "control.h"
#include "events.h"
#include "exits.h"
#include "fetch.h"
#include "linear.h"

uint32_t x86_vcpu_instruction_length(struct x86_vcpu *vcpu)
{
	struct x86_system_insn insn;
	uint8_t bytes[X86_INSN_MAX];

	if (!vcpu->hw.length_is_sure) {
		/* Prefixes make it longer; if its bytes are gone the plain form is assumed. */
		if (x86_vcpu_decode_system(bytes, x86_vcpu_fetch(vcpu, bytes),
					   x86_vcpu_code_width(vcpu), &insn) == X86_DECODE_OK) {
			vcpu->hw.instruction_length = insn.length;
			if (vcpu->vendor->learn_length != NULL) {
				vcpu->vendor->learn_length(vcpu, bytes, insn.length);
			}
		}
		vcpu->hw.length_is_sure = true;
	}
	return vcpu->hw.instruction_length;
}

/** What every instruction does behind itself, and a rep form behind each element. */
static void end_step(struct x86_vcpu *vcpu)
{
	x86_need(vcpu, X86_GROUP_INTERRUPTIBILITY);
	if (vcpu->interrupt_shadow) {
		vcpu->interrupt_shadow = false;
		vcpu->dirty |= X86_GROUP_INTERRUPTIBILITY;
	}
	if ((vcpu->rflags & RFLAGS_TF) != 0u) {
		/* The trap that the CPU would have taken behind it (SDM volume 3, 18.3.1.4). */
		x86_change(vcpu, X86_GROUP_SYSTEM);
		vcpu->dr6 |= DR6_BS;
		x86_vcpu_queue_exception(vcpu, X86_VECTOR_DB, false, 0);
	}
}

void x86_vcpu_step_to(struct x86_vcpu *vcpu, uint64_t rip)
{
	/* Above 4 GiB there is 64-bit code only: at the limit alone the mode has to be asked for. */
	if (rip > UINT32_MAX && vcpu->rip <= UINT32_MAX && !x86_vcpu_in_64bit_code(vcpu)) {
		rip &= UINT32_MAX;
	}
	vcpu->rip = rip;
	vcpu->rflags &= ~RFLAGS_RF;
	end_step(vcpu);
}

void x86_vcpu_step_within(struct x86_vcpu *vcpu)
{
	end_step(vcpu);
}

void x86_vcpu_step(struct x86_vcpu *vcpu)
{
	x86_vcpu_step_to(vcpu, vcpu->rip + x86_vcpu_instruction_length(vcpu));
}
