/* SPDX-License-Identifier: Apache-2.0 */
#include "ioapic.h"

/* Offsets in memory (3.1). */
#define IOREGSEL UINT64_C(0x00)
#define IOWIN UINT64_C(0x10)

/* Registers behind the window (3.2). */
#define REGISTER_ID 0x00u
#define REGISTER_VERSION 0x01u
#define REGISTER_ARBITRATION 0x02u
#define REGISTER_ENTRIES 0x10u

#define ID_SHIFT 24u
#define ID_MASK 0x0fu
/** Bits 23:16 the last entry, 7:0 the version of the 82093AA. */
#define VERSION ((IOAPIC_INPUTS - 1u) << 16 | 0x11u)

/* A redirection entry (3.2.4). */
#define ENTRY_VECTOR UINT64_C(0xff)
#define ENTRY_DELIVERY_SHIFT 8u
#define ENTRY_DELIVERY UINT64_C(7)
#define ENTRY_LOGICAL (UINT64_C(1) << 11)
#define ENTRY_ACTIVE_LOW (UINT64_C(1) << 13)
#define ENTRY_REMOTE_IRR (UINT64_C(1) << 14)
#define ENTRY_LEVEL (UINT64_C(1) << 15)
#define ENTRY_MASKED (UINT64_C(1) << 16)
#define ENTRY_DESTINATION_SHIFT 56u
/** Without remote IRR and the delivery status, bit 12: a message is never under way here. */
#define ENTRY_WRITABLE UINT64_C(0xff0000000001afff)
#define ENTRY_LOW UINT64_C(0xffffffff)

static uint32_t delivery_of(uint64_t entry)
{
	return (uint32_t)(entry >> ENTRY_DELIVERY_SHIFT & ENTRY_DELIVERY);
}

/** The other modes are edges, however the entry is programmed. */
static bool is_level(uint64_t entry)
{
	return (entry & ENTRY_LEVEL) != 0 && (delivery_of(entry) == IOAPIC_FIXED ||
					      delivery_of(entry) == IOAPIC_LOWEST_PRIORITY);
}

static bool is_asserted(const struct ioapic *ioapic, uint32_t input)
{
	bool high = (ioapic->lines >> input & 1u) != 0;

	return high != ((ioapic->entries[input] & ENTRY_ACTIVE_LOW) != 0);
}

static struct ioapic_message message_of(uint64_t entry)
{
	return (struct ioapic_message){
		.vector = (uint8_t)(entry & ENTRY_VECTOR),
		.delivery = (uint8_t)delivery_of(entry),
		.destination = (uint8_t)(entry >> ENTRY_DESTINATION_SHIFT),
		.logical = (entry & ENTRY_LOGICAL) != 0,
		.level = is_level(entry),
	};
}

static bool send(const struct ioapic *ioapic, uint64_t entry)
{
	const struct ioapic_message message = message_of(entry);

	return ioapic->output.deliver(ioapic->output.ctx, &message);
}

bool ioapic_is_extint(const struct ioapic *ioapic, uint32_t input, struct ioapic_message *message)
{
	if (input >= IOAPIC_INPUTS || (ioapic->entries[input] & ENTRY_MASKED) != 0) {
		return false;
	}
	*message = message_of(ioapic->entries[input]);
	return message->delivery == IOAPIC_EXTINT;
}

/** A level that nobody serves yet becomes a message. */
static void serve_level(struct ioapic *ioapic, uint32_t input)
{
	uint64_t *entry = &ioapic->entries[input];

	if (is_level(*entry) && (*entry & (ENTRY_MASKED | ENTRY_REMOTE_IRR)) == 0 &&
	    is_asserted(ioapic, input) && send(ioapic, *entry)) {
		*entry |= ENTRY_REMOTE_IRR;
	}
}

void ioapic_init(struct ioapic *ioapic, uint8_t id, const struct ioapic_output *output)
{
	uint32_t i;

	*ioapic = (struct ioapic){ .output = *output, .id = id & ID_MASK };
	for (i = 0; i < IOAPIC_INPUTS; i++) {
		ioapic->entries[i] = ENTRY_MASKED;
	}
}

