/* See reorder.h. */
#include <string.h>
#include "services/call-controller/media/reorder.h"

#define SLOTS (MD_REORDER_HELD + 1)

static void store(struct md_reorder *r, uint16_t seq, uint32_t ts, const uint8_t *p, size_t len)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		struct md_reorder_packet *s = &r->slot[i];
		if (!s->used) {
			s->used = true;
			s->seq = seq;
			s->ts = ts;
			s->len = (uint16_t)len;
			memcpy(s->payload, p, len);
			r->held++;
			return;
		}
	}
}

static bool is_held(const struct md_reorder *r, uint16_t seq)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		if (r->slot[i].used && r->slot[i].seq == seq) {
			return true;
		}
	}
	return false;
}

void md_reorder_push(struct md_reorder *r, uint16_t seq, uint32_t ts, const uint8_t *p, size_t len)
{
	int16_t ahead = (int16_t)(seq - r->next);
	if (len > MD_REORDER_PAYLOAD) {
		return;
	}
	if (!r->started || ahead > 1000 || ahead < -1000) { /* a source that began anew */
		memset(r->slot, 0, sizeof(r->slot));
		r->held = 0;
		r->started = true;
		r->next = seq;
	} else if (ahead < 0 || is_held(r, seq)) {
		return;
	}
	store(r, seq, ts, p, len);
}

static struct md_reorder_packet *nearest(struct md_reorder *r)
{
	struct md_reorder_packet *best = NULL;
	for (unsigned i = 0; i < SLOTS; i++) {
		struct md_reorder_packet *s = &r->slot[i];
		if (s->used && (!best || (int16_t)(s->seq - best->seq) < 0)) {
			best = s;
		}
	}
	return best;
}

enum md_reorder_result md_reorder_pop(
	struct md_reorder *r, const struct md_reorder_packet **ret, unsigned *ret_lost)
{
	struct md_reorder_packet *s = nearest(r);
	if (!s) {
		return MD_REORDER_NONE;
	}
	if (s->seq == r->next) {
		s->used = false;
		r->held--;
		r->next++;
		*ret = s;
		return MD_REORDER_PACKET;
	}
	if (r->held < MD_REORDER_HELD) {
		return MD_REORDER_NONE;
	}
	unsigned lost = (uint16_t)(s->seq - r->next);
	r->next = s->seq;
	*ret = s; /* what follows the gap: it may carry the lost one again (Opus FEC) */
	*ret_lost = lost < MD_REORDER_MAX_LOST ? lost : MD_REORDER_MAX_LOST;
	return MD_REORDER_LOST;
}
