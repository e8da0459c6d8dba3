/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accesses to memory that the second stage does not map. The instruction is decoded
 * (decode.h) and done in the guest's place (emulate.h); each of its accesses that
 * finds no RAM is an exit. Its registers change when all of them succeeded.
 */
#include "breakpoints.h"
#include "emulate.h"
#include "events.h"
#include "exits.h"
#include "fetch.h"
#include "guest_apic.h"
#include "guest_mem.h"
#include "known_code.h"
#include "linear.h"

#define PAGE_SIZE UINT64_C(0x1000)

static enum x86_action page_fault(struct x86_vcpu *vcpu, uint32_t more, struct axvcpu_exit *exit)
{
	exit->reason = AXVCPU_EXIT_NESTED_PAGE_FAULT;
	exit->u.nested_page_fault.gpa = vcpu->hw.u.stage2.gpa;
	exit->u.nested_page_fault.gva = vcpu->hw.u.stage2.gva;
	exit->u.nested_page_fault.access = vcpu->hw.u.stage2.access | more;
	exit->u.nested_page_fault.level = UINT32_MAX;
	x86_vcpu_exit_raw(vcpu, exit);
	return X86_ACTION_EXIT;
}

static bool crosses_page(uint64_t linear, uint32_t width)
{
	return linear % PAGE_SIZE + width > PAGE_SIZE;
}

static bool is_ram(const struct x86_vcpu *vcpu, uint64_t gpa, uint32_t access)
{
	uint64_t hpa;

	return (vcpu->vendor->stage2_walk(vcpu, gpa, &hpa) & access) != 0u;
}

static void mmio_exit(struct x86_vcpu *vcpu, uint32_t reason, uint64_t gpa, uint64_t data,
		      struct axvcpu_exit *exit)
{
	const struct x86_insn *insn = &vcpu->mmio.insn;
	bool reg = insn->source == X86_OPERAND_REGISTER || insn->destination == X86_OPERAND_REGISTER;

	exit->reason = reason;
	exit->instruction_length = insn->length;
	exit->u.mmio.gpa = gpa;
	exit->u.mmio.data = data;
	exit->u.mmio.width = insn->width;
	exit->u.mmio.reg = reg ? insn->reg : 0u;
	exit->u.mmio.reg_width = reg ? insn->reg_width : insn->width;
	exit->u.mmio.sign_extend = insn->op == X86_OP_MOVSX ? 1u : 0u;
}

/** Apart from what follows, so that nothing has to be saved where there are none. */
static __attribute__((noinline, cold)) void end_at_breakpoints(struct x86_vcpu *vcpu)
{
	x86_vcpu_step_within(vcpu);
	x86_vcpu_raise_breakpoints(vcpu, vcpu->mmio.met);
}

/** It has stepped rip, as far as a rep form does, and cleared RF. */
static void end_instruction(struct x86_vcpu *vcpu)
{
	if (__builtin_expect(vcpu->mmio.met != 0u, 0)) {
		end_at_breakpoints(vcpu);
	} else {
		x86_vcpu_step_within(vcpu);
	}
}

/** The instruction is over: its registers become the guest's. */
static void keep_result(struct x86_vcpu *vcpu)
{
	if (vcpu->mmio.insn.op == X86_OP_MOV) {
		vcpu->rip = vcpu->mmio.regs.rip;
		vcpu->rflags = vcpu->mmio.regs.rflags;
	} else {
		vcpu->regs = vcpu->mmio.regs;
	}
	end_instruction(vcpu);
}

/** What an instruction stores, with its registers in vcpu->mmio.regs; the guest's stay. */
static uint64_t compute_store(struct x86_vcpu *vcpu, uint64_t loaded)
{
	struct x86_mmio *mmio = &vcpu->mmio;
	uint64_t rip = vcpu->rip, rflags = vcpu->rflags, value;

	if (mmio->insn.op != X86_OP_MOV) {
		mmio->regs = vcpu->regs;
		return x86_vcpu_insn_execute(&mmio->insn, &mmio->regs, loaded);
	}
	/* It changes these two alone, which saves 70 instructions of copying. */
	value = x86_vcpu_insn_execute(&mmio->insn, &vcpu->regs, loaded);
	mmio->regs.rip = vcpu->rip;
	mmio->regs.rflags = vcpu->rflags;
	vcpu->rip = rip;
	vcpu->rflags = rflags;
	return value;
}

