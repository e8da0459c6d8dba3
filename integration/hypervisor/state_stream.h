/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a machine as bytes. One function for each part moves it in both
 * directions, so that what is saved is what is loaded: it names every value once, and
 * the stream copies it out or in. Numbers are little-endian.
 *
 * A part begins with its name, its version and its size. Loading stops for good at the first
 * thing that does not fit, such as a part of another version, or with more or less in it than
 * is read; `problem` says which, and what was read so far is not to be used.
 */
#ifndef HYPERVISOR_STATE_STREAM_H_
#define HYPERVISOR_STATE_STREAM_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of a part's name, filled up with zeros. */
#define STATE_NAME 12u

struct state_stream {
	uint8_t *bytes;
	/** Of the buffer, or of what is loaded. */
	size_t size;
	/** Where the next value is. */
	size_t at;
	/** Where the values of the part begin, 0 outside of any; where those that may be read end. */
	size_t body;
	size_t end;
	bool loading;
	/** Null while all is well: the name of the part that does not fit, and why not. */
	const char *part;
	const char *problem;
};

/** A stream that writes into `bytes`. */
void state_begin_save(struct state_stream *stream, void *bytes, size_t size);
/** A stream that reads them; they are not changed. */
void state_begin_load(struct state_stream *stream, const void *bytes, size_t size);

/** Begins a part; on loading it has to be this one, of this version. False from then on if not. */
bool state_part(struct state_stream *stream, const char *name, uint32_t version);
/** Moves a value. Once something did not fit, a load gives zero. */
void state_u8(struct state_stream *stream, uint8_t *value);
void state_u32(struct state_stream *stream, uint32_t *value);
void state_u64(struct state_stream *stream, uint64_t *value);
/** A byte, 0 or 1; loading refuses others. */
void state_bool(struct state_stream *stream, bool *value);
void state_bytes(struct state_stream *stream, void *bytes, size_t size);
/** The next bytes, for who writes or reads them himself; null if they are not there. */
void *state_room(struct state_stream *stream, uint64_t size);
/** What is loaded has to be true of the part, or it is refused as `problem`. */
void state_check(struct state_stream *stream, bool right, const char *problem);
/** Loading: nothing may be left. False if something is, or if anything did not fit. */
bool state_end(struct state_stream *stream);

static inline bool state_is_well(const struct state_stream *stream)
{
	return stream->problem == NULL;
}

#endif /* HYPERVISOR_STATE_STREAM_H_ */
