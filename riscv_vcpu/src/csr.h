/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSR numbers and fields, named as in the RISC-V privileged manual (version
 * 20240411) and its hypervisor chapter. Included by assembly too.
 */
#ifndef RISCV_VCPU_CSR_H_
#define RISCV_VCPU_CSR_H_

#ifdef __ASSEMBLER__
#define RV_BIT(n) (1 << (n))
#else
#define RV_BIT(n) (UINT64_C(1) << (n))

/* Every CSR that the library touches: X(name, number). */
#define RV_CSRS(X)          \
	X(vstart, 0x008)    \
	X(vcsr, 0x00f)      \
	X(fcsr, 0x003)      \
	X(vlenb, 0xc22)     \
	X(sstatus, 0x100)   \
	X(sie, 0x104)       \
	X(scounteren, 0x106) \
	X(senvcfg, 0x10a)   \
	X(scause, 0x142)    \
	X(stval, 0x143)     \
	X(sip, 0x144)       \
	X(stopi, 0xdb0)     \
	X(vsstatus, 0x200)  \
	X(vsie, 0x204)      \
	X(vstvec, 0x205)    \
	X(vsscratch, 0x240) \
	X(vsepc, 0x241)     \
	X(vscause, 0x242)   \
	X(vstval, 0x243)    \
	X(vstimecmp, 0x24d) \
	X(vsiselect, 0x250) \
	X(vsireg, 0x251)    \
	X(vsatp, 0x280)     \
	X(hstatus, 0x600)   \
	X(hedeleg, 0x602)   \
	X(hideleg, 0x603)   \
	X(hie, 0x604)       \
	X(htimedelta, 0x605) \
	X(hcounteren, 0x606) \
	X(hgeie, 0x607)     \
	X(hvien, 0x608)     \
	X(hvictl, 0x609)    \
	X(henvcfg, 0x60a)   \
	X(hstateen0, 0x60c) \
	X(htval, 0x643)     \
	X(hip, 0x644)       \
	X(hvip, 0x645)      \
	X(hviprio1, 0x646)  \
	X(hviprio2, 0x647)  \
	X(htinst, 0x64a)    \
	X(hgatp, 0x680)     \
	X(cycle, 0xc00)     \
	X(time, 0xc01)      \
	X(instret, 0xc02)   \
	X(hgeip, 0xe12)

enum rv_csr {
#define RV_CSR_NUMBER(name, number) RV_CSR_##name = number,
	RV_CSRS(RV_CSR_NUMBER)
#undef RV_CSR_NUMBER
};
#endif

/* sstatus and vsstatus (4.1.1, 15.2.11) */
#define SSTATUS_SIE RV_BIT(1)
#define SSTATUS_SPIE RV_BIT(5)
#define SSTATUS_UBE RV_BIT(6)
#define SSTATUS_SPP RV_BIT(8)
#define SSTATUS_VS (RV_BIT(9) | RV_BIT(10))
#define SSTATUS_VS_CLEAN RV_BIT(10)
#define SSTATUS_FS (RV_BIT(13) | RV_BIT(14))
#define SSTATUS_FS_CLEAN RV_BIT(14)
#define SSTATUS_SUM RV_BIT(18)
#define SSTATUS_MXR RV_BIT(19)
#define SSTATUS_UXL_64 RV_BIT(33)
#define SSTATUS_UXL (RV_BIT(32) | RV_BIT(33))
#define SSTATUS_SD RV_BIT(63)

/* hstatus (15.2.1) */
#define HSTATUS_GVA RV_BIT(6)
#define HSTATUS_SPV RV_BIT(7)
#define HSTATUS_SPVP RV_BIT(8)
#define HSTATUS_VGEIN_SHIFT 12
#define HSTATUS_VGEIN (UINT64_C(0x3f) << HSTATUS_VGEIN_SHIFT)
#define HSTATUS_VTW RV_BIT(21)
#define HSTATUS_VSXL_64 RV_BIT(33)

/* henvcfg (15.2.5) and senvcfg (4.1.10) */
#define ENVCFG_FIOM RV_BIT(0)
#define ENVCFG_LPE RV_BIT(2)
#define ENVCFG_SSE RV_BIT(3)
#define ENVCFG_CBIE_FLUSH RV_BIT(4)
#define ENVCFG_CBIE (RV_BIT(4) | RV_BIT(5))
#define ENVCFG_CBCFE RV_BIT(6)
#define ENVCFG_CBZE RV_BIT(7)
#define ENVCFG_PMM (RV_BIT(32) | RV_BIT(33))
#define ENVCFG_PBMTE RV_BIT(62)
#define ENVCFG_STCE RV_BIT(63)

/* hcounteren (15.2.6) */
#define COUNTEREN_CY RV_BIT(0)
#define COUNTEREN_TM RV_BIT(1)
#define COUNTEREN_IR RV_BIT(2)

/* hstateen0 (chapter "Smstateen") */
#define STATEEN0_IMSIC RV_BIT(58)
#define STATEEN0_AIA RV_BIT(59)
#define STATEEN0_CSRIND RV_BIT(60)
#define STATEEN0_ENVCFG RV_BIT(62)

/* hgatp (15.2.10) and satp (4.1.11) */
#define ATP_MODE_SHIFT 60
#define HGATP_VMID_SHIFT 44
#define HGATP_VMID_BITS 14
#define HGATP_PPN_BITS 44
#define SATP_MODE_SV39 8
#define SATP_MODE_SV57 10

/* hvip, hip, hie, hideleg (15.2.3) */
#define HVIP_VSSIP RV_BIT(2)
#define HVIP_VSTIP RV_BIT(6)
#define HVIP_VSEIP RV_BIT(10)
/* Guest external interrupts, in hie only (15.2.4). */
#define HIE_SGEIE RV_BIT(12)
#define HVIP_ALL (HVIP_VSSIP | HVIP_VSTIP | HVIP_VSEIP)

/* hvictl (AIA, 6.3.3): the priority of an external interrupt that hvip raises. */
#define HVICTL_IPRIO_SHIFT 0
#define HVICTL_IID_SHIFT 16
#define IRQ_S_EXTERNAL 9

/* scause (4.1.8, 15.6.1) */
#define SCAUSE_INTERRUPT RV_BIT(63)
#define CAUSE_FETCH_MISALIGNED 0
#define CAUSE_FETCH_ACCESS 1
#define CAUSE_ILLEGAL 2
#define CAUSE_BREAKPOINT 3
#define CAUSE_LOAD_MISALIGNED 4
#define CAUSE_LOAD_ACCESS 5
#define CAUSE_STORE_MISALIGNED 6
#define CAUSE_STORE_ACCESS 7
#define CAUSE_ECALL_U 8
#define CAUSE_ECALL_VS 10
#define CAUSE_FETCH_PAGE 12
#define CAUSE_LOAD_PAGE 13
#define CAUSE_STORE_PAGE 15
#define CAUSE_SOFTWARE_CHECK 18
#define CAUSE_FETCH_GUEST_PAGE 20
#define CAUSE_LOAD_GUEST_PAGE 21
#define CAUSE_VIRTUAL 22
#define CAUSE_STORE_GUEST_PAGE 23

/* htinst pseudoinstructions of a VS-stage page walk on RV64 (15.6.3) */
#define HTINST_WALK_READ 0x3000
#define HTINST_WALK_WRITE 0x3020

#endif /* RISCV_VCPU_CSR_H_ */