/** Computes the results from what was loaded; its store goes to RAM now, or is due. */
static void execute(struct x86_vcpu *vcpu, uint64_t loaded)
{
	struct x86_mmio *mmio = &vcpu->mmio;

	if (!mmio->stores) {
		/* Nothing can fail any more. */
		(void)x86_vcpu_insn_execute(&mmio->insn, &vcpu->regs, loaded);
		end_instruction(vcpu);
		return;
	}
	mmio->loaded = loaded;
	mmio->is_restored = false;
	mmio->store_value = compute_store(vcpu, loaded);
	if (x86_vcpu_apic_has_page(vcpu, mmio->store_gpa)) {
		x86_vcpu_apic_page_write(vcpu, mmio->store_gpa, mmio->insn.width, mmio->store_value);
		keep_result(vcpu);
	} else if (is_ram(vcpu, mmio->store_gpa, AXVCPU_ACCESS_WRITE) &&
		   x86_vcpu_gpa_write(vcpu, mmio->store_gpa, &mmio->store_value, mmio->insn.width)) {
		keep_result(vcpu);
	} else {
		vcpu->store_is_due = true;
	}
}

static void restore(struct x86_vcpu *vcpu);

bool x86_vcpu_take_due_store(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	if (vcpu->store_is_due && vcpu->mmio.is_restored) {
		restore(vcpu);
	}
	if (!vcpu->store_is_due) {
		return false;
	}
	/* Handed over: if the hypervisor retries the access, the instruction starts anew. */
	vcpu->store_is_due = false;
	exit->pc = vcpu->rip;
	mmio_exit(vcpu, AXVCPU_EXIT_MMIO_WRITE, vcpu->mmio.store_gpa, vcpu->mmio.store_value, exit);
	return true;
}

/** Whether the segments of both operands permit them: the CPU has looked at one of the two. */
static bool segments_permit(struct x86_vcpu *vcpu, const struct x86_accesses *accesses,
			    struct x86_fault *fault)
{
	uint32_t width = vcpu->mmio.insn.width;
	uint64_t linear;

	return (!accesses->load ||
		x86_vcpu_logical_to_linear(vcpu, accesses->load_segment, accesses->load_offset, width,
					   false, &linear, fault)) &&
	       (!accesses->store ||
		x86_vcpu_logical_to_linear(vcpu, accesses->store_segment, accesses->store_offset,
					   width, true, &linear, fault));
}

/**
 * Whether the CPU has found the instruction's one access at `linear`, of which vcpu->hw
 * tells: then the guest's page tables permit it, their accessed and dirty bits are set, and
 * the address is known. Of one that loads and stores the store may not have been checked;
 * of two operands nobody knows which it is.
 */
static bool cpu_has_translated(const struct x86_vcpu *vcpu, uint64_t linear)
{
	const struct x86_insn *insn = &vcpu->mmio.insn;
	uint32_t access = insn->writes_memory ? AXVCPU_ACCESS_WRITE : AXVCPU_ACCESS_READ;

	return insn->reads_memory != insn->writes_memory &&
	       (vcpu->hw.u.stage2.access & access) != 0u &&
	       (vcpu->hw.u.stage2.gpa ^ linear) % PAGE_SIZE == 0u;
}

/** Translates both operands before anything happens; false with the fault. */
static bool translate(struct x86_vcpu *vcpu, const struct x86_accesses *accesses, uint64_t *load_gpa,
		      struct x86_fault *fault)
{
	uint64_t linear = accesses->load ? accesses->load_address : accesses->store_address;

	if (cpu_has_translated(vcpu, linear)) {
		*load_gpa = vcpu->hw.u.stage2.gpa;
		vcpu->mmio.store_gpa = vcpu->hw.u.stage2.gpa;
		return true;
	}
	if (accesses->load && !x86_vcpu_translate(vcpu, accesses->load_address,
					     accesses->store && accesses->load_address ==
								accesses->store_address ?
						     X86_WALK_WRITE :
						     X86_WALK_READ,
					     load_gpa, fault)) {
		return false;
	}
	return !accesses->store || x86_vcpu_translate(vcpu, accesses->store_address, X86_WALK_WRITE,
						 &vcpu->mmio.store_gpa, fault);
}

