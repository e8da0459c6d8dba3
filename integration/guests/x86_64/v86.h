/* SPDX-License-Identifier: Apache-2.0 */
/* What v86.c and v86.S share. */
#ifndef X86_64_V86_H_
#define X86_64_V86_H_

/** Linear address of the page with the scratch device, and its segment. */
#define V86_DEVICE 0x90000
#define V86_DEVICE_SEGMENT 0x9000
/** The stack's segment, which is RAM of 64 KiB, and where OUTS reads in it. */
#define V86_SEGMENT_SIZE 0x10000
#define V86_STACK_SEGMENT 0x3000
#define V86_STACK 0x8000
#define V86_STRING 0x100
/** Permitted by the map, and the first one above it that is not. */
#define V86_PORT 0x280
#define V86_DENIED 0x281
#define V86_RESULTS 16

#endif /* X86_64_V86_H_ */
