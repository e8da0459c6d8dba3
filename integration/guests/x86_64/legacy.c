/* SPDX-License-Identifier: Apache-2.0 */
#include "legacy.h"

#define STUB_BYTES 16u
#define TSS_SS0 8u
#define TSS_MAP 102u
#define TSS_BYTES 104u
#define GATE_32 UINT64_C(0x8e)
#define GATE_DPL_3 UINT64_C(0x60)

extern uint64_t legacy_gdt[LEGACY_GDT_ENTRIES], legacy_idt[LEGACY_VECTORS];
extern uint8_t legacy_tss[], legacy_tss_end[];
extern const uint8_t legacy_vectors[];

static uint64_t descriptor(uint64_t base, uint64_t limit, uint64_t access, uint64_t flags)
{
	return (limit & 0xffff) | (base & 0xffffff) << 16 | access << 40 |
	       (limit >> 16 & 0xf) << 48 | flags << 52 | (base >> 24) << 56;
}

void legacy_permit_port(uint32_t port)
{
	legacy_tss[TSS_BYTES + port / 8u] &= (uint8_t)~(1u << (port % 8u));
}

void legacy_copy_low(const uint8_t *start, const uint8_t *end)
{
	memcpy((void *)LEGACY_LOW, start, (size_t)(end - start));
}

static void make_tables(void)
{
	uint64_t at;
	uint32_t i;

	legacy_gdt[LEGACY_CODE_32 / 8] = descriptor(0, 0xfffff, 0x9b, 0xc);
	legacy_gdt[LEGACY_DATA / 8] = descriptor(0, 0xfffff, 0x93, 0xc);
	legacy_gdt[LEGACY_CODE_16 / 8] = descriptor(LEGACY_LOW, 0xffff, 0x9b, 0);
	legacy_gdt[LEGACY_DATA_16 / 8] = descriptor(0, 0xffff, 0x93, 0);
	legacy_gdt[LEGACY_DEVICE_16 / 8] = descriptor(LEGACY_EDGE, 0xffff, 0x93, 0);
	legacy_gdt[LEGACY_TSS / 8] = descriptor((uintptr_t)legacy_tss,
						(uint64_t)(legacy_tss_end - legacy_tss) - 1u, 0x89, 0);
	legacy_gdt[LEGACY_USER_CODE / 8] = descriptor(0, 0xfffff, 0xfb, 0xc);
	legacy_gdt[LEGACY_USER_DATA / 8] = descriptor(0, 0xfffff, 0xf3, 0xc);
	for (i = 0; i < LEGACY_VECTORS; i++) {
		at = (uintptr_t)&legacy_vectors[i * STUB_BYTES];
		legacy_idt[i] = (at & 0xffff) | (uint64_t)LEGACY_CODE_32 << 16 | (at >> 16) << 48 |
				(GATE_32 | ((i >= 1 && i <= 4) || i == LEGACY_VECTOR_CALL ?
						    GATE_DPL_3 :
						    0))
					<< 40;
	}
	legacy_tss[TSS_SS0] = LEGACY_DATA;
	legacy_tss[TSS_MAP] = TSS_BYTES;
}

void legacy_prepare(void)
{
	memset(legacy_tss + TSS_BYTES, 0xff, (size_t)(legacy_tss_end - legacy_tss) - TSS_BYTES);
	make_tables();
	*(volatile uint32_t *)LEGACY_LOG = 0;
}

static void check_record(const struct legacy_record *seen, const struct legacy_record *wanted)
{
	check_equal(seen->vector, wanted->vector, "the vector");
	check_equal(seen->error, wanted->error, "its error code");
	check_equal(seen->ip, wanted->ip, "where it came");
	check_equal(seen->flags, wanted->flags, "EFLAGS there");
	if (CR2_IS_LOADED) {
		check_equal(seen->cr2, wanted->cr2, "CR2");
	}
}

const struct legacy_record *legacy_seen(uint32_t number)
{
	return (const struct legacy_record *)(uintptr_t)(LEGACY_RECORDS +
							  ((uintptr_t)number << LEGACY_RECORD_SHIFT));
}

uint32_t legacy_logged(void)
{
	return *(const volatile uint32_t *)LEGACY_LOG;
}

void legacy_check_log_between(const struct legacy_record *first, const struct legacy_record *end)
{
	uint32_t wanted = (uint32_t)(end - first), logged = legacy_logged(), i;
	uint64_t before;

	check_equal(logged, wanted, "all exceptions, and no other");
	for (i = 0; i < wanted && i < logged; i++) {
		before = failures();
		check_record(legacy_seen(i), &first[i]);
		if (failures() != before) {
			print("(exception ");
			print_number(i);
			print(")\n");
			return;
		}
	}
}

void legacy_check_log(void)
{
	legacy_check_log_between(legacy_expected, legacy_expected_end);
}
