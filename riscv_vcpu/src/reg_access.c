/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers by id. The list's order is the order in which they are to be written:
 * the time difference before the timer, the pc before a CSR write that is due,
 * vtype with the vector registers last.
 */
#include "exits.h"

enum { SSTATUS = 0x100, SIE = 0x104, STVEC = 0x105, SCOUNTEREN = 0x106, SENVCFG = 0x10a,
       SATP = 0x180 };
enum { FCSR = 32, VTYPE = 2, VECTOR_CSRS = 4, VECTOR_FIRST = 32 };
enum { CORE_FIRST = 1, CORE_END = RISCV_VCPU_CORE_CSR_VALUE + 1 };
/* Beyond RISCV_VCPU_CORE_TIME, which is in no list. */
enum { CORE_MORE_FIRST = RISCV_VCPU_CORE_STEAL, CORE_MORE_END = RISCV_VCPU_CORE_SUSPENDED + 1 };

axvcpu_error_t riscv_vcpu_set_gpr(void *state, uint32_t reg, uint64_t value)
{
	if (reg > 31)
		return AXVCPU_ERR_INVALID_ARGUMENT;
	riscv_vcpu_write_gpr(state, reg, value);
	return AXVCPU_OK;
}

axvcpu_error_t riscv_vcpu_get_gpr(void *state, uint32_t reg, uint64_t *value)
{
	const struct riscv_vcpu *vcpu = state;

	if (reg > 31)
		return AXVCPU_ERR_INVALID_ARGUMENT;
	*value = vcpu->gpr[reg];
	return AXVCPU_OK;
}

static axvcpu_error_t get_core(const struct riscv_vcpu *vcpu, uint32_t index, uint64_t *value)
{
	switch (index) {
	case RISCV_VCPU_CORE_PC:
		*value = vcpu->pc;
		break;
	case RISCV_VCPU_CORE_MODE:
		*value = riscv_vcpu_in_vs(vcpu) ? 1 : 0;
		break;
	case RISCV_VCPU_CORE_TIME_DELTA:
		*value = vcpu->control.htimedelta;
		break;
	case RISCV_VCPU_CORE_TIMER:
		*value = riscv_vcpu_timer_get(vcpu);
		break;
	case RISCV_VCPU_CORE_PENDING:
		*value = riscv_vcpu_hvip_read(vcpu);
		break;
	case RISCV_VCPU_CORE_CSR_WRITE:
		*value = (vcpu->due & RISCV_DUE_CSR_WRITE) != 0 ? vcpu->fault.csr_insn : 0;
		break;
	case RISCV_VCPU_CORE_CSR_VALUE:
		*value = (vcpu->due & RISCV_DUE_CSR_WRITE) != 0 ? vcpu->fault.csr_value : 0;
		break;
	case RISCV_VCPU_CORE_STEAL:
		*value = vcpu->steal.gpa;
		break;
	case RISCV_VCPU_CORE_SUSPENDED:
		*value = (vcpu->due & RISCV_DUE_HALT) != 0 ? 1 : 0;
		break;
	case RISCV_VCPU_CORE_TIME:
		*value = rv_read_time() + vcpu->control.htimedelta;
		break;
	default:
		if (index < CORE_FIRST || index > 31)
			return AXVCPU_ERR_NOT_FOUND;
		*value = vcpu->gpr[index];
		break;
	}
	return AXVCPU_OK;
}

static void set_time_delta(struct riscv_vcpu *vcpu, uint64_t delta)
{
	vcpu->control.htimedelta = delta;
	if (vcpu->percpu != NULL)
		rv_write_htimedelta(delta);
}

/* Makes the write half of a CSR instruction due; 0 ends one. */
static axvcpu_error_t set_csr_write(struct riscv_vcpu *vcpu, uint64_t insn)
{
	if (insn != 0) {
		if (insn > UINT32_MAX || !riscv_vcpu_csr_reads_and_writes((uint32_t)insn))
			return AXVCPU_ERR_INVALID_ARGUMENT;
		vcpu->fault.csr_insn = (uint32_t)insn;
	}
	vcpu->due &= ~(uint32_t)RISCV_DUE_CSR_WRITE;
	if (insn != 0)
		vcpu->due |= RISCV_DUE_CSR_WRITE;
	return AXVCPU_OK;
}

