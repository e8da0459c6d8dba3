/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What guests in the modes of older CPUs stand on: from 64-bit mode to flat 32-bit code
 * without paging and back, and exceptions that are written down and compared with what the
 * code says that it expects (legacy_expect.h).
 */
#ifndef X86_64_LEGACY_H_
#define X86_64_LEGACY_H_

/** Selectors of legacy_gdt. */
#define LEGACY_CODE_32 0x08
#define LEGACY_DATA 0x10
/** 16-bit code at LEGACY_LOW. */
#define LEGACY_CODE_16 0x18
/** As real mode has them: a limit of 64 KiB, at 0 and at LEGACY_EDGE. */
#define LEGACY_DATA_16 0x20
#define LEGACY_DEVICE_16 0x28
#define LEGACY_TSS 0x30
#define LEGACY_USER_CODE 0x3b
#define LEGACY_USER_DATA 0x43
#define LEGACY_GDT_ENTRIES 9

/** Below 1 MiB: the log, and 16-bit code. */
#define LEGACY_LOG 0x10000
#define LEGACY_LOW 0x20000
#define LEGACY_LOW_SEGMENT 0x2000
/** A segment of 64 KiB at the scratch device, whose page is the segment's last one. */
#define LEGACY_EDGE 0x0aff1000

/* The log: its length, and from LEGACY_RECORDS on a record for each exception. */
#define LEGACY_RECORDS (LEGACY_LOG + 32)
#define LEGACY_RECORD_SHIFT 5
#define LEGACY_RECORD_VECTOR 0
#define LEGACY_RECORD_ERROR 4
#define LEGACY_RECORD_IP 8
#define LEGACY_RECORD_FLAGS 12
#define LEGACY_RECORD_CR2 16
#define LEGACY_LOG_MAX 100
/** Of the flags that were saved: VM, IOPL, IF, TF. */
#define LEGACY_FLAGS 0x23300
#define LEGACY_VM 0x20000
#define LEGACY_IOPL_3 0x3000
#define LEGACY_IF 0x200

/** A program, or virtual-8086 code, ends with UD2. */
#define LEGACY_VECTOR_END 6
/** May be called from CPL 3, as 1, 3 and 4 may; they return where they came. */
#define LEGACY_VECTOR_CALL 0x30
#define LEGACY_VECTORS 0x32
#define LEGACY_PORTS 0x400

#if !defined(__ASSEMBLER__)

#include "guest.h"

/** First: tables without a permitted port, and an empty log. */
void legacy_prepare(void);
/** What is in the log, or ought to be. */
struct legacy_record {
	uint32_t vector;
	uint32_t error;
	uint32_t ip;
	uint32_t flags;
	uint32_t cr2;
};
extern struct legacy_record legacy_expected[], legacy_expected_end[];

/** Runs 32-bit code, which returns with paging off; its exceptions go to the log. */
void legacy_run(const uint8_t *code);
/** Copies 16-bit code to LEGACY_LOW. */
void legacy_copy_low(const uint8_t *start, const uint8_t *end);
/** Programs and virtual-8086 code may use this port. */
void legacy_permit_port(uint32_t port);
/** A record of the log, and its length. */
const struct legacy_record *legacy_seen(uint32_t number);
uint32_t legacy_logged(void);
/** Compares the log with what the code expected (legacy_expect.h), or with a part of it. */
void legacy_check_log(void);
void legacy_check_log_between(const struct legacy_record *first, const struct legacy_record *end);

#endif

#endif /* X86_64_LEGACY_H_ */
