/* SPDX-License-Identifier: Apache-2.0 */
/* The package's own state: host, CPU, vCPU. */
#ifndef RISCV_VCPU_VCPU_H_
#define RISCV_VCPU_VCPU_H_

#include "cpu.h"
#include "offsets.h"
#include "pmu.h"
#include "riscv_vcpu/riscv_vcpu.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Not to become part of its caller when the whole program is optimized (-flto): what it
 * keeps in registers would be saved at every exit (46 instructions for a hypercall).
 */
#define RISCV_APART __attribute__((noinline))

/*
 * CSRs that hold the guest's state, and so move at bind and unbind: X(name,
 * number under which the guest knows it, features that it takes). The priorities of
 * interrupts have no number for the guest, which reaches them by siselect. vsatp is
 * switched apart from them, in order with hgatp (vs_csr.c).
 */
#define RISCV_VS_CSRS(X)                                        \
	X(vsstatus, 0x100, 0)                                   \
	X(vsie, 0x104, 0)                                       \
	X(vstvec, 0x105, 0)                                     \
	X(scounteren, 0x106, 0)                                 \
	X(senvcfg, 0x10a, RISCV_VCPU_FEATURE_HENVCFG)           \
	X(vsscratch, 0x140, 0)                                  \
	X(vsepc, 0x141, 0)                                      \
	X(vscause, 0x142, 0)                                    \
	X(vstval, 0x143, 0)                                     \
	X(vsiselect, 0x150, RISCV_VCPU_FEATURE_AIA)             \
	X(hviprio1, 0x646, RISCV_VCPU_FEATURE_AIA)              \
	X(hviprio2, 0x647, RISCV_VCPU_FEATURE_AIA)

/* CSRs by which the library rules the guest: X(name, features that it takes). */
#define RISCV_CONTROL_CSRS(X)                        \
	X(hedeleg, 0)                                \
	X(hvip, 0)                                   \
	X(htimedelta, 0)                             \
	X(hcounteren, 0)                             \
	X(henvcfg, RISCV_VCPU_FEATURE_HENVCFG)       \
	X(hstateen0, RISCV_VCPU_FEATURE_STATEEN | RISCV_VCPU_FEATURE_AIA) \
	X(hvien, RISCV_VCPU_FEATURE_AIA)             \
	X(hvictl, RISCV_VCPU_FEATURE_AIA)

/* The guest's CSRs while it is not bound. */
struct riscv_vs_csrs {
#define RISCV_CSR_MEMBER(name, ...) uint64_t name;
	RISCV_VS_CSRS(RISCV_CSR_MEMBER)
	uint64_t vsatp;
	uint64_t vstimecmp;
};

struct riscv_control_csrs {
	RISCV_CONTROL_CSRS(RISCV_CSR_MEMBER)
#undef RISCV_CSR_MEMBER
	uint64_t hgatp;
};

struct riscv_fp_state {
	uint64_t f[32];
	uint64_t fcsr;
};

struct riscv_vector_csrs {
	uint64_t vstart;
	uint64_t vl;
	uint64_t vtype;
	uint64_t vcsr;
};

/* What detection found; fits one atomic word (detect.c). */
struct riscv_features {
	uint32_t bits;
	uint32_t vmid_bits;
	uint32_t vlenb;
	uint32_t guest_files;
	/* Words of 64 interrupts in each of them. */
	uint32_t guest_words;
};

/* Members are accessed by __atomic_* builtins. */
struct riscv_host {
	/* Packed riscv_features of the first CPU; 0 before it. */
	uint64_t features;
	/* VMIDs handed out so far, see vmid.c. */
	uint64_t vmid_next;
	/* Who names VMIDs: RISCV_VMID_*, once known. */
	uint32_t vmid_owner;
	uint32_t reserved;
};

enum riscv_vmid_owner {
	RISCV_VMID_UNDECIDED = 0,
	RISCV_VMID_LIBRARY = 1,
	RISCV_VMID_HYPERVISOR = 2,
};

/* What hardware_enable found. */
struct riscv_saved_csrs {
	uint64_t hstatus;
	uint64_t hideleg;
	uint64_t hie;
	uint64_t hgeie;
	uint64_t hgatp;
	uint64_t stateen0;
#define RISCV_CSR_MEMBER(name, ...) uint64_t name;
	RISCV_CONTROL_CSRS(RISCV_CSR_MEMBER)
#undef RISCV_CSR_MEMBER
};

