/* SPDX-License-Identifier: Apache-2.0 */
#include "move.h"

#include "../board.h"
#include "../boot_files.h"
#include "../bytes.h"
#include "../config.h"
#include "../console.h"
#include "../pages.h"
#include "../text.h"
#include "axvcpu/snapshot.h"
#include "x86_vcpu/x86_vcpu.h"

#define STATE_FILE "opt/axvcpu/state"
#define LINE_START "state "
#define LINE_WORDS 8u
#define LINE_BYTES (LINE_WORDS * sizeof(uint64_t))

/** What a line is about; OFFSET is where its words are there, or the value itself. */
enum kind { KIND_MEMORY, KIND_SNAPSHOT, KIND_SNAPSHOT_SIZE, KIND_COUNTER };

/** The machine came from elsewhere already. */
static bool is_here;

static bool is_zero(const uint64_t words[LINE_WORDS])
{
	uint64_t all = 0;
	uint32_t i;

	for (i = 0; i < LINE_WORDS; i++) {
		all |= words[i];
	}
	return all == 0;
}

static void write_line(enum kind kind, uint64_t at, const uint64_t w[LINE_WORDS])
{
	log_line(AXVCPU_LOG_INFO, LINE_START "%u %x %x %x %x %x %x %x %x %x", (uint64_t)kind, at,
		 w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]);
}

/** Lines of zeros are left out. */
static void write_lines(enum kind kind, const void *bytes, uint64_t size)
{
	uint64_t words[LINE_WORDS];
	uint64_t at;

	for (at = 0; at < size; at += LINE_BYTES) {
		memset(words, 0, sizeof(words));
		memcpy(words, (const uint8_t *)bytes + at,
		       size - at < LINE_BYTES ? (size_t)(size - at) : LINE_BYTES);
		if (!is_zero(words)) {
			write_line(kind, at, words);
		}
	}
}

static axvcpu_error_t save_vcpu(struct vm_vcpu *vcpu, void *snapshot, size_t size)
{
	static const uint64_t none[LINE_WORDS];
	axvcpu_error_t error = axvcpu_save(vcpu->handle, snapshot, size, &size);

	if (error == AXVCPU_OK) {
		write_lines(KIND_SNAPSHOT, snapshot, size);
		write_line(KIND_SNAPSHOT_SIZE, size, none);
		write_line(KIND_COUNTER, board_counter(), none);
	}
	return error;
}

static axvcpu_error_t save(struct vm_vcpu *vcpu)
{
	size_t size = axvcpu_save_size(vcpu->handle);
	uint64_t pages = (size + PAGE_SIZE - 1) / PAGE_SIZE, hpa;
	axvcpu_error_t error;

	if (!pages_alloc(pages, PAGE_SIZE, &hpa)) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	error = save_vcpu(vcpu, (void *)(uintptr_t)hpa, size);
	pages_free(hpa, pages);
	if (error == AXVCPU_OK) {
		write_lines(KIND_MEMORY, (const void *)(uintptr_t)vcpu->vm->ram,
			    vcpu->vm->config->memory);
	}
	return error;
}

void move_away(struct vm_vcpu *vcpu)
{
	axvcpu_error_t error = save(vcpu);

	if (error != AXVCPU_OK) {
		log_line(AXVCPU_LOG_ERROR, "the machine cannot move: %s", axvcpu_error_string(error));
	}
	report_line("status %u", (uint64_t)(error == AXVCPU_OK ? VM_POWERED_OFF : VM_ERROR));
	board_power_off();
}

/** What a state file is read into. */
struct incoming {
	uint8_t *memory;
	uint64_t memory_size;
	uint8_t *snapshot;
	uint64_t snapshot_room;
	uint64_t snapshot_size;
	uint64_t counter;
};

static bool copy_in(uint8_t *to, uint64_t room, uint64_t at, const uint64_t *words)
{
	if (at >= room || LINE_BYTES > room - at) {
		return false;
	}
	memcpy(to + at, words, LINE_BYTES);
	return true;
}

static bool take(struct incoming *in, uint64_t kind, uint64_t at, const uint64_t *words)
{
	switch (kind) {
	case KIND_MEMORY:
		return copy_in(in->memory, in->memory_size, at, words);
	case KIND_SNAPSHOT:
		return copy_in(in->snapshot, in->snapshot_room, at, words);
	case KIND_SNAPSHOT_SIZE:
		in->snapshot_size = at;
		return at <= in->snapshot_room;
	case KIND_COUNTER:
		in->counter = at;
		return true;
	default:
		return false;
	}
}

