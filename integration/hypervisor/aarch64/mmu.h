/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HYPERVISOR_AARCH64_MMU_H_
#define HYPERVISOR_AARCH64_MMU_H_

#include <stdbool.h>

/** Makes the table, once, with the MMU off. */
void mmu_init(void);
/** Turns this CPU's MMU at EL2 and caches on with an identity map: RAM cached, all else devices. */
void mmu_enable(void);
/** This CPU goes over to HCR_EL2.E2H = TGE = 1, with the MMU on again; false if it has no VHE. */
bool mmu_use_vhe(void);

#endif /* HYPERVISOR_AARCH64_MMU_H_ */
