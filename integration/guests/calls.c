/* SPDX-License-Identifier: Apache-2.0 */
/* HVC and SMC: PSCI (DEN 0022), SMCCC (DEN 0028), hypercalls, unknown functions. */
#include "guest.h"

#define NOT_SUPPORTED UINT64_MAX
#define NOT_REQUIRED UINT64_C(1)
#define ID_AA64PFR0_CSV2 (UINT64_C(0xf) << 56)
#define INVALID_PARAMETERS ((uint64_t)-2)
#define ALREADY_ON ((uint64_t)-4)
#define CALL_ECHO UINT64_C(0xc6000000)

typedef struct call_result (*conduit)(uint64_t, uint64_t, uint64_t, uint64_t);

static void check_psci(conduit call)
{
	static const uint32_t implemented[] = {
		0x84000000, 0x84000001, 0xc4000001, 0x84000002, 0x84000003, 0xc4000003,
		0x84000004, 0xc4000004, 0x84000006, 0x84000008, 0x84000009, 0x8400000a,
		0x84000012, 0xc4000012, 0x80000000,
	};
	uint32_t function;
	size_t i;
	bool known;

	check_equal(call(0x84000000, 0, 0, 0).x0, 0x10001, "PSCI_VERSION is 1.1");
	for (function = 0x84000000; function < 0x84000020; function++) {
		known = false;
		for (i = 0; i < sizeof(implemented) / sizeof(implemented[0]); i++) {
			known = known || implemented[i] == function;
		}
		check_equal(call(0x8400000a, function, 0, 0).x0, known ? 0 : NOT_SUPPORTED,
			    "PSCI_FEATURES");
		if (!known) {
			check_equal(call(function, 0, 0, 0).x0, NOT_SUPPORTED, "unknown PSCI call");
		}
	}
	check_equal(call(0x84000004, 0, 0, 0).x0, 0, "AFFINITY_INFO of this CPU is ON");
	check_equal(call(0xc4000004, 0, 0, 0).x0, 0, "AFFINITY_INFO64 of this CPU is ON");
	check_equal(call(0xc4000004, 1, 0, 0).x0, INVALID_PARAMETERS, "AFFINITY_INFO of no CPU");
	check_equal(call(0x84000004, (UINT64_C(9) << 32) | 1, UINT64_C(9) << 32, 0).x0,
		    INVALID_PARAMETERS, "AFFINITY_INFO in its 32-bit form looks at 32 bits");
	check_equal(call(0xc4000004, 0, 1, 0).x0, INVALID_PARAMETERS, "AFFINITY_INFO of a cluster");
	check_equal(call(0x84000006, 0, 0, 0).x0, 2, "MIGRATE_INFO_TYPE: nothing to migrate");
	check_equal(call(0xc4000003, 0, 0x40200000, 0).x0, ALREADY_ON, "CPU_ON of this CPU");
	check_equal(call(0xc4000003, 1, 0x40200000, 7).x0, INVALID_PARAMETERS, "CPU_ON of no CPU");
	check_equal(call(0xc4000003, UINT64_C(1) << 63, 0, 0).x0, INVALID_PARAMETERS,
		    "CPU_ON of what is no MPIDR");
	check_equal(call(0x84000003, UINT64_C(1) << 63, 0, 0).x0, ALREADY_ON,
		    "CPU_ON in its 32-bit form looks at 32 bits");
	check_equal(call(0x84000001, UINT32_MAX, 0, 0).x0, INVALID_PARAMETERS,
		    "CPU_SUSPEND with a broken power state");
	check_equal(call(0x84000012, 1, 0, 0).x0, INVALID_PARAMETERS, "SYSTEM_RESET2 of no type");
}

static void check_smccc(conduit call)
{
	struct call_result result;
	uint64_t workaround;

	check_equal(call(0x80000000, 0, 0, 0).x0, 0x10002, "SMCCC_VERSION is 1.2");
	check_equal(call(0x80000001, 0x80000001, 0, 0).x0, 0, "SMCCC_ARCH_FEATURES of itself");
	check_equal(call(0x80000001, 0x80000002, 0, 0).x0, NOT_SUPPORTED, "SOC_ID");
	workaround = (SYSREG_READ(id_aa64pfr0_el1) & ID_AA64PFR0_CSV2) != 0 ? NOT_REQUIRED :
									      NOT_SUPPORTED;
	check_equal(call(0x80000001, 0x80008000, 0, 0).x0, workaround, "WORKAROUND_1");
	check_equal(call(0x80008000, 0, 0, 0).x0,
		    workaround == NOT_REQUIRED ? 0x80008000 : NOT_SUPPORTED, "calling it");
	check_equal(call(0x80000001, 0x80007fff, 0, 0).x0, NOT_SUPPORTED, "WORKAROUND_2");
	result = call(0x80000002, 11, 12, 13);
	check_equal(result.x0, NOT_SUPPORTED, "an unknown function");
	check(result.x1 == 11 && result.x2 == 12 && result.x3 == 13, "arguments are preserved");
	check_equal(call(0xdeadbeef, 0, 0, 0).x0, NOT_SUPPORTED, "a function of nobody");
}

/** All eight arguments arrive, and come back as they were. */
static void check_arguments(void)
{
	uint64_t x[CALL_REGISTERS] = { CALL_ECHO, 0x1, 0x20, 0x300, 0x4000, 0x50000, 0x600000,
				       0x7000000, 0x80000000 };
	uint64_t i;

	hvc_all(x);
	check_equal(x[0], 0x87654321, "the echo hypercall");
	for (i = 1; i < CALL_REGISTERS; i++) {
		check_equal(x[i], i << (4 * (i - 1)), "an argument is preserved");
	}
	x[0] = CALL_ECHO;
	smc_all(x);
	check_equal(x[0], NOT_SUPPORTED, "an SMC is not a hypercall");
}

/** With an immediate it is no SMCCC call: even PSCI_VERSION goes to the hypervisor. */
static void check_immediate(void)
{
	uint64_t x[CALL_REGISTERS] = { 0x84000000, 1, 2, 3 };

	hvc_immediate(x);
	check_equal(x[0], NOT_SUPPORTED, "an HVC with an immediate");
}

void guest_main(void)
{
	check_psci(hvc);
	check_psci(smc);
	check_smccc(hvc);
	check_smccc(smc);
	check_arguments();
	check_immediate();
}
