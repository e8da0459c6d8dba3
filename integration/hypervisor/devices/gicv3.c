/* SPDX-License-Identifier: Apache-2.0 */
#include "gicv3.h"

#include "../bytes.h"

#define WORD_BITS 32u
#define FIRST_SPI 32u
#define BYTES 4u

/* Registers that distributor and SGI_base have at the same offsets, 12.8 and 12.11 */
#define IGROUPR 0x0080u
#define ISENABLER 0x0100u
#define ICENABLER 0x0180u
#define ISPENDR 0x0200u
#define ICPENDR 0x0280u
#define ISACTIVER 0x0300u
#define IPRIORITYR 0x0400u
#define ITARGETSR 0x0800u
#define ICFGR 0x0c00u
#define IGRPMODR 0x0d00u
/** Bytes of a block of registers with one bit an interrupt. */
#define BITMAP_SIZE 0x80u

/* Distributor, 12.9 */
#define GICD_CTLR 0x0000u
#define GICD_CTLR_ENABLE_GRP0 0x1u
#define GICD_CTLR_ENABLE_GRP1 0x2u
#define GICD_CTLR_ARE 0x10u
#define GICD_CTLR_DS 0x40u
#define GICD_TYPER 0x0004u
/* ITLinesNumber: 32 (N + 1) INTIDs; IDbits: 10 bits of INTID; No1N: no SPI for any CPU */
#define GICD_TYPER_VALUE ((GICV3_WORDS - 1u) | 9u << 19 | 1u << 25)
#define GICD_IIDR 0x0008u
#define GICD_IROUTER 0x6000u
#define GICD_IROUTER_END (GICD_IROUTER + GICV3_INTIDS * 8u)
#define IROUTER_AFFINITY UINT64_C(0xff00ffffff)
/** Peripheral identification 2: GICv3. */
#define PIDR2 0xffe8u
#define PIDR2_GICV3 0x3bu
/** Implementer Arm (JEP106 0x43b), as other emulations of Arm's model say. */
#define IIDR_VALUE 0x43bu

/* Redistributor, 12.11 */
#define GICR_IIDR 0x0004u
#define GICR_TYPER 0x0008u
#define GICR_TYPER_LAST 0x10u
#define GICR_TYPER_NUMBER_SHIFT 8u
#define GICR_TYPER_AFFINITY_SHIFT 32u
#define GICR_WAKER 0x0014u
#define GICR_WAKER_PROCESSOR_SLEEP 0x2u
#define GICR_WAKER_CHILDREN_ASLEEP 0x4u
#define SGI_BASE 0x10000u
/** SGIs are edge-triggered, PPIs level-sensitive until the guest says otherwise. */
#define PRIVATE_EDGE_RESET 0x0000ffffu
#define SGIS 0x0000ffffu

void gicv3_init(struct gicv3 *gic, uint32_t cpus, const struct gicv3_ops *ops, void *ctx)
{
	uint32_t cpu;

	memset(gic, 0, sizeof(*gic));
	gic->ops = ops;
	gic->ctx = ctx;
	gic->cpus = cpus;
	for (cpu = 0; cpu < cpus; cpu++) {
		gic->private_word[cpu].edge = PRIVATE_EDGE_RESET;
		gic->waker[cpu] = GICR_WAKER_PROCESSOR_SLEEP | GICR_WAKER_CHILDREN_ASLEEP;
	}
}

/** The CPU that an SPI goes to; `cpus` if it names none of this machine. */
static uint32_t target(const struct gicv3 *gic, uint32_t intid)
{
	uint64_t affinity = gic->router[intid] & IROUTER_AFFINITY;

	return affinity < gic->cpus ? (uint32_t)affinity : gic->cpus;
}

static struct gicv3_word *word_of(struct gicv3 *gic, uint32_t cpu, uint32_t index)
{
	return index == 0 ? &gic->private_word[cpu] : &gic->word[index];
}

/** Tells `cpu` how it is to treat an interrupt. */
static void publish(struct gicv3 *gic, uint32_t cpu, uint32_t intid)
{
	const struct gicv3_word *word;
	uint32_t bit = intid % WORD_BITS;
	struct gicv3_attributes attributes;
	uint32_t group_enable;

	if (cpu >= gic->cpus) {
		return;
	}
	word = word_of(gic, cpu, intid / WORD_BITS);
	attributes.priority = word->priority[bit];
	attributes.group0 = (word->group >> bit & 1) == 0;
	attributes.level = (word->edge >> bit & 1) == 0;
	group_enable = attributes.group0 ? GICD_CTLR_ENABLE_GRP0 : GICD_CTLR_ENABLE_GRP1;
	attributes.enabled = (word->enabled >> bit & 1) != 0 && (gic->ctlr & group_enable) != 0;
	gic->ops->set_attributes(gic->ctx, cpu, intid, &attributes);
}

