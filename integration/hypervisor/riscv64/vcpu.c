/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's harts on this board: configuration, first registers, what SBI asks of us. */
#include "../board.h"
#include "../bytes.h"
#include "../config.h"
#include "../pages.h"
#include "../vm.h"
#include "board_aia.h"
#include "guest_files.h"
#include "machine.h"
#include "riscv_vcpu/riscv_vcpu.h"
#include "stage2.h"
#include "timer.h"
#include "virt.h"

#define REG_A1 11u
#define MASK_BITS 64u

/* HSM, SBI 2.0, 9: the function, and states of a hart */
#define HSM_GET_STATUS UINT64_C(2)
enum { HART_STARTED = 0, HART_STOPPED = 1, HART_START_PENDING = 2 };
/* RFENCE, SBI 2.0, 8 */
#define RFENCE_FENCE_I UINT64_C(0)
#define ALL_HARTS UINT64_MAX

/** Whether guests have timer comparators of their own: on all CPUs or on none. */
static bool has_sstc;

const struct axvcpu_arch_ops *board_arch_ops(void)
{
	return riscv_vcpu_ops();
}

axvcpu_error_t board_vcpu_create(struct vm_vcpu *vcpu, const struct axvcpu_create_params *params)
{
	const struct riscv_vcpu_create_config config = {
		.size = sizeof(config),
		.hart_id = vcpu->index,
		.hart_count = vcpu->vm->config->cpus,
	};

	return axvcpu_create(vcpu->vm->host, (void *)(uintptr_t)vcpu->memory,
			     vcpu->pages * PAGE_SIZE, params, &config, &vcpu->handle);
}

/** That of stage2.c's tables. */
static uint32_t hgatp_mode(void)
{
	switch (stage2_levels()) {
	case 5:
		return RISCV_VCPU_HGATP_SV57X4;
	case 4:
		return RISCV_VCPU_HGATP_SV48X4;
	default:
		return RISCV_VCPU_HGATP_SV39X4;
	}
}

axvcpu_error_t board_vcpu_set_clock(struct vm_vcpu *vcpu)
{
	uint64_t delta = 0 - vcpu->vm->time_offset;

	return axvcpu_set_reg(vcpu->handle, RISCV_VCPU_REG_TIME_DELTA, &delta, sizeof(delta));
}

axvcpu_error_t board_vcpu_stop(struct vm_vcpu *vcpu)
{
	(void)vcpu;
	return AXVCPU_ERR_UNSUPPORTED; /* one that is started is as after reset */
}

static struct guest_files *files_of(const struct vm_vcpu *vcpu)
{
	return machine_guest_files(vcpu->vm->machine);
}

axvcpu_error_t board_vcpu_move(struct vm_vcpu *vcpu, uint32_t to)
{
	return guest_files_move(files_of(vcpu), vcpu, to);
}

axvcpu_error_t board_vcpu_save(struct vm_vcpu *vcpu)
{
	return guest_files_save(files_of(vcpu), vcpu);
}

void board_vcpu_destroy(struct vm_vcpu *vcpu)
{
	guest_files_give(files_of(vcpu), vcpu);
}

axvcpu_error_t board_vcpu_setup(struct vm_vcpu *vcpu, uint64_t entry, uint64_t arg)
{
	const struct riscv_vcpu_setup_config setup = {
		.size = sizeof(setup),
		.hgatp_mode = hgatp_mode(),
		.guest_file = board_aia_is_on() ? guest_files_take(files_of(vcpu), vcpu) : 0,
	};
	struct riscv_vcpu_features features = { .size = sizeof(features) };
	struct vm *vm = vcpu->vm;
	axvcpu_error_t error;

	if (board_aia_is_on() && setup.guest_file == 0) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	error = axvcpu_setup(vcpu->handle, entry, vm->stage2_root, &setup);
	if (error == AXVCPU_OK) {
		error = riscv_vcpu_get_features(vcpu->handle, &features);
	}
	if (error != AXVCPU_OK) {
		return error;
	}
	has_sstc = (features.bits & RISCV_VCPU_FEATURE_SSTC) != 0;
	if (vm->time_offset == 0) {
		vm->time_offset = board_counter();
	}
	error = board_vcpu_set_clock(vcpu);
	if (error != AXVCPU_OK) {
		return error;
	}
	machine_start_interrupts(vcpu);
	/* What this hart fetched for another vCPU, or for one that this is to become. */
	error = riscv_vcpu_request_fence(vcpu->handle, RISCV_VCPU_FENCE_I);
	if (error != AXVCPU_OK) {
		return error;
	}
	return axvcpu_set_gpr(vcpu->handle, REG_A1, arg);
}

