/* SPDX-License-Identifier: Apache-2.0 */
/* Where a PC has what. The guest's machine is laid out in the same way. */
#ifndef HYPERVISOR_X86_64_PC_H_
#define HYPERVISOR_X86_64_PC_H_

#include <stdint.h>

/** Two 8259A, of which the first is the master. */
#define PC_PIC_MASTER 0x20u
#define PC_PIC_SLAVE 0xa0u
/** 8254 counters 0 to 2 and control. */
#define PC_PIT 0x40u
/** Speaker and NMI control: gate (0) and output (5) of counter 2. */
#define PC_PORT_61 0x61u
#define PC_RTC 0x70u
#define PC_EXIT 0xf4u
#define PC_COM1 0x3f8u
#define PC_COM2 0x2f8u
#define PC_COM3 0x3e8u
#define PC_COM4 0x2e8u
#define PC_FW_CFG 0x510u
/** ACPI: PM1a event block of 4 bytes, PM1a control, PM timer. */
#define PC_PM1A_EVENT 0x600u
#define PC_PM1A_CONTROL 0x604u
#define PC_PM_TIMER 0x608u
/** PCI's reset port, and its bit that resets the CPU. */
#define PC_RESET 0xcf9u
#define PC_RESET_CPU 0x04u
/** Bochs' own port, and what ends it when its characters are written there (iodev/unmapped.cc). */
#define PC_BOCHS 0x8900u
#define PC_BOCHS_SHUTDOWN "Shutdown"
#define PC_LOCAL_APIC UINT64_C(0xfee00000)
#define PC_IO_APIC UINT64_C(0xfec00000)
/** Input of the I/O APIC that has the ISA interrupt 0; the others have their own. */
#define PC_IO_APIC_TIMER 2u
/** Its input that has the 8259A's INTR. */
#define PC_IO_APIC_PIC 0u
/** ISA interrupt of ACPI's events. */
#define PC_SCI 9u
/** What interrupt controllers and firmware keep below 4 GiB. */
#define PC_RAM_END_32 UINT64_C(0xc0000000)

#endif /* HYPERVISOR_X86_64_PC_H_ */
