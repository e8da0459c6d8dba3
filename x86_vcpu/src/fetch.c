/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch.h"

#include "control.h"
#include "linear.h"
#include "vendor.h"

enum x86_vcpu_code_width x86_vcpu_code_width(struct x86_vcpu *vcpu)
{
	if (x86_vcpu_in_64bit_code(vcpu)) {
		return X86_CODE_64;
	}
	/* Virtual-8086 code has 16 bits whatever CS says (SDM volume 3, 21.2). */
	if ((vcpu->cr0 & CR0_PE) != 0u && (vcpu->rflags & RFLAGS_VM) != 0u) {
		return X86_CODE_16;
	}
	return (vcpu->seg[X86_VCPU_CS].attributes & SEG_DB) != 0u ? X86_CODE_32 : X86_CODE_16;
}

bool x86_vcpu_fetch_system(struct x86_vcpu *vcpu, struct x86_system_insn *insn)
{
	uint8_t bytes[X86_INSN_MAX];
	uint32_t count = x86_vcpu_fetch(vcpu, bytes);

	return x86_vcpu_decode_system(bytes, count, x86_vcpu_code_width(vcpu), insn) == X86_DECODE_OK;
}
