/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Legacy extensions (SBI 2.0, 5): one call each, the result in a0 alone, all other
 * registers kept. Hart masks lie in memory at a guest virtual address.
 */
#include "../guest_mem.h"
#include "sbi.h"

static bool result(struct riscv_vcpu *vcpu, int64_t value)
{
	vcpu->gpr[RISCV_A0] = (uint64_t)value;
	return false;
}

/* The mask at a0; a null pointer means all harts. */
static int64_t read_mask(struct riscv_vcpu *vcpu, struct riscv_sbi_harts *harts)
{
	const uint64_t pointer = vcpu->gpr[RISCV_A0];
	uint64_t mask = 0;

	if (pointer == 0)
		return riscv_vcpu_sbi_hart_mask(vcpu, 0, UINT64_MAX, harts);
	if (!riscv_vcpu_guest_load64(vcpu, pointer, &mask))
		return RISCV_VCPU_SBI_ERR_INVALID_ADDRESS;
	return riscv_vcpu_sbi_hart_mask(vcpu, mask, 0, harts);
}

static bool ipi(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	struct riscv_sbi_harts harts;
	const int64_t error = read_mask(vcpu, &harts);

	(void)result(vcpu, error);
	return error == RISCV_VCPU_SBI_SUCCESS && riscv_vcpu_sbi_send_ipi(vcpu, &harts, exit);
}

/* Comes back as an RFENCE exit, so that the hypervisor has one kind to handle. */
static bool fence(struct riscv_vcpu *vcpu, uint64_t function, struct axvcpu_exit *exit)
{
	const bool ranged = function != SBI_RFENCE_FENCE_I;
	const uint64_t args[5] = {
		0,
		0,
		ranged ? vcpu->gpr[RISCV_A1] : 0,
		ranged ? vcpu->gpr[RISCV_A2] : 0,
		function == SBI_RFENCE_SFENCE_VMA_ASID ? vcpu->gpr[RISCV_A2 + 1] & 0xffff : 0,
	};
	struct riscv_sbi_harts harts;
	int64_t error = read_mask(vcpu, &harts);

	if (error == RISCV_VCPU_SBI_SUCCESS && !riscv_vcpu_sbi_is_range(args[2], args[3]))
		error = RISCV_VCPU_SBI_ERR_INVALID_ADDRESS;
	(void)result(vcpu, error);
	if (error != RISCV_VCPU_SBI_SUCCESS)
		return false;
	if (harts.self)
		riscv_vcpu_sbi_fence_self(args, function);
	if (!harts.others)
		return false;
	riscv_vcpu_sbi_fence_others(vcpu, &harts, args, function, RISCV_VCPU_HYPERCALL_SBI_LEGACY, exit);
	return true;
}

bool riscv_vcpu_sbi_legacy(struct riscv_vcpu *vcpu, struct axvcpu_exit *exit)
{
	switch (vcpu->gpr[RISCV_A7]) {
	case SBI_LEGACY_SET_TIMER: {
		const uint64_t deadline = vcpu->gpr[RISCV_A0];

		(void)result(vcpu, 0);
		return riscv_vcpu_sbi_set_timer(vcpu, deadline);
	}
	case RISCV_VCPU_SBI_LEGACY_PUTCHAR:
		(void)riscv_vcpu_sbi_hypercall(vcpu, RISCV_VCPU_HYPERCALL_SBI_LEGACY, exit);
		exit->u.hypercall.args[0] &= 0xff;
		return true;
	case RISCV_VCPU_SBI_LEGACY_GETCHAR:
		return riscv_vcpu_sbi_hypercall(vcpu, RISCV_VCPU_HYPERCALL_SBI_LEGACY, exit);
	case SBI_LEGACY_CLEAR_IPI: {
		/* The result is what the bit was (SBI 2.0, 5.4). */
		const uint64_t pending = riscv_vcpu_hvip_read(vcpu);

		riscv_vcpu_hvip_write(vcpu, pending & ~HVIP_VSSIP);
		return result(vcpu, (pending & HVIP_VSSIP) != 0 ? 1 : 0);
	}
	case SBI_LEGACY_SEND_IPI:
		return ipi(vcpu, exit);
	case SBI_LEGACY_FENCE_I:
		return fence(vcpu, SBI_RFENCE_FENCE_I, exit);
	case SBI_LEGACY_SFENCE_VMA:
		return fence(vcpu, SBI_RFENCE_SFENCE_VMA, exit);
	case SBI_LEGACY_SFENCE_VMA_ASID:
		return fence(vcpu, SBI_RFENCE_SFENCE_VMA_ASID, exit);
	default:
		/* Shutdown; "does not return irrespective of it succeeding or failing". */
		exit->reason = AXVCPU_EXIT_SYSTEM_DOWN;
		exit->u.system_down = (struct axvcpu_exit_system_down){
			.type = AXVCPU_SYSTEM_DOWN_POWER_OFF,
		};
		(void)result(vcpu, RISCV_VCPU_SBI_ERR_FAILED);
		return true;
	}
}
