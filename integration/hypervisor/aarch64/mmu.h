/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HYPERVISOR_AARCH64_MMU_H_
#define HYPERVISOR_AARCH64_MMU_H_

/** Makes the table, once, with the MMU off. */
void mmu_init(void);
/** Turns this CPU's MMU at EL2 and caches on with an identity map: RAM cached, all else devices. */
void mmu_enable(void);

#endif /* HYPERVISOR_AARCH64_MMU_H_ */
