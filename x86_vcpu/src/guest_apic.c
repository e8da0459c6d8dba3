/* SPDX-License-Identifier: Apache-2.0 */
#include "guest_apic.h"

#include "axvcpu/vcpu.h"

#include "cpu.h"
#include "cpuid_guest.h"
#include "vendor.h"

#define PAGE_MASK (X86_LAPIC_PAGE - 1u)
#define STARTUP_PAGE_SHIFT 12u

static uint64_t guest_tsc(const struct x86_vcpu *vcpu)
{
	return x86_cpu_rdtsc() + vcpu->tsc_offset;
}

/** The guest may have written CR8, which is the upper half of the task priority. */
static void take_cr8(struct x86_vcpu *vcpu)
{
	x86_need(vcpu, X86_GROUP_CONTROL);
	if (x86_lapic_cr8(&vcpu->lapic) != vcpu->cr8) {
		x86_vcpu_lapic_set_cr8(&vcpu->lapic, vcpu->cr8);
	}
}

static void give_cr8(struct x86_vcpu *vcpu)
{
	if (x86_lapic_cr8(&vcpu->lapic) != vcpu->cr8) {
		x86_change(vcpu, X86_GROUP_CONTROL);
		vcpu->cr8 = x86_lapic_cr8(&vcpu->lapic);
	}
}

#define REGISTER_OFFSET(number) ((uint32_t)(number) << 4)
#define SVR_ENABLED_SPURIOUS_255 0x1ffu
#define LVT_EXTINT 0x700u
#define LVT_NMI 0x400u
#define LVT_WIDTH 4u

/** Virtual wire mode, in which firmware leaves the boot CPU: the PIC through LINT0 (SDM 11.5.1). */
static void set_virtual_wire(struct x86_vcpu *vcpu)
{
	static const struct {
		uint32_t number;
		uint32_t value;
	} writes[] = {
		{ X86_LAPIC_SVR, SVR_ENABLED_SPURIOUS_255 },
		{ X86_LAPIC_LVT_LINT0, LVT_EXTINT },
		{ X86_LAPIC_LVT_LINT1, LVT_NMI },
	};
	struct x86_lapic_effect effect;
	uint32_t i;

	for (i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		x86_vcpu_lapic_page_write(&vcpu->lapic, REGISTER_OFFSET(writes[i].number), LVT_WIDTH,
				     writes[i].value, 0, &effect);
	}
}

void x86_vcpu_apic_reset(struct x86_vcpu *vcpu)
{
	x86_vcpu_lapic_reset(&vcpu->lapic, vcpu->apic_id, vcpu->is_bsp, vcpu->config.tsc_hz);
	vcpu->ipi_is_due = false;
	vcpu->end_is_due = false;
	if (vcpu->is_bsp && vcpu->config.start_mode != X86_VCPU_START_REAL) {
		set_virtual_wire(vcpu);
	}
}

bool x86_vcpu_apic_has_page(const struct x86_vcpu *vcpu, uint64_t gpa)
{
	return x86_has_apic(vcpu) && x86_lapic_is_on(&vcpu->lapic) &&
	       !x86_lapic_is_x2apic(&vcpu->lapic) &&
	       (gpa & ~PAGE_MASK) == (vcpu->lapic.base & X86_APIC_BASE_ADDRESS);
}

uint64_t x86_vcpu_apic_page_read(struct x86_vcpu *vcpu, uint64_t gpa, uint32_t width)
{
	take_cr8(vcpu);
	return x86_vcpu_lapic_page_read(&vcpu->lapic, (uint32_t)(gpa & PAGE_MASK), width,
				   guest_tsc(vcpu));
}

/** The hypervisor sets its own timer by the deadline: it has to see an earlier one. */
static void watch_timer(struct x86_vcpu *vcpu)
{
	uint64_t deadline = x86_vcpu_lapic_deadline(&vcpu->lapic);

	if (deadline < vcpu->seen_deadline) {
		vcpu->timer_changed = true;
	}
	vcpu->seen_deadline = deadline;
}

static void keep_effect(struct x86_vcpu *vcpu, const struct x86_lapic_effect *effect)
{
	watch_timer(vcpu);
	if (effect->send) {
		vcpu->ipi = effect->ipi;
		vcpu->ipi_is_due = true;
	}
	if (effect->ended) {
		vcpu->ended_vector = effect->ended_vector;
		vcpu->end_is_due = true;
	}
	give_cr8(vcpu);
}

void x86_vcpu_apic_page_write(struct x86_vcpu *vcpu, uint64_t gpa, uint32_t width, uint64_t value)
{
	struct x86_lapic_effect effect = { .send = false };

	take_cr8(vcpu);
	x86_vcpu_lapic_page_write(&vcpu->lapic, (uint32_t)(gpa & PAGE_MASK), width, value,
			     guest_tsc(vcpu), &effect);
	keep_effect(vcpu, &effect);
}

