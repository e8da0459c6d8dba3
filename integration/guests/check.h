/* SPDX-License-Identifier: Apache-2.0 */
/* What test guests of every architecture have: a console and checks. */
#ifndef CHECK_H_
#define CHECK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One character to the console; each architecture's guest.c has it. */
void put_char(char c);

void print(const char *text);
void print_hex(uint64_t value);
/** In decimal. */
void print_number(uint64_t value);
/** One check: prints its name when it fails. */
void check(bool holds, const char *name);
void check_equal(uint64_t actual, uint64_t expected, const char *name);
/** Number of checks that failed so far. */
uint64_t failures(void);
/** Prints the outcome; true if checks were made and all held. */
bool checks_held(void);

/* Compilers call them by themselves. */
void *memset(void *to, int byte, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);

#endif /* CHECK_H_ */
