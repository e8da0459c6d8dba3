/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the trace of a short scripted guest to a file, for the test of the tool. */
#include <stdio.h>
#include <stdlib.h>

#include "axvcpu/axvcpu.h"
#include "hal_mock/arch_mock.h"
#include "hal_mock/hal_mock.h"

enum { ARENA = 16 * AXVCPU_FRAME_SIZE, RECORDS = 8, STEPS = 6 };

static uint64_t clock_tick(void *ctx)
{
	uint64_t *now = ctx;

	*now += 125;
	return *now;
}

static void check(axvcpu_error_t error)
{
	if (error != AXVCPU_OK) {
		fprintf(stderr, "trace_sample: %s\n", axvcpu_error_string(error));
		exit(1);
	}
}

static void *block(size_t size)
{
	size_t rounded = (size + AXVCPU_FRAME_SIZE - 1) / AXVCPU_FRAME_SIZE * AXVCPU_FRAME_SIZE;
	void *memory = aligned_alloc(AXVCPU_FRAME_SIZE, rounded);

	if (memory == NULL) {
		exit(1);
	}
	return memory;
}

static void run(struct axvcpu *vcpu)
{
	for (int i = 0; i < STEPS; i++) {
		const struct axvcpu_exit *exit;

		check(axvcpu_run(vcpu, &exit));
		if (exit->reason == AXVCPU_EXIT_MMIO_READ) {
			check(axvcpu_complete_read(vcpu, 0));
		}
	}
}

int main(int argc, char **argv)
{
	static struct hal_mock mock;
	struct arch_mock_step steps[STEPS] = { 0 };
	struct arch_mock_script script = { steps, STEPS, 0 };
	struct arch_mock_create_config create = { sizeof(create), 0, &script };
	struct axvcpu_create_params params = { .size = sizeof(params),
					       .vm_id = 3,
					       .vcpu_id = 1,
					       .preferred_cpu = AXVCPU_CPU_ANY };
	uint64_t now = 0;
	struct axvcpu_trace_config config = { sizeof(config), 0, clock_tick, &now, 1000000000 };
	struct axvcpu_hal_ops hal;
	struct axvcpu_host *host;
	struct axvcpu_percpu *percpu;
	struct axvcpu *vcpu;
	size_t size = axvcpu_trace_size(RECORDS);
	void *trace = block(size);
	FILE *file;

	if (argc != 2) {
		return 2;
	}
	for (int i = 0; i < STEPS; i++) {
		if (i % 3 != 0) {
			steps[i].exit.reason = AXVCPU_EXIT_HYPERCALL;
			steps[i].exit.u.hypercall.number = 0x100u + (unsigned int)i;
			continue;
		}
		steps[i].exit.reason = AXVCPU_EXIT_MMIO_READ;
		steps[i].exit.u.mmio.width = 4;
		steps[i].exit.u.mmio.reg_width = 4;
		steps[i].exit.u.mmio.gpa = 0x9000000u + (unsigned int)i;
	}
	hal_mock_init(&mock, block(ARENA), ARENA);
	hal_mock_fill_ops(&hal);
	check(axvcpu_host_init(block(axvcpu_host_size(arch_mock_ops())),
			       axvcpu_host_size(arch_mock_ops()), arch_mock_ops(), &hal, &mock,
			       &host));
	check(axvcpu_percpu_init(host, block(axvcpu_percpu_size(host)), axvcpu_percpu_size(host),
				 0, &percpu));
	check(axvcpu_hardware_enable(percpu));
	check(axvcpu_create(host, block(axvcpu_size(host)), axvcpu_size(host), &params, &create,
			    &vcpu));
	check(axvcpu_setup(vcpu, 0x40200000, 0x80000000, NULL));
	check(axvcpu_bind(vcpu));
	check(axvcpu_trace_start(vcpu, trace, size, &config));
	run(vcpu);
	file = fopen(argv[1], "wb");
	if (file == NULL || fwrite(trace, 1, size, file) != size || fclose(file) != 0) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
