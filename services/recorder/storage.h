/* Whether there is room where recordings go: while there is none, nothing is encoded or fetched. */
#ifndef RECORDER_STORAGE_H
#define RECORDER_STORAGE_H
#include <stdbool.h>

struct recorder;

bool storage_is_full_error(int err);
/* What the last writing found. */
void storage_set_full(struct recorder *recorder, bool full);
/* The sentence for an errno of writing or encoding. */
const char *storage_explain(int err);
#endif
