/* SPDX-License-Identifier: Apache-2.0 */
#include "fpu.h"

#include "cpu.h"

/* CPUID leaves, SDM volume 2, "CPUID". */
#define CPUID_FEATURES 1u
#define CPUID_FEATURES_ECX_XSAVE (1u << 26)
#define CPUID_XSAVE 0xdu
#define CPUID_XSAVE_EAX_XSAVES (1u << 3)

/** Components that a guest may have: those whose place in the standard form fits. */
#define XCR0_OFFERED (XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512 | XCR0_PKRU)
#define FIRST_EXTENDED 2u
#define COMPONENTS 63u

/* The legacy region of the XSAVE area, SDM volume 1, table 13-1; its first bytes are FCW and MXCSR. */
#define XSAVE_FCW 0u
#define XSAVE_MXCSR 24u
#define XSAVE_XSTATE_BV 512u
#define FCW_INIT UINT16_C(0x37f)
#define MXCSR_RESET UINT32_C(0x1f80)
/** SDM volume 1, 10.2.3. */
#define MXCSR_DEFINED UINT32_C(0xffff)
#define HEADER_CHUNK (XSAVE_XSTATE_BV / X86_XSAVE_CHUNK)

/**
 * Where X86_VCPU_REG_XSAVE() has the extended components: Intel's places. AMD's CPUs
 * have AVX-512 and PKRU elsewhere (CPUID leaf 0xd says where), so that an area as it is
 * would not mean the same on both.
 */
struct component {
	uint32_t number;
	uint32_t place;
	uint32_t size;
};
static const struct component components[X86_XSAVE_EXTENDED] = {
	{ 2, 576, 256 }, { 5, 1088, 64 }, { 6, 1152, 512 }, { 7, 1664, 1024 }, { 9, 2688, 8 },
};
#define PKRU_COMPONENT 4u

static bool component_fits(uint32_t component, uint32_t *end)
{
	struct x86_cpuid place = x86_cpu_cpuid(CPUID_XSAVE, component);

	if (place.eax == 0u || place.ebx > X86_XSAVE_SIZE ||
	    place.eax > X86_XSAVE_SIZE - place.ebx) {
		return false;
	}
	*end = place.ebx + place.eax;
	return true;
}

void x86_vcpu_fpu_detect(struct x86_features *features)
{
	struct x86_cpuid leaf;
	uint64_t offered, avx512 = XCR0_AVX512;
	uint32_t component, end;

	features->xsave = (x86_cpu_cpuid(CPUID_FEATURES, 0).ecx & CPUID_FEATURES_ECX_XSAVE) != 0u;
	features->xcr0_mask = XCR0_X87 | XCR0_SSE;
	features->xsave_size = X86_XSAVE_CHUNK * 9u; /* the legacy region and the header */
	if (!features->xsave) {
		return;
	}
	leaf = x86_cpu_cpuid(CPUID_XSAVE, 0);
	offered = ((uint64_t)leaf.edx << 32 | leaf.eax) & XCR0_OFFERED;
	for (component = FIRST_EXTENDED; component < COMPONENTS; component++) {
		uint64_t bit = X86_BIT(component);

		if ((offered & bit) == 0u) {
			continue;
		}
		if (!component_fits(component, &end)) {
			/* The three of AVX-512 come together (SDM volume 1, 13.3). */
			offered &= (bit & avx512) != 0u ? ~avx512 : ~bit;
			continue;
		}
		if (end > features->xsave_size) {
			features->xsave_size = end;
		}
	}
	features->xcr0_mask = offered | XCR0_X87 | XCR0_SSE;
	features->xsaves = (x86_cpu_cpuid(CPUID_XSAVE, 1).eax & CPUID_XSAVE_EAX_XSAVES) != 0u;
}

void x86_vcpu_fpu_reset(struct x86_vcpu *vcpu)
{
	uint16_t fcw = FCW_INIT;
	uint32_t mxcsr = MXCSR_RESET;
	uint64_t in_use = XCR0_X87 | XCR0_SSE;

	__builtin_memset(vcpu->xsave, 0, sizeof(vcpu->xsave));
	__builtin_memcpy(vcpu->xsave + XSAVE_FCW, &fcw, sizeof(fcw));
	__builtin_memcpy(vcpu->xsave + XSAVE_MXCSR, &mxcsr, sizeof(mxcsr));
	__builtin_memcpy(vcpu->xsave + XSAVE_XSTATE_BV, &in_use, sizeof(in_use));
	vcpu->xcr0 = XCR0_X87;
	vcpu->xss = 0;
}