void board_before_run(struct vm_vcpu *vcpu)
{
	uint64_t deadline;

	/* Without Sstc the library raises the guest's timer interrupt, at an entry. */
	if (!has_sstc && axvcpu_timer_deadline(vcpu->handle, &deadline) == AXVCPU_OK) {
		timer_expect(deadline);
	}
}

static const struct vm_vcpu *find_vcpu(const struct vm *vm, uint64_t name)
{
	return name < vm->config->cpus ? &vm->vcpus[name] : NULL;
}

bool board_is_cpu_up_target(const struct vm_vcpu *vcpu, const struct axvcpu_exit_cpu_up *wish)
{
	return find_vcpu(vcpu->vm, wish->target_cpu) == vcpu;
}

/** Whether hart `hart` is in a mask of SBI (2.0, 3.1). */
static bool is_in_mask(uint64_t hart, uint64_t mask, uint64_t base)
{
	return base == ALL_HARTS ||
	       (hart >= base && hart - base < MASK_BITS && (mask >> (hart - base) & 1) != 0);
}

void board_send_ipi(struct vm_vcpu *from, const struct axvcpu_exit_send_ipi *ipi)
{
	bool others = (ipi->flags & AXVCPU_SEND_IPI_ALL_BUT_SELF) != 0;
	struct vm_vcpu *vcpu;
	uint32_t hart;

	for (hart = 0; hart < from->vm->config->cpus; hart++) {
		vcpu = &from->vm->vcpus[hart];
		if (vcpu->handle != NULL &&
		    (others ? hart != from->index :
			      is_in_mask(hart, ipi->target_mask, ipi->target_cpu))) {
			/* A hart that is stopped takes none. */
			(void)axvcpu_inject_interrupt(vcpu->handle, (uint32_t)ipi->vector);
		}
	}
}

/** Waits until a vCPU has left the guest in which it was asked to fence, if it was in there. */
static void wait_for_fence(const struct vm_vcpu *vcpu, uint64_t runs)
{
	while (axvcpu_get_state(vcpu->handle) == AXVCPU_STATE_RUNNING &&
	       __atomic_load_n(&vcpu->runs, __ATOMIC_SEQ_CST) == runs) {
		board_relax();
	}
}

/** The other harts' part of a fence; the caller goes on when all have done theirs. */
static axvcpu_error_t remote_fence(struct vm_vcpu *from, const struct axvcpu_exit_hypercall *call)
{
	uint32_t fence = call->args[6] == RFENCE_FENCE_I ? RISCV_VCPU_FENCE_I :
							   RISCV_VCPU_FENCE_VMA;
	uint64_t runs[CONFIG_MAX_CPUS];
	struct vm_vcpu *vcpu;
	uint32_t hart;

	for (hart = 0; hart < from->vm->config->cpus; hart++) {
		vcpu = &from->vm->vcpus[hart];
		if (vcpu == from || vcpu->handle == NULL ||
		    !is_in_mask(hart, call->args[0], call->args[1])) {
			runs[hart] = UINT64_MAX;
			continue;
		}
		(void)riscv_vcpu_request_fence(vcpu->handle, fence);
		runs[hart] = __atomic_load_n(&vcpu->runs, __ATOMIC_SEQ_CST);
		(void)axvcpu_kick(vcpu->handle);
	}
	for (hart = 0; hart < from->vm->config->cpus; hart++) {
		if (runs[hart] != UINT64_MAX) {
			wait_for_fence(&from->vm->vcpus[hart], runs[hart]);
		}
	}
	return AXVCPU_OK; /* the library has answered the guest */
}

