/* Changes a key file (see vp_keyring_load) in one step: whoever reads it meanwhile sees the old
 * file or the new one, whole. Owner, group and rights stay. Two programs that change one file at a
 * time take turns by vp_keyfile_lock. */
#ifndef VP_KEYFILE_H
#define VP_KEYFILE_H
#include <stdbool.h>

#define VP_KEY_ID_SIZE 33

/* Makes a new key: the active one (first line), or one that only opens (last line). Comments stay.
 * EINVAL: the file is no key file; EFBIG: it is full; EBUSY, EROFS: it is mounted by itself or for
 * reading only; EPERM: its owner cannot be kept; other errno. */
int vp_keyfile_add(const char *path, bool active, char ret_id[VP_KEY_ID_SIZE]);

/* Makes a key that is there the active one. ENOKEY as below. */
int vp_keyfile_activate(const char *path, const char *id);

/* Drops all keys but this one. ENOKEY: it is not there, and nothing was changed. */
int vp_keyfile_keep(const char *path, const char *id);

/* Holds the folder of the file until *ret_fd is closed, or the process dies. EWOULDBLOCK: somebody
 * else holds it. */
int vp_keyfile_lock(const char *path, int *ret_fd);
#endif
