/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the generic part of the hypervisor asks of a board and its CPU. One
 * implementation a folder: aarch64/, riscv64/, x86_64/.
 */
#ifndef HYPERVISOR_BOARD_H_
#define HYPERVISOR_BOARD_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "axvcpu/axvcpu.h"

#include "console.h"

struct config;
struct machine_config;
struct cpu;
struct state_stream;
struct vm;
struct vm_vcpu;

/** The emulated devices of one machine. */
struct board_machine;

/** Where the board keeps what the generic drivers need; HPAs, 0 for what it lacks. */
struct board {
	/** PCI Express configuration space of bus 0 (ECAM). */
	uint64_t pci_ecam;
	/** The window of PCI I/O ports. */
	uint64_t pci_io;
	/** First byte of RAM. */
	uint64_t ram;
	/** The board's device tree. */
	uint64_t device_tree;
};
extern const struct board board;

/** The first byte of RAM that nobody uses; from there on all is free. */
uint64_t board_free_memory(void);
/** The arch package of this CPU. */
const struct axvcpu_arch_ops *board_arch_ops(void);
/** The HAL of this board. */
const struct axvcpu_hal_ops *board_hal_ops(void);

/* ---- to the outside ---- */

/** Opens the hypervisor's lines; without their device nothing is printed. */
void board_console_init(void);
/** One character to one of them, once there is room; one CPU at a time. */
void board_console_put(enum console_line line, char c);
/** Gives fw_cfg, on boards that have it, the address of a DMA access struct: it begins. */
void board_fw_cfg_start(uint64_t access);

/* ---- physical CPUs ---- */

/** Prepares the calling CPU for what `config` asks; false if it has not got that. */
bool board_cpu_init(const struct config *config);
/** Starts the other CPUs of the board, up to `most` in all; each calls hypervisor_secondary(). */
uint32_t board_start_cpus(uint32_t most);
/** What board_set_this_cpu() stored on the CPU that calls. */
struct cpu *board_this_cpu(void);
void board_set_this_cpu(struct cpu *cpu);
/** Makes another CPU leave its guest or its wait. */
void board_kick(uint32_t cpu);
/** Waits for a physical interrupt to become pending. */
void board_wait(void);
/**
 * Between two looks at what another CPU is to write. Where CPUs take turns, as under
 * QEMU's -icount, the others go on meanwhile.
 */
void board_relax(void);
/** Handles physical interrupts that are pending, one or more; no vCPU is bound here. */
void board_handle_interrupts(void);

/** Prepares the interrupt controller for what `config` asks, and for new machines; boot CPU. */
void board_interrupts_init(const struct config *config);
/** This CPU's part of it. */
void board_interrupts_init_cpu(const struct config *config);

/* ---- time ---- */

/** The counter that axvcpu_timer_deadline() speaks of. */
uint64_t board_counter(void);
/** Its ticks in a second. */
uint64_t board_counter_frequency(void);
/** Interrupts this CPU at that count, and has its scheduler look around; UINT64_MAX: not at all. */
void board_timer_set(uint64_t deadline);
/** Monotonic nanoseconds. */
uint64_t board_time_ns(void);

/* ---- machines ---- */

/**
 * Builds the guest's second-stage table: RAM at guest address board.ram, `hpa`
 * here, and the devices that are passed through.
 * @return the root's HPA, 0 if there is no memory.
 */
uint64_t board_stage2_create(const struct machine_config *config, uint64_t hpa);
/** Adds one page of RAM. False if there is no memory. */
bool board_stage2_add_page(uint64_t root, uint64_t gpa, uint64_t hpa);
/** Takes a page that was added out again; the machine has this one vCPU. On x86_64 only. */
void board_stage2_remove_page(struct vm_vcpu *vcpu, uint64_t gpa);
/** Frees the tables, not what they map, and drops what TLBs have of them. */
void board_stage2_destroy(uint64_t root);

/** Makes the devices that are emulated for `vm`; null if there is no memory. */
struct board_machine *board_machine_create(struct vm *vm);
void board_machine_destroy(struct board_machine *machine);
/** Answers an access to an emulated device; false if none is there. The machine is locked. */
bool board_machine_read(struct vm_vcpu *vcpu, uint64_t gpa, uint32_t width, uint64_t *value);
bool board_machine_write(struct vm_vcpu *vcpu, uint64_t gpa, uint32_t width, uint64_t value);
/** The same for x86's ports; elsewhere there are none. */
bool board_port_read(struct vm_vcpu *vcpu, const struct axvcpu_exit_port *access, uint64_t *value);
/** What becomes of a write to a port. */
enum port_answer {
	/** Nothing is there. */
	PORT_REFUSED,
	PORT_DONE,
	/** A part of it is done; the guest is to execute its instruction again. */
	PORT_AGAIN,
};
enum port_answer board_port_write(struct vm_vcpu *vcpu, const struct axvcpu_exit_port *access);
/** Answers a read of a port that is a clock and nothing else. The machine is not locked: systems read it often. */
bool board_clock_read(struct vm_vcpu *vcpu, const struct axvcpu_exit_port *access, uint64_t *value);
/** The count at which a device next has something for a vCPU that waits; UINT64_MAX if never. */
uint64_t board_machine_deadline(struct vm_vcpu *vcpu);
/** Maps memory that the machine has only once it is used, as test_device_fault(). */
bool board_machine_fault(struct vm_vcpu *vcpu, uint64_t gpa);