bool x86_vcpu_fpu_fits(const struct x86_vcpu *vcpu, const struct x86_features *features)
{
	uint64_t in_use;

	__builtin_memcpy(&in_use, vcpu->xsave + XSAVE_XSTATE_BV, sizeof(in_use));
	return ((in_use | vcpu->xcr0) & ~features->xcr0_mask) == 0u;
}

void x86_vcpu_fpu_find_places(struct x86_vcpu *vcpu)
{
	bool xsave = (x86_cpu_cpuid(CPUID_FEATURES, 0).ecx & CPUID_FEATURES_ECX_XSAVE) != 0u;
	uint32_t i, end;

	for (i = 0; i < X86_XSAVE_EXTENDED; i++) {
		struct x86_cpuid here = x86_cpu_cpuid(CPUID_XSAVE, components[i].number);
		bool fits = xsave && here.eax == components[i].size &&
			    component_fits(components[i].number, &end);

		vcpu->xsave_place[i] = fits ? (uint16_t)here.ebx : 0u;
	}
}

/** Where the bytes of a register are in vcpu->xsave, and how many; 0 if nowhere. */
static uint32_t find_chunk(const struct x86_vcpu *vcpu, uint32_t chunk, uint32_t *count)
{
	uint32_t at = chunk * X86_XSAVE_CHUNK, i;

	*count = X86_XSAVE_CHUNK;
	for (i = 0; i < X86_XSAVE_EXTENDED; i++) {
		const struct component *component = &components[i];

		if (at < component->place || at >= component->place + component->size ||
		    vcpu->xsave_place[i] == 0u) {
			continue;
		}
		if (component->size < X86_XSAVE_CHUNK) {
			*count = component->size;
		}
		return vcpu->xsave_place[i] + at - component->place;
	}
	return 0;
}

static bool is_zero(const uint8_t *bytes, uint32_t count)
{
	while (count > 0u && bytes[count - 1u] == 0u) {
		count--;
	}
	return count == 0u;
}

/** Components in use. One of zeros is as after reset, whatever a CPU says: others need not have it. */
static uint64_t in_use_of(const struct x86_vcpu *vcpu)
{
	uint64_t in_use;
	uint32_t i;

	__builtin_memcpy(&in_use, vcpu->xsave + XSAVE_XSTATE_BV, sizeof(in_use));
	for (i = 0; i < X86_XSAVE_EXTENDED; i++) {
		if (vcpu->xsave_place[i] != 0u &&
		    is_zero(vcpu->xsave + vcpu->xsave_place[i], components[i].size)) {
			in_use &= ~X86_BIT(components[i].number);
		}
	}
	return in_use;
}

void x86_vcpu_fpu_get_chunk(const struct x86_vcpu *vcpu, uint32_t chunk, uint8_t *bytes)
{
	uint32_t at, count;
	uint64_t in_use;

	if (chunk <= HEADER_CHUNK) {
		__builtin_memcpy(bytes, vcpu->xsave + chunk * X86_XSAVE_CHUNK, X86_XSAVE_CHUNK);
		if (chunk == HEADER_CHUNK) {
			in_use = in_use_of(vcpu);
			__builtin_memcpy(bytes, &in_use, sizeof(in_use));
		}
		return;
	}
	__builtin_memset(bytes, 0, X86_XSAVE_CHUNK);
	at = find_chunk(vcpu, chunk, &count);
	if (at != 0u) {
		__builtin_memcpy(bytes, vcpu->xsave + at, count);
	}
}

static bool legacy_is_good(const uint8_t *bytes)
{
	uint32_t mxcsr;

	__builtin_memcpy(&mxcsr, bytes + XSAVE_MXCSR, sizeof(mxcsr));
	return (mxcsr & ~MXCSR_DEFINED) == 0u;
}

static bool header_is_good(const struct x86_vcpu *vcpu, const uint8_t *bytes)
{
	uint64_t in_use;

	__builtin_memcpy(&in_use, bytes, sizeof(in_use));
	return is_zero(bytes + sizeof(in_use), X86_XSAVE_CHUNK - sizeof(in_use)) &&
	       (in_use & ~(vcpu->limits.xcr0_mask | XCR0_X87 | XCR0_SSE)) == 0u;
}

