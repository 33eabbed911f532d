/* See placement.h. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/placement.h"

#define BUCKETS 1024
#define KEEP_US 30000000

struct place {
	struct place *next;
	struct vp_uuid call;
	unsigned worker;
	bool live;
	int64_t used_us;
};

struct md_placement {
	pthread_mutex_t lock;
	struct place *buckets[BUCKETS];
	unsigned workers;
	unsigned n[]; /* places a worker has */
};

int md_placement_create(struct md_placement **ret, unsigned workers)
{
	struct md_placement *p = calloc(1, sizeof(*p) + workers * sizeof(p->n[0]));
	if (!p) {
		return ENOMEM;
	}
	pthread_mutex_init(&p->lock, NULL);
	p->workers = workers;
	*ret = p;
	return 0;
}

static struct place **bucket_of(struct md_placement *p, struct vp_uuid call)
{
	uint16_t random; /* the end of a UUIDv7 */
	memcpy(&random, call.b + 14, sizeof(random));
	return &p->buckets[random % BUCKETS];
}

static struct place *look_up(struct md_placement *p, struct vp_uuid call)
{
	struct place *at = *bucket_of(p, call);
	while (at && !vp_uuid_equal(at->call, call)) {
		at = at->next;
	}
	return at;
}

/* The first with room; when all are full the emptiest. */
static unsigned choose(const struct md_placement *p)
{
	unsigned best = 0;
	for (unsigned i = 0; i < p->workers; i++) {
		if (p->n[i] < MD_CALLS_BEFORE_NEXT) {
			return i;
		}
		if (p->n[i] < p->n[best]) {
			best = i;
		}
	}
	return best;
}

static struct place *add(struct md_placement *p, struct vp_uuid call, unsigned worker)
{
	struct place *at = calloc(1, sizeof(*at)), **bucket = bucket_of(p, call);
	if (at) {
		at->call = call;
		at->worker = worker;
		at->next = *bucket;
		*bucket = at;
		p->n[worker]++;
	}
	return at;
}

int md_placement_find(struct md_placement *placement, struct vp_uuid call, bool may_place)
{
	pthread_mutex_lock(&placement->lock);
	struct place *at = look_up(placement, call);
	if (!at && may_place) {
		at = add(placement, call, choose(placement));
	}
	int worker = -1;
	if (at) {
		at->used_us = vp_mono_us();
		worker = (int)at->worker;
	}
	pthread_mutex_unlock(&placement->lock);
	return worker;
}

void md_placement_began(struct md_placement *placement, struct vp_uuid call, unsigned worker)
{
	pthread_mutex_lock(&placement->lock);
	struct place *at = look_up(placement, call);
	if (!at) { /* swept while its request waited */
		at = add(placement, call, worker);
	}
	if (at) {
		at->live = true;
	}
	pthread_mutex_unlock(&placement->lock);
}

void md_placement_ended(struct md_placement *placement, struct vp_uuid call)
{
	pthread_mutex_lock(&placement->lock);
	struct place *at = look_up(placement, call);
	if (at) {
		at->live = false;
		at->used_us = vp_mono_us();
	}
	pthread_mutex_unlock(&placement->lock);
}

static void sweep(struct md_placement *p, int64_t before_us)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		for (struct place **at = &p->buckets[i]; *at;) {
			struct place *place = *at;
			if (!place->live && place->used_us < before_us) {
				*at = place->next;
				p->n[place->worker]--;
				free(place);
			} else {
				at = &place->next;
			}
		}
	}
}

void md_placement_sweep(struct md_placement *placement)
{
	pthread_mutex_lock(&placement->lock);
	sweep(placement, vp_mono_us() - KEEP_US);
	pthread_mutex_unlock(&placement->lock);
}

struct md_placement *md_placement_destroy(struct md_placement *placement)
{
	if (placement) {
		for (unsigned i = 0; i < BUCKETS; i++) {
			while (placement->buckets[i]) {
				struct place *place = placement->buckets[i];
				placement->buckets[i] = place->next;
				free(place);
			}
		}
		pthread_mutex_destroy(&placement->lock);
		free(placement);
	}
	return NULL;
}
