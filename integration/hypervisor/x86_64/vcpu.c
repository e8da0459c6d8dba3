/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's CPUs on this board: configuration and first registers. */
#include "../board.h"
#include "../bytes.h"
#include "../config.h"
#include "../console.h"
#include "../pages.h"
#include "../sched.h"
#include "../vm.h"
#include "machine.h"
#include "move.h"
#include "nmi_tick.h"
#include "x86_vcpu/x86_vcpu.h"

#define GPR_RSI 6u
#define GPR_RAX 0u
#define GPR_RBX 3u
/** What a Multiboot kernel finds in EAX (its specification, 3.2). */
#define MULTIBOOT_LOADER 0x2badb002u
#define HYPERCALL_UNKNOWN UINT64_MAX
/** With test devices: the vCPU is saved, destroyed, made anew and loaded. */
#define CALL_RELOAD UINT64_C(0xc6000020)
/** The machine's state leaves after so many more exits, and the hypervisor ends: see move.h. */
#define CALL_MOVE UINT64_C(0xc6000021)
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

/** The boot protocol's registers, on the boot CPU; the others are 0. */
static axvcpu_error_t set_boot_registers(struct vm_vcpu *vcpu, uint64_t arg)
{
	axvcpu_error_t error;

	if (!vcpu->vm->config->multiboot) {
		/* Linux, Documentation/x86/boot.rst, "32-bit Boot Protocol" */
		return axvcpu_set_gpr(vcpu->handle, GPR_RSI, arg);
	}
	error = axvcpu_set_gpr(vcpu->handle, GPR_RAX, MULTIBOOT_LOADER);
	return error == AXVCPU_OK ? axvcpu_set_gpr(vcpu->handle, GPR_RBX, arg) : error;
}

axvcpu_error_t board_vcpu_set_clock(struct vm_vcpu *vcpu)
{
	uint64_t tsc_offset = 0 - vcpu->vm->time_offset;

	return axvcpu_set_reg(vcpu->handle, X86_VCPU_REG_TSC_OFFSET, &tsc_offset,
			      sizeof(tsc_offset));
}

/** Firmware begins where a CPU does; boot protocols have 32-bit mode, for the first CPU. */
static uint32_t start_mode(const struct vm_vcpu *vcpu)
{
	return vcpu->index == 0 && vcpu->vm->config->firmware_size == 0 ? X86_VCPU_START_PROTECTED :
									  X86_VCPU_START_REAL;
}

/** INIT leaves a CPU much of what it had (SDM volume 3, table 10-1). */
axvcpu_error_t board_vcpu_stop(struct vm_vcpu *vcpu)
{
	return axvcpu_get_state(vcpu->handle) == AXVCPU_STATE_FREE ?
		       x86_vcpu_signal_init(vcpu->handle) :
		       AXVCPU_ERR_UNSUPPORTED;
}

axvcpu_error_t board_vcpu_setup(struct vm_vcpu *vcpu, uint64_t entry, uint64_t arg)
{
	struct x86_vcpu_setup_config setup = {
		.size = sizeof(setup),
		.flags = X86_VCPU_LOCAL_APIC,
		.start_mode = start_mode(vcpu),
		.cpu_count = vcpu->vm->config->cpus,
		.tsc_hz = board_counter_frequency(),
	};
	axvcpu_error_t error;

	if (axvcpu_get_state(vcpu->handle) == AXVCPU_STATE_FREE) {
		return axvcpu_set_entry(vcpu->handle, entry); /* after an INIT */
	}
	if (vcpu->vm->config->cpus > sched_cpu_count()) {
		/*
		 * A vCPU that spins for another one of its CPU lets go of it at the end of its
		 * turn: Bochs 2.7 does not interrupt guests whose IF is clear, and such loops
		 * have it so.
		 */
		setup.flags |= (uint32_t)X86_VCPU_TRAP_PAUSE;
	}
	if (vcpu->vm->again != 0 && x86_vcpu_backend() == X86_VCPU_BACKEND_VMX) {
		nmi_tick_start(); /* random code need not have a timer that gets it out of its loops */
	}
	memcpy(setup.hypervisor_name, vcpu->vm->config->hypervisor_name,
	       sizeof(setup.hypervisor_name));
	error = axvcpu_setup(vcpu->handle, entry, vcpu->vm->stage2_root, &setup);
	/* Its time stamps begin with the machine; all its CPUs have the same. */
	if (vcpu->vm->time_offset == 0) {
		vcpu->vm->time_offset = board_counter();
	}
	if (error == AXVCPU_OK) {
		error = board_vcpu_set_clock(vcpu);
	}
	if (error != AXVCPU_OK) {
		return error;
	}
	error = vcpu->index == 0 ? set_boot_registers(vcpu, arg) : AXVCPU_OK;
	if (error == AXVCPU_OK && vcpu->vm->config->test_devices && move_is_wanted()) {
		error = move_load(vcpu);
	}
	return error;
}

/** Registers of a vCPU that is made anew, as they were and as the new one has them. */
struct registers {
	uint64_t ids[REGISTERS_MAX];
	size_t count;
	size_t bytes;
	uint8_t saved[REGISTER_BYTES_MAX];
	uint8_t loaded[REGISTER_BYTES_MAX];
};
#define REGISTERS_PAGES ((sizeof(struct registers) + PAGE_SIZE - 1) / PAGE_SIZE)

