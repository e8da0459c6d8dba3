/* SPDX-License-Identifier: Apache-2.0 */
/*
 * void mmu_enter_vhe(uint64_t table, uint64_t tcr, uint64_t hcr, uint64_t sctlr);
 *
 * Turns EL2's MMU off, sets HCR_EL2 (with E2H and TGE, by which TCR_EL2 and the
 * table mean something else), and turns it on again with the values given. All of
 * it in registers: with the MMU off the stack is not what the caches have of it.
 */
	.text
	.global mmu_enter_vhe
	.type mmu_enter_vhe, %function
mmu_enter_vhe:
	dsb	sy
	mrs	x4, sctlr_el2
	bic	x4, x4, #1			// SCTLR_EL2.M
	msr	sctlr_el2, x4
	isb
	msr	hcr_el2, x2
	isb
	msr	cptr_el2, xzr			// FPEN, ZEN, SMEN: all trap, and nothing here uses them
	msr	cnthctl_el2, xzr		// EL0's now, of which there is none
	msr	tcr_el2, x1
	msr	ttbr0_el2, x0
	isb
	tlbi	vmalle1				// of EL2&0, with TGE
	tlbi	alle2
	dsb	nsh
	isb
	msr	sctlr_el2, x3
	isb
	ret
	.size mmu_enter_vhe, . - mmu_enter_vhe

	.section .note.GNU-stack, "", %progbits