static axvcpu_error_t set_core(struct riscv_vcpu *vcpu, uint32_t index, uint64_t value)
{
	switch (index) {
	case RISCV_VCPU_CORE_PC:
		if ((value & 1) != 0)
			return AXVCPU_ERR_INVALID_ARGUMENT;
		vcpu->pc = value;
		/* The instruction that was half done is no longer the one to run. */
		vcpu->due &= ~(uint32_t)(RISCV_DUE_CSR_WRITE | RISCV_DUE_HALT);
		break;
	case RISCV_VCPU_CORE_MODE:
		if (value > 1)
			return AXVCPU_ERR_INVALID_ARGUMENT;
		/* SPP decides where sret goes, SPVP whose accesses HLV makes. */
		vcpu->sstatus &= ~SSTATUS_SPP;
		vcpu->hstatus &= ~HSTATUS_SPVP;
		if (value == 1) {
			vcpu->sstatus |= SSTATUS_SPP;
			vcpu->hstatus |= HSTATUS_SPVP;
		}
		break;
	case RISCV_VCPU_CORE_TIME_DELTA:
		set_time_delta(vcpu, value);
		break;
	case RISCV_VCPU_CORE_TIMER:
		riscv_vcpu_timer_set(vcpu, value);
		break;
	case RISCV_VCPU_CORE_PENDING:
		if ((value & ~HVIP_ALL) != 0)
			return AXVCPU_ERR_INVALID_ARGUMENT;
		riscv_vcpu_hvip_write(vcpu, value);
		break;
	case RISCV_VCPU_CORE_CSR_WRITE:
		return set_csr_write(vcpu, value);
	case RISCV_VCPU_CORE_CSR_VALUE:
		vcpu->fault.csr_value = value;
		break;
	case RISCV_VCPU_CORE_STEAL:
		if (value != RISCV_STEAL_OFF &&
		    (value % RISCV_STEAL_BYTES != 0 || !riscv_vcpu_steal_possible(vcpu)))
			return AXVCPU_ERR_INVALID_ARGUMENT;
		riscv_vcpu_steal_set(vcpu, value);
		break;
	case RISCV_VCPU_CORE_SUSPENDED:
		if (value > 1)
			return AXVCPU_ERR_INVALID_ARGUMENT;
		vcpu->due &= ~(uint32_t)RISCV_DUE_HALT;
		if (value == 1)
			vcpu->due |= RISCV_DUE_HALT;
		break;
	case RISCV_VCPU_CORE_TIME:
		set_time_delta(vcpu, value - rv_read_time());
		break;
	default:
		if (index < CORE_FIRST || index > 31)
			return AXVCPU_ERR_NOT_FOUND;
		vcpu->gpr[index] = value;
		break;
	}
	return AXVCPU_OK;
}

/* Whether the guest itself could have given the CSR this value. */
static bool csr_value_ok(const struct riscv_vcpu *vcpu, uint32_t number, uint64_t value)
{
	const uint64_t mode = value >> ATP_MODE_SHIFT;

	switch (number) {
	case SSTATUS:
		return (value & SSTATUS_UXL) == SSTATUS_UXL_64 &&
		       (value & ~(SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_UBE | SSTATUS_SPP |
				  SSTATUS_VS | SSTATUS_FS | SSTATUS_SUM | SSTATUS_MXR |
				  SSTATUS_UXL | SSTATUS_SD)) == 0;
	case SIE:
		return (value & ~(HVIP_ALL >> 1)) == 0;
	case STVEC:
		return (value & 2) == 0;
	case SCOUNTEREN:
		return value <= UINT32_MAX;
	case SENVCFG:
		return (value & ~(ENVCFG_FIOM | ENVCFG_LPE | ENVCFG_SSE | ENVCFG_CBIE | ENVCFG_CBCFE |
				  ENVCFG_CBZE | ENVCFG_PMM)) == 0;
	case SATP:
		return mode == 0 || (mode >= SATP_MODE_SV39 && mode <= SATP_MODE_SV57 &&
				     riscv_vcpu_has(vcpu, riscv_vsatp_feature(mode)));
	default:
		return true;
	}
}

