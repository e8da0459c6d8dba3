/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

static uint64_t failed;
static uint64_t made;

void *memset(void *to, int byte, size_t size)
{
	unsigned char *out = to;

	while (size-- > 0) {
		*out++ = (unsigned char)byte;
	}
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	unsigned char *out = to;
	const unsigned char *in = from;

	while (size-- > 0) {
		*out++ = *in++;
	}
	return to;
}

void print(const char *text)
{
	for (; *text != '\0'; text++) {
		put_char(*text);
	}
}

void print_hex(uint64_t value)
{
	char text[19] = "0x";
	int i;

	for (i = 0; i < 16; i++) {
		text[2 + i] = "0123456789abcdef"[value >> (60 - 4 * i) & 0xf];
	}
	print(text);
}

void print_number(uint64_t value)
{
	char text[21] = "";
	size_t at = sizeof(text) - 1;

	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	print(&text[at]);
}

void check(bool holds, const char *name)
{
	made++;
	if (!holds) {
		failed++;
		print("FAIL: ");
		print(name);
		print("\n");
	}
}

void check_equal(uint64_t actual, uint64_t expected, const char *name)
{
	check(actual == expected, name);
	if (actual != expected) {
		print("      is ");
		print_hex(actual);
		print(", expected ");
		print_hex(expected);
		print("\n");
	}
}

uint64_t failures(void)
{
	return failed;
}

bool checks_held(void)
{
	bool held = failed == 0 && made > 0;

	print(held ? "PASS " : "FAILED ");
	print_hex(made);
	print(" checks\n");
	return held;
}
