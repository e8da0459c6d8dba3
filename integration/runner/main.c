/* SPDX-License-Identifier: Apache-2.0 */
/* The runner: a guest kernel, the hypervisor, QEMU, and the guest's own end as exit status. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devicetree.h"
#include "file.h"
#include "harts.h"
#include "image.h"
#include "layout.h"
#include "loads.h"
#include "machine.h"
#include "options.h"
#include "status.h"
#include "streams.h"

/** Files of one run, in a folder that goes with it. */
struct workspace {
	char folder[PATH_MAX];
	char dtb[PATH_MAX + 16];
	char config[PATH_MAX + 16];
	char kernel[PATH_MAX + 16];
	char initrd[PATH_MAX + 16];
	char directory[PATH_MAX + 16];
};

static int make_workspace(struct workspace *workspace, struct message *message)
{
	const char *base = getenv("TMPDIR");

	(void)snprintf(workspace->folder, sizeof(workspace->folder), "%s/axvcpu-run-XXXXXX",
		       base != NULL && base[0] != '\0' ? base : "/tmp");
	if (mkdtemp(workspace->folder) == NULL) {
		return message_set(message, "cannot make a folder for the run: %s", strerror(errno));
	}
	(void)snprintf(workspace->dtb, sizeof(workspace->dtb), "%s/guest.dtb", workspace->folder);
	(void)snprintf(workspace->config, sizeof(workspace->config), "%s/config", workspace->folder);
	(void)snprintf(workspace->kernel, sizeof(workspace->kernel), "%s/kernel", workspace->folder);
	(void)snprintf(workspace->initrd, sizeof(workspace->initrd), "%s/initrd", workspace->folder);
	(void)snprintf(workspace->directory, sizeof(workspace->directory), "%s/directory",
		       workspace->folder);
	return 0;
}

static void remove_workspace(const struct workspace *workspace)
{
	(void)unlink(workspace->dtb);
	(void)unlink(workspace->config);
	(void)unlink(workspace->kernel);
	(void)unlink(workspace->initrd);
	(void)unlink(workspace->directory);
	(void)rmdir(workspace->folder);
}

/** A name for QEMU's command line, in which a comma ends an option. */
static int link_file(const struct file *file, const char *path, struct message *message)
{
	char real[PATH_MAX];

	if (realpath(file->path, real) == NULL || symlink(real, path) != 0) {
		return message_set(message, "cannot use %s: %s", file->name, strerror(errno));
	}
	return 0;
}

static int write_config(const char *path, const struct options *options, const struct image *image,
			const struct layout *layout, uint64_t initrd_size, uint64_t dtb_size,
			struct message *message)
{
	FILE *file = fopen(path, "w");
	uint32_t i;

	if (file == NULL) {
		return message_set(message, "cannot write %s: %s", path, strerror(errno));
	}
	(void)fprintf(file, "memory %" PRIu64 "\nentry 0x%" PRIx64 "\narg 0x%" PRIx64 "\nlog %" PRIu64 "\n",
		      options->memory, image->entry, layout->dtb, options->log);
	for (i = 0; i < image->segment_count; i++) {
		(void)fprintf(file, "load opt/axvcpu/kernel %" PRIu64 " 0x%" PRIx64 " %" PRIu64 "\n",
			      image->segments[i].offset, image->segments[i].gpa,
			      image->segments[i].file_size);
	}
	if (initrd_size > 0) {
		(void)fprintf(file, "load opt/axvcpu/initrd 0 0x%" PRIx64 " %" PRIu64 "\n",
			      layout->initrd, initrd_size);
	}
	(void)fprintf(file, "load opt/axvcpu/dtb 0 0x%" PRIx64 " %" PRIu64 "\n", layout->dtb, dtb_size);
	(void)fprintf(file, "cpus %" PRIu64 "\ndevices %s\n", options->smp,
		      options->passthrough ? "passthrough" : "emulated");
	if (options->trap_interrupts) {
		(void)fprintf(file, "interrupts trap\n");
	}
	if (options->vhe) {
		(void)fprintf(file, "vhe 1\n");
	}
	if (options->stage2_levels > 0) {
		(void)fprintf(file, "stage2 %" PRIu64 "\n", options->stage2_levels);
	}
	if (options->test_devices) {
		(void)fprintf(file, "testdev 1\n");
	}
	if (options->kill_first > 0) {
		(void)fprintf(file, "kill %" PRIu64 " %" PRIu64 "\n", options->kill_first,
			      options->kill_step);
	}
	if (fclose(file) != 0) {
		return message_set(message, "cannot write %s: %s", path, strerror(errno));
	}
	return 0;
}

