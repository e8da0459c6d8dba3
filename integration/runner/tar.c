/* SPDX-License-Identifier: Apache-2.0 */
#include "tar.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/** A header's fields; numbers are octal text. */
struct header {
	char name[100];
	char mode[8];
	char user[8];
	char group[8];
	char size[12];
	char time[12];
	char checksum[8];
	char type;
	char link[100];
	char magic[6];
	char version[2];
	char rest[247];
};
_Static_assert(sizeof(struct header) == TAR_BLOCK, "a header is a block");

static int write_header(FILE *archive, const char *name, uint64_t size, struct message *message)
{
	struct header header;
	unsigned sum = 0;
	size_t i;

	memset(&header, 0, sizeof(header));
	if (strlen(name) >= sizeof(header.name)) {
		return message_set(message, "%s: too long a name", name);
	}
	memcpy(header.name, name, strlen(name));
	(void)snprintf(header.mode, sizeof(header.mode), "%07o", 0644u);
	(void)snprintf(header.user, sizeof(header.user), "%07o", 0u);
	(void)snprintf(header.group, sizeof(header.group), "%07o", 0u);
	(void)snprintf(header.size, sizeof(header.size), "%011llo", (unsigned long long)size);
	(void)snprintf(header.time, sizeof(header.time), "%011o", 0u);
	header.type = '0';
	memcpy(header.magic, "ustar", 6);
	memcpy(header.version, "00", 2);
	/* The sum counts its own field as blanks. */
	memset(header.checksum, ' ', sizeof(header.checksum));
	for (i = 0; i < sizeof(header); i++) {
		sum += ((const unsigned char *)&header)[i];
	}
	(void)snprintf(header.checksum, sizeof(header.checksum), "%06o", sum);
	return fwrite(&header, sizeof(header), 1, archive) == 1 ? 0 : -1;
}

static int pad(FILE *archive, uint64_t count)
{
	for (; count > 0; count--) {
		if (fputc(0, archive) == EOF) {
			return -1;
		}
	}
	return 0;
}

int tar_add(FILE *archive, const char *name, const char *path, struct message *message)
{
	FILE *file = fopen(path, "rb");
	char bytes[65536];
	uint64_t size = 0;
	size_t got;
	long start;

	if (file == NULL) {
		return message_set(message, "cannot read %s: %s", path, strerror(errno));
	}
	start = ftell(archive);
	/* The size is known only behind the contents: the header is written again. */
	if (write_header(archive, name, 0, message) != 0) {
		(void)fclose(file);
		return message_set(message, "cannot write the disk: %s", strerror(errno));
	}
	while ((got = fread(bytes, 1, sizeof(bytes), file)) > 0 &&
	       fwrite(bytes, 1, got, archive) == got) {
		size += got;
	}
	if (ferror(file) != 0 || ferror(archive) != 0 ||
	    pad(archive, (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK) != 0 ||
	    fseek(archive, start, SEEK_SET) != 0 || write_header(archive, name, size, message) != 0 ||
	    fseek(archive, 0, SEEK_END) != 0) {
		(void)fclose(file);
		return message_set(message, "cannot copy %s onto the disk: %s", path, strerror(errno));
	}
	(void)fclose(file);
	return 0;
}

int tar_end(FILE *archive, uint64_t unit, uint64_t *units, struct message *message)
{
	uint64_t size;

	if (pad(archive, 2u * TAR_BLOCK) != 0) {
		return message_set(message, "cannot write the disk: %s", strerror(errno));
	}
	size = (uint64_t)ftell(archive);
	*units = (size + unit - 1) / unit;
	/* A hole costs nothing. */
	if (fflush(archive) != 0 || ftruncate(fileno(archive), (off_t)(*units * unit)) != 0) {
		return message_set(message, "cannot write the disk: %s", strerror(errno));
	}
	return 0;
}
