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
#include "firmware.h"
#include "harts.h"
#include "image.h"
#include "layout.h"
#include "loads.h"
#include "machine.h"
#include "options.h"
#include "pc.h"
#include "status.h"
#include "streams.h"

/** Machines of a run: the user's, and its neighbor. */
#define MACHINES_MAX 2u

/** The files of a machine, and the names that the hypervisor knows them by. */
struct machine_workspace {
	char dtb[PATH_MAX + 16];
	char kernel[PATH_MAX + 16];
	char initrd[PATH_MAX + 16];
};

/** Files of one run, in a folder that goes with it. */
struct workspace {
	char folder[PATH_MAX];
	char config[PATH_MAX + 16];
	char directory[PATH_MAX + 16];
	char state[PATH_MAX + 16];
	char board[PATH_MAX + 16];
	struct machine_workspace machines[MACHINES_MAX];
};

static const struct {
	const char *dtb;
	const char *kernel;
	const char *initrd;
} names[MACHINES_MAX] = {
	{ "opt/axvcpu/dtb", "opt/axvcpu/kernel", "opt/axvcpu/initrd" },
	{ "opt/axvcpu/dtb1", "opt/axvcpu/kernel1", "opt/axvcpu/initrd1" },
};

/** What a machine gets, and where in its memory. */
struct machine_plan {
	const char *kernel_option;
	const char *kernel;
	const char *initrd_option;
	/** Null for none. */
	const char *initrd;
	const char *append;
	uint64_t cpus;
	/** Bits of an SVE vector; 0 for none. */
	uint64_t sve;
	struct image image;
	struct layout layout;
	uint64_t initrd_size;
	/** Of the device tree, or what a PC's boot protocol has instead; 0 for none. */
	uint64_t dtb_size;
};

static int make_workspace(struct workspace *workspace, struct message *message)
{
	const char *base = getenv("TMPDIR");
	struct machine_workspace *machine;
	unsigned i;

	(void)snprintf(workspace->folder, sizeof(workspace->folder), "%s/axvcpu-run-XXXXXX",
		       base != NULL && base[0] != '\0' ? base : "/tmp");
	if (mkdtemp(workspace->folder) == NULL) {
		return message_set(message, "cannot make a folder for the run: %s", strerror(errno));
	}
	(void)snprintf(workspace->config, sizeof(workspace->config), "%s/config", workspace->folder);
	(void)snprintf(workspace->state, sizeof(workspace->state), "%s/state", workspace->folder);
	(void)snprintf(workspace->board, sizeof(workspace->board), "%s/board", workspace->folder);
	(void)snprintf(workspace->directory, sizeof(workspace->directory), "%s/directory",
		       workspace->folder);
	for (i = 0; i < MACHINES_MAX; i++) {
		machine = &workspace->machines[i];
		(void)snprintf(machine->dtb, sizeof(machine->dtb), "%s/dtb%u", workspace->folder, i);
		(void)snprintf(machine->kernel, sizeof(machine->kernel), "%s/kernel%u",
			       workspace->folder, i);
		(void)snprintf(machine->initrd, sizeof(machine->initrd), "%s/initrd%u",
			       workspace->folder, i);
	}
	return 0;
}

static void remove_workspace(const struct workspace *workspace)
{
	unsigned i;

	(void)unlink(workspace->config);
	(void)unlink(workspace->directory);
	(void)unlink(workspace->state);
	(void)unlink(workspace->board);
	for (i = 0; i < MACHINES_MAX; i++) {
		(void)unlink(workspace->machines[i].dtb);
		(void)unlink(workspace->machines[i].kernel);
		(void)unlink(workspace->machines[i].initrd);
	}
	(void)rmdir(workspace->folder);
}

/** The whole image, and the floppy disk by the name under which SeaBIOS has one. */
static void write_firmware(FILE *file, const struct machine_plan *plan, unsigned number)
{
	const struct image_segment *low = &plan->image.segments[0];

	(void)fprintf(file, "firmware %s %" PRIu64 "\n", names[number].kernel,
		      low->offset + low->file_size);
	if (plan->initrd_size > 0) {
		(void)fprintf(file, "item %s %" PRIu64 " floppyimg/floppy\n", names[number].initrd,
			      plan->initrd_size);
	}
}