/**
 * What of the CPUs here a guest may have come to count on: saves it, or refuses to load it
 * where something is missing, and says what.
 */
void board_features_state(const struct vm *vm, struct state_stream *stream);
/** Saves or loads the emulated devices; the vCPUs are not told anything. The machine is locked. */
void board_machine_state(struct board_machine *machine, struct state_stream *stream);
/** Gives a vCPU that is set up its machine's clock (vm.time_offset). */
axvcpu_error_t board_vcpu_set_clock(struct vm_vcpu *vcpu);

/** Makes a vCPU in its memory, for the machine that it belongs to. */
axvcpu_error_t board_vcpu_create(struct vm_vcpu *vcpu, const struct axvcpu_create_params *params);
/** Sets up and gives first registers to a vCPU that is Created. The machine is locked. */
axvcpu_error_t board_vcpu_setup(struct vm_vcpu *vcpu, uint64_t entry, uint64_t arg);
/**
 * A vCPU that was turned off, on no CPU and Free, becomes one that waits for its start as its
 * architecture has that; board_vcpu_setup() then starts it. AXVCPU_ERR_UNSUPPORTED: it is
 * made anew. The machine is locked.
 */
axvcpu_error_t board_vcpu_stop(struct vm_vcpu *vcpu);
/**
 * The vCPU goes on on CPU `to`: what it has of this CPU moves there. It is on no CPU; this is
 * the CPU that it leaves, the machine is locked.
 * @return AXVCPU_ERR_NO_MEMORY if there is no room for it: it stays where it is.
 */
axvcpu_error_t board_vcpu_move(struct vm_vcpu *vcpu, uint32_t to);
/** The vCPU is to be saved: what it has of this CPU becomes part of its registers. As above. */
axvcpu_error_t board_vcpu_save(struct vm_vcpu *vcpu);
/** The vCPU is about to be taken apart, on its CPU if it ran. The machine is locked. */
void board_vcpu_destroy(struct vm_vcpu *vcpu);
/** What has to be before each run; the machine is not locked. */
void board_before_run(struct vm_vcpu *vcpu);
/** Makes what was written visible to the guest's instruction fetches. */
void board_sync_code(const void *memory, size_t size);
/** Fills RAM with zeros, quickly. */
void board_zero(void *memory, size_t size);

/** What becomes of a guest's wish to start one of its CPUs. */
enum cpu_up_result {
	CPU_UP_STARTED,
	CPU_UP_NO_SUCH_CPU,
	CPU_UP_BAD_ADDRESS,
	CPU_UP_ALREADY_ON,
	CPU_UP_PENDING,
};
/** Whether it is this vCPU that another one asks to be started. The machine is locked. */
bool board_is_cpu_up_target(const struct vm_vcpu *vcpu, const struct axvcpu_exit_cpu_up *wish);
/** The value that tells the guest. */
uint64_t board_cpu_up_value(enum cpu_up_result result);
/** Delivers an interrupt between vCPUs. The machine is locked. */
void board_send_ipi(struct vm_vcpu *from, const struct axvcpu_exit_send_ipi *ipi);
/** A level-triggered interrupt of the guest ended; elsewhere the libraries see to it. The machine is locked. */
void board_end_of_interrupt(struct vm_vcpu *vcpu, uint64_t vector);
/** Answers a hypercall of the arch-specific standard services. The machine is locked. */
axvcpu_error_t board_hypercall(struct vm_vcpu *vcpu, const struct axvcpu_exit_hypercall *call);
/** Number of a hypercall of test_devices.h; 0 if it is none. */
uint64_t board_test_call(const struct axvcpu_exit_hypercall *call);
/** Answers a read of a trapped system register; false if the guest may not. */
bool board_sysreg_read(const struct axvcpu_exit_sysreg *sysreg, uint64_t *value);

/** Turns the board off. */
_Noreturn void board_power_off(void);

/* ---- what the board calls ---- */

/** The generic part's start, on the boot CPU with a stack and the MMU on. */
_Noreturn void hypervisor_main(void);
/** The same on another CPU; `cpu` counts from 1. */
_Noreturn void hypervisor_secondary(uint32_t cpu);

#endif /* HYPERVISOR_BOARD_H_ */
