/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include "../board.h"
#include "../bytes.h"
#include "../console.h"
#include "../devices/aplic.h"
#include "../devices/plic.h"
#include "../devices/test_finisher.h"
#include "../devices/uart16550.h"
#include "../guest_console.h"
#include "../pages.h"
#include "../vm.h"
#include "board_aia.h"
#include "guest_files.h"
#include "riscv_vcpu/riscv_vcpu.h"
#include "uart.h"
#include "virt.h"

/** With the AIA: APLIC and interrupt files instead of the PLIC. */
#define REGIONS 4u

struct board_machine {
	struct vm *vm;
	struct plic plic;
	struct aplic aplic;
	struct guest_files files;
	struct uart16550 uart;
	struct test_finisher finisher;
	struct guest_console console;
	struct device_region regions[REGIONS];
};

#define MACHINE_PAGES ((sizeof(struct board_machine) + PAGE_SIZE - 1) / PAGE_SIZE)
_Static_assert(CONFIG_MAX_CPUS * VIRT_PLIC_CONTEXTS_PER_HART <= PLIC_CONTEXTS,
	       "each hart has its contexts");

/* Functions of SBI's debug console (SBI 2.0, 12) */
enum { DBCN_WRITE = 0, DBCN_READ = 1 };
/** The legacy console's "no character" (SBI 2.0, 5.3). */
#define LEGACY_NO_CHARACTER ((uint64_t)-1)

/** The machine that has the board's console input, while it lives. */
static struct board_machine *input_machine;
static struct lock input_lock;

/* ---- the devices' ways ---- */

static void set_external(struct axvcpu *vcpu, bool high)
{
	/* One that is off takes neither: it gets the level when it starts. */
	if (high) {
		(void)axvcpu_inject_interrupt(vcpu, RISCV_VCPU_IRQ_EXTERNAL);
	} else {
		(void)axvcpu_clear_interrupt(vcpu, RISCV_VCPU_IRQ_EXTERNAL);
	}
}

static void plic_line(void *ctx, uint32_t context, bool high)
{
	const struct board_machine *machine = ctx;
	struct axvcpu *vcpu = machine->vm->vcpus[context / VIRT_PLIC_CONTEXTS_PER_HART].handle;

	/* No guest has an M mode whose contexts would go anywhere. */
	if (vcpu != NULL && context % VIRT_PLIC_CONTEXTS_PER_HART == VIRT_PLIC_CONTEXT_S) {
		set_external(vcpu, high);
	}
}

void machine_start_interrupts(struct vm_vcpu *vcpu)
{
	uint32_t context = vcpu->index * VIRT_PLIC_CONTEXTS_PER_HART + VIRT_PLIC_CONTEXT_S;

	if (vcpu->vm->machine->plic.contexts[context].line) {
		set_external(vcpu->handle, true);
	}
}

static void aplic_message(void *ctx, uint32_t hart, uint32_t identity)
{
	guest_files_send(ctx, hart, identity);
}

struct guest_files *machine_guest_files(struct board_machine *machine)
{
	return &machine->files;
}

static void uart_output(void *ctx, uint8_t byte)
{
	struct board_machine *machine = ctx;

	guest_console_put(&machine->console, byte);
}

static void finish(void *ctx, enum test_finisher_end end, uint32_t code)
{
	const struct board_machine *machine = ctx;

	switch (end) {
	case TEST_FINISHER_PASS:
		vm_guest_ended(machine->vm, VM_POWERED_OFF);
		break;
	case TEST_FINISHER_RESET:
		vm_guest_ended(machine->vm, VM_RESET);
		break;
	case TEST_FINISHER_FAIL:
	default:
		log_line(AXVCPU_LOG_ERROR, "the guest reports failure %u", (uint64_t)code);
		vm_guest_ended(machine->vm, VM_ERROR);
		break;
	}
}

/* ---- console input ---- */

