/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SVE registers of the guest's own: nothing is in them at first, and what is written stays
 * there in every length over exits that the library and ones that the hypervisor answers,
 * and while others run on the CPU, of which SELF (1, 2) tells one.
 */
#include "sve.h"
#include "turns.h"

/** Parts of a second that a round waits. */
#define WAIT_DIVISOR 40u
#define ROUNDS 24u
/** Exits in a row, in which a machine that is renewed is so more than once. */
#define EXITS 250u

#define CALL_PSCI_VERSION UINT64_C(0x84000000)
#define CALL_ECHO UINT64_C(0xc6000000)
#define BITS_PER_BYTE 8u

static struct sve_registers written;
static struct sve_registers found;
static uint64_t turns;

static uint8_t byte_of(uint64_t round, uint32_t n, uint32_t i)
{
	return (uint8_t)((uint64_t)SELF * 0x51 + round * 0x1d + n * 0x35 + i * 0x0b + 1);
}

static void choose(uint64_t round)
{
	/* FFR is ones, and zeros behind them. */
	const uint32_t ones = (uint32_t)(round + SELF) % 16u;
	uint32_t n, i;

	for (n = 0; n < SVE_VECTORS; n++) {
		for (i = 0; i < SVE_VECTOR_BYTES_MOST; i++) {
			written.z[n][i] = byte_of(round, n, i);
		}
	}
	for (n = 0; n < SVE_FFR; n++) {
		for (i = 0; i < SVE_PREDICATE_BYTES_MOST; i++) {
			written.p[n][i] = byte_of(round, n, i + 1);
		}
	}
	memset(written.p[SVE_FFR], 0, sizeof(written.p[SVE_FFR]));
	written.p[SVE_FFR][0] = (uint8_t)((1u << ones) - 1u);
	written.p[SVE_FFR][1] = (uint8_t)(((1u << ones) - 1u) >> BITS_PER_BYTE);
}

static uint64_t differing(uint64_t vector_bytes)
{
	uint64_t wrong = 0;
	uint32_t n, i;

	for (n = 0; n < SVE_VECTORS; n++) {
		for (i = 0; i < vector_bytes; i++) {
			wrong += written.z[n][i] != found.z[n][i] ? 1 : 0;
		}
	}
	for (n = 0; n < SVE_PREDICATES; n++) {
		for (i = 0; i < vector_bytes / BITS_PER_BYTE; i++) {
			wrong += written.p[n][i] != found.p[n][i] ? 1 : 0;
		}
	}
	return wrong;
}

static void keep_registers(uint64_t round)
{
	const uint64_t asked = round % (ZCR_LEN_MOST + 1u);
	uint64_t length;

	zcr_write(asked);
	length = sve_vector_bytes();
	check(length <= (asked + 1) * 16, "a vector as ZCR_EL1 asks for");
	choose(round);
	sve_write(&written);
	(void)hvc(CALL_PSCI_VERSION, 0, 0, 0);
	check_equal(hvc(CALL_ECHO, 1, 2, 4).x0, 7, "the hypervisor");
	write32(SCRATCH, (uint32_t)round);
	check_equal(read32(SCRATCH), round, "its device");
	turns += turns_of_others(WAIT_DIVISOR);
	check_equal(sve_vector_bytes(), length, "the vectors' length");
	sve_read(&found);
	check_equal(differing(length), 0, "bytes of SVE registers that changed");
	check_equal(zcr_read(), asked, "ZCR_EL1");
}

/** FFR gets a value that none of its own instructions makes: what it is then is UNKNOWN (WRFFR). */
static void go_on_with_any_ffr(void)
{
	uint32_t i;

	zcr_write(ZCR_LEN_MOST);
	choose(ROUNDS);
	written.p[SVE_FFR][0] = 0xb5;
	sve_write(&written);
	for (i = 0; i < EXITS; i++) {
		check_equal(hvc(CALL_ECHO, 1, 2, 4).x0, 7, "the hypervisor");
	}
	sve_read(&found);
	memcpy(written.p[SVE_FFR], found.p[SVE_FFR], sizeof(written.p[SVE_FFR]));
	check_equal(differing(sve_vector_bytes()), 0, "bytes that changed beside an UNKNOWN FFR");
}

void guest_main(void)
{
	uint64_t before = exception.count;
	uint64_t round;

	check_equal(sve_version(), 1, "ID_AA64PFR0_EL1.SVE");
	if (failures() != 0) {
		return;
	}
	zcr_write(ZCR_LEN_MOST);
	sve_read(&found);
	check_equal(differing(sve_vector_bytes()), 0, "bytes that are not zero at first");
	print("vectors of ");
	print_number(sve_vector_bytes() * BITS_PER_BYTE);
	print(" bits\n");
	for (round = 0; round < ROUNDS && failures() == 0; round++) {
		keep_registers(round);
	}
	go_on_with_any_ffr();
	check_equal(exception.count, before, "no exceptions");
	if (turns > 2) {
		print("others ran meanwhile\n");
	}
}
