/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HYPERVISOR_AARCH64_VCPU_H_
#define HYPERVISOR_AARCH64_VCPU_H_

/** Bits of guest physical address: a root of one page with three levels. */
#define GUEST_IPA_BITS 39u
#define GUEST_STAGE2_LEVELS 3u

#endif /* HYPERVISOR_AARCH64_VCPU_H_ */