/** Publishes the interrupts `bits` of word `index` to who gets them. */
static void publish_bits(struct gicv3 *gic, uint32_t cpu, uint32_t index, uint32_t bits)
{
	uint32_t intid;

	for (; bits != 0; bits &= bits - 1) {
		intid = index * WORD_BITS + (uint32_t)__builtin_ctz(bits);
		publish(gic, index == 0 ? cpu : target(gic, intid), intid);
	}
}

static void set_pending(struct gicv3 *gic, uint32_t cpu, uint32_t index, uint32_t bits, bool pending)
{
	uint32_t intid;
	uint32_t to;

	for (; bits != 0; bits &= bits - 1) {
		intid = index * WORD_BITS + (uint32_t)__builtin_ctz(bits);
		to = index == 0 ? cpu : target(gic, intid);
		if (to >= gic->cpus) {
			continue;
		}
		if (pending) {
			gic->ops->raise(gic->ctx, to, intid);
		} else if (index == 0 || (gic->line[index] >> intid % WORD_BITS & 1) == 0) {
			gic->ops->lower(gic->ctx, to, intid);
		}
	}
}

/** Reads one of the registers with a bit an interrupt. */
static uint32_t read_bits(struct gicv3 *gic, uint32_t cpu, uint32_t offset)
{
	uint32_t index = offset % BITMAP_SIZE / BYTES;
	const struct gicv3_word *word;

	if (index >= GICV3_WORDS) {
		return 0;
	}
	word = word_of(gic, cpu, index);
	switch (offset - offset % BITMAP_SIZE) {
	case IGROUPR:
		return word->group;
	case ISENABLER:
	case ICENABLER:
		return word->enabled;
	case ISPENDR:
	case ICPENDR:
		/* What the inputs say; what was taken since is known to the CPU interface alone. */
		return index == 0 ? 0 : gic->line[index] & ~word->edge;
	default:
		return 0; /* active state: the same */
	}
}

static void write_bits(struct gicv3 *gic, uint32_t cpu, uint32_t offset, uint32_t value)
{
	uint32_t index = offset % BITMAP_SIZE / BYTES;
	struct gicv3_word *word;
	uint32_t changed;

	if (index >= GICV3_WORDS) {
		return;
	}
	word = word_of(gic, cpu, index);
	switch (offset - offset % BITMAP_SIZE) {
	case IGROUPR:
		changed = word->group ^ value;
		word->group = value;
		break;
	case ISENABLER:
		changed = value & ~word->enabled;
		word->enabled |= value;
		break;
	case ICENABLER:
		changed = value & word->enabled;
		word->enabled &= ~value;
		break;
	case ISPENDR:
		set_pending(gic, cpu, index, value, true);
		return;
	case ICPENDR:
		set_pending(gic, cpu, index, value, false);
		return;
	default:
		return;
	}
	publish_bits(gic, cpu, index, changed);
}

/** IPRIORITYR, byte by byte. */
static uint32_t read_priority(struct gicv3 *gic, uint32_t cpu, uint32_t intid)
{
	return intid < GICV3_INTIDS ?
		       word_of(gic, cpu, intid / WORD_BITS)->priority[intid % WORD_BITS] :
		       0;
}

static void write_priority(struct gicv3 *gic, uint32_t cpu, uint32_t intid, uint8_t value)
{
	struct gicv3_word *word;

	if (intid >= GICV3_INTIDS) {
		return;
	}
	word = word_of(gic, cpu, intid / WORD_BITS);
	if (word->priority[intid % WORD_BITS] != value) {
		word->priority[intid % WORD_BITS] = value;
		publish_bits(gic, cpu, intid / WORD_BITS, UINT32_C(1) << (intid % WORD_BITS));
	}
}

/** ICFGR: two bits an interrupt, of which the upper one says edge. */
static uint32_t read_config(struct gicv3 *gic, uint32_t cpu, uint32_t offset)
{
	uint32_t first = (offset - ICFGR) / BYTES * 16;
	uint32_t value = 0;
	uint32_t i;

	for (i = 0; i < 16 && first < GICV3_INTIDS; i++) {
		value |= (word_of(gic, cpu, first / WORD_BITS)->edge >> (first % WORD_BITS + i) & 1)
			 << (2 * i + 1);
	}
	return value;
}