/** Loads from `load_gpa`, computes, stores to mmio.store_gpa, as far as it goes without an exit. */
static enum x86_action access(struct x86_vcpu *vcpu, bool load, bool store, uint64_t load_gpa,
			      struct axvcpu_exit *exit)
{
	uint32_t width = vcpu->mmio.insn.width;
	uint64_t loaded = 0;

	vcpu->mmio.stores = store;
	vcpu->store_is_due = false;
	if (load && x86_vcpu_apic_has_page(vcpu, load_gpa)) {
		loaded = x86_vcpu_apic_page_read(vcpu, load_gpa, width);
	} else if (load && !(is_ram(vcpu, load_gpa, AXVCPU_ACCESS_READ) &&
			     x86_vcpu_gpa_read(vcpu, load_gpa, &loaded, width))) {
		mmio_exit(vcpu, AXVCPU_EXIT_MMIO_READ, load_gpa, 0, exit);
		return X86_ACTION_EXIT;
	}
	execute(vcpu, loaded);
	return x86_vcpu_take_due_store(vcpu, exit) ? X86_ACTION_EXIT : X86_ACTION_HANDLED;
}

/** What the guest's breakpoints, if it has any, say about its accesses. */
static void note_breakpoints(struct x86_vcpu *vcpu, const struct x86_accesses *accesses,
			     bool has_breakpoints)
{
	uint32_t width = vcpu->mmio.insn.width;

	vcpu->mmio.met = 0;
	if (has_breakpoints && accesses->load) {
		vcpu->mmio.met |=
			x86_vcpu_data_breakpoints(vcpu, accesses->load_address, width, false);
	}
	if (has_breakpoints && accesses->store) {
		vcpu->mmio.met |=
			x86_vcpu_data_breakpoints(vcpu, accesses->store_address, width, true);
	}
}

static enum x86_action start(struct x86_vcpu *vcpu, const struct x86_accesses *accesses,
			     struct axvcpu_exit *exit)
{
	uint32_t width = vcpu->mmio.insn.width;
	struct x86_fault fault;
	uint64_t load_gpa = 0;

	if (!segments_permit(vcpu, accesses, &fault)) {
		x86_vcpu_raise(vcpu, &fault);
		return X86_ACTION_HANDLED;
	}
	if ((accesses->load && crosses_page(accesses->load_address, width)) ||
	    (accesses->store && crosses_page(accesses->store_address, width))) {
		/* Two accesses in one: left to the hypervisor. */
		return page_fault(vcpu, AXVCPU_ACCESS_NO_SYNDROME, exit);
	}
	if (!translate(vcpu, accesses, &load_gpa, &fault)) {
		if (fault.vector == 0u) {
			return page_fault(vcpu, AXVCPU_ACCESS_NO_SYNDROME, exit);
		}
		x86_vcpu_raise(vcpu, &fault);
		return X86_ACTION_HANDLED;
	}
	note_breakpoints(vcpu, accesses, (vcpu->vendor->dr7(vcpu) & DR7_ENABLED) != 0u);
	return access(vcpu, accesses->load, accesses->store, load_gpa, exit);
}

/**
 * Whether the instruction is one that has exited before: vcpu->mmio.insn then, whose one
 * access vcpu->hw describes, and which meets no breakpoint.
 */
static bool is_known(struct x86_vcpu *vcpu)
{
	const struct x86_known_code *known = x86_code_find(vcpu, vcpu->rip);
	uint64_t cr3, linear;

	if (known == NULL || known->insn.op == X86_OP_NONE ||
	    !vcpu->vendor->is_plain_64(vcpu, &cr3) || !x86_code_holds(known, cr3) ||
	    !x86_code_end_holds(known)) {
		return false;
	}
	vcpu->mmio.insn = known->insn;
	vcpu->mmio.met = 0;
	linear = x86_vcpu_insn_offset(&known->insn, &vcpu->regs);
	return cpu_has_translated(vcpu, linear) && !crosses_page(linear, known->insn.width);
}

