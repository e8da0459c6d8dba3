/* SPDX-License-Identifier: Apache-2.0 */
/* What random code must not have for QEMU to live. */
#ifndef X86_64_WILD_QEMU_H_
#define X86_64_WILD_QEMU_H_

#include <stdbool.h>
#include <stdint.h>

/** Whether QEMU emulates this CPU, by its name. */
bool wild_is_under_qemu(void);
/**
 * Changes those instructions, and nothing else, wherever among these bytes they begin.
 * @param is_long  the code will run in long mode.
 */
void wild_spare_qemu(uint8_t *code, uint32_t size, bool is_long);

#endif /* X86_64_WILD_QEMU_H_ */