static void write_config(struct gicv3 *gic, uint32_t cpu, uint32_t offset, uint32_t value)
{
	uint32_t first = (offset - ICFGR) / BYTES * 16;
	struct gicv3_word *word;
	uint32_t edge = 0;
	uint32_t mask;
	uint32_t changed;
	uint32_t i;

	if (first >= GICV3_INTIDS) {
		return;
	}
	word = word_of(gic, cpu, first / WORD_BITS);
	for (i = 0; i < 16; i++) {
		edge |= (value >> (2 * i + 1) & 1) << (first % WORD_BITS + i);
	}
	mask = UINT32_C(0xffff) << (first % WORD_BITS);
	if (first < FIRST_SPI) {
		mask &= ~SGIS; /* those of SGIs are fixed */
	}
	changed = (word->edge ^ edge) & mask;
	word->edge ^= changed;
	publish_bits(gic, cpu, first / WORD_BITS, changed);
}

/** The part that distributor and SGI_base have in common. */
static uint64_t read_common(struct gicv3 *gic, uint32_t cpu, uint32_t offset, uint32_t width)
{
	uint64_t value = 0;
	uint32_t i;

	if (offset >= IPRIORITYR && offset < ITARGETSR) {
		for (i = 0; i < width; i++) {
			value |= (uint64_t)read_priority(gic, cpu, offset - IPRIORITYR + i) << (8 * i);
		}
		return value;
	}
	if (width != BYTES || offset % BYTES != 0) {
		return 0;
	}
	if (offset >= IGROUPR && offset < IPRIORITYR) {
		return read_bits(gic, cpu, offset);
	}
	return offset >= ICFGR && offset < IGRPMODR ? read_config(gic, cpu, offset) : 0;
}

static void write_common(struct gicv3 *gic, uint32_t cpu, uint32_t offset, uint32_t width,
			 uint64_t value)
{
	uint32_t i;

	if (offset >= IPRIORITYR && offset < ITARGETSR) {
		for (i = 0; i < width; i++) {
			write_priority(gic, cpu, offset - IPRIORITYR + i, (uint8_t)(value >> (8 * i)));
		}
		return;
	}
	if (width != BYTES || offset % BYTES != 0) {
		return;
	}
	if (offset >= IGROUPR && offset < IPRIORITYR) {
		write_bits(gic, cpu, offset, (uint32_t)value);
	} else if (offset >= ICFGR && offset < IGRPMODR) {
		write_config(gic, cpu, offset, (uint32_t)value);
	}
}

static void write_ctlr(struct gicv3 *gic, uint32_t value)
{
	uint32_t changed;
	uint32_t index;
	uint32_t cpu;

	value &= GICD_CTLR_ENABLE_GRP0 | GICD_CTLR_ENABLE_GRP1;
	changed = gic->ctlr ^ value;
	gic->ctlr = value;
	if (changed == 0) {
		return;
	}
	for (index = 1; index < GICV3_WORDS; index++) {
		publish_bits(gic, 0, index, gic->word[index].enabled);
	}
	for (cpu = 0; cpu < gic->cpus; cpu++) {
		publish_bits(gic, cpu, 0, gic->private_word[cpu].enabled);
	}
}

/** IROUTER of an SPI, the whole of it or a half. */
static void write_router(struct gicv3 *gic, uint32_t offset, uint32_t width, uint64_t value)
{
	uint32_t intid = (offset - GICD_IROUTER) / 8;
	uint32_t old = target(gic, intid);
	uint64_t mask = width == 8 ? UINT64_MAX : UINT64_C(0xffffffff) << (offset % 8 * 8);
	bool high = (gic->line[intid / WORD_BITS] >> intid % WORD_BITS & 1) != 0;
	uint32_t now;

	if (intid < FIRST_SPI || (width != 8 && width != BYTES) || offset % width != 0) {
		return;
	}
	gic->router[intid] = ((gic->router[intid] & ~mask) | (value << (offset % 8 * 8) & mask)) &
			     IROUTER_AFFINITY;
	now = target(gic, intid);
	if (now == old) {
		return;
	}
	publish(gic, now, intid);
	if (high && old < gic->cpus) {
		gic->ops->lower(gic->ctx, old, intid);
	}
	if (high && now < gic->cpus) {
		gic->ops->raise(gic->ctx, now, intid);
	}
}

uint64_t gicv3_distributor_read(struct gicv3 *gic, uint32_t offset, uint32_t width)
{
	if (offset >= GICD_IROUTER && offset < GICD_IROUTER_END) {
		uint64_t value = gic->router[(offset - GICD_IROUTER) / 8] >> (offset % 8 * 8);

		return width == 8 ? value : width == BYTES ? (uint32_t)value : 0;
	}
	switch (offset) {
	case GICD_CTLR:
		return gic->ctlr | GICD_CTLR_ARE | GICD_CTLR_DS;
	case GICD_TYPER:
		return GICD_TYPER_VALUE;
	case GICD_IIDR:
		return IIDR_VALUE;
	case PIDR2:
		return PIDR2_GICV3;
	default:
		/* With affinity routing the first word is not the distributor's. */
		return read_common(gic, 0, offset, width);
	}
}

