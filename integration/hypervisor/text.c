/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include "bytes.h"

size_t text_length(const char *text)
{
	size_t length = 0;

	while (text[length] != '\0') {
		length++;
	}
	return length;
}

bool text_equal(const char *a, const char *b)
{
	size_t length = text_length(a);

	return length == text_length(b) && memcmp(a, b, length) == 0;
}

static void put_number(void (*put)(void *arg, char c), void *arg, uint64_t value, unsigned base)
{
	char digits[20];
	size_t count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	while (count > 0) {
		put(arg, digits[--count]);
	}
}

void text_format(void (*put)(void *arg, char c), void *arg, const char *format, va_list values)
{
	const char *text;

	for (; *format != '\0'; format++) {
		if (*format != '%') {
			put(arg, *format);
			continue;
		}
		switch (*++format) {
		case 's':
			for (text = va_arg(values, const char *); *text != '\0'; text++) {
				put(arg, *text);
			}
			break;
		case 'u':
			put_number(put, arg, va_arg(values, uint64_t), 10);
			break;
		case 'x':
			put(arg, '0');
			put(arg, 'x');
			put_number(put, arg, va_arg(values, uint64_t), 16);
			break;
		case '\0':
			return;
		default:
			put(arg, *format);
			break;
		}
	}
}

static int digit_value(char c, unsigned base)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (base == 16 && c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	if (base == 16 && c >= 'A' && c <= 'F') {
		return c - 'A' + 10;
	}
	return -1;
}

bool text_number(const char **cursor, uint64_t *value)
{
	const char *at = *cursor;
	unsigned base = 10;
	uint64_t result = 0;
	int digit;

	if (at[0] == '0' && at[1] == 'x') {
		base = 16;
		at += 2;
	}
	if (digit_value(*at, base) < 0) {
		return false;
	}
	while ((digit = digit_value(*at, base)) >= 0) {
		if (result > (UINT64_MAX - (uint64_t)digit) / base) {
			return false;
		}
		result = result * base + (uint64_t)digit;
		at++;
	}
	if (*at != '\0' && *at != ' ' && *at != '\n') {
		return false;
	}
	*cursor = at;
	*value = result;
	return true;
}
