/* SPDX-License-Identifier: Apache-2.0 */
/* From the boot CPU with a stack to one guest machine, and its report at the end. */
#include "board.h"
#include "config.h"
#include "console.h"
#include "fw_cfg.h"
#include "pages.h"
#include "text.h"
#include "vm.h"

/** Memory for one of the library's objects, straight from the page allocator. */
static void *allocate(size_t size)
{
	uint64_t count = (size + PAGE_SIZE - 1) / PAGE_SIZE;
	uint64_t hpa;

	return pages_alloc(count, PAGE_SIZE, &hpa) ? (void *)(uintptr_t)hpa : NULL;
}

/** Joins the HAL with the arch package and turns virtualization on. */
static axvcpu_error_t start_host(struct axvcpu_host **host)
{
	const struct axvcpu_arch_ops *arch = board_arch_ops();
	size_t size = axvcpu_host_size(arch);
	struct axvcpu_percpu *percpu;
	axvcpu_error_t error;

	error = axvcpu_host_init(allocate(size), size, arch, board_hal_ops(), NULL, host);
	if (error != AXVCPU_OK) {
		return error;
	}
	size = axvcpu_percpu_size(*host);
	error = axvcpu_percpu_init(*host, allocate(size), size, 0, &percpu);
	if (error != AXVCPU_OK) {
		return error;
	}
	return axvcpu_hardware_enable(percpu);
}

static enum vm_status run_guest(const struct config *config, struct vm *vm, uint64_t *run_time_ns)
{
	struct axvcpu_host *host;
	enum vm_status status;
	axvcpu_error_t error;
	uint64_t start;

	board_interrupts_init(config);
	error = start_host(&host);
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "no virtualization on this CPU: %s",
			 axvcpu_error_string(error));
		return VM_ERROR;
	}
	status = vm_create(vm, host, config);
	if (status != VM_POWERED_OFF) {
		return status;
	}
	log_line(AXVCPU_LOG_INFO, "entering the guest at %x with %u MiB", config->entry,
		 config->memory >> 20);
	start = board_time_ns();
	status = vm_run(vm);
	*run_time_ns = board_time_ns() - start;
	return status;
}

void hypervisor_main(void)
{
	extern const uint8_t hypervisor_end[];
	static struct config config;
	static struct vm vm;
	enum vm_status status = VM_BAD_INPUT;
	uint64_t run_time_ns = 0;
	uint32_t reason;

	console_init();
	pages_init((uint64_t)(uintptr_t)hypervisor_end, board.ram + fw_cfg_ram_size());
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
