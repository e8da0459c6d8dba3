/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this hart has. S mode cannot read misa, so extensions are found by
 * accessing them: a CSR that is not there traps, a field that is not there does
 * not keep what was written. All that is changed is put back.
 */
#include "vcpu.h"

static uint32_t detect_units(uint32_t *vlenb)
{
	const uint64_t old = rv_read_sstatus();
	uint64_t value = 0;
	uint32_t bits = 0;

	rv_write_sstatus(old | SSTATUS_FS | SSTATUS_VS);
	/* FS may be writable without F, for emulation in software (3.1.6.6). */
	if ((rv_read_sstatus() & SSTATUS_FS) != 0 && rv_probe_fcsr(&value)) {
		bits |= RISCV_VCPU_FEATURE_F;
		if (rv_probe_double())
			bits |= RISCV_VCPU_FEATURE_D;
	}
	value = 0;
	if ((rv_read_sstatus() & SSTATUS_VS) != 0 && rv_probe_vlenb(&value) && value != 0) {
		bits |= RISCV_VCPU_FEATURE_V;
		*vlenb = (uint32_t)value;
	}
	rv_write_sstatus(old);
	return bits;
}

static uint32_t detect_envcfg(void)
{
	uint64_t old, kept, value = 0;
	uint32_t bits = RISCV_VCPU_FEATURE_HENVCFG;

	/* Firmware may have closed senvcfg (Smstateen). */
	if (!rv_probe_henvcfg(&old) || !rv_probe_senvcfg(&value))
		return 0;
	rv_write_henvcfg(old | ENVCFG_CBIE | ENVCFG_CBCFE | ENVCFG_CBZE | ENVCFG_PBMTE |
			 ENVCFG_STCE);
	kept = rv_read_henvcfg();
	rv_write_henvcfg(old);
	if ((kept & ENVCFG_PBMTE) != 0)
		bits |= RISCV_VCPU_FEATURE_SVPBMT;
	if ((kept & ENVCFG_CBCFE) != 0)
		bits |= RISCV_VCPU_FEATURE_ZICBOM;
	if ((kept & ENVCFG_CBZE) != 0)
		bits |= RISCV_VCPU_FEATURE_ZICBOZ;
	/* QEMU 7.2 keeps STCE without Sstc too: the CSR decides. */
	if ((kept & ENVCFG_STCE) != 0 && rv_probe_vstimecmp(&value))
		bits |= RISCV_VCPU_FEATURE_SSTC;
	return bits;
}

static bool has_mode(uint64_t mode)
{
	rv_write_hgatp(mode << ATP_MODE_SHIFT);
	return rv_read_hgatp() >> ATP_MODE_SHIFT == mode;
}

/* Modes and VMID width: both fields are WARL (15.2.10). */
static uint32_t detect_hgatp(uint32_t *vmid_bits)
{
	const uint64_t old = rv_read_hgatp();
	const uint64_t all = (UINT64_C(1) << HGATP_VMID_BITS) - 1;
	uint64_t mode = 0, vmids;
	uint32_t bits = 0;

	if (has_mode(RISCV_VCPU_HGATP_SV57X4)) {
		bits |= RISCV_VCPU_FEATURE_SV57X4;
		mode = RISCV_VCPU_HGATP_SV57X4;
	}
	if (has_mode(RISCV_VCPU_HGATP_SV48X4)) {
		bits |= RISCV_VCPU_FEATURE_SV48X4;
		mode = RISCV_VCPU_HGATP_SV48X4;
	}
	if (has_mode(RISCV_VCPU_HGATP_SV39X4)) {
		bits |= RISCV_VCPU_FEATURE_SV39X4;
		mode = RISCV_VCPU_HGATP_SV39X4;
	}
	rv_write_hgatp((mode << ATP_MODE_SHIFT) | (all << HGATP_VMID_SHIFT));
	vmids = (rv_read_hgatp() >> HGATP_VMID_SHIFT) & all;
	rv_write_hgatp(old);
	/* Speculation may have used what was in hgatp meanwhile. */
	rv_hfence_gvma_all();

	*vmid_bits = 0;
	/* Implemented bits are the low ones, without gaps. */
	while ((vmids & 1) != 0) {
		(*vmid_bits)++;
		vmids >>= 1;
	}
	return bits;
}

/*
 * The guest's own page tables: a mode that is not there is another one after a write (15.2.18),
 * with a guest's tables of the first. What is speculated meanwhile hardware_enable() drops.
 */
static uint32_t detect_vsatp(void)
{
	const uint64_t old = rv_read_vsatp();
	uint32_t bits = 0;

	for (uint32_t mode = SATP_MODE_SV39; mode <= SATP_MODE_SV57; mode++) {
		rv_write_vsatp((uint64_t)mode << ATP_MODE_SHIFT);
		if (rv_read_vsatp() >> ATP_MODE_SHIFT == mode)
			bits |= riscv_vsatp_feature(mode);
	}
	rv_write_vsatp(old);
	return bits;
}

