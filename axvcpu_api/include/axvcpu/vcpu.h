/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual CPU: life cycle, entry, completion of exits, registers,
 * interrupts.
 *
 *   create           Created
 *   setup            Created -> Free
 *   bind             Free    -> Ready     loads the vCPU onto this physical CPU
 *   run              Ready   -> Running -> Ready, or -> Blocked when the guest
 *                    halts and nothing is pending for it
 *   unblock          Blocked -> Ready     (an interrupt or a kick does it too)
 *   unbind           Ready   -> Free      takes it off the physical CPU
 *   switch           unbind of one vCPU and bind of another in one
 *
 * Any other transition makes the vCPU Invalid and gives AXVCPU_ERR_BAD_STATE;
 * so does one whose work fails, with that work's error. axvcpu_get_failure()
 * tells which operation found which state.
 *
 * What holds for all functions below, unless their comments say otherwise:
 *   - AXVCPU_OK means done; AXVCPU_ERR_INVALID_ARGUMENT that a pointer is null.
 *     The comments name what they return besides. A call that fails changes
 *     nothing. In a state that is not among those named it gives
 *     AXVCPU_ERR_BAD_STATE.
 *   - They are for the vCPU's owner: the CPU or thread that the hypervisor lets
 *     work on it; one at a time, and from bind to unbind it is the physical CPU
 *     that bound it. Two owners at once are a bug of the hypervisor, but the
 *     state machine is atomic and catches it.
 *   - Those marked "any CPU, any time" need no owner and are lock-free.
 */
#ifndef AXVCPU_VCPU_H_
#define AXVCPU_VCPU_H_

#include "axvcpu/exit.h"
#include "axvcpu/host.h"
#include "axvcpu/reg.h"
#include "axvcpu/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A virtual CPU. */
struct axvcpu;

/** States of a vCPU. */
enum axvcpu_state {
	/** A transition was wrong or failed; only set_state, destroy, traces and queries work. */
	AXVCPU_STATE_INVALID = 0,
	/** Made, but not set up. */
	AXVCPU_STATE_CREATED = 1,
	/** Set up, on no physical CPU. */
	AXVCPU_STATE_FREE = 2,
	/** Bound to a physical CPU, may be run there. */
	AXVCPU_STATE_READY = 3,
	/** In its guest. */
	AXVCPU_STATE_RUNNING = 4,
	/** Bound; its guest halted and waits for an interrupt. */
	AXVCPU_STATE_BLOCKED = 5,
};

/** Number of states. */
#define AXVCPU_STATE_COUNT 6u

/** The operations that axvcpu_failure.operation names, each named after its function. */
enum axvcpu_operation {
	AXVCPU_OPERATION_NONE = 0,
	AXVCPU_OPERATION_SETUP = 1,
	AXVCPU_OPERATION_BIND = 2,
	AXVCPU_OPERATION_RUN = 3,
	AXVCPU_OPERATION_UNBIND = 4,
	AXVCPU_OPERATION_UNBLOCK = 5,
	AXVCPU_OPERATION_TRANSITION = 6,
	/** axvcpu_load(), in axvcpu/snapshot.h. */
	AXVCPU_OPERATION_LOAD = 7,
};

/** 64-bit words of a set of physical CPUs. */
#define AXVCPU_CPU_SET_WORDS 16u
/** One more than the highest physical CPU number that a set can name. */
#define AXVCPU_CPU_SET_MAX 1024u
/** No preference in axvcpu_create_params.preferred_cpu. */
#define AXVCPU_CPU_ANY UINT64_MAX

/** What axvcpu_create() needs to know. */
struct axvcpu_create_params {
	/** sizeof(struct axvcpu_create_params); members beyond it, at most allowed_cpus, are zero. */
	uint32_t size;
	/** Must be zero. */
	uint32_t flags;
	/** The virtual machine, any number; the same for all its vCPUs. */
	uint64_t vm_id;
	/** Number of the vCPU in its machine; 0 is the boot processor. */
	uint64_t vcpu_id;
	/**
	 * Physical CPU that it should run on, or AXVCPU_CPU_ANY. Advice for the
	 * scheduler, but it must be an allowed one.
	 */
	uint64_t preferred_cpu;
	/** Physical CPUs that it may be bound to: bit n % 64 of word n / 64; all zero means any. */
	uint64_t allowed_cpus[AXVCPU_CPU_SET_WORDS];
};
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_create_params) == 160, "size is ABI");

