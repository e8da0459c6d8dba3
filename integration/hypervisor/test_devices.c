/* SPDX-License-Identifier: Apache-2.0 */
#include "test_devices.h"

#include "board.h"
#include "bytes.h"
#include "pages.h"
#include "state_stream.h"
#include "vm.h"

#define SCRATCH_GPA UINT64_C(0x0b000000)
#define LAZY_GPA UINT64_C(0x0b010000)
#define LAZY_HIGH_GPA (UINT64_C(1) << 43)

#define CALL_ECHO UINT64_C(0xc6000000)
#define CALL_INJECT UINT64_C(0xc6000001)
#define CALL_KICK UINT64_C(0xc6000002)
#define CALL_EXITS UINT64_C(0xc6000003)
#define CALL_CHECKSUM UINT64_C(0xc6000004)

#define CALL_MACHINE UINT64_C(0xc6000005)
#define CALL_FAULT UINT64_C(0xc6000006)
#define CALL_HIDE UINT64_C(0xc6000007)
#define CALL_SET_REG UINT64_C(0xc6000010)

#define VERSION 1u

/** An address that the hypervisor does not map itself. */
#define NOWHERE (UINT64_C(1) << 46)

void test_devices_reset(struct test_devices *devices)
{
	uint32_t i;

	devices->machine++;
	memset(devices->scratch, 0, sizeof(devices->scratch));
	for (i = 0; i < TEST_LAZY_WINDOWS * TEST_LAZY_PAGES; i++) {
		if (devices->lazy[i] != 0) {
			pages_free(devices->lazy[i], 1);
			devices->lazy[i] = 0;
		}
		devices->hidden[i] = false;
	}
}

static bool in_scratch(uint64_t gpa, uint32_t width)
{
	return gpa >= SCRATCH_GPA && gpa - SCRATCH_GPA <= TEST_SCRATCH_SIZE - width;
}

bool test_device_read(const struct test_devices *devices, uint64_t gpa, uint32_t width,
		      uint64_t *value)
{
	if (!in_scratch(gpa, width)) {
		return false;
	}
	*value = 0;
	memcpy(value, &devices->scratch[gpa - SCRATCH_GPA], width);
	return true;
}

bool test_device_write(struct test_devices *devices, uint64_t gpa, uint32_t width,
		       uint64_t value)
{
	if (!in_scratch(gpa, width)) {
		return false;
	}
	memcpy(&devices->scratch[gpa - SCRATCH_GPA], &value, width);
	return true;
}

bool test_device_fault(struct test_devices *devices, uint64_t stage2_root, uint64_t gpa)
{
	bool high = gpa >= LAZY_HIGH_GPA;
	uint64_t page = (gpa - (high ? LAZY_HIGH_GPA : LAZY_GPA)) / PAGE_SIZE;
	uint64_t slot = (high ? TEST_LAZY_PAGES : 0u) + page % TEST_LAZY_PAGES;
	uint64_t *hpa = &devices->lazy[slot];

	if (gpa < LAZY_GPA || page >= TEST_LAZY_PAGES) {
		return false;
	}
	if (devices->hidden[slot]) {
		devices->hidden[slot] = false;
		return board_stage2_add_page(stage2_root, gpa - gpa % PAGE_SIZE, *hpa);
	}
	/* One that is mapped already faults for another reason. */
	if (*hpa != 0 || !pages_alloc(1, PAGE_SIZE, hpa)) {
		return false;
	}
	board_zero((void *)(uintptr_t)*hpa, PAGE_SIZE);
	board_sync_code((const void *)(uintptr_t)*hpa, PAGE_SIZE);
	return board_stage2_add_page(stage2_root, gpa - gpa % PAGE_SIZE, *hpa);
}

/** A page that is mapped at its first use: it is there again if it was. */
static void lazy_state(uint64_t *hpa, uint64_t gpa, uint64_t stage2_root,
		       struct state_stream *stream)
{
	bool mapped = *hpa != 0;

