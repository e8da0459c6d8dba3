/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HYPERVISOR_AARCH64_MMU_H_
#define HYPERVISOR_AARCH64_MMU_H_

/** Turns EL2's MMU and caches on with an identity map: RAM cached, all else devices. */
void mmu_enable(void);

#endif /* HYPERVISOR_AARCH64_MMU_H_ */
