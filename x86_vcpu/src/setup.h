/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of axvcpu_arch_ops from creation to the first entry. */
#ifndef X86_VCPU_SETUP_H_
#define X86_VCPU_SETUP_H_

#include "vendor.h"

axvcpu_error_t x86_vcpu_create(void *state, const struct axvcpu_arch_vcpu_info *info,
			       const void *config);
void x86_vcpu_destroy(void *state);
axvcpu_error_t x86_vcpu_set_entry(void *state, uint64_t entry);
axvcpu_error_t x86_vcpu_set_root(void *state, uint64_t root);
axvcpu_error_t x86_vcpu_setup(void *state, const void *config);

#endif /* X86_VCPU_SETUP_H_ */
