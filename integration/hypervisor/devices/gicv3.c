/* SPDX-License-Identifier: Apache-2.0 */
#include "gicv3.h"

#include "../bytes.h"

#define WORD_BITS 32u
#define FIRST_PPI 16u
#define FIRST_SPI 32u
#define BYTES 4u

/* Registers that distributor and SGI_base have at the same offsets, 12.8 and 12.11 */
#define IGROUPR 0x0080u
#define ISENABLER 0x0100u
#define ICENABLER 0x0180u
#define ISPENDR 0x0200u
#define ICPENDR 0x0280u
#define ISACTIVER 0x0300u
#define ICACTIVER 0x0380u
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
/* Aff2 to Aff0; GICD_TYPER.A3V says that there is no Aff3, No1N that there is no mode. */
#define IROUTER_AFFINITY UINT64_C(0x00ffffff)
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

static uint32_t bit_of(uint32_t intid)
{
	return UINT32_C(1) << (intid % WORD_BITS);
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
	attributes.level = ((word->edge | word->once) >> bit & 1) == 0;
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

/** Whether an interrupt is level-sensitive and its input is high. */
static bool line_asks(const struct gicv3 *gic, uint32_t intid)
{
	uint32_t index = intid / WORD_BITS;

	return index != 0 && (gic->line[index] & ~gic->word[index].edge & bit_of(intid)) != 0;
}

/** One of the level-sensitive ones is pending once, or by its line alone again. */
static void set_once(struct gicv3 *gic, uint32_t cpu, uint32_t intid, bool once)
{
	struct gicv3_word *word = word_of(gic, cpu, intid / WORD_BITS);
	uint32_t before = word->once;

	word->once = once ? before | bit_of(intid) : before & ~bit_of(intid);
	if (word->once != before) {
		publish(gic, intid < FIRST_SPI ? cpu : target(gic, intid), intid);
	}
}

/** Makes an interrupt pending at who gets it; SPIs that nobody gets wait. */
static void raise_at(struct gicv3 *gic, uint32_t cpu, uint32_t intid)
{
	if (cpu < gic->cpus) {
		gic->ops->raise(gic->ctx, cpu, intid);
	} else {
		gic->word[intid / WORD_BITS].waiting |= bit_of(intid);
	}
}

static void lower_at(struct gicv3 *gic, uint32_t cpu, uint32_t intid)
{
	if (cpu < gic->cpus) {
		gic->ops->lower(gic->ctx, cpu, intid);
	} else {
		gic->word[intid / WORD_BITS].waiting &= ~bit_of(intid);
	}
}

/** The guest makes an interrupt pending, or takes that back. What its line says stays. */
static void set_pending(struct gicv3 *gic, uint32_t cpu, uint32_t intid, bool pending)
{
	uint32_t to = intid < FIRST_SPI ? cpu : target(gic, intid);

	if (line_asks(gic, intid)) {
		return;
	}
	if (pending) {
		set_once(gic, cpu, intid,
			 (word_of(gic, cpu, intid / WORD_BITS)->edge & bit_of(intid)) == 0);
		raise_at(gic, to, intid);
	} else {
		lower_at(gic, to, intid);
		set_once(gic, cpu, intid, false);
	}
}

static void set_pending_bits(struct gicv3 *gic, uint32_t cpu, uint32_t index, uint32_t bits,
			     bool pending)
{
	for (; bits != 0; bits &= bits - 1) {
		set_pending(gic, cpu, index * WORD_BITS + (uint32_t)__builtin_ctz(bits), pending);
	}
}

/** What the interfaces say of word `index`: of SGIs and PPIs that of their CPU, of SPIs any. */
static uint32_t bits_at_cpus(const struct gicv3 *gic, uint32_t cpu, uint32_t index,
			     uint32_t (*of)(void *ctx, uint32_t cpu, uint32_t index))
{
	uint32_t bits = 0;

	if (index == 0) {
		return of(gic->ctx, cpu, index);
	}
	for (cpu = 0; cpu < gic->cpus; cpu++) {
		bits |= of(gic->ctx, cpu, index);
	}
	return bits;
}

static uint32_t active_bits(const struct gicv3 *gic, uint32_t cpu, uint32_t index)
{
	return bits_at_cpus(gic, cpu, index, gic->ops->active);
}

static uint32_t pending_bits(const struct gicv3 *gic, uint32_t cpu, uint32_t index)
{
	const struct gicv3_word *word = &gic->word[index];
	/* What no CPU gets, or has taken note of yet. */
	uint32_t inputs = index == 0 ? 0 : (gic->line[index] & ~word->edge) | word->waiting;

	return inputs | bits_at_cpus(gic, cpu, index, gic->ops->pending);
}

static void activate(struct gicv3 *gic, uint32_t cpu, uint32_t index, uint32_t bits)
{
	if (index == 0) {
		gic->ops->set_active(gic->ctx, cpu, index, bits, true);
		return;
	}
	for (bits &= ~active_bits(gic, cpu, index); bits != 0; bits &= bits - 1) {
		cpu = target(gic, index * WORD_BITS + (uint32_t)__builtin_ctz(bits));
		if (cpu < gic->cpus) {
			gic->ops->set_active(gic->ctx, cpu, index, bits & (~bits + 1), true);
		}
	}
}

static void deactivate(struct gicv3 *gic, uint32_t cpu, uint32_t index, uint32_t bits)
{
	if (index == 0) {
		gic->ops->set_active(gic->ctx, cpu, index, bits, false);
		return;
	}
	for (cpu = 0; cpu < gic->cpus; cpu++) {
		gic->ops->set_active(gic->ctx, cpu, index, bits, false);
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
		return pending_bits(gic, cpu, index);
	case ISACTIVER:
	case ICACTIVER:
	default:
		return active_bits(gic, cpu, index);
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
		set_pending_bits(gic, cpu, index, value, true);
		return;
	case ICPENDR:
		set_pending_bits(gic, cpu, index, value, false);
		return;
	case ISACTIVER:
		activate(gic, cpu, index, value);
		return;
	case ICACTIVER:
	default:
		deactivate(gic, cpu, index, value);
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
	word->once &= ~changed;
	publish_bits(gic, cpu, first / WORD_BITS, changed);
	/* Those that are level-sensitive now ask as their lines say. */
	for (changed &= ~word->edge; changed != 0; changed &= changed - 1) {
		uint32_t intid = first / WORD_BITS * WORD_BITS + (uint32_t)__builtin_ctz(changed);

		if (line_asks(gic, intid)) {
			raise_at(gic, target(gic, intid), intid);
		}
	}
}

/** The part that distributor and SGI_base have in common. */
static uint64_t read_common(struct gicv3 *gic, uint32_t cpu, uint32_t offset, uint32_t width)
{
	uint64_t value = 0;
	uint32_t i;

	if (offset % width != 0) {
		return 0;
	}
	if (offset >= IPRIORITYR && offset < ITARGETSR) {
		for (i = 0; i < width; i++) {
			value |= (uint64_t)read_priority(gic, cpu, offset - IPRIORITYR + i) << (8 * i);
		}
		return value;
	}
	if (width != BYTES) {
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

	if (offset % width != 0) {
		return;
	}
	if (offset >= IPRIORITYR && offset < ITARGETSR) {
		for (i = 0; i < width; i++) {
			write_priority(gic, cpu, offset - IPRIORITYR + i, (uint8_t)(value >> (8 * i)));
		}
		return;
	}
	if (width != BYTES) {
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

/**
 * IROUTER of an SPI, the whole of it or a half. A level goes to the new CPU; an edge
 * that the old one has been given stays there, for it may have been taken meanwhile.
 */
static void write_router(struct gicv3 *gic, uint32_t offset, uint32_t width, uint64_t value)
{
	uint32_t intid = (offset - GICD_IROUTER) / 8;
	uint64_t mask = width == 8 ? UINT64_MAX : UINT64_C(0xffffffff) << (offset % 8 * 8);
	uint32_t old = target(gic, intid);
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
	if (line_asks(gic, intid)) {
		lower_at(gic, old, intid);
		raise_at(gic, now, intid);
	} else if ((gic->word[intid / WORD_BITS].waiting & bit_of(intid)) != 0) {
		lower_at(gic, old, intid);
		raise_at(gic, now, intid);
	}
}

/** Whether an offset is that of SGIs and PPIs in a block of registers. */
static bool is_private(uint32_t offset)
{
	if (offset >= IGROUPR && offset < IPRIORITYR) {
		return offset % BITMAP_SIZE < BYTES;
	}
	return (offset >= IPRIORITYR && offset < IPRIORITYR + FIRST_SPI) ||
	       (offset >= ICFGR && offset < ICFGR + FIRST_SPI / 4);
}

uint64_t gicv3_distributor_read(struct gicv3 *gic, uint32_t offset, uint32_t width)
{
	if (offset >= GICD_IROUTER && offset < GICD_IROUTER_END) {
		uint64_t value = gic->router[(offset - GICD_IROUTER) / 8] >> (offset % 8 * 8);

		if (offset % width != 0) {
			return 0;
		}
		return width == 8 ? value : width == BYTES ? (uint32_t)value : 0;
	}
	if (offset >= IGROUPR && offset < IGRPMODR) {
		/* With affinity routing those of SGIs and PPIs are not the distributor's. */
		return is_private(offset) ? 0 : read_common(gic, 0, offset, width);
	}
	if (width != BYTES) {
		return 0;
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
		return 0;
	}
}

void gicv3_distributor_write(struct gicv3 *gic, uint32_t offset, uint32_t width, uint64_t value)
{
	if (offset >= GICD_IROUTER && offset < GICD_IROUTER_END) {
		write_router(gic, offset, width, value);
	} else if (offset == GICD_CTLR && width == BYTES) {
		write_ctlr(gic, (uint32_t)value);
	} else if (!is_private(offset)) {
		write_common(gic, 0, offset, width, value);
	}
}

uint64_t gicv3_redistributor_read(struct gicv3 *gic, uint32_t cpu, uint32_t offset, uint32_t width)
{
	uint64_t typer = (uint64_t)cpu << GICR_TYPER_AFFINITY_SHIFT | cpu << GICR_TYPER_NUMBER_SHIFT;

	if (cpu >= gic->cpus) {
		return 0;
	}
	if (offset >= SGI_BASE) {
		offset -= SGI_BASE;
		return is_private(offset) ? read_common(gic, cpu, offset, width) : 0;
	}
	if (cpu + 1 == gic->cpus) {
		typer |= GICR_TYPER_LAST;
	}
	if (offset == GICR_TYPER && width == 8) {
		return typer;
	}
	if (width != BYTES) {
		return 0;
	}
	switch (offset) {
	case GICR_IIDR:
		return IIDR_VALUE;
	case GICR_TYPER:
		return (uint32_t)typer;
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
	if (cpu >= gic->cpus) {
		return;
	}
	if (offset >= SGI_BASE) {
		if (is_private(offset - SGI_BASE)) {
			write_common(gic, cpu, offset - SGI_BASE, width, value);
		}
	} else if (offset == GICR_WAKER && width == BYTES) {
		gic->waker[cpu] = (value & GICR_WAKER_PROCESSOR_SLEEP) != 0 ?
					  GICR_WAKER_PROCESSOR_SLEEP | GICR_WAKER_CHILDREN_ASLEEP :
					  0;
	}
}

void gicv3_set_line(struct gicv3 *gic, uint32_t intid, bool high)
{
	uint32_t index = intid / WORD_BITS;
	uint32_t bit = bit_of(intid);

	if (intid < FIRST_SPI || intid >= GICV3_INTIDS || ((gic->line[index] & bit) != 0) == high) {
		return;
	}
	gic->line[index] ^= bit;
	if (high) {
		set_once(gic, 0, intid, false);
		raise_at(gic, target(gic, intid), intid);
	} else if ((gic->word[index].edge & bit) == 0) {
		lower_at(gic, target(gic, intid), intid);
	}
}

void gicv3_send_sgi(struct gicv3 *gic, uint32_t cpu, uint32_t intid)
{
	if (cpu < gic->cpus && intid < FIRST_PPI) {
		gic->ops->raise(gic->ctx, cpu, intid);
	}
}

void gicv3_cpu_start(struct gicv3 *gic, uint32_t cpu)
{
	uint32_t intid;

	for (intid = 0; intid < GICV3_INTIDS; intid++) {
		if (intid >= FIRST_SPI && target(gic, intid) != cpu) {
			continue;
		}
		publish(gic, cpu, intid);
		if (line_asks(gic, intid)) {
			gic->ops->raise(gic->ctx, cpu, intid);
		}
	}
}