static void write_machine(FILE *file, const struct options *options,
			  const struct machine_plan *plan, unsigned number)
{
	const struct image *image = &plan->image;
	uint32_t i;

	(void)fprintf(file, "memory %" PRIu64 "\nentry 0x%" PRIx64 "\narg 0x%" PRIx64 "\n",
		      options->memory, image->entry, plan->layout.dtb);
	for (i = 0; i < image->segment_count; i++) {
		(void)fprintf(file, "load %s %" PRIu64 " 0x%" PRIx64 " %" PRIu64 "\n",
			      names[number].kernel, image->segments[i].offset,
			      image->segments[i].gpa, image->segments[i].file_size);
	}
	if (plan->initrd_size > 0 && image->kind != IMAGE_FIRMWARE) {
		(void)fprintf(file, "load %s 0 0x%" PRIx64 " %" PRIu64 "\n", names[number].initrd,
			      plan->layout.initrd, plan->initrd_size);
	}
	if (plan->dtb_size > 0) {
		(void)fprintf(file, "load %s 0 0x%" PRIx64 " %" PRIu64 "\n", names[number].dtb,
			      plan->layout.dtb, plan->dtb_size);
	}
	(void)fprintf(file, "cpus %" PRIu64 "\ndevices %s\n", plan->cpus,
		      options->passthrough ? "passthrough" : "emulated");
	if (options->trap_interrupts) {
		(void)fprintf(file, "interrupts trap\n");
	}
	if (plan->sve > 0) {
		(void)fprintf(file, "sve %" PRIu64 "\n", plan->sve);
	}
	if (image->kind == IMAGE_FIRMWARE) {
		write_firmware(file, plan, number);
	}
	if (image->kind == IMAGE_MULTIBOOT) {
		(void)fprintf(file, "boot multiboot\n");
	}
	if (options->hypervisor_name != NULL) {
		(void)fprintf(file, "hypervisor-name %s\n", options->hypervisor_name);
	}
	if (options->test_devices) {
		(void)fprintf(file, "testdev 1\n");
	}
	if (options->load != NULL) {
		(void)fprintf(file, "saved 1\n");
	}
}

static int write_config(const char *path, const struct options *options,
			const struct machine_plan *plans, unsigned count, struct message *message)
{
	FILE *file = fopen(path, "w");
	unsigned i;

	if (file == NULL) {
		return message_set(message, "cannot write %s: %s", path, strerror(errno));
	}
	(void)fprintf(file, "log %" PRIu64 "\n", options->log);
	if (options->vhe) {
		(void)fprintf(file, "vhe 1\n");
	}
	if (options->aia) {
		(void)fprintf(file, "aia 1\n");
	}
	if (options->stage2_levels > 0) {
		(void)fprintf(file, "stage2 %" PRIu64 "\n", options->stage2_levels);
	}
	if (options->renew > 0) {
		(void)fprintf(file, "renew %" PRIu64 "\n", options->renew);
	}
	if (options->move > 0) {
		(void)fprintf(file, "move %" PRIu64 "\n", options->move);
	}
	if (options->again > 0) {
		(void)fprintf(file, "again %" PRIu64 " %" PRIu64 "\n", options->again,
			      options->again_first);
	}
	if (options->kill_first > 0) {
		(void)fprintf(file, "kill %" PRIu64 " %" PRIu64 "\n", options->kill_first,
			      options->kill_step);
	}
	if (options->save_after > 0) {
		(void)fprintf(file, "save-after %" PRIu64 "\n", options->save_after);
	}
	if (options->save_at != NULL) {
		(void)fprintf(file, "save-at %s\n", options->save_at);
	}
	for (i = 0; i < count; i++) {
		if (i > 0) {
			(void)fprintf(file, "machine\n");
		}
		write_machine(file, options, &plans[i], i);
	}
	if (fclose(file) != 0) {
		return message_set(message, "cannot write %s: %s", path, strerror(errno));
	}
	return 0;
}

/** As prepare_machine(), for a machine that goes on: its whole memory is loaded like a kernel. */
static int prepare_saved(const struct options *options, const struct workspace *workspace,
			 struct machine_plan *plan, struct message *message)
{
	plan->image = (struct image){
		.entry = options->arch->ram,
		.segment_count = 1,
		.segments = { { .gpa = options->arch->ram,
				.file_size = options->memory,
				.memory_size = options->memory } },
	};
	return saved_unpack(&options->saved, workspace->state, workspace->machines[0].kernel, message);
}

/** As prepare_machine(), for a PC that begins with firmware. */
static int prepare_firmware(const struct machine_workspace *paths, struct machine_plan *plan,
			    struct message *message)
{
	struct file firmware, floppy = { .size = 0 };

	if (file_open(plan->kernel_option, plan->kernel, &firmware, message) != 0 ||
	    firmware_image(&firmware, &plan->image, message) != 0 ||
	    file_link(&firmware, paths->kernel, message) != 0 ||
	    (plan->initrd != NULL &&
	     (file_open(plan->initrd_option, plan->initrd, &floppy, message) != 0 ||
	      firmware_check_floppy(&floppy, message) != 0 ||
	      file_link(&floppy, paths->initrd, message) != 0))) {
		return -1;
	}
	plan->layout.dtb = 0;
	plan->dtb_size = 0;
	plan->initrd_size = floppy.size;
	return 0;
}

