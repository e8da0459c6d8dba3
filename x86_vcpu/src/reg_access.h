/* SPDX-License-Identifier: Apache-2.0 */
/* Registers by id. */
#ifndef X86_VCPU_REG_ACCESS_H_
#define X86_VCPU_REG_ACCESS_H_

#include "vendor.h"

axvcpu_error_t x86_vcpu_reg_get(void *state, uint64_t id, void *buffer);
axvcpu_error_t x86_vcpu_reg_set(void *state, uint64_t id, const void *buffer);
axvcpu_error_t x86_vcpu_reg_at(void *state, size_t index, uint64_t *id);

#endif /* X86_VCPU_REG_ACCESS_H_ */
