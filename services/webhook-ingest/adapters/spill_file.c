/* Names, order, beginning and end of the spool's files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "services/webhook-ingest/adapters/spill_int.h"

#define DIGITS 16

void spill_file_name(const struct spill_file *file, const char *suffix, char name[SPILL_NAME_SIZE])
{
	snprintf(name, SPILL_NAME_SIZE, "%016" PRIx64 ".%s", file->number, suffix);
}

static bool number_of(const char *name, uint64_t *ret_number)
{
	char *end;
	if (strspn(name, "0123456789abcdef") != DIGITS || strcmp(name + DIGITS, ".hooks") != 0) {
		return false;
	}
	*ret_number = strtoull(name, &end, 16);
	return true;
}

static void insert(struct spill *spill, struct spill_file *file)
{
	struct spill_file **at = &spill->first;
	while (*at && (*at)->number < file->number) {
		at = &(*at)->next;
	}
	file->next = *at;
	*at = file;
	if (!file->next) {
		spill->newest = file;
	}
	if (file->number > spill->last) {
		spill->last = file->number;
	}
	spill->bytes += file->size;
}

static int take_in(struct spill *spill, const char *name, uint64_t number)
{
	struct stat st;
	if (fstatat(spill->dir_fd, name, &st, 0) != 0) {
		return errno;
	}
	struct spill_file *file = calloc(1, sizeof(*file));
	if (!file) {
		return ENOMEM;
	}
	*file = (struct spill_file){.number = number, .size = (uint64_t)st.st_size};
	insert(spill, file);
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* Numbers of the files in a folder, in order; the caller frees. */
static int list(int dir_fd, uint64_t **ret_numbers, size_t *ret_n)
{
	uint64_t *numbers = NULL, number;
	size_t n = 0;
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir) {
		int err = errno;
		if (fd >= 0) {
			close(fd);
		}
		return err;
	}
	for (const struct dirent *entry; (entry = readdir(dir));) {
		uint64_t *more = NULL;
		if (!number_of(entry->d_name, &number)) {
			continue;
		}
		more = realloc(numbers, (n + 1) * sizeof(*numbers));
		if (!more) {
			break;
		}
		numbers = more;
		numbers[n++] = number;
	}
	closedir(dir);
	if (n > 0) {
		qsort(numbers, n, sizeof(*numbers), compare);
	}
	*ret_numbers = numbers;
	*ret_n = n;
	return 0;
}

int spill_files_find(struct spill *spill)
{
	VP_CLEANUP(vp_freep) uint64_t *numbers = NULL;
	size_t n = 0;
	int err = list(spill->dir_fd, &numbers, &n);
	for (size_t i = 0; i < n && !err; i++) {
		char name[SPILL_NAME_SIZE];
		spill_file_name(&(struct spill_file){.number = numbers[i]}, "hooks", name);
		err = take_in(spill, name, numbers[i]);
	}
	return err;
}

int spill_files_adopt(struct spill *spill, int other_fd)
{
	VP_CLEANUP(vp_freep) uint64_t *numbers = NULL;
	size_t n = 0;
	int err = list(other_fd, &numbers, &n);
	if (n > 0 && spill->write_fd >= 0) {
		close(spill->write_fd); /* ours ends here: theirs comes behind it */
		spill->write_fd = -1;
	}
	for (size_t i = 0; i < n && !err; i++) {
		char from[SPILL_NAME_SIZE], to[SPILL_NAME_SIZE];
		uint64_t number = spill->last + 1;
		spill_file_name(&(struct spill_file){.number = numbers[i]}, "hooks", from);
		spill_file_name(&(struct spill_file){.number = number}, "hooks", to);
		err = renameat(other_fd, from, spill->dir_fd, to) == 0 ? take_in(spill, to, number)
								       : errno;
	}
	return err;
}

static int open_new(const struct spill *spill, const char *name, int *ret_fd)
{
	int fd = openat(spill->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		return errno;
	}
	bool ok = write(fd, SPILL_MAGIC, SPILL_MAGIC_SIZE) == SPILL_MAGIC_SIZE &&
		  fdatasync(fd) == 0 && fsync(spill->dir_fd) == 0;
	if (!ok) {
		int err = errno != 0 ? errno : ENOSPC;
		close(fd);
		unlinkat(spill->dir_fd, name, 0);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

int spill_file_begin(struct spill *spill)
{
	char name[SPILL_NAME_SIZE];
	struct spill_file *file = calloc(1, sizeof(*file));
	if (!file) {
		return ENOMEM;
	}
	*file = (struct spill_file){.number = spill->last + 1, .size = SPILL_MAGIC_SIZE};
	spill_file_name(file, "hooks", name);
	int err = open_new(spill, name, &spill->write_fd);
	if (err) {
		free(file);
		return err;
	}
	insert(spill, file);
	return 0;
}

void spill_file_drop(struct spill *spill, struct spill_file *file)
{
	char name[SPILL_NAME_SIZE], aside[SPILL_NAME_SIZE];
	spill_file_name(file, "hooks", name);
	spill_file_name(file, "damaged", aside);
	if (file->damaged || file->spoilt) {
		vp_log(ERROR, "spool.damaged", VP_KV_STR("file", aside),
			VP_KV_INT("read_to", file->at), VP_KV_INT("size", file->size),
			VP_KV_STR("hint",
				"kept aside: what stands behind read_to, or was logged as "
				"webhook.unstorable, is in no other place"));
		renameat(spill->dir_fd, name, spill->dir_fd, aside);
	} else {
		unlinkat(spill->dir_fd, name, 0);
	}
	struct spill_file **at = &spill->first;
	while (*at != file) {
		at = &(*at)->next;
	}
	*at = file->next;
	if (spill->newest == file) {
		spill->newest = NULL;
		if (spill->write_fd >= 0) {
			close(spill->write_fd);
			spill->write_fd = -1;
		}
	}
	spill->bytes -= file->size;
	free(file);
}