static axvcpu_error_t set_csr(struct riscv_vcpu *vcpu, uint32_t number, uint64_t value)
{
	uint64_t present;
	axvcpu_error_t error = riscv_vcpu_vs_csr_read(vcpu, number, &present);

	if (error != AXVCPU_OK)
		return error;
	if (!csr_value_ok(vcpu, number, value))
		return AXVCPU_ERR_INVALID_ARGUMENT;
	return riscv_vcpu_vs_csr_write(vcpu, number, value);
}

/* Size of a vector register's pieces, and how many of them one has. */
static uint32_t piece_bytes(const struct riscv_vcpu *vcpu)
{
	return vcpu->features.vlenb < AXVCPU_REG_MAX_SIZE ? vcpu->features.vlenb :
							    AXVCPU_REG_MAX_SIZE;
}

/* log2 of a power of two */
static uint32_t log2_of(uint32_t value)
{
	uint32_t log = 0;

	while ((value >> log) > 1)
		log++;
	return log;
}

/* Where an FP or vector register is in memory, with the size that its id must have. */
static void *extended_place(struct riscv_vcpu *vcpu, uint32_t reg_class, uint32_t index,
			    uint32_t *size)
{
	if (reg_class == RISCV_VCPU_REG_FP && (vcpu->extended & RISCV_STATE_FP) != 0) {
		*size = index == FCSR ? 4 : 8;
		if (index <= 31)
			return &vcpu->fp.f[index];
		return index == FCSR ? &vcpu->fp.fcsr : NULL;
	}
	if (reg_class == RISCV_VCPU_REG_VECTOR && (vcpu->extended & RISCV_STATE_VECTOR) != 0) {
		uint64_t *const csrs[VECTOR_CSRS] = {
			&vcpu->vector.vstart,
			&vcpu->vector.vl,
			&vcpu->vector.vtype,
			&vcpu->vector.vcsr,
		};

		*size = 8;
		if (index < VECTOR_CSRS)
			return csrs[index];
		*size = piece_bytes(vcpu);
		if (index >= VECTOR_FIRST &&
		    (uint64_t)(index - VECTOR_FIRST) * *size < UINT64_C(32) * vcpu->features.vlenb)
			return vcpu->vector_regs + (uint64_t)(index - VECTOR_FIRST) * *size;
	}
	return NULL;
}

/* Registers of class RISCV_VCPU_REG_PMU. */
enum { PMU_SNAPSHOT = 0, PMU_FIRST = 2, PMU_END = PMU_FIRST + 2 * RISCV_PMU_COUNTERS };
enum { PMU_STATE_SHIFT = 32 };

static bool pmu_exists(const struct riscv_vcpu *vcpu, uint32_t index)
{
	return index == PMU_SNAPSHOT ||
	       (index >= PMU_FIRST && index < PMU_END &&
		riscv_vcpu_pmu_exists(vcpu, (index - PMU_FIRST) / 2));
}

static axvcpu_error_t get_pmu(const struct riscv_vcpu *vcpu, uint32_t index, uint64_t *value)
{
	const uint32_t counter = (index - PMU_FIRST) / 2;

	if (!pmu_exists(vcpu, index))
		return AXVCPU_ERR_NOT_FOUND;
	if (index == PMU_SNAPSHOT)
		*value = vcpu->pmu.snapshot;
	else if (index % 2 == 0)
		*value = vcpu->pmu.counters[counter].event |
			 ((uint64_t)vcpu->pmu.counters[counter].state << PMU_STATE_SHIFT);
	else
		*value = riscv_vcpu_pmu_get(vcpu, counter);
	return AXVCPU_OK;
}

/* What a counter is configured for, as the guest itself could have done it. */
static axvcpu_error_t set_pmu_state(struct riscv_vcpu *vcpu, uint32_t counter, uint64_t value)
{
	const uint32_t event = (uint32_t)value;
	const uint64_t state = value >> PMU_STATE_SHIFT;

	if (state != 0 && state != RISCV_PMU_IN_USE &&
	    state != (RISCV_PMU_IN_USE | RISCV_PMU_STARTED))
		return AXVCPU_ERR_INVALID_ARGUMENT;
	if (!riscv_vcpu_pmu_can_count(vcpu, counter, event) && (state != 0 || event != 0))
		return AXVCPU_ERR_INVALID_ARGUMENT;
	riscv_vcpu_pmu_change(vcpu, counter, event, (uint32_t)state);
	return AXVCPU_OK;
}