struct riscv_percpu {
	struct riscv_host *host;
	const struct axvcpu_hal *hal;
	struct riscv_features features;
	/* Generation of VMIDs that this CPU's TLB may hold. */
	uint64_t vmid_generation;
	/* The vCPU that was bound last; only compared, never followed. */
	const struct riscv_vcpu *last;
	struct riscv_saved_csrs saved;
	/* hgeie while virtualization is off: who waits for a file goes on to wait. */
	uint64_t waiting_files;
	/* The hypervisor's own, while a guest's are loaded. */
	uint64_t host_scounteren;
	uint64_t host_senvcfg;
};

/* What the last exit left to be done, and what a complete_* needs to know. */
struct riscv_fault {
	uint64_t cause;
	uint64_t stval;
	/* Trapped CSR instruction; 0 if there is none. */
	uint32_t csr_insn;
	uint32_t reserved;
	uint64_t csr_value;
};

/* What the next run has to do before it enters the guest: riscv_vcpu.due. */
enum riscv_due {
	/* The exit for the write half of a read-modify-write CSR instruction. */
	RISCV_DUE_CSR_WRITE = 1u << 0,
	/* To wait until an interrupt is pending: the guest suspended its machine. */
	RISCV_DUE_HALT = 1u << 1,
	/* Nothing but to forget this: the last exit was a halt, and the guest has not run since. */
	RISCV_DUE_HALTED = 1u << 2,
};

/* What bind and unbind do for few guests only: riscv_vcpu.extras. */
enum riscv_extra {
	RISCV_EXTRA_STEAL = 1u << 0,
	/* A counter of the hart runs. */
	RISCV_EXTRA_PMU = 1u << 1,
	RISCV_EXTRA_IMSIC = 1u << 2,
};

/* Steal time, see steal.c. */
struct riscv_steal {
	/* Guest physical address of the record; RISCV_STEAL_OFF if the guest wants none. */
	uint64_t gpa;
	/* When it was last taken off its CPU: in the HAL's nanoseconds, 0 for never, and in ticks. */
	uint64_t since_ns;
	uint64_t since_ticks;
};

#define RISCV_STEAL_OFF UINT64_MAX
/* Alignment and bytes of the record (SBI 2.0, 16.1). */
#define RISCV_STEAL_BYTES 64u

/* 2047 interrupts (AIA, 3.1). */
#define RISCV_IMSIC_WORDS_MAX 32u

/* Contents of an interrupt file. */
struct riscv_imsic_state {
	uint64_t eidelivery;
	uint64_t eithreshold;
	uint64_t eip[RISCV_IMSIC_WORDS_MAX];
	uint64_t eie[RISCV_IMSIC_WORDS_MAX];
};

/* See imsic.c. */
struct riscv_imsic {
	/* Whether the guest has one, and its number on the hart (hstatus.VGEIN), 0 for none now. */
	bool present;
	uint32_t file;
	/* The CPU whose file holds the contents, as the HAL names it; null: `state` does. */
	const void *cpu;
	/* In a frame of the HAL; null without a file. */
	struct riscv_imsic_state *state;
	uint64_t state_hpa;
};
AXVCPU_STATIC_ASSERT(sizeof(struct riscv_imsic_state) <= AXVCPU_FRAME_SIZE, "one frame");

struct riscv_vcpu {
	/* The first members are known to assembly (offsets.h). */
	uint64_t gpr[32];
	uint64_t pc;
	uint64_t sstatus;
	uint64_t hstatus;
	uint64_t host_sp;
	uint64_t host_sstatus;
	uint64_t host_hstatus;
	uint64_t host_stvec;
	uint64_t host_sscratch;

	/* The CPU that it is bound to; null if it is not. */
	struct riscv_percpu *percpu;
	struct riscv_host *host;
	const struct axvcpu_hal *hal;
	/* Fences that other CPUs asked for, RISCV_VCPU_FENCE_*; atomic. */
	uint32_t fences;
	/* RISCV_STATE_* that are in the CPU's registers. */
	uint32_t loaded;

	uint64_t hart_id;
	uint64_t first_hart_id;
	uint64_t hart_count;
	uint64_t mvendorid;
	uint64_t marchid;
	uint64_t mimpid;

	uint64_t entry;
	uint64_t root;
	struct riscv_features features;
	uint32_t flags;
	uint32_t timer_policy;
	uint32_t sbi_policy;
	/*
	 * RISCV_STATE_* that this guest can have; those to which nobody ever wrote; those that
	 * are loaded at bind.
	 */
	uint32_t extended;
	uint32_t initial;
	uint32_t wanted;
	uint32_t reserved;