static uint32_t detect_guest_files(void)
{
	const uint64_t old = rv_read_hgeie();
	uint64_t kept;
	uint32_t count = 0;

	rv_write_hgeie(UINT64_MAX);
	kept = rv_read_hgeie() >> 1;
	rv_write_hgeie(old);
	for (; (kept & 1) != 0; kept >>= 1)
		count++;
	return count;
}

/* Whether an illegal instruction of a guest arrives here if it is not delegated. */
static bool illegal_arrives(void)
{
	const uint64_t old = rv_read_sstatus();
	uint64_t cause;

	rv_write_sstatus(old & ~SSTATUS_SIE);
	cause = riscv_vcpu_probe_illegal();
	rv_write_sstatus(old);
	return cause == CAUSE_ILLEGAL;
}

axvcpu_error_t riscv_vcpu_detect(struct riscv_features *features)
{
	uint64_t value = 0;
	uint32_t bits = RISCV_VCPU_FEATURE_H;

	features->vlenb = 0;
	if (!rv_probe_hstatus(&value))
		return AXVCPU_ERR_UNSUPPORTED;
	bits |= detect_hgatp(&features->vmid_bits);
	bits |= detect_vsatp();
	bits |= detect_units(&features->vlenb);
	bits |= detect_envcfg();
	if (rv_probe_stopi(&value) && rv_probe_hvictl(&value) && rv_probe_vsiselect(&value) &&
	    rv_probe_hviprio1(&value) && rv_probe_hviprio2(&value) && rv_probe_hvien(&value))
		bits |= RISCV_VCPU_FEATURE_AIA;
	/* mcounteren says so. */
	if (rv_probe_cycle(&value) && rv_probe_instret(&value))
		bits |= RISCV_VCPU_FEATURE_COUNTERS;
	if (rv_probe_hstateen0(&value))
		bits |= RISCV_VCPU_FEATURE_STATEEN;
	if (illegal_arrives())
		bits |= RISCV_VCPU_FEATURE_ILLEGAL;
	features->guest_files = detect_guest_files();
	features->guest_words = 0;
	if ((bits & RISCV_VCPU_FEATURE_AIA) != 0 && features->guest_files != 0)
		features->guest_words = riscv_vcpu_imsic_words();
	features->bits = bits;
	/* Firmware that reports a trap of HS mode may leave SPV set (OpenSBI 1.1). */
	rv_write_hstatus(rv_read_hstatus() & ~HSTATUS_SPV);
	return riscv_vcpu_best_mode(features) != 0 ? AXVCPU_OK : AXVCPU_ERR_UNSUPPORTED;
}

uint32_t riscv_vcpu_best_mode(const struct riscv_features *features)
{
	if ((features->bits & RISCV_VCPU_FEATURE_SV57X4) != 0)
		return RISCV_VCPU_HGATP_SV57X4;
	if ((features->bits & RISCV_VCPU_FEATURE_SV48X4) != 0)
		return RISCV_VCPU_HGATP_SV48X4;
	if ((features->bits & RISCV_VCPU_FEATURE_SV39X4) != 0)
		return RISCV_VCPU_HGATP_SV39X4;
	return 0;
}

/* bits 31..0 features, 35..32 VMID bits, 41..36 guest files, 47..42 their words, 63..48 vlenb */
static uint64_t pack(const struct riscv_features *features)
{
	return features->bits | ((uint64_t)features->vmid_bits << 32) |
	       ((uint64_t)features->guest_files << 36) | ((uint64_t)features->guest_words << 42) |
	       ((uint64_t)features->vlenb << 48);
}

void riscv_vcpu_host_features(struct riscv_host *host, struct riscv_features *features)
{
	const uint64_t word = __atomic_load_n(&host->features, __ATOMIC_ACQUIRE);

	features->bits = (uint32_t)word;
	features->vmid_bits = (uint32_t)(word >> 32) & 0xfu;
	features->guest_files = (uint32_t)(word >> 36) & 0x3fu;
	features->guest_words = (uint32_t)(word >> 42) & 0x3fu;
	features->vlenb = (uint32_t)(word >> 48);
}

/*
 * The first CPU sets what vCPUs are built for; false for a later one that has
 * less, as a vCPU of the first could not run there.
 */
bool riscv_vcpu_publish_features(struct riscv_host *host, const struct riscv_features *features)
{
	struct riscv_features first;
	uint64_t none = 0;

	if (__atomic_compare_exchange_n(&host->features, &none, pack(features), false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return true;
	riscv_vcpu_host_features(host, &first);
	return (features->bits & first.bits) == first.bits &&
	       features->vmid_bits >= first.vmid_bits &&
	       features->guest_files >= first.guest_files &&
	       features->guest_words == first.guest_words && features->vlenb == first.vlenb;
}
