/* SPDX-License-Identifier: Apache-2.0 */
#include "arm_vcpu/arm_vcpu.h"
#include "axvcpu/axvcpu.h"
#include "devices.h" /* the hypervisor's own: device_read(), device_write(), call(), idle() */

/* Runs one guest CPU until its machine goes down; -1 if the vCPU cannot go on. */
int run_guest(struct axvcpu_host *host, void *memory, uint64_t entry, uint64_t stage2_root)
{
	const struct axvcpu_create_params params = {
		.size = sizeof(params), .vm_id = 1, .preferred_cpu = AXVCPU_CPU_ANY};
	const struct axvcpu_exit *exit;
	struct axvcpu *vcpu;

	if (axvcpu_create(host, memory, axvcpu_size(host), &params, NULL, &vcpu) != AXVCPU_OK ||
	    axvcpu_setup(vcpu, entry, stage2_root, NULL) != AXVCPU_OK ||
	    axvcpu_bind(vcpu) != AXVCPU_OK)
		return -1;
	while (axvcpu_run(vcpu, &exit) == AXVCPU_OK) {
		switch (exit->reason) {
		case AXVCPU_EXIT_NOTHING:
			break;
		case AXVCPU_EXIT_MMIO_READ:
			axvcpu_complete_read(vcpu, device_read(exit->u.mmio.gpa, exit->u.mmio.width));
			break;
		case AXVCPU_EXIT_MMIO_WRITE:
			device_write(exit->u.mmio.gpa, exit->u.mmio.width, exit->u.mmio.data);
			break;
		case AXVCPU_EXIT_HYPERCALL:
			axvcpu_set_return_value(vcpu, call(exit->u.hypercall.number, exit->u.hypercall.args));
			break;
		case AXVCPU_EXIT_EXTERNAL_INTERRUPT:
			axvcpu_handle_interrupt(host, exit->u.interrupt.vector);
			break;
		case AXVCPU_EXIT_HALT:
			idle();
			axvcpu_unblock(vcpu);
			break;
		case AXVCPU_EXIT_SYSTEM_DOWN:
			return (int)exit->u.system_down.type;
		default: /* an access that nothing here answers: the guest gets its exception */
			if (axvcpu_fail_access(vcpu) != AXVCPU_OK)
				return -1;
		}
	}
	return -1;
}