/** Why a vCPU is Invalid, or the last refused transition. */
struct axvcpu_failure {
	/** In: sizeof(struct axvcpu_failure) of the caller. Out: bytes filled in. */
	uint32_t size;
	/** AXVCPU_OPERATION_*; NONE if no transition has failed. */
	uint32_t operation;
	/** The state that the operation needs. */
	uint32_t required_state;
	/** The state that it found. */
	uint32_t found_state;
	/** What it returned. */
	int32_t error;
	/** Zero. */
	uint32_t reserved;
	/** Of a load: the id of the register that the vCPU lacks, or whose value was refused; else 0. */
	uint64_t reg;
};
AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_failure) == 32, "size is ABI");

/**
 * Bytes of memory that a vCPU of `host` takes, its arch state included; always a
 * multiple of AXVCPU_MEMORY_ALIGN. 0 if `host` is null.
 *
 * Thread safety: any CPU, any time.
 */
size_t axvcpu_size(const struct axvcpu_host *host);

/**
 * Makes a vCPU in memory of the caller. State: none -> Created.
 *
 * @param host         from axvcpu_host_init().
 * @param memory       at least axvcpu_size() bytes, aligned to
 *                     AXVCPU_MEMORY_ALIGN; belongs to the vCPU until
 *                     axvcpu_destroy().
 * @param memory_size  bytes of it.
 * @param params       see struct axvcpu_create_params; copied.
 * @param arch_config  the arch package's create configuration, or null for its
 *                     defaults; copied.
 * @param vcpu         receives the handle; untouched on failure.
 * @return AXVCPU_ERR_INVALID_ARGUMENT if `memory` is misaligned or a configuration
 *         is malformed; AXVCPU_ERR_NO_MEMORY if `memory_size` is too small or the
 *         arch package got no frames; AXVCPU_ERR_UNSUPPORTED if it cannot do what
 *         is asked. `memory` may have been written to.
 *
 * Thread safety: any CPU; the memory must not be in use.
 */
axvcpu_error_t axvcpu_create(struct axvcpu_host *host, void *memory, size_t memory_size,
			     const struct axvcpu_create_params *params, const void *arch_config,
			     struct axvcpu **vcpu);

/**
 * Ends a vCPU; its memory is the caller's again. States: Created, Free and
 * Invalid. An Invalid one that is still bound must be destroyed on the CPU to
 * which it is bound.
 *
 * @return AXVCPU_ERR_WRONG_CPU if it is bound to another CPU; AXVCPU_ERR_RESOURCE_BUSY
 *         if this CPU is inside an operation on it.
 *
 * Thread safety: owner; no other CPU may use the handle any more.
 */
axvcpu_error_t axvcpu_destroy(struct axvcpu *vcpu);

/** The machine that the vCPU was created for. Any CPU, any time. */
uint64_t axvcpu_vm_id(const struct axvcpu *vcpu);
/** The number of the vCPU in its machine. Any CPU, any time. */
uint64_t axvcpu_vcpu_id(const struct axvcpu *vcpu);
/** The physical CPU that it should run on, or AXVCPU_CPU_ANY. Any CPU, any time. */
uint64_t axvcpu_preferred_cpu(const struct axvcpu *vcpu);
/** Whether it may be bound to physical CPU `cpu`. Any CPU, any time. */
bool axvcpu_is_cpu_allowed(const struct axvcpu *vcpu, uint64_t cpu);
/** Whether it is its machine's boot processor (vcpu_id 0). Any CPU, any time. */
bool axvcpu_is_bsp(const struct axvcpu *vcpu);
/** The host that it was created with. Any CPU, any time. */
struct axvcpu_host *axvcpu_host_of(const struct axvcpu *vcpu);
/** The arch package's own state, for that package's functions. Any CPU, any time. */
void *axvcpu_arch_state(struct axvcpu *vcpu);

/**
 * The state, AXVCPU_STATE_*. Another CPU's transition may change it at once.
 *
 * Thread safety: any CPU, any time.
 */
uint32_t axvcpu_get_state(const struct axvcpu *vcpu);

/**
 * Forces a state, without any of the work that a transition does. For leaving
 * Invalid after the hypervisor mended what was wrong; a vCPU that is bound stays
 * so, one that is not cannot be run. One that is forced to be Blocked stays so even
 * if something is pending for it; axvcpu_is_runnable() then says true.
 *
 * @param state  any AXVCPU_STATE_* but Running.
 * @return AXVCPU_ERR_INVALID_ARGUMENT for another number; AXVCPU_ERR_BAD_STATE while
 *         it is Running, or if the state contradicts its binding (Ready and Blocked
 *         need one, Created and Free must have none).
 */