static axvcpu_error_t set_pmu(struct riscv_vcpu *vcpu, uint32_t index, uint64_t value)
{
	if (!pmu_exists(vcpu, index))
		return AXVCPU_ERR_NOT_FOUND;
	if (index == PMU_SNAPSHOT) {
		if (value != RISCV_PMU_NO_SNAPSHOT && value % RISCV_PMU_SNAPSHOT_BYTES != 0)
			return AXVCPU_ERR_INVALID_ARGUMENT;
		vcpu->pmu.snapshot = value;
		return AXVCPU_OK;
	}
	if (index % 2 == 0)
		return set_pmu_state(vcpu, (index - PMU_FIRST) / 2, value);
	riscv_vcpu_pmu_set(vcpu, (index - PMU_FIRST) / 2, value);
	return AXVCPU_OK;
}

/* The PMU's register at a position among those that this vCPU has; counts them otherwise. */
static bool pmu_at(const struct riscv_vcpu *vcpu, size_t *index, uint64_t *number)
{
	for (uint32_t i = 0; i < PMU_END; i++) {
		if (!pmu_exists(vcpu, i))
			continue;
		if (*index == 0) {
			*number = i;
			return true;
		}
		(*index)--;
	}
	return false;
}

static void copy(void *to, const void *from, uint32_t size)
{
	uint8_t *target = to;
	const uint8_t *source = from;

	for (uint32_t i = 0; i < size; i++)
		target[i] = source[i];
}

axvcpu_error_t riscv_vcpu_get_reg(void *state, uint64_t id, void *buffer)
{
	struct riscv_vcpu *vcpu = state;
	const uint32_t index = AXVCPU_REG_INDEX(id);
	axvcpu_error_t error;
	uint64_t value = 0;
	uint32_t size = 8;
	const void *place;

	switch (AXVCPU_REG_CLASS(id)) {
	case RISCV_VCPU_REG_CORE:
		error = get_core(vcpu, index, &value);
		break;
	case RISCV_VCPU_REG_CSR:
		error = riscv_vcpu_vs_csr_read(vcpu, index, &value);
		break;
	case RISCV_VCPU_REG_PMU:
		error = get_pmu(vcpu, index, &value);
		break;
	case RISCV_VCPU_REG_IMSIC:
		error = riscv_vcpu_imsic_get(vcpu, index, &value);
		break;
	default:
		place = extended_place(vcpu, AXVCPU_REG_CLASS(id), index, &size);
		if (place == NULL || AXVCPU_REG_SIZE(id) != size)
			return AXVCPU_ERR_NOT_FOUND;
		riscv_vcpu_extended_sync(vcpu);
		copy(buffer, place, size);
		return AXVCPU_OK;
	}
	if (error == AXVCPU_OK && AXVCPU_REG_SIZE(id) != size)
		error = AXVCPU_ERR_NOT_FOUND;
	if (error == AXVCPU_OK)
		copy(buffer, &value, size);
	return error;
}

