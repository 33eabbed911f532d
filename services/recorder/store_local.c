/* The store in a folder: ROOT/.part/ for files under way, ROOT/<key> for finished ones. Rename
 * within one file system is what makes a file appear whole. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "services/recorder/store.h"

enum { DIR_MODE = 0700, ABANDONED_S = 86400 };

struct local {
	struct store store;
	char root[PATH_MAX];
};

static int join(char path[PATH_MAX], const char *root, const char *rest)
{
	int n = snprintf(path, PATH_MAX, "%s/%s", root, rest);

	return n > 0 && n < PATH_MAX ? 0 : ENAMETOOLONG;
}

static int sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = fd < 0 || fsync(fd) != 0 ? errno : 0;

	if (fd >= 0) {
		close(fd);
	}
	return err;
}

/* Makes the folders that lead to path and syncs each parent of a new one. */
static int make_parents(const char *path, size_t from)
{
	char part[PATH_MAX];

	if (!vp_strcopy(part, sizeof(part), path)) {
		return ENAMETOOLONG;
	}
	for (char *slash = strchr(part + from, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		bool made = mkdir(part, DIR_MODE) == 0;
		if (!made && errno != EEXIST) {
			return errno;
		}
		char *above = made ? strrchr(part, '/') : NULL;
		if (above && above != part) {
			*above = '\0';
			int err = sync_dir(part);
			*above = '/';
			if (err) {
				return err;
			}
		}
		*slash = '/';
	}
	return 0;
}

static int local_begin(struct store *store, const char *name, char ret_path[PATH_MAX])
{
	struct local *local = (struct local *)store;
	int n = snprintf(ret_path, PATH_MAX, "%s/.part/%s", local->root, name);

	if (n < 0 || n >= PATH_MAX) {
		return ENAMETOOLONG;
	}
	return unlink(ret_path) == 0 || errno == ENOENT ? 0 : errno;
}

static int local_commit(struct store *store, const char *path, const char *key)
{
	struct local *local = (struct local *)store;
	char to[PATH_MAX];
	int err = join(to, local->root, key);

	if (!err) {
		err = make_parents(to, strlen(local->root) + 1);
	}
	if (!err && rename(path, to) != 0) {
		err = errno;
	}
	if (!err) {
		*strrchr(to, '/') = '\0';
		err = sync_dir(to);
	}
	return err;
}

static void local_discard(struct store *store, const char *path)
{
	(void)store;
	unlink(path);
}

static void local_forget(struct store *store, const char *key)
{
	struct local *local = (struct local *)store;
	char path[PATH_MAX];

	if (join(path, local->root, key) == 0) {
		unlink(path);
	}
}

static void local_destroy(struct store *store)
{
	free(store);
}

static const struct store_ops local_ops = {
	"local", local_begin, local_commit, local_discard, local_forget, local_destroy};

/* A killed process leaves its file; the next try of the same recording removes it, and what nobody
 * tries again goes after a day. */
static void remove_abandoned(const char *parts)
{
	DIR *dir = opendir(parts);
	struct stat st;

	if (!dir) {
		return;
	}
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			S_ISREG(st.st_mode) && time(NULL) - st.st_mtime > ABANDONED_S) {
			unlinkat(dirfd(dir), e->d_name, 0);
		}
	}
	closedir(dir);
}

int store_local_create(struct store **ret, const char *root)
{
	struct local *local = calloc(1, sizeof(*local));
	char parts[PATH_MAX];

	if (!local) {
		return ENOMEM;
	}
	local->store.ops = &local_ops;
	int err = vp_strcopy(local->root, sizeof(local->root), root) ? 0 : ENAMETOOLONG;
	if (!err) {
		err = join(parts, root, ".part/");
	}
	if (!err) {
		err = make_parents(parts, 1);
	}
	if (err) {
		free(local);
		return err;
	}
	remove_abandoned(parts);
	*ret = &local->store;
	return 0;
}

struct store *store_destroy(struct store *store)
{
	if (store) {
		store->ops->destroy(store);
	}
	return NULL;
}