/** Decodes the instruction; false if its bytes cannot be had or are of none that is known. */
static bool decode(struct x86_vcpu *vcpu)
{
	enum x86_vcpu_code_width width = x86_vcpu_code_width(vcpu);
	struct x86_insn *insn = &vcpu->mmio.insn;
	uint8_t bytes[X86_INSN_MAX];
	uint32_t count = 0;

	if (vcpu->vendor->code_bytes != NULL) {
		count = vcpu->vendor->code_bytes(vcpu, bytes);
	}
	if ((count == 0u || x86_vcpu_decode(bytes, count, width, insn) != X86_DECODE_OK) &&
	    x86_vcpu_decode(bytes, x86_vcpu_fetch(vcpu, bytes), width, insn) != X86_DECODE_OK) {
		return false;
	}
	x86_vcpu_code_remember(vcpu, bytes, insn->length, insn);
	return true;
}

/** What the instruction that is decoded accesses. */
static void find_accesses(struct x86_vcpu *vcpu, struct x86_accesses *accesses)
{
	uint64_t bases[X86_INSN_SEGMENTS];
	uint32_t i;

	for (i = 0; i < X86_INSN_SEGMENTS; i++) {
		bases[i] = vcpu->seg[i].base;
	}
	x86_vcpu_insn_accesses(&vcpu->mmio.insn, &vcpu->regs, bases, accesses);
}

/**
 * The instruction at RIP has read, in another vCPU: its store becomes due here. If it is not
 * that any more, as another CPU changed code or tables, the guest executes it anew.
 */
static void restore(struct x86_vcpu *vcpu)
{
	struct x86_insn *insn = &vcpu->mmio.insn;
	struct x86_accesses accesses;
	uint8_t bytes[X86_INSN_MAX];
	struct x86_fault fault;
	uint64_t load_gpa;

	vcpu->store_is_due = false;
	vcpu->mmio.is_restored = false;
	x86_need(vcpu, X86_GROUP_SEGMENTS | X86_GROUP_CONTROL);
	if (x86_vcpu_decode(bytes, x86_vcpu_fetch(vcpu, bytes), x86_vcpu_code_width(vcpu), insn) !=
	    X86_DECODE_OK) {
		return;
	}
	find_accesses(vcpu, &accesses);
	/* Both: no translation of the CPU's is taken for it (cpu_has_translated()). */
	if (accesses.load && accesses.store && !crosses_page(accesses.load_address, insn->width) &&
	    !crosses_page(accesses.store_address, insn->width) &&
	    segments_permit(vcpu, &accesses, &fault) &&
	    translate(vcpu, &accesses, &load_gpa, &fault)) {
		x86_need(vcpu, X86_GROUP_SYSTEM);
		note_breakpoints(vcpu, &accesses, (vcpu->dr7 & DR7_ENABLED) != 0u);
		vcpu->mmio.stores = true;
		execute(vcpu, vcpu->mmio.loaded);
	}
}

enum x86_action x86_vcpu_handle_stage2(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	struct x86_accesses accesses;

	/* Page tables, code, and what the delivery of an event touched are no operand. */
	if ((vcpu->hw.u.stage2.access & (AXVCPU_ACCESS_PAGE_WALK | AXVCPU_ACCESS_EXECUTE)) != 0u ||
	    vcpu->hw.in_delivery) {
		return page_fault(vcpu, 0, exit);
	}
	if (is_known(vcpu)) {
		vcpu->mmio.store_gpa = vcpu->hw.u.stage2.gpa;
		return access(vcpu, vcpu->mmio.insn.reads_memory, vcpu->mmio.insn.writes_memory,
			      vcpu->hw.u.stage2.gpa, exit);
	}
	x86_need(vcpu, X86_GROUP_CONTROL | X86_GROUP_SEGMENTS);
	if (!decode(vcpu)) {
		return page_fault(vcpu, AXVCPU_ACCESS_NO_SYNDROME, exit);
	}
	find_accesses(vcpu, &accesses);
	return start(vcpu, &accesses, exit);
}

void x86_vcpu_complete_mmio_read(
	struct x86_vcpu *vcpu, const struct axvcpu_exit *exit, uint64_t value)
{
	(void)exit;
	execute(vcpu, value);
}

void x86_vcpu_complete_mmio_write(struct x86_vcpu *vcpu, const struct axvcpu_exit *exit)
{
	(void)exit;
	keep_result(vcpu);
}
