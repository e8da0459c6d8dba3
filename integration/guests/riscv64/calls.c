/* SPDX-License-Identifier: Apache-2.0 */
/* SBI: every extension with one hart, errors, unknown ones, hypercalls. */
#include "guest.h"

#define BASE_SPEC_VERSION 0u
#define BASE_IMPLEMENTATION 1u
#define BASE_PROBE 3u
#define BASE_LAST 6u
#define LEGACY_PUTCHAR 1u
#define LEGACY_GETCHAR 2u
#define LEGACY_CLEAR_IPI 3u
#define LEGACY_SEND_IPI 4u
#define LEGACY_FENCE_I 5u
#define LEGACY_FENCE_VMA_ASID 7u
#define HSM_START 0u
#define HSM_STATUS 2u
#define HSM_SUSPEND 3u
#define RFENCE_LAST 2u
#define UNKNOWN_EXTENSION UINT64_C(0xdeadbeef)
#define ALL_HARTS UINT64_MAX
/** Memory behind this guest. */
#define BUFFER (RAM + 0x400000)

static void expect(struct sbi_result result, int64_t error, const char *name)
{
	check_equal((uint64_t)result.error, (uint64_t)error, name);
	if (error != SBI_SUCCESS) {
		check_equal(result.value, 0, name);
	}
}

static void check_base(void)
{
	static const uint64_t present[] = { SBI_BASE, SBI_TIME, SBI_IPI,  SBI_RFENCE, SBI_HSM, SBI_SRST,
					    SBI_DBCN, SBI_PMU,  SBI_SUSP, SBI_STA,    SBI_HVC, 0, 8 };
	static const uint64_t absent[] = { 9, 0x11, UNKNOWN_EXTENSION, UINT64_MAX };
	size_t i;

	check_equal(sbi(SBI_BASE, BASE_SPEC_VERSION, 0, 0, 0).value, 0x02000000, "SBI 2.0");
	check_equal(sbi(SBI_BASE, BASE_IMPLEMENTATION, 0, 0, 0).value, 0x61787663, "who answers");
	for (i = 0; i < sizeof(present) / sizeof(present[0]); i++) {
		check_equal(sbi(SBI_BASE, BASE_PROBE, present[i], 0, 0).value, 1, "is there");
	}
	for (i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		check_equal(sbi(SBI_BASE, BASE_PROBE, absent[i], 0, 0).value, 0, "is not there");
		expect(sbi(absent[i], 0, 0, 0, 0), SBI_ERR_NOT_SUPPORTED, "unknown extension");
	}
	expect(sbi(SBI_BASE, BASE_LAST + 1, 0, 0, 0), SBI_ERR_NOT_SUPPORTED, "unknown function");
}

static void check_harts(void)
{
	expect(sbi(SBI_HSM, HSM_STATUS, 0, 0, 0), SBI_SUCCESS, "this hart");
	check_equal(sbi(SBI_HSM, HSM_STATUS, 0, 0, 0).value, 0, "is started");
	expect(sbi(SBI_HSM, HSM_STATUS, 1, 0, 0), SBI_ERR_INVALID_PARAM, "status of no hart");
	expect(sbi(SBI_HSM, HSM_START, 0, RAM, 0), SBI_ERR_ALREADY_AVAILABLE, "start of this hart");
	expect(sbi(SBI_HSM, HSM_START, 1, RAM, 0), SBI_ERR_INVALID_PARAM, "start of no hart");
	expect(sbi(SBI_HSM, HSM_START, UINT64_MAX, 0, 0), SBI_ERR_INVALID_PARAM, "of no id");
	expect(sbi(SBI_HSM, HSM_SUSPEND, 1, 0, 0), SBI_ERR_INVALID_PARAM, "reserved suspend type");
	expect(sbi(SBI_HSM, HSM_SUSPEND + 1, 0, 0, 0), SBI_ERR_NOT_SUPPORTED, "unknown function");
	expect(sbi(SBI_IPI, 0, 2, 0, 0), SBI_ERR_INVALID_PARAM, "IPI to no hart");
	expect(sbi(SBI_IPI, 0, 1, 5, 0), SBI_ERR_INVALID_PARAM, "IPI to a base of no hart");
	expect(sbi(SBI_IPI, 0, 0, 0, 0), SBI_SUCCESS, "IPI to nobody");
}

