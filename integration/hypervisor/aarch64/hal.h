/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HYPERVISOR_AARCH64_HAL_H_
#define HYPERVISOR_AARCH64_HAL_H_

#include <stdbool.h>

/** Whether injected interrupts go to the physical GIC, which the guest owns. */
void hal_set_guest_owns_gic(bool owns);

#endif /* HYPERVISOR_AARCH64_HAL_H_ */
