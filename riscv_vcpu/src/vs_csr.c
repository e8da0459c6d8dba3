/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's CSRs between memory and the hart. The lists in vcpu.h are all that
 * there is: load, save, and access to a single register are made from them.
 *
 * vsatp is 0 whenever hgatp changes: the hart may translate speculatively with
 * any pair of values that it sees (15.2.10, 15.3.2 on HFENCE and address spaces).
 */
#include "vcpu.h"

static bool uses_sstc(const struct riscv_vcpu *vcpu)
{
	return vcpu->timer_policy == RISCV_VCPU_TIMER_SSTC;
}

/* riscv_vcpu_has() of bits in a register: each write of a CSR would have them loaded anew. */
static inline bool has(uint32_t features, uint32_t needs)
{
	return (features & needs) == needs;
}

/* Twice in the code each: bind and unbind, and both in one. */
#define IN_LINE static inline __attribute__((always_inline))

/* The guest's CSRs come; those that it shares with the hypervisor are kept before. */
IN_LINE void load_guest(struct riscv_vcpu *vcpu, struct riscv_percpu *percpu)
{
	const uint32_t features = vcpu->features.bits;

#define LOAD_CONTROL(name, needs)           \
	if (has(features, needs))           \
		rv_write_##name(vcpu->control.name);
	RISCV_CONTROL_CSRS(LOAD_CONTROL)
#undef LOAD_CONTROL
	riscv_vcpu_vmid_bind(vcpu, percpu);
#define LOAD_VS(name, number, needs)        \
	if (has(features, needs))           \
		rv_write_##name(vcpu->vs.name);
	RISCV_VS_CSRS(LOAD_VS)
#undef LOAD_VS
	if (uses_sstc(vcpu))
		rv_write_vstimecmp(vcpu->vs.vstimecmp);
	rv_write_vsatp(vcpu->vs.vsatp);
}

/* The guest's CSRs go; its timer does not fire any more. */
IN_LINE void save_guest(struct riscv_vcpu *vcpu)
{
	const uint32_t features = vcpu->features.bits;

	vcpu->vs.vsatp = rv_swap_vsatp(0);
	if (uses_sstc(vcpu))
		vcpu->vs.vstimecmp = rv_swap_vstimecmp(UINT64_MAX);
#define SAVE_VS(name, number, needs)        \
	if (has(features, needs))           \
		vcpu->vs.name = rv_read_##name();
	RISCV_VS_CSRS(SAVE_VS)
#undef SAVE_VS
	/* Of the control CSRs, the guest changes only this one (sip.SSIP). */
	vcpu->control.hvip = rv_swap_hvip(0) & HVIP_ALL;
}

void riscv_vcpu_csrs_load(struct riscv_vcpu *vcpu)
{
	struct riscv_percpu *percpu = vcpu->percpu;

	/* These two have no VS copy: the hypervisor's own step aside. */
	percpu->host_scounteren = rv_read_scounteren();
	if (has(vcpu->features.bits, RISCV_VCPU_FEATURE_HENVCFG))
		percpu->host_senvcfg = rv_read_senvcfg();
	load_guest(vcpu, percpu);
}

void riscv_vcpu_csrs_save(struct riscv_vcpu *vcpu)
{
	const struct riscv_percpu *percpu = vcpu->percpu;

	save_guest(vcpu);
	rv_write_vsie(0);
	rv_write_hgatp(0);
	rv_write_scounteren(percpu->host_scounteren);
	if (has(vcpu->features.bits, RISCV_VCPU_FEATURE_HENVCFG))
		rv_write_senvcfg(percpu->host_senvcfg);
}

void riscv_vcpu_csrs_switch(struct riscv_vcpu *from, struct riscv_vcpu *to)
{
	save_guest(from);
	load_guest(to, to->percpu);
}

/* X(name, number, whether this vCPU has it), for all that have a number. */
#define NUMBERED(X)                                   \
	RISCV_VS_CSRS(X)                              \
	X(vstimecmp, 0x14d, RISCV_VCPU_FEATURE_SSTC)  \
	X(vsatp, 0x180, 0)

bool riscv_vcpu_vs_csr_at(size_t index, uint32_t *number, uint32_t *features)
{
	static const struct {
		uint32_t number;
		uint32_t features;
	} list[] = {
#define ENTRY(name, csr, needs) { csr, needs },
		NUMBERED(ENTRY)
#undef ENTRY
	};

	if (index >= sizeof(list) / sizeof(list[0]))
		return false;
	*number = list[index].number;
	*features = list[index].features;
	return true;
}

axvcpu_error_t riscv_vcpu_vs_csr_read(
	const struct riscv_vcpu *vcpu, uint32_t number, uint64_t *value)
{
	switch (number) {
#define READ(name, csr, needs)                                                         \
	case csr:                                                                      \
		if (!riscv_vcpu_has(vcpu, needs))                                      \
			return AXVCPU_ERR_NOT_FOUND;                                   \
		*value = vcpu->percpu != NULL ? rv_read_##name() : vcpu->vs.name;      \
		return AXVCPU_OK;
		NUMBERED(READ)
#undef READ
	default:
		return AXVCPU_ERR_NOT_FOUND;
	}
}

axvcpu_error_t riscv_vcpu_vs_csr_write(struct riscv_vcpu *vcpu, uint32_t number, uint64_t value)
{
	switch (number) {
#define WRITE(name, csr, needs)                       \
	case csr:                                     \
		if (!riscv_vcpu_has(vcpu, needs))     \
			return AXVCPU_ERR_NOT_FOUND;  \
		if (vcpu->percpu != NULL)             \
			rv_write_##name(value);       \
		else                                  \
			vcpu->vs.name = value;        \
		return AXVCPU_OK;
		NUMBERED(WRITE)
#undef WRITE
	default:
		return AXVCPU_ERR_NOT_FOUND;
	}
}

uint64_t riscv_vcpu_hvip_read(const struct riscv_vcpu *vcpu)
{
	return (vcpu->percpu != NULL ? rv_read_hvip() : vcpu->control.hvip) & HVIP_ALL;
}

void riscv_vcpu_hvip_write(struct riscv_vcpu *vcpu, uint64_t value)
{
	if (vcpu->percpu != NULL)
		rv_write_hvip(value);
	else
		vcpu->control.hvip = value;
}