bool x86_vcpu_fpu_set_chunk(struct x86_vcpu *vcpu, uint32_t chunk, const uint8_t *bytes)
{
	uint32_t at, count;

	if ((chunk == 0u && !legacy_is_good(bytes)) ||
	    (chunk == HEADER_CHUNK && !header_is_good(vcpu, bytes))) {
		return false;
	}
	if (chunk <= HEADER_CHUNK) {
		__builtin_memcpy(vcpu->xsave + chunk * X86_XSAVE_CHUNK, bytes, X86_XSAVE_CHUNK);
		return true;
	}
	at = find_chunk(vcpu, chunk, &count);
	/* What this CPU has no place for would be lost. */
	if (at == 0u) {
		count = 0;
	}
	if (!is_zero(bytes + count, X86_XSAVE_CHUNK - count)) {
		return false;
	}
	__builtin_memcpy(vcpu->xsave + at, bytes, count);
	return true;
}

uint32_t x86_vcpu_fpu_pkru(const struct x86_vcpu *vcpu)
{
	uint64_t in_use;
	uint32_t pkru = 0;

	/* Of a component that is as after reset the area may hold anything (SDM volume 1, 13.4.2). */
	__builtin_memcpy(&in_use, vcpu->xsave + XSAVE_XSTATE_BV, sizeof(in_use));
	if (vcpu->xsave_place[PKRU_COMPONENT] != 0u && (in_use & XCR0_PKRU) != 0u) {
		__builtin_memcpy(&pkru, vcpu->xsave + vcpu->xsave_place[PKRU_COMPONENT],
				 sizeof(pkru));
	}
	return pkru;
}

/** XSAVE and FXSAVE fault with CR0.TS or EM set; returns what CR0 was. */
static uint64_t open_fpu(void)
{
	uint64_t cr0 = x86_cpu_read_cr0();

	if ((cr0 & (CR0_TS | CR0_EM)) != 0u) {
		x86_cpu_write_cr0(cr0 & ~(CR0_TS | CR0_EM));
	}
	return cr0;
}

static void close_fpu(uint64_t cr0)
{
	if ((cr0 & (CR0_TS | CR0_EM)) != 0u) {
		x86_cpu_write_cr0(cr0);
	}
}

void x86_vcpu_xcr0_sync(struct x86_vcpu *vcpu)
{
	/* QEMU 7.2 does not intercept XSETBV: what the guest has may be new to us. */
	if (vcpu->cpu != NULL && vcpu->cpu->features.xsave) {
		vcpu->xcr0 = x86_cpu_xgetbv(0) & vcpu->cpu->features.xcr0_mask;
	}
}

/** XCR0 as it is, in the two forms: a write is left out where it has the value already. */
static void change_xcr0(uint64_t from, uint64_t to)
{
	if (from != to) {
		x86_cpu_xsetbv(0, to);
	}
}

/**
 * Saves and leaves XCR0 at `next`, the guest's or the host's. All components are moved:
 * those that XCR0 of the guest turns off have contents too.
 */
static void save(struct x86_vcpu *vcpu, const uint64_t *next)
{
	uint64_t cr0 = open_fpu(), all = vcpu->cpu->features.xcr0_mask;

	if (vcpu->cpu->features.xsave) {
		x86_vcpu_xcr0_sync(vcpu);
		change_xcr0(vcpu->xcr0, all);
		x86_cpu_xsave(vcpu->xsave);
		change_xcr0(all, next != NULL ? *next : vcpu->xcr0);
	} else {
		x86_cpu_fxsave(vcpu->xsave);
	}
	close_fpu(cr0);
}

/** Loads, from XCR0 = `now` to the guest's. */
static void load(struct x86_vcpu *vcpu, uint64_t now)
{
	uint64_t cr0 = open_fpu(), all = vcpu->cpu->features.xcr0_mask;

	if (vcpu->cpu->features.xsave) {
		change_xcr0(now, all);
		x86_cpu_xrstor(vcpu->xsave);
		change_xcr0(all, vcpu->xcr0);
	} else {
		x86_cpu_fxrstor(vcpu->xsave);
	}
	close_fpu(cr0);
}

void x86_vcpu_fpu_save(struct x86_vcpu *vcpu)
{
	save(vcpu, NULL);
}

void x86_vcpu_fpu_load(struct x86_vcpu *vcpu)
{
	load(vcpu, vcpu->cpu->features.xsave ? x86_cpu_xgetbv(0) : 0u);
}

void x86_vcpu_tsc_aux_load(const struct x86_vcpu *vcpu)
{
	if (vcpu->cpu->features.rdtscp) {
		x86_cpu_wrmsr(MSR_TSC_AUX, vcpu->tsc_aux);
	}
}

