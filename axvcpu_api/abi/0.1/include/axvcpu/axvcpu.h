/* SPDX-License-Identifier: Apache-2.0 */
/* The whole interface for a hypervisor. Arch packages also include axvcpu/arch.h. */
#ifndef AXVCPU_AXVCPU_H_
#define AXVCPU_AXVCPU_H_

#include "axvcpu/exit.h"
#include "axvcpu/hal.h"
#include "axvcpu/host.h"
#include "axvcpu/reg.h"
#include "axvcpu/snapshot.h"
#include "axvcpu/trace.h"
#include "axvcpu/types.h"
#include "axvcpu/vcpu.h"

#endif /* AXVCPU_AXVCPU_H_ */