axvcpu_error_t axvcpu_set_state(struct axvcpu *vcpu, uint32_t state);

/** A short English name of a state ("Ready"); "unknown" for other numbers. Any CPU, any time. */
const char *axvcpu_state_string(uint32_t state);

/**
 * Which transition failed last.
 *
 * @param failure  `size` set by the caller; filled in up to that many bytes.
 * @return AXVCPU_ERR_INVALID_ARGUMENT if `size` is below 8.
 */
axvcpu_error_t axvcpu_get_failure(const struct axvcpu *vcpu, struct axvcpu_failure *failure);

/**
 * Sets where the guest starts. States: Created and Free.
 *
 * @param entry  guest physical address of the first instruction.
 * @return AXVCPU_ERR_INVALID_ARGUMENT if the architecture cannot start there.
 */
axvcpu_error_t axvcpu_set_entry(struct axvcpu *vcpu, uint64_t entry);

/**
 * Sets the root of the second-stage page table (EPT, NPT, stage 2, hgatp). The
 * table stays the hypervisor's, who must keep it until the vCPU is destroyed or
 * has another one, and does the TLB maintenance that its changes need. States:
 * Created and Free.
 *
 * @param root  HPA of the table, aligned as the arch package says.
 * @return AXVCPU_ERR_INVALID_ARGUMENT if it is misaligned or out of range.
 */
axvcpu_error_t axvcpu_set_ept_root(struct axvcpu *vcpu, uint64_t root);

/**
 * Gives the vCPU its first architectural state. Created -> Free. Of one that was
 * forced back to Created, where the arch package sets up a vCPU more than once, an
 * access that is open, queued interrupts and kicks are forgotten.
 *
 * @param entry        as axvcpu_set_entry().
 * @param ept_root     as axvcpu_set_ept_root().
 * @param arch_config  the arch package's set-up configuration, or null for its
 *                     defaults; copied.
 * @return AXVCPU_ERR_RESOURCE_BUSY inside an operation on this CPU.
 *         AXVCPU_ERR_BAD_STATE, or what the arch package found wrong with an
 *         argument or the machine: then the vCPU is Invalid.
 */
axvcpu_error_t axvcpu_setup(struct axvcpu *vcpu, uint64_t entry, uint64_t ept_root,
			    const void *arch_config);

/**
 * Loads the vCPU's registers onto the physical CPU that calls. Free -> Ready.
 *
 * @return AXVCPU_ERR_WRONG_CPU if this CPU has no enabled axvcpu_percpu or the vCPU
 *         may not run on it; AXVCPU_ERR_RESOURCE_BUSY if another vCPU is bound to
 *         this CPU or it is inside an operation. AXVCPU_ERR_BAD_STATE, or the arch
 *         package's error: then the vCPU is Invalid.
 */
axvcpu_error_t axvcpu_bind(struct axvcpu *vcpu);

/**
 * Takes the vCPU off this physical CPU and saves its registers. Ready -> Free.
 *
 * @return AXVCPU_ERR_WRONG_CPU if it is bound to another CPU; AXVCPU_ERR_RESOURCE_BUSY
 *         inside an operation on this CPU. AXVCPU_ERR_BAD_STATE, or the arch package's
 *         error: then the vCPU is Invalid, in the second case bound to nothing.
 */
axvcpu_error_t axvcpu_unbind(struct axvcpu *vcpu);

/**
 * axvcpu_unbind() of `from` and axvcpu_bind() of `to` in one, which is what a scheduler
 * does at the end of a time slice: `from` Ready -> Free, `to` Free -> Ready. It costs less
 * where the arch package can leave out what unbind gives back to the host and bind would
 * take from it again; otherwise it is those two.
 *
 * So the host's own values of registers that a guest has, too, stay those which the bind
 * before the first switch found, until an unbind puts them back. A hypervisor that changes
 * them between an unbind and a bind (a thread pointer, as it switches its own threads with
 * the vCPUs) goes on to call the two.
 *
 * With `from` == `to` it checks and does nothing else.
 *
 * @return AXVCPU_ERR_INVALID_ARGUMENT for vCPUs of two hosts; AXVCPU_ERR_RESOURCE_BUSY
 *         inside an operation on this CPU; AXVCPU_ERR_WRONG_CPU if `from` is bound to
 *         another CPU or `to` may not run on this one. AXVCPU_ERR_BAD_STATE: the one whose
 *         state was wrong is Invalid, first `from` is looked at; the other one is as it
 *         was. An error of the arch package in saving `from`: it is Invalid and bound to
 *         nothing, `to` is Free. One in loading `to`: `from` is Free, `to` Invalid and
 *         bound to nothing. axvcpu_get_failure() names unbind for `from` and bind for `to`.
 *
 * Thread safety: owner of both, on the CPU that bound `from`.
 */
