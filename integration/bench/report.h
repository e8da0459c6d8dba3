/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel tells the launcher: lines of words on the console. */
#ifndef BENCH_REPORT_H_
#define BENCH_REPORT_H_

#include <stdint.h>

void report_text(const char *what, const char *text);
void report_number(const char *what, const char *name, uint64_t value);
/** Ends the bench. */
_Noreturn void report_failure(const char *what, const char *text);

#endif /* BENCH_REPORT_H_ */
