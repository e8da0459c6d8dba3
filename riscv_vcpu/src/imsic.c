/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's interrupt file (AIA, 3): one of the hart's, which takes MSIs whether the
 * guest runs or not. Its contents are the guest's state: they are in the file from the
 * first bind after it was assigned until it is given back, and in memory otherwise. A
 * bind and an unbind on the same hart do not touch it; hstatus.VGEIN, which the world
 * switch loads, makes the file the guest's.
 */
#include "vcpu.h"

/* Registers behind vsiselect and vsireg (AIA, 3.8); on RV64 the arrays have even ones only. */
enum { EIDELIVERY = 0x70, EITHRESHOLD = 0x72, EIP0 = 0x80, EIE0 = 0xc0, PER_WORD = 2 };
/* Values of eidelivery that the guest can give it; the third, for a PLIC, is for no guest file. */
enum { EIDELIVERY_ON = 1 };

static uint64_t with_file(uint64_t hstatus, uint32_t file)
{
	return (hstatus & ~HSTATUS_VGEIN) | ((uint64_t)file << HSTATUS_VGEIN_SHIFT);
}

/* What was in the CSRs by which a file is reached. */
struct selection {
	uint64_t hstatus;
	uint64_t vsiselect;
};

static struct selection select_file(uint32_t file)
{
	const struct selection old = { rv_read_hstatus(), rv_read_vsiselect() };

	rv_write_hstatus(with_file(old.hstatus, file));
	return old;
}

static void deselect(struct selection old)
{
	rv_write_vsiselect(old.vsiselect);
	rv_write_hstatus(old.hstatus);
}

static uint64_t read_file(uint32_t number)
{
	rv_write_vsiselect(number);
	return rv_read_vsireg();
}

static void write_file(uint32_t number, uint64_t value)
{
	rv_write_vsiselect(number);
	rv_write_vsireg(value);
}

/* Words of 64 interrupt identities that the hart's files have: on a CPU that is being looked at. */
uint32_t riscv_vcpu_imsic_words(void)
{
	const struct selection old = select_file(1);
	uint32_t words = 0;

	for (; words < RISCV_IMSIC_WORDS_MAX; words++) {
		uint64_t value = 0;

		rv_write_vsiselect(EIE0 + words * PER_WORD);
		if (!rv_probe_vsireg(&value))
			break;
		/* What is not there may also be read-only 0. */
		rv_write_vsireg(UINT64_MAX);
		if (rv_read_vsireg() == 0)
			break;
		rv_write_vsireg(value);
	}
	deselect(old);
	return words;
}

/* A file as reset leaves it. */
static void clear_file(uint32_t file, uint32_t words)
{
	const struct selection old = select_file(file);

	write_file(EIDELIVERY, 0);
	write_file(EITHRESHOLD, 0);
	for (uint32_t i = 0; i < words; i++) {
		write_file(EIE0 + i * PER_WORD, 0);
		write_file(EIP0 + i * PER_WORD, 0);
	}
	deselect(old);
}

/* All files of this hart, of which a reset leaves most as it is (AIA, 3.8). */
void riscv_vcpu_imsic_reset(const struct riscv_features *features)
{
	for (uint32_t file = 1; features->guest_words != 0 && file <= features->guest_files; file++)
		clear_file(file, features->guest_words);
}

static void *this_cpu(const struct riscv_vcpu *vcpu)
{
	return vcpu->hal->ops->percpu_get(vcpu->hal->ctx);
}

static bool elsewhere(const struct riscv_vcpu *vcpu)
{
	return vcpu->imsic.cpu != NULL && vcpu->imsic.cpu != this_cpu(vcpu);
}

/* The first bind since the file was assigned puts the guest's state into it. */
axvcpu_error_t riscv_vcpu_imsic_bind(struct riscv_vcpu *vcpu)
{
	struct riscv_imsic *imsic = &vcpu->imsic;
	struct selection old;

	if (imsic->file == 0)
		return AXVCPU_ERR_BAD_STATE;
	if (imsic->cpu != NULL)
		return elsewhere(vcpu) ? AXVCPU_ERR_WRONG_CPU : AXVCPU_OK;
	old = select_file(imsic->file);
	for (uint32_t i = 0; i < vcpu->features.guest_words; i++) {
		/* What came in since it is mapped stays. */
		rv_write_vsiselect(EIP0 + i * PER_WORD);
		rv_write_vsireg(rv_read_vsireg() | imsic->state->eip[i]);
		write_file(EIE0 + i * PER_WORD, imsic->state->eie[i]);
	}
	write_file(EITHRESHOLD, imsic->state->eithreshold);
	write_file(EIDELIVERY, imsic->state->eidelivery);
	deselect(old);
	imsic->cpu = this_cpu(vcpu);
	return AXVCPU_OK;
}

