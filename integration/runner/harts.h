/* SPDX-License-Identifier: Apache-2.0 */
/* The harts in a riscv64 guest's device tree: like the physical ones. */
#ifndef RUNNER_HARTS_H_
#define RUNNER_HARTS_H_

#include <stddef.h>
#include <stdint.h>

#include "options.h"
#include "message.h"

/** Harts that the built-in tree has. */
#define HARTS_MAX 8u

/** A file whose name has a comma, for a value in QEMU's options, where a comma is written twice. */
const char *harts_quote(const char *path, char *value, size_t room);

/**
 * What a guest has of a hart's extensions (property riscv,isa): not the hypervisor's
 * own, not the privileged ones that the library does not hand on.
 *
 * @param room  bytes of `guest`; strlen(isa) + 1 is enough.
 */
void harts_guest_isa(const char *isa, char *guest, size_t room);

/**
 * Sets the extensions of the first `count` harts in the built-in tree in `path`, and
 * cuts the PLIC's contexts, and those of the IMSIC, down to theirs. With --aia APLIC and IMSIC
 * are there and the PLIC is not.
 *
 * @param options  the board and the physical CPU, of which QEMU is asked.
 * @param count    1 to HARTS_MAX; devicetree_patch() removes the others.
 * @param scratch  a file that may be written.
 */
int harts_patch(const char *path, const struct options *options, uint64_t count,
		const char *scratch, struct message *message);

#endif /* RUNNER_HARTS_H_ */