void gicv3_distributor_write(struct gicv3 *gic, uint32_t offset, uint32_t width, uint64_t value)
{
	if (offset >= GICD_IROUTER && offset < GICD_IROUTER_END) {
		write_router(gic, offset, width, value);
	} else if (offset == GICD_CTLR) {
		write_ctlr(gic, (uint32_t)value);
	} else if ((offset >= IGROUPR && offset < IPRIORITYR && offset % BITMAP_SIZE < BYTES) ||
		   (offset >= IPRIORITYR && offset < IPRIORITYR + FIRST_SPI) ||
		   (offset >= ICFGR && offset < ICFGR + FIRST_SPI / 4)) {
		return; /* SGIs and PPIs: the redistributors' */
	} else {
		write_common(gic, 0, offset, width, value);
	}
}

uint64_t gicv3_redistributor_read(struct gicv3 *gic, uint32_t cpu, uint32_t offset, uint32_t width)
{
	uint64_t typer = (uint64_t)cpu << GICR_TYPER_AFFINITY_SHIFT | cpu << GICR_TYPER_NUMBER_SHIFT;

	if (offset >= SGI_BASE) {
		offset -= SGI_BASE;
		if ((offset >= IGROUPR && offset < IPRIORITYR && offset % BITMAP_SIZE >= BYTES) ||
		    (offset >= IPRIORITYR + FIRST_SPI && offset < ITARGETSR) ||
		    (offset >= ICFGR + FIRST_SPI / 4)) {
			return 0;
		}
		return read_common(gic, cpu, offset, width);
	}
	if (cpu + 1 == gic->cpus) {
		typer |= GICR_TYPER_LAST;
	}
	switch (offset) {
	case GICR_IIDR:
		return IIDR_VALUE;
	case GICR_TYPER:
		return width == 8 ? typer : (uint32_t)typer;
	case GICR_TYPER + BYTES:
		return typer >> 32;
	case GICR_WAKER:
		return gic->waker[cpu];
	case PIDR2:
		return PIDR2_GICV3;
	default:
		return 0; /* GICR_CTLR: no LPIs */
	}
}

void gicv3_redistributor_write(struct gicv3 *gic, uint32_t cpu, uint32_t offset, uint32_t width,
			       uint64_t value)
{
	if (offset >= SGI_BASE) {
		offset -= SGI_BASE;
		if ((offset >= IGROUPR && offset < IPRIORITYR && offset % BITMAP_SIZE >= BYTES) ||
		    (offset >= IPRIORITYR + FIRST_SPI && offset < ITARGETSR) ||
		    (offset >= ICFGR + FIRST_SPI / 4)) {
			return;
		}
		write_common(gic, cpu, offset, width, value);
	} else if (offset == GICR_WAKER) {
		gic->waker[cpu] = (value & GICR_WAKER_PROCESSOR_SLEEP) != 0 ?
					  GICR_WAKER_PROCESSOR_SLEEP | GICR_WAKER_CHILDREN_ASLEEP :
					  0;
	}
}

void gicv3_set_line(struct gicv3 *gic, uint32_t intid, bool high)
{
	uint32_t index = intid / WORD_BITS;
	uint32_t bit = UINT32_C(1) << (intid % WORD_BITS);
	bool was_high = (gic->line[index] & bit) != 0;
	uint32_t cpu = target(gic, intid);

	gic->line[index] = high ? gic->line[index] | bit : gic->line[index] & ~bit;
	if (high == was_high || cpu >= gic->cpus) {
		return;
	}
	if (high) {
		gic->ops->raise(gic->ctx, cpu, intid);
	} else if ((gic->word[index].edge & bit) == 0) {
		gic->ops->lower(gic->ctx, cpu, intid);
	}
}

void gicv3_send_sgi(struct gicv3 *gic, uint32_t cpu, uint32_t intid)
{
	gic->ops->raise(gic->ctx, cpu, intid);
}

void gicv3_cpu_start(struct gicv3 *gic, uint32_t cpu)
{
	uint32_t intid;
	uint32_t index;

	for (intid = 0; intid < GICV3_INTIDS; intid++) {
		index = intid / WORD_BITS;
		if (intid >= FIRST_SPI && target(gic, intid) != cpu) {
			continue;
		}
		publish(gic, cpu, intid);
		if (intid >= FIRST_SPI && (gic->line[index] >> intid % WORD_BITS & 1) != 0) {
			gic->ops->raise(gic->ctx, cpu, intid);
		}
	}
}
