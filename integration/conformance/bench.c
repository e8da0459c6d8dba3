/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many instructions a run costs: from one return of axvcpu_run() to the next, with
 * a guest that does nothing but call the hypervisor. Prints hundredths of them.
 */
#include "kernel.h"

#define WARM_UP 64u
#define RUNS 16384u
#define HUNDREDTHS 100u
#define BLOCK_SIZE (64u * 1024u)

/** Ends the kernel if something of the preparation fails. */
static void must(axvcpu_error_t error, const char *what)
{
	if (error != AXVCPU_OK) {
		kernel_print(what);
		kernel_print(": ");
		kernel_print(axvcpu_error_string(error));
		kernel_print("\n");
		board_power_off();
	}
}

static struct axvcpu *make_vcpu(const struct axvcpu_conformance_config *config)
{
	static _Alignas(AXVCPU_MEMORY_ALIGN) unsigned char host_memory[BLOCK_SIZE];
	static _Alignas(AXVCPU_MEMORY_ALIGN) unsigned char percpu_memory[BLOCK_SIZE];
	static _Alignas(AXVCPU_MEMORY_ALIGN) unsigned char vcpu_memory[BLOCK_SIZE];
	const struct axvcpu_create_params params = {
		.size = sizeof(params), .vm_id = 1u, .preferred_cpu = AXVCPU_CPU_ANY,
	};
	struct axvcpu_host *host;
	struct axvcpu_percpu *percpu;
	struct axvcpu *vcpu;

	must(axvcpu_host_init(host_memory, sizeof(host_memory), config->arch, &kernel_hal, NULL,
			      &host),
	     "host");
	must(axvcpu_percpu_init(host, percpu_memory, sizeof(percpu_memory), board_cpu(), &percpu),
	     "percpu");
	must(axvcpu_hardware_enable(percpu), "enable");
	must(axvcpu_create(host, vcpu_memory, sizeof(vcpu_memory), &params,
			   config->create_config(NULL, 0), &vcpu),
	     "create");
	must(axvcpu_setup(vcpu, config->guest.entry + GUEST_CALLS_OFFSET, config->guest.ept_root,
			  config->setup_config(NULL, 0)),
	     "setup");
	must(axvcpu_bind(vcpu), "bind");
	return vcpu;
}

static void run_times(struct axvcpu *vcpu, uint32_t times)
{
	const struct axvcpu_exit *exit;

	while (times-- != 0u) {
		if (axvcpu_run(vcpu, &exit) != AXVCPU_OK ||
		    exit->reason != AXVCPU_EXIT_HYPERCALL) {
			must(AXVCPU_ERR_HARDWARE, "run");
		}
	}
}

void kernel_main(void)
{
	struct axvcpu_conformance_config config = { 0 };
	struct axvcpu *vcpu;
	uint64_t start;

	variants[0].configure(&config);
	vcpu = make_vcpu(&config);
	run_times(vcpu, WARM_UP);
	start = board_instructions();
	run_times(vcpu, RUNS);
	kernel_print("hundredths ");
	kernel_print_decimal((uint32_t)((board_instructions() - start) * HUNDREDTHS / RUNS));
	kernel_print("\ndone\n");
	board_power_off();
}