/* An interrupt for a guest that halts comes to the hypervisor (AIA, 6.1; hgeie: 15.2.4). */
void riscv_vcpu_imsic_sleep(const struct riscv_vcpu *vcpu)
{
	rv_write_hgeie(rv_read_hgeie() | RV_BIT(vcpu->imsic.file));
}

/* When it runs it takes them itself. */
void riscv_vcpu_imsic_awake(const struct riscv_vcpu *vcpu)
{
	rv_write_hgeie(rv_read_hgeie() & ~RV_BIT(vcpu->imsic.file));
}

bool riscv_vcpu_imsic_pending(const struct riscv_vcpu *vcpu)
{
	return ((rv_read_hgeip() >> vcpu->imsic.file) & 1) != 0;
}

/* Where a register is in memory; null if there is none of that number. */
static uint64_t *place_of(struct riscv_vcpu *vcpu, uint32_t number)
{
	struct riscv_imsic_state *state = vcpu->imsic.state;
	const uint32_t end = vcpu->features.guest_words * PER_WORD;

	if (!vcpu->imsic.present)
		return NULL;
	if (number == EIDELIVERY)
		return &state->eidelivery;
	if (number == EITHRESHOLD)
		return &state->eithreshold;
	if (number % PER_WORD == 0 && number >= EIP0 && number - EIP0 < end)
		return &state->eip[(number - EIP0) / PER_WORD];
	if (number % PER_WORD == 0 && number >= EIE0 && number - EIE0 < end)
		return &state->eie[(number - EIE0) / PER_WORD];
	return NULL;
}

bool riscv_vcpu_imsic_at(const struct riscv_vcpu *vcpu, size_t *index, uint64_t *number)
{
	const size_t words = vcpu->features.guest_words;

	if (!vcpu->imsic.present)
		return false;
	if (*index >= 2 + 2 * words) {
		*index -= 2 + 2 * words;
		return false;
	}
	/* eidelivery last: nothing comes of half a state. */
	if (*index < words)
		*number = EIE0 + *index * PER_WORD;
	else if (*index < 2 * words)
		*number = EIP0 + (*index - words) * PER_WORD;
	else
		*number = *index == 2 * words ? EITHRESHOLD : EIDELIVERY;
	return true;
}

axvcpu_error_t riscv_vcpu_imsic_get(struct riscv_vcpu *vcpu, uint32_t number, uint64_t *value)
{
	const uint64_t *place = place_of(vcpu, number);
	struct selection old;

	if (place == NULL)
		return AXVCPU_ERR_NOT_FOUND;
	if (elsewhere(vcpu))
		return AXVCPU_ERR_WRONG_CPU;
	*value = *place;
	if (vcpu->imsic.cpu == NULL)
		return AXVCPU_OK;
	old = select_file(vcpu->imsic.file);
	*value = read_file(number);
	deselect(old);
	return AXVCPU_OK;
}

axvcpu_error_t riscv_vcpu_imsic_set(struct riscv_vcpu *vcpu, uint32_t number, uint64_t value)
{
	uint64_t *place = place_of(vcpu, number);
	struct selection old;

	if (place == NULL)
		return AXVCPU_ERR_NOT_FOUND;
	if ((number == EIDELIVERY && value > EIDELIVERY_ON) ||
	    (number == EITHRESHOLD && value >= vcpu->features.guest_words * UINT64_C(64)) ||
	    /* There is no interrupt 0. */
	    ((number == EIP0 || number == EIE0) && (value & 1) != 0))
		return AXVCPU_ERR_INVALID_ARGUMENT;
	if (elsewhere(vcpu))
		return AXVCPU_ERR_WRONG_CPU;
	*place = value;
	if (vcpu->imsic.cpu == NULL)
		return AXVCPU_OK;
	old = select_file(vcpu->imsic.file);
	write_file(number, value);
	deselect(old);
	return AXVCPU_OK;
}

