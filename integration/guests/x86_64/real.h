/* SPDX-License-Identifier: Apache-2.0 */
/* What real.c and real.S share. */
#ifndef X86_64_REAL_H_
#define X86_64_REAL_H_

/** Data and stack, 64 KiB each; what is behind the code's segment is left alone. */
#define REAL_DATA_SEGMENT 0x4000
#define REAL_STACK_SEGMENT 0x5000
#define REAL_STACK 0x8000
#define REAL_LOG_SEGMENT 0x1000
/** Interrupt vectors have four bytes each. */
#define REAL_IVT_BYTES 0x400
#define REAL_STUB_BYTES 8
/** Offsets of the last instructions of the code segment: CPUID and OUT. */
#define REAL_LAST_CPUID 0xfffe
#define REAL_LAST_OUT 0xffff
#define REAL_PORT 0x280
#define REAL_RESULTS 16

#endif /* X86_64_REAL_H_ */
