/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All of axvcpu_api in one translation unit with one arch package, for that package's
 * static binding: the compiler sees the table, and calls the operations directly.
 *
 *     #include "../src/ops.c"
 *     #define AXVCPU_STATIC_ARCH ops
 *     #include "axvcpu/static.h"
 *
 * AXVCPU_STATIC_ARCH is the table itself, a constant whose initializer is visible. The
 * functions, their names and what they do are those of the generic binding, so that
 * hypervisors differ in what they are linked with alone; axvcpu_host_init() refuses
 * every other table with AXVCPU_ERR_ABI_MISMATCH.
 */
#ifndef AXVCPU_SRC_STATIC_H_
#define AXVCPU_SRC_STATIC_H_

#ifndef AXVCPU_STATIC_ARCH
#error "define AXVCPU_STATIC_ARCH as the arch package's table"
#endif

#include "complete.c"
#include "crc32c.c"
#include "exit.c"
#include "host.c"
#include "interrupt.c"
#include "irq_queue.c"
#include "lifecycle.c"
#include "ops_check.c"
#include "percpu.c"
#include "reg.c"
#include "run.c"
#include "snapshot.c"
#include "snapshot_format.c"
#include "state.c"
#include "trace.c"
#include "types.c"
#include "vcpu.c"

#endif /* AXVCPU_SRC_STATIC_H_ */
