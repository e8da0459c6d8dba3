/* SPDX-License-Identifier: Apache-2.0 */
/* Saving a vCPU to bytes, and loading it from them. */
#include "axvcpu/snapshot.h"

#include "complete.h"
#include "ops_check.h"
#include "snapshot_format.h"
#include "state.h"

#define STATES_LOADABLE \
	(AXVCPU_STATE_BIT(AXVCPU_STATE_FREE) | AXVCPU_STATE_BIT(AXVCPU_STATE_READY))
/** States in which the list of registers is what setup made it. */
#define STATES_SIZED (AXVCPU_STATES_LIVE | AXVCPU_STATE_BIT(AXVCPU_STATE_INVALID))

#define INTERRUPT_SET_SIZE (AXVCPU_IRQ_QUEUE_WORDS * AXVCPU_SNAPSHOT_WORD)

_Static_assert(AXVCPU_IRQ_QUEUE_WORD_BITS == AXVCPU_SNAPSHOT_WORD_BITS,
	       "the queue's words are the snapshot's");

/** The id at a position of the vCPU's list. */
static axvcpu_error_t id_at(struct axvcpu *vcpu, size_t index, uint64_t *id)
{
	return axvcpu_calls_of(vcpu)->reg_at(axvcpu_arch_state_of(vcpu), index, id);
}

/** Bytes of the whole, and how many registers there are. */
static axvcpu_error_t measure(struct axvcpu *vcpu, size_t *total, uint32_t *count)
{
	axvcpu_error_t error;
	uint64_t id;

	*total = AXVCPU_SNAPSHOT_HEADER_SIZE + AXVCPU_SNAPSHOT_SETS * INTERRUPT_SET_SIZE;
	*count = 0;
	while ((error = id_at(vcpu, *count, &id)) == AXVCPU_OK) {
		*total += axvcpu_snapshot_reg_room(id);
		(*count)++;
	}
	return error == AXVCPU_ERR_NOT_FOUND ? AXVCPU_OK : error;
}

size_t axvcpu_save_size(struct axvcpu *vcpu)
{
	uint32_t count;
	size_t total;

	if (vcpu == NULL || !axvcpu_state_in(axvcpu_state_of(vcpu), STATES_SIZED) ||
	    measure(vcpu, &total, &count) != AXVCPU_OK) {
		return 0u;
	}
	return total;
}

/** The package's name as the header has it: cut, filled up with zeros. */
static void package_name(const struct axvcpu *vcpu, char name[AXVCPU_SNAPSHOT_NAME_SIZE])
{
	const char *from = axvcpu_arch_of(vcpu)->name;
	size_t length = 0;

	__builtin_memset(name, 0, AXVCPU_SNAPSHOT_NAME_SIZE);
	while (length < AXVCPU_SNAPSHOT_NAME_SIZE - 1u && from[length] != '\0') {
		name[length] = from[length];
		length++;
	}
}

static void put_header(const struct axvcpu *vcpu, unsigned char *bytes, uint32_t reg_count,
		       uint32_t flags)
{
	const struct axvcpu_arch_ops *arch = axvcpu_arch_of(vcpu);

	axvcpu_snapshot_put32(bytes + AXVCPU_SNAPSHOT_AT_ARCH, arch->arch);
	axvcpu_snapshot_put32(bytes + AXVCPU_SNAPSHOT_AT_PACKAGE_VERSION, arch->package_version);
	axvcpu_snapshot_put32(bytes + AXVCPU_SNAPSHOT_AT_API_VERSION, axvcpu_api_version());
	axvcpu_snapshot_put32(bytes + AXVCPU_SNAPSHOT_AT_FLAGS, flags);
	axvcpu_snapshot_put32(bytes + AXVCPU_SNAPSHOT_AT_REG_COUNT, reg_count);
	axvcpu_snapshot_put64(bytes + AXVCPU_SNAPSHOT_AT_VCPU_ID, vcpu->params.vcpu_id);
	package_name(vcpu, (char *)bytes + AXVCPU_SNAPSHOT_AT_PACKAGE);
	axvcpu_snapshot_put32(bytes + AXVCPU_SNAPSHOT_AT_INTERRUPT_WORDS, AXVCPU_IRQ_QUEUE_WORDS);
	axvcpu_snapshot_put32(bytes + AXVCPU_SNAPSHOT_AT_RESERVED, 0u);
}

