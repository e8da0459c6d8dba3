/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the guest's images into its RAM. */
#ifndef HYPERVISOR_LOADER_H_
#define HYPERVISOR_LOADER_H_

#include "config.h"

/** Carries out every load of `config`; `memory` is the HPA of the guest's first byte of RAM. */
bool loader_run(const struct machine_config *config, uint64_t memory);

#endif /* HYPERVISOR_LOADER_H_ */