void x86_vcpu_fpu_bind(struct x86_vcpu *vcpu, struct x86_percpu *cpu)
{
	if (cpu->features.xsave) {
		cpu->host_xcr0 = x86_cpu_xgetbv(0);
	}
	if (cpu->features.xsaves) {
		cpu->host_xss = x86_cpu_rdmsr(MSR_XSS);
		if (cpu->host_xss != vcpu->xss) {
			x86_cpu_wrmsr(MSR_XSS, vcpu->xss);
		}
	}
	if (cpu->features.rdtscp) {
		cpu->host_tsc_aux = x86_cpu_rdmsr(MSR_TSC_AUX);
		if (cpu->host_tsc_aux != vcpu->tsc_aux) {
			x86_cpu_wrmsr(MSR_TSC_AUX, vcpu->tsc_aux);
		}
	}
	load(vcpu, cpu->host_xcr0);
}

void x86_vcpu_fpu_unbind(struct x86_vcpu *vcpu, struct x86_percpu *cpu)
{
	save(vcpu, &cpu->host_xcr0);
	if (cpu->features.xsaves && cpu->host_xss != vcpu->xss) {
		x86_cpu_wrmsr(MSR_XSS, cpu->host_xss);
	}
	if (cpu->features.rdtscp && cpu->host_tsc_aux != vcpu->tsc_aux) {
		x86_cpu_wrmsr(MSR_TSC_AUX, cpu->host_tsc_aux);
	}
}

void x86_vcpu_fpu_switch(struct x86_vcpu *from, const struct x86_vcpu *to)
{
	const struct x86_features *features = &from->cpu->features;
	uint64_t cr0 = open_fpu(), all = features->xcr0_mask;

	if (features->xsave) {
		x86_vcpu_xcr0_sync(from);
		change_xcr0(from->xcr0, all);
		x86_cpu_xsave(from->xsave);
		x86_cpu_xrstor(to->xsave);
		change_xcr0(all, to->xcr0);
	} else {
		x86_cpu_fxsave(from->xsave);
		x86_cpu_fxrstor(to->xsave);
	}
	close_fpu(cr0);
	if (features->xsaves && from->xss != to->xss) {
		x86_cpu_wrmsr(MSR_XSS, to->xss);
	}
	if (features->rdtscp && from->tsc_aux != to->tsc_aux) {
		x86_cpu_wrmsr(MSR_TSC_AUX, to->tsc_aux);
	}
}

void x86_vcpu_debug_save(struct x86_vcpu *vcpu)
{
	vcpu->dr[0] = x86_cpu_read_dr0();
	vcpu->dr[1] = x86_cpu_read_dr1();
	vcpu->dr[2] = x86_cpu_read_dr2();
	vcpu->dr[3] = x86_cpu_read_dr3();
}

static void load_breakpoints(const uint64_t dr[4])
{
	x86_cpu_write_dr0(dr[0]);
	x86_cpu_write_dr1(dr[1]);
	x86_cpu_write_dr2(dr[2]);
	x86_cpu_write_dr3(dr[3]);
}

void x86_vcpu_debug_load(const struct x86_vcpu *vcpu)
{
	load_breakpoints(vcpu->dr);
}

void x86_vcpu_debug_note_host(struct x86_percpu *cpu)
{
	cpu->host_dr6 = x86_cpu_read_dr6();
}

void x86_vcpu_debug_bind(struct x86_vcpu *vcpu, struct x86_percpu *cpu)
{
	cpu->host_dr7 = x86_cpu_read_dr7();
	/* The guest's addresses must not stop our own code. */
	x86_cpu_write_dr7(DR7_RESET);
	cpu->host_dr[0] = x86_cpu_read_dr0();
	cpu->host_dr[1] = x86_cpu_read_dr1();
	cpu->host_dr[2] = x86_cpu_read_dr2();
	cpu->host_dr[3] = x86_cpu_read_dr3();
	load_breakpoints(vcpu->dr);
}

void x86_vcpu_debug_switch(struct x86_vcpu *from, const struct x86_vcpu *to)
{
	x86_vcpu_debug_save(from);
	load_breakpoints(to->dr);
}

void x86_vcpu_debug_unbind(struct x86_vcpu *vcpu, struct x86_percpu *cpu)
{
	x86_vcpu_debug_save(vcpu);
	load_breakpoints(cpu->host_dr);
	x86_cpu_write_dr6(cpu->host_dr6);
	x86_cpu_write_dr7(cpu->host_dr7);
}
