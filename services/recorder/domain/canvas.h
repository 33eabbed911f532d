/* Two channels painted side by side: samples are written at positions in any order within a window
 * of some seconds, and leave interleaved, in order, with silence where nothing was written. Pure.
 */
#ifndef RECORDER_CANVAS_H
#define RECORDER_CANVAS_H
#include <stddef.h>
#include <stdint.h>

#define CANVAS_CHANNELS 2

struct canvas;

/* frames interleaved frames. Not 0 stops the canvas: canvas_error then gives it. */
typedef int canvas_emit_h(const int16_t *interleaved, size_t frames, void *arg);

int canvas_create(struct canvas **ret, uint32_t sample_rate, canvas_emit_h *h, void *arg);
struct canvas *canvas_destroy(struct canvas *canvas);

/* Samples before the window are dropped; later ones push the window forward. */
void canvas_write(
	struct canvas *canvas, unsigned channel, int64_t pos, const int16_t *samples, size_t n);
/* All up to the window's length behind pos leaves. */
void canvas_advance(struct canvas *canvas, int64_t pos);
/* All that was written leaves; ends at the last written sample. */
int canvas_finish(struct canvas *canvas);
/* The first error of the handler, or 0. */
int canvas_error(const struct canvas *canvas);
int64_t canvas_emitted(const struct canvas *canvas);  /* frames */
uint64_t canvas_dropped(const struct canvas *canvas); /* samples that came too late */
#endif
