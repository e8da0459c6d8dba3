/* SPDX-License-Identifier: Apache-2.0 */
/* The operations by the names that axvcpu_api calls in the static binding; see axvcpu/static.h. */
#include "../src/ops.c"

#define AXVCPU_STATIC_ARCH ops
#include "axvcpu/static.h"
