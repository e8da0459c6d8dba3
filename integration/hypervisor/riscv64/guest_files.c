/* SPDX-License-Identifier: Apache-2.0 */
#include "guest_files.h"

#include "../board.h"
#include "../mmio.h"
#include "../pages.h"
#include "../sched.h"
#include "../vm.h"
#include "board_aia.h"
#include "riscv_vcpu/riscv_vcpu.h"
#include "stage2.h"
#include "virt.h"

/* A file's page (AIA, 3.5); all else in it reads as zero. */
#define SETEIPNUM_LE UINT64_C(0)
#define REGISTER 4u
/* Registers behind siselect (AIA, 3.8); on RV64 the even ones, of 64 interrupts each. */
#define EIP0 0x80u
#define EIP_BITS 64u

static uint64_t page_gpa(const struct vm_vcpu *vcpu)
{
	return VIRT_IMSIC_S + vcpu->index * PAGE_SIZE;
}

/** For a vCPU that has no file now: its contents are registers. */
static void send_to_memory(const struct vm_vcpu *vcpu, uint32_t identity)
{
	uint64_t id = AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, 3, RISCV_VCPU_REG_IMSIC,
				    EIP0 + identity / EIP_BITS * 2u);
	uint64_t pending;

	/* A file ignores identities that it has not (3.5). */
	if (identity == 0 ||
	    axvcpu_get_reg(vcpu->handle, id, &pending, sizeof(pending)) != AXVCPU_OK) {
		return;
	}
	pending |= UINT64_C(1) << identity % EIP_BITS;
	(void)axvcpu_set_reg(vcpu->handle, id, &pending, sizeof(pending));
}

void guest_files_send(const struct guest_files *files, uint32_t hart, uint32_t identity)
{
	const struct vm_vcpu *vcpu;

	if (hart >= files->vm->config->cpus) {
		return;
	}
	vcpu = &files->vm->vcpus[hart];
	if (files->file[hart] != 0) {
		mmio_write32(board_aia_file(files->cpu[hart], files->file[hart]) + SETEIPNUM_LE,
			     identity);
	} else if (vcpu->power == VCPU_ON && vcpu->handle != NULL) {
		send_to_memory(vcpu, identity);
	}
}

static bool is_register(const struct guest_files *files, uint64_t offset, uint32_t width)
{
	return width == REGISTER && offset % REGISTER == 0 &&
	       offset / PAGE_SIZE < files->vm->config->cpus;
}

static bool mmio_read(void *device, uint64_t offset, uint32_t width, uint64_t *value)
{
	*value = 0;
	return is_register(device, offset, width);
}

static bool mmio_write(void *device, uint64_t offset, uint32_t width, uint64_t value)
{
	const struct guest_files *files = device;

	if (!is_register(files, offset, width)) {
		return false;
	}
	if (offset % PAGE_SIZE == SETEIPNUM_LE) {
		guest_files_send(files, (uint32_t)(offset / PAGE_SIZE), (uint32_t)value);
	}
	return true;
}

const struct device_ops guest_files_ops = { .read = mmio_read, .write = mmio_write };

/** Names the file of a CPU as the vCPU's, and has messages go there. */
static bool assign(struct guest_files *files, struct vm_vcpu *vcpu, uint32_t cpu, uint32_t file)
{
	if (!board_stage2_add_page(vcpu->vm->stage2_root, page_gpa(vcpu), board_aia_file(cpu, file))) {
		return false;
	}
	files->cpu[vcpu->index] = cpu;
	files->file[vcpu->index] = file;
	return true;
}

uint32_t guest_files_take(struct guest_files *files, struct vm_vcpu *vcpu)
{
	uint32_t file = files->file[vcpu->index];

	/* Of one that waited: a file wakes nobody before its vCPU ran with it. */
	vcpu->waiting = false;
	if (file != 0) {
		return file;
	}
	file = board_aia_take_file(vcpu, vcpu->cpu);
	if (file != 0 && !assign(files, vcpu, vcpu->cpu, file)) {
		board_aia_give_file(vcpu, vcpu->cpu, file);
		return 0;
	}
	return file;
}

/** Has what came into a file before its vCPU ever ran with it join what the vCPU has. */
static axvcpu_error_t join(struct vm_vcpu *vcpu)
{
	axvcpu_error_t error = axvcpu_bind(vcpu->handle);

	return error == AXVCPU_OK ? axvcpu_unbind(vcpu->handle) : error;
}

axvcpu_error_t guest_files_move(struct guest_files *files, struct vm_vcpu *vcpu, uint32_t to)
{
	uint32_t from_cpu = files->cpu[vcpu->index], from = files->file[vcpu->index], file;
	axvcpu_error_t error = AXVCPU_OK;

	if (from == 0 || to == from_cpu) {
		return AXVCPU_OK;
	}
	file = board_aia_take_file(vcpu, to);
	if (file == 0) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	error = join(vcpu);
	/* From here on messages go to the new file, where they wait for what the old one has. */
	if (error == AXVCPU_OK && !assign(files, vcpu, to, file)) {
		error = AXVCPU_ERR_NO_MEMORY;
	}
	if (error != AXVCPU_OK) {
		board_aia_give_file(vcpu, to, file);
		return error;
	}
	error = riscv_vcpu_set_guest_file(vcpu->handle, file);
	/* Only now is it empty. */
	board_aia_give_file(vcpu, from_cpu, from);
	/* The new one wakes nobody before its vCPU ran with it. */
	vcpu->waiting = false;
	return error;
}

axvcpu_error_t guest_files_save(struct guest_files *files, struct vm_vcpu *vcpu)
{
	axvcpu_error_t error;

	if (files->file[vcpu->index] == 0 || vcpu->power != VCPU_ON) {
		return AXVCPU_OK;
	}
	error = join(vcpu);
	if (error == AXVCPU_OK) {
		stage2_remove_page(vcpu->vm->stage2_root, page_gpa(vcpu));
		error = riscv_vcpu_set_guest_file(vcpu->handle, 0);
	}
	if (error == AXVCPU_OK) {
		board_aia_give_file(vcpu, files->cpu[vcpu->index], files->file[vcpu->index]);
		files->file[vcpu->index] = 0;
	}
	return error;
}

void guest_files_give(struct guest_files *files, struct vm_vcpu *vcpu)
{
	uint32_t cpu = files->cpu[vcpu->index], file = files->file[vcpu->index];

	if (file == 0) {
		return;
	}
	stage2_remove_page(vcpu->vm->stage2_root, page_gpa(vcpu));
	files->file[vcpu->index] = 0;
	/* Elsewhere it is one that never ran, nor did any other that could have sent it something. */
	if (cpu == board_this_cpu()->id) {
		(void)riscv_vcpu_clear_guest_file(vcpu->handle, file);
	}
	board_aia_give_file(vcpu, cpu, file);
}
