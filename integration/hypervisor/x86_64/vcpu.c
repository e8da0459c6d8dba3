/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's CPUs on this board: configuration and first registers. */
#include "../board.h"
#include "../bytes.h"
#include "../config.h"
#include "../pages.h"
#include "../vm.h"
#include "x86_vcpu/x86_vcpu.h"

#define GPR_RSI 6u
#define GPR_RAX 0u
#define HYPERCALL_UNKNOWN UINT64_MAX
/** With test devices: the vCPU is saved, destroyed, made anew and loaded. */
#define CALL_RELOAD UINT64_C(0xc6000020)
#define REGISTERS_MAX 256u
#define REGISTER_BYTES_MAX 8192u

axvcpu_error_t board_vcpu_create(struct vm_vcpu *vcpu, const struct axvcpu_create_params *params)
{
	return axvcpu_create(vcpu->vm->host, (void *)(uintptr_t)vcpu->memory,
			     vcpu->pages * PAGE_SIZE, params, NULL, &vcpu->handle);
}

uint64_t board_test_call(const struct axvcpu_exit_hypercall *call)
{
	return call->number;
}

axvcpu_error_t board_vcpu_setup(struct vm_vcpu *vcpu, uint64_t entry, uint64_t arg)
{
	const struct x86_vcpu_setup_config setup = {
		.size = sizeof(setup),
		.flags = X86_VCPU_LOCAL_APIC,
		.start_mode = vcpu->index == 0 ? X86_VCPU_START_PROTECTED : X86_VCPU_START_REAL,
		.cpu_count = vcpu->vm->config->cpus,
		.tsc_hz = board_counter_frequency(),
	};
	axvcpu_error_t error =
		axvcpu_setup(vcpu->handle, entry, vcpu->vm->stage2_root, &setup);

	if (error != AXVCPU_OK) {
		return error;
	}
	/* Where Linux's 32-bit boot protocol has its parameters; the other registers are 0. */
	return axvcpu_set_gpr(vcpu->handle, GPR_RSI, arg);
}

/** Everything that the library lists, read from one vCPU and written into the next one. */
static axvcpu_error_t reload_vcpu(struct vm_vcpu *vcpu)
{
	static uint64_t ids[REGISTERS_MAX];
	static uint8_t values[REGISTER_BYTES_MAX];
	const struct axvcpu_create_params params = {
		.size = sizeof(params),
		.vm_id = vcpu->vm->id,
		.vcpu_id = vcpu->index,
		.preferred_cpu = vcpu->cpu,
	};
	size_t count = REGISTERS_MAX, bytes = 0, i;
	axvcpu_error_t error = axvcpu_list_regs(vcpu->handle, ids, &count);

	for (i = 0; error == AXVCPU_OK && i < count; i++) {
		bytes += AXVCPU_REG_SIZE(ids[i]);
	}
	if (error != AXVCPU_OK || bytes > sizeof(values)) {
		return error != AXVCPU_OK ? error : AXVCPU_ERR_NO_MEMORY;
	}
	error = axvcpu_get_regs(vcpu->handle, ids, count, values, bytes);
	if (error == AXVCPU_OK) {
		error = axvcpu_unbind(vcpu->handle);
	}
	if (error == AXVCPU_OK) {
		error = axvcpu_destroy(vcpu->handle);
	}
	if (error == AXVCPU_OK) {
		memset((void *)(uintptr_t)vcpu->memory, 0, vcpu->pages * PAGE_SIZE);
		error = board_vcpu_create(vcpu, &params);
	}
	if (error == AXVCPU_OK) {
		error = board_vcpu_setup(vcpu, 0, 0);
	}
	if (error == AXVCPU_OK) {
		error = axvcpu_set_regs(vcpu->handle, ids, count, values, bytes);
	}
	return error == AXVCPU_OK ? axvcpu_bind(vcpu->handle) : error;
}

struct vm_vcpu *board_find_vcpu(struct vm *vm, uint64_t name)
{
	return name < vm->config->cpus ? &vm->vcpus[name] : NULL;
}

uint64_t board_cpu_up_value(enum cpu_up_result result)
{
	return result == CPU_UP_STARTED ? 0 : HYPERCALL_UNKNOWN;
}

void board_send_ipi(struct vm_vcpu *from, const struct axvcpu_exit_send_ipi *ipi)
{
	struct vm_vcpu *vcpu;
	uint32_t i;

	if (ipi->vector == X86_VCPU_IPI_INIT) {
		return; /* one that is off waits for its start-up already */
	}
	for (i = 0; i < from->vm->config->cpus; i++) {
		vcpu = &from->vm->vcpus[i];
		if (vcpu == from || vcpu->power != VCPU_ON ||
		    !x86_vcpu_is_ipi_target(vcpu->handle, ipi)) {
			continue;
		}
		(void)axvcpu_inject_interrupt(vcpu->handle, (uint32_t)ipi->vector);
		if ((ipi->target_mask & X86_VCPU_IPI_ONE) != 0) {
			break;
		}
	}
}

axvcpu_error_t board_hypercall(struct vm_vcpu *vcpu, const struct axvcpu_exit_hypercall *call)
{
	axvcpu_error_t error;

	if (vcpu->vm->config->test_devices && call->number == CALL_RELOAD) {
		/* The caller's exit record goes with the vCPU. */
		error = reload_vcpu(vcpu);
		return error != AXVCPU_OK ? error : axvcpu_set_gpr(vcpu->handle, GPR_RAX, 0);
	}
	return axvcpu_set_return_value(vcpu->handle, HYPERCALL_UNKNOWN);
}

bool board_sysreg_read(const struct axvcpu_exit_sysreg *sysreg, uint64_t *value)
{
	(void)sysreg;
	(void)value;
	return false;
}
