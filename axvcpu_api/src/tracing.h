/* SPDX-License-Identifier: Apache-2.0 */
/* What a run of a traced vCPU does for its trace. */
#ifndef AXVCPU_SRC_TRACING_H_
#define AXVCPU_SRC_TRACING_H_

#include "vcpu_internal.h"

static inline uint64_t axvcpu_tracing_now(const struct axvcpu_tracing *tracing)
{
	return tracing->clock(tracing->clock_ctx);
}

/** Counts and records an exit of a run that began at `enter`. */
void axvcpu_tracing_exit(struct axvcpu_tracing *tracing, const struct axvcpu_exit *exit,
			 uint64_t enter);

#endif /* AXVCPU_SRC_TRACING_H_ */