static axvcpu_error_t set_extended(struct riscv_vcpu *vcpu, uint64_t id, const void *buffer)
{
	const uint32_t index = AXVCPU_REG_INDEX(id);
	uint32_t size = 0;
	void *place = extended_place(vcpu, AXVCPU_REG_CLASS(id), index, &size);

	if (place == NULL || AXVCPU_REG_SIZE(id) != size)
		return AXVCPU_ERR_NOT_FOUND;
	if (AXVCPU_REG_CLASS(id) == RISCV_VCPU_REG_FP && index == FCSR) {
		uint32_t value;

		copy(&value, buffer, sizeof(value));
		/* frm and fflags */
		if (value > 0xff)
			return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	riscv_vcpu_extended_sync(vcpu);
	copy(place, buffer, size);
	riscv_vcpu_extended_reload(vcpu);
	return AXVCPU_OK;
}

axvcpu_error_t riscv_vcpu_set_reg(void *state, uint64_t id, const void *buffer)
{
	struct riscv_vcpu *vcpu = state;
	const uint32_t reg_class = AXVCPU_REG_CLASS(id);
	uint64_t value;

	if (reg_class != RISCV_VCPU_REG_CORE && reg_class != RISCV_VCPU_REG_CSR &&
	    reg_class != RISCV_VCPU_REG_PMU && reg_class != RISCV_VCPU_REG_IMSIC)
		return set_extended(vcpu, id, buffer);
	if (AXVCPU_REG_SIZE(id) != sizeof(value))
		return AXVCPU_ERR_NOT_FOUND;
	copy(&value, buffer, sizeof(value));
	if (reg_class == RISCV_VCPU_REG_CORE)
		return set_core(vcpu, AXVCPU_REG_INDEX(id), value);
	if (reg_class == RISCV_VCPU_REG_PMU)
		return set_pmu(vcpu, AXVCPU_REG_INDEX(id), value);
	if (reg_class == RISCV_VCPU_REG_IMSIC)
		return riscv_vcpu_imsic_set(vcpu, AXVCPU_REG_INDEX(id), value);
	return set_csr(vcpu, AXVCPU_REG_INDEX(id), value);
}

static uint64_t reg_id(uint32_t size_log2, uint32_t reg_class, uint64_t index)
{
	return AXVCPU_REG_ID(AXVCPU_ARCH_RISCV64, size_log2, reg_class, index);
}

/* The CSR at a position among those that this vCPU has; counts them otherwise. */
static bool csr_at(const struct riscv_vcpu *vcpu, size_t *index, uint64_t *id)
{
	uint32_t number, features;

	for (size_t i = 0; riscv_vcpu_vs_csr_at(i, &number, &features); i++) {
		if (!riscv_vcpu_has(vcpu, features))
			continue;
		if (*index == 0) {
			*id = reg_id(3, RISCV_VCPU_REG_CSR, number);
			return true;
		}
		(*index)--;
	}
	return false;
}

axvcpu_error_t riscv_vcpu_reg_at(void *state, size_t index, uint64_t *id)
{
	const struct riscv_vcpu *vcpu = state;
	uint64_t number;

	if (index < CORE_END - CORE_FIRST) {
		*id = reg_id(3, RISCV_VCPU_REG_CORE, index + CORE_FIRST);
		return AXVCPU_OK;
	}
	index -= CORE_END - CORE_FIRST;
	if (index < CORE_MORE_END - CORE_MORE_FIRST) {
		*id = reg_id(3, RISCV_VCPU_REG_CORE, index + CORE_MORE_FIRST);
		return AXVCPU_OK;
	}
	index -= CORE_MORE_END - CORE_MORE_FIRST;
	if (csr_at(vcpu, &index, id))
		return AXVCPU_OK;
	if (pmu_at(vcpu, &index, &number)) {
		*id = reg_id(3, RISCV_VCPU_REG_PMU, number);
		return AXVCPU_OK;
	}
	if (riscv_vcpu_imsic_at(vcpu, &index, &number)) {
		*id = reg_id(3, RISCV_VCPU_REG_IMSIC, number);
		return AXVCPU_OK;
	}
	if ((vcpu->extended & RISCV_STATE_FP) != 0) {
		if (index <= FCSR) {
			*id = reg_id(index == FCSR ? 2 : 3, RISCV_VCPU_REG_FP, index);
			return AXVCPU_OK;
		}
		index -= FCSR + 1;
	}
	if ((vcpu->extended & RISCV_STATE_VECTOR) != 0) {
		if (index < VECTOR_CSRS) {
			*id = reg_id(3, RISCV_VCPU_REG_VECTOR, index);
			return AXVCPU_OK;
		}
		index -= VECTOR_CSRS;
		if (index < UINT64_C(32) * vcpu->features.vlenb / piece_bytes(vcpu)) {
			*id = reg_id(log2_of(piece_bytes(vcpu)), RISCV_VCPU_REG_VECTOR,
				     VECTOR_FIRST + index);
			return AXVCPU_OK;
		}
	}
	return AXVCPU_ERR_NOT_FOUND;
}
