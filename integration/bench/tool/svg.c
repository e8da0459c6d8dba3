/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "show.h"

#define WIDTH 760u
#define LEFT 130u
#define BAR_HEIGHT 34u
#define BAR_STEP 56u
#define TOP 40u
#define LEGEND_STEP 20u
#define LEGEND_COLUMNS 3u
#define MAX_PARTS 16u

/** Colours that people with colour blindness tell apart (Okabe and Ito), then greys. */
static const char *const colours[] = { "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9",
				       "#d55e00", "#f0e442", "#999999", "#555555" };
#define COLOURS (sizeof(colours) / sizeof(colours[0]))

static const struct {
	const char *line;
	const char *title;
} bars[] = {
	{ "library_call", "library call" },
	{ "hypercall", "hypercall" },
};
#define BARS (sizeof(bars) / sizeof(bars[0]))

/** Names of parts in the order of their first appearance. */
struct parts {
	const char *names[MAX_PARTS];
	size_t count;
};

static size_t index_of(struct parts *parts, const char *name)
{
	size_t i;

	for (i = 0; i < parts->count; i++) {
		if (strcmp(parts->names[i], name) == 0) {
			return i;
		}
	}
	if (i < MAX_PARTS) {
		parts->names[parts->count++] = name;
	}
	return i % MAX_PARTS;
}

static bool is_part_of(const struct figure *figure, const char *line)
{
	size_t prefix = strlen(FIGURES_BREAKDOWN);

	return strncmp(figure->section, FIGURES_BREAKDOWN, prefix) == 0 &&
	       strcmp(figure->section + prefix, line) == 0;
}

static uint64_t sum_of(const struct figures *figures, const char *line)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < figures->count; i++) {
		sum += is_part_of(&figures->list[i], line) ? figures->list[i].value : 0;
	}
	return sum;
}

/** Horizontal position of so many instructions. */
static double position(uint64_t instructions, uint64_t most)
{
	return LEFT + (double)instructions * (WIDTH - LEFT - 60u) / (double)most;
}

static void draw_bar(const struct figures *figures, size_t bar, uint64_t most, struct parts *parts,
		     FILE *out)
{
	unsigned int y = TOP + (unsigned int)bar * BAR_STEP;
	uint64_t done = 0;

	fprintf(out, "<text x=\"%u\" y=\"%u\" text-anchor=\"end\">%s</text>\n", LEFT - 8u,
		y + BAR_HEIGHT / 2u + 4u, bars[bar].title);
	for (size_t i = 0; i < figures->count; i++) {
		const struct figure *figure = &figures->list[i];
		double x = position(done, most);
		double width;

		if (!is_part_of(figure, bars[bar].line)) {
			continue;
		}
		done += figure->value;
		width = position(done, most) - x;
		fprintf(out,
			"<rect x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%u\" fill=\"%s\">"
			"<title>%s: %" PRIu64 "</title></rect>\n",
			x, y, width, BAR_HEIGHT, colours[index_of(parts, figure->name) % COLOURS],
			figure->name, figure->value);
		if (width >= 22.0) {
			fprintf(out,
				"<text x=\"%.1f\" y=\"%u\" text-anchor=\"middle\" fill=\"#fff\">%" PRIu64
				"</text>\n",
				x + width / 2.0, y + BAR_HEIGHT / 2u + 4u, figure->value);
		}
	}
	fprintf(out, "<text x=\"%.1f\" y=\"%u\">%" PRIu64 "</text>\n", position(done, most) + 6.0,
		y + BAR_HEIGHT / 2u + 4u, done);
}

static void draw_floor(uint64_t floor, uint64_t most, FILE *out)
{
	double x = position(floor, most);
	unsigned int bottom = TOP + (unsigned int)BARS * BAR_STEP - (BAR_STEP - BAR_HEIGHT) / 2u;

	fprintf(out,
		"<line x1=\"%.1f\" y1=\"%u\" x2=\"%.1f\" y2=\"%u\" stroke=\"#000\" "
		"stroke-dasharray=\"4 3\"/>\n<text x=\"%.1f\" y=\"%u\" text-anchor=\"middle\">floor "
		"%" PRIu64 "</text>\n",
		x, TOP - 8u, x, bottom, x, TOP - 14u, floor);
}

static void draw_legend(const struct parts *parts, unsigned int top, FILE *out)
{
	for (size_t i = 0; i < parts->count; i++) {
		unsigned int x = LEFT + (unsigned int)(i % LEGEND_COLUMNS) * 190u;
		unsigned int y = top + (unsigned int)(i / LEGEND_COLUMNS) * LEGEND_STEP;

		fprintf(out,
			"<rect x=\"%u\" y=\"%u\" width=\"12\" height=\"12\" fill=\"%s\"/>"
			"<text x=\"%u\" y=\"%u\">%s</text>\n",
			x, y, colours[i % COLOURS], x + 18u, y + 10u, parts->names[i]);
	}
}

void show_svg(const struct figures *figures, FILE *out)
{
	struct parts parts = { { 0 }, 0 };
	unsigned int legend_top = TOP + (unsigned int)BARS * BAR_STEP;
	unsigned int height = legend_top + 4u * LEGEND_STEP;
	uint64_t floor = 0;
	uint64_t most = 1;

	for (size_t i = 0; i < BARS; i++) {
		uint64_t sum = sum_of(figures, bars[i].line);

		most = sum > most ? sum : most;
	}
	(void)figures_get(figures, FIGURES_INSTRUCTIONS, "floor", &floor);
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
		"viewBox=\"0 0 %u %u\" font-family=\"sans-serif\" font-size=\"12\">\n"
		"<rect width=\"%u\" height=\"%u\" fill=\"#fff\"/>\n"
		"<text x=\"8\" y=\"18\" font-weight=\"bold\">%s: instructions of an exit</text>\n",
		WIDTH, height, WIDTH, height, WIDTH, height, figures->arch);
	for (size_t i = 0; i < BARS; i++) {
		draw_bar(figures, i, most, &parts, out);
	}
	draw_floor(floor, most, out);
	draw_legend(&parts, legend_top, out);
	fputs("</svg>\n", out);
}
