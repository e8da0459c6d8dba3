/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int file_locate(const char *option, const char *name, struct file *file, struct message *message)
{
	const char *base = getenv("BUILD_WORKING_DIRECTORY");
	int length;

	if (name[0] == '/' || base == NULL) {
		length = snprintf(file->path, sizeof(file->path), "%s", name);
	} else {
		length = snprintf(file->path, sizeof(file->path), "%s/%s", base, name);
	}
	if (length < 0 || (size_t)length >= sizeof(file->path)) {
		return message_set(message, "%s: the path is too long", option);
	}
	return 0;
}

int file_open(const char *option, const char *name, struct file *file, struct message *message)
{
	return file_map(option, name, FILE_MAX_SIZE, file, message);
}

int file_map(const char *option, const char *name, uint64_t most, struct file *file,
	     struct message *message)
{
	struct stat state;
	void *data;
	int fd;

	file->name = name;
	if (file_locate(option, name, file, message) != 0) {
		return -1;
	}
	/* Opening a pipe that nobody writes to would wait for a writer. */
	fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &state) != 0) {
		(void)message_set(message, "%s: cannot read %s: %s", option, name, strerror(errno));
		if (fd >= 0) {
			(void)close(fd);
		}
		return -1;
	}
	if (!S_ISREG(state.st_mode)) {
		(void)close(fd);
		return message_set(message, "%s: %s is no regular file", option, name);
	}
	if (state.st_size == 0) {
		(void)close(fd);
		return message_set(message, "%s: %s: an empty file", option, name);
	}
	if ((uint64_t)state.st_size > most) {
		(void)close(fd);
		return message_set(message, "%s: %s is larger than %llu GiB", option, name,
				   (unsigned long long)(most >> 30));
	}
	file->size = (size_t)state.st_size;
	data = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, fd, 0);
	(void)close(fd);
	if (data == MAP_FAILED) {
		return message_set(message, "%s: cannot read %s: %s", option, name, strerror(errno));
	}
	file->data = data;
	return 0;
}

int file_copy(const struct file *from, const char *to, struct message *message)
{
	FILE *out = fopen(to, "wb");
	size_t written;

	if (out == NULL) {
		return message_set(message, "cannot write %s: %s", to, strerror(errno));
	}
	written = fwrite(from->data, 1, from->size, out);
	if (fclose(out) != 0 || written != from->size) {
		return message_set(message, "cannot write %s: %s", to, strerror(errno));
	}
	return 0;
}

uint64_t file_size(const char *path)
{
	struct stat state;

	return stat(path, &state) == 0 ? (uint64_t)state.st_size : 0;
}

int file_link(const struct file *file, const char *path, struct message *message)
{
	char real[PATH_MAX];

	if (realpath(file->path, real) == NULL || symlink(real, path) != 0) {
		return message_set(message, "cannot use %s: %s", file->name, strerror(errno));
	}
	return 0;
}