/** As prepare_machine(), for a PC. */
static int prepare_pc(const struct options *options, const struct machine_workspace *paths,
		      struct machine_plan *plan, struct message *message)
{
	const struct pc_files files = { .info = paths->dtb, .initrd = paths->initrd };
	const struct pc_boot boot = {
		.memory = options->memory,
		.append = plan->append,
		.initrd_option = plan->initrd_option,
		.initrd = plan->initrd,
	};
	struct pc_sizes sizes;
	struct file kernel;

	if (file_open(plan->kernel_option, plan->kernel, &kernel, message) != 0 ||
	    image_parse(kernel.name, kernel.data, kernel.size, options->arch, &plan->image,
			message) != 0 ||
	    pc_prepare(&plan->image, &kernel, &boot, &files, &plan->layout, &sizes, message) != 0 ||
	    file_link(&kernel, paths->kernel, message) != 0) {
		return -1;
	}
	plan->dtb_size = sizes.info;
	plan->initrd_size = sizes.initrd;
	return 0;
}

/** Reads and checks a machine's inputs and writes its files. */
static int prepare_machine(const struct options *options, const struct workspace *workspace,
			   unsigned number, struct machine_plan *plan, struct message *message)
{
	const struct machine_workspace *paths = &workspace->machines[number];
	const struct arch *arch = options->arch;
	struct file kernel;
	struct file dtb;
	struct file initrd = { .size = 0 };
	struct devicetree_values values = {
		.ram = arch->ram,
		.memory = options->memory,
		.bootargs = plan->append,
	};

	if (options->load != NULL) {
		return prepare_saved(options, workspace, plan, message);
	}
	if (arch->is_pc && options->firmware != NULL && number == 0) {
		return prepare_firmware(paths, plan, message);
	}
	if (arch->is_pc) {
		return prepare_pc(options, paths, plan, message);
	}
	if (file_open(plan->kernel_option, plan->kernel, &kernel, message) != 0 ||
	    (plan->initrd != NULL &&
	     file_open(plan->initrd_option, plan->initrd, &initrd, message) != 0) ||
	    file_open("--dtb",
		      options->dtb != NULL ? options->dtb : options->base_dtb[arch->id], &dtb,
		      message) != 0 ||
	    image_parse(kernel.name, kernel.data, kernel.size, arch, &plan->image, message) != 0 ||
	    file_copy(&dtb, paths->dtb, message) != 0) {
		return -1;
	}
	if (arch->patch_harts && options->dtb == NULL &&
	    harts_patch(paths->dtb, options, plan->cpus, workspace->directory, message) != 0) {
		return -1;
	}
	/* The tree's size hangs on its contents, but not on the addresses in it: patched twice. */
	values.initrd_size = initrd.size;
	/* Who brings a tree of his own says there what CPUs there are. */
	values.cpus = options->dtb != NULL ? 0 : (unsigned)plan->cpus;
	if (devicetree_patch(paths->dtb, dtb.name, &values, message) != 0 ||
	    layout_make(&plan->image, arch, options->memory, initrd.size,
			file_size(paths->dtb), &plan->layout, message) != 0) {
		return -1;
	}
	values.initrd = plan->layout.initrd;
	values.cpus = 0;
	if (devicetree_patch(paths->dtb, dtb.name, &values, message) != 0 ||
	    file_link(&kernel, paths->kernel, message) != 0) {
		return -1;
	}
	plan->dtb_size = file_size(paths->dtb);
	plan->initrd_size = initrd.size;
	return initrd.size > 0 ? file_link(&initrd, paths->initrd, message) : 0;
}

/** Adds a machine's files to what the hypervisor gets. */
static int list_machine(const struct workspace *workspace, unsigned number,
			const struct machine_plan *plan, struct loads *loads,
			struct message *message)
{
	const struct machine_workspace *paths = &workspace->machines[number];

	if (loads_add(loads, names[number].kernel, paths->kernel, message) != 0 ||
	    (plan->dtb_size > 0 &&
	     loads_add(loads, names[number].dtb, paths->dtb, message) != 0)) {
		return -1;
	}
	return plan->initrd_size > 0 ?
		       loads_add(loads, names[number].initrd, paths->initrd, message) :
		       0;
}

/** Adds the state of a machine that goes on. */
static int list_state(const struct options *options, const struct workspace *workspace,
		      struct loads *loads, struct message *message)
{
	struct file state;