enum x86_msr_result x86_vcpu_apic_msr_read(struct x86_vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	if (!x86_has_apic(vcpu)) {
		return X86_MSR_GP;
	}
	switch (msr) {
	case MSR_APIC_BASE:
		*value = vcpu->lapic.base;
		return X86_MSR_OK;
	case MSR_TSC_DEADLINE:
		*value = x86_vcpu_lapic_deadline_read(&vcpu->lapic);
		return X86_MSR_OK;
	default:
		take_cr8(vcpu);
		return x86_vcpu_lapic_msr_read(&vcpu->lapic, msr - MSR_X2APIC_FIRST, value,
					  guest_tsc(vcpu)) ?
			       X86_MSR_OK :
			       X86_MSR_GP;
	}
}

enum x86_msr_result x86_vcpu_apic_msr_write(struct x86_vcpu *vcpu, uint32_t msr, uint64_t value)
{
	struct x86_lapic_effect effect = { .send = false };

	if (!x86_has_apic(vcpu)) {
		return X86_MSR_GP;
	}
	switch (msr) {
	case MSR_APIC_BASE:
		/* CPUID shows whether it is on. */
		x86_vcpu_cpuid_forget(vcpu);
		return x86_vcpu_lapic_set_base(&vcpu->lapic, value, vcpu->limits.physical_bits) ?
			       X86_MSR_OK :
			       X86_MSR_GP;
	case MSR_TSC_DEADLINE:
		x86_vcpu_lapic_deadline_write(&vcpu->lapic, value);
		watch_timer(vcpu);
		return X86_MSR_OK;
	default:
		take_cr8(vcpu);
		if (!x86_vcpu_lapic_msr_write(&vcpu->lapic, msr - MSR_X2APIC_FIRST, value,
					 guest_tsc(vcpu), &effect)) {
			return X86_MSR_GP;
		}
		keep_effect(vcpu, &effect);
		return X86_MSR_OK;
	}
}

int32_t x86_vcpu_apic_pending(struct x86_vcpu *vcpu, bool *held_back)
{
	int32_t vector;

	*held_back = false;
	if (!x86_has_apic(vcpu)) {
		return -1;
	}
	x86_vcpu_lapic_advance(&vcpu->lapic, guest_tsc(vcpu));
	if (vcpu->lapic.nmi) {
		vcpu->lapic.nmi = false;
		vcpu->nmi_pending = true;
	}
	if (x86_vcpu_lapic_requested(&vcpu->lapic) < 0) {
		return -1;
	}
	take_cr8(vcpu);
	vector = x86_vcpu_lapic_pending(&vcpu->lapic);
	/* If it is one in service that keeps it back, its EOI comes to us anyway. */
	*held_back = vector < 0;
	return vector;
}

void x86_vcpu_apic_accept(struct x86_vcpu *vcpu, uint32_t vector)
{
	x86_vcpu_lapic_accept(&vcpu->lapic, vector);
}

static uint64_t meaning_of(const struct x86_ipi *ipi)
{
	return (ipi->logical ? (uint64_t)X86_VCPU_IPI_LOGICAL : 0u) |
	       (ipi->x2apic ? (uint64_t)X86_VCPU_IPI_X2APIC : 0u) |
	       (ipi->delivery == X86_APIC_LOWEST_PRIORITY ? (uint64_t)X86_VCPU_IPI_ONE : 0u);
}

/** A start-up IPI starts a CPU at a page of the first MiB. */
static void startup_exit(const struct x86_ipi *ipi, struct axvcpu_exit *exit)
{
	exit->reason = AXVCPU_EXIT_CPU_UP;
	exit->u.cpu_up.target_cpu =
		ipi->shorthand == X86_APIC_TO_OTHERS ? X86_VCPU_ALL_OTHERS : ipi->destination;
	exit->u.cpu_up.entry_point = (uint64_t)ipi->vector << STARTUP_PAGE_SHIFT;
	exit->u.cpu_up.arg = meaning_of(ipi);
}

static uint64_t vector_of(const struct x86_ipi *ipi)
{
	switch (ipi->delivery) {
	case X86_APIC_NMI:
		return X86_VCPU_INJECT_NMI;
	case X86_APIC_INIT:
		return X86_VCPU_IPI_INIT;
	default:
		return ipi->vector;
	}
}

static void ipi_exit(const struct x86_ipi *ipi, struct axvcpu_exit *exit)
{
	if (ipi->delivery == X86_APIC_STARTUP) {
		startup_exit(ipi, exit);
		return;
	}
	exit->reason = AXVCPU_EXIT_SEND_IPI;
	exit->u.send_ipi.target_cpu = ipi->destination;
	exit->u.send_ipi.target_mask = meaning_of(ipi);
	exit->u.send_ipi.vector = vector_of(ipi);
	exit->u.send_ipi.flags = ipi->shorthand == X86_APIC_TO_OTHERS ?
					 (uint32_t)AXVCPU_SEND_IPI_ALL_BUT_SELF :
					 0u;
	exit->u.send_ipi.range_selector = 0;
}

