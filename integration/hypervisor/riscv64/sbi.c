/* SPDX-License-Identifier: Apache-2.0 */
#include "sbi.h"

/* Extensions and functions: SBI 1.0, chapters 6 to 10 */
#define EXT_TIME UINT64_C(0x54494d45)
#define TIME_SET_TIMER UINT64_C(0)
#define EXT_IPI UINT64_C(0x735049)
#define IPI_SEND UINT64_C(0)
#define EXT_RFENCE UINT64_C(0x52464e43)
#define RFENCE_FENCE_I UINT64_C(0)
#define RFENCE_HFENCE_GVMA UINT64_C(4)
#define EXT_HSM UINT64_C(0x48534d)
#define HSM_START UINT64_C(0)
#define SUCCESS 0
#define EXT_SRST UINT64_C(0x53525354)
#define SRST_RESET UINT64_C(0)
#define SRST_SHUTDOWN UINT64_C(0)
#define SRST_NO_REASON UINT64_C(0)

/** As hart_mask_base: all harts, whatever the mask (chapter 3.1). */
#define ALL_HARTS UINT64_MAX
/** As size of a range: everything (chapter 8). */
#define WHOLE_SPACE UINT64_MAX

static int64_t call(uint64_t extension, uint64_t function, uint64_t arg0, uint64_t arg1,
		    uint64_t arg2, uint64_t arg3)
{
	register uint64_t a0 __asm__("a0") = arg0;
	register uint64_t a1 __asm__("a1") = arg1;
	register uint64_t a2 __asm__("a2") = arg2;
	register uint64_t a3 __asm__("a3") = arg3;
	register uint64_t a6 __asm__("a6") = function;
	register uint64_t a7 __asm__("a7") = extension;

	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1)
			 : "r"(a2), "r"(a3), "r"(a6), "r"(a7)
			 : "memory");
	return (int64_t)a0;
}

void sbi_set_timer(uint64_t deadline)
{
	(void)call(EXT_TIME, TIME_SET_TIMER, deadline, 0, 0, 0);
}

void sbi_send_ipi(uint64_t hart)
{
	(void)call(EXT_IPI, IPI_SEND, 1, hart, 0, 0);
}

void sbi_remote_fence_i(void)
{
	(void)call(EXT_RFENCE, RFENCE_FENCE_I, 0, ALL_HARTS, 0, 0);
}

void sbi_remote_hfence_gvma(void)
{
	(void)call(EXT_RFENCE, RFENCE_HFENCE_GVMA, 0, ALL_HARTS, 0, WHOLE_SPACE);
}

bool sbi_hart_start(uint64_t hart, uint64_t entry, uint64_t arg)
{
	return call(EXT_HSM, HSM_START, hart, entry, arg, 0) == SUCCESS;
}

void sbi_shutdown(void)
{
	(void)call(EXT_SRST, SRST_RESET, SRST_SHUTDOWN, SRST_NO_REASON, 0, 0);
}
