/* SPDX-License-Identifier: Apache-2.0 */
/* What docs/run_loop.c takes from the hypervisor around it. */
#ifndef DOCS_DEVICES_H_
#define DOCS_DEVICES_H_

#include <stdint.h>

/** Reads `width` bytes of an emulated device. */
uint64_t device_read(uint64_t gpa, uint32_t width);
/** Writes `width` bytes of `data` to an emulated device. */
void device_write(uint64_t gpa, uint32_t width, uint64_t data);
/** Answers a hypercall: the value for its return register. */
uint64_t call(uint64_t number, const uint64_t *args);
/** Waits for a physical interrupt. */
void idle(void);
/** The function of docs/run_loop.c. */
struct axvcpu_host;
int run_guest(struct axvcpu_host *host, void *memory, uint64_t entry, uint64_t stage2_root);

#endif /* DOCS_DEVICES_H_ */