/** Reads and checks the inputs and writes the files of the run. */
static int prepare(const struct options *options, const struct workspace *workspace,
		   struct message *message)
{
	struct file kernel;
	struct file dtb;
	struct file initrd = { .size = 0 };
	struct image image;
	struct layout layout;
	const struct arch *arch = options->arch;
	struct devicetree_values values = {
		.ram = arch->ram,
		.memory = options->memory,
		.bootargs = options->append,
	};

	if (file_open("--kernel", options->kernel, &kernel, message) != 0 ||
	    (options->initrd != NULL &&
	     file_open("--initrd", options->initrd, &initrd, message) != 0) ||
	    file_open("--dtb",
		      options->dtb != NULL ? options->dtb : options->base_dtb[arch->id], &dtb,
		      message) != 0 ||
	    image_parse(kernel.name, kernel.data, kernel.size, arch, &image, message) != 0 ||
	    file_copy(&dtb, workspace->dtb, message) != 0) {
		return -1;
	}
	if (arch->patch_harts && options->dtb == NULL &&
	    harts_patch(workspace->dtb, arch, options->cpu, options->smp, workspace->directory,
			message) != 0) {
		return -1;
	}
	/* The tree's size hangs on its contents, but not on the addresses in it: patched twice. */
	values.initrd_size = initrd.size;
	/* Who brings a tree of his own says there what CPUs there are. */
	values.cpus = options->dtb != NULL ? 0 : (unsigned)options->smp;
	if (devicetree_patch(workspace->dtb, dtb.name, &values, message) != 0 ||
	    layout_make(&image, arch, options->memory, initrd.size,
			file_size(workspace->dtb), &layout, message) != 0) {
		return -1;
	}
	values.initrd = layout.initrd;
	values.cpus = 0;
	if (devicetree_patch(workspace->dtb, dtb.name, &values, message) != 0 ||
	    write_config(workspace->config, options, &image, &layout, initrd.size,
			 file_size(workspace->dtb), message) != 0 ||
	    link_file(&kernel, workspace->kernel, message) != 0) {
		return -1;
	}
	return initrd.size > 0 ? link_file(&initrd, workspace->initrd, message) : 0;
}

/** What the hypervisor gets of them, in memory with a directory. */
static int list_files(const struct options *options, const struct workspace *workspace,
		      struct loads *loads, struct message *message)
{
	const struct arch *arch = options->arch;

	loads_begin(loads, arch->files);
	if (loads_add(loads, "opt/axvcpu/config", workspace->config, message) != 0 ||
	    loads_add(loads, "opt/axvcpu/kernel", workspace->kernel, message) != 0 ||
	    (options->initrd != NULL &&
	     loads_add(loads, "opt/axvcpu/initrd", workspace->initrd, message) != 0) ||
	    loads_add(loads, "opt/axvcpu/dtb", workspace->dtb, message) != 0) {
		return -1;
	}
	return arch->files != 0 ? loads_write(loads, workspace->directory, message) : 0;
}

int main(int argc, char *argv[])
{
	struct options options;
	struct message message;
	struct workspace workspace;
	struct machine_files files = { .directory = workspace.directory };
	struct report report = { .has_status = false };
	int status = STATUS_BAD_INPUT;

	streams_open();
	machine_catch_signals();
	if (options_parse(argc, argv, &options, &message) != 0) {
		(void)fprintf(stderr, "run: %s\n", message.text);
		return STATUS_BAD_INPUT;
	}
	if (options.help) {
		(void)fputs(options_usage, stdout);
		return 0;
	}
	if (make_workspace(&workspace, &message) != 0) {
		(void)fprintf(stderr, "run: %s\n", message.text);
		return STATUS_BAD_INPUT;
	}
	if (prepare(&options, &workspace, &message) != 0 ||
	    list_files(&options, &workspace, &files.loads, &message) != 0) {
		(void)fprintf(stderr, "run: %s\n", message.text);
	} else {
		status = machine_run(&options, &files, &report);
		if (options.report && report.has_status) {
			report_print(&report, options.icount, stderr);
		}
	}
	remove_workspace(&workspace);
	return status;
}
