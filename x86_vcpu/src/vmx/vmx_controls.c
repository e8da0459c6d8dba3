/* SPDX-License-Identifier: Apache-2.0 */
/* The controls by what this CPU allows (SDM volume 3, 25.6 and appendix A.2 to A.5). */
#include "../cpu.h"
#include "vmx.h"

/** A control that guests need, or that serves where it is there. */
struct wish {
	uint32_t bit;
	bool required;
	const char *name;
};

static const struct wish pin[] = {
	{ PIN_EXTERNAL_INTERRUPT, true, "external-interrupt exiting" },
	{ PIN_NMI, true, "NMI exiting" },
	{ PIN_VIRTUAL_NMI, true, "virtual NMIs" },
	{ PIN_PREEMPTION_TIMER, false, "preemption timer" },
};

static const struct wish primary[] = {
	{ PRIMARY_TSC_OFFSET, true, "TSC offsetting" },
	{ PRIMARY_HLT, true, "HLT exiting" },
	{ PRIMARY_MWAIT, true, "MWAIT exiting" },
	{ PRIMARY_RDPMC, true, "RDPMC exiting" },
	{ PRIMARY_CR8_LOAD, true, "CR8-load exiting" },
	{ PRIMARY_CR8_STORE, true, "CR8-store exiting" },
	{ PRIMARY_TPR_SHADOW, false, "TPR shadow" },
	{ PRIMARY_INTERRUPT_WINDOW, true, "interrupt-window exiting" },
	{ PRIMARY_NMI_WINDOW, true, "NMI-window exiting" },
	{ PRIMARY_IO_BITMAPS, true, "I/O bitmaps" },
	{ PRIMARY_MSR_BITMAP, true, "MSR bitmaps" },
	{ PRIMARY_MONITOR, true, "MONITOR exiting" },
	{ PRIMARY_SECONDARY, true, "secondary controls" },
};

static const struct wish secondary[] = {
	{ SECONDARY_EPT, true, "EPT" },
	{ SECONDARY_UNRESTRICTED, true, "unrestricted guests" },
	{ SECONDARY_RDTSCP, false, "RDTSCP" },
	{ SECONDARY_VPID, false, "VPID" },
	{ SECONDARY_WBINVD, true, "WBINVD exiting" },
	{ SECONDARY_PAUSE_LOOP, false, "PAUSE-loop exiting" },
	{ SECONDARY_INVPCID, false, "INVPCID" },
	{ SECONDARY_XSAVES, false, "XSAVES" },
};

static const struct wish exit_wishes[] = {
	{ EXIT_SAVE_DEBUG, true, "saving debug controls" },
	{ EXIT_HOST_64, true, "a 64-bit host" },
	{ EXIT_SAVE_PAT, true, "saving IA32_PAT" },
	{ EXIT_LOAD_PAT, true, "loading IA32_PAT on exit" },
	{ EXIT_SAVE_EFER, true, "saving IA32_EFER" },
	{ EXIT_LOAD_EFER, true, "loading IA32_EFER on exit" },
};

static const struct wish entry[] = {
	{ ENTRY_LOAD_DEBUG, true, "loading debug controls" },
	{ ENTRY_IA32E, true, "64-bit guests" },
	{ ENTRY_LOAD_PAT, true, "loading IA32_PAT on entry" },
	{ ENTRY_LOAD_EFER, true, "loading IA32_EFER on entry" },
};

/** Controls that would make guests slower or see the host, and must not be forced on. */
static const struct wish primary_off[] = {
	{ PRIMARY_CR3_LOAD, true, "CR3 loads without exits" },
	{ PRIMARY_CR3_STORE, true, "CR3 stores without exits" },
};

