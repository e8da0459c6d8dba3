/* SPDX-License-Identifier: Apache-2.0 */
/* What the firmware of a PC leaves in low memory, and kernels of old protocols look for. */
#ifndef HYPERVISOR_X86_64_BIOS_DATA_H_
#define HYPERVISOR_X86_64_BIOS_DATA_H_

struct vm;

/** Writes it into the machine's RAM, unless an image was loaded there. */
void bios_data_write(const struct vm *vm);

#endif /* HYPERVISOR_X86_64_BIOS_DATA_H_ */
