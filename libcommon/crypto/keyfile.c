/* The key file as a file: made, and changed by a rename, so that no reader sees half of it. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/crypto/crypto_int.h"
#include "libcommon/crypto/datakey.h"

#define FILE_MAX (16u << 10) /* sixteen keys and their comments */

static void new_line(char line[KEY_LINE_MAX], char ret_id[VP_KEY_ID_SIZE])
{
	uint8_t key[KEY_BYTES], id[4];
	char text[VP_BASE64_SIZE(KEY_BYTES)];

	vp_random(key, sizeof(key));
	vp_random(id, sizeof(id));
	vp_hex(id, sizeof(id), ret_id);
	vp_base64(key, sizeof(key), text);
	(void)snprintf(line, KEY_LINE_MAX, "%s %s\n", ret_id, text);
	sodium_memzero(key, sizeof(key));
	sodium_memzero(text, sizeof(text));
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		const ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR) {
			return errno;
		}
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return fsync(fd) == 0 ? 0 : errno;
}

/* Writes and closes; takes the file away again when that fails. */
static int fill(int fd, const char *path, const char *text, size_t len)
{
	int err = write_all(fd, text, len);

	if (close(fd) != 0 && !err) {
		err = errno;
	}
	if (err) {
		unlink(path);
	}
	return err;
}

int vp_keyring_create_file(const char *path)
{
	char line[KEY_LINE_MAX], id[VP_KEY_ID_SIZE];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int err;

	if (fd < 0) {
		return errno;
	}
	new_line(line, id);
	err = fill(fd, path, line, strlen(line));
	sodium_memzero(line, sizeof(line));
	return err;
}

/* --- changing it --- */

static int open_folder(const char *path, int *ret_fd)
{
	VP_CLEANUP(vp_freep) char *folder = strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;
	int fd;

	if (!slash) {
		return ENOMEM; /* the path is absolute */
	}
	slash[slash == folder] = '\0';
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		return errno;
	}
	*ret_fd = fd;
	return 0;
}

int vp_keyfile_lock(const char *path, int *ret_fd)
{
	VP_CLEANUP(vp_freep) char *real = realpath(path, NULL);
	int fd = -1;
	int err = real ? open_folder(real, &fd) : errno;

	if (!err && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		err = errno;
		close(fd);
	}
	if (!err) {
		*ret_fd = fd;
	}
	return err;
}