/** Writes the registers; `*next` ends behind them. */
static axvcpu_error_t put_regs(struct axvcpu *vcpu, uint32_t count, unsigned char **next)
{
	for (uint32_t i = 0; i < count; i++) {
		uint64_t id;
		axvcpu_error_t error = id_at(vcpu, i, &id);

		if (error != AXVCPU_OK) {
			return error;
		}
		__builtin_memset(*next, 0, axvcpu_snapshot_reg_room(id));
		axvcpu_snapshot_put64(*next, id);
		error = axvcpu_calls_of(vcpu)->get_reg(axvcpu_arch_state_of(vcpu), id,
						      *next + AXVCPU_SNAPSHOT_WORD);
		if (error != AXVCPU_OK) {
			return error;
		}
		*next += axvcpu_snapshot_reg_room(id);
	}
	return AXVCPU_OK;
}

static void put_interrupts(const struct axvcpu_irq_queue *queue, unsigned char *next)
{
	uint64_t words[AXVCPU_IRQ_QUEUE_WORDS];

	axvcpu_irq_queue_copy(queue, words);
	for (uint32_t i = 0; i < AXVCPU_IRQ_QUEUE_WORDS; i++) {
		axvcpu_snapshot_put64(next + i * AXVCPU_SNAPSHOT_WORD, words[i]);
	}
}

