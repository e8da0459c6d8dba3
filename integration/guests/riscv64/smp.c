/* SPDX-License-Identifier: Apache-2.0 */
/* Several harts: start and stop, interrupts between them, fences of each other's translation. */
#include "guest.h"

#define HARTS 4u
#define HSM_START 0u
#define HSM_STOP 1u
#define HSM_STATUS 2u
#define STARTED 0u
#define STOPPED 1u
#define RFENCE_FENCE_I 0u
#define RFENCE_SFENCE_VMA 1u
#define RFENCE_SFENCE_VMA_ASID 2u

#define ENTRIES 512u
#define GIB(n) ((uint64_t)(n) << 30)
#define SATP_SV39 (UINT64_C(8) << 60)
#define PTE_V UINT64_C(0x01)
#define PTE_RWX_AD UINT64_C(0xce)
#define PTE_R_AD UINT64_C(0x42)
#define PTE(address, bits) ((uint64_t)(address) >> 12 << 10 | PTE_V | (bits))
/** Its page is one of two, which differ. */
#define WINDOW GIB(4)
#define ROUNDS 60u
#define FENCE_ROUNDS 30u

/** What a hart is to do next. */
enum order { ORDER_NONE, ORDER_ECHO, ORDER_WATCH, ORDER_STOP };

static struct hart {
	_Alignas(64) volatile uint64_t seen_id;
	volatile uint64_t order;
	volatile uint64_t answer;
	volatile uint64_t interrupts;
	/** Of the window, that are over. */
	volatile uint64_t reads;
	_Alignas(16) uint8_t stack[2048];
} harts[HARTS];

static _Alignas(4096) volatile uint64_t root[ENTRIES];
static _Alignas(4096) volatile uint64_t level_1[ENTRIES];
static _Alignas(4096) volatile uint64_t level_0[ENTRIES];
static _Alignas(4096) volatile uint64_t pages[2][ENTRIES];

void smp_start(void);
_Noreturn void smp_main(uint64_t id, uint64_t stack);

static uint64_t top_of(uint64_t id)
{
	return (uintptr_t)&harts[id].stack[sizeof(harts[id].stack)];
}

static void fence(void)
{
	__asm__ volatile("fence" ::: "memory");
}

/** Reads the window over and over; the answer is what it reads. */
static void watch(struct hart *self)
{
	CSR_WRITE(satp, SATP_SV39 | (uintptr_t)root >> 12);
	__asm__ volatile("sfence.vma" ::: "memory");
	while (self->order == ORDER_WATCH) {
		self->answer = *(const volatile uint64_t *)(uintptr_t)WINDOW;
		fence();
		self->reads++;
	}
	CSR_WRITE(satp, 0);
	__asm__ volatile("sfence.vma" ::: "memory");
}

/** Waits for software interrupts, and does what it then finds to do. */
_Noreturn void smp_main(uint64_t id, uint64_t stack)
{
	struct hart *self = &harts[id];

	self->seen_id = stack == top_of(id) ? id : UINT64_MAX;
	CSR_WRITE(sie, bit(IRQ_SOFTWARE));
	for (;;) {
		while ((CSR_READ(sip) & bit(IRQ_SOFTWARE)) == 0) {
			__asm__ volatile("wfi" ::: "memory");
		}
		CSR_CLEAR(sip, bit(IRQ_SOFTWARE));
		self->interrupts++;
		fence();
		switch (self->order) {
		case ORDER_ECHO:
			self->answer = self->order + id;
			self->order = ORDER_NONE;
			break;
		case ORDER_WATCH:
			watch(self);
			break;
		case ORDER_STOP:
			self->order = ORDER_NONE;
			(void)sbi(SBI_HSM, HSM_STOP, 0, 0, 0);
			break;
		default:
			break;
		}
	}
}

static uint64_t status_of(uint64_t id)
{
	struct sbi_result result = sbi(SBI_HSM, HSM_STATUS, id, 0, 0);

	return result.error == SBI_SUCCESS ? result.value : UINT64_MAX;
}

/** Waits up to ten seconds. */
static bool becomes(const volatile uint64_t *at, uint64_t value)
{
	uint64_t until = CSR_READ(time) + 10 * TIME_HZ;

	while (*at != value && CSR_READ(time) < until) {
	}
	return *at == value;
}

static void wait_for_status(uint64_t id, uint64_t status, const char *name)
{
	uint64_t until = CSR_READ(time) + 10 * TIME_HZ;

	while (status_of(id) != status && CSR_READ(time) < until) {
	}
	check_equal(status_of(id), status, name);
}

static void start(uint64_t id)
{
	harts[id].seen_id = UINT64_MAX;
	check_equal((uint64_t)sbi(SBI_HSM, HSM_START, id, (uintptr_t)smp_start, top_of(id)).error,
		    SBI_SUCCESS, "hart_start");
	check(becomes(&harts[id].seen_id, id), "it runs, with its id and argument");
	check_equal(status_of(id), STARTED, "started");
}