/** A number and what ends it. */
static bool take_number(const char **cursor, char end, uint64_t *value)
{
	return text_number(cursor, value) && *(*cursor)++ == end;
}

static bool take_line(struct incoming *in, const char **cursor)
{
	uint64_t words[LINE_WORDS], kind, at;
	uint32_t i;

	for (i = 0; i < sizeof(LINE_START) - 1u; i++) {
		if (*(*cursor)++ != LINE_START[i]) {
			return false;
		}
	}
	if (!take_number(cursor, ' ', &kind) || !take_number(cursor, ' ', &at)) {
		return false;
	}
	for (i = 0; i < LINE_WORDS; i++) {
		if (!take_number(cursor, i + 1u < LINE_WORDS ? ' ' : '\n', &words[i])) {
			return false;
		}
	}
	return take(in, kind, at, words);
}

/** The guest's clock goes on where it stood: this machine's counter is another one. */
static axvcpu_error_t move_clock(struct vm_vcpu *vcpu, uint64_t counter)
{
	uint64_t offset;
	axvcpu_error_t error = axvcpu_get_reg(vcpu->handle, X86_VCPU_REG_TSC_OFFSET, &offset,
					      sizeof(offset));

	offset += counter - board_counter();
	return error != AXVCPU_OK ? error :
				    axvcpu_set_reg(vcpu->handle, X86_VCPU_REG_TSC_OFFSET, &offset,
						   sizeof(offset));
}

static axvcpu_error_t load(struct vm_vcpu *vcpu, const char *text, struct incoming *in)
{
	struct axvcpu_failure failure = { .size = sizeof(failure) };
	axvcpu_error_t error;

	while (*text != '\0') {
		if (!take_line(in, &text)) {
			return AXVCPU_ERR_INVALID_ARGUMENT;
		}
	}
	error = axvcpu_load(vcpu->handle, in->snapshot, in->snapshot_size);
	if (error == AXVCPU_OK) {
		is_here = true;
		log_line(AXVCPU_LOG_INFO, "a machine goes on here");
		return move_clock(vcpu, in->counter);
	}
	(void)axvcpu_get_failure(vcpu->handle, &failure);
	log_line(AXVCPU_LOG_ERROR, "the state is refused: %s, register %x",
		 axvcpu_error_string(error), failure.reg);
	return error;
}

bool move_is_wanted(void)
{
	struct boot_file file;

	return !is_here && boot_file_find(STATE_FILE, &file) && file.size > 0;
}

axvcpu_error_t move_load(struct vm_vcpu *vcpu)
{
	uint64_t text_pages, snapshot_pages, text, snapshot;
	axvcpu_error_t error = AXVCPU_ERR_NOT_FOUND;
	struct boot_file file;
	struct incoming in;

	if (!boot_file_find(STATE_FILE, &file)) {
		return error;
	}
	text_pages = file.size / PAGE_SIZE + 1u;
	snapshot_pages = axvcpu_save_size(vcpu->handle) / PAGE_SIZE + 1u;
	if (!pages_alloc(text_pages, PAGE_SIZE, &text)) {
		return AXVCPU_ERR_NO_MEMORY;
	}
	if (!pages_alloc(snapshot_pages, PAGE_SIZE, &snapshot)) {
		pages_free(text, text_pages);
		return AXVCPU_ERR_NO_MEMORY;
	}
	in = (struct incoming){
		.memory = (uint8_t *)(uintptr_t)vcpu->vm->ram,
		.memory_size = vcpu->vm->config->memory,
		.snapshot = (uint8_t *)(uintptr_t)snapshot,
		.snapshot_room = snapshot_pages * PAGE_SIZE,
	};
	board_zero(in.memory, in.memory_size);
	board_zero(in.snapshot, in.snapshot_room);
	board_zero((void *)(uintptr_t)text, text_pages * PAGE_SIZE);
	if (boot_file_read(&file, 0, (void *)(uintptr_t)text, file.size)) {
		error = load(vcpu, (const char *)(uintptr_t)text, &in);
	}
	pages_free(snapshot, snapshot_pages);
	pages_free(text, text_pages);
	return error;
}
