/* SPDX-License-Identifier: Apache-2.0 */
/* Figures for people: a table, a picture, a comparison. */
#ifndef BENCH_SHOW_H_
#define BENCH_SHOW_H_

#include "figures.h"

#ifdef __cplusplus
extern "C" {
#endif

void show_table(const struct figures *figures, FILE *out);
/** The breakdown as bars, with the floor for comparison. */
void show_svg(const struct figures *figures, FILE *out);

/** What a figure may grow by before show_growth() says no, in percent. */
#define SHOW_TOLERANCE 2u

/**
 * Compares measured figures with kept ones, and prints what differs.
 *
 * @return false if a figure grew by more than SHOW_TOLERANCE percent, or if one side
 *         lacks a figure of the other.
 */
bool show_growth(const struct figures *kept, const struct figures *measured, FILE *out);

#ifdef __cplusplus
}
#endif

#endif /* BENCH_SHOW_H_ */