	/* See vmid.c. */
	uint64_t vmid_generation;
	/* Tickets that are taken when its generation ends; 0 without a ticket. */
	uint64_t vmid_until;
	uint32_t vmid;
	uint32_t vmid_fixed;
	const struct riscv_percpu *last_percpu;

	/* Guest time of the next timer interrupt without Sstc; UINT64_MAX for none. */
	uint64_t timer;
	struct riscv_fault fault;
	/* RISCV_DUE_* */
	uint32_t due;
	/* RISCV_EXTRA_* */
	uint32_t extras;
	struct riscv_steal steal;
	struct riscv_pmu pmu;
	struct riscv_imsic imsic;

	struct riscv_vs_csrs vs;
	struct riscv_control_csrs control;
	struct riscv_fp_state fp;
	struct riscv_vector_csrs vector;
	/* 32 registers of vlenb bytes in frames of the HAL; null without V. */
	uint8_t *vector_regs;
	uint64_t vector_hpa;
	uint64_t vector_frames;
};

/* Sets of units; their places are explained in fpu.c. */
enum riscv_extended_state {
	RISCV_STATE_VECTOR = 1u << 10,
	RISCV_STATE_FP = 1u << 14,
};

AXVCPU_ASSERT_OFFSET(struct riscv_vcpu, gpr, VCPU_GPR(0));
AXVCPU_ASSERT_OFFSET(struct riscv_vcpu, pc, VCPU_PC);
AXVCPU_ASSERT_OFFSET(struct riscv_vcpu, sstatus, VCPU_SSTATUS);
AXVCPU_ASSERT_OFFSET(struct riscv_vcpu, hstatus, VCPU_HSTATUS);
AXVCPU_ASSERT_OFFSET(struct riscv_vcpu, host_sp, VCPU_HOST_SP);
AXVCPU_ASSERT_OFFSET(struct riscv_vcpu, host_sstatus, VCPU_HOST_SSTATUS);
AXVCPU_ASSERT_OFFSET(struct riscv_vcpu, host_hstatus, VCPU_HOST_HSTATUS);
AXVCPU_ASSERT_OFFSET(struct riscv_vcpu, host_stvec, VCPU_HOST_STVEC);
AXVCPU_ASSERT_OFFSET(struct riscv_vcpu, host_sscratch, VCPU_HOST_SSCRATCH);
AXVCPU_ASSERT_OFFSET(struct riscv_fp_state, f, FP_F(0));
AXVCPU_ASSERT_OFFSET(struct riscv_fp_state, fcsr, FP_FCSR);
AXVCPU_ASSERT_OFFSET(struct riscv_vector_csrs, vstart, VECTOR_VSTART);
AXVCPU_ASSERT_OFFSET(struct riscv_vector_csrs, vl, VECTOR_VL);
AXVCPU_ASSERT_OFFSET(struct riscv_vector_csrs, vtype, VECTOR_VTYPE);
AXVCPU_ASSERT_OFFSET(struct riscv_vector_csrs, vcsr, VECTOR_VCSR);

/* Names of the registers that SBI and decoding use. */
enum riscv_gpr { RISCV_A0 = 10, RISCV_A1 = 11, RISCV_A2 = 12, RISCV_A6 = 16, RISCV_A7 = 17 };

static inline bool riscv_vcpu_has(const struct riscv_vcpu *vcpu, uint32_t features)
{
	return (vcpu->features.bits & features) == features;
}

/* RISCV_VCPU_FEATURE_VSATP_* of a mode, SATP_MODE_SV39 to SATP_MODE_SV57. */
static inline uint32_t riscv_vsatp_feature(uint64_t mode)
{
	return (uint32_t)RISCV_VCPU_FEATURE_VSATP_SV39 << (mode - SATP_MODE_SV39);
}

/* Whether the guest was in VS mode, not VU. */
static inline bool riscv_vcpu_in_vs(const struct riscv_vcpu *vcpu)
{
	return (vcpu->sstatus & SSTATUS_SPP) != 0;
}

/* Writes a general register; x0 keeps its 0. */
static inline void riscv_vcpu_write_gpr(struct riscv_vcpu *vcpu, uint32_t reg, uint64_t value)
{
	if (reg != 0)
		vcpu->gpr[reg] = value;
}

