/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Linux program without a libc that debugs another one, its child, by the debug
 * registers of the CPU: a breakpoint, steps, a watchpoint (ptrace(2), NT_ARM_HW_BREAK and
 * NT_ARM_HW_WATCH). Ends with 0 if each of them stops the child where it should.
 */
#include <stddef.h>
#include <stdint.h>

#include "program.h"

/* System calls of Linux (include/uapi/asm-generic/unistd.h) */
#define SYS_PTRACE 117
#define SYS_KILL 129
#define SYS_GETPID 172
#define SYS_CLONE 220
#define SYS_WAIT4 260
/* include/uapi/asm-generic/signal.h */
#define SIGTRAP 5u
#define SIGCHLD 17u
#define SIGSTOP 19u
/* include/uapi/linux/ptrace.h, elf.h */
#define PTRACE_TRACEME 0u
#define PTRACE_CONT 7u
#define PTRACE_SINGLESTEP 9u
#define PTRACE_GETREGSET 0x4204u
#define PTRACE_SETREGSET 0x4205u
#define NT_PRSTATUS 1u
#define NT_ARM_HW_BREAK 0x402u
#define NT_ARM_HW_WATCH 0x403u
/* DBGBCR<n>_EL1 and DBGWCR<n>_EL1, ARM DDI 0487, D19.3: on; four bytes; stores of eight bytes */
#define ON 1u
#define FOUR_BYTES (0xfu << 5)
#define STORES_OF_EIGHT (2u << 3 | 0xffu << 5)

#define STEPS 20u
#define CHILD_STATUS 42u

/** What the kernel has of a thread: arch/arm64/include/uapi/asm/ptrace.h */
struct registers {
	uint64_t x[31];
	uint64_t sp;
	uint64_t pc;
	uint64_t pstate;
};

struct debug_state {
	uint32_t info;
	uint32_t pad;
	struct {
		uint64_t address;
		uint32_t control;
		uint32_t pad;
	} point[1];
};

struct buffer {
	void *base;
	size_t size;
};

_Noreturn void _start(void);

static void expect(int held, const char *what)
{
	if (!held) {
		print("axvcpu: debugger: FAIL: ");
		print(what);
		print("\n");
		leave(1);
	}
}

static __attribute__((noinline)) void target(void)
{
	__asm__ volatile("nop" ::: "memory");
}

static _Noreturn void child(volatile uint64_t *watched)
{
	(void)system_call(SYS_PTRACE, PTRACE_TRACEME, 0, 0, 0);
	(void)system_call(SYS_KILL, (uint64_t)system_call(SYS_GETPID, 0, 0, 0, 0), SIGSTOP, 0, 0);
	target();
	for (uint32_t i = 0; i < STEPS; i++) {
		__asm__ volatile("nop" ::: "memory");
	}
	*watched = 1;
	leave(CHILD_STATUS);
}

/** The signal that stopped the child; what it ended with, above, if it did. */
static uint32_t wait_for(int64_t pid)
{
	uint32_t status = 0;

	expect(system_call(SYS_WAIT4, (uint64_t)pid, (uintptr_t)&status, 0, 0) == pid, "wait4");
	return (status & 0xffu) == 0x7fu ? status >> 8 & 0xffu : status & 0xff00u;
}

static uint64_t pc_of(int64_t pid)
{
	struct registers registers;
	struct buffer buffer = { &registers, sizeof(registers) };

	expect(system_call(SYS_PTRACE, PTRACE_GETREGSET, (uint64_t)pid, NT_PRSTATUS,
			   (uintptr_t)&buffer) == 0,
	       "registers");
	return registers.pc;
}

static void set_point(int64_t pid, uint64_t kind, uintptr_t address, uint32_t control)
{
	struct debug_state state = { .point = { { .address = address, .control = control } } };
	struct buffer buffer = { &state, sizeof(state) };

	expect(system_call(SYS_PTRACE, PTRACE_SETREGSET, (uint64_t)pid, kind, (uintptr_t)&buffer) == 0,
	       "debug registers");
}

static uint32_t go_on(int64_t pid, uint64_t how)
{
	expect(system_call(SYS_PTRACE, how, (uint64_t)pid, 0, 0) == 0, "go on");
	return wait_for(pid);
}

void _start(void)
{
	/* The child has a copy of the stack at the same addresses. */
	volatile uint64_t watched = 0;
	int64_t pid = system_call(SYS_CLONE, SIGCHLD, 0, 0, 0);
	uint64_t before;

	if (pid == 0) {
		child(&watched);
	}
	expect(pid > 0 && wait_for(pid) == SIGSTOP, "a child");
	set_point(pid, NT_ARM_HW_BREAK, (uintptr_t)target, ON | FOUR_BYTES);
	expect(go_on(pid, PTRACE_CONT) == SIGTRAP, "a breakpoint stops it");
	expect(pc_of(pid) == (uintptr_t)target, "where it was set");
	set_point(pid, NT_ARM_HW_BREAK, 0, 0);
	print("axvcpu: debugger: breakpoint\n");
	for (uint32_t i = 0; i < STEPS; i++) {
		before = pc_of(pid);
		expect(go_on(pid, PTRACE_SINGLESTEP) == SIGTRAP, "a step stops it");
		expect(pc_of(pid) != before, "an instruction on");
	}
	print("axvcpu: debugger: steps\n");
	set_point(pid, NT_ARM_HW_WATCH, (uintptr_t)&watched, ON | STORES_OF_EIGHT);
	before = pc_of(pid);
	expect(go_on(pid, PTRACE_CONT) == SIGTRAP, "a watchpoint stops it");
	expect(pc_of(pid) != before, "where it stores");
	set_point(pid, NT_ARM_HW_WATCH, 0, 0);
	print("axvcpu: debugger: watchpoint\n");
	expect(go_on(pid, PTRACE_CONT) == CHILD_STATUS << 8, "it goes on to its end");
	leave(0);
}
