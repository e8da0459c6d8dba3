/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations, and the first registers of a guest. */
#include "setup.h"

#include "axvcpu/vcpu.h"

#include "control.h"
#include "cpu.h"
#include "cpuid_policy.h"
#include "fpu.h"
#include "guest_apic.h"
#include "known_code.h"
#include "limits.h"
#include "pdpte.h"

#define KNOWN_SETUP_FLAGS                                                                       \
	((uint32_t)X86_VCPU_LOCAL_APIC | (uint32_t)X86_VCPU_PASSTHROUGH_HLT |                   \
	 (uint32_t)X86_VCPU_TRAP_PAUSE)

#define FRAME_MASK ((uint64_t)AXVCPU_FRAME_SIZE - 1u)
/** Second-stage addresses have at most this many bits (APM 15.25, SDM 29.3). */
#define MAX_PHYSICAL_BITS 52u
/** What a real-mode address can reach, and the reset vector that is above it. */
#define REAL_MODE_END UINT64_C(0x100000)
#define RESET_VECTOR UINT64_C(0xfffffff0)
#define RESET_CS_BASE UINT64_C(0xffff0000)
#define RESET_CS_SELECTOR 0xf000u
#define REAL_SEGMENT_MASK UINT64_C(0xff000)
#define REAL_SEGMENT_SHIFT 4u
#define REAL_LIMIT 0xffffu
#define FLAT_LIMIT UINT32_MAX
/** Selectors of no table: nothing is read until the guest loads its own. */
#define FLAT_CODE_SELECTOR 0x08u
#define FLAT_DATA_SELECTOR 0x10u
/** Numbers that axvcpu_inject_interrupt() takes at most: vectors, NMI, vectors of a PIC, levels. */
#define INJECTABLE ((uint32_t)X86_VCPU_INJECT_LEVEL + 256u)
/** Bytes of the configurations' first versions: a caller may know no less. */
#define CREATE_CONFIG_MIN_SIZE 16u
#define SETUP_CONFIG_MIN_SIZE 48u
/** EDX after reset is the processor's signature: CPUID.1:EAX (SDM table 10-1). */
#define CPUID_FEATURES 1u

/** axvcpu_copy_config(), once in the code. */
static __attribute__((noinline)) bool copy_config(void *to, uint32_t to_size, uint32_t min_size,
						  const void *from)
{
	return axvcpu_copy_config(to, to_size, min_size, from);
}

