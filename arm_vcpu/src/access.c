/* SPDX-License-Identifier: Apache-2.0 */
#include "access.h"

#include "at.h"
#include "decode.h"
#include "guest_fetch.h"
#include "operands.h"
#include "reg_access.h"
#include "regs.h"
#include "state.h"
#include "step.h"
#include "sysreg.h"

#define PAGE_BYTES 4096u
/** Widest exit. */
#define PART_BYTES 8u
/** A tag may be above (TBI). */
#define VA_WITHOUT_TAG ARM_MASK(55, 0)

/** The stack pointer that register number 31 means. */
static enum arm_saved_reg stack_pointer(const struct arm_vcpu *vcpu)
{
	return (vcpu->context.pstate & SPSR_M) == SPSR_M_EL1H ? ARM_SAVED_SP_EL1 :
								ARM_SAVED_SP_EL0;
}

static uint64_t base_value(const struct arm_vcpu *vcpu, uint32_t base)
{
	const uint64_t instruction_align = 4u;

	switch (base) {
	case ARM_BASE_SP:
		return arm_vcpu_state_read(vcpu, stack_pointer(vcpu));
	case ARM_BASE_PC:
		return vcpu->context.pc & ~(instruction_align - 1u);
	case ARM_BASE_ZERO:
		return 0u;
	default:
		return arm_vcpu_gpr_read(vcpu, base);
	}
}

static uint32_t part_width(const struct arm_transfer *transfer)
{
	return transfer->element_size < PART_BYTES ? transfer->element_size : PART_BYTES;
}

/** The exit for the part at access.done. */
static void make_exit(struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	struct arm_access *access = &vcpu->access;
	const struct arm_transfer *transfer = &access->transfer;
	struct axvcpu_exit_mmio *mmio = &exit->u.mmio;
	bool general = transfer->operand == ARM_OPERAND_GENERAL;

	exit->pc = vcpu->context.pc;
	exit->instruction_length = access->length;
	exit->reason = transfer->write ? AXVCPU_EXIT_MMIO_WRITE : AXVCPU_EXIT_MMIO_READ;
	mmio->gpa = access->done < access->in_first_page ?
			    access->gpa + access->done :
			    access->second_page + (access->done - access->in_first_page);
	mmio->width = part_width(transfer);
	mmio->reg = general ? transfer->reg[access->done / transfer->element_size] : ARM_GPR_ZERO;
	mmio->reg_width = general ? transfer->register_size : PART_BYTES;
	mmio->sign_extend = transfer->sign_extend ? 1u : 0u;
	mmio->data = 0u;
	if (transfer->write && transfer->operand != ARM_OPERAND_ZERO) {
		__builtin_memcpy(&mmio->data, &access->data[access->done], mmio->width);
	}
	vcpu->far = access->far + access->done;
	arm_vcpu_exit_raw(vcpu, vcpu->far, access->hpfar, ARM_VCPU_VECTOR_SYNC, exit);
	access->stage = ARM_ACCESS_OPEN;
}

/**
 * The guest physical page of an address in the other page of an access, as far as the
 * access is MMIO there as well: stage 1 lets the guest do it, stage 2 maps nothing.
 */
static bool other_page(const struct arm_vcpu *vcpu, uint64_t va, bool write, uint64_t *page)
{
	uint64_t pstate = vcpu->context.pstate;
	bool el0 = (pstate & SPSR_NRW) != 0u || (pstate & SPSR_M) == SPSR_M_EL0T;
	uint64_t par;

	if (el0) {
		par = arm_vcpu_translate(vcpu, write ? ARM_AT_S1E0W : ARM_AT_S1E0R, va);
	} else {
		par = arm_vcpu_translate(vcpu, write ? ARM_AT_S1E1W : ARM_AT_S1E1R, va);
		/* AT does not know PAN, which keeps EL1 off what EL0 may read (D8.4.3). */
		if ((pstate & SPSR_PAN) != 0u &&
		    (arm_vcpu_translate(vcpu, ARM_AT_S1E0R, va) & PAR_EL1_F) == 0u) {
			return false;
		}
	}
	*page = par & PAR_EL1_PA;
	return (par & PAR_EL1_F) == 0u &&
		arm_vcpu_is_stage2_fault(arm_vcpu_translate(vcpu, ARM_AT_S12E1R, va), ESR_FSC_TRANSLATION);
}

