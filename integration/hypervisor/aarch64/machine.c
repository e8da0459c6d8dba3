/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include "../board.h"
#include "../bytes.h"
#include "../devices/gicv3.h"
#include "../devices/pl011.h"
#include "../guest_console.h"
#include "../pages.h"
#include "../sched.h"
#include "../vm.h"
#include "active.h"
#include "arm_vcpu/arm_vcpu.h"
#include "uart.h"
#include "vcpu.h"
#include "virt.h"

struct board_machine {
	struct vm *vm;
	struct gicv3 gic;
	struct pl011 uart;
	struct guest_console console;
	/** What erased flash reads: one page for all of it, once it is used; else 0. */
	uint64_t erased_page;
};

#define MACHINE_PAGES ((sizeof(struct board_machine) + PAGE_SIZE - 1) / PAGE_SIZE)
#define ERASED 0xff

/** The machine that has the board's console input, while it lives. */
static struct board_machine *input_machine;
static struct lock input_lock;

/* ---- the GIC's way to the vCPUs ---- */

/** The vCPU, if it is on: the interface of one that is off is set when it starts. */
static struct axvcpu *target(void *ctx, uint32_t cpu)
{
	const struct board_machine *machine = (const struct board_machine *)ctx;
	const struct vm_vcpu *vcpu = &machine->vm->vcpus[cpu];

	return vcpu->power == VCPU_OFF ? NULL : vcpu->handle;
}

static void set_attributes(void *ctx, uint32_t cpu, uint32_t intid,
			   const struct gicv3_attributes *attributes)
{
	struct axvcpu *vcpu = target(ctx, cpu);
	uint32_t flags = (attributes->enabled ? (uint32_t)ARM_VCPU_INTERRUPT_ENABLED : 0u) |
			 (attributes->level ? (uint32_t)ARM_VCPU_INTERRUPT_LEVEL : 0u) |
			 (attributes->group0 ? (uint32_t)ARM_VCPU_INTERRUPT_GROUP0 : 0u);

	if (vcpu == NULL ||
	    arm_vcpu_set_interrupt(vcpu, intid, attributes->priority, flags) != AXVCPU_OK) {
		return;
	}
	/* One that runs takes it to heart at its next entry. */
	if (axvcpu_get_state(vcpu) == AXVCPU_STATE_RUNNING) {
		(void)axvcpu_kick(vcpu);
	}
}

static void raise_interrupt(void *ctx, uint32_t cpu, uint32_t intid)
{
	struct axvcpu *vcpu = target(ctx, cpu);

	if (vcpu != NULL) {
		(void)axvcpu_inject_interrupt(vcpu, intid);
	}
}

static void lower_interrupt(void *ctx, uint32_t cpu, uint32_t intid)
{
	struct axvcpu *vcpu = target(ctx, cpu);

	if (vcpu != NULL) {
		(void)axvcpu_clear_interrupt(vcpu, intid);
	}
}

/** The vCPU with this number, if it is on. */
static struct vm_vcpu *vcpu_on(void *ctx, uint32_t cpu)
{
	struct vm_vcpu *vcpu = &((struct board_machine *)ctx)->vm->vcpus[cpu];

	return vcpu->power == VCPU_ON ? vcpu : NULL;
}

static uint32_t pending(void *ctx, uint32_t cpu, uint32_t index)
{
	struct vm_vcpu *vcpu = vcpu_on(ctx, cpu);

	return vcpu != NULL ? active_find_pending(vcpu, index) : 0;
}

static uint32_t active(void *ctx, uint32_t cpu, uint32_t index)
{
	struct vm_vcpu *vcpu = vcpu_on(ctx, cpu);

	return vcpu != NULL ? active_change(vcpu, index, 0, 0) : 0;
}

