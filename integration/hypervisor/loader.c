/* SPDX-License-Identifier: Apache-2.0 */
#include "loader.h"

#include "board.h"
#include "boot_files.h"
#include "console.h"

bool loader_run(const struct machine_config *config, uint64_t memory)
{
	const struct config_load *load;
	struct boot_file file;
	void *to;
	uint32_t i;

	board_zero((void *)(uintptr_t)memory, config->memory);
	for (i = 0; i < config->load_count; i++) {
		load = &config->loads[i];
		to = (void *)(uintptr_t)(memory + (load->gpa - board.ram));
		if (!boot_file_find(load->name, &file) ||
		    !boot_file_read(&file, (uint32_t)load->offset, to, (uint32_t)load->size)) {
			log_line(AXVCPU_LOG_ERROR, "cannot load %s: no such file, or it is shorter",
				 load->name);
			return false;
		}
		log_line(AXVCPU_LOG_INFO, "loaded %s: %u bytes at %x", load->name, load->size,
			 load->gpa);
	}
	board_sync_code((const void *)(uintptr_t)memory, config->memory);
	return true;
}