/* The file's contents go to memory, and the file is free. */
static void leave_file(struct riscv_vcpu *vcpu)
{
	struct riscv_imsic_state *state = vcpu->imsic.state;
	const struct selection old = select_file(vcpu->imsic.file);

	state->eidelivery = read_file(EIDELIVERY);
	write_file(EIDELIVERY, 0);
	state->eithreshold = read_file(EITHRESHOLD);
	for (uint32_t i = 0; i < vcpu->features.guest_words; i++) {
		state->eie[i] = read_file(EIE0 + i * PER_WORD);
		state->eip[i] = read_file(EIP0 + i * PER_WORD);
	}
	deselect(old);
	clear_file(vcpu->imsic.file, vcpu->features.guest_words);
	riscv_vcpu_imsic_awake(vcpu);
	vcpu->imsic.cpu = NULL;
}

/* A file as reset leaves it, or none (0); with AXVCPU_OK. */
axvcpu_error_t riscv_vcpu_imsic_setup(struct riscv_vcpu *vcpu, uint32_t file)
{
	struct riscv_imsic *imsic = &vcpu->imsic;

	if (file == 0) {
		riscv_vcpu_imsic_destroy(vcpu);
	} else if (imsic->state == NULL) {
		void *memory;
		const axvcpu_error_t error =
			riscv_vcpu_frames_take(vcpu, 1, &imsic->state_hpa, &memory);

		if (error != AXVCPU_OK)
			return error;
		imsic->state = memory;
	}
	imsic->present = file != 0;
	imsic->file = file;
	imsic->cpu = NULL;
	if (file != 0)
		*imsic->state = (struct riscv_imsic_state){ 0 };
	riscv_vcpu_set_extra(vcpu, RISCV_EXTRA_IMSIC, file != 0);
	return AXVCPU_OK;
}

void riscv_vcpu_imsic_destroy(struct riscv_vcpu *vcpu)
{
	if (vcpu->imsic.state == NULL)
		return;
	riscv_vcpu_frames_give(vcpu, 1, vcpu->imsic.state_hpa);
	vcpu->imsic.state = NULL;
}

axvcpu_error_t riscv_vcpu_set_guest_file(struct axvcpu *handle, uint32_t file)
{
	struct riscv_vcpu *vcpu;
	axvcpu_error_t error;

	/* The generic part checks handle and state; x0 stays what it is. */
	error = axvcpu_set_gpr(handle, 0, 0);
	if (error != AXVCPU_OK)
		return error;
	vcpu = axvcpu_arch_state(handle);
	if (!vcpu->imsic.present || file > vcpu->features.guest_files)
		return AXVCPU_ERR_UNSUPPORTED;
	if (vcpu->percpu != NULL)
		return AXVCPU_ERR_BAD_STATE;
	if (elsewhere(vcpu))
		return AXVCPU_ERR_WRONG_CPU;
	if (vcpu->imsic.cpu != NULL)
		leave_file(vcpu);
	vcpu->imsic.file = file;
	vcpu->hstatus = with_file(vcpu->hstatus, file);
	return AXVCPU_OK;
}

axvcpu_error_t riscv_vcpu_clear_guest_file(struct axvcpu *handle, uint32_t file)
{
	struct riscv_features features;

	if (handle == NULL || file == 0)
		return AXVCPU_ERR_INVALID_ARGUMENT;
	riscv_vcpu_host_features(((struct riscv_vcpu *)axvcpu_arch_state(handle))->host, &features);
	if (file > features.guest_files || features.guest_words == 0)
		return AXVCPU_ERR_UNSUPPORTED;
	clear_file(file, features.guest_words);
	rv_write_hgeie(rv_read_hgeie() & ~RV_BIT(file));
	return AXVCPU_OK;
}

uint64_t riscv_vcpu_take_guest_interrupts(void)
{
	const uint64_t enabled = rv_read_hgeie();
	const uint64_t files = rv_read_hgeip() & enabled;

	rv_write_hgeie(enabled & ~files);
	return files;
}
