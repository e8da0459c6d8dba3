/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The distributor and redistributors of a GICv3 (IHI 0069H, 12.8 to 12.11): affinity
 * routing on, one Security state, no LPIs. What it decides goes through gicv3_ops to
 * the CPU interface, which is arm_vcpu's.
 */
#ifndef HYPERVISOR_DEVICES_GICV3_H_
#define HYPERVISOR_DEVICES_GICV3_H_

#include <stdbool.h>
#include <stdint.h>

#define GICV3_CPUS 8u
/** INTIDs 0 to 127: SGIs, PPIs and 96 SPIs. */
#define GICV3_INTIDS 128u
#define GICV3_WORDS (GICV3_INTIDS / 32u)
#define GICV3_DISTRIBUTOR_SIZE 0x10000u
/** RD_base and SGI_base. */
#define GICV3_REDISTRIBUTOR_SIZE 0x20000u

struct state_stream;

/** How an interrupt is to reach its CPU. */
struct gicv3_attributes {
	uint8_t priority;
	bool enabled;
	bool level;
	bool group0;
};

struct gicv3_ops {
	void (*set_attributes)(void *ctx, uint32_t cpu, uint32_t intid,
			       const struct gicv3_attributes *attributes);
	/** The interrupt becomes pending, or its line high. */
	void (*raise)(void *ctx, uint32_t cpu, uint32_t intid);
	/** It is pending no more. */
	void (*lower)(void *ctx, uint32_t cpu, uint32_t intid);
	/** Those of INTIDs 32 index to 32 index + 31 that are pending in the interface of a CPU. */
	uint32_t (*pending)(void *ctx, uint32_t cpu, uint32_t index);
	/** The same for active ones. */
	uint32_t (*active)(void *ctx, uint32_t cpu, uint32_t index);
	/** Makes the interrupts `bits` of them active there, or inactive. */
	void (*set_active)(void *ctx, uint32_t cpu, uint32_t index, uint32_t bits, bool active);
};

/** The state of 32 interrupts each. */
struct gicv3_word {
	uint32_t group;
	uint32_t enabled;
	uint32_t edge;
	/** Of SPIs: pending, but routed to no CPU. */
	uint32_t waiting;
	/**
	 * Level-sensitive ones that were made pending by software: once, whatever their
	 * line says, so the CPU interface has them as edge-triggered.
	 */
	uint32_t once;
	uint8_t priority[32];
};

struct gicv3 {
	const struct gicv3_ops *ops;
	void *ctx;
	uint32_t cpus;
	uint32_t ctlr;
	/** SPIs from word 1 on; word 0 is each CPU's own. */
	struct gicv3_word word[GICV3_WORDS];
	struct gicv3_word private_word[GICV3_CPUS];
	uint32_t waker[GICV3_CPUS];
	/** Inputs of SPIs. */
	uint32_t line[GICV3_WORDS];
	uint64_t router[GICV3_INTIDS];
};

/** As after reset, for `cpus` CPUs whose affinity is Aff0 = number. */
void gicv3_init(struct gicv3 *gic, uint32_t cpus, const struct gicv3_ops *ops, void *ctx);
/**
 * Accesses of 1, 2, 4 or 8 bytes at a byte offset into the distributor. Priorities take
 * any width, routers and GICR_TYPER 4 and 8, all else 4 (12.1.3): what does not fit reads
 * as zero and is ignored. Active states are those of the CPU interfaces (gicv3_ops): an SPI is
 * active if it is on any CPU; software makes it active where it is routed to. Pending
 * states are those of the inputs and of the CPU interfaces; what was raised for another CPU reads
 * as pending once that one has taken note of it.
 */
uint64_t gicv3_distributor_read(struct gicv3 *gic, uint32_t offset, uint32_t width);
void gicv3_distributor_write(struct gicv3 *gic, uint32_t offset, uint32_t width, uint64_t value);
/** The same into the redistributor of `cpu`. */
uint64_t gicv3_redistributor_read(struct gicv3 *gic, uint32_t cpu, uint32_t offset, uint32_t width);
void gicv3_redistributor_write(struct gicv3 *gic, uint32_t cpu, uint32_t offset, uint32_t width,
			       uint64_t value);
/** The input of SPI `intid` is now `high`; there are none but 32 to GICV3_INTIDS - 1. */
void gicv3_set_line(struct gicv3 *gic, uint32_t intid, bool high);
/** An SGI for `cpu`; nothing if there is no such CPU or SGI. */
void gicv3_send_sgi(struct gicv3 *gic, uint32_t cpu, uint32_t intid);
/** Tells the CPU interface of a CPU that starts what this knows for it. */
void gicv3_cpu_start(struct gicv3 *gic, uint32_t cpu);
/** Saves its state, or loads that of one with as many CPUs, telling no CPU interface of it. */
void gicv3_state(struct gicv3 *gic, struct state_stream *stream);

#endif /* HYPERVISOR_DEVICES_GICV3_H_ */
