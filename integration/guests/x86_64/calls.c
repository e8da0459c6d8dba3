/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls, CPUID, and what ends a wait. */
#include "guest.h"

static void user_call(void)
{
	(void)hypercall(CALL_ECHO, 1, 0, 0);
	__asm__ volatile("int $0x80");
}

static void check_arguments(void)
{
	uint64_t registers[9] = { CALL_ECHO, 0x1, 0x20, 0x300, 0x4000, 0x50000, 0x600000, 0x7000000,
				  0x80000000 };
	uint64_t i;

	hypercall_all(registers);
	check_equal(registers[0], 0x87654321, "the echo hypercall");
	for (i = 1; i < 9; i++) {
		check_equal(registers[i], i << (4 * (i - 1)), "an argument is preserved");
	}
	check_equal(hypercall(0x12345678, 1, 2, 3), UINT64_MAX, "an unknown number");
}

static void check_cpuid(void)
{
	struct cpuid features = cpuid(1, 0);
	struct cpuid extended = cpuid(0x80000001, 0);
	struct cpuid name = cpuid(0x40000000, 0);

	check((features.ecx & 1u << 31) != 0, "the bit of hypervisors");
	check((features.ecx & 1u << 5) == 0, "no VMX");
	check((extended.ecx & 1u << 2) == 0, "no SVM");
	check((extended.edx & 1u << 29) != 0, "long mode");
	check_equal(name.ebx, 0x63767861, "the hypervisor's name");
	/* With prefixes it is longer; the next instruction tells where it went on. */
	__asm__ volatile("xor %%eax, %%eax\n\t.byte 0x66, 0x48, 0x0f, 0xa2\n\tmov $7, %%eax"
			 :
			 :
			 : "rax", "rbx", "rcx", "rdx");
}

void guest_main(void)
{
	check_arguments();
	run_user(user_call, VECTOR_UD);
	check(trapped(VECTOR_UD), "a program's hypercall is undefined");
	check_cpuid();
	__asm__ volatile("wbinvd");
	check_equal(hypercall(CALL_KICK, 0, 0, 0), 0, "kick");
}
