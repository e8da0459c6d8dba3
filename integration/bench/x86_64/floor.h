/* SPDX-License-Identifier: Apache-2.0 */
/* The floor of each vendor; see ../arch.h and floor.S. */
#ifndef BENCH_X86_64_FLOOR_H_
#define BENCH_X86_64_FLOOR_H_

#include <stdint.h>

/** On a VMCB of its own, with SVM on; `cr3` is the guest's. */
void floor_svm(uint64_t entry, uint64_t rounds, uint64_t cr3);
/** On the VMCS of the vCPU that is bound, which has run. */
void floor_vmx(uint64_t entry, uint64_t rounds);

#endif /* BENCH_X86_64_FLOOR_H_ */
