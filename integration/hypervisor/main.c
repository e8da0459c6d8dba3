/* SPDX-License-Identifier: Apache-2.0 */
/* From the boot CPU with a stack to the guest machines, and their report at the end. */
#include "board.h"
#include "config.h"
#include "console.h"
#include "fdt.h"
#include "guest_console.h"
#include "pages.h"
#include "save.h"
#include "sched.h"
#include "vm.h"

static struct config config;
static struct axvcpu_host *host;
static struct cpu cpus[CPUS_MAX];
static struct vm vms[CONFIG_MAX_MACHINES];
/** CPUs that are ready to run vCPUs, and those that have stopped. */
static uint32_t ready;
static uint32_t stopped;

/** Joins the HAL with the arch package. */
static axvcpu_error_t start_host(void)
{
	const struct axvcpu_arch_ops *arch = board_arch_ops();
	size_t size = axvcpu_host_size(arch);
	uint64_t hpa;

	if (!pages_alloc((size + PAGE_SIZE - 1) / PAGE_SIZE, PAGE_SIZE, &hpa)) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	return axvcpu_host_init((void *)(uintptr_t)hpa, size, arch, board_hal_ops(), NULL, &host);
}

static bool start_this_cpu(struct cpu *cpu)
{
	axvcpu_error_t error = AXVCPU_ERR_UNSUPPORTED;

	if (board_cpu_init(&config)) {
		board_interrupts_init_cpu(&config);
		error = sched_cpu_start(host, cpu);
	}
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "no virtualization on CPU %u: %s", (uint64_t)cpu->id,
			 axvcpu_error_string(error));
	}
	__atomic_fetch_add(&ready, 1u, __ATOMIC_ACQ_REL);
	return error == AXVCPU_OK;
}

static bool stop_this_cpu(struct cpu *cpu)
{
	axvcpu_error_t error = sched_cpu_stop(cpu);

	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "virtualization stays on: %s", axvcpu_error_string(error));
	}
	__atomic_fetch_add(&stopped, 1u, __ATOMIC_ACQ_REL);
	return error == AXVCPU_OK;
}

static void wait_for(const uint32_t *counter, uint32_t count)
{
	while (__atomic_load_n(counter, __ATOMIC_ACQUIRE) < count) {
		board_relax();
	}
}

void hypervisor_secondary(uint32_t id)
{
	struct cpu *cpu = &cpus[id];

	cpu->id = id;
	board_set_this_cpu(cpu);
	if (start_this_cpu(cpu)) {
		sched_run(cpu);
		(void)stop_this_cpu(cpu);
	}
	for (;;) {
		board_wait();
	}
}

static uint64_t exits_of_machine(const struct vm *vm)
{
	uint64_t sum = 0;
	uint32_t vcpu, reason;

	for (vcpu = 0; vcpu < CONFIG_MAX_CPUS; vcpu++) {
		for (reason = 0; reason < AXVCPU_EXIT_REASON_COUNT; reason++) {
			sum += vm->vcpus[vcpu].exits[reason];
		}
	}
	return sum;
}

/** Makes the machines, runs them to their ends, and takes them apart. VM_ALIVE if all were well. */
static enum vm_status run_machines(uint64_t kill_at, uint64_t *run_time_ns)
{
	uint64_t pages_before = pages_in_use();
	enum vm_status worst = VM_POWERED_OFF;
	enum vm_status status = VM_ALIVE;
	uint64_t start;
	uint32_t i;

	board_interrupts_init(&config);
	for (i = 0; i < config.machine_count && status == VM_ALIVE; i++) {
		status = vm_create(&vms[i], host, i, &config.machines[i], sched_cpu_count());
		vms[i].kill_at = kill_at;
		vms[i].renew = config.renew;
		vms[i].move = config.move;
		vms[i].save_after = config.save_after;
		if (i == 0 && config.again != 0) {
			vms[i].again = config.again;
			vms[i].test_devices.machine = config.again_first;
		}
	}
	if (status == VM_ALIVE) {
		log_line(AXVCPU_LOG_INFO, "entering the guest at %x with %u MiB",
			 config.machines[0].entry, config.machines[0].memory >> 20);
		start = board_time_ns();
		for (i = 0; i < config.machine_count; i++) {
			sched_add(&vms[i]);
		}
		sched_run(&cpus[0]);
		*run_time_ns += board_time_ns() - start;
	} else {
		worst = status;
	}
	for (i = 0; i < config.machine_count; i++) {
		sched_remove(&vms[i]);
		if (status == VM_ALIVE && config.machine_count > 1) {
			log_line(AXVCPU_LOG_INFO, "machine %u ended with status %u", (uint64_t)i,
				 (uint64_t)vms[i].status);
			log_line(AXVCPU_LOG_INFO, "exits of machine %u: %u", (uint64_t)i,
				 exits_of_machine(&vms[i]));
		}
		if (status == VM_ALIVE && worst == VM_POWERED_OFF) {
			worst = (enum vm_status)vms[i].status;
			if (worst == VM_GUEST_EXIT) {
				report_line("exit %u", vms[i].exit_value);
			}
		}
		if (vms[i].status == VM_SAVED) {
			save_report(&vms[i]);
		}
		vm_destroy(&vms[i]);
	}
	if (pages_in_use() != pages_before) {
		log_line(AXVCPU_LOG_ERROR, "the machine left %u pages behind",
			 pages_in_use() - pages_before);
		return VM_ERROR;
	}
	return worst;
}

