/* SPDX-License-Identifier: Apache-2.0 */
/* What nmi.c and nmi.S share. */
#ifndef X86_64_NMI_H_
#define X86_64_NMI_H_

/** Behind the end of the guest's GDT. */
#define NMI_BAD_SELECTOR 0x1000

#endif /* X86_64_NMI_H_ */