static void set_active(void *ctx, uint32_t cpu, uint32_t index, uint32_t bits, bool to)
{
	struct vm_vcpu *vcpu = vcpu_on(ctx, cpu);

	if (vcpu != NULL && bits != 0) {
		(void)active_change(vcpu, index, to ? 0 : bits, to ? bits : 0);
	}
}

static const struct gicv3_ops gic_ops = {
	.set_attributes = set_attributes,
	.raise = raise_interrupt,
	.lower = lower_interrupt,
	.pending = pending,
	.active = active,
	.set_active = set_active,
};

/* ---- the UART's ways ---- */

static void uart_output(void *ctx, uint8_t character)
{
	struct board_machine *machine = (struct board_machine *)ctx;

	guest_console_put(&machine->console, character);
}

static void uart_line(void *ctx, bool high)
{
	struct board_machine *machine = (struct board_machine *)ctx;

	gicv3_set_line(&machine->gic, VIRT_UART_INTID, high);
}

static const struct pl011_ops uart_ops = {
	.put = uart_output,
	.set_line = uart_line,
};

/** Moves what came in from the board's UART to the guest's; waits if that is full. */
static void feed(struct board_machine *machine)
{
	uint8_t character;

	while (pl011_can_receive(&machine->uart) && uart_get(&character)) {
		pl011_receive(&machine->uart, character);
	}
	uart_enable_interrupt(pl011_can_receive(&machine->uart));
}

void machine_console_input(void)
{
	struct board_machine *machine;

	lock_take(&input_lock);
	machine = input_machine;
	if (machine == NULL) {
		uart_enable_interrupt(false);
	} else {
		lock_take(&machine->vm->lock);
		feed(machine);
		lock_release(&machine->vm->lock);
	}
	lock_release(&input_lock);
}

/* ---- the machine ---- */

struct board_machine *board_machine_create(struct vm *vm)
{
	struct board_machine *machine;
	uint64_t hpa;

	if (!pages_alloc(MACHINE_PAGES, PAGE_SIZE, &hpa)) {
		return NULL;
	}
	machine = (struct board_machine *)(uintptr_t)hpa;
	memset(machine, 0, sizeof(*machine));
	machine->vm = vm;
	gicv3_init(&machine->gic, vm->config->cpus, &gic_ops, machine);
	pl011_init(&machine->uart, &uart_ops, machine);
	guest_console_init(&machine->console, vm->id, uart_put);
	if (vm->id == 0 && vm->config->devices == CONFIG_DEVICES_EMULATED) {
		lock_take(&input_lock);
		input_machine = machine;
		lock_release(&input_lock);
		uart_init();
	}
	return machine;
}

void board_machine_destroy(struct board_machine *machine)
{
	lock_take(&input_lock);
	if (input_machine == machine) {
		input_machine = NULL;
		uart_enable_interrupt(false);
	}
	lock_release(&input_lock);
	guest_console_flush(&machine->console);
	if (machine->erased_page != 0) {
		pages_free(machine->erased_page, 1);
	}
	pages_free((uint64_t)(uintptr_t)machine, MACHINE_PAGES);
}

/** Whether an access lies within a device of `size` bytes at `base`; `*offset` is where. */
static bool within(uint64_t gpa, uint32_t width, uint64_t base, uint64_t size, uint32_t *offset)
{
	if (gpa < base || gpa - base > size - width) {
		return false;
	}
	*offset = (uint32_t)(gpa - base);
	return true;
}

bool board_machine_read(struct vm_vcpu *vcpu, uint64_t gpa, uint32_t width, uint64_t *value)
{
	struct board_machine *machine = vcpu->vm->machine;
	uint64_t frames = (uint64_t)vcpu->vm->config->cpus * VIRT_GICR_SIZE;
	uint32_t offset;

	if (vcpu->vm->config->devices != CONFIG_DEVICES_EMULATED) {
		return false;
	}
	if (within(gpa, width, VIRT_GICD, VIRT_GICD_SIZE, &offset)) {
		*value = gicv3_distributor_read(&machine->gic, offset, width);
	} else if (within(gpa, width, VIRT_GICR, frames, &offset)) {
		*value = gicv3_redistributor_read(&machine->gic, offset / VIRT_GICR_SIZE,
						  offset % VIRT_GICR_SIZE, width);
	} else if (within(gpa, width, VIRT_UART, VIRT_UART_SIZE, &offset)) {
		*value = pl011_read(&machine->uart, offset);
		if (machine == input_machine) {
			feed(machine);
		}
	} else {
		return false;
	}
	return true;
}