	state_bool(stream, &mapped);
	if (!mapped) {
		return;
	}
	if (stream->loading) {
		state_check(stream,
			    pages_alloc(1, PAGE_SIZE, hpa) &&
				    board_stage2_add_page(stage2_root, gpa, *hpa),
			    "no memory");
	}
	if (state_is_well(stream)) {
		state_bytes(stream, (void *)(uintptr_t)*hpa, PAGE_SIZE);
		board_sync_code((const void *)(uintptr_t)*hpa, PAGE_SIZE);
	}
}

void test_devices_state(struct test_devices *devices, uint64_t stage2_root,
			struct state_stream *stream)
{
	uint32_t page;

	(void)state_part(stream, "testdev", VERSION);
	state_bytes(stream, devices->scratch, sizeof(devices->scratch));
	state_u64(stream, &devices->machine);
	for (page = 0; page < TEST_LAZY_PAGES; page++) {
		lazy_state(&devices->lazy[page], LAZY_GPA + page * PAGE_SIZE, stage2_root, stream);
		lazy_state(&devices->lazy[TEST_LAZY_PAGES + page],
			   LAZY_HIGH_GPA + page * PAGE_SIZE, stage2_root, stream);
	}
}

/** FNV-1a over what must never change: the linker script's code and read-only data. */
uint64_t test_device_checksum(void)
{
	extern const uint8_t hypervisor_text_start[], hypervisor_text_end[];
	const uint8_t *at;
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (at = hypervisor_text_start; at < hypervisor_text_end; at++) {
		sum = (sum ^ *at) * UINT64_C(0x100000001b3);
	}
	return sum;
}

#if defined(__x86_64__)
/** Takes page `page` of the first window out of stage 2, with what it has. */
static bool hide(struct vm_vcpu *vcpu, uint64_t page)
{
	struct test_devices *devices = &vcpu->vm->test_devices;

	if (page >= TEST_LAZY_PAGES || devices->lazy[page] == 0 || devices->hidden[page]) {
		return false;
	}
	devices->hidden[page] = true;
	board_stage2_remove_page(vcpu, LAZY_GPA + page * PAGE_SIZE);
	return true;
}
#endif

bool test_device_call(struct vm_vcpu *vcpu, const struct axvcpu_exit_hypercall *call,
		      uint64_t *result)
{
	uint32_t i;

	switch (board_test_call(call)) {
	case CALL_ECHO:
		*result = 0;
		for (i = 0; i < AXVCPU_HYPERCALL_ARGS; i++) {
			*result ^= call->args[i];
		}
		return true;
	case CALL_INJECT:
		*result = (uint64_t)(int64_t)axvcpu_inject_interrupt(vcpu->handle, (uint32_t)call->args[0]);
		return true;
	case CALL_KICK:
		*result = (uint64_t)(int64_t)axvcpu_kick(vcpu->handle);
		return true;
	case CALL_EXITS:
		*result = call->args[0] < AXVCPU_EXIT_REASON_COUNT ? vcpu->exits[call->args[0]] :
								     UINT64_MAX;
		return true;
	case CALL_CHECKSUM:
		*result = test_device_checksum();
		return true;
	case CALL_MACHINE:
		*result = vcpu->vm->test_devices.machine;
		return true;
	case CALL_FAULT:
		*result = *(const volatile uint8_t *)(uintptr_t)NOWHERE;
		return true;
#if defined(__x86_64__)
	case CALL_HIDE:
		*result = hide(vcpu, call->args[0]) ? 0 : UINT64_MAX;
		return true;
#endif
	case CALL_SET_REG:
		*result = (uint64_t)(int64_t)axvcpu_set_reg(vcpu->handle, call->args[0],
							    &call->args[1], sizeof(call->args[1]));
		return true;
	default:
		return false;
	}
}
