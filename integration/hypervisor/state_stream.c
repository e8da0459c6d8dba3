/* SPDX-License-Identifier: Apache-2.0 */
#include "state_stream.h"

#include "bytes.h"

#define BYTE_BITS 8u

void state_begin_save(struct state_stream *stream, void *bytes, size_t size)
{
	*stream = (struct state_stream){
		.bytes = (uint8_t *)bytes,
		.size = size,
		.end = size,
		.part = "start",
	};
}

void state_begin_load(struct state_stream *stream, const void *bytes, size_t size)
{
	/* Not written to: `loading` says so. */
	state_begin_save(stream, (void *)(uintptr_t)bytes, size);
	stream->loading = true;
}

void state_check(struct state_stream *stream, bool right, const char *problem)
{
	if (!right && state_is_well(stream)) {
		stream->problem = problem;
	}
}

/** Whether so many bytes are left of the part, or of all if it is being written. */
static bool has_room(struct state_stream *stream, uint64_t size)
{
	state_check(stream, size <= stream->end - stream->at,
		    stream->loading ? "it ends too early" : "no room for it");
	return state_is_well(stream);
}

void state_bytes(struct state_stream *stream, void *bytes, size_t size)
{
	if (!has_room(stream, size)) {
		if (stream->loading) {
			memset(bytes, 0, size);
		}
		return;
	}
	if (stream->loading) {
		memcpy(bytes, stream->bytes + stream->at, size);
	} else {
		memcpy(stream->bytes + stream->at, bytes, size);
	}
	stream->at += size;
}

void *state_room(struct state_stream *stream, uint64_t size)
{
	uint8_t *bytes = stream->bytes + stream->at;

	if (!has_room(stream, size)) {
		return NULL;
	}
	stream->at += (size_t)size;
	return bytes;
}

/** Moves a number of `size` bytes. */
static uint64_t move_number(struct state_stream *stream, uint64_t value, size_t size)
{
	uint8_t bytes[sizeof(value)];
	size_t i;

	for (i = 0; i < size; i++) {
		bytes[i] = (uint8_t)(value >> (BYTE_BITS * i));
	}
	state_bytes(stream, bytes, size);
	value = 0;
	for (i = 0; i < size; i++) {
		value |= (uint64_t)bytes[i] << (BYTE_BITS * i);
	}
	return value;
}

void state_u8(struct state_stream *stream, uint8_t *value)
{
	*value = (uint8_t)move_number(stream, *value, sizeof(*value));
}

void state_u32(struct state_stream *stream, uint32_t *value)
{
	*value = (uint32_t)move_number(stream, *value, sizeof(*value));
}

void state_u64(struct state_stream *stream, uint64_t *value)
{
	*value = move_number(stream, *value, sizeof(*value));
}

void state_bool(struct state_stream *stream, bool *value)
{
	uint8_t byte = *value ? 1 : 0;

	state_u8(stream, &byte);
	state_check(stream, byte <= 1, "a flag is neither 0 nor 1");
	*value = byte == 1;
}

/** The part that was begun is whole: its size is written, or has to be what was read. */
static void end_part(struct state_stream *stream)
{
	struct state_stream head = *stream;
	uint32_t size = (uint32_t)(stream->at - stream->body);

	if (stream->body == 0 || !state_is_well(stream)) {
		return;
	}
	if (stream->loading) {
		state_check(stream, stream->at == stream->end, "it has more than is known here");
		stream->end = stream->size;
	} else {
		head.at = stream->body - sizeof(size);
		state_u32(&head, &size);
	}
	stream->body = 0;
}

/** The size of a part that begins: on saving it is written when it ends. */
static void begin_body(struct state_stream *stream)
{
	uint32_t size = 0;

	state_u32(stream, &size);
	if (has_room(stream, size)) {
		stream->body = stream->at;
		stream->end = stream->loading ? stream->at + size : stream->size;
	}
}

bool state_part(struct state_stream *stream, const char *name, uint32_t version)
{
	char expected[STATE_NAME] = { 0 };
	char found[STATE_NAME];
	uint32_t its_version = version;
	size_t i;

	end_part(stream);
	for (i = 0; i < STATE_NAME && name[i] != '\0'; i++) {
		expected[i] = name[i];
	}
	if (state_is_well(stream)) {
		stream->part = name;
	}
	memcpy(found, expected, sizeof(found));
	state_bytes(stream, found, sizeof(found));
	state_check(stream, memcmp(found, expected, sizeof(found)) == 0, "another part is in its place");
	state_u32(stream, &its_version);
	state_check(stream, its_version == version, "another version");
	begin_body(stream);
	return state_is_well(stream);
}

bool state_end(struct state_stream *stream)
{
	end_part(stream);
	state_check(stream, !stream->loading || stream->at == stream->size, "something follows it");
	return state_is_well(stream);
}
