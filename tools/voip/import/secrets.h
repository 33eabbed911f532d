/* What the dump holds encrypted, and the key that opens it. */
#ifndef VOIP_IMPORT_SECRETS_H
#define VOIP_IMPORT_SECRETS_H
#include "tools/voip/import/import.h"

/* From the file, or asked on the terminal when the dump holds anything encrypted; checked against
 * the first of it. 0, or an error after a message. Never stored. */
int secrets_keys(struct import *im, const char *key_file);
void secrets_forget(struct import *im);
#endif
