/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU's VMCB: made, on a CPU, entered, given back. */
#include "svm.h"

#include "../breakpoints.h"
#include "../cpu.h"
#include "../cpuid_guest.h"
#include "../frames.h"
#include "../run_loop.h"

/** Accesses and instructions that a guest is not left alone with. */
#define INTERCEPT_1                                                                             \
	((uint32_t)SVM_INTERCEPT_INTR | SVM_INTERCEPT_NMI | SVM_INTERCEPT_INIT |                \
	 SVM_INTERCEPT_CR0_SEL_WRITE | SVM_INTERCEPT_RDPMC | SVM_INTERCEPT_CPUID |              \
	 SVM_INTERCEPT_INVD | SVM_INTERCEPT_INVLPGA | SVM_INTERCEPT_IOIO | SVM_INTERCEPT_MSR |  \
	 SVM_INTERCEPT_FERR_FREEZE | SVM_INTERCEPT_SHUTDOWN)
#define INTERCEPT_2                                                                             \
	((uint32_t)SVM_INTERCEPT_VMRUN | SVM_INTERCEPT_VMMCALL | SVM_INTERCEPT_VMLOAD |         \
	 SVM_INTERCEPT_VMSAVE | SVM_INTERCEPT_STGI | SVM_INTERCEPT_CLGI |                       \
	 SVM_INTERCEPT_SKINIT | SVM_INTERCEPT_WBINVD | SVM_INTERCEPT_MONITOR |                  \
	 SVM_INTERCEPT_MWAIT | SVM_INTERCEPT_MWAIT_ARMED | SVM_INTERCEPT_XSETBV |               \
	 SVM_INTERCEPT_RDPRU)
#define INTERCEPT_3                                                                             \
	((uint32_t)SVM_INTERCEPT_INVLPGB | SVM_INTERCEPT_MCOMMIT | SVM_INTERCEPT_TLBSYNC)
/** PAUSE exits after this many in a loop, APM 15.14.4. */
#define PAUSE_FILTER_COUNT 3000u

static void svm_vcpu_free(struct x86_vcpu *vcpu)
{
	x86_vcpu_frames_give(vcpu->hal, 1, &vcpu->u.svm.vmcb_hpa);
	vcpu->u.svm.vmcb = NULL;
}

static axvcpu_error_t svm_vcpu_init(struct x86_vcpu *vcpu)
{
	struct x86_svm *svm = &vcpu->u.svm;
	struct svm_control *control;
	void *vmcb = x86_vcpu_frames_take(vcpu->hal, 1, &svm->vmcb_hpa);

	if (vmcb == NULL) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	__builtin_memset(vmcb, 0, AXVCPU_FRAME_SIZE);
	svm->vmcb = (struct svm_vmcb *)vmcb;
	control = &svm->vmcb->control;
	control->intercept_cr = SVM_INTERCEPT_CR_WRITE(4u);
	control->intercept_exceptions = SVM_INTERCEPT_EXCEPTIONS;
	control->intercept_1 = INTERCEPT_1;
	control->intercept_2 = INTERCEPT_2;
	control->intercept_3 = INTERCEPT_3;
	control->interrupt_control = SVM_V_INTR_MASKING | SVM_V_IGN_TPR;
	control->np_enable = SVM_NP_ENABLE;
	control->pause_filter_count = PAUSE_FILTER_COUNT;
	return AXVCPU_OK;
}

/** The intercepts that the set-up configuration asks for. */
static void set_configured(struct x86_vcpu *vcpu, const struct x86_percpu *cpu)
{
	struct svm_control *control = &vcpu->u.svm.vmcb->control;

	control->intercept_1 = INTERCEPT_1; /* no window is open */
	if ((vcpu->config.flags & X86_VCPU_PASSTHROUGH_HLT) == 0u) {
		control->intercept_1 |= SVM_INTERCEPT_HLT;
	}
	if ((vcpu->config.flags & X86_VCPU_TRAP_PAUSE) != 0u && cpu->u.svm.pause_filter) {
		control->intercept_1 |= SVM_INTERCEPT_PAUSE;
	}
}

