# SPDX-License-Identifier: Apache-2.0
# Makes of a public header of axvcpu_api one of a version that does not exist yet: the
# structs that may grow have one member more at their end. Sizes are then no longer
# what the header asserts.
/^AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_create_params)/d
/^AXVCPU_STATIC_ASSERT(sizeof(struct axvcpu_failure)/d
/^struct axvcpu_create_params {/,/^};/ s/^};/\tuint64_t future;\n};/
/^struct axvcpu_failure {/,/^};/ s/^};/\tuint64_t future;\n};/
/^struct axvcpu_arch_vcpu_info {/,/^};/ s/^};/\tuint64_t future;\n};/
/^struct axvcpu_hal_ops {/,/^};/ s/^};/\tvoid *(*future)(void *ctx);\n};/
/^struct axvcpu_arch_ops {/,/^};/ s/^};/\tuint64_t (*future)(void *vcpu, const void *argument);\n};/
