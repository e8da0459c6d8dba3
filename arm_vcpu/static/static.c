/* SPDX-License-Identifier: Apache-2.0 */
/* axvcpu_api bound to this package at compile time; see axvcpu/static.h. */
#include "../src/ops.c"

#define AXVCPU_STATIC_ARCH ops
#include "axvcpu/static.h"
