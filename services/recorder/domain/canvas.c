#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/recorder/domain/canvas.h"

enum {
	WINDOW_S =
		8, /* how late a frame may come (a stall of the network) and still find its place */
	ROOM_S = 16, /* of the ring: the window, and what is written ahead of it */
};

struct canvas {
	canvas_emit_h *emit;
	void *arg;
	int64_t window, size; /* frames */
	int64_t emitted, end; /* next frame to leave; one after the last written */
	uint64_t dropped;
	int err;
	int16_t ring[]; /* interleaved; zero where nothing was written */
};

int canvas_create(struct canvas **ret, uint32_t sample_rate, canvas_emit_h *h, void *arg)
{
	size_t size = (size_t)sample_rate * ROOM_S;
	struct canvas *c = calloc(1, sizeof(*c) + size * CANVAS_CHANNELS * sizeof(int16_t));

	if (!c) {
		return ENOMEM;
	}
	c->emit = h;
	c->arg = arg;
	c->window = (int64_t)sample_rate * WINDOW_S;
	c->size = (int64_t)size;
	*ret = c;
	return 0;
}

struct canvas *canvas_destroy(struct canvas *c)
{
	free(c);
	return NULL;
}

static void emit_to(struct canvas *c, int64_t end)
{
	while (c->emitted < end && !c->err) {
		int64_t at = c->emitted % c->size;
		int64_t n = end - c->emitted;
		n = n < c->size - at ? n : c->size - at;

		int16_t *from = &c->ring[at * CANVAS_CHANNELS];
		c->err = c->emit(from, (size_t)n, c->arg);
		memset(from, 0, (size_t)n * CANVAS_CHANNELS * sizeof(*from));
		c->emitted += n;
	}
}

void canvas_write(struct canvas *c, unsigned channel, int64_t pos, const int16_t *samples, size_t n)
{
	vp_assert(channel < CANVAS_CHANNELS && (int64_t)n <= c->size - c->window);
	int64_t end = pos + (int64_t)n;

	emit_to(c, end - c->size);
	for (size_t i = 0; i < n; i++) {
		int64_t at = pos + (int64_t)i;
		if (at < c->emitted) {
			c->dropped++;
		} else {
			c->ring[at % c->size * CANVAS_CHANNELS + channel] = samples[i];
		}
	}
	c->end = end > c->end ? end : c->end;
}

void canvas_advance(struct canvas *c, int64_t pos)
{
	emit_to(c, pos - c->window);
}

int canvas_finish(struct canvas *c)
{
	emit_to(c, c->end);
	return c->err;
}

int canvas_error(const struct canvas *c)
{
	return c->err;
}

int64_t canvas_emitted(const struct canvas *c)
{
	return c->emitted;
}

uint64_t canvas_dropped(const struct canvas *c)
{
	return c->dropped;
}
