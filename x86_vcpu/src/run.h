/* SPDX-License-Identifier: Apache-2.0 */
#ifndef X86_VCPU_RUN_H_
#define X86_VCPU_RUN_H_

#include "vendor.h"

/** Operations of axvcpu_arch_ops. */
axvcpu_error_t x86_vcpu_bind(void *state, void *percpu);
axvcpu_error_t x86_vcpu_unbind(void *state, void *percpu);
axvcpu_error_t x86_vcpu_switch(void *from, void *to, void *percpu);
axvcpu_error_t x86_vcpu_run(void *state, void *percpu, const uint32_t *attention,
			    struct axvcpu_exit *exit);

#endif /* X86_VCPU_RUN_H_ */
