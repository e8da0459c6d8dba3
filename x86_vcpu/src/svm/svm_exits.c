/* SPDX-License-Identifier: Apache-2.0 */
/* From the VMCB's exit code to what happened, in words that VMX shares. */
#include "../cpu.h"
#include "../breakpoints.h"
#include "../events.h"
#include "svm.h"

/** Lengths of instructions without prefixes, for CPUs that do not save the next rip. */
enum {
	LENGTH_HLT = 1,
	LENGTH_CPUID = 2,
	LENGTH_MSR = 2,
	LENGTH_RDPMC = 2,
	LENGTH_WBINVD = 2,
	LENGTH_PAUSE = 2,
	LENGTH_VMMCALL = 3,
	LENGTH_XSETBV = 3,
};

#define LOW_32 UINT64_C(0xffffffff)

/** The length by the saved next rip, or 0. */
static uint32_t saved_length(const struct x86_vcpu *vcpu)
{
	uint64_t length = vcpu->u.svm.vmcb->control.next_rip - vcpu->rip;

	/* Instructions have 1 to 15 bytes; a CPU that saves nothing leaves 0 there. */
	return vcpu->cpu->u.svm.next_rip_saved && length >= 1u && length <= 15u ? (uint32_t)length :
										   0u;
}

static void instruction(struct x86_vcpu *vcpu, enum x86_exit_kind kind, uint32_t plain_length)
{
	uint32_t length = saved_length(vcpu);
	uint64_t known;

	if (length == 0u && svm_known_length(vcpu, vcpu->u.svm.vmcb, vcpu->rip, &known)) {
		length = (uint32_t)known;
	}
	vcpu->hw.kind = kind;
	vcpu->hw.instruction_length = length != 0u ? length : plain_length;
	vcpu->hw.length_is_sure = length != 0u;
}

static void describe_io(struct x86_vcpu *vcpu, uint64_t info, uint64_t next_rip)
{
	struct x86_io *io = &vcpu->hw.u.io;

	vcpu->hw.kind = X86_EXIT_IO;
	/* EXITINFO2 holds the next rip on every CPU (APM 15.10.2). */
	vcpu->hw.instruction_length = (uint32_t)(next_rip - vcpu->rip);
	vcpu->hw.length_is_sure = true;
	io->port = (uint16_t)(info >> SVM_IO_PORT_SHIFT);
	io->width = (uint8_t)((info >> SVM_IO_SIZE_SHIFT) & SVM_IO_SIZE);
	io->in = (info & SVM_IO_IN) != 0u;
	io->string = (info & SVM_IO_STRING) != 0u;
	io->rep = (info & SVM_IO_REP) != 0u;
	/* One bit each for 16, 32 and 64: the number of bytes, halved. */
	io->address_size = (uint8_t)(((info >> SVM_IO_ADDRESS_SHIFT) & SVM_IO_ADDRESS) * 2u);
	io->segment = (uint8_t)((info >> SVM_IO_SEGMENT_SHIFT) & SVM_IO_SEGMENT);
	io->segment_is_known = vcpu->cpu->u.svm.decode_assists;
	io->breakpoints = (vcpu->u.svm.vmcb->save.dr7 & DR7_ENABLED) != 0u;
}

static void describe_cr_write(struct x86_vcpu *vcpu, uint32_t number, uint64_t info)
{
	instruction(vcpu, X86_EXIT_CR, 0);
	if (vcpu->cpu->u.svm.decode_assists && (info & SVM_CR_INFO_VALID) != 0u) {
		vcpu->hw.u.cr.access = X86_CR_WRITE;
		vcpu->hw.u.cr.gpr = (uint8_t)(info & SVM_CR_INFO_GPR);
	} else {
		/* Also LMSW and CLTS, of which the hardware says no more. */
		vcpu->hw.u.cr.access = X86_CR_DECODE;
	}
	vcpu->hw.u.cr.cr = (uint8_t)number;
}