axvcpu_error_t axvcpu_save(struct axvcpu *vcpu, void *buffer, size_t size, size_t *written)
{
	unsigned char *bytes = (unsigned char *)buffer;
	unsigned char *next = bytes + AXVCPU_SNAPSHOT_HEADER_SIZE;
	axvcpu_error_t error;
	uint32_t count;
	uint32_t state;
	size_t total;

	if (vcpu == NULL || buffer == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	state = axvcpu_state_of(vcpu);
	if (!axvcpu_state_in(state, AXVCPU_STATES_EXITED)) {
		return AXVCPU_ERR_BAD_STATE;
	}
	if (!axvcpu_is_accessible_here(vcpu)) {
		return AXVCPU_ERR_WRONG_CPU;
	}
	if (axvcpu_reason_in(vcpu->open_access, AXVCPU_REASONS_READ)) {
		return AXVCPU_ERR_INCOMPLETE;
	}
	error = measure(vcpu, &total, &count);
	if (error != AXVCPU_OK) {
		return error;
	}
	if (size < total) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	if (axvcpu_reason_in(vcpu->open_access, AXVCPU_REASONS_WRITE)) {
		error = axvcpu_complete_write(vcpu);
		if (error != AXVCPU_OK) {
			return error;
		}
	}
	put_header(vcpu, bytes, count,
		   state == AXVCPU_STATE_BLOCKED ? (uint32_t)AXVCPU_SNAPSHOT_HALTED : 0u);
	error = put_regs(vcpu, count, &next);
	if (error != AXVCPU_OK) {
		return error;
	}
	put_interrupts(&vcpu->interrupts, next);
	put_interrupts(&vcpu->cleared, next + INTERRUPT_SET_SIZE);
	axvcpu_snapshot_seal(bytes, total);
	if (written != NULL) {
		*written = total;
	}
	return AXVCPU_OK;
}

/** Whether a snapshot is of this vCPU, of a package that can read it. */
static axvcpu_error_t check_origin(const struct axvcpu *vcpu,
				   const struct axvcpu_snapshot *info)
{
	char name[AXVCPU_SNAPSHOT_NAME_SIZE];

	if (info->arch != axvcpu_arch_of(vcpu)->arch ||
	    (info->flags & ~(uint32_t)AXVCPU_SNAPSHOT_HALTED) != 0u) {
		return AXVCPU_ERR_UNSUPPORTED;
	}
	package_name(vcpu, name);
	for (size_t i = 0; i < sizeof(name); i++) {
		if (name[i] != info->package[i]) {
			return AXVCPU_ERR_UNSUPPORTED;
		}
	}
	return info->vcpu_id == vcpu->params.vcpu_id ? AXVCPU_OK : AXVCPU_ERR_INVALID_ARGUMENT;
}

/** Whether this vCPU has all registers of the snapshot, each of which is there once. */
static axvcpu_error_t check_regs(struct axvcpu *vcpu, const struct axvcpu_snapshot_view *view)
{
	const unsigned char *hint = view->regs;
	uint32_t found = 0;
	axvcpu_error_t error;
	uint64_t id;

	for (size_t i = 0; (error = id_at(vcpu, i, &id)) == AXVCPU_OK; i++) {
		if (axvcpu_snapshot_find(view, id, &hint) != NULL) {
			found++;
		}
	}
	if (error == AXVCPU_ERR_NOT_FOUND && found == view->info.reg_count) {
		return AXVCPU_OK;
	}
	return error;
}

/** The first register of the snapshot that this vCPU does not have; 0 if it has all. */
static uint64_t unknown_reg(struct axvcpu *vcpu, const struct axvcpu_snapshot_view *view)
{
	const unsigned char *next = view->regs;
	uint64_t wanted;
	uint64_t id;

	for (; next < view->regs_end; next += axvcpu_snapshot_reg_room(wanted)) {
		size_t i = 0;

		wanted = axvcpu_snapshot_get64(next);
		while (id_at(vcpu, i, &id) == AXVCPU_OK && id != wanted) {
			i++;
		}
		if (id_at(vcpu, i, &id) != AXVCPU_OK) {
			return wanted;
		}
	}
	return 0u;
}

/** The interrupt sets of a snapshot, as far as this library's vectors go. */
struct interrupt_sets {
	uint64_t words[AXVCPU_SNAPSHOT_SETS][AXVCPU_IRQ_QUEUE_WORDS];
};

/** Whether this vCPU knows the vectors of one word of a set. */
static bool vectors_are_known(const struct axvcpu *vcpu, uint32_t index, uint64_t word)
{
	const struct axvcpu_arch_ops *arch = axvcpu_calls_of(vcpu);

	for (; word != 0u; word &= word - 1u) {
		uint32_t vector = index * AXVCPU_SNAPSHOT_WORD_BITS +
				  (uint32_t)__builtin_ctzll(word);

		if (vector >= AXVCPU_VECTOR_MAX ||
		    arch->check_interrupt(axvcpu_const_arch_state_of(vcpu), vector) != AXVCPU_OK) {
			return false;
		}
	}
	return true;
}

/** Reads the interrupt sets; AXVCPU_ERR_UNSUPPORTED if this vCPU cannot have one of them. */
static axvcpu_error_t read_interrupts(const struct axvcpu *vcpu,
				      const struct axvcpu_snapshot_view *view,
				      struct interrupt_sets *sets)
{
	const unsigned char *next = view->regs_end;

	__builtin_memset(sets, 0, sizeof(*sets));
	for (uint32_t set = 0; set < AXVCPU_SNAPSHOT_SETS; set++) {
		for (uint32_t i = 0; i < view->interrupt_words; i++) {
			uint64_t word = axvcpu_snapshot_get64(next);

			next += AXVCPU_SNAPSHOT_WORD;
			if (!vectors_are_known(vcpu, i, word)) {
				return AXVCPU_ERR_UNSUPPORTED;
			}
			if (word != 0u && set == AXVCPU_SNAPSHOT_SET_CLEARED &&
			    !AXVCPU_OPS_HAVE(axvcpu_arch_of(vcpu), clear_interrupt)) {
				return AXVCPU_ERR_UNSUPPORTED;
			}
			if (word != 0u) {
				sets->words[set][i] = word;
			}
		}
	}
	return AXVCPU_OK;
}

/** Makes the vCPU's sets those of the snapshot. */
static void apply_interrupts(struct axvcpu *vcpu, const struct interrupt_sets *sets)
{
	/* Before the sets, as in a run: it stands for interrupts that are gone now. */
	atomic_fetch_and_explicit(&vcpu->attention, ~(uint32_t)AXVCPU_ATTENTION_INTERRUPT,
				  memory_order_seq_cst);
	axvcpu_irq_queue_replace(&vcpu->interrupts, sets->words[AXVCPU_SNAPSHOT_SET_QUEUED]);
	axvcpu_irq_queue_replace(&vcpu->cleared, sets->words[AXVCPU_SNAPSHOT_SET_CLEARED]);
}

/** Writes the registers, in the order of this package's list; `*refused` is the one that failed. */
static axvcpu_error_t apply_regs(struct axvcpu *vcpu, const struct axvcpu_snapshot_view *view,
				 uint64_t *refused)
{
	const unsigned char *hint = view->regs;
	axvcpu_error_t error;
	uint64_t id;

	for (size_t i = 0; (error = id_at(vcpu, i, &id)) == AXVCPU_OK; i++) {
		const unsigned char *value = axvcpu_snapshot_find(view, id, &hint);

		if (value == NULL) {
			continue;
		}
		error = axvcpu_calls_of(vcpu)->set_reg(axvcpu_arch_state_of(vcpu), id, value);
		if (error != AXVCPU_OK) {
			*refused = id;
			return error;
		}
	}
	return error == AXVCPU_ERR_NOT_FOUND ? AXVCPU_OK : error;
}

/** Has the next run look at what was taken back: nothing but `attention` tells of it. */
static void announce_cleared(struct axvcpu *vcpu)
{
	if (axvcpu_irq_queue_has_any(&vcpu->cleared)) {
		atomic_fetch_or_explicit(&vcpu->attention, AXVCPU_ATTENTION_INTERRUPT,
					 memory_order_seq_cst);
	}
}

/** Ends a load that was successful: the state that the snapshot asks for. */
static axvcpu_error_t settle(struct axvcpu *vcpu, uint32_t state, uint32_t flags)
{
	uint32_t found;

	vcpu->slept = false;
	if (state == AXVCPU_STATE_READY && (flags & (uint32_t)AXVCPU_SNAPSHOT_HALTED) != 0u) {
		if (!axvcpu_state_move(vcpu, AXVCPU_STATE_READY, AXVCPU_STATE_BLOCKED, &found)) {
			return axvcpu_state_lost(vcpu, AXVCPU_OPERATION_LOAD, AXVCPU_STATE_READY,
						 found);
		}
		if (!axvcpu_state_settle_blocked(vcpu)) {
			return AXVCPU_ERR_BAD_STATE;
		}
	}
	/* After that: what was taken back is work for the next run, but ends no halt. */
	announce_cleared(vcpu);
	return AXVCPU_OK;
}

axvcpu_error_t axvcpu_load(struct axvcpu *vcpu, const void *buffer, size_t size)
{
	struct interrupt_sets interrupts;
	struct axvcpu_snapshot_view view;
	axvcpu_error_t error;
	uint64_t refused = 0;
	uint32_t state;

	if (vcpu == NULL || buffer == NULL) {
		return AXVCPU_ERR_INVALID_ARGUMENT;
	}
	state = axvcpu_state_of(vcpu);
	if (!axvcpu_state_in(state, STATES_LOADABLE)) {
		return AXVCPU_ERR_BAD_STATE;
	}
	if (!axvcpu_is_accessible_here(vcpu)) {
		return AXVCPU_ERR_WRONG_CPU;
	}
	error = axvcpu_snapshot_open(buffer, size, &view);
	if (error == AXVCPU_OK) {
		error = check_origin(vcpu, &view.info);
	}
	if (error == AXVCPU_OK) {
		error = check_regs(vcpu, &view);
		if (error == AXVCPU_ERR_NOT_FOUND) {
			return axvcpu_state_refuse_load(vcpu, state, error, unknown_reg(vcpu, &view));
		}
	}
	if (error == AXVCPU_OK) {
		error = read_interrupts(vcpu, &view, &interrupts);
	}
	if (error != AXVCPU_OK) {
		return error;
	}
	/* First, so that what other CPUs inject from here on stays. */
	apply_interrupts(vcpu, &interrupts);
	error = apply_regs(vcpu, &view, &refused);
	if (error != AXVCPU_OK) {
		announce_cleared(vcpu);
		/* Half of one guest and half of another must not run. */
		(void)axvcpu_state_fail(vcpu, AXVCPU_OPERATION_LOAD, state, state, error);
		atomic_store_explicit(&vcpu->failed_reg, refused, memory_order_relaxed);
		return error;
	}
	vcpu->open_access = AXVCPU_EXIT_NOTHING;
	return settle(vcpu, state, view.info.flags);
}