static axvcpu_error_t svm_bind(struct x86_vcpu *vcpu, struct x86_percpu *cpu)
{
	/* What it had asked for when it left its last CPU is of then. */
	x86_vcpu_svm_want_windows(vcpu, 0);
	if (!x86_was_last_on(vcpu, cpu)) {
		set_configured(vcpu, cpu);
		vcpu->u.svm.vmcb->control.iopm_base_pa = cpu->u.svm.iopm_hpa;
		vcpu->u.svm.vmcb->control.msrpm_base_pa = cpu->u.svm.msrpm_hpa;
		/* This CPU has cached nothing of this VMCB, or something old. */
		vcpu->u.svm.vmcb->control.clean = 0;
	}
	if (!svm_has_asid(vcpu, cpu)) {
		x86_vcpu_svm_asid_assign(vcpu, cpu);
		vcpu->tlb_due = false;
	}
	return AXVCPU_OK;
}

static axvcpu_error_t svm_unbind(struct x86_vcpu *vcpu, struct x86_percpu *cpu)
{
	/* VMSAVE left everything in the VMCB; nothing is on the CPU but ASID-tagged translations. */
	if (vcpu->u.svm.vmcb->control.tlb_control != SVM_TLB_KEEP) {
		/* It began a generation of ASIDs and did not run: who comes next begins another. */
		cpu->u.svm.next_asid = cpu->u.svm.asid_limit;
	}
	return AXVCPU_OK;
}

static axvcpu_error_t svm_switch_over(struct x86_vcpu *from, struct x86_vcpu *to,
				      struct x86_percpu *cpu)
{
	(void)svm_unbind(from, cpu);
	return svm_bind(to, cpu);
}

static void svm_learn_length(struct x86_vcpu *vcpu, const uint8_t *bytes, uint32_t length)
{
	x86_vcpu_code_remember(vcpu, bytes, length, NULL);
}

static uint64_t svm_dr7(const struct x86_vcpu *vcpu)
{
	return vcpu->u.svm.vmcb->save.dr7;
}

static bool svm_is_plain_64(const struct x86_vcpu *vcpu, uint64_t *cr3)
{
	const struct svm_save *save = &vcpu->u.svm.vmcb->save;

	*cr3 = save->cr3;
	return (save->efer & EFER_LMA) != 0u && (save->cs.attributes & SEG_L) != 0u &&
	       (save->dr7 & DR7_ENABLED) == 0u;
}

/** Decode assists (APM 15.8.4), with #NPF; the CPU may have had reasons to give fewer, or none. */
static uint32_t svm_code_bytes(const struct x86_vcpu *vcpu, uint8_t bytes[X86_INSN_MAX])
{
	const struct svm_control *control = &vcpu->u.svm.vmcb->control;
	uint32_t count = control->bytes_fetched;

	if (!vcpu->cpu->u.svm.decode_assists || count > X86_INSN_MAX) {
		return 0;
	}
	__builtin_memcpy(bytes, control->instruction_bytes, count);
	return count;
}

static uint32_t svm_cpl(const struct x86_vcpu *vcpu)
{
	return vcpu->u.svm.vmcb->save.cpl;
}

/**
 * Whether an instruction's exit leaves nothing to look at but the instruction itself. No
 * event was being delivered: that comes before an instruction (EXITINTINFO, APM 15.7.2).
 */
static inline bool is_plain(const struct svm_vmcb *vmcb)
{
	return __builtin_expect((vmcb->control.interrupt_shadow & SVM_INTERRUPT_SHADOW) == 0u, 1) &&
	       __builtin_expect((vmcb->save.rflags & RFLAGS_TF) == 0u, 1);
}

/**
 * Answers a CPUID whose answer and length are known, in the VMCB: true if the guest can
 * go on. Nothing of what was prepared for the entry has changed then.
 */
static inline bool answer_cpuid(struct x86_vcpu *vcpu, struct svm_vmcb *vmcb,
				const struct x86_percpu *cpu, const uint32_t *attention)
{
	const struct x86_known_cpuid *known;
	uint64_t next;

	if (vmcb->control.exit_code != SVM_EXIT_CPUID || !is_plain(vmcb)) {
		return false;
	}
	known = x86_cpuid_known(vcpu, (uint32_t)vmcb->save.rax, (uint32_t)vcpu->gpr[X86_RCX]);
	if (known == NULL || !svm_next_rip(vcpu, vmcb, cpu, vmcb->save.rip, &next) ||
	    __atomic_load_n(attention, __ATOMIC_RELAXED) != 0u) {
		return false;
	}
	vmcb->save.rax = known->eax;
	vcpu->gpr[X86_RBX] = known->ebx;
	vcpu->gpr[X86_RCX] = known->ecx;
	vcpu->gpr[X86_RDX] = known->edx;
	vmcb->save.rip = next;
	vmcb->save.rflags &= ~RFLAGS_RF;
	vmcb->control.event_inj = 0;
	return true;
}