	if (options->load != NULL) {
		return loads_add(loads, "opt/axvcpu/saved", workspace->state, message);
	}
	if (options->state == NULL) {
		return 0;
	}
	return file_open("--state", options->state, &state, message) != 0 ||
			       file_link(&state, workspace->state, message) != 0 ?
		       -1 :
		       loads_add(loads, "opt/axvcpu/state", workspace->state, message);
}

/** Reads and checks the inputs, writes the files of the run, and lists them. */
static int prepare(const struct options *options, const struct workspace *workspace,
		   struct loads *loads, struct message *message)
{
	struct machine_plan plans[MACHINES_MAX] = {
		{ .kernel_option = "--kernel",
		  .kernel = options->kernel,
		  .initrd_option = "--initrd",
		  .initrd = options->initrd,
		  .append = options->append,
		  .cpus = options->smp,
		  .sve = options->sve },
		{ .kernel_option = "--neighbor",
		  .kernel = options->neighbor,
		  .initrd_option = "--neighbor-initrd",
		  .initrd = options->neighbor_initrd,
		  .append = options->neighbor_append,
		  .cpus = options->neighbor_smp,
		  .sve = options->neighbor_sve },
	};
	unsigned count = options->neighbor != NULL ? 2 : 1;
	unsigned i;

	if (options->firmware != NULL) {
		plans[0].kernel_option = "--firmware";
		plans[0].kernel = options->firmware;
		plans[0].initrd_option = "--floppy";
		plans[0].initrd = options->floppy;
	}
	loads_begin(loads, options->arch->files);
	for (i = 0; i < count; i++) {
		if (prepare_machine(options, workspace, i, &plans[i], message) != 0 ||
		    list_machine(workspace, i, &plans[i], loads, message) != 0) {
			return -1;
		}
	}
	if (list_state(options, workspace, loads, message) != 0) {
		return -1;
	}
	if (write_config(workspace->config, options, plans, count, message) != 0 ||
	    loads_add(loads, "opt/axvcpu/config", workspace->config, message) != 0) {
		return -1;
	}
	return options->arch->files != 0 ? loads_write(loads, workspace->directory, message) : 0;
}

/** Puts a machine that has just been saved into the user's file; gives the runner's status. */
static int keep_saved(const struct options *options, const struct workspace *workspace,
		      const struct report *report, struct message *message)
{
	const struct saved saved = {
		.arch = options->arch,
		.cpus = options->smp,
		.memory = options->memory,
		.test_devices = options->test_devices,
		.aia = options->aia,
		.state_size = report->saved_state_size,
	};

	if (saved_write("--save", options->save, &saved, workspace->board, &report->saved, message) !=
	    0) {
		(void)fprintf(stderr, "run: %s\n", message->text);
		return STATUS_ERROR;
	}
	return STATUS_SAVED;
}

static const char *name_of_guest(const struct options *options)
{
	if (options->load != NULL) {
		return "a machine that was saved";
	}
	if (options->firmware != NULL) {
		return "firmware of your choice";
	}
	return options->kernel == options->demo_kernel[options->arch->id] ?
		       "Debian's kernel as it is" :
		       "a kernel of your choice";
}

/** What a newcomer is about to see. */
static void introduce(const struct options *options)
{
	(void)fprintf(stderr,
		      "demo: %s, as a guest of the hypervisor in integration/hypervisor, on\n"
		      "demo: the %s CPU \"%s\" that %s emulates. First the hypervisor's log, then the\n"
		      "demo: guest's console, at its end the exits that the hypervisor answered.\n",
		      name_of_guest(options), options->arch->name, options->cpu,
		      options->emulator == EMULATOR_BOCHS ? "Bochs" : "QEMU");
}

int main(int argc, char *argv[])
{
	struct options options;
	struct message message;
	struct workspace workspace;
	struct machine_files files = { .folder = workspace.folder,
				       .board = workspace.board,
				       .directory = workspace.directory };
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
	if (prepare(&options, &workspace, &files.loads, &message) != 0) {
		(void)fprintf(stderr, "run: %s\n", message.text);
	} else {
		if (options.demo) {
			introduce(&options);
		}
		status = machine_run(&options, &files, &report);
		if (options.save != NULL && status == STATUS_SAVED) {
			status = keep_saved(&options, &workspace, &report, &message);
		} else if (options.save != NULL && report.has_status) {
			(void)fprintf(stderr, "run: the guest ended before it was saved\n");
		}
		if (options.report && report.has_status) {
			report_print(&report, options.icount, stderr);
		}
	}
	remove_workspace(&workspace);
	return status;
}
