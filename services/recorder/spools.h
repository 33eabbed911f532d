/* The spool folder: which files are there, and looking at each when it is due. */
#ifndef RECORDER_SPOOLS_H
#define RECORDER_SPOOLS_H
#include <stddef.h>
#include "libcommon/base/uuid.h"

struct recorder;

/* Reads the folder when that is due, and takes each file's next step when it is due. Often. */
void spools_step(struct recorder *recorder);
/* This call has ended: its files are looked at now, and again soon until they are complete. */
void spools_call_ended(struct recorder *recorder, struct vp_uuid call);
/* How many files wait, without touching them: for a recorder that is switched off. */
size_t spools_count(const char *dir);
void spools_forget_all(struct recorder *recorder);
#endif
