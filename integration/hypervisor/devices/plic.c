/* SPDX-License-Identifier: Apache-2.0 */
#include "plic.h"

/* Memory map (PLIC Specification, 3) */
#define PRIORITY_BASE UINT64_C(0x0)
#define PENDING_BASE UINT64_C(0x1000)
#define ENABLE_BASE UINT64_C(0x2000)
#define ENABLE_STRIDE UINT64_C(0x80)
#define CONTEXT_BASE UINT64_C(0x200000)
#define CONTEXT_STRIDE UINT64_C(0x1000)
#define CONTEXT_THRESHOLD 0u
#define CONTEXT_CLAIM 4u

#define REGISTER 4u
/** Three bits of priority, as on SiFive's cores and QEMU's board: 0 is never. */
#define PRIORITY_MAX 7u

/** The pending and enabled source of the highest priority above `above`; of equals the lowest. */
static uint32_t best(const struct plic *plic, const struct plic_context *context, uint32_t above)
{
	uint32_t found = SOURCE_NONE;
	uint32_t source;
	uint32_t word;

	for (word = 0; word < SOURCE_WORDS; word++) {
		uint32_t candidates = plic->pending[word] & context->enabled[word];

		for (; candidates != 0; candidates &= candidates - 1) {
			source = word * SOURCE_WORD_BITS + (uint32_t)__builtin_ctz(candidates);
			if (plic->priority[source] > above) {
				above = plic->priority[source];
				found = source;
			}
		}
	}
	return found;
}

static void update(struct plic *plic)
{
	struct plic_context *context;
	uint32_t i;
	bool line;

	for (i = 0; i < plic->context_count; i++) {
		context = &plic->contexts[i];
		line = best(plic, context, context->threshold) != SOURCE_NONE;
		if (line != context->line) {
			context->line = line;
			plic->irq.set(plic->irq.ctx, i, line);
		}
	}
}

/** A gateway lets one request through, and the next one after its completion (chapter 1.4.1). */
static void request(struct plic *plic, uint32_t source)
{
	if (source_set_has(plic->level, source) && !source_set_has(plic->served, source)) {
		source_set_put(plic->pending, source, true);
	}
}

/** Not held back by the threshold (chapter 9). */
static uint32_t claim(struct plic *plic, const struct plic_context *context)
{
	uint32_t source = best(plic, context, 0);

	if (source != SOURCE_NONE) {
		source_set_put(plic->pending, source, false);
		source_set_put(plic->served, source, true);
	}
	return source;
}

static void complete(struct plic *plic, const struct plic_context *context, uint64_t source)
{
	/* Ignored for a source that is not enabled for the context (chapter 10). */
	if (!source_exists(source) ||
	    !source_set_has(context->enabled, (uint32_t)source)) {
		return;
	}
	source_set_put(plic->served, (uint32_t)source, false);
	request(plic, (uint32_t)source);
}

/** Which of the blocks of registers an offset is in, and where in it. */
enum block { BLOCK_PRIORITY, BLOCK_PENDING, BLOCK_ENABLE, BLOCK_CONTEXT, BLOCK_NONE };

static enum block locate(const struct plic *plic, uint64_t offset, uint32_t *context,
			 uint32_t *index)
{
	if (offset < PENDING_BASE) {
		*index = (uint32_t)(offset - PRIORITY_BASE) / REGISTER;
		return *index <= SOURCE_LAST ? BLOCK_PRIORITY : BLOCK_NONE;
	}
	if (offset < ENABLE_BASE) {
		*index = (uint32_t)(offset - PENDING_BASE) / REGISTER;
		return *index < SOURCE_WORDS ? BLOCK_PENDING : BLOCK_NONE;
	}
	if (offset < CONTEXT_BASE) {
		*context = (uint32_t)((offset - ENABLE_BASE) / ENABLE_STRIDE);
		*index = (uint32_t)((offset - ENABLE_BASE) % ENABLE_STRIDE) / REGISTER;
		return *context < plic->context_count && *index < SOURCE_WORDS ? BLOCK_ENABLE :
									       BLOCK_NONE;
	}
	*context = (uint32_t)((offset - CONTEXT_BASE) / CONTEXT_STRIDE);
	*index = (uint32_t)((offset - CONTEXT_BASE) % CONTEXT_STRIDE);
	return *context < plic->context_count ? BLOCK_CONTEXT : BLOCK_NONE;
}

static bool is_register(uint64_t offset, uint32_t width)
{
	return width == REGISTER && offset % REGISTER == 0 && offset < PLIC_SIZE;
}

/* What lies between the registers reads as zero and ignores writes. */
static bool mmio_read(void *device, uint64_t offset, uint32_t width, uint64_t *value)
{
	struct plic *plic = device;
	uint32_t context;
	uint32_t index;

	if (!is_register(offset, width)) {
		return false;
	}
	*value = 0;
	switch (locate(plic, offset, &context, &index)) {
	case BLOCK_PRIORITY:
		*value = plic->priority[index];
		break;
	case BLOCK_PENDING:
		*value = plic->pending[index];
		break;
	case BLOCK_ENABLE:
		*value = plic->contexts[context].enabled[index];
		break;
	case BLOCK_CONTEXT:
		if (index == CONTEXT_THRESHOLD) {
			*value = plic->contexts[context].threshold;
		} else if (index == CONTEXT_CLAIM) {
			*value = claim(plic, &plic->contexts[context]);
			update(plic);
		}
		break;
	case BLOCK_NONE:
	default:
		break;
	}
	return true;
}

static bool mmio_write(void *device, uint64_t offset, uint32_t width, uint64_t value)
{
	struct plic *plic = device;
	uint32_t context;
	uint32_t index;

	if (!is_register(offset, width)) {
		return false;
	}
	switch (locate(plic, offset, &context, &index)) {
	case BLOCK_PRIORITY:
		plic->priority[index] = index == SOURCE_NONE ? 0 : (uint8_t)(value & PRIORITY_MAX);
		break;
	case BLOCK_ENABLE:
		plic->contexts[context].enabled[index] = (uint32_t)value & source_set_mask(index);
		break;
	case BLOCK_CONTEXT:
		if (index == CONTEXT_THRESHOLD) {
			plic->contexts[context].threshold = (uint32_t)value & PRIORITY_MAX;
		} else if (index == CONTEXT_CLAIM) {
			complete(plic, &plic->contexts[context], value);
		}
		break;
	case BLOCK_PENDING:
	case BLOCK_NONE:
	default:
		break;
	}
	update(plic);
	return true;
}

const struct device_ops plic_ops = { .read = mmio_read, .write = mmio_write };

void plic_init(struct plic *plic, const struct device_irq *irq, uint32_t context_count)
{
	*plic = (struct plic){ .irq = *irq, .context_count = context_count };
}

void plic_set_level(void *device, uint32_t source, bool high)
{
	struct plic *plic = device;

	if (!source_exists(source)) {
		return;
	}
	source_set_put(plic->level, source, high);
	request(plic, source);
	update(plic);
}