static void check_start(void)
{
	uint64_t id;

	for (id = 1; id < HARTS; id++) {
		check_equal(status_of(id), STOPPED, "stopped at first");
		check_equal((uint64_t)sbi(SBI_HSM, HSM_START, id, UNMAPPED, 0).error,
			    (uint64_t)SBI_ERR_INVALID_ADDRESS, "a start in no memory");
		check_equal((uint64_t)sbi(SBI_IPI, 0, 1, id, 0).error, SBI_SUCCESS,
			    "an IPI to a hart that is stopped is for nobody");
		start(id);
		check_equal((uint64_t)sbi(SBI_HSM, HSM_START, id, (uintptr_t)smp_start, 0).error,
			    (uint64_t)SBI_ERR_ALREADY_AVAILABLE, "only once");
	}
	check_equal(status_of(HARTS), UINT64_MAX, "no more harts");
}

static void order(uint64_t id, enum order what)
{
	harts[id].answer = 0;
	harts[id].order = what;
	fence();
}

static void check_ipis(void)
{
	uint32_t round;
	uint64_t id;

	for (round = 0; round < ROUNDS; round++) {
		id = 1 + round % (HARTS - 1);
		order(id, ORDER_ECHO);
		(void)sbi(SBI_IPI, 0, 1, id, 0);
		if (!becomes(&harts[id].answer, ORDER_ECHO + id)) {
			check(false, "an IPI wakes a hart");
			return;
		}
	}
	for (id = 1; id < HARTS; id++) {
		order(id, ORDER_ECHO);
	}
	(void)sbi(SBI_IPI, 0, 0, UINT64_MAX, 0);
	for (id = 1; id < HARTS; id++) {
		check(becomes(&harts[id].answer, ORDER_ECHO + id), "an IPI to all");
	}
	check_equal(CSR_READ(sip) & bit(IRQ_SOFTWARE), bit(IRQ_SOFTWARE), "to the sender as well");
	CSR_CLEAR(sip, bit(IRQ_SOFTWARE));
}

/** What the hart reads from now on: one read may be under way, the next one is new. */
static uint64_t next_read(const struct hart *hart)
{
	uint64_t until = CSR_READ(time) + 10 * TIME_HZ;
	uint64_t before = hart->reads;

	while (hart->reads < before + 2 && CSR_READ(time) < until) {
	}
	return hart->answer;
}

/** After the fence nobody may read the old page: that of the round before. */
static void check_fences(void)
{
	uint64_t mask = 0;
	uint64_t old = 0;
	uint32_t round;
	uint64_t id;

	root[2] = PTE(GIB(2), PTE_RWX_AD);
	root[4] = PTE(level_1, 0);
	level_1[0] = PTE(level_0, 0);
	level_0[0] = PTE(pages[0], PTE_R_AD);
	fence();
	for (id = 1; id < HARTS; id++) {
		mask |= bit((uint32_t)id);
		order(id, ORDER_WATCH);
	}
	(void)sbi(SBI_IPI, 0, mask, 0, 0);
	for (round = 1; round <= FENCE_ROUNDS; round++) {
		/* The page that is in use keeps its value; the other one has the next. */
		pages[round % 2][0] = round;
		fence();
		level_0[0] = PTE(pages[round % 2], PTE_R_AD);
		fence();
		switch (round % 3) {
		case 0:
			(void)sbi(SBI_RFENCE, RFENCE_SFENCE_VMA, mask, 0, WINDOW);
			break;
		case 1:
			(void)sbi(SBI_RFENCE, RFENCE_SFENCE_VMA, 0, UINT64_MAX, 0);
			break;
		default:
			(void)sbi(SBI_RFENCE, RFENCE_SFENCE_VMA_ASID, mask >> 1, 1, 0);
			break;
		}
		for (id = 1; id < HARTS; id++) {
			old += next_read(&harts[id]) != round;
		}
	}
	check_equal(old, 0, "no hart uses a translation from before the fence");
	(void)sbi(SBI_RFENCE, RFENCE_FENCE_I, mask, 0, 0);
	for (id = 1; id < HARTS; id++) {
		order(id, ORDER_NONE);
	}
}

static void check_stop(void)
{
	uint64_t id;

	for (id = 1; id < HARTS; id++) {
		order(id, ORDER_STOP);
		(void)sbi(SBI_IPI, 0, 1, id, 0);
		wait_for_status(id, STOPPED, "stopped");
	}
	for (id = 1; id < HARTS; id++) {
		start(id);
		order(id, ORDER_ECHO);
		(void)sbi(SBI_IPI, 0, 1, id, 0);
		check(becomes(&harts[id].answer, ORDER_ECHO + id), "as good as new");
	}
}

void guest_main(void)
{
	check_start();
	check_ipis();
	check_fences();
	check_stop();
}