/**
 * Where the bytes from `va` on are, of which that at `far` faulted, in guest physical
 * page `page`. False if `far` is not among them: another CPU changed the code since.
 */
static bool locate(struct arm_vcpu *vcpu, uint64_t va, uint64_t far, uint64_t page)
{
	struct arm_access *access = &vcpu->access;
	const struct arm_transfer *transfer = &access->transfer;
	uint32_t size = arm_vcpu_transfer_size(transfer);
	uint32_t room = PAGE_BYTES - (uint32_t)(va & ARM_PAGE_OFFSET);
	uint64_t ahead = (far - va) & VA_WITHOUT_TAG;
	uint64_t other;

	if (ahead >= size) {
		return false;
	}
	access->far = (far & ~VA_WITHOUT_TAG) | ((far - ahead) & VA_WITHOUT_TAG);
	access->in_first_page = size < room ? size : room;
	if (size <= room) {
		access->gpa = page | (va & ARM_PAGE_OFFSET);
		return true;
	}
	/* No part may be in both pages. */
	if (room % part_width(transfer) != 0u) {
		return false;
	}
	if (ahead < room) {
		access->gpa = page | (va & ARM_PAGE_OFFSET);
		return other_page(vcpu, access->far + room, transfer->write, &access->second_page);
	}
	access->second_page = page;
	if (!other_page(vcpu, access->far, transfer->write, &other)) {
		return false;
	}
	access->gpa = other | (va & ARM_PAGE_OFFSET);
	return true;
}

/** All of arm_vcpu_access_start() but the exit. `data` of a load stays as it is. */
static enum arm_access_start_result find_access(struct arm_vcpu *vcpu, uint64_t far, uint64_t page,
						uint64_t hpfar)
{
	struct arm_access *access = &vcpu->access;
	struct arm_transfer *transfer = &access->transfer;
	bool write = (vcpu->context.esr & ESR_ABORT_WNR) != 0u;
	struct arm_fetched fetched;
	uint32_t zero_block;
	uint64_t va;

	switch (arm_vcpu_fetch(vcpu, &fetched)) {
	case ARM_FETCH_OK:
		break;
	case ARM_FETCH_GONE:
		return ARM_ACCESS_RETRY;
	default:
		return ARM_ACCESS_NOT_DECODED;
	}
	zero_block = DCZID_WORD_BYTES << ARM_FIELD(arm_read_DCZID_EL0(), DCZID_EL0_BS);
	if (!arm_vcpu_decode(fetched.word, fetched.set, zero_block, transfer) ||
	    transfer->write != write) {
		return ARM_ACCESS_NOT_DECODED;
	}
	va = arm_vcpu_transfer_address(transfer, base_value(vcpu, transfer->base),
				  arm_vcpu_gpr_read(vcpu, transfer->index), &access->after);
	if (!locate(vcpu, va, far, page)) {
		return ARM_ACCESS_NOT_DECODED;
	}
	access->hpfar = hpfar;
	access->esr = vcpu->context.esr;
	access->pc = vcpu->context.pc;
	access->pstate = vcpu->context.pstate;
	access->length = fetched.length;
	access->big_endian = arm_vcpu_data_is_big_endian(vcpu);
	access->done = 0u;
	if (write) {
		arm_vcpu_operands_read(vcpu, transfer, access->big_endian, access->data);
	}
	return ARM_ACCESS_EXIT;
}

enum arm_access_start_result arm_vcpu_access_start(
	struct arm_vcpu *vcpu, uint64_t far, uint64_t page, struct axvcpu_exit *exit)
{
	enum arm_access_start_result result = find_access(vcpu, far, page, arm_read_HPFAR_EL2());

	if (result == ARM_ACCESS_EXIT) {
		make_exit(vcpu, exit);
	}
	return result;
}

/**
 * The instruction has had its first parts, in another vCPU: looks at it as at its abort.
 * False if it is not what it was, as another CPU changed code or tables: it begins anew.
 */
