/* SPDX-License-Identifier: Apache-2.0 */
/* An arch package of release 0.1: its table has that release's size. */
#include <string.h>

#include "scenario.h"

#define GPRS 8u
#define REG_GPR(n) AXVCPU_REG_ID(AXVCPU_ARCH_MOCK, 3, 0, n)

struct state {
	const struct axvcpu_hal *hal;
	struct axvcpu *handle;
	uint64_t gpr[GPRS];
	uint64_t pc;
	uint64_t root;
	uint64_t step;
};

static axvcpu_error_t percpu_init(void *percpu, void *host, const struct axvcpu_hal *hal)
{
	(void)percpu;
	return host == NULL && hal->ops->alloc_frames != NULL ? AXVCPU_OK : AXVCPU_ERR_HARDWARE;
}

static axvcpu_error_t enable(void *percpu)
{
	*(uint32_t *)percpu = 1u;
	return AXVCPU_OK;
}

static axvcpu_error_t disable(void *percpu)
{
	*(uint32_t *)percpu = 0u;
	return AXVCPU_OK;
}

static uint32_t levels(const void *percpu)
{
	(void)percpu;
	return 4u;
}

static axvcpu_error_t create(void *vcpu, const struct axvcpu_arch_vcpu_info *info,
			     const void *config)
{
	struct state *state = (struct state *)vcpu;

	(void)config;
	CHECK(info->size >= offsetof(struct axvcpu_arch_vcpu_info, hal) + sizeof(info->hal));
	state->hal = info->hal;
	state->handle = info->vcpu;
	return AXVCPU_OK;
}

static void destroy(void *vcpu)
{
	memset(vcpu, 0, sizeof(struct state));
}

static axvcpu_error_t setup(void *vcpu, const void *config)
{
	(void)vcpu;
	return config == NULL ? AXVCPU_OK : AXVCPU_ERR_INVALID_ARGUMENT;
}

static axvcpu_error_t set_entry(void *vcpu, uint64_t entry)
{
	((struct state *)vcpu)->pc = entry;
	return AXVCPU_OK;
}

static axvcpu_error_t set_ept_root(void *vcpu, uint64_t root)
{
	((struct state *)vcpu)->root = root;
	return AXVCPU_OK;
}

static axvcpu_error_t bind(void *vcpu, void *percpu)
{
	(void)vcpu;
	return *(uint32_t *)percpu == 1u ? AXVCPU_OK : AXVCPU_ERR_HARDWARE;
}

static axvcpu_error_t run(void *vcpu, void *percpu, const uint32_t *attention,
			  struct axvcpu_exit *exit)
{
	struct state *state = (struct state *)vcpu;

	(void)percpu;
	CHECK(exit->size >= sizeof(*exit) && *attention == 0u);
	exit->pc = state->pc;
	exit->instruction_length = 4u;
	switch (state->step++) {
	case 0:
		exit->reason = AXVCPU_EXIT_MMIO_READ;
		memset(&exit->u.mmio, 0, sizeof(exit->u.mmio));
		exit->u.mmio.gpa = GUEST_DEVICE;
		exit->u.mmio.width = 1u;
		exit->u.mmio.reg = GUEST_REGISTER;
		exit->u.mmio.reg_width = 8u;
		exit->u.mmio.sign_extend = 1u;
		return AXVCPU_OK;
	case 1:
		exit->reason = AXVCPU_EXIT_HYPERCALL;
		memset(&exit->u.hypercall, 0, sizeof(exit->u.hypercall));
		exit->u.hypercall.number = GUEST_CALL;
		state->pc += 4u;
		return AXVCPU_OK;
	case 2:
		exit->reason = AXVCPU_EXIT_HALT;
		state->pc += 4u;
		return AXVCPU_OK;
	default:
		return AXVCPU_OK;
	}
}

static axvcpu_error_t complete_read(void *vcpu, const struct axvcpu_exit *exit, uint64_t value)
{
	struct state *state = (struct state *)vcpu;

	state->gpr[exit->u.mmio.reg] = value;
	state->pc += 4u;
	return AXVCPU_OK;
}

static axvcpu_error_t finish(void *vcpu, const struct axvcpu_exit *exit)
{
	(void)exit;
	((struct state *)vcpu)->pc += 4u;
	return AXVCPU_OK;
}

static void set_return_value(void *vcpu, uint64_t value)
{
	((struct state *)vcpu)->gpr[0] = value;
}

static axvcpu_error_t set_gpr(void *vcpu, uint32_t reg, uint64_t value)
{
	if (reg >= GPRS) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	((struct state *)vcpu)->gpr[reg] = value;
	return AXVCPU_OK;
}

static axvcpu_error_t get_gpr(void *vcpu, uint32_t reg, uint64_t *value)
{
	if (reg >= GPRS) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	*value = ((struct state *)vcpu)->gpr[reg];
	return AXVCPU_OK;
}

static axvcpu_error_t get_reg(void *vcpu, uint64_t id, void *buffer)
{
	uint32_t reg = AXVCPU_REG_INDEX(id);

	if (reg >= GPRS || id != REG_GPR(reg)) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	memcpy(buffer, &((struct state *)vcpu)->gpr[reg], sizeof(uint64_t));
	return AXVCPU_OK;
}

static axvcpu_error_t set_reg(void *vcpu, uint64_t id, const void *buffer)
{
	uint32_t reg = AXVCPU_REG_INDEX(id);

	if (reg >= GPRS || id != REG_GPR(reg)) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	memcpy(&((struct state *)vcpu)->gpr[reg], buffer, sizeof(uint64_t));
	return AXVCPU_OK;
}

static axvcpu_error_t reg_at(void *vcpu, size_t index, uint64_t *id)
{
	(void)vcpu;
	if (index >= GPRS) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	*id = REG_GPR(index);
	return AXVCPU_OK;
}

static axvcpu_error_t check_interrupt(const void *vcpu, uint32_t vector)
{
	(void)vcpu;
	return vector == GUEST_VECTOR ? AXVCPU_OK : AXVCPU_ERR_INVALID_ARGUMENT;
}

static axvcpu_error_t inject_interrupt(void *vcpu, uint32_t vector)
{
	const struct state *state = (const struct state *)vcpu;

	return state->hal->ops->inject_virtual_interrupt(state->hal->ctx, state->handle, vector);
}

const struct axvcpu_arch_ops *release_arch_ops(void)
{
	static const struct axvcpu_arch_ops ops = {
		.size = sizeof(ops),
		.abi_version = AXVCPU_ABI_VERSION,
		.arch = AXVCPU_ARCH_MOCK,
		.package_version = AXVCPU_VERSION(0, 1, 0),
		.name = "release_arch",
		.percpu_size = sizeof(uint32_t),
		.vcpu_size = sizeof(struct state),
		.percpu_init = percpu_init,
		.hardware_enable = enable,
		.hardware_disable = disable,
		.max_guest_page_table_levels = levels,
		.vcpu_create = create,
		.vcpu_destroy = destroy,
		.setup = setup,
		.set_entry = set_entry,
		.set_ept_root = set_ept_root,
		.bind = bind,
		.unbind = bind,
		.run = run,
		.complete_read = complete_read,
		.complete_write = finish,
		.fail_access = finish,
		.set_return_value = set_return_value,
		.set_gpr = set_gpr,
		.get_gpr = get_gpr,
		.get_reg = get_reg,
		.set_reg = set_reg,
		.reg_at = reg_at,
		.check_interrupt = check_interrupt,
		.inject_interrupt = inject_interrupt,
	};

	return &ops;
}