static void console_has_text(void)
{
	save_request(&vms[0]);
}

static enum vm_status run_guests(uint64_t *run_time_ns)
{
	uint64_t kill_at = config.kill_first;
	enum vm_status status;
	axvcpu_error_t error;
	uint32_t count;

	error = start_host();
	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "the library refuses this machine: %s",
			 axvcpu_error_string(error));
		return VM_ERROR;
	}
	board_interrupts_init(&config);
	if (!start_this_cpu(&cpus[0])) {
		return VM_ERROR;
	}
	count = board_start_cpus(CPUS_MAX);
	wait_for(&ready, count);
	sched_set_cpu_count(count);
	log_line(AXVCPU_LOG_INFO, "%u physical CPUs", (uint64_t)count);
	guest_console_watch(config.save_at, console_has_text);
	while ((status = run_machines(kill_at, run_time_ns)) == VM_KILLED) {
		log_line(AXVCPU_LOG_INFO, "killed at exit %u", kill_at);
		kill_at += config.kill_step;
	}
	sched_stop();
	wait_for(&stopped, count - 1);
	return stop_this_cpu(&cpus[0]) ? status : VM_ERROR;
}

static uint64_t renewals(uint64_t *moves)
{
	uint64_t sum = 0;
	uint32_t vm;
	uint32_t vcpu;

	for (vm = 0; vm < CONFIG_MAX_MACHINES; vm++) {
		for (vcpu = 0; vcpu < CONFIG_MAX_CPUS; vcpu++) {
			sum += vms[vm].vcpus[vcpu].renewals;
			*moves += vms[vm].vcpus[vcpu].moves;
		}
	}
	return sum;
}

static uint64_t exits_of_reason(uint32_t reason)
{
	uint64_t sum = 0;
	uint32_t vm;
	uint32_t vcpu;

	for (vm = 0; vm < CONFIG_MAX_MACHINES; vm++) {
		for (vcpu = 0; vcpu < CONFIG_MAX_CPUS; vcpu++) {
			sum += vms[vm].vcpus[vcpu].exits[reason];
		}
	}
	return sum;
}

void hypervisor_main(void)
{
	enum vm_status status = VM_BAD_INPUT;
	uint64_t run_time_ns = 0;
	uint64_t ram = 0;
	uint64_t ram_size = 0;
	uint64_t moves = 0;
	uint32_t reason;

	board_set_this_cpu(&cpus[0]);
	board_console_init();
	if (!fdt_memory((const void *)(uintptr_t)board.device_tree, &ram, &ram_size)) {
		log_line(AXVCPU_LOG_ERROR, "no device tree with the memory of this board");
	}
	pages_init(board_free_memory(), ram + ram_size);
	if (config_read(&config)) {
		console_set_log_level((uint32_t)config.log);
		status = run_guests(&run_time_ns);
	}
	if (config.renew != 0 || config.move != 0) {
		log_line(AXVCPU_LOG_INFO, "vCPUs made anew: %u", renewals(&moves));
		log_line(AXVCPU_LOG_INFO, "vCPUs moved to another CPU: %u", moves);
	}
	for (reason = 0; reason < AXVCPU_EXIT_REASON_COUNT; reason++) {
		if (exits_of_reason(reason) != 0) {
			report_line("exits %s %u", axvcpu_exit_reason_string(reason),
				    exits_of_reason(reason));
		}
	}
	/* Under QEMU's -icount shift=0 a nanosecond is one executed instruction. */
	report_line("instructions %u", run_time_ns);
	report_line("status %u", (uint64_t)status);
	board_power_off();
}
