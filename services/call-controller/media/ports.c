/* See ports.h. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/ports.h"

#define TAKEN INT64_MAX

struct md_ports {
	pthread_mutex_t lock;
	uint16_t first;
	unsigned n, used;
	int64_t free_at[]; /* a pair may be taken from then on */
};

int md_ports_create(struct md_ports **ret, uint16_t lo, uint16_t hi)
{
	unsigned first = (lo + 1U) & ~1U;
	unsigned n = lo > 0 && hi > first ? (hi + 1 - first) / 2 : 0;
	if (n == 0) {
		return EINVAL;
	}
	struct md_ports *p = calloc(1, sizeof(*p) + n * sizeof(p->free_at[0]));
	if (!p) {
		return ENOMEM;
	}
	pthread_mutex_init(&p->lock, NULL);
	p->first = (uint16_t)first;
	p->n = n;
	*ret = p;
	return 0;
}

struct md_ports *md_ports_destroy(struct md_ports *ports)
{
	if (ports) {
		pthread_mutex_destroy(&ports->lock);
		free(ports);
	}
	return NULL;
}

/* A rested pair from a random place on; failing that the one that has rested longest. */
static unsigned pick(const struct md_ports *p, int64_t now)
{
	uint32_t random;
	vp_random(&random, sizeof(random));
	unsigned best = random % p->n;
	for (unsigned i = 0; i < p->n; i++) {
		unsigned at = (random % p->n + i) % p->n;
		if (p->free_at[at] <= now) {
			return at;
		}
		if (p->free_at[at] < p->free_at[best]) {
			best = at;
		}
	}
	return best;
}

int md_ports_take(struct md_ports *ports, uint16_t *ret_even)
{
	pthread_mutex_lock(&ports->lock);
	unsigned at = pick(ports, vp_mono_us());
	int err = ports->free_at[at] == TAKEN ? EADDRNOTAVAIL : 0;
	if (!err) {
		ports->free_at[at] = TAKEN;
		ports->used++;
		*ret_even = (uint16_t)(ports->first + 2 * at);
	}
	pthread_mutex_unlock(&ports->lock);
	return err;
}

void md_ports_give(struct md_ports *ports, uint16_t even)
{
	pthread_mutex_lock(&ports->lock);
	ports->free_at[(even - ports->first) / 2] = vp_mono_us() + MD_PORT_REST_US;
	ports->used--;
	pthread_mutex_unlock(&ports->lock);
}

bool md_ports_scarce(struct md_ports *ports)
{
	pthread_mutex_lock(&ports->lock);
	bool scarce = ports->used > ports->n / 4 * 3;
	pthread_mutex_unlock(&ports->lock);
	return scarce;
}

unsigned md_ports_in_use(struct md_ports *ports)
{
	pthread_mutex_lock(&ports->lock);
	unsigned used = ports->used;
	pthread_mutex_unlock(&ports->lock);
	return used;
}
