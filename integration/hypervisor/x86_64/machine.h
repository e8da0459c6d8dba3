/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's PC: its emulated devices. */
#ifndef HYPERVISOR_X86_64_MACHINE_H_
#define HYPERVISOR_X86_64_MACHINE_H_

#include "../devices/i8254.h"
#include "../devices/i8259.h"
#include "../devices/ioapic.h"
#include "../devices/mc146818.h"
#include "../devices/uart16550.h"
#include "../guest_console.h"
#include "../vm.h"
#include "firmware.h"

struct board_machine {
	struct vm *vm;
	struct i8259 pic;
	struct ioapic ioapic;
	struct i8254 pit;
	struct mc146818 rtc;
	struct uart16550 com1;
	struct guest_console console;
	struct firmware firmware;
	/** Gate of counter 2 and speaker, as the guest wrote them to port 61. */
	uint8_t port_61;
	/** Whether the PICs' INTR was high when it was last looked at. */
	bool pic_was_high;
	/** PIT time up to which counter 0's edges have been seen. */
	uint64_t seen;
	/** What the guest wrote to PM1a's enable bits and control. */
	uint16_t pm1_enable;
	uint16_t pm1_control;
	/** What the ACPI timer and the clock of a machine that came from elsewhere are ahead of the board's. */
	uint32_t pm_timer_ahead;
	uint64_t seconds_ahead;
	/** Runs until the machine moves (move.h); 0: it does not. */
	uint64_t move_in;
};

/** The ACPI timer and the seconds of the clock, as the guest reads them. */
uint32_t machine_pm_timer(const struct board_machine *machine);
uint64_t machine_seconds(const struct board_machine *machine);
/**
 * After a vCPU touched devices by their ports: those whose vCPU has something to do now leave
 * their guests. `timer`: the PIT may end earlier than it would have. The machine is locked.
 */
void machine_settle(const struct vm_vcpu *vcpu, bool timer);

/** Now, in ticks of the PIT. */
uint64_t pit_now(void);

#endif /* HYPERVISOR_X86_64_MACHINE_H_ */
