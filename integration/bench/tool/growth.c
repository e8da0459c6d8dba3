/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "show.h"

static bool is_breakdown(const struct figure *figure)
{
	return strncmp(figure->section, FIGURES_BREAKDOWN, strlen(FIGURES_BREAKDOWN)) == 0;
}

/** Whether a value is more than the tolerance above another. */
static bool grew(uint64_t from, uint64_t to)
{
	return to * 100u > from * (100u + SHOW_TOLERANCE);
}

/** Prints the figures that are in one set only; false if there are any. */
static bool compare_sets(const struct figures *in, const struct figures *other, const char *what,
			 FILE *out)
{
	bool same = true;

	for (size_t i = 0; i < in->count; i++) {
		const struct figure *figure = &in->list[i];
		uint64_t value;

		if (!is_breakdown(figure) &&
		    !figures_get(other, figure->section, figure->name, &value)) {
			fprintf(out, "%s %s: %s\n", figure->section, figure->name, what);
			same = false;
		}
	}
	return same;
}

bool show_growth(const struct figures *kept, const struct figures *measured, FILE *out)
{
	bool good = compare_sets(kept, measured, "kept, but not measured any more", out);

	good = compare_sets(measured, kept, "measured, but not kept yet", out) && good;
	for (size_t i = 0; i < measured->count; i++) {
		const struct figure *figure = &measured->list[i];
		uint64_t before;
		bool bad;

		/* The parts of a line may trade places; its sum may not grow. */
		if (is_breakdown(figure) ||
		    !figures_get(kept, figure->section, figure->name, &before) ||
		    before == figure->value) {
			continue;
		}
		bad = grew(before, figure->value);
		fprintf(out, "%s %s: %" PRIu64 " -> %" PRIu64 " (%+.1f %%)%s\n", figure->section,
			figure->name, before, figure->value,
			before == 0 ? 100.0 :
				      100.0 * ((double)figure->value / (double)before - 1.0),
			bad ? ", too much" : "");
		good = good && !bad;
	}
	return good;
}
