/* Records in and out of the spool's files. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include "libcommon/base/base.h"
#include "services/webhook-ingest/adapters/spill_int.h"

#define RECORD_MAX (HOOK_BODY_MAX + HOOK_TARGET_MAX + HOOK_HEADERS_MAX + 1024)

static uint32_t crc_of(const void *data, size_t len)
{
	return (uint32_t)crc32(crc32(0, NULL, 0), data, (uInt)len);
}

int spill_create(struct spill **ret, const char *dir, uint64_t max_bytes)
{
	struct spill *spill = calloc(1, sizeof(*spill));
	if (!spill) {
		return ENOMEM;
	}
	spill->write_fd = spill->read_fd = spill->root_fd = spill->dir_fd = -1;
	spill->max_bytes = max_bytes;
	int err = spill_place_take(spill, dir);
	if (!err) {
		err = spill_files_find(spill);
	}
	if (!err) {
		err = spill_adopt(spill);
	}
	if (err) {
		spill_destroy(spill);
		return err;
	}
	*ret = spill;
	return 0;
}

struct spill *spill_destroy(struct spill *spill)
{
	if (!spill) {
		return NULL;
	}
	const int fds[] = {spill->write_fd, spill->read_fd, spill->dir_fd, spill->root_fd};
	for (size_t i = 0; i < VP_ARRAY_LEN(fds); i++) {
		if (fds[i] >= 0) {
			close(fds[i]);
		}
	}
	while (spill->first) {
		struct spill_file *file = spill->first;
		spill->first = file->next;
		free(file);
	}
	free(spill->buf);
	free(spill);
	return NULL;
}

static int reserve(struct spill *spill, size_t len)
{
	if (spill->len + len <= spill->size) {
		return 0;
	}
	size_t size = (spill->len + len) * 2;
	uint8_t *buf = realloc(spill->buf, size);
	if (!buf) {
		return ENOMEM;
	}
	spill->buf = buf;
	spill->size = size;
	return 0;
}

int spill_add(struct spill *spill, const struct hook *hook)
{
	VP_CLEANUP(vp_freep) uint8_t *data = NULL;
	size_t len;
	int err = hook_pack(hook, &data, &len);
	if (!err && spill->bytes + spill->len + SPILL_HEAD + len > spill->max_bytes) {
		err = ENOSPC;
	}
	if (!err) {
		err = reserve(spill, SPILL_HEAD + len);
	}
	if (err) {
		return err;
	}
	const uint32_t head[2] = {htole32((uint32_t)len), htole32(crc_of(data, len))};
	memcpy(spill->buf + spill->len, head, SPILL_HEAD);
	memcpy(spill->buf + spill->len + SPILL_HEAD, data, len);
	spill->len += SPILL_HEAD + len;
	return 0;
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);
		if (n < 0 && errno != EINTR) {
			return errno;
		}
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return fdatasync(fd) == 0 ? 0 : errno;
}

static void close_file(struct spill *spill)
{
	close(spill->write_fd);
	spill->write_fd = -1;
}

int spill_sync(struct spill *spill)
{
	size_t len = spill->len;
	spill->len = 0;
	if (len == 0) {
		return 0;
	}
	int err = spill->write_fd < 0 ? spill_file_begin(spill) : 0;
	if (err) {
		return err;
	}
	struct spill_file *file = spill->newest;
	err = write_all(spill->write_fd, spill->buf, len);
	if (err) {
		/* what a failed sync left behind is nobody's guess: this file ends before it */
		if (ftruncate(spill->write_fd, (off_t)file->size) != 0) {
			err = errno;
		}
		close_file(spill);
		return err;
	}
	file->size += len;
	file->through = false;
	spill->bytes += len;
	if (file->size >= SPILL_FILE_MAX) {
		close_file(spill);
	}
	return 0;
}

bool spill_is_empty(const struct spill *spill)
{
	return !spill->first;
}

uint64_t spill_bytes(const struct spill *spill)
{
	return spill->bytes;
}

static int open_to_read(struct spill *spill, struct spill_file *file)
{
	char name[SPILL_NAME_SIZE], magic[SPILL_MAGIC_SIZE];
	spill_file_name(file, "hooks", name);
	spill->read_fd = openat(spill->dir_fd, name, O_RDONLY | O_CLOEXEC);
	if (spill->read_fd < 0) {
		return errno;
	}
	spill->reading = file;
	if (file->at == 0) {
		bool ok = pread(spill->read_fd, magic, sizeof(magic), 0) == sizeof(magic) &&
			  memcmp(magic, SPILL_MAGIC, sizeof(magic)) == 0;
		/* a file that a crash cut short at its birth is empty */
		file->damaged = !ok && file->size >= SPILL_MAGIC_SIZE;
		file->at = ok ? SPILL_MAGIC_SIZE : file->size;
	}
	return 0;
}

static void close_reading(struct spill *spill)
{
	if (spill->read_fd >= 0) {
		close(spill->read_fd);
	}
	spill->read_fd = -1;
	spill->reading = NULL;
}

/* The record at file->at. ENODATA: the file ends here, in order or cut short by a crash. */
static int read_record(struct spill *spill, struct spill_file *file, struct hook **ret)
{
	uint32_t head[2];
	if (file->at + SPILL_HEAD > file->size ||
		pread(spill->read_fd, head, SPILL_HEAD, (off_t)file->at) != SPILL_HEAD) {
		return ENODATA;
	}
	uint64_t len = le32toh(head[0]);
	if (len > RECORD_MAX || file->at + SPILL_HEAD + len > file->size) {
		return ENODATA;
	}
	VP_CLEANUP(vp_freep) uint8_t *data = malloc(len + 1);
	if (!data) {
		return ENOMEM;
	}
	bool whole =
		pread(spill->read_fd, data, len, (off_t)(file->at + SPILL_HEAD)) == (ssize_t)len &&
		crc_of(data, len) == le32toh(head[1]);
	int err = whole ? hook_unpack(data, len, ret) : EBADMSG;
	if (err == EBADMSG) {
		file->damaged = true;
		return ENODATA;
	}
	if (!err) {
		file->at += SPILL_HEAD + len;
	}
	return err;
}

int spill_next(struct spill *spill, struct hook **ret)
{
	struct spill_file *file = spill->reading ? spill->reading : spill->first;
	for (; file; file = file->next) {
		int err = file == spill->reading ? 0 : open_to_read(spill, file);
		if (!err) {
			err = read_record(spill, file, ret);
		}
		if (err != ENODATA) {
			return err;
		}
		file->through = true;
		if (file->next) {
			close_reading(spill);
		}
	}
	return ENODATA;
}

void spill_done(struct spill *spill)
{
	while (spill->first && spill->first->through) {
		struct spill_file *file = spill->first;
		if (file == spill->reading) {
			close_reading(spill);
		}
		spill_file_drop(spill, file);
	}
	for (struct spill_file *file = spill->first; file; file = file->next) {
		file->done = file->at;
	}
}

void spill_spoil(struct spill *spill)
{
	if (spill->reading) {
		spill->reading->spoilt = true;
	}
}

void spill_rewind(struct spill *spill)
{
	close_reading(spill);
	for (struct spill_file *file = spill->first; file; file = file->next) {
		file->at = file->done;
		file->through = file->damaged = false;
	}
}
