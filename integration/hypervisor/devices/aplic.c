/* SPDX-License-Identifier: Apache-2.0 */
#include "aplic.h"

/* Control region of an interrupt domain (AIA, 4.5), of those that one at supervisor level has. */
#define DOMAINCFG UINT64_C(0x0000)
#define SOURCECFG UINT64_C(0x0004)
#define SETIP UINT64_C(0x1c00)
#define SETIPNUM UINT64_C(0x1cdc)
#define IN_CLRIP UINT64_C(0x1d00)
#define CLRIPNUM UINT64_C(0x1ddc)
#define SETIE UINT64_C(0x1e00)
#define SETIENUM UINT64_C(0x1edc)
#define CLRIE UINT64_C(0x1f00)
#define CLRIENUM UINT64_C(0x1fdc)
#define SETIPNUM_LE UINT64_C(0x2000)
#define GENMSI UINT64_C(0x3000)
#define TARGET UINT64_C(0x3004)

#define REGISTER 4u

/* domaincfg (4.5.1): DM and BE are read-only, MSI delivery mode and little-endian. */
#define DOMAINCFG_READ_ONLY UINT32_C(0x80000000)
#define DOMAINCFG_IE UINT32_C(0x100)
#define DOMAINCFG_DM UINT32_C(0x004)
/* sourcecfg (4.5.2) */
#define SOURCECFG_D UINT32_C(0x400)
#define SOURCECFG_SM UINT32_C(0x007)
/* target (4.5.16) and genmsi (4.5.15); the harts have no guests, so there is no Guest Index. */
#define TARGET_HART_SHIFT 18u
#define TARGET_EIID UINT32_C(0x7ff)
#define TARGET_FIELDS (UINT32_MAX << TARGET_HART_SHIFT | TARGET_EIID)

static bool is_active(const struct aplic *aplic, uint64_t source)
{
	return source_exists(source) && aplic->mode[source] != APLIC_INACTIVE;
}

static bool is_level_sensitive(const struct aplic *aplic, uint32_t source)
{
	return aplic->mode[source] >= APLIC_LEVEL1;
}

/** The rectified input value (4.5.2). */
static bool input_of(const struct aplic *aplic, uint32_t source)
{
	switch (aplic->mode[source]) {
	case APLIC_EDGE1:
	case APLIC_LEVEL1:
		return source_set_has(aplic->level, source);
	case APLIC_EDGE0:
	case APLIC_LEVEL0:
		return !source_set_has(aplic->level, source);
	default:
		return false;
	}
}

static void send(const struct aplic *aplic, uint32_t target)
{
	aplic->messages.send(aplic->messages.ctx, target >> TARGET_HART_SHIFT,
			     target & TARGET_EIID);
}

/** Sends a message for each source that is pending and enabled, which is pending no more (4.9). */
static void forward(struct aplic *aplic)
{
	uint32_t candidates;
	uint32_t word;

	for (word = 0; word < SOURCE_WORDS && aplic->enabled; word++) {
		candidates = aplic->pending[word] & aplic->enable[word];
		aplic->pending[word] &= ~candidates;
		for (; candidates != 0; candidates &= candidates - 1) {
			send(aplic, aplic->target[word * SOURCE_WORD_BITS +
						  (uint32_t)__builtin_ctz(candidates)]);
		}
	}
}

/** What writes to setip and setipnum do; a level that is low is not pending (4.7). */
static void set_pending(struct aplic *aplic, uint64_t source)
{
	if (is_active(aplic, source) && (!is_level_sensitive(aplic, (uint32_t)source) ||
					 input_of(aplic, (uint32_t)source))) {
		source_set_put(aplic->pending, (uint32_t)source, true);
	}
}

static void clear_pending(struct aplic *aplic, uint64_t source)
{
	if (source_exists(source)) {
		source_set_put(aplic->pending, (uint32_t)source, false);
	}
}

static void set_enable(struct aplic *aplic, uint64_t source)
{
	if (is_active(aplic, source)) {
		source_set_put(aplic->enable, (uint32_t)source, true);
	}
}

static void clear_enable(struct aplic *aplic, uint64_t source)
{
	if (source_exists(source)) {
		source_set_put(aplic->enable, (uint32_t)source, false);
	}
}

/** Does with each source whose bit is set what a write of its number does. */
static void for_each(struct aplic *aplic, uint32_t word, uint32_t bits,
		     void (*act)(struct aplic *aplic, uint64_t source))
{
	for (; bits != 0; bits &= bits - 1) {
		act(aplic, (uint64_t)word * SOURCE_WORD_BITS + (uint32_t)__builtin_ctz(bits));
	}
}

static void write_sourcecfg(struct aplic *aplic, uint32_t source, uint32_t value)
{
	uint32_t mode = value & SOURCECFG_SM;

	/* There is no child to delegate it to; values 2 and 3 are reserved. */
	if ((value & SOURCECFG_D) != 0 || mode == 2u || mode == 3u) {
		mode = APLIC_INACTIVE;
	}
	aplic->mode[source] = (uint8_t)mode;
	if (mode == APLIC_INACTIVE) {
		clear_pending(aplic, source);
		clear_enable(aplic, source);
		aplic->target[source] = 0;
	} else if (is_level_sensitive(aplic, source)) {
		/* One that is high already has no edge to come. */
		source_set_put(aplic->pending, source, input_of(aplic, source));
	}
}