bool board_machine_write(struct vm_vcpu *vcpu, uint64_t gpa, uint32_t width, uint64_t value)
{
	struct board_machine *machine = vcpu->vm->machine;
	uint64_t frames = (uint64_t)vcpu->vm->config->cpus * VIRT_GICR_SIZE;
	uint32_t offset;

	if (vcpu->vm->config->devices != CONFIG_DEVICES_EMULATED) {
		return false;
	}
	if (within(gpa, width, VIRT_GICD, VIRT_GICD_SIZE, &offset)) {
		gicv3_distributor_write(&machine->gic, offset, width, value);
	} else if (within(gpa, width, VIRT_GICR, frames, &offset)) {
		gicv3_redistributor_write(&machine->gic, offset / VIRT_GICR_SIZE,
					  offset % VIRT_GICR_SIZE, width, value);
	} else if (within(gpa, width, VIRT_UART, VIRT_UART_SIZE, &offset)) {
		pl011_write(&machine->uart, offset, (uint32_t)value);
	} else {
		/* Flash that is erased stays so: nobody programs it. */
		return within(gpa, width, VIRT_FLASH, VIRT_FLASH_SIZE, &offset);
	}
	return true;
}

bool board_machine_fault(struct vm_vcpu *vcpu, uint64_t gpa)
{
	struct board_machine *machine = vcpu->vm->machine;
	uint64_t page = gpa / PAGE_SIZE * PAGE_SIZE;

	if (vcpu->vm->config->devices != CONFIG_DEVICES_EMULATED || gpa >= VIRT_FLASH + VIRT_FLASH_SIZE ||
	    stage2_is_mapped(vcpu->vm->stage2_root, page)) {
		return false;
	}
	if (machine->erased_page == 0) {
		if (!pages_alloc(1, PAGE_SIZE, &machine->erased_page)) {
			return false;
		}
		memset((void *)(uintptr_t)machine->erased_page, ERASED, PAGE_SIZE);
		board_sync_code((const void *)(uintptr_t)machine->erased_page, PAGE_SIZE);
	}
	return stage2_add_rom(vcpu->vm->stage2_root, page, machine->erased_page);
}

void board_machine_state(struct board_machine *machine, struct state_stream *stream)
{
	gicv3_state(&machine->gic, stream);
	pl011_state(&machine->uart, stream);
}

void vcpu_start_interrupts(struct vm_vcpu *vcpu)
{
	gicv3_cpu_start(&vcpu->vm->machine->gic, vcpu->index);
}

void board_send_ipi(struct vm_vcpu *from, const struct axvcpu_exit_send_ipi *ipi)
{
	struct board_machine *machine = from->vm->machine;
	uint64_t first = ipi->target_cpu + ipi->range_selector * SGI_TARGETS;
	uint32_t cpu;

	for (cpu = 0; cpu < from->vm->config->cpus; cpu++) {
		bool chosen = (ipi->flags & AXVCPU_SEND_IPI_ALL_BUT_SELF) != 0 ?
				      cpu != from->index :
				      cpu >= first && cpu - first < SGI_TARGETS &&
					      (ipi->target_mask >> (cpu - first) & 1) != 0;

		if (chosen || ((ipi->flags & AXVCPU_SEND_IPI_SELF) != 0 && cpu == from->index)) {
			gicv3_send_sgi(&machine->gic, cpu, (uint32_t)ipi->vector);
		}
	}
}