void x86_vcpu_apic_take_exit(struct x86_vcpu *vcpu, struct axvcpu_exit *exit)
{
	exit->pc = vcpu->rip;
	exit->instruction_length = 0;
	if (vcpu->ipi_is_due) {
		vcpu->ipi_is_due = false;
		ipi_exit(&vcpu->ipi, exit);
		vcpu->no_answer = exit->reason == AXVCPU_EXIT_CPU_UP;
		return;
	}
	vcpu->end_is_due = false;
	exit->reason = AXVCPU_EXIT_END_OF_INTERRUPT;
	exit->u.interrupt.vector = vcpu->ended_vector;
}

bool x86_vcpu_is_ipi_target(struct axvcpu *handle, const struct axvcpu_exit_send_ipi *ipi)
{
	const struct x86_vcpu *vcpu;

	if (handle == NULL || ipi == NULL) {
		return false;
	}
	if ((ipi->flags & (uint32_t)AXVCPU_SEND_IPI_ALL_BUT_SELF) != 0u) {
		return true;
	}
	vcpu = (const struct x86_vcpu *)axvcpu_arch_state(handle);
	return x86_has_apic(vcpu) &&
	       x86_vcpu_lapic_is_destination(&vcpu->lapic,
					(ipi->target_mask & X86_VCPU_IPI_LOGICAL) != 0u,
					(ipi->target_mask & X86_VCPU_IPI_X2APIC) != 0u,
					(uint32_t)ipi->target_cpu);
}

bool x86_vcpu_is_startup_target(struct axvcpu *handle, const struct axvcpu_exit_cpu_up *start)
{
	const struct x86_vcpu *vcpu;
	struct x86_lapic waiting;

	if (handle == NULL || start == NULL) {
		return false;
	}
	if (start->target_cpu == X86_VCPU_ALL_OTHERS) {
		return true;
	}
	/* One that never ran has its APIC as after reset, in xAPIC form; INIT leaves it its form. */
	vcpu = (const struct x86_vcpu *)axvcpu_arch_state(handle);
	x86_vcpu_lapic_reset(&waiting, vcpu->apic_id, false, 0);
	if (vcpu->config.size != 0u) {
		waiting = vcpu->lapic;
		x86_vcpu_lapic_init(&waiting);
	}
	return x86_vcpu_lapic_is_destination(&waiting, (start->arg & X86_VCPU_IPI_LOGICAL) != 0u,
					     (start->arg & X86_VCPU_IPI_X2APIC) != 0u,
					     (uint32_t)start->target_cpu);
}

void x86_vcpu_apic_tsc_moved(struct x86_vcpu *vcpu, uint64_t ticks)
{
	if (!x86_has_apic(vcpu)) {
		return;
	}
	x86_vcpu_lapic_tsc_moved(&vcpu->lapic, ticks);
	vcpu->seen_deadline = x86_vcpu_lapic_deadline(&vcpu->lapic);
	if (vcpu->seen_deadline != UINT64_MAX) {
		/* A deadline comes at another time of the hypervisor's. */
		vcpu->timer_changed = true;
	}
}

axvcpu_error_t x86_vcpu_apic_timer_deadline(void *state, uint64_t *deadline)
{
	struct x86_vcpu *vcpu = (struct x86_vcpu *)state;
	uint64_t now, left;

	vcpu->seen_deadline = x86_has_apic(vcpu) ? x86_vcpu_lapic_deadline(&vcpu->lapic) :
						   UINT64_MAX;
	*deadline = UINT64_MAX;
	if (vcpu->seen_deadline != UINT64_MAX) {
		/* By what is left of it: a guest may set one that the CPU's counter never reaches. */
		now = x86_cpu_rdtsc();
		left = x86_vcpu_lapic_ticks_to(&vcpu->lapic, vcpu->seen_deadline,
					       now + vcpu->tsc_offset);
		*deadline = left < UINT64_MAX - now ? now + left : UINT64_MAX;
	}
	return AXVCPU_OK;
}

uint64_t x86_vcpu_apic_get_word(struct x86_vcpu *vcpu, uint32_t index)
{
	take_cr8(vcpu);
	return x86_vcpu_lapic_get_state(&vcpu->lapic, index);
}

bool x86_vcpu_apic_set_word(struct x86_vcpu *vcpu, uint32_t index, uint64_t value)
{
	take_cr8(vcpu);
	x86_vcpu_cpuid_forget(vcpu);
	if (!x86_vcpu_lapic_set_state(&vcpu->lapic, index, value)) {
		return false;
	}
	give_cr8(vcpu);
	return true;
}