/* A new file beside the old one, with its owner and rights, before a byte of a key is in it. */
static int open_beside(const char *real, const char *temp, int *ret_fd)
{
	struct stat st;
	bool is_other;
	int fd, err = 0;

	if (stat(real, &st) != 0) {
		return errno;
	}
	unlink(temp); /* of a program that died */
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		return errno;
	}
	is_other = st.st_uid != geteuid() || st.st_gid != getegid();
	if ((is_other && fchown(fd, st.st_uid, st.st_gid) != 0) ||
		fchmod(fd, st.st_mode & 0777) != 0) {
		err = errno;
	}
	if (err) {
		close(fd);
		unlink(temp);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

static int replace(const char *real, const char *text, size_t len)
{
	VP_CLEANUP(vp_freep) char *temp = vp_strf("%s.new", real);
	int fd = -1, folder = -1;
	int err = temp ? open_beside(real, temp, &fd) : ENOMEM;

	if (!err) {
		err = fill(fd, temp, text, len);
	}
	if (!err && rename(temp, real) != 0) {
		err = errno;
		unlink(temp);
	}
	if (!err && open_folder(real, &folder) == 0) {
		(void)fsync(folder); /* the rename must outlive a power cut */
		close(folder);
	}
	return err;
}

/* The whole file and its keys: what is no key file is not touched. The NUL is not counted. */
static int read_whole(const char *real, char *text, size_t *ret_len, struct vp_keyring **ret_ring)
{
	int fd = open(real, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, FILE_MAX);
	int err = n < 0 ? errno : 0;

	if (fd >= 0) {
		close(fd);
	}
	if (!err && n == FILE_MAX) {
		err = EFBIG;
	}
	if (!err) {
		err = vp_keyring_load(ret_ring, real);
	}
	if (!err) {
		text[n] = '\0';
		*ret_len = (size_t)n;
	}
	return err;
}

static int add(const char *real, bool active, char *text, char *ret_id)
{
	char line[KEY_LINE_MAX];
	struct vp_keyring *ring;
	size_t len, line_len;
	int err = read_whole(real, text, &len, &ring);

	if (err) {
		return err;
	}
	do {
		new_line(line, ret_id);
	} while (keyring_find(ring, ret_id, strlen(ret_id)));
	line_len = strlen(line);
	if (ring->n_keys == KEYS_MAX || len + line_len + 1 > FILE_MAX) {
		err = EFBIG;
	} else if (active) {
		memmove(text + line_len, text, len);
		memcpy(text, line, line_len);
	} else {
		if (text[len - 1] != '\n') {
			text[len++] = '\n';
		}
		memcpy(text + len, line, line_len);
	}
	sodium_memzero(line, sizeof(line));
	vp_keyring_destroy(ring);
	return err ? err : replace(real, text, len + line_len);
}

int vp_keyfile_add(const char *path, bool active, char ret_id[VP_KEY_ID_SIZE])
{
	VP_CLEANUP(vp_freep) char *real = realpath(path, NULL);
	char *text = real ? vp_locked_alloc(FILE_MAX + KEY_LINE_MAX) : NULL;
	int err = !real ? errno : text ? add(real, active, text, ret_id) : ENOMEM;

	vp_locked_free(text);
	return err;
}

static bool is_line_of(const char *line, const char *id)
{
	const size_t len = strlen(id);

	line += strspn(line, " \t");
	return strncmp(line, id, len) == 0 && (line[len] == ' ' || line[len] == '\t');
}

static bool is_key_line(const char *line)
{
	line += strspn(line, " \t\r");
	return line[0] != '#' && line[0] != '\n' && line[0] != '\0';
}

/* Which lines of the file: this key's own, all but it, or all but the other keys'. */
enum part { PART_KEY, PART_REST, PART_KEY_AND_COMMENTS };

static bool is_in(const char *line, const char *id, enum part part)
{
	const bool own = is_line_of(line, id);

	return part == PART_REST ? !own
				 : own || (part == PART_KEY_AND_COMMENTS && !is_key_line(line));
}

/* Copies them, each with its newline; the bytes used. */
static size_t pick(const char *text, const char *id, enum part part, char *out)
{
	size_t used = 0, size;

	for (const char *line = text; *line; line += size) {
		size = strcspn(line, "\n");
		if (is_in(line, id, part)) {
			memcpy(out + used, line, size);
			out[used + size] = '\n';
			used += size + 1;
		}
		size += line[size] == '\n';
	}
	return used;
}

/* Rewrites the file of these parts, one after the other. */
static int rewrite(const char *real, const char *id, const enum part *parts, size_t n, char *text)
{
	char *out = text + FILE_MAX + 1;
	struct vp_keyring *ring;
	size_t len;
	int err = read_whole(real, text, &len, &ring);

	if (err) {
		return err;
	}
	err = keyring_find(ring, id, strlen(id)) ? 0 : ENOKEY;
	vp_keyring_destroy(ring);
	len = 0;
	for (size_t i = 0; i < n && !err; i++) {
		len += pick(text, id, parts[i], out + len);
	}
	return err ? err : replace(real, out, len);
}

static int change(const char *path, const char *id, const enum part *parts, size_t n)
{
	VP_CLEANUP(vp_freep) char *real = realpath(path, NULL);
	/* the new text is at most a newline longer */
	char *text = real ? vp_locked_alloc(2 * (FILE_MAX + 2)) : NULL;
	int err = !real ? errno : text ? rewrite(real, id, parts, n, text) : ENOMEM;

	vp_locked_free(text);
	return err;
}

int vp_keyfile_activate(const char *path, const char *id)
{
	static const enum part parts[] = {PART_KEY, PART_REST};

	return change(path, id, parts, VP_ARRAY_LEN(parts));
}

int vp_keyfile_keep(const char *path, const char *id)
{
	static const enum part parts[] = {PART_KEY_AND_COMMENTS};

	return change(path, id, parts, VP_ARRAY_LEN(parts));
}
