/* What the commands `voip keys ...` share. */
#ifndef VOIP_KEYS_H
#define VOIP_KEYS_H
#include "tools/voip/db.h"
#include "tools/voip/secret_rows.h"
#include "tools/voip/vault.h"

struct vp_keyring;

/* A rotation under way: one at a time for a key file. */
struct keys {
	struct tool_db *db;
	const char *path; /* VOIP_KEK_FILE */
	int lock;
	struct vp_keyring *ring; /* the file as it is now */
	struct tool_vault *vault;
};

/* NULL after a message. */
const char *keys_path(void);
/* 0, or an error after a message. What was begun is closed in any case by keys_end. */
int keys_begin(struct keys *keys, struct tool_db *db);
void keys_end(struct keys *keys);
/* Reads the file again, after it was changed. */
int keys_reload(struct keys *keys);
/* errno of a change to the key file, with what to do. */
int keys_file_failed(const struct keys *keys, int err);

/* Every data key and every old text must be openable with this file, else nothing is begun. */
int keys_check(struct keys *keys);
/* Seals a text anew, under the organisation's active data key. */
int keys_reseal(struct keys *keys, const struct secret_row *row);
/* Opens every data key and every secret, from the database and not from memory. */
int keys_verify(struct keys *keys, unsigned *ret_keys, unsigned *ret_secrets);
/* Old data keys that no secret names and that were replaced an hour ago. */
int keys_sweep(struct keys *keys);

/* Rows that a rotation has still to change: read a page at a time, each changed by its statements
 * in the page's transaction, until the query finds none. */
struct keys_page {
	struct keys *keys;
	struct vp_db_tx *tx;
	int (*row)(struct keys_page *page, const struct vp_db_result *res, size_t row);
	size_t rows;
	int err;
};

/* sql has the page's size as $1 and, where it is not NULL, about as $2. */
int keys_pages(struct keys *keys, const char *sql, const char *about,
	int (*row)(struct keys_page *page, const struct vp_db_result *res, size_t row),
	size_t *ret_rows);

int keys_rotate_file(struct tool_db *db);
int keys_prepare_file(struct tool_db *db);
int keys_rotate_data(struct tool_db *db);
#endif