/** The same for a hypercall of the guest's kernel, whose exit is filled in. */
static inline bool take_hypercall(struct x86_vcpu *vcpu, struct svm_vmcb *vmcb,
				  const struct x86_percpu *cpu, struct axvcpu_exit *exit)
{
	uint64_t next;

	/* What is expected is a branch each, instead of arithmetic: 4 less. */
	if (__builtin_expect(vmcb->control.exit_code != SVM_EXIT_VMMCALL, 0) || !is_plain(vmcb) ||
	    vmcb->save.cpl != 0u ||
	    !svm_next_rip(vcpu, vmcb, cpu, vcpu->rip, &next)) {
		return false;
	}
	x86_hypercall_exit(vcpu, next, exit);
	vmcb->control.event_inj = 0;
	return true;
}

static inline __attribute__((always_inline)) bool svm_enter(struct x86_vcpu *vcpu,
							     struct x86_percpu *cpu,
							     const uint32_t *attention,
							     struct axvcpu_exit *exit)
{
	struct svm_vmcb *vmcb = vcpu->u.svm.vmcb;
	uint64_t *gpr;

	vmcb->save.rax = vcpu->gpr[X86_RAX];
	vmcb->save.rsp = vcpu->gpr[X86_RSP];
	vmcb->save.rip = vcpu->rip;
	vmcb->save.rflags = vcpu->rflags;

	do {
		gpr = svm_enter_guest(vcpu->gpr, vcpu->u.svm.vmcb_hpa, cpu->u.svm.host_vmcb_hpa);
		vcpu = x86_vcpu_of_gpr(gpr);
		vmcb->control.tlb_control = SVM_TLB_KEEP;
		vmcb->control.clean = SVM_CLEAN_ALL;
	} while (answer_cpuid(vcpu, vmcb, cpu, attention));

	vcpu->gpr[X86_RAX] = vmcb->save.rax;
	vcpu->gpr[X86_RSP] = vmcb->save.rsp;
	vcpu->rip = vmcb->save.rip;
	vcpu->rflags = vmcb->save.rflags;
	vcpu->valid = X86_GROUP_SETTINGS;
	if (take_hypercall(vcpu, vmcb, cpu, exit)) {
		return true;
	}
	/* Each instruction that is stepped over asks for it. */
	vcpu->interrupt_shadow = (vmcb->control.interrupt_shadow & SVM_INTERRUPT_SHADOW) != 0u;
	vcpu->valid = X86_GROUP_SETTINGS | X86_GROUP_INTERRUPTIBILITY;
	x86_vcpu_svm_describe_exit(vcpu);
	return false;
}

static axvcpu_error_t svm_run(struct x86_vcpu *vcpu, struct x86_percpu *cpu,
			      const uint32_t *attention, struct axvcpu_exit *exit)
{
	return x86_run_loop(vcpu, cpu, attention, exit, svm_enter);
}

const struct x86_vendor x86_vcpu_vendor_svm = {
	.backend = X86_VCPU_BACKEND_SVM,
	.detect = x86_vcpu_svm_detect,
	.percpu_init = x86_vcpu_svm_percpu_init,
	.enable = x86_vcpu_svm_enable,
	.disable = x86_vcpu_svm_disable,
	.vcpu_init = svm_vcpu_init,
	.vcpu_free = svm_vcpu_free,
	.bind = svm_bind,
	.unbind = svm_unbind,
	.switch_over = svm_switch_over,
	.cpl = svm_cpl,
	.learn_length = svm_learn_length,
	.dr7 = svm_dr7,
	.is_plain_64 = svm_is_plain_64,
	.code_bytes = svm_code_bytes,
	.fetch = x86_vcpu_svm_fetch,
	.store = x86_vcpu_svm_store,
	.inject = x86_vcpu_svm_inject,
	.want_windows = x86_vcpu_svm_want_windows,
	.flush_tlb = x86_vcpu_svm_flush_tlb,
	.prepare_tlb = x86_vcpu_svm_asid_assign,
	.run = svm_run,
	.stage2_walk = x86_vcpu_svm_stage2_walk,
};
