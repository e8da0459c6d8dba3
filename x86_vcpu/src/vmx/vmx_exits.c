/* SPDX-License-Identifier: Apache-2.0 */
/* From the VMCS's exit reason to what happened, in words that SVM shares (SDM volume 3, 28.2). */
#include "../breakpoints.h"
#include "../control.h"
#include "../cpu.h"
#include "vmx.h"

/** The I/O bytes of an INS or OUTS, by its instruction information: 2, 4 or 8. */
static void describe_io(struct x86_vcpu *vcpu, uint64_t qualification)
{
	struct x86_io *io = &vcpu->hw.u.io;
	uint64_t info;

	vcpu->hw.kind = X86_EXIT_IO;
	*io = (struct x86_io){
		.port = (uint16_t)(qualification >> IO_QUALIFICATION_PORT_SHIFT),
		.width = (uint8_t)((qualification & IO_QUALIFICATION_SIZE) + 1u),
		.in = (qualification & IO_QUALIFICATION_IN) != 0u,
		.string = (qualification & IO_QUALIFICATION_STRING) != 0u,
		.rep = (qualification & IO_QUALIFICATION_REP) != 0u,
		.breakpoints = (vmx_read(VMCS_GUEST_DR7) & DR7_ENABLED) != 0u,
	};
	if (io->string && vcpu->cpu->u.vmx.io_info) {
		info = vmx_read(VMCS_EXIT_INSTRUCTION_INFO);
		io->address_size =
			(uint8_t)(2u << ((info >> IO_INFO_ADDRESS_SHIFT) & IO_INFO_ADDRESS));
		io->segment = (uint8_t)((info >> IO_INFO_SEGMENT_SHIFT) & IO_INFO_SEGMENT);
		io->segment_is_known = !io->in;
	}
}

static void describe_cr(struct x86_vcpu *vcpu, uint64_t qualification)
{
	vcpu->hw.kind = X86_EXIT_CR;
	/* The two manuals' numbers of the forms are ours. */
	vcpu->hw.u.cr.access = (uint8_t)((qualification >> CR_QUALIFICATION_ACCESS_SHIFT) &
					 CR_QUALIFICATION_ACCESS);
	vcpu->hw.u.cr.cr = (uint8_t)(qualification & CR_QUALIFICATION_NUMBER);
	vcpu->hw.u.cr.gpr =
		(uint8_t)((qualification >> CR_QUALIFICATION_GPR_SHIFT) & CR_QUALIFICATION_GPR);
	vcpu->hw.u.cr.msw = (uint16_t)(qualification >> CR_QUALIFICATION_MSW_SHIFT);
}

/** IRET unblocked NMIs and then faulted: they are blocked when it comes again (28.2.3). */
static void block_nmis_again(struct x86_vcpu *vcpu)
{
	struct x86_vmx *vmx = &vcpu->u.vmx;

	vmx->interruptibility |= INTERRUPTIBILITY_NMI;
	vmx_write(VMCS_GUEST_INTERRUPTIBILITY, vmx->interruptibility);
	vcpu->nmi_blocked = true;
	vcpu->events_wait = true;
}

static void describe_ept_violation(struct x86_vcpu *vcpu, uint64_t qualification)
{
	uint32_t access = (qualification & EPT_QUALIFICATION_FETCH) != 0u ?
				  AXVCPU_ACCESS_EXECUTE :
			  (qualification & EPT_QUALIFICATION_WRITE) != 0u ? AXVCPU_ACCESS_WRITE :
									    AXVCPU_ACCESS_READ;

	if ((qualification & EPT_QUALIFICATION_PERMITTED) != 0u) {
		access |= AXVCPU_ACCESS_PERMISSION;
	}
	vcpu->hw.u.stage2.gva = 0;
	if ((qualification & EPT_QUALIFICATION_GLA_VALID) != 0u) {
		access |= AXVCPU_ACCESS_GVA_VALID;
		vcpu->hw.u.stage2.gva = vmx_read(VMCS_GUEST_LINEAR_ADDRESS);
		if ((qualification & EPT_QUALIFICATION_GLA_ITSELF) == 0u) {
			access |= AXVCPU_ACCESS_PAGE_WALK;
		}
	}
	vcpu->hw.kind = X86_EXIT_STAGE2;
	vcpu->hw.u.stage2.gpa = vmx_read(VMCS_GUEST_PHYSICAL_ADDRESS);
	vcpu->hw.u.stage2.access = access;
	vcpu->hw.raw[2] = vcpu->hw.u.stage2.gpa;
	if ((qualification & EPT_QUALIFICATION_NMI_UNBLOCKED) != 0u && !vcpu->event.valid) {
		block_nmis_again(vcpu);
	}
}