static void check_ipi(void)
{
	interrupts_mask();
	expect(sbi(SBI_IPI, 0, 1, 0, 0), SBI_SUCCESS, "IPI to oneself");
	check_equal(CSR_READ(sip) & bit(IRQ_SOFTWARE), bit(IRQ_SOFTWARE), "is pending");
	CSR_CLEAR(sip, bit(IRQ_SOFTWARE));
	check_equal(CSR_READ(sip) & bit(IRQ_SOFTWARE), 0, "until the guest clears it");
	expect(sbi(SBI_IPI, 0, 0, ALL_HARTS, 0), SBI_SUCCESS, "IPI to all");
	check_equal((uint64_t)sbi(LEGACY_CLEAR_IPI, 0, 0, 0, 0).error, 1, "legacy clear");
	check_equal((uint64_t)sbi(LEGACY_CLEAR_IPI, 0, 0, 0, 0).error, 0, "nothing to clear");
	check_equal((uint64_t)sbi(LEGACY_SEND_IPI, 0, 0, 0, 0).error, 0, "legacy send");
	CSR_CLEAR(sip, bit(IRQ_SOFTWARE));
}

static void check_fences(void)
{
	uint64_t function;

	for (function = 0; function <= RFENCE_LAST; function++) {
		expect(sbi(SBI_RFENCE, function, 1, 0, RAM), SBI_SUCCESS, "fence of oneself");
		expect(sbi(SBI_RFENCE, function, 0, ALL_HARTS, 0), SBI_SUCCESS, "fence of all");
		expect(sbi(SBI_RFENCE, function, 2, 0, 0), SBI_ERR_INVALID_PARAM, "of no hart");
	}
	expect(sbi(SBI_RFENCE, RFENCE_LAST + 1, 1, 0, 0), SBI_ERR_NOT_SUPPORTED, "HFENCE");
	for (function = LEGACY_FENCE_I; function <= LEGACY_FENCE_VMA_ASID; function++) {
		check_equal((uint64_t)sbi(function, 0, 0, 0, 0).error, 0, "legacy fence");
	}
}

static void check_console(void)
{
	const char text[] = "debug console\n";
	struct sbi_result result;

	memcpy((void *)(uintptr_t)BUFFER, text, sizeof(text));
	result = sbi(SBI_DBCN, 0, sizeof(text) - 1, BUFFER, 0);
	expect(result, SBI_SUCCESS, "DBCN write");
	check(result.value > 0 && result.value <= sizeof(text) - 1, "some of it");
	expect(sbi(SBI_DBCN, 1, 16, BUFFER, 0), SBI_SUCCESS, "DBCN read");
	expect(sbi(SBI_DBCN, 2, '.', 0, 0), SBI_SUCCESS, "DBCN byte");
	expect(sbi(SBI_DBCN, 0, 4, UNMAPPED, 0), SBI_ERR_INVALID_PARAM, "DBCN of no memory");
	expect(sbi(SBI_DBCN, 0, 4, RAM, 1), SBI_ERR_INVALID_PARAM, "DBCN above 64 bits");
	expect(sbi(SBI_DBCN, 0, UINT64_MAX, RAM, 0), SBI_ERR_INVALID_PARAM, "DBCN round the end");
	expect(sbi(SBI_DBCN, 1, UINT64_C(1) << 40, UINT64_C(1) << 50, 0), SBI_ERR_INVALID_PARAM,
	       "DBCN read into no memory");
	expect(sbi(SBI_DBCN, 3, 0, 0, 0), SBI_ERR_NOT_SUPPORTED, "unknown function");
	check_equal((uint64_t)sbi(LEGACY_PUTCHAR, 0, '\n', 0, 0).error, 0, "legacy putchar");
	check_equal((uint64_t)sbi(LEGACY_GETCHAR, 0, 0, 0, 0).error, UINT64_MAX, "legacy getchar");
}

/** All arguments arrive, and come back as they were but for a0 and a1. */
static void check_arguments(void)
{
	uint64_t a[SBI_REGISTERS] = { 0x1,      0x20,      0x300,     0x4000,
				      0x50000,  0x600000,  CALL_ECHO, SBI_HVC };
	uint64_t i;

	sbi_all(a);
	check_equal(a[0], 0x654321 ^ CALL_ECHO, "the echo hypercall");
	for (i = 2; i < 6; i++) {
		check_equal(a[i], (i + 1) << (4 * i), "an argument is preserved");
	}
	check_equal(a[6], CALL_ECHO, "and the function");
	check_equal(a[7], SBI_HVC, "and the extension");
	expect(sbi(SBI_HVC, 1, 2, 3, 4), SBI_ERR_NOT_SUPPORTED, "a function of nobody");
}

void guest_main(void)
{
	check_equal(start_hart, 0, "a0 is the hart's id");
	check_equal(read32(start_tree), 0xedfe0dd0, "a1 is the device tree");
	check_base();
	check_harts();
	check_ipi();
	check_fences();
	check_console();
	check_arguments();
	expect(sbi(SBI_SRST, 0, 3, 0, 0), SBI_ERR_INVALID_PARAM, "reserved reset type");
	expect(sbi(SBI_SRST, 1, 0, 0, 0), SBI_ERR_NOT_SUPPORTED, "unknown function");
}