static axvcpu_error_t hart_state(struct vm_vcpu *from, const struct axvcpu_exit_hypercall *call)
{
	const struct vm_vcpu *vcpu = find_vcpu(from->vm, call->args[0]);
	uint64_t state = HART_STARTED;

	if (call->args[6] != HSM_GET_STATUS || vcpu == NULL) {
		return riscv_vcpu_set_sbi_result(from->handle, RISCV_VCPU_SBI_ERR_INVALID_PARAM, 0);
	}
	if (vcpu->power == VCPU_OFF) {
		state = HART_STOPPED;
	} else if (vcpu->power == VCPU_STARTING) {
		state = HART_START_PENDING;
	}
	return riscv_vcpu_set_sbi_result(from->handle, RISCV_VCPU_SBI_SUCCESS, state);
}

/** SUSP: the machine waits with this hart for an interrupt, and goes on where the call says. */
static axvcpu_error_t suspend(struct vm_vcpu *vcpu, const struct axvcpu_exit_hypercall *call)
{
	const struct vm *vm = vcpu->vm;
	uint64_t resume = call->args[1];
	uint32_t hart;

	for (hart = 0; hart < vm->config->cpus; hart++) {
		if (hart != vcpu->index && vm->vcpus[hart].power != VCPU_OFF) {
			return riscv_vcpu_set_sbi_result(vcpu->handle, RISCV_VCPU_SBI_ERR_DENIED, 0);
		}
	}
	if (resume < board.ram || resume - board.ram >= vm->config->memory) {
		return riscv_vcpu_set_sbi_result(vcpu->handle, RISCV_VCPU_SBI_ERR_INVALID_ADDRESS, 0);
	}
	return riscv_vcpu_system_suspend(vcpu->handle, resume, call->args[2]);
}

axvcpu_error_t board_hypercall(struct vm_vcpu *vcpu, const struct axvcpu_exit_hypercall *call)
{
	switch (call->number) {
	case RISCV_VCPU_SBI_LEGACY_PUTCHAR:
	case RISCV_VCPU_SBI_LEGACY_GETCHAR:
	case RISCV_VCPU_SBI_DBCN:
		return machine_console_call(vcpu, call);
	case RISCV_VCPU_SBI_RFENCE:
		return remote_fence(vcpu, call);
	case RISCV_VCPU_SBI_HSM:
		return hart_state(vcpu, call);
	case RISCV_VCPU_SBI_SUSP:
		return suspend(vcpu, call);
	default:
		return riscv_vcpu_set_sbi_result(vcpu->handle, RISCV_VCPU_SBI_ERR_NOT_SUPPORTED, 0);
	}
}

uint64_t board_test_call(const struct axvcpu_exit_hypercall *call)
{
	return call->number == RISCV_VCPU_SBI_HVC ? call->args[6] : 0;
}

uint64_t board_cpu_up_value(enum cpu_up_result result)
{
	switch (result) {
	case CPU_UP_STARTED:
		return RISCV_VCPU_SBI_SUCCESS;
	case CPU_UP_BAD_ADDRESS:
		return (uint64_t)RISCV_VCPU_SBI_ERR_INVALID_ADDRESS;
	case CPU_UP_ALREADY_ON:
	case CPU_UP_PENDING:
		return (uint64_t)RISCV_VCPU_SBI_ERR_ALREADY_AVAILABLE;
	case CPU_UP_NO_SUCH_CPU:
	default:
		return (uint64_t)RISCV_VCPU_SBI_ERR_INVALID_PARAM;
	}
}

bool board_sysreg_read(const struct axvcpu_exit_sysreg *sysreg, uint64_t *value)
{
	(void)sysreg;
	(void)value;
	return false;
}
