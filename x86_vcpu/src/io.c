/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IN, OUT, INS and OUTS. A string form is one exit an element: its registers move
 * when the element is completed, and the instruction exits again for the next one, so
 * that interrupts come in between as on a CPU.
 */
#include "breakpoints.h"
#include "control.h"
#include "events.h"
#include "exits.h"
#include "fetch.h"
#include "linear.h"

/** Writes the low `width` bytes of a register as instructions do: 32 bits clear the upper half. */
static void write_gpr(struct x86_vcpu *vcpu, enum x86_gpr gpr, uint64_t value, uint32_t width)
{
	uint64_t mask;

	if (width >= 4u) {
		vcpu->gpr[gpr] = width == 4u ? (uint32_t)value : value;
		return;
	}
	mask = (UINT64_C(1) << (8u * width)) - 1u;
	vcpu->gpr[gpr] = (vcpu->gpr[gpr] & ~mask) | (value & mask);
}

static uint64_t read_gpr(const struct x86_vcpu *vcpu, enum x86_gpr gpr, uint32_t width)
{
	uint64_t value = vcpu->gpr[gpr];

	return width >= 8u ? value : value & ((UINT64_C(1) << (8u * width)) - 1u);
}

static enum x86_gpr memory_pointer(const struct x86_io *io)
{
	return io->in ? X86_RDI : X86_RSI;
}

/** Fills in what the hardware left out of a string form; OUTS has DS, or what a prefix says. */
static bool complete_description(struct x86_vcpu *vcpu, struct x86_io *io)
{
	struct x86_system_insn insn;

	if (io->address_size != 0u && (io->in || io->segment_is_known)) {
		return true;
	}
	if (!x86_vcpu_fetch_system(vcpu, &insn) || insn.op != X86_SYSTEM_IO) {
		return false;
	}
	io->address_size = insn.address_width;
	io->segment = insn.segment != X86_NO_REG ? insn.segment : (uint8_t)X86_VCPU_DS;
	return true;
}

static uint32_t memory_segment(const struct x86_io *io)
{
	return io->in ? (uint32_t)X86_VCPU_ES : io->segment;
}

static enum x86_action not_ram(struct x86_vcpu *vcpu, const struct x86_fault *fault, bool write,
			       struct axvcpu_exit *exit)
{
	exit->reason = AXVCPU_EXIT_NESTED_PAGE_FAULT;
	exit->u.nested_page_fault.gpa = fault->address;
	exit->u.nested_page_fault.gva = vcpu->access.address;
	exit->u.nested_page_fault.access =
		(write ? (uint32_t)AXVCPU_ACCESS_WRITE : (uint32_t)AXVCPU_ACCESS_READ) |
		AXVCPU_ACCESS_NO_SYNDROME;
	exit->u.nested_page_fault.level = UINT32_MAX;
	return X86_ACTION_EXIT;
}

/**
 * Finds the memory operand, and reads it for OUTS. For INS it must be writable before
 * the port is read: a device's register gives its value once.
 */
static bool prepare_string(struct x86_vcpu *vcpu, uint64_t *data, struct x86_fault *fault)
{
	struct x86_access *access = &vcpu->access;
	const struct x86_io *io = &access->io;
	uint64_t gpa;

	if (!x86_vcpu_logical_to_linear(vcpu, memory_segment(io),
				   read_gpr(vcpu, memory_pointer(io), io->address_size), io->width,
				   io->in, &access->address, fault)) {
		return false;
	}
	if (!io->in) {
		return x86_vcpu_linear_read(vcpu, access->address, data, io->width, fault);
	}
	return x86_vcpu_translate(vcpu, access->address, X86_WALK_WRITE, &gpa, fault) &&
	       x86_vcpu_translate(vcpu, access->address + io->width - 1u, X86_WALK_WRITE, &gpa, fault);
}