static void describe_fault(struct x86_vcpu *vcpu, uint64_t info, uint64_t gpa)
{
	uint32_t access = (info & SVM_NPF_EXECUTE) != 0u ? AXVCPU_ACCESS_EXECUTE :
			  (info & SVM_NPF_WRITE) != 0u	 ? AXVCPU_ACCESS_WRITE :
							   AXVCPU_ACCESS_READ;

	if ((info & SVM_NPF_PRESENT) != 0u) {
		access |= AXVCPU_ACCESS_PERMISSION;
	}
	if ((info & SVM_NPF_PAGE_WALK) != 0u) {
		access |= AXVCPU_ACCESS_PAGE_WALK;
	}
	vcpu->hw.kind = X86_EXIT_STAGE2;
	vcpu->hw.u.stage2.gpa = gpa;
	vcpu->hw.u.stage2.access = access;
	vcpu->hw.u.stage2.gva = 0;
}

static bool is_intercepted(const struct x86_vcpu *vcpu, uint8_t vector)
{
	return (vcpu->u.svm.vmcb->control.intercept_exceptions >> vector & 1u) != 0u;
}

static void describe_exception(struct x86_vcpu *vcpu, uint8_t vector, uint64_t info)
{
	if (vector == X86_VECTOR_MC) {
		x86_cpu_host_machine_check();
		vcpu->hw.kind = X86_EXIT_MACHINE_CHECK;
		return;
	}
	if (vector == X86_VECTOR_PF) {
		/* An intercepted one leaves CR2 to us (APM 15.12.15). */
		x86_change(vcpu, X86_GROUP_CONTROL);
		vcpu->cr2 = vcpu->u.svm.vmcb->control.exit_info_2;
	}
	vcpu->hw.kind = X86_EXIT_EXCEPTION;
	vcpu->hw.u.event = (struct x86_event){
		.valid = true,
		.has_error_code = x86_vcpu_has_error_code(vector),
		.type = X86_EVENT_EXCEPTION,
		.vector = vector,
		.error_code = x86_vcpu_has_error_code(vector) ? (uint32_t)info : 0u,
	};
}

/** Exits of one instruction each: what it is and its bytes without prefixes. */
static bool describe_instruction(struct x86_vcpu *vcpu, uint64_t code)
{
	switch (code) {
	case SVM_EXIT_VMMCALL:
		instruction(vcpu, X86_EXIT_HYPERCALL, LENGTH_VMMCALL);
		return true;
	case SVM_EXIT_CPUID:
		instruction(vcpu, X86_EXIT_CPUID, LENGTH_CPUID);
		return true;
	case SVM_EXIT_HLT:
		instruction(vcpu, X86_EXIT_HLT, LENGTH_HLT);
		return true;
	case SVM_EXIT_XSETBV:
		instruction(vcpu, X86_EXIT_XSETBV, LENGTH_XSETBV);
		return true;
	case SVM_EXIT_INVD:
	case SVM_EXIT_WBINVD:
		instruction(vcpu, X86_EXIT_SKIP, LENGTH_WBINVD);
		return true;
	case SVM_EXIT_RDPMC:
		instruction(vcpu, X86_EXIT_RDPMC, LENGTH_RDPMC);
		return true;
	case SVM_EXIT_PAUSE:
		instruction(vcpu, X86_EXIT_PAUSE, LENGTH_PAUSE);
		return true;
	case SVM_EXIT_VMRUN:
	case SVM_EXIT_VMLOAD:
	case SVM_EXIT_VMSAVE:
	case SVM_EXIT_STGI:
	case SVM_EXIT_CLGI:
	case SVM_EXIT_SKINIT:
	case SVM_EXIT_INVLPGA:
	case SVM_EXIT_INVLPGB:
	case SVM_EXIT_TLBSYNC:
	case SVM_EXIT_MCOMMIT:
	case SVM_EXIT_MONITOR:
	case SVM_EXIT_MWAIT:
	case SVM_EXIT_MWAIT_ARMED:
	case SVM_EXIT_RDPRU:
		vcpu->hw.kind = X86_EXIT_UNDEFINED;
		return true;
	default:
		return false;
	}
}

