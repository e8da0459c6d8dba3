/* SPDX-License-Identifier: Apache-2.0 */
/* From the boot CPU with a stack to one guest machine, and its report at the end. */
#include "board.h"
#include "config.h"
#include "console.h"
#include "fdt.h"
#include "pages.h"
#include "vm.h"

/** Memory for one of the library's objects, straight from the page allocator. */
static void *allocate(size_t size)
{
	uint64_t count = (size + PAGE_SIZE - 1) / PAGE_SIZE;
	uint64_t hpa;

	return pages_alloc(count, PAGE_SIZE, &hpa) ? (void *)(uintptr_t)hpa : NULL;
}

/** Joins the HAL with the arch package and turns virtualization on. */
static axvcpu_error_t start_host(struct axvcpu_host **host, struct axvcpu_percpu **percpu)
{
	const struct axvcpu_arch_ops *arch = board_arch_ops();
	size_t size = axvcpu_host_size(arch);
	axvcpu_error_t error;

	error = axvcpu_host_init(allocate(size), size, arch, board_hal_ops(), NULL, host);
	if (error != AXVCPU_OK) {
		return error;
	}
	size = axvcpu_percpu_size(*host);
	error = axvcpu_percpu_init(*host, allocate(size), size, 0, percpu);
	if (error != AXVCPU_OK) {
		return error;
	}
	return axvcpu_hardware_enable(*percpu);
}

/** Makes the machine, runs it to its end or to exit number `kill_at`, and takes it apart. */
static enum vm_status run_machine(const struct config *config, struct axvcpu_host *host,
				  struct vm *vm, uint64_t kill_at, uint64_t *run_time_ns)
{
	uint64_t pages_before = pages_in_use();
	enum vm_status status;
	uint64_t start;

	board_interrupts_init(config);
	status = vm_create(vm, host, config);
	if (status == VM_ALIVE) {
		log_line(AXVCPU_LOG_INFO, "entering the guest at %x with %u MiB", config->entry,
			 config->memory >> 20);
		start = board_time_ns();
		status = vm_run(vm, kill_at);
		*run_time_ns += board_time_ns() - start;
	}
	vm_destroy(vm);
	if (pages_in_use() != pages_before) {
		log_line(AXVCPU_LOG_ERROR, "the machine left %u pages behind",
			 pages_in_use() - pages_before);
		return VM_ERROR;
	}
	return status;
}

static enum vm_status run_guest(const struct config *config, struct vm *vm, uint64_t *run_time_ns)
{
	uint64_t kill_at = config->kill_first;
	struct axvcpu_percpu *percpu;
	struct axvcpu_host *host;
	enum vm_status status;
	axvcpu_error_t error;

	error = start_host(&host, &percpu);
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "no virtualization on this CPU: %s",
			 axvcpu_error_string(error));
		return VM_ERROR;
	}
	while ((status = run_machine(config, host, vm, kill_at, run_time_ns)) == VM_KILLED) {
		log_line(AXVCPU_LOG_INFO, "killed at exit %u", kill_at);
		kill_at += config->kill_step;
	}
	error = axvcpu_percpu_destroy(percpu);
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "virtualization stays on: %s",
			 axvcpu_error_string(error));
		return VM_ERROR;
	}
	return status;
}

void hypervisor_main(void)
{
	extern const uint8_t hypervisor_end[];
	static struct config config;
	static struct vm vm;
	enum vm_status status = VM_BAD_INPUT;
	uint64_t run_time_ns = 0;
	uint64_t ram = 0;
	uint64_t ram_size = 0;
	uint32_t reason;

	console_init();
	if (!fdt_memory((const void *)(uintptr_t)board.device_tree, &ram, &ram_size)) {
		log_line(AXVCPU_LOG_ERROR, "no device tree with the memory of this board");
	}
	pages_init((uint64_t)(uintptr_t)hypervisor_end, ram + ram_size);
	if (config_read(&config)) {
		console_set_log_level((uint32_t)config.log);
		status = run_guest(&config, &vm, &run_time_ns);
	}
	for (reason = 0; reason < AXVCPU_EXIT_REASON_COUNT; reason++) {
		if (vm.exits[reason] != 0) {
			report_line("exits %s %u", axvcpu_exit_reason_string(reason),
				    vm.exits[reason]);
		}
	}
	/* Under QEMU's -icount shift=0 a nanosecond is one executed instruction. */
	report_line("instructions %u", run_time_ns);
	report_line("status %u", (uint64_t)status);
	board_power_off();
}