static enum x86_action handle_string(struct x86_vcpu *vcpu, uint64_t *data, uint64_t *count,
				     bool *go, struct axvcpu_exit *exit)
{
	struct x86_io *io = &vcpu->access.io;
	struct x86_fault fault;

	*go = false;
	if (!complete_description(vcpu, io)) {
		/* Changed by another CPU since it was fetched: the guest fetches again. */
		return X86_ACTION_HANDLED;
	}
	*count = io->rep ? read_gpr(vcpu, X86_RCX, io->address_size) : 1u;
	if (*count == 0u) {
		x86_vcpu_step(vcpu);
		return X86_ACTION_HANDLED;
	}
	if (!prepare_string(vcpu, data, &fault)) {
		if (fault.vector == 0u) {
			return not_ram(vcpu, &fault, io->in, exit);
		}
		x86_vcpu_raise(vcpu, &fault);
		return X86_ACTION_HANDLED;
	}
	*go = true;
	return X86_ACTION_EXIT;
}

enum x86_action x86_vcpu_handle_io(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	struct x86_access *access = &vcpu->access;
	uint64_t data = 0, count = 1;
	enum x86_action action;
	bool go;

	access->io = vcpu->hw.u.io;
	access->next_rip = vcpu->rip + vcpu->hw.instruction_length;
	exit->instruction_length = vcpu->hw.instruction_length;
	if (access->io.string) {
		action = handle_string(vcpu, &data, &count, &go, exit);
		if (!go) {
			return action;
		}
	} else if (!access->io.in) {
		data = read_gpr(vcpu, X86_RAX, access->io.width);
	}
	exit->reason = access->io.in ? AXVCPU_EXIT_PORT_READ : AXVCPU_EXIT_PORT_WRITE;
	exit->u.port.data = data;
	exit->u.port.port = access->io.port;
	exit->u.port.width = access->io.width;
	exit->u.port.count = count;
	return X86_ACTION_EXIT;
}

/** Behind the instruction, or an element of it. */
static void check_breakpoints(struct x86_vcpu *vcpu)
{
	if (__builtin_expect(vcpu->access.io.breakpoints, 0)) {
		x86_vcpu_check_io_breakpoints(vcpu);
	}
}

/** Behind one element: pointer and count move; behind the last one the instruction is done. */
static void next_element(struct x86_vcpu *vcpu)
{
	const struct x86_io *io = &vcpu->access.io;
	enum x86_gpr pointer = memory_pointer(io);
	uint64_t step = (vcpu->rflags & RFLAGS_DF) != 0u ? (uint64_t)0 - io->width : io->width;
	uint64_t count;

	write_gpr(vcpu, pointer, read_gpr(vcpu, pointer, io->address_size) + step,
		  io->address_size);
	if (io->rep) {
		count = read_gpr(vcpu, X86_RCX, io->address_size) - 1u;
		write_gpr(vcpu, X86_RCX, count, io->address_size);
		if (count != 0u) {
			x86_vcpu_step_within(vcpu);
			check_breakpoints(vcpu);
			return;
		}
	}
	x86_vcpu_step_to(vcpu, vcpu->access.next_rip);
	check_breakpoints(vcpu);
}

void x86_vcpu_complete_port_read(
	struct x86_vcpu *vcpu, const struct axvcpu_exit *exit, uint64_t value)
{
	struct x86_fault fault;

	(void)exit;
	if (!vcpu->access.io.string) {
		write_gpr(vcpu, X86_RAX, value, vcpu->access.io.width);
		x86_vcpu_step_to(vcpu, vcpu->access.next_rip);
		check_breakpoints(vcpu);
		return;
	}
	if (x86_vcpu_linear_write(vcpu, vcpu->access.address, &value, vcpu->access.io.width, &fault)) {
		next_element(vcpu);
	} else if (fault.vector != 0u) {
		x86_vcpu_raise(vcpu, &fault);
	} else {
		/* No RAM is there: the value is lost, as a bus without a device loses it. */
		next_element(vcpu);
	}
}

void x86_vcpu_complete_port_write(struct x86_vcpu *vcpu, const struct axvcpu_exit *exit)
{
	(void)exit;
	if (vcpu->access.io.string) {
		next_element(vcpu);
	} else {
		x86_vcpu_step_to(vcpu, vcpu->access.next_rip);
		check_breakpoints(vcpu);
	}
}