/* detect.c */
axvcpu_error_t riscv_vcpu_detect(struct riscv_features *features);
bool riscv_vcpu_publish_features(struct riscv_host *host, const struct riscv_features *features);
void riscv_vcpu_host_features(struct riscv_host *host, struct riscv_features *features);
uint32_t riscv_vcpu_best_mode(const struct riscv_features *features);

/* vmid.c */
axvcpu_error_t riscv_vcpu_vmid_setup(struct riscv_vcpu *vcpu, uint32_t vmid);
void riscv_vcpu_vmid_bind(struct riscv_vcpu *vcpu, struct riscv_percpu *percpu);
void riscv_vcpu_vmid_forget(struct riscv_vcpu *vcpu);

/* vs_csr.c */
void riscv_vcpu_csrs_load(struct riscv_vcpu *vcpu);
void riscv_vcpu_csrs_save(struct riscv_vcpu *vcpu);
void riscv_vcpu_csrs_switch(struct riscv_vcpu *from, struct riscv_vcpu *to);
bool riscv_vcpu_vs_csr_at(size_t index, uint32_t *number, uint32_t *features);
axvcpu_error_t riscv_vcpu_vs_csr_read(
	const struct riscv_vcpu *vcpu, uint32_t number, uint64_t *value);
axvcpu_error_t riscv_vcpu_vs_csr_write(struct riscv_vcpu *vcpu, uint32_t number, uint64_t value);
uint64_t riscv_vcpu_hvip_read(const struct riscv_vcpu *vcpu);
void riscv_vcpu_hvip_write(struct riscv_vcpu *vcpu, uint64_t value);

/* fpu.c */
void riscv_vcpu_extended_bind(struct riscv_vcpu *vcpu);
void riscv_vcpu_extended_unbind(struct riscv_vcpu *vcpu);
void riscv_vcpu_extended_switch(struct riscv_vcpu *from, struct riscv_vcpu *to);
bool riscv_vcpu_extended_load(struct riscv_vcpu *vcpu);
void riscv_vcpu_extended_sync(struct riscv_vcpu *vcpu);
void riscv_vcpu_extended_reload(struct riscv_vcpu *vcpu);
axvcpu_error_t riscv_vcpu_extended_setup(struct riscv_vcpu *vcpu);
void riscv_vcpu_extended_destroy(struct riscv_vcpu *vcpu);

/* frames.c */
axvcpu_error_t riscv_vcpu_frames_take(const struct riscv_vcpu *vcpu, uint64_t count, uint64_t *hpa,
				      void **memory);
void riscv_vcpu_frames_give(const struct riscv_vcpu *vcpu, uint64_t count, uint64_t hpa);

/* stage2.c */
void *riscv_vcpu_gpa_to_host(const struct riscv_vcpu *vcpu, uint64_t gpa);

/* imsic.c */
uint32_t riscv_vcpu_imsic_words(void);
void riscv_vcpu_imsic_reset(const struct riscv_features *features);
axvcpu_error_t riscv_vcpu_imsic_setup(struct riscv_vcpu *vcpu, uint32_t file);
void riscv_vcpu_imsic_destroy(struct riscv_vcpu *vcpu);
RISCV_APART axvcpu_error_t riscv_vcpu_imsic_bind(struct riscv_vcpu *vcpu);
void riscv_vcpu_imsic_sleep(const struct riscv_vcpu *vcpu);
void riscv_vcpu_imsic_awake(const struct riscv_vcpu *vcpu);
bool riscv_vcpu_imsic_pending(const struct riscv_vcpu *vcpu);
bool riscv_vcpu_imsic_at(const struct riscv_vcpu *vcpu, size_t *index, uint64_t *number);
axvcpu_error_t riscv_vcpu_imsic_get(struct riscv_vcpu *vcpu, uint32_t number, uint64_t *value);
axvcpu_error_t riscv_vcpu_imsic_set(struct riscv_vcpu *vcpu, uint32_t number, uint64_t value);

/* iprio.c */
bool riscv_vcpu_iprio_selected(const struct riscv_vcpu *vcpu, uint32_t *first);
uint64_t riscv_vcpu_iprio_read(const struct riscv_vcpu *vcpu, uint32_t first);
void riscv_vcpu_iprio_write(struct riscv_vcpu *vcpu, uint32_t first, uint64_t value);

