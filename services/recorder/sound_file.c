#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "services/recorder/sound_file.h"

enum { CHANNELS = 2 };

struct sound_file {
	int fd;
	SNDFILE *sound;
	char *path;
	sf_count_t written;
	int write_err; /* errno of the first write that failed */
	off_t size, pos;
};

const char *sound_format_word(enum sound_format format)
{
	return format == SOUND_WAV ? "wav" : "ogg";
}

/* libsndfile hides why a write failed; these do the same and remember errno. */
static sf_count_t io_length(void *arg)
{
	return ((struct sound_file *)arg)->size;
}

static sf_count_t io_seek(sf_count_t offset, int whence, void *arg)
{
	struct sound_file *file = arg;

	file->pos = (whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file->pos : file->size) + offset;
	return file->pos;
}

static sf_count_t io_read(void *buf, sf_count_t n, void *arg)
{
	struct sound_file *file = arg;
	ssize_t got = pread(file->fd, buf, (size_t)n, file->pos);

	file->pos += got > 0 ? got : 0;
	return got > 0 ? got : 0;
}

static sf_count_t io_write(const void *buf, sf_count_t n, void *arg)
{
	struct sound_file *file = arg;
	sf_count_t done = 0;

	while (done < n && !file->write_err) {
		ssize_t put =
			pwrite(file->fd, (const char *)buf + done, (size_t)(n - done), file->pos);
		if (put < 0 && errno != EINTR) {
			file->write_err = errno;
		}
		done += put > 0 ? put : 0;
		file->pos += put > 0 ? put : 0;
	}
	file->size = file->pos > file->size ? file->pos : file->size;
	return done;
}

static sf_count_t io_tell(void *arg)
{
	return ((struct sound_file *)arg)->pos;
}

static SF_VIRTUAL_IO io = {io_length, io_seek, io_read, io_write, io_tell};

static int open_sound(struct sound_file *file, enum sound_format format, uint32_t sample_rate)
{
	SF_INFO info = {.samplerate = (int)sample_rate,
		.channels = CHANNELS,
		.format = format == SOUND_WAV ? SF_FORMAT_WAV | SF_FORMAT_PCM_16
					      : SF_FORMAT_OGG | SF_FORMAT_OPUS};

	file->sound = sf_open_virtual(&io, SFM_WRITE, &info, file);
	return file->sound ? 0 : file->write_err ? file->write_err : EIO;
}

int sound_file_create(
	struct sound_file **ret, const char *path, enum sound_format format, uint32_t sample_rate)
{
	struct sound_file *file = calloc(1, sizeof(*file));

	if (!file) {
		return ENOMEM;
	}
	file->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int err = file->fd < 0 ? errno : 0;
	if (!err) {
		file->path = strdup(path);
		err = file->path ? open_sound(file, format, sample_rate) : ENOMEM;
	}
	if (err) {
		sound_file_destroy(file);
		return err;
	}
	*ret = file;
	return 0;
}

static int failure(const struct sound_file *file)
{
	return file->write_err ? file->write_err : EIO;
}

int sound_file_write(struct sound_file *file, const int16_t *interleaved, size_t frames)
{
	sf_count_t n = sf_writef_short(file->sound, interleaved, (sf_count_t)frames);

	file->written += n;
	return n == (sf_count_t)frames && !file->write_err ? 0 : failure(file);
}

static int close_and_sync(struct sound_file *file)
{
	int status = sf_close(VP_TAKE(file->sound));

	if (status != 0 || file->write_err) {
		return failure(file);
	}
	return fsync(file->fd) == 0 ? 0 : errno;
}

/* The library may swallow a failure of its last pages: nothing counts as complete that cannot be
 * read to its end. */
static int verify(const struct sound_file *file)
{
	SF_INFO info = {0};
	SNDFILE *sound = sf_open(file->path, SFM_READ, &info);
	bool whole = sound && info.frames == file->written && info.channels == CHANNELS;

	if (sound) {
		sf_close(sound);
	}
	return whole ? 0 : EIO;
}

int sound_file_finish(struct sound_file *file)
{
	int err = close_and_sync(file);

	if (!err) {
		err = verify(file);
	}
	sound_file_destroy(file);
	return err;
}

struct sound_file *sound_file_destroy(struct sound_file *file)
{
	if (file) {
		if (file->sound) {
			sf_close(file->sound);
		}
		if (file->fd >= 0) {
			close(file->fd);
		}
		free(file->path);
		free(file);
	}
	return NULL;
}
