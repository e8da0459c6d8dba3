/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HYPERVISOR_RISCV64_STAGE2_H_
#define HYPERVISOR_RISCV64_STAGE2_H_

#include <stdint.h>

/** Levels of the guests' tables from now on: 3 for Sv39x4, 4 for Sv48x4, 5 for Sv57x4; 0 means 3. */
void stage2_set_levels(uint32_t levels);
uint32_t stage2_levels(void);
/** Takes out a page that board_stage2_add_page() added, if it is there: no hart reaches it then. */
void stage2_remove_page(uint64_t root, uint64_t gpa);

#endif /* HYPERVISOR_RISCV64_STAGE2_H_ */