/** A register that there is one of for each source. */
static bool is_of_source(uint64_t offset, uint64_t first, uint32_t *source)
{
	if (offset < first || !source_exists((offset - first) / REGISTER + 1u)) {
		return false;
	}
	*source = (uint32_t)((offset - first) / REGISTER) + 1u;
	return true;
}

/** A register with a bit for each of 32 sources. */
static bool is_of_word(uint64_t offset, uint64_t first, uint32_t *word)
{
	if (offset < first || (offset - first) / REGISTER >= SOURCE_WORDS) {
		return false;
	}
	*word = (uint32_t)((offset - first) / REGISTER);
	return true;
}

static uint32_t inputs(const struct aplic *aplic, uint32_t word)
{
	uint32_t bits = source_set_mask(word);
	uint32_t value = 0;
	uint32_t bit;

	for (; bits != 0; bits &= bits - 1) {
		bit = (uint32_t)__builtin_ctz(bits);
		value |= (uint32_t)input_of(aplic, word * SOURCE_WORD_BITS + bit) << bit;
	}
	return value;
}

static bool is_register(uint64_t offset, uint32_t width)
{
	return width == REGISTER && offset % REGISTER == 0 && offset < APLIC_SIZE;
}

/* What is not named here reads as zero: reserved, or for writing only. */
static bool mmio_read(void *device, uint64_t offset, uint32_t width, uint64_t *value)
{
	const struct aplic *aplic = device;
	uint32_t index;

	if (!is_register(offset, width)) {
		return false;
	}
	*value = 0;
	if (offset == DOMAINCFG) {
		*value = DOMAINCFG_READ_ONLY | DOMAINCFG_DM | (aplic->enabled ? DOMAINCFG_IE : 0u);
	} else if (is_of_source(offset, TARGET, &index)) {
		*value = aplic->target[index];
	} else if (offset == GENMSI) {
		*value = aplic->genmsi;
	} else if (is_of_word(offset, SETIE, &index)) {
		*value = aplic->enable[index];
	} else if (is_of_word(offset, IN_CLRIP, &index)) {
		*value = inputs(aplic, index);
	} else if (is_of_word(offset, SETIP, &index)) {
		*value = aplic->pending[index];
	} else if (is_of_source(offset, SOURCECFG, &index)) {
		*value = aplic->mode[index];
	}
	return true;
}

static void write_word(struct aplic *aplic, uint64_t offset, uint32_t value)
{
	uint32_t word;

	if (is_of_word(offset, SETIP, &word)) {
		for_each(aplic, word, value, set_pending);
	} else if (is_of_word(offset, IN_CLRIP, &word)) {
		for_each(aplic, word, value, clear_pending);
	} else if (is_of_word(offset, SETIE, &word)) {
		for_each(aplic, word, value, set_enable);
	} else if (is_of_word(offset, CLRIE, &word)) {
		for_each(aplic, word, value, clear_enable);
	}
}

static bool mmio_write(void *device, uint64_t offset, uint32_t width, uint64_t value)
{
	struct aplic *aplic = device;
	uint32_t source;

	if (!is_register(offset, width)) {
		return false;
	}
	switch (offset) {
	case DOMAINCFG:
		aplic->enabled = (value & DOMAINCFG_IE) != 0;
		break;
	case SETIPNUM:
	case SETIPNUM_LE:
		set_pending(aplic, value);
		break;
	case CLRIPNUM:
		clear_pending(aplic, value);
		break;
	case SETIENUM:
		set_enable(aplic, value);
		break;
	case CLRIENUM:
		clear_enable(aplic, value);
		break;
	case GENMSI:
		/* Sent whatever IE is, and at once: it is never busy. */
		aplic->genmsi = (uint32_t)value & TARGET_FIELDS;
		send(aplic, aplic->genmsi);
		break;
	default:
		if (is_of_source(offset, SOURCECFG, &source)) {
			write_sourcecfg(aplic, source, (uint32_t)value);
		} else if (is_of_source(offset, TARGET, &source)) {
			aplic->target[source] =
				is_active(aplic, source) ? (uint32_t)value & TARGET_FIELDS : 0;
		} else {
			write_word(aplic, offset, (uint32_t)value);
		}
		break;
	}
	forward(aplic);
	return true;
}

const struct device_ops aplic_ops = { .read = mmio_read, .write = mmio_write };

void aplic_init(struct aplic *aplic, const struct aplic_messages *messages)
{
	*aplic = (struct aplic){ .messages = *messages };
}

void aplic_set_level(void *device, uint32_t source, bool high)
{
	struct aplic *aplic = device;
	bool before;

	if (!source_exists(source)) {
		return;
	}
	before = input_of(aplic, source);
	source_set_put(aplic->level, source, high);
	if (input_of(aplic, source) && !before) {
		source_set_put(aplic->pending, source, true);
	} else if (is_level_sensitive(aplic, source) && !input_of(aplic, source)) {
		source_set_put(aplic->pending, source, false);
	}
	forward(aplic);
}