axvcpu_error_t x86_vcpu_create(void *state, const struct axvcpu_arch_vcpu_info *info,
			       const void *config)
{
	struct x86_vcpu_create_config create = { .backend = X86_VCPU_BACKEND_AUTO };
	const struct x86_vendor *vendor = x86_vcpu_vendor_find();
	struct x86_vcpu *vcpu = (struct x86_vcpu *)state;

	if (config != NULL &&
	    (!copy_config(&create, sizeof(create), CREATE_CONFIG_MIN_SIZE, config) ||
	     create.flags != 0u || create.backend > X86_VCPU_BACKEND_SVM)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (config == NULL && info->vcpu_id > UINT32_MAX) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (vendor == NULL || (create.backend != X86_VCPU_BACKEND_AUTO &&
			       create.backend != vendor->backend)) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	vcpu->hal = info->hal;
	vcpu->handle = info->vcpu;
	vcpu->vendor = vendor;
	vcpu->is_bsp = info->vcpu_id == 0u;
	x86_vcpu_fpu_find_places(vcpu);
	vcpu->apic_id = config != NULL ? create.apic_id : (uint32_t)info->vcpu_id;
	return vendor->vcpu_init(vcpu);
}

void x86_vcpu_destroy(void *state)
{
	struct x86_vcpu *vcpu = (struct x86_vcpu *)state;

	if (vcpu->vendor != NULL) {
		vcpu->vendor->vcpu_free(vcpu);
	}
	/* Nothing of the guest stays in memory that is given back. */
	__builtin_memset(vcpu, 0, sizeof(*vcpu));
}

static void set_segment(struct x86_vcpu *vcpu, uint32_t number, uint32_t selector, uint64_t base,
			uint32_t limit, uint32_t attributes)
{
	vcpu->seg[number] = (struct x86_segment){
		.base = base,
		.limit = limit,
		.selector = (uint16_t)selector,
		.attributes = (uint16_t)attributes,
	};
}

static void set_segments(struct x86_vcpu *vcpu, uint32_t limit, uint32_t code_attributes,
			 uint32_t data_attributes)
{
	bool flat = limit == FLAT_LIMIT;
	uint32_t i;

	for (i = 0; i < X86_VCPU_LDTR; i++) {
		set_segment(vcpu, i, flat ? FLAT_DATA_SELECTOR : 0u, 0, limit, data_attributes);
	}
	set_segment(vcpu, X86_VCPU_CS, flat ? FLAT_CODE_SELECTOR : 0u, 0, limit, code_attributes);
	set_segment(vcpu, X86_VCPU_LDTR, 0, 0, REAL_LIMIT, SEG_TYPE_LDT | SEG_P);
	set_segment(vcpu, X86_VCPU_TR, 0, 0, REAL_LIMIT, SEG_TYPE_TSS_BUSY | SEG_P);
	vcpu->gdtr = (struct x86_table){ .limit = REAL_LIMIT };
	vcpu->idtr = (struct x86_table){ .limit = REAL_LIMIT };
}

/** SDM table 10-1, "after INIT", which leaves CR0's CD and NW as they are. */
static void set_real(struct x86_vcpu *vcpu, uint64_t entry)
{
	set_segments(vcpu, REAL_LIMIT, SEG_TYPE_DATA_RW | SEG_S | SEG_P,
		     SEG_TYPE_DATA_RW | SEG_S | SEG_P);
	vcpu->seg[X86_VCPU_CS].attributes = SEG_TYPE_CODE_XR | SEG_S | SEG_P;
	vcpu->cr0 = CR0_ET | (vcpu->cr0 & (CR0_CD | CR0_NW));
	if (entry == RESET_VECTOR) {
		vcpu->seg[X86_VCPU_CS].base = RESET_CS_BASE;
		vcpu->seg[X86_VCPU_CS].selector = RESET_CS_SELECTOR;
	} else {
		vcpu->seg[X86_VCPU_CS].base = entry & REAL_SEGMENT_MASK;
		vcpu->seg[X86_VCPU_CS].selector =
			(uint16_t)((entry & REAL_SEGMENT_MASK) >> REAL_SEGMENT_SHIFT);
	}
	vcpu->rip = entry - vcpu->seg[X86_VCPU_CS].base;
}

static void set_protected(struct x86_vcpu *vcpu, uint64_t entry)
{
	set_segments(vcpu, FLAT_LIMIT, SEG_TYPE_CODE_XR | SEG_S | SEG_P | SEG_DB | SEG_G,
		     SEG_TYPE_DATA_RW | SEG_S | SEG_P | SEG_DB | SEG_G);
	vcpu->cr0 = CR0_ET | CR0_NE | CR0_PE;
	vcpu->rip = entry;
}

static void set_long(struct x86_vcpu *vcpu, uint64_t entry, uint64_t cr3)
{
	set_segments(vcpu, FLAT_LIMIT, SEG_TYPE_CODE_XR | SEG_S | SEG_P | SEG_L | SEG_G,
		     SEG_TYPE_DATA_RW | SEG_S | SEG_P | SEG_DB | SEG_G);
	vcpu->cr0 = CR0_ET | CR0_NE | CR0_PE | CR0_PG;
	vcpu->cr3 = cr3;
	vcpu->cr4 = CR4_PAE;
	vcpu->efer = EFER_LME | EFER_LMA;
	vcpu->rip = entry;
}

/** What both a reset and INIT do (SDM table 10-1; EFER: APM table 14-1). */
static void clear_registers(struct x86_vcpu *vcpu)
{
	struct x86_cpuid signature;
	uint32_t i;

	for (i = 0; i < X86_GPR_COUNT; i++) {
		vcpu->gpr[i] = 0;
	}
	vcpu->rflags = RFLAGS_RESERVED_1;
	vcpu->cr2 = 0;
	vcpu->cr3 = 0;
	vcpu->cr4 = 0;
	vcpu->cr8 = 0;
	vcpu->efer = 0;
	x86_pdptes_forget(vcpu);
	vcpu->dr6 = DR6_RESET;
	vcpu->dr7 = DR7_RESET;
	switch (vcpu->config.start_mode) {
	case X86_VCPU_START_PROTECTED:
		set_protected(vcpu, vcpu->entry);
		break;
	case X86_VCPU_START_LONG:
		set_long(vcpu, vcpu->entry, vcpu->config.cr3);
		break;
	default:
		set_real(vcpu, vcpu->entry);
		x86_vcpu_cpuid_guest(vcpu, CPUID_FEATURES, 0, &signature);
		vcpu->gpr[X86_RDX] = signature.eax;
		break;
	}
}

static void reset_registers(struct x86_vcpu *vcpu)
{
	/* Firmware leaves caches on: so do we. */
	vcpu->cr0 = 0;
	clear_registers(vcpu);
	vcpu->pat = PAT_RESET;
	x86_vcpu_fpu_reset(vcpu);
	x86_vcpu_apic_reset(vcpu);
	vcpu->valid = X86_GROUPS_ALL;
	vcpu->dirty = X86_GROUPS_ALL;
}

/** Nothing waits for the guest any more, and nothing of its last instruction is left. */
static void drop_events(struct x86_vcpu *vcpu)
{
	uint32_t i;

	for (i = 0; i < INJECTABLE; i++) {
		/* What is none is refused, and changes nothing. */
		(void)axvcpu_clear_interrupt(vcpu->handle, i);
	}
	for (i = 0; i < X86_INTERRUPT_WORDS; i++) {
		vcpu->interrupts[i] = 0;
	}
	vcpu->event.valid = false;
	vcpu->interrupt_shadow = false;
	vcpu->nmi_blocked = false;
	vcpu->nmi_pending = false;
	vcpu->nmi_step = false;
	vcpu->any_due = 0;
	vcpu->events_wait = true;
	vcpu->no_answer = false;
}

axvcpu_error_t x86_vcpu_signal_init(struct axvcpu *handle)
{
	struct x86_vcpu *vcpu;
	uint32_t i;

	if (handle == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	if (axvcpu_get_state(handle) != AXVCPU_STATE_FREE) {
		return AXVCPU_ERR_BAD_STATE;
	}
	vcpu = (struct x86_vcpu *)axvcpu_arch_state(handle);
	x86_change(vcpu, X86_GROUPS_ALL);
	vcpu->config.start_mode = X86_VCPU_START_REAL;
	vcpu->config.cr3 = 0;
	vcpu->entry = RESET_VECTOR;
	clear_registers(vcpu);
	for (i = 0; i < sizeof(vcpu->dr) / sizeof(vcpu->dr[0]); i++) {
		vcpu->dr[i] = 0;
	}
	drop_events(vcpu);
	x86_vcpu_lapic_init(&vcpu->lapic);
	vcpu->seen_deadline = UINT64_MAX;
	return AXVCPU_OK;
}

/** Whether a guest that starts in `mode` can begin there. */
static bool entry_is_good(uint32_t mode, uint64_t entry)
{
	switch (mode) {
	case X86_VCPU_START_REAL:
		return entry < REAL_MODE_END || entry == RESET_VECTOR;
	case X86_VCPU_START_PROTECTED:
		return entry <= UINT32_MAX;
	default:
		/* Canonical with four levels: bits 63 to 47 are alike. */
		return (int64_t)(entry << 16) >> 16 == (int64_t)entry;
	}
}

axvcpu_error_t x86_vcpu_set_entry(void *state, uint64_t entry)
{
	struct x86_vcpu *vcpu = (struct x86_vcpu *)state;

	/* Before setup the mode is unknown; setup checks. */
	if (vcpu->config.size != 0u) {
		if (!entry_is_good(vcpu->config.start_mode, entry)) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
		if (vcpu->config.start_mode == X86_VCPU_START_REAL) {
			x86_change(vcpu, X86_GROUP_CONTROL | X86_GROUP_SEGMENTS);
			set_real(vcpu, entry);
		} else {
			vcpu->rip = entry;
		}
	}
	vcpu->entry = entry;
	return AXVCPU_OK;
}

axvcpu_error_t x86_vcpu_set_root(void *state, uint64_t root)
{
	struct x86_vcpu *vcpu = (struct x86_vcpu *)state;

	if ((root & FRAME_MASK) != 0u || root >> MAX_PHYSICAL_BITS != 0u) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	vcpu->stage2_root = root;
	vcpu->dirty |= X86_GROUP_SETTINGS;
	x86_vcpu_code_forget(vcpu);
	vcpu->vendor->flush_tlb(vcpu);
	return AXVCPU_OK;
}

static bool has_name(const struct x86_vcpu_setup_config *config)
{
	uint32_t i;

	for (i = 0; i < sizeof(config->hypervisor_name); i++) {
		if (config->hypervisor_name[i] != '\0') {
			return true;
		}
	}
	return false;
}

axvcpu_error_t x86_vcpu_setup(void *state, const void *config)
{
	struct x86_vcpu_setup_config wanted = {
		.size = sizeof(wanted),
		.start_mode = X86_VCPU_START_REAL,
	};
	struct x86_vcpu *vcpu = (struct x86_vcpu *)state;

	if ((config != NULL &&
	     !copy_config(&wanted, sizeof(wanted), SETUP_CONFIG_MIN_SIZE, config)) ||
	    wanted.reserved != 0u || (wanted.flags & ~KNOWN_SETUP_FLAGS) != 0u ||
	    wanted.start_mode > X86_VCPU_START_LONG ||
	    (wanted.start_mode != X86_VCPU_START_LONG && wanted.cr3 != 0u) ||
	    wanted.cr3 >> MAX_PHYSICAL_BITS != 0u ||
	    !entry_is_good(wanted.start_mode, vcpu->entry)) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	vcpu->config = wanted;
	if (!has_name(&wanted)) {
		__builtin_memcpy(vcpu->config.hypervisor_name, X86_CPUID_HYPERVISOR_NAME,
				 sizeof(vcpu->config.hypervisor_name));
	}
	vcpu->last_cpu = NULL;
	vcpu->events_wait = true;
	x86_vcpu_find_limits(vcpu);
	reset_registers(vcpu);
	return AXVCPU_OK;
}