/** Moves what came in from the board's UART to the guest's; it waits outside if that is full. */
static void feed(struct board_machine *machine)
{
	uint8_t byte;

	while (uart16550_room(&machine->uart) > 0 && uart_get(&byte)) {
		uart16550_receive(&machine->uart, byte);
	}
	uart_enable_interrupt(uart16550_room(&machine->uart) > 0);
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

static void connect(struct board_machine *machine)
{
	const struct device_irq to_harts = { plic_line, machine, 0 };
	const struct aplic_messages to_files = { aplic_message, &machine->files };
	const struct device_irq to_plic = { plic_set_level, &machine->plic, VIRT_UART_IRQ };
	const struct device_irq to_aplic = { aplic_set_level, &machine->aplic, VIRT_UART_IRQ };
	const struct device_serial output = { uart_output, machine };
	const struct device_region plic[] = {
		{ VIRT_PLIC, PLIC_SIZE, &plic_ops, &machine->plic },
		{ 0, 0, NULL, NULL },
	};
	const struct device_region aplic[] = {
		{ VIRT_APLIC_S, APLIC_SIZE, &aplic_ops, &machine->aplic },
		{ VIRT_IMSIC_S, GUEST_FILES_SIZE, &guest_files_ops, &machine->files },
	};
	const struct device_region *controllers = board_aia_is_on() ? aplic : plic;
	const struct device_region regions[REGIONS] = {
		{ VIRT_TEST, TEST_FINISHER_SIZE, &test_finisher_ops, &machine->finisher },
		{ VIRT_UART, UART16550_SIZE, &uart16550_ops, &machine->uart },
		controllers[0],
		controllers[1],
	};
	const struct device_irq *from_uart = board_aia_is_on() ? &to_aplic : &to_plic;

	machine->finisher = (struct test_finisher){ finish, machine };
	machine->files.vm = machine->vm;
	aplic_init(&machine->aplic, &to_files);
	plic_init(&machine->plic, &to_harts,
		  machine->vm->config->cpus * VIRT_PLIC_CONTEXTS_PER_HART);
	uart16550_init(&machine->uart, from_uart, &output);
	guest_console_init(&machine->console, machine->vm->id, uart_put);
	memcpy(machine->regions, regions, sizeof(regions));
}

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
	connect(machine);
	if (vm->id == 0) {
		lock_take(&input_lock);
		input_machine = machine;
		lock_release(&input_lock);
		uart_enable_interrupt(true);
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
	pages_free((uint64_t)(uintptr_t)machine, MACHINE_PAGES);
}

void board_machine_state(struct board_machine *machine, struct state_stream *stream)
{
	if (board_aia_is_on()) {
		aplic_state(&machine->aplic, stream);
	} else {
		plic_state(&machine->plic, stream);
	}
	uart16550_state(&machine->uart, stream);
}

/** After an access to the UART it may have room again. */
static void after_access(struct board_machine *machine, uint64_t gpa)
{
	if (machine == input_machine && gpa - VIRT_UART < UART16550_SIZE) {
		feed(machine);
	}
}

bool board_machine_read(struct vm_vcpu *vcpu, uint64_t gpa, uint32_t width, uint64_t *value)
{
	struct board_machine *machine = vcpu->vm->machine;

	if (!device_read(machine->regions, REGIONS, gpa, width, value)) {
		return false;
	}
	after_access(machine, gpa);
	return true;
}

bool board_machine_write(struct vm_vcpu *vcpu, uint64_t gpa, uint32_t width, uint64_t value)
{
	struct board_machine *machine = vcpu->vm->machine;

	if (!device_write(machine->regions, REGIONS, gpa, width, value)) {
		return false;
	}
	after_access(machine, gpa);
	return true;
}

bool board_machine_fault(struct vm_vcpu *vcpu, uint64_t gpa)
{
	(void)vcpu;
	(void)gpa;
	return false;
}

/* ---- the console through SBI ---- */

/** The guest's memory at `gpa`, if `size` bytes of it are RAM. */
static uint8_t *memory_at(const struct vm *vm, uint64_t gpa, uint64_t size)
{
	if (gpa < VIRT_RAM || gpa - VIRT_RAM > vm->config->memory ||
	    size > vm->config->memory - (gpa - VIRT_RAM)) {
		return NULL;
	}
	return (uint8_t *)(uintptr_t)(vm->ram + (gpa - VIRT_RAM));
}

/** A received character, by another way than the UART's registers. */
static bool take_input(struct board_machine *machine, uint8_t *byte)
{
	bool got = uart16550_take(&machine->uart, byte);

	if (machine == input_machine) {
		feed(machine);
	}
	return got;
}

/** Moves the bytes of one piece, at most a page. */
static axvcpu_error_t debug_console(struct vm_vcpu *vcpu, const struct axvcpu_exit_hypercall *call)
{
	struct board_machine *machine = vcpu->vm->machine;
	uint64_t function = call->args[6];
	uint64_t count = call->args[0];
	uint64_t done = 0;
	uint8_t *memory;

	if (function != DBCN_WRITE && function != DBCN_READ) {
		guest_console_put(&machine->console, (uint8_t)call->args[0]);
		return riscv_vcpu_set_sbi_result(vcpu->handle, RISCV_VCPU_SBI_SUCCESS, 0);
	}
	memory = memory_at(vcpu->vm, call->args[1], count);
	if (memory == NULL) {
		return riscv_vcpu_set_sbi_result(vcpu->handle, RISCV_VCPU_SBI_ERR_INVALID_PARAM, 0);
	}
	if (function == DBCN_WRITE) {
		for (; done < count; done++) {
			guest_console_put(&machine->console, memory[done]);
		}
	} else {
		while (done < count && take_input(machine, &memory[done])) {
			done++;
		}
	}
	return riscv_vcpu_set_sbi_result(vcpu->handle, RISCV_VCPU_SBI_SUCCESS, done);
}

axvcpu_error_t machine_console_call(struct vm_vcpu *vcpu,
				    const struct axvcpu_exit_hypercall *call)
{
	struct board_machine *machine = vcpu->vm->machine;
	uint8_t byte;

	switch (call->number) {
	case RISCV_VCPU_SBI_LEGACY_PUTCHAR:
		guest_console_put(&machine->console, (uint8_t)call->args[0]);
		return axvcpu_set_return_value(vcpu->handle, 0);
	case RISCV_VCPU_SBI_LEGACY_GETCHAR:
		return axvcpu_set_return_value(vcpu->handle, take_input(machine, &byte) ?
								     byte :
								     LEGACY_NO_CHARACTER);
	default:
		return debug_console(vcpu, call);
	}
}
