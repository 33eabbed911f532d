#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "services/recorder/domain/peaks.h"
#include "services/recorder/encode.h"
#include "services/recorder/store.h"

struct sink {
	struct sound_file *file;
	struct peaks peaks;
};

static int on_sound(const int16_t *interleaved, size_t frames, void *arg)
{
	struct sink *sink = arg;

	peaks_add(&sink->peaks, interleaved, frames);
	return sound_file_write(sink->file, interleaved, frames);
}

static int copy_peaks(const struct peaks *peaks, struct encoded *ret)
{
	const uint8_t *bytes;
	size_t len = peaks_bytes(peaks, &bytes);

	ret->peaks = malloc(len + 1);
	if (!ret->peaks) {
		return ENOMEM;
	}
	memcpy(ret->peaks, bytes, len);
	ret->peaks_len = len;
	return 0;
}

static int measure_open(int fd, struct encoded *ret)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		return errno;
	}
	void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED) {
		return errno;
	}
	ret->bytes = (uint64_t)st.st_size;
	vp_sha256(bytes, (size_t)st.st_size, ret->sha256);
	munmap(bytes, (size_t)st.st_size);
	return 0;
}

static int measure(const char *path, struct encoded *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		return errno;
	}
	int err = measure_open(fd, ret);
	close(fd);
	return err;
}

static int check_length(const struct encode_cfg *cfg, struct encoded *ret)
{
	ret->duration_ms = (uint32_t)(ret->render.frames * 1000 / cfg->sample_rate);
	return cfg->max_ms == 0 ||
			       (ret->duration_ms >= cfg->min_ms && ret->duration_ms <= cfg->max_ms)
		       ? 0
		       : ERANGE;
}

static int write_sound(const struct encode_cfg *cfg, const char *path, const atomic_bool *stop,
	struct encoded *ret)
{
	struct sink *sink = calloc(1, sizeof(*sink));
	struct render_cfg render = {.path = cfg->path,
		.swap = cfg->swap,
		.sample_rate = cfg->sample_rate,
		.sink = on_sound,
		.arg = sink,
		.stop = stop};
	int err =
		sink ? sound_file_create(&sink->file, path, cfg->format, cfg->sample_rate) : ENOMEM;

	if (!err) {
		peaks_init(&sink->peaks, cfg->sample_rate);
		err = cfg->render(&render, &ret->render);
	}
	if (!err && ret->render.frames == 0) {
		err = ENODATA;
	}
	if (!err) {
		err = sound_file_finish(VP_TAKE(sink->file));
	}
	if (!err) {
		err = check_length(cfg, ret);
	}
	if (!err) {
		err = copy_peaks(&sink->peaks, ret);
	}
	if (sink) {
		sound_file_destroy(sink->file);
		free(sink);
	}
	return err;
}

int encode_run(const struct encode_cfg *cfg, const atomic_bool *stop, struct encoded *ret)
{
	const struct store_ops *store = cfg->store->ops;
	char path[PATH_MAX];
	int err = store->begin(cfg->store, cfg->name, path);

	*ret = (struct encoded){0};
	if (err) {
		return err;
	}
	err = write_sound(cfg, path, stop, ret);
	if (!err) {
		err = measure(path, ret);
	}
	if (!err) {
		err = store->commit(cfg->store, path, cfg->key);
	}
	if (err) {
		store->discard(cfg->store, path);
		free(VP_TAKE(ret->peaks));
	}
	return err;
}