/** #DB leaves DR6 and DR7 to us (28.1). */
static void update_debug_registers(struct x86_vcpu *vcpu, uint64_t qualification)
{
	const uint64_t conditions = UINT64_C(0xf);
	const uint64_t general_detect = X86_BIT(13);

	x86_change(vcpu, X86_GROUP_SYSTEM);
	vcpu->dr6 = (vcpu->dr6 & ~conditions) | (qualification & DEBUG_QUALIFICATION_DR6);
	vcpu->dr7 &= ~general_detect;
}

/**
 * INT1 is a trap, but its exit leaves rip at it (28.3.3), as it would be for an injection of
 * that type; ours is of a hardware exception, which pushes the rip that it finds.
 */
static void step_over_int1(struct x86_vcpu *vcpu)
{
	uint64_t next = vcpu->rip + vmx_read(VMCS_EXIT_INSTRUCTION_LENGTH);

	vcpu->rip = x86_vcpu_in_64bit_code(vcpu) ? next : (uint32_t)next;
	vcpu->rflags &= ~RFLAGS_RF;
}

static void describe_exception(struct x86_vcpu *vcpu, uint64_t qualification)
{
	uint32_t word = (uint32_t)vmx_read(VMCS_EXIT_EVENT);
	uint8_t vector = (uint8_t)(word & VMX_EVENT_VECTOR);

	vcpu->hw.raw[2] = word;
	if (((word >> VMX_EVENT_TYPE_SHIFT) & VMX_EVENT_TYPE) == VMX_EVENT_TYPE_NMI) {
		vmx_host_nmi();
		vcpu->hw.kind = X86_EXIT_NMI;
		return;
	}
	if (vector == X86_VECTOR_MC) {
		x86_cpu_host_machine_check();
		vcpu->hw.kind = X86_EXIT_MACHINE_CHECK;
		return;
	}
	if (vector == X86_VECTOR_DB) {
		update_debug_registers(vcpu, qualification);
		if (((word >> VMX_EVENT_TYPE_SHIFT) & VMX_EVENT_TYPE) ==
		    VMX_EVENT_TYPE_PRIVILEGED_SOFTWARE) {
			step_over_int1(vcpu);
		}
	}
	if ((word & VMX_EVENT_NMI_UNBLOCKED) != 0u && !vcpu->event.valid) {
		block_nmis_again(vcpu);
	}
	vcpu->hw.kind = X86_EXIT_EXCEPTION;
	vcpu->hw.u.event = (struct x86_event){
		.valid = true,
		.has_error_code = (word & VMX_EVENT_ERROR_CODE) != 0u,
		.type = X86_EVENT_EXCEPTION,
		.vector = vector,
	};
	if (vcpu->hw.u.event.has_error_code) {
		vcpu->hw.u.event.error_code = (uint32_t)vmx_read(VMCS_EXIT_ERROR_CODE);
	}
}

static void describe_task_switch(struct x86_vcpu *vcpu, uint64_t qualification)
{
	uint32_t source = (uint32_t)(qualification >> TASK_QUALIFICATION_SOURCE_SHIFT) &
			  TASK_QUALIFICATION_SOURCE;
	uint64_t word = vmx_read(VMCS_VECTORING_EVENT);
	uint32_t type = (uint32_t)(word >> VMX_EVENT_TYPE_SHIFT) & VMX_EVENT_TYPE;

	vcpu->hw.kind = X86_EXIT_TASK_SWITCH;
	vcpu->hw.u.task.selector = (uint16_t)qualification;
	vcpu->hw.u.task.source = (uint8_t)source;
	/* The next instruction is where an instruction led to it, INTn among them. */
	if (source != X86_TASK_GATE ||
	    ((word & VMX_EVENT_VALID) != 0u && type != VMX_EVENT_TYPE_INTERRUPT &&
	     type != VMX_EVENT_TYPE_NMI && type != VMX_EVENT_TYPE_EXCEPTION)) {
		vcpu->hw.instruction_length = (uint32_t)vmx_read(VMCS_EXIT_INSTRUCTION_LENGTH);
	}
}

/** Exits of one instruction each, of which the CPU gives the length. */
static enum x86_exit_kind kind_of_instruction(uint32_t reason)
{
	switch (reason) {
	case VMX_EXIT_CPUID:
		return X86_EXIT_CPUID;
	case VMX_EXIT_HLT:
		return X86_EXIT_HLT;
	case VMX_EXIT_INVD:
	case VMX_EXIT_WBINVD:
		return X86_EXIT_SKIP;
	case VMX_EXIT_RDPMC:
		return X86_EXIT_RDPMC;
	case VMX_EXIT_VMCALL:
		return X86_EXIT_HYPERCALL;
	case VMX_EXIT_RDMSR:
		return X86_EXIT_RDMSR;
	case VMX_EXIT_WRMSR:
		return X86_EXIT_WRMSR;
	case VMX_EXIT_PAUSE:
		return X86_EXIT_PAUSE;
	case VMX_EXIT_XSETBV:
		return X86_EXIT_XSETBV;
	case VMX_EXIT_CR_ACCESS:
		return X86_EXIT_CR;
	case VMX_EXIT_IO:
		return X86_EXIT_IO;
	default:
		return X86_EXIT_UNKNOWN;
	}
}

