/* SPDX-License-Identifier: Apache-2.0 */
/* What modes.c and modes.S share. */
#ifndef X86_64_MODES_H_
#define X86_64_MODES_H_

/** Selectors of modes_gdt. */
#define MODES_CODE_32 0x08
#define MODES_DATA 0x10
#define MODES_CODE_16 0x18
/** Base at the scratch device, 4 KiB of it. */
#define MODES_DEVICE 0x20
/** An expand-down segment whose lowest byte is at 0x1000 of the device. */
#define MODES_DOWN 0x28
#define MODES_TASK_MAIN 0x30
#define MODES_TASK_JMP 0x38
#define MODES_TASK_CALL 0x40
#define MODES_TASK_FAULT 0x48
#define MODES_GDT_ENTRIES 10

/** Base of the 16-bit code segment: where this guest is loaded. */
#define MODES_CODE_16_BASE 0x200000
/** The upper half of a task gate. */
#define MODES_TASK_GATE 0x8500

#define MODES_VECTOR_GP 13
#define MODES_VECTOR_TASK 0x50
#define MODES_RESULTS 16

#endif /* X86_64_MODES_H_ */