/** Everything that the library lists. */
static axvcpu_error_t save_registers(struct vm_vcpu *vcpu, struct registers *registers)
{
	axvcpu_error_t error;
	size_t i;

	registers->count = REGISTERS_MAX;
	registers->bytes = 0;
	error = axvcpu_list_regs(vcpu->handle, registers->ids, &registers->count);
	for (i = 0; error == AXVCPU_OK && i < registers->count; i++) {
		registers->bytes += AXVCPU_REG_SIZE(registers->ids[i]);
	}
	if (error != AXVCPU_OK || registers->bytes > sizeof(registers->saved)) {
		return error != AXVCPU_OK ? error : AXVCPU_ERR_NO_MEMORY;
	}
	return axvcpu_get_regs(vcpu->handle, registers->ids, registers->count, registers->saved,
			       registers->bytes);
}

/** Into a vCPU that is new, which then has them. */
static axvcpu_error_t load_registers(struct vm_vcpu *vcpu, struct registers *registers)
{
	axvcpu_error_t error = board_vcpu_setup(vcpu, 0, 0);

	if (error == AXVCPU_OK) {
		error = axvcpu_set_regs(vcpu->handle, registers->ids, registers->count,
					registers->saved, registers->bytes);
	}
	if (error == AXVCPU_OK) {
		error = axvcpu_bind(vcpu->handle);
	}
	if (error == AXVCPU_OK) {
		error = axvcpu_get_regs(vcpu->handle, registers->ids, registers->count,
					registers->loaded, registers->bytes);
	}
	if (error == AXVCPU_OK &&
	    memcmp(registers->saved, registers->loaded, registers->bytes) != 0) {
		log_line(AXVCPU_LOG_ERROR, "the vCPU's registers are not as they were");
		error = AXVCPU_ERR_CORRUPT;
	}
	return error;
}

/** All its registers, read from one vCPU and written into the next one in its place. */
static axvcpu_error_t reload_vcpu(struct vm_vcpu *vcpu)
{
	struct registers *registers;
	axvcpu_error_t error;
	uint64_t hpa;

	if (!pages_alloc(REGISTERS_PAGES, PAGE_SIZE, &hpa)) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	registers = (struct registers *)(uintptr_t)hpa;
	error = save_registers(vcpu, registers);
	if (error == AXVCPU_OK) {
		error = axvcpu_unbind(vcpu->handle);
	}
	if (error == AXVCPU_OK) {
		error = vm_vcpu_make_new(vcpu);
	}
	if (error == AXVCPU_OK) {
		error = load_registers(vcpu, registers);
	}
	pages_free(hpa, REGISTERS_PAGES);
	return error;
}

bool board_is_cpu_up_target(const struct vm_vcpu *vcpu, const struct axvcpu_exit_cpu_up *wish)
{
	return x86_vcpu_is_startup_target(vcpu->handle, wish);
}

uint64_t board_cpu_up_value(enum cpu_up_result result)
{
	return result == CPU_UP_STARTED ? 0 : HYPERCALL_UNKNOWN;
}

/** INIT: a CPU waits for a start-up IPI; the boot CPU begins with the firmware, which resets. */
static void init_cpu(struct vm_vcpu *vcpu)
{
	if (vcpu->index == 0) {
		vm_guest_ended(vcpu->vm, VM_RESET);
	} else {
		vm_vcpu_turn_off(vcpu);
	}
}

static bool is_target(const struct vm_vcpu *vcpu, const struct axvcpu_exit_send_ipi *ipi)
{
	const struct axvcpu_exit_cpu_up start = { .target_cpu = ipi->target_cpu,
						  .arg = ipi->target_mask };

	switch (vcpu->power) {
	case VCPU_ON:
		return x86_vcpu_is_ipi_target(vcpu->handle, ipi);
	case VCPU_STARTING:
		/* Not set up yet: it can be called back. */
		return ipi->vector == X86_VCPU_IPI_INIT &&
		       ((ipi->flags & (uint32_t)AXVCPU_SEND_IPI_ALL_BUT_SELF) != 0 ||
			x86_vcpu_is_startup_target(vcpu->handle, &start));
	default:
		/* It takes nothing but its start-up, and an INIT changes nothing. */
		return false;
	}
}

void board_send_ipi(struct vm_vcpu *from, const struct axvcpu_exit_send_ipi *ipi)
{
	bool to_others = (ipi->flags & (uint32_t)AXVCPU_SEND_IPI_ALL_BUT_SELF) != 0;
	struct vm_vcpu *vcpu;
	uint32_t i;

	for (i = 0; i < from->vm->config->cpus; i++) {
		vcpu = &from->vm->vcpus[i];
		if ((vcpu == from && to_others) || !is_target(vcpu, ipi)) {
			continue;
		}
		if (ipi->vector == X86_VCPU_IPI_INIT) {
			init_cpu(vcpu);
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
	if (vcpu->vm->config->test_devices && call->number == CALL_MOVE) {
		vcpu->vm->machine->move_in = call->args[0];
		return axvcpu_set_return_value(vcpu->handle, 0);
	}
	return axvcpu_set_return_value(vcpu->handle, HYPERCALL_UNKNOWN);
}

bool board_sysreg_read(const struct axvcpu_exit_sysreg *sysreg, uint64_t *value)
{
	(void)sysreg;
	(void)value;
	return false;
}
