/* SPDX-License-Identifier: Apache-2.0 */
/* Base extension (SBI 2.0, 4). */
#include "sbi.h"

enum {
	GET_SPEC_VERSION = 0,
	GET_IMPL_ID = 1,
	GET_IMPL_VERSION = 2,
	PROBE_EXTENSION = 3,
	GET_MVENDORID = 4,
	GET_MARCHID = 5,
	GET_MIMPID = 6,
};

/* Major in bits 30..24, minor in 23..0. */
#define SPEC_VERSION_2_0 UINT64_C(0x02000000)

static bool probe(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	const uint64_t extension = vcpu->gpr[RISCV_A0];

	if (riscv_vcpu_sbi_known(vcpu, extension))
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_SUCCESS, 1);
	/* Who answers the calls knows whether they are there. */
	if (riscv_vcpu_sbi_passed(vcpu, extension))
		return riscv_vcpu_sbi_hypercall(vcpu, RISCV_VCPU_HYPERCALL_SBI, exit);
	return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_SUCCESS, 0);
}

bool riscv_vcpu_sbi_base(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	uint64_t value;

	switch (vcpu->gpr[RISCV_A6]) {
	case GET_SPEC_VERSION:
		value = SPEC_VERSION_2_0;
		break;
	case GET_IMPL_ID:
		value = RISCV_VCPU_SBI_IMPLEMENTATION;
		break;
	case GET_IMPL_VERSION:
		value = AXVCPU_VERSION(RISCV_VCPU_VERSION_MAJOR, RISCV_VCPU_VERSION_MINOR,
				       RISCV_VCPU_VERSION_PATCH);
		break;
	case PROBE_EXTENSION:
		return probe(vcpu, exit);
	case GET_MVENDORID:
		value = vcpu->mvendorid;
		break;
	case GET_MARCHID:
		value = vcpu->marchid;
		break;
	case GET_MIMPID:
		value = vcpu->mimpid;
		break;
	default:
		return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_ERR_NOT_SUPPORTED, 0);
	}
	return riscv_vcpu_sbi_return(vcpu, RISCV_VCPU_SBI_SUCCESS, value);
}
