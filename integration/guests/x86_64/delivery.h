/* SPDX-License-Identifier: Apache-2.0 */
/* What delivery.c and delivery.S share. */
#ifndef X86_64_DELIVERY_H_
#define X86_64_DELIVERY_H_

/** Behind the end of the guest's GDT: the error code of a MOV to DS. */
#define DELIVERY_BAD_SELECTOR 0x1000

#endif /* X86_64_DELIVERY_H_ */