axvcpu_error_t axvcpu_switch(struct axvcpu *from, struct axvcpu *to);

/**
 * Enters the guest until something needs the hypervisor. Ready -> Running ->
 * Ready; -> Blocked if the guest halted and nothing is pending for it.
 *
 * First hands queued interrupts to the guest and finishes the last exit if that
 * was a write (its instruction is stepped over). A kick that came before makes
 * it return AXVCPU_EXIT_NOTHING without entering (`pc` is 0 then).
 *
 * Call it with physical interrupts masked (Arm: PSTATE.I and F set; x86: IF
 * clear; RISC-V: sstatus.SIE clear): one that arrives ends the run and is then
 * pending, or fetched by the HAL's irq_fetch.
 *
 * @param exit  receives a pointer to the vCPU's exit record, valid until its next
 *              run; null if an error is returned.
 * @return AXVCPU_ERR_WRONG_CPU if it is bound to another CPU; AXVCPU_ERR_RESOURCE_BUSY
 *         inside an operation on this CPU; AXVCPU_ERR_INCOMPLETE if the last exit was a
 *         read that nobody completed. AXVCPU_ERR_BAD_STATE, or the arch package's error:
 *         then the vCPU is Invalid.
 */
axvcpu_error_t axvcpu_run(struct axvcpu *vcpu, const struct axvcpu_exit **exit);

/**
 * Ends the wait of a halted vCPU without an interrupt. Blocked -> Ready.
 *
 * @return AXVCPU_ERR_BAD_STATE, with the vCPU Invalid, except that one which was
 *         Blocked since it last ran, and which an interrupt or a kick made Ready,
 *         stays so and gives AXVCPU_OK.
 */
axvcpu_error_t axvcpu_unblock(struct axvcpu *vcpu);

/** A function for axvcpu_transition(): gets axvcpu_arch_state() and `arg`. */
typedef axvcpu_error_t (*axvcpu_transition_fn)(void *arch_state, void *arg);

/**
 * Runs an operation on the arch state under a transition of the hypervisor's
 * own: `from` -> `to` if it returns AXVCPU_OK, else -> Invalid. The vCPU is this
 * CPU's current one meanwhile. No wake-up gets lost: a vCPU that an interrupt or a
 * kick takes out of Blocked before or during the operation ends up Ready, and so
 * does one that comes to Blocked while something is pending for it.
 *
 * @param from, to  AXVCPU_STATE_* other than Invalid and Running; both with a
 *                  binding (Ready, Blocked) or both without (Created, Free), as
 *                  this call neither binds nor unbinds.
 * @return what `operation` returned; AXVCPU_ERR_INVALID_ARGUMENT for other states;
 *         AXVCPU_ERR_RESOURCE_BUSY inside an operation on this CPU;
 *         AXVCPU_ERR_WRONG_CPU if it is bound to another CPU. AXVCPU_ERR_BAD_STATE
 *         makes the vCPU Invalid.
 */
axvcpu_error_t axvcpu_transition(struct axvcpu *vcpu, uint32_t from, uint32_t to,
				 axvcpu_transition_fn operation, void *arg);

/**
 * The vCPU on which the calling physical CPU is now inside setup, bind, run,
 * unbind, switch (`to`) or a transition; null if none, or if the CPU has no axvcpu_percpu.
 *
 * Thread safety: any CPU, any time, also from HAL operations and interrupt
 * handlers.
 */
struct axvcpu *axvcpu_current(const struct axvcpu_host *host);

/**
 * Finishes an MMIO, port or system-register read: truncates `value` to the
 * access width, sign- or zero-extends it as the instruction says, writes the
 * register and steps over the instruction. States: Free, Ready, Blocked.
 *
 * @param value  what was read; bits beyond the access width are ignored.
 * @return AXVCPU_ERR_NOT_FOUND if the last exit was no read or is finished; the arch
 *         package's error.
 */