static bool restore(struct arm_vcpu *vcpu)
{
	struct arm_access *access = &vcpu->access;
	uint64_t hpfar = (access->gpa >> HPFAR_EL2_FIPA_SHIFT) * (HPFAR_EL2_FIPA & (~HPFAR_EL2_FIPA + 1u));
	uint64_t esr = vcpu->context.esr;
	uint32_t done = access->done;

	vcpu->context.esr = access->esr;
	if (find_access(vcpu, access->far, access->gpa, hpfar) != ARM_ACCESS_EXIT ||
	    done >= arm_vcpu_transfer_size(&access->transfer) ||
	    done % part_width(&access->transfer) != 0u) {
		vcpu->context.esr = esr;
		return false;
	}
	access->done = done;
	access->stage = ARM_ACCESS_BETWEEN;
	return true;
}

bool arm_vcpu_access_resume(struct arm_vcpu *vcpu, struct axvcpu_exit *exit)
{
	struct arm_access *access = &vcpu->access;

	arm_vcpu_access_settle(vcpu);
	if (access->stage == ARM_ACCESS_RESTORED && access->pc == vcpu->context.pc &&
	    access->pstate == vcpu->context.pstate) {
		(void)restore(vcpu);
	}
	/* Open still: retried. The other two: the hypervisor has moved the guest elsewhere. */
	if (access->stage != ARM_ACCESS_BETWEEN || access->pc != vcpu->context.pc ||
	    access->pstate != vcpu->context.pstate) {
		access->stage = ARM_ACCESS_NONE;
		return false;
	}
	make_exit(vcpu, exit);
	return true;
}

/** All parts are there. What a CPU may hold waits for arm_vcpu_access_settle(). */
static void finish(struct arm_vcpu *vcpu)
{
	struct arm_access *access = &vcpu->access;
	const struct arm_transfer *transfer = &access->transfer;

	access->stage = ARM_ACCESS_NONE;
	if (transfer->writes_back) {
		if (transfer->base == ARM_BASE_SP) {
			access->stage = ARM_ACCESS_UNSETTLED;
		} else {
			arm_vcpu_gpr_write(vcpu, transfer->base, access->after);
		}
	}
	/* Behind the base: of a load to its own base register the loaded value stays. */
	if (!transfer->write) {
		if (transfer->operand == ARM_OPERAND_GENERAL) {
			arm_vcpu_operands_write_general(vcpu, transfer, access->big_endian,
						   access->data);
		} else {
			access->stage = ARM_ACCESS_UNSETTLED;
		}
	}
	/* SPSel goes with the step nowhere: settling asks for the same stack pointer. */
	access->stack_pointer = (uint8_t)stack_pointer(vcpu);
	arm_vcpu_step_bytes(vcpu, access->length);
}

void arm_vcpu_access_complete(struct arm_vcpu *vcpu, uint64_t value)
{
	struct arm_access *access = &vcpu->access;
	const struct arm_transfer *transfer = &access->transfer;
	uint32_t width = part_width(transfer);

	if (!transfer->write) {
		__builtin_memcpy(&access->data[access->done], &value, width);
	}
	access->done += width;
	access->stage = ARM_ACCESS_BETWEEN;
	if (access->done == arm_vcpu_transfer_size(transfer)) {
		finish(vcpu);
	}
}

void arm_vcpu_access_settle(struct arm_vcpu *vcpu)
{
	struct arm_access *access = &vcpu->access;
	const struct arm_transfer *transfer = &access->transfer;

	if (access->stage != ARM_ACCESS_UNSETTLED) {
		return;
	}
	access->stage = ARM_ACCESS_NONE;
	if (transfer->writes_back && transfer->base == ARM_BASE_SP) {
		arm_vcpu_state_write(vcpu, (enum arm_saved_reg)access->stack_pointer, access->after);
	}
	if (!transfer->write && transfer->operand != ARM_OPERAND_GENERAL) {
		arm_vcpu_operands_write_simd(vcpu, transfer, access->big_endian, access->data);
	}
}

/** Words of ARM_VCPU_REG_ACCESS. */
enum access_word { WORD_DONE, WORD_FAR, WORD_PAGE, WORD_ESR, WORDS_USED };
#define WORDS (ARM_ACCESS_REG_BYTES / sizeof(uint64_t))

