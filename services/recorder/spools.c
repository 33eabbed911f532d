#include <dirent.h>
#include <errno.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "services/recorder/recorder.h"
#include "services/recorder/spool.h"
#include "services/recorder/spools.h"

enum { SCAN_US = 5000000 };
static const char suffix[] = ".spool";

static bool is_spool_name(const char *name)
{
	size_t len = strlen(name), end = strlen(suffix);

	return name[0] != '.' && len > end && strcmp(name + len - end, suffix) == 0;
}

static struct spool *find(const struct recorder *r, const char *name)
{
	for (struct spool *s = r->spools; s; s = s->next) {
		if (strcmp(strrchr(s->path, '/') + 1, name) == 0) {
			return s;
		}
	}
	return NULL;
}

static void add(struct recorder *r, const char *name)
{
	struct spool *spool;
	int err = spool_create(&spool, r, name);

	if (err) {
		vp_log(WARN, "spool.skipped", VP_KV_STR("file", name), VP_KV_ERR(err));
		return;
	}
	spool->seen = true;
	spool->next = r->spools;
	r->spools = spool;
}

size_t spools_count(const char *dir)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	if (!d) {
		return 0;
	}
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		n += is_spool_name(e->d_name);
	}
	closedir(d);
	return n;
}

static void read_folder(struct recorder *r)
{
	static struct vp_log_limit limit;
	DIR *d = opendir(r->cfg->spool_dir);
	int64_t files = 0;

	if (!d) {
		if (errno != ENOENT && vp_log_limit_pass(&limit, 60000000, NULL)) {
			vp_log(ERROR, "spool.unreadable", VP_KV_STR("dir", r->cfg->spool_dir),
				VP_KV_ERR(errno));
		}
		return;
	}
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (!is_spool_name(e->d_name)) {
			continue;
		}
		struct spool *known = find(r, e->d_name);
		files++;
		if (known) {
			known->seen = true;
		} else {
			add(r, e->d_name);
		}
	}
	closedir(d);
	vp_metric_set(r->metrics.spools, files);
}

/* Another hand took the file away while nobody worked on it. */
static void drop_vanished(struct recorder *r)
{
	for (struct spool *s = r->spools; s; s = s->next) {
		if (!s->seen && s->state == SPOOL_WAITING) {
			s->state = SPOOL_GONE;
		}
		s->seen = false;
	}
}

static void remove_gone(struct recorder *r)
{
	for (struct spool **at = &r->spools; *at;) {
		if ((*at)->state == SPOOL_GONE) {
			struct spool *gone = *at;
			*at = gone->next;
			spool_destroy(gone);
		} else {
			at = &(*at)->next;
		}
	}
}

void spools_step(struct recorder *r)
{
	int64_t now = vp_mono_us();

	if (now >= r->scan_us) {
		r->scan_us = now + SCAN_US;
		read_folder(r);
		drop_vanished(r);
	}
	for (struct spool *s = r->spools; s; s = s->next) {
		spool_step(s, now);
	}
	remove_gone(r);
}

void spools_call_ended(struct recorder *r, struct vp_uuid call)
{
	bool known = false;

	for (struct spool *s = r->spools; s; s = s->next) {
		if (s->looked && vp_uuid_equal(s->look.call_id, call)) {
			s->urgent = true;
			s->due_us = 0;
			known = true;
		}
	}
	if (!known) {
		r->scan_us = 0;
	}
}

void spools_forget_all(struct recorder *r)
{
	while (r->spools) {
		struct spool *spool = r->spools;
		r->spools = spool->next;
		spool_destroy(spool);
	}
}
