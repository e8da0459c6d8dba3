/* SPDX-License-Identifier: Apache-2.0 */
/* Page frames from the HAL. */
#ifndef X86_VCPU_FRAMES_H_
#define X86_VCPU_FRAMES_H_

#include "vcpu.h"

/** Takes `count` frames in a row; null, with `*hpa` 0, if there are none. */
void *x86_vcpu_frames_take(const struct axvcpu_hal *hal, uint64_t count, uint64_t *hpa);
/** Gives them back, with nothing left in them, and makes `*hpa` 0, which is no frame. */
void x86_vcpu_frames_give(const struct axvcpu_hal *hal, uint64_t count, uint64_t *hpa);

#endif /* X86_VCPU_FRAMES_H_ */