void ioapic_set_line(struct ioapic *ioapic, uint32_t input, bool high)
{
	bool before;
	uint64_t entry;

	if (input >= IOAPIC_INPUTS) {
		return;
	}
	entry = ioapic->entries[input];
	before = is_asserted(ioapic, input);
	ioapic->lines = (ioapic->lines & ~(UINT32_C(1) << input)) | (uint32_t)high << input;
	if (is_level(entry)) {
		serve_level(ioapic, input);
	} else if (!before && is_asserted(ioapic, input) && (entry & ENTRY_MASKED) == 0) {
		/* An edge on a masked input is lost (3.2.4, bit 16). */
		(void)send(ioapic, entry);
	}
}

void ioapic_end_of_interrupt(struct ioapic *ioapic, uint8_t vector)
{
	uint64_t *entry;
	uint32_t i;

	for (i = 0; i < IOAPIC_INPUTS; i++) {
		entry = &ioapic->entries[i];
		if ((*entry & ENTRY_REMOTE_IRR) != 0 && (*entry & ENTRY_VECTOR) == vector) {
			*entry &= ~ENTRY_REMOTE_IRR;
			serve_level(ioapic, i);
		}
	}
}

static uint32_t read_register(const struct ioapic *ioapic)
{
	uint32_t index = ioapic->select - REGISTER_ENTRIES;

	switch (ioapic->select) {
	case REGISTER_ID:
	case REGISTER_ARBITRATION:
		/* Arbitration takes the id when that is written; there is no bus to arbitrate. */
		return (uint32_t)ioapic->id << ID_SHIFT;
	case REGISTER_VERSION:
		return VERSION;
	default:
		if (ioapic->select < REGISTER_ENTRIES || index / 2u >= IOAPIC_INPUTS) {
			return 0;
		}
		return (uint32_t)(ioapic->entries[index / 2u] >> (index % 2u * 32u));
	}
}

static void write_entry(struct ioapic *ioapic, uint32_t input, bool upper, uint32_t value)
{
	uint64_t *entry = &ioapic->entries[input];
	uint64_t part = upper ? ~ENTRY_LOW : ENTRY_LOW;
	uint64_t wide = upper ? (uint64_t)value << 32 : value;

	*entry = (*entry & ~(part & ENTRY_WRITABLE)) | (wide & part & ENTRY_WRITABLE);
	if (!is_level(*entry)) {
		/* Nobody will end what an edge began; systems clear it in this way. */
		*entry &= ~ENTRY_REMOTE_IRR;
	}
	serve_level(ioapic, input);
}

static void write_register(struct ioapic *ioapic, uint32_t value)
{
	uint32_t index = ioapic->select - REGISTER_ENTRIES;

	if (ioapic->select == REGISTER_ID) {
		ioapic->id = value >> ID_SHIFT & ID_MASK;
	} else if (ioapic->select >= REGISTER_ENTRIES && index / 2u < IOAPIC_INPUTS) {
		write_entry(ioapic, index / 2u, index % 2u != 0, value);
	}
}

/** Firmware writes the select register, which has 8 bits, as a byte. */
static bool is_register(uint64_t offset, uint32_t width)
{
	return (offset == IOREGSEL && (width == 1 || width == 4)) || (offset == IOWIN && width == 4);
}

static bool read(void *device, uint64_t offset, uint32_t width, uint64_t *value)
{
	const struct ioapic *ioapic = (const struct ioapic *)device;

	if (!is_register(offset, width)) {
		return false;
	}
	*value = offset == IOREGSEL ? ioapic->select : read_register(ioapic);
	return true;
}

static bool write(void *device, uint64_t offset, uint32_t width, uint64_t value)
{
	struct ioapic *ioapic = (struct ioapic *)device;

	if (!is_register(offset, width)) {
		return false;
	}
	if (offset == IOREGSEL) {
		ioapic->select = (uint8_t)value;
	} else {
		write_register(ioapic, (uint32_t)value);
	}
	return true;
}

const struct device_ops ioapic_ops = { .read = read, .write = write };
