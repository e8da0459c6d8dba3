/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HYPERVISOR_X86_64_NMI_TICK_H_
#define HYPERVISOR_X86_64_NMI_TICK_H_

/** The calling CPU gets an NMI fifty times a second from now on. Again: nothing changes. */
void nmi_tick_start(void);
/** Such an NMI, or another one, has come on the calling CPU. */
void nmi_tick(void);

#endif /* HYPERVISOR_X86_64_NMI_TICK_H_ */
