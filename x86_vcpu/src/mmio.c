/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accesses to memory that the second stage does not map. The instruction is decoded
 * (decode.h) and done in the guest's place (emulate.h); each of its accesses that
 * finds no RAM is an exit. Its registers change when all of them succeeded.
 */
#include "emulate.h"
#include "events.h"
#include "exits.h"
#include "fetch.h"
#include "guest_apic.h"
#include "guest_mem.h"
#include "linear.h"

#define PAGE_SIZE UINT64_C(0x1000)

AXVCPU_STATIC_ASSERT(sizeof(((struct x86_emulate_regs *)0)->gpr) ==
			     sizeof(((struct x86_vcpu *)0)->gpr),
		     "the same registers");

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

static void emulated_registers(const struct x86_vcpu *vcpu, struct x86_emulate_regs *regs)
{
	__builtin_memcpy(regs->gpr, vcpu->gpr, sizeof(regs->gpr));
	regs->rip = vcpu->rip;
	regs->rflags = vcpu->rflags;
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

/** The instruction is over: its registers become the guest's. */
static void keep_result(struct x86_vcpu *vcpu)
{
	__builtin_memcpy(vcpu->gpr, vcpu->mmio.gpr, sizeof(vcpu->gpr));
	vcpu->rflags = vcpu->mmio.rflags;
	if (vcpu->mmio.rip != vcpu->rip) {
		x86_vcpu_step_to(vcpu, vcpu->mmio.rip);
	} else {
		x86_vcpu_step_within(vcpu);
	}
}

/** Computes the results from what was loaded; its store goes to RAM now, or is due. */
static void execute(struct x86_vcpu *vcpu, uint64_t loaded)
{
	struct x86_mmio *mmio = &vcpu->mmio;
	struct x86_emulate_regs regs;

	emulated_registers(vcpu, &regs);
	mmio->store_value = x86_vcpu_insn_execute(&mmio->insn, &regs, loaded);
	__builtin_memcpy(mmio->gpr, regs.gpr, sizeof(mmio->gpr));
	mmio->rip = regs.rip;
	mmio->rflags = regs.rflags;
	if (!mmio->stores) {
		keep_result(vcpu);
	} else if (x86_vcpu_apic_has_page(vcpu, mmio->store_gpa)) {
		x86_vcpu_apic_page_write(vcpu, mmio->store_gpa, mmio->insn.width, mmio->store_value);
		keep_result(vcpu);
	} else if (is_ram(vcpu, mmio->store_gpa, AXVCPU_ACCESS_WRITE) &&
		   x86_vcpu_gpa_write(vcpu, mmio->store_gpa, &mmio->store_value, mmio->insn.width)) {
		keep_result(vcpu);
	} else {
		vcpu->store_is_due = true;
	}
}

bool x86_vcpu_take_due_store(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	if (!vcpu->store_is_due) {
		return false;
	}
	/* Handed over: if the hypervisor retries the access, the instruction starts anew. */
	vcpu->store_is_due = false;
	exit->pc = vcpu->rip;
	mmio_exit(vcpu, AXVCPU_EXIT_MMIO_WRITE, vcpu->mmio.store_gpa, vcpu->mmio.store_value, exit);
	return true;
}

/** Whether the segments of both operands permit them; a device's page says nothing about the other one's. */
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

/** Translates both operands before anything happens; false with the fault. */
static bool translate(struct x86_vcpu *vcpu, const struct x86_accesses *accesses, uint64_t *load_gpa,
		      struct x86_fault *fault)
{
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

static enum x86_action start(struct x86_vcpu *vcpu, const struct x86_accesses *accesses,
			     struct axvcpu_exit *exit)
{
	uint32_t width = vcpu->mmio.insn.width;
	struct x86_fault fault;
	uint64_t load_gpa = 0, loaded = 0;

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
	vcpu->mmio.stores = accesses->store;
	vcpu->store_is_due = false;
	if (accesses->load && x86_vcpu_apic_has_page(vcpu, load_gpa)) {
		loaded = x86_vcpu_apic_page_read(vcpu, load_gpa, width);
	} else if (accesses->load && !(is_ram(vcpu, load_gpa, AXVCPU_ACCESS_READ) &&
				       x86_vcpu_gpa_read(vcpu, load_gpa, &loaded, width))) {
		mmio_exit(vcpu, AXVCPU_EXIT_MMIO_READ, load_gpa, 0, exit);
		return X86_ACTION_EXIT;
	}
	execute(vcpu, loaded);
	return x86_vcpu_take_due_store(vcpu, exit) ? X86_ACTION_EXIT : X86_ACTION_HANDLED;
}

enum x86_action x86_vcpu_handle_stage2(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	uint64_t bases[X86_INSN_SEGMENTS];
	uint8_t bytes[X86_INSN_MAX];
	struct x86_accesses accesses;
	struct x86_emulate_regs regs;
	uint32_t i;

	/* Page tables, code, and what the delivery of an event touched: no operand of an instruction. */
	if ((vcpu->hw.u.stage2.access & (AXVCPU_ACCESS_PAGE_WALK | AXVCPU_ACCESS_EXECUTE)) != 0u ||
	    vcpu->hw.in_delivery) {
		return page_fault(vcpu, 0, exit);
	}
	if (x86_vcpu_decode(bytes, x86_vcpu_fetch(vcpu, bytes), x86_vcpu_code_width(vcpu),
			&vcpu->mmio.insn) != X86_DECODE_OK) {
		return page_fault(vcpu, AXVCPU_ACCESS_NO_SYNDROME, exit);
	}
	for (i = 0; i < X86_INSN_SEGMENTS; i++) {
		bases[i] = vcpu->seg[i].base;
	}
	emulated_registers(vcpu, &regs);
	x86_vcpu_insn_accesses(&vcpu->mmio.insn, &regs, bases, &accesses);
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