/** Low half of the capability: bits that must be 1. High half: bits that may be. */
static const char *choose(uint32_t msr, const struct wish *wishes, uint32_t count, uint32_t *word)
{
	uint64_t capability = x86_cpu_rdmsr(msr);
	uint32_t allowed = (uint32_t)(capability >> 32), i;

	*word = (uint32_t)capability;
	for (i = 0; i < count; i++) {
		if ((allowed & wishes[i].bit) != 0u) {
			*word |= wishes[i].bit;
		} else if (wishes[i].required) {
			return wishes[i].name;
		}
	}
	return NULL;
}

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static const char *choose_all(struct x86_vmx_percpu *vmx, uint32_t true_offset)
{
	struct vmx_controls *controls = &vmx->controls;
	const char *missing =
		choose(MSR_VMX_PIN + true_offset, pin, COUNT(pin), &controls->pin);

	if (missing == NULL) {
		missing = choose(MSR_VMX_PRIMARY + true_offset, primary, COUNT(primary),
				 &controls->primary);
	}
	if (missing == NULL) {
		missing = choose(MSR_VMX_SECONDARY, secondary, COUNT(secondary),
				 &controls->secondary);
	}
	if (missing == NULL) {
		missing = choose(MSR_VMX_EXIT + true_offset, exit_wishes, COUNT(exit_wishes),
				 &controls->exit);
	}
	if (missing == NULL) {
		missing = choose(MSR_VMX_ENTRY + true_offset, entry, COUNT(entry),
				 &controls->entry);
	}
	return missing;
}

const char *x86_vcpu_vmx_find_controls(struct x86_vmx_percpu *vmx)
{
	bool has_true = (x86_cpu_rdmsr(MSR_VMX_BASIC) & VMX_BASIC_TRUE) != 0u;
	const char *missing = choose_all(vmx, has_true ? MSR_VMX_TRUE_OFFSET : 0u);
	struct vmx_controls *controls = &vmx->controls;
	uint32_t i;

	if (missing != NULL) {
		return missing;
	}
	for (i = 0; i < COUNT(primary_off); i++) {
		if ((controls->primary & primary_off[i].bit) != 0u) {
			return primary_off[i].name;
		}
	}
	vmx->ept_vpid = x86_cpu_rdmsr(MSR_VMX_EPT_VPID);
	if ((vmx->ept_vpid & EPT_VPID_LEVELS_4) == 0u) {
		return "EPT with four levels";
	}
	if ((vmx->ept_vpid & EPT_VPID_WB) == 0u) {
		return "EPT in write-back memory";
	}
	if ((vmx->ept_vpid & EPT_VPID_INVEPT) == 0u ||
	    (vmx->ept_vpid & (EPT_VPID_INVEPT_SINGLE | EPT_VPID_INVEPT_ALL)) == 0u) {
		return "INVEPT";
	}
	vmx->tpr_shadow = (controls->primary & PRIMARY_TPR_SHADOW) != 0u;
	if (vmx->tpr_shadow) {
		controls->primary &= ~(PRIMARY_CR8_LOAD | PRIMARY_CR8_STORE);
	}
	/* On while the guest's own timer runs. */
	vmx->preemption_timer = (controls->pin & PIN_PREEMPTION_TIMER) != 0u;
	controls->pin &= ~PIN_PREEMPTION_TIMER;
	vmx->timer_shift = (uint32_t)(x86_cpu_rdmsr(MSR_VMX_MISC) & VMX_MISC_TIMER_SHIFT);
	/* Windows are asked for when something waits. */
	controls->primary &= ~(PRIMARY_INTERRUPT_WINDOW | PRIMARY_NMI_WINDOW);
	/* Without a way to drop them VPIDs could not be used again. */
	vmx->vpid = (controls->secondary & SECONDARY_VPID) != 0u &&
		    (vmx->ept_vpid & EPT_VPID_INVVPID) != 0u &&
		    (vmx->ept_vpid & EPT_VPID_INVVPID_ALL) != 0u;
	if (!vmx->vpid) {
		controls->secondary &= ~SECONDARY_VPID;
	}
	return NULL;
}