axvcpu_error_t axvcpu_complete_read(struct axvcpu *vcpu, uint64_t value);

/**
 * Finishes an MMIO, port or system-register write: steps over the instruction.
 * The next axvcpu_run() does it too. States: Free, Ready, Blocked.
 *
 * @return as axvcpu_complete_read().
 */
axvcpu_error_t axvcpu_complete_write(struct axvcpu *vcpu);

/**
 * Finishes an MMIO, port, system-register or nested-page-fault exit as an access
 * that nothing answers: the guest gets the exception that its architecture has
 * for that (Arm: external abort, or undefined instruction for a system register;
 * RISC-V: access fault or illegal instruction; x86: #GP for an MSR, all ones
 * elsewhere). States: Free, Ready, Blocked.
 *
 * @return AXVCPU_ERR_WRONG_CPU if it is bound to another CPU; AXVCPU_ERR_NOT_FOUND if
 *         the last exit was none of these or is finished; the arch package's error.
 */
axvcpu_error_t axvcpu_fail_access(struct axvcpu *vcpu);

/**
 * Leaves an MMIO, port, system-register or nested-page-fault exit as if it had
 * not happened: the next axvcpu_run() executes the instruction again. For memory
 * that is mapped at its first use: the architecture reports such an access as
 * MMIO when it can describe it. States: Free, Ready, Blocked.
 *
 * @return AXVCPU_ERR_NOT_FOUND if the last exit was none of these or is finished.
 */
axvcpu_error_t axvcpu_retry_access(struct axvcpu *vcpu);

/**
 * Writes the register in which the guest expects a hypercall's result (Arm: x0;
 * RISC-V: a0; x86: rax, but nothing after an AXVCPU_EXIT_CPU_UP, which waits for none).
 * States: Created, Free, Ready, Blocked.
 */
axvcpu_error_t axvcpu_set_return_value(struct axvcpu *vcpu, uint64_t value);

/**
 * Writes a general register. States: Created, Free, Ready, Blocked.
 *
 * @param reg  number as the instructions encode it; the architecture's zero
 *             register takes any value and keeps none.
 * @return AXVCPU_ERR_INVALID_ARGUMENT for a number that does not exist.
 */
axvcpu_error_t axvcpu_set_gpr(struct axvcpu *vcpu, uint32_t reg, uint64_t value);

/** Reads a general register into `*value`, untouched on failure; otherwise as axvcpu_set_gpr(). */
axvcpu_error_t axvcpu_get_gpr(struct axvcpu *vcpu, uint32_t reg, uint64_t *value);

/**
 * Reads an architectural register. States: Created, Free, Ready, Blocked.
 *
 * @param id      see axvcpu/reg.h.
 * @param buffer  receives the register, little-endian.
 * @param size    bytes of the buffer; must be AXVCPU_REG_SIZE(id).
 * @return AXVCPU_ERR_INVALID_ARGUMENT for another size; AXVCPU_ERR_NOT_FOUND if this
 *         vCPU has no such register; AXVCPU_ERR_WRONG_CPU if it is bound to another
 *         CPU.
 */
axvcpu_error_t axvcpu_get_reg(struct axvcpu *vcpu, uint64_t id, void *buffer, size_t size);

/**
 * Writes an architectural register; otherwise as axvcpu_get_reg(). A value that
 * the architecture or the vCPU's configuration does not allow is
 * AXVCPU_ERR_INVALID_ARGUMENT and changes nothing.
 */
axvcpu_error_t axvcpu_set_reg(struct axvcpu *vcpu, uint64_t id, const void *buffer, size_t size);

/**
 * Lists the ids of all registers of this vCPU, in the order in which they are to
 * be written back. States: any.
 *
 * @param ids    receives up to `*count` ids; may be null if `*count` is 0.
 * @param count  in: room in `ids`; out: how many there are.
 * @return AXVCPU_ERR_NO_MEMORY if the room is too small; `*count` says how much is
 *         needed.
 */
axvcpu_error_t axvcpu_list_regs(struct axvcpu *vcpu, uint64_t *ids, size_t *count);

/**
 * Reads registers in bulk: those of `ids`, one after the other without gaps.
 *
 * @param size  bytes of `buffer`; must be the sum of the registers' sizes.
 * @return as axvcpu_get_reg(); on failure the buffer's contents are undefined.
 */