static void describe_other(struct x86_vcpu *vcpu, uint64_t code, uint64_t info_1, uint64_t info_2)
{
	switch (code) {
	case SVM_EXIT_INTR:
		vcpu->hw.kind = X86_EXIT_INTERRUPT;
		break;
	case SVM_EXIT_NMI:
		vcpu->hw.kind = X86_EXIT_NMI;
		break;
	case SVM_EXIT_VINTR:
		vcpu->hw.kind = X86_EXIT_INTERRUPT_WINDOW;
		break;
	case SVM_EXIT_IRET:
		vcpu->hw.kind = X86_EXIT_IRET;
		break;
	case SVM_EXIT_IOIO:
		describe_io(vcpu, info_1, info_2);
		break;
	case SVM_EXIT_MSR:
		instruction(vcpu, (info_1 & 1u) != 0u ? X86_EXIT_WRMSR : X86_EXIT_RDMSR, LENGTH_MSR);
		break;
	case SVM_EXIT_CR0_SEL_WRITE:
		describe_cr_write(vcpu, 0, info_1);
		break;
	case SVM_EXIT_NPF:
		describe_fault(vcpu, info_1, info_2);
		break;
	case SVM_EXIT_INIT:
		/* Of the physical CPU: it is still pending, and the host's. */
		vcpu->hw.kind = X86_EXIT_HANDLED;
		break;
	case SVM_EXIT_FERR_FREEZE:
		/* With CR0.NE clear a PC would get interrupt 13; VMX knows #MF only. */
		describe_exception(vcpu, X86_VECTOR_MF, 0);
		break;
	case SVM_EXIT_SHUTDOWN:
		vcpu->hw.kind = X86_EXIT_SHUTDOWN;
		break;
	default:
		if (code == SVM_EXIT_CR_WRITE_0 || code == SVM_EXIT_CR_WRITE_4 ||
		    code == SVM_EXIT_CR_WRITE_8) {
			describe_cr_write(vcpu, (uint32_t)(code - SVM_EXIT_CR_WRITE_0), info_1);
		} else if (code >= SVM_EXIT_EXCEPTION_0 && code <= SVM_EXIT_EXCEPTION_31 &&
			   is_intercepted(vcpu, (uint8_t)(code - SVM_EXIT_EXCEPTION_0))) {
			describe_exception(vcpu, (uint8_t)(code - SVM_EXIT_EXCEPTION_0), info_1);
		} else if ((code & LOW_32) == SVM_EXIT_INVALID) {
			vcpu->hw.kind = X86_EXIT_FAIL_ENTRY;
		} else {
			vcpu->hw.kind = X86_EXIT_UNKNOWN;
		}
		break;
	}
}

void x86_vcpu_svm_describe_exit(struct x86_vcpu *vcpu)
{
	const struct svm_control *control = &vcpu->u.svm.vmcb->control;
	uint64_t code = control->exit_code;

	vcpu->hw.in_delivery = (control->exit_int_info & SVM_EVENT_VALID) != 0u;
	vcpu->hw.instruction_length = 0;
	vcpu->hw.length_is_sure = true;
	vcpu->hw.raw[0] = code;
	vcpu->hw.raw[1] = control->exit_info_1;
	vcpu->hw.raw[2] = control->exit_info_2;
	vcpu->hw.raw[3] = control->exit_int_info;
	if (!describe_instruction(vcpu, code)) {
		describe_other(vcpu, code, control->exit_info_1, control->exit_info_2);
	}
	x86_vcpu_svm_collect_event(vcpu);
}
