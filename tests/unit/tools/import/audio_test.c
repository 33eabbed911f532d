#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/audio.h"

static char root[] = "/tmp/audio_test.XXXXXX";

static char *below(const char *path)
{
	return vp_strf("%s/%s", root, path);
}

static void put(const char *path, const char *text)
{
	VP_CLEANUP(vp_freep) char *full = below(path);
	FILE *file = fopen(full, "w");

	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

static void make(const char *path)
{
	VP_CLEANUP(vp_freep) char *full = below(path);

	cr_assert_eq(mkdir(full, 0700), 0);
}

static void set_up(void)
{
	VP_CLEANUP(vp_freep) char *link_out = NULL;
	VP_CLEANUP(vp_freep) char *link_in = NULL;
	VP_CLEANUP(vp_freep) char *fifo = NULL;

	cr_assert_not_null(mkdtemp(root));
	make("files");
	make("files/sub");
	make("store");
	put("secret", "not yours");
	put("files/sub/a.mp3", "sound");
	put("files/empty.mp3", "");
	link_out = below("files/out.mp3");
	link_in = below("files/in.mp3");
	fifo = below("files/fifo.mp3");
	cr_assert_eq(symlink("../secret", link_out), 0);
	cr_assert_eq(symlink("sub/a.mp3", link_in), 0);
	cr_assert_eq(mkfifo(fifo, 0600), 0);
}

static void tear_down(void)
{
	VP_CLEANUP(vp_freep) char *command = vp_strf("rm -rf %s", root);

	cr_assert_eq(system(command), 0);
}

Test(audio, only_files_below_the_folder, .init = set_up, .fini = tear_down)
{
	VP_CLEANUP(vp_freep) char *files = below("files");
	VP_CLEANUP(vp_freep) char *absolute = below("secret");

	cr_assert_eq(audio_look(files, "sub/a.mp3"), 0);
	cr_assert_eq(audio_look(files, "sub/../sub/a.mp3"), 0);
	cr_assert_eq(audio_look(files, "in.mp3"), 0);
	cr_assert_eq(audio_look(files, "missing.mp3"), ENOENT);
	cr_assert_eq(audio_look(files, "../secret"), EXDEV);
	cr_assert_eq(audio_look(files, "out.mp3"), EXDEV);
	cr_assert_eq(audio_look(files, absolute), EXDEV);
	cr_assert_eq(audio_look(files, "sub"), EINVAL);
	cr_assert_eq(audio_look(files, "empty.mp3"), EINVAL);
	cr_assert_eq(audio_look(files, "fifo.mp3"), EINVAL, "and it does not wait for a writer");
	cr_assert_eq(audio_look("/nowhere", "a.mp3"), ENOENT);
}

Test(audio, copies_whole_with_its_hash, .init = set_up, .fini = tear_down)
{
	VP_CLEANUP(vp_freep) char *files = below("files");
	VP_CLEANUP(vp_freep) char *store = below("store");
	VP_CLEANUP(vp_freep) char *made = below("store/2025/11/x.mp3");
	struct audio audio;
	struct stat st;
	uint8_t want[VP_SHA256_SIZE];

	for (int i = 0; i < 2; i++) { /* twice is as once */
		cr_assert_eq(audio_copy(files, "sub/a.mp3", store, "2025/11/x.mp3", &audio), 0);
	}
	vp_sha256("sound", 5, want);
	cr_assert_eq(audio.bytes, 5);
	cr_assert_arr_eq(audio.sha256, want, sizeof(want));
	cr_assert_eq(stat(made, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
	cr_assert_eq(st.st_size, 5);
	cr_assert_eq(audio_copy(files, "../secret", store, "y.mp3", &audio), EXDEV);
	cr_assert_eq(audio_copy(files, "sub/a.mp3", "/nowhere", "y.mp3", &audio), ENOENT);
}
