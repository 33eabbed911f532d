#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/ask.h"
#include "tools/voip/cli.h"
#include "tools/voip/import/secrets.h"

enum { KEY_FILE_MAX = 65536 };
#define WHERE                                                                                      \
	"It is APP_KEY in the .env of the CRM that the dump comes from, base64:... and 44 "        \
	"characters."

enum laravel_verdict import_open(
	const struct import *im, const char *text, char **ret_plain, size_t *ret_len)
{
	enum laravel_verdict verdict = LARAVEL_WRONG_KEY;

	for (size_t i = 0; i < im->n_keys && verdict == LARAVEL_WRONG_KEY; i++) {
		verdict = laravel_open(&im->keys[i], text, ret_plain, ret_len);
	}
	return verdict;
}

/* The first encrypted text of a column; NULL: none is. */
static const char *first_sealed(struct import *im, enum source_id id, const char *column)
{
	const struct source_table *table = source_table(im->source, id);

	for (size_t i = 0; i < table->n_rows; i++) {
		const char *text = source_cell(id, table->rows[i], column);

		if (text && laravel_is_sealed(text)) {
			return text;
		}
	}
	return NULL;
}

static void take_key(struct import *im, const char *text)
{
	if (im->n_keys < IMPORT_KEYS_MAX && laravel_key_parse(text, &im->keys[im->n_keys]) == 0) {
		im->n_keys++;
	}
}

/* A file with the key, or the CRM's whole .env: every line that is a key counts. APP_PREVIOUS_KEYS
 * has several with commas between. */
static int read_file(struct import *im, const char *path)
{
	VP_CLEANUP(cli_wipe) char *text = cli_read_file(path, KEY_FILE_MAX, NULL);
	char *rest = text, *line;

	if (!text) {
		return cli_failf(
			WHERE, "the key file %s cannot be read: %s", path, strerror(errno));
	}
	while ((line = strsep(&rest, "\r\n,"))) {
		if (strncmp(line, "APP_PREVIOUS_KEYS=", 18) == 0) {
			line += 18;
		}
		take_key(im, line);
	}
	return im->n_keys > 0 ? 0 : cli_failf(WHERE, "there is no APP_KEY in %s", path);
}

static int ask_key(struct import *im)
{
	VP_CLEANUP(cli_wipe) char *text = ask_secret("APP_KEY of the CRM (base64:...): ");

	if (!text) {
		return cli_fail("settings in the dump are encrypted, and there is no terminal to "
				"ask for the key",
			"Name a file that holds it: --app-key-file FILE. " WHERE);
	}
	take_key(im, text);
	return im->n_keys > 0 ? 0 : cli_fail("this is no APP_KEY", WHERE);
}

static int check_key(const struct import *im, const char *sealed)
{
	char *plain;
	size_t len;

	switch (import_open(im, sealed, &plain, &len)) {
	case LARAVEL_OPENED: vp_secret_free(plain, len); return 0;
	case LARAVEL_WRONG_KEY:
		return cli_fail(
			"this APP_KEY does not open the settings in the dump (their MAC says so); "
			"nothing was changed",
			WHERE
			" If it was rotated, put the old one on a second line of --app-key-file.");
	case LARAVEL_OTHER:
		return cli_fail(
			"the settings in the dump are encrypted by another cipher than AES-CBC",
			"Set 'cipher' => 'AES-256-CBC' in the CRM's config/app.php, save its "
			"providers "
			"again, and dump anew.");
	case LARAVEL_PLAIN:
	case LARAVEL_BROKEN: break; /* of this row only: told with it */
	}
	return 0;
}

int secrets_keys(struct import *im, const char *key_file)
{
	const char *config = first_sealed(im, SOURCE_PROVIDERS, "config");
	const char *password = first_sealed(im, SOURCE_TRUNKS, "sip_password");
	int err = key_file ? read_file(im, key_file) : config || password ? ask_key(im) : 0;

	if (!err && config) {
		err = check_key(im, config);
	}
	return err || !password ? err : check_key(im, password);
}

void secrets_forget(struct import *im)
{
	explicit_bzero(im->keys, sizeof(im->keys));
	im->n_keys = 0;
}