static enum x86_exit_kind kind_of_event(uint32_t reason)
{
	switch (reason) {
	case VMX_EXIT_EXTERNAL_INTERRUPT:
		return X86_EXIT_INTERRUPT;
	case VMX_EXIT_TRIPLE_FAULT:
		return X86_EXIT_SHUTDOWN;
	case VMX_EXIT_INTERRUPT_WINDOW:
	case VMX_EXIT_TPR_BELOW_THRESHOLD:
		return X86_EXIT_INTERRUPT_WINDOW;
	case VMX_EXIT_NMI_WINDOW:
		return X86_EXIT_NMI_WINDOW;
	/*
	 * The next entry raises what the guest's timer owes. The hypervisor is told, so that
	 * it goes on also where a guest with IF clear is the only one to make exits.
	 */
	case VMX_EXIT_PREEMPTION_TIMER:
		return X86_EXIT_TIMER;
	case VMX_EXIT_INIT: /* an INIT of the physical CPU waits for the end of VMX operation */
		return X86_EXIT_HANDLED;
	case VMX_EXIT_GETSEC:
	case VMX_EXIT_MWAIT:
	case VMX_EXIT_MONITOR:
	case VMX_EXIT_INVEPT:
	case VMX_EXIT_INVVPID:
	/* With nothing of TDX offered, these are no instructions. */
	case VMX_EXIT_SEAMCALL:
	case VMX_EXIT_TDCALL:
		return X86_EXIT_UNDEFINED;
	default:
		/* VMCLEAR to VMXON are neighbours. */
		return reason >= VMX_EXIT_VMCLEAR && reason <= VMX_EXIT_VMXON ? X86_EXIT_UNDEFINED :
									      X86_EXIT_UNKNOWN;
	}
}

void x86_vcpu_vmx_describe_failure(struct x86_vcpu *vcpu, uint64_t code)
{
	vcpu->hw.kind = X86_EXIT_FAIL_ENTRY;
	vcpu->hw.in_delivery = false;
	vcpu->hw.instruction_length = 0;
	vcpu->hw.length_is_sure = true;
	vcpu->hw.raw[0] = code;
	vcpu->hw.raw[1] = 0;
	vcpu->hw.raw[2] = 0;
	vcpu->hw.raw[3] = 0;
	x86_vcpu_vmx_take_back_event(vcpu);
}

void x86_vcpu_vmx_describe_exit(struct x86_vcpu *vcpu)
{
	uint32_t whole = (uint32_t)vmx_read(VMCS_EXIT_REASON);
	uint32_t reason = whole & EXIT_REASON_BASIC;
	uint64_t qualification = vmx_read(VMCS_EXIT_QUALIFICATION);

	if ((whole & EXIT_REASON_ENTRY_FAILED) != 0u) {
		if (reason == VMX_EXIT_MACHINE_CHECK) {
			/* It came of the entry, and has been delivered to nobody (27.9). */
			x86_cpu_host_machine_check();
		}
		x86_vcpu_vmx_describe_failure(vcpu, whole);
		vcpu->hw.raw[1] = qualification;
		return;
	}
	vcpu->hw.raw[0] = whole;
	vcpu->hw.raw[1] = qualification;
	vcpu->hw.raw[2] = 0;
	vcpu->hw.instruction_length = 0;
	vcpu->hw.length_is_sure = true;
	x86_vcpu_vmx_collect_event(vcpu);
	vcpu->hw.kind = kind_of_instruction(reason);
	if (vcpu->hw.kind != X86_EXIT_UNKNOWN) {
		vcpu->hw.instruction_length = (uint32_t)vmx_read(VMCS_EXIT_INSTRUCTION_LENGTH);
		if (reason == VMX_EXIT_CR_ACCESS) {
			describe_cr(vcpu, qualification);
		} else if (reason == VMX_EXIT_IO) {
			describe_io(vcpu, qualification);
		}
		return;
	}
	vcpu->hw.kind = kind_of_event(reason);
	switch (reason) {
	case VMX_EXIT_EXCEPTION_OR_NMI:
		describe_exception(vcpu, qualification);
		break;
	case VMX_EXIT_EPT_VIOLATION:
		describe_ept_violation(vcpu, qualification);
		break;
	case VMX_EXIT_TASK_SWITCH:
		describe_task_switch(vcpu, qualification);
		break;
	case VMX_EXIT_EPT_MISCONFIGURATION:
		vcpu->hw.raw[2] = vmx_read(VMCS_GUEST_PHYSICAL_ADDRESS);
		break;
	default:
		break;
	}
}