axvcpu_error_t axvcpu_get_regs(struct axvcpu *vcpu, const uint64_t *ids, size_t count,
			       void *buffer, size_t size);

/**
 * Writes registers in bulk. Ids (malformed, or of no register of this vCPU) and
 * sizes are checked before the first one is written; a refused value stops it,
 * with the ones before it written.
 */
axvcpu_error_t axvcpu_set_regs(struct axvcpu *vcpu, const uint64_t *ids, size_t count,
			       const void *buffer, size_t size);

/** One more than the highest vector that axvcpu_inject_interrupt() can queue. */
#define AXVCPU_VECTOR_MAX 1024u

/**
 * Queues an interrupt for the guest, which sees it when it next runs and accepts
 * it. A vector that is still queued is not queued twice. States: Free, Ready,
 * Running, Blocked. A Blocked vCPU becomes Ready; for a Blocked or a Free one the
 * HAL's vcpu_runnable is called, for a Running one its kick_cpu.
 *
 * @param vector  number in the guest's interrupt architecture (Arm: INTID;
 *                RISC-V: interrupt code of scause; x86: vector 0 to 255), below
 *                AXVCPU_VECTOR_MAX and known to the arch package.
 * @return AXVCPU_ERR_INVALID_ARGUMENT for another vector; AXVCPU_ERR_UNSUPPORTED if
 *         neither the arch package nor the HAL can inject.
 *
 * Thread safety: any CPU, any time between setup and destroy.
 */
axvcpu_error_t axvcpu_inject_interrupt(struct axvcpu *vcpu, uint32_t vector);

/**
 * Takes an interrupt back: the line of a level-sensitive one is low again, an
 * edge-triggered one that the guest has not accepted is forgotten. The guest sees it
 * when it next runs; one that is Running is interrupted for it. What is injected
 * after this call is not touched by it. States and `vector` as
 * axvcpu_inject_interrupt().
 *
 * @return AXVCPU_OK, also if there was nothing to take back; otherwise as
 *         axvcpu_inject_interrupt(). AXVCPU_ERR_UNSUPPORTED if the arch package cannot.
 *
 * Thread safety: any CPU, any time between setup and destroy. Of two CPUs that
 * inject and clear one vector at once, the hypervisor must order the calls.
 */
axvcpu_error_t axvcpu_clear_interrupt(struct axvcpu *vcpu, uint32_t vector);

/**
 * When the vCPU's own timer will next raise its interrupt. Nothing happens by itself
 * for a vCPU that is Free or Blocked: at that time the hypervisor unblocks or binds
 * it and runs it. While it runs the timer reaches the guest in the way that the arch
 * package's configuration says. States: Free, Ready, Blocked.
 *
 * @param deadline  receives the time in ticks of the counter that the physical CPUs
 *                  share (Arm: CNTPCT_EL0; RISC-V: time; x86: TSC), in the past if
 *                  the interrupt is due; UINT64_MAX if no timer is set or its
 *                  interrupt is masked in the timer.
 * @return AXVCPU_ERR_UNSUPPORTED if the arch package keeps no timer;
 *         AXVCPU_ERR_WRONG_CPU if it is bound to another CPU.
 */
axvcpu_error_t axvcpu_timer_deadline(struct axvcpu *vcpu, uint64_t *deadline);

/**
 * Whether an interrupt is queued that the guest's CPU has not been given yet.
 *
 * Thread safety: any CPU, any time.
 */
bool axvcpu_has_pending_interrupt(const struct axvcpu *vcpu);

/**
 * Whether the hypervisor has a reason to run it: it is Ready, or it is Blocked
 * or Free with an interrupt or a kick pending.
 *
 * Thread safety: any CPU, any time.
 */
bool axvcpu_is_runnable(const struct axvcpu *vcpu);

/**
 * Makes axvcpu_run() return: at once with a physical interrupt through the HAL's
 * kick_cpu if it is Running, else instead of its next entry. A Blocked vCPU
 * becomes Ready. States: Free, Ready, Running, Blocked.
 *
 * @return AXVCPU_ERR_UNSUPPORTED if it is Running and the HAL has no kick_cpu: the kick
 *         then takes effect at its next exit.
 *
 * Thread safety: any CPU, any time between setup and destroy.
 */
axvcpu_error_t axvcpu_kick(struct axvcpu *vcpu);

#ifdef __cplusplus
}
#endif

#endif /* AXVCPU_VCPU_H_ */
