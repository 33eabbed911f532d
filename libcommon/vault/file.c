/* The key file, read again when it is another one. A file that is just being changed, or is of no
 * use, leaves the keys as they were: whoever needs one that is missing looks again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/vault/vault_int.h"

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* What is seen is taken before the keys: a change in between is found the next time. */
static int read_file(struct vault_file *file, struct vp_keyring **ret)
{
	struct stat st;
	int err = stat(file->path, &st) == 0 ? vp_keyring_load(ret, file->path) : errno;

	if (!err) {
		file->seen = st;
	}
	return err;
}

int vault_file_init(struct vault_file *file, const char *path)
{
	file->path = strdup(path);
	return file->path ? read_file(file, &file->ring) : ENOMEM;
}

void vault_file_free(struct vault_file *file)
{
	file->ring = vp_keyring_destroy(file->ring);
	free(VP_TAKE(file->path));
}

bool vault_file_refresh(struct vault_file *file)
{
	struct vp_keyring *fresh = NULL;
	struct stat st;

	if (stat(file->path, &st) != 0 || is_same(&st, &file->seen) || read_file(file, &fresh)) {
		return false;
	}
	vp_keyring_destroy(file->ring);
	file->ring = fresh;
	return true;
}
