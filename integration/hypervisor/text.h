/* SPDX-License-Identifier: Apache-2.0 */
/* Text without a libc. */
#ifndef HYPERVISOR_TEXT_H_
#define HYPERVISOR_TEXT_H_

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t text_length(const char *text);
bool text_equal(const char *a, const char *b);

/**
 * Writes formatted text: %s a string, %u a uint64_t in decimal, %x one in
 * hexadecimal with 0x, %% a percent sign.
 *
 * @param put  receives each character, with `arg`.
 */
void text_format(void (*put)(void *arg, char c), void *arg, const char *format, va_list values);

/** Reads a decimal or 0x number that ends the text or stands before a blank; false if it is none. */
bool text_number(const char **cursor, uint64_t *value);

#endif /* HYPERVISOR_TEXT_H_ */
