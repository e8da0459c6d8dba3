/* SPDX-License-Identifier: Apache-2.0 */
#include "axvcpu/types.h"

const char *axvcpu_error_string(axvcpu_error_t error)
{
	switch (error) {
	case AXVCPU_OK:
		return "success";
	case AXVCPU_ERR_INVALID_ARGUMENT:
		return "invalid argument";
	case AXVCPU_ERR_BAD_STATE:
		return "operation not allowed in this state";
	case AXVCPU_ERR_UNSUPPORTED:
		return "not supported";
	case AXVCPU_ERR_NO_MEMORY:
		return "out of memory or buffer too small";
	case AXVCPU_ERR_RESOURCE_BUSY:
		return "resource busy";
	case AXVCPU_ERR_ABI_MISMATCH:
		return "incompatible operations table";
	case AXVCPU_ERR_WRONG_CPU:
		return "wrong physical CPU";
	case AXVCPU_ERR_INCOMPLETE:
		return "last exit not completed";
	case AXVCPU_ERR_NOT_FOUND:
		return "not found";
	case AXVCPU_ERR_AGAIN:
		return "try again";
	case AXVCPU_ERR_HARDWARE:
		return "hardware error";
	case AXVCPU_ERR_CORRUPT:
		return "damaged data";
	default:
		return "unknown error";
	}
}

uint32_t axvcpu_api_version(void)
{
	return AXVCPU_VERSION(AXVCPU_API_VERSION_MAJOR, AXVCPU_API_VERSION_MINOR,
			      AXVCPU_API_VERSION_PATCH);
}
