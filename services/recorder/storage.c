#include <errno.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/metrics/metrics.h"
#include "services/recorder/recorder.h"
#include "services/recorder/storage.h"

#define FULL_US 30000000LL

bool storage_is_full_error(int err)
{
	return err == ENOSPC || err == EDQUOT || err == EFBIG;
}

void storage_set_full(struct recorder *r, bool full)
{
	vp_metric_set(r->metrics.storage_full, full);
	vp_app_ready(r->app, "storage", !full);
	r->full_until_us = full ? vp_mono_us() + FULL_US : 0;
}

const char *storage_explain(int err)
{
	switch (err) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG: return "the disk of the recordings is full";
	case ENODATA: return "nothing in it could be decoded";
	case ENOENT: return "the file is gone";
	case EACCES:
	case EPERM: return "the folder of the recordings may not be written";
	default: return "the sound file could not be written";
	}
}
