/* Where finished sound files live. A file is written beside the store first and enters it whole;
 * the rest of recorder does not know whether that is a folder or an object store. */
#ifndef RECORDER_STORE_H
#define RECORDER_STORE_H
#include <limits.h>

struct store;

/* A backend; all functions may block and run in a worker thread, several at once. */
struct store_ops {
	const char *disk; /* the word in recordings.disk */
	/* A path to write the new file at; name is unique to the recording. What an earlier try
	 * left there is removed. */
	int (*begin)(struct store *store, const char *name, char ret_path[PATH_MAX]);
	/* The file at path, complete and synced, becomes the object key ("2026/11/<call>.ogg"),
	 * durably. An object with that key is replaced. */
	int (*commit)(struct store *store, const char *path, const char *key);
	void (*discard)(struct store *store, const char *path);
	/* The object goes, if it is there. */
	void (*forget)(struct store *store, const char *key);
	void (*destroy)(struct store *store);
};
struct store {
	const struct store_ops *ops;
};

/* A folder, made when it is missing. */
int store_local_create(struct store **ret, const char *root);
struct store *store_destroy(struct store *store);
#endif