/* steal.c */
bool riscv_vcpu_steal_possible(const struct riscv_vcpu *vcpu);
bool riscv_vcpu_steal_begin(struct riscv_vcpu *vcpu, uint64_t gpa);
void riscv_vcpu_steal_set(struct riscv_vcpu *vcpu, uint64_t gpa);
RISCV_APART void riscv_vcpu_steal_bind(struct riscv_vcpu *vcpu);
RISCV_APART void riscv_vcpu_steal_unbind(struct riscv_vcpu *vcpu);

static inline void riscv_vcpu_set_extra(struct riscv_vcpu *vcpu, uint32_t extra, bool on)
{
	vcpu->extras = on ? vcpu->extras | extra : vcpu->extras & ~extra;
}

/* Counts a firmware event, if a counter of the guest's watches it. */
static inline void riscv_vcpu_pmu_event(struct riscv_vcpu *vcpu, uint32_t event, uint64_t count)
{
	if (((vcpu->pmu.watched >> event) & 1) != 0)
		riscv_vcpu_pmu_add(vcpu, event, count);
}

/* inject.c */
RISCV_APART void riscv_vcpu_inject_exception(
	struct riscv_vcpu *vcpu, uint64_t cause, uint64_t tval);

/* timer.c */
void riscv_vcpu_timer_set(struct riscv_vcpu *vcpu, uint64_t deadline);
uint64_t riscv_vcpu_timer_get(const struct riscv_vcpu *vcpu);
RISCV_APART void riscv_vcpu_timer_poll(struct riscv_vcpu *vcpu);
axvcpu_error_t riscv_vcpu_timer_deadline(void *state, uint64_t *deadline);

/* interrupt.c */
axvcpu_error_t riscv_vcpu_check_interrupt(const void *state, uint32_t vector);
axvcpu_error_t riscv_vcpu_inject_interrupt(void *state, uint32_t vector);
axvcpu_error_t riscv_vcpu_clear_interrupt(void *state, uint32_t vector);
bool riscv_vcpu_interrupt_pending(struct riscv_vcpu *vcpu);

/* percpu.c */
axvcpu_error_t riscv_vcpu_percpu_init(void *state, void *host, const struct axvcpu_hal *hal);
axvcpu_error_t riscv_vcpu_hardware_enable(void *state);
axvcpu_error_t riscv_vcpu_hardware_disable(void *state);
uint32_t riscv_vcpu_max_levels(const void *state);

/* setup.c */
axvcpu_error_t riscv_vcpu_create(void *state, const struct axvcpu_arch_vcpu_info *info,
			    const void *config);
void riscv_vcpu_destroy(void *state);
axvcpu_error_t riscv_vcpu_setup(void *state, const void *config);
axvcpu_error_t riscv_vcpu_set_entry(void *state, uint64_t entry);
axvcpu_error_t riscv_vcpu_set_root(void *state, uint64_t root);
void riscv_vcpu_setup_start(struct riscv_vcpu *vcpu, uint64_t entry, uint64_t arg);

/* run.c */
axvcpu_error_t riscv_vcpu_bind(void *state, void *percpu);
axvcpu_error_t riscv_vcpu_unbind(void *state, void *percpu);
axvcpu_error_t riscv_vcpu_switch(void *from_state, void *to_state, void *percpu);
axvcpu_error_t riscv_vcpu_run(void *state, void *percpu, const uint32_t *attention,
			 struct axvcpu_exit *exit);

/* complete.c */
axvcpu_error_t riscv_vcpu_complete_read(
	void *state, const struct axvcpu_exit *exit, uint64_t value);
axvcpu_error_t riscv_vcpu_complete_write(void *state, const struct axvcpu_exit *exit);
axvcpu_error_t riscv_vcpu_fail_access(void *state, const struct axvcpu_exit *exit);
void riscv_vcpu_set_return_value(void *state, uint64_t value);

/* reg_access.c */
axvcpu_error_t riscv_vcpu_set_gpr(void *state, uint32_t reg, uint64_t value);
axvcpu_error_t riscv_vcpu_get_gpr(void *state, uint32_t reg, uint64_t *value);
axvcpu_error_t riscv_vcpu_get_reg(void *state, uint64_t id, void *buffer);
axvcpu_error_t riscv_vcpu_set_reg(void *state, uint64_t id, const void *buffer);
axvcpu_error_t riscv_vcpu_reg_at(void *state, size_t index, uint64_t *id);

#ifdef __cplusplus
}
#endif

#endif /* RISCV_VCPU_VCPU_H_ */