/** Bytes of the parts that are completed, if there are more of them to come. */
static uint32_t bytes_done(const struct arm_access *access)
{
	return access->stage == ARM_ACCESS_NONE || access->stage == ARM_ACCESS_UNSETTLED ?
		       0u :
		       access->done;
}

/** Which of ARM_VCPU_REG_ACCESS_DATA() it is; ARM_ACCESS_DATA_REGS if none. */
static uint32_t data_number(uint64_t id)
{
	uint32_t number;

	for (number = 0; number < ARM_ACCESS_DATA_REGS; number++) {
		if (id == ARM_VCPU_REG_ACCESS_DATA(number)) {
			break;
		}
	}
	return number;
}

axvcpu_error_t arm_vcpu_access_reg_get(const struct arm_vcpu *vcpu, uint64_t id, void *buffer)
{
	const struct arm_access *access = &vcpu->access;
	uint32_t first = data_number(id) * ARM_ACCESS_REG_BYTES;
	uint32_t done = bytes_done(access);
	uint64_t words[WORDS] = { 0 };

	if (id == ARM_VCPU_REG_ACCESS) {
		if (done != 0u) {
			words[WORD_DONE] = done;
			words[WORD_FAR] = access->far;
			words[WORD_PAGE] = access->gpa & ~ARM_PAGE_OFFSET;
			words[WORD_ESR] = access->esr;
		}
	} else if (first >= ARM_TRANSFER_BYTES) {
		return AXVCPU_ERR_NOT_FOUND;
	} else if (done > first && (access->esr & ESR_ABORT_WNR) == 0u) {
		done -= first;
		__builtin_memcpy(words, &access->data[first],
				 done < ARM_ACCESS_REG_BYTES ? done : ARM_ACCESS_REG_BYTES);
	}
	__builtin_memcpy(buffer, words, sizeof(words));
	return AXVCPU_OK;
}

axvcpu_error_t arm_vcpu_access_reg_set(struct arm_vcpu *vcpu, uint64_t id, const void *buffer)
{
	struct arm_access *access = &vcpu->access;
	uint32_t number = data_number(id), i;
	uint64_t words[WORDS];

	if (number < ARM_ACCESS_DATA_REGS) {
		__builtin_memcpy(&access->data[number * ARM_ACCESS_REG_BYTES], buffer,
				 ARM_ACCESS_REG_BYTES);
		return AXVCPU_OK;
	}
	if (id != ARM_VCPU_REG_ACCESS) {
		return AXVCPU_ERR_NOT_FOUND;
	}
	__builtin_memcpy(words, buffer, sizeof(words));
	for (i = WORDS_USED; i < WORDS; i++) {
		words[WORD_DONE] |= words[i] != 0u ? UINT64_MAX : 0u;
	}
	/* The largest, DC ZVA, is larger than the room for data: it has none. */
	if (words[WORD_DONE] > ARM_ZERO_BLOCK_LIMIT || (words[WORD_PAGE] & ARM_PAGE_OFFSET) != 0u) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	access->stage = ARM_ACCESS_NONE;
	if (words[WORD_DONE] != 0u) {
		access->done = (uint32_t)words[WORD_DONE];
		access->far = words[WORD_FAR];
		access->gpa = words[WORD_PAGE];
		access->esr = words[WORD_ESR];
		access->pc = vcpu->context.pc;
		access->pstate = vcpu->context.pstate;
		access->stage = ARM_ACCESS_RESTORED;
	}
	return AXVCPU_OK;
}

bool arm_vcpu_data_is_big_endian(const struct arm_vcpu *vcpu)
{
	uint64_t pstate = vcpu->context.pstate;
	uint64_t sctlr;

	if ((pstate & SPSR_NRW) != 0u) {
		return (pstate & SPSR_E) != 0u;
	}
	/* Asked at an exit, with the register on the CPU: 16 less than arm_vcpu_state_read(). */
	sctlr = (vcpu->on_cpu & ARM_PLAN_VHE) != 0u ? arm_read_EL12_SCTLR_EL1() :
						      arm_read_SCTLR_EL1();
	return (sctlr & ((pstate & SPSR_M) == SPSR_M_EL0T ? SCTLR_EL1_E0E : SCTLR_EL1_EE)) != 0u;
}
