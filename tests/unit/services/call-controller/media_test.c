/* The adapter to media against a fake media process, and what becomes of calls that only media
 * knows
 */
#include <string.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <re.h>
#include <criterion/criterion.h>
#include "libcommon/base/base.h"
#include "services/call-controller/adapters/media.h"
#include "services/call-controller/controller.h"

#define CALLS 3500 /* the most that media holds */

/* --- what on_media_event.c calls --- */

static struct vp_uuid dropped;

struct call *controller_find(struct controller *cc, struct vp_uuid id)
{
	(void)cc;
	(void)id;
	return NULL;
}

void controller_drop_in_media(struct controller *cc, struct vp_uuid id)
{
	(void)cc;
	dropped = id;
}

void call_event(struct call *call, enum call_event event, const char *cause, const char *message)
{
	(void)call;
	(void)event;
	(void)cause;
	(void)message;
}

void call_tell(struct call *call)
{
	(void)call;
}

void call_hint(struct call *call, const char *type, const void *data, size_t len)
{
	(void)call;
	(void)type;
	(void)data;
	(void)len;
}

/* --- a media process that holds many calls --- */

static int listen_at(char path[64])
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(path, 64, "/tmp/voip-media-test-%d", (int)getpid());
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	unlink(path);
	cr_assert_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	cr_assert_eq(listen(fd, 1), 0);
	return fd;
}

static void answer_list(int fd, uint64_t id)
{
	static struct vp_uuid calls[CALLS];
	static ProtobufCBinaryData ids[CALLS];
	static uint8_t buf[65000];
	Ringmain__V1__MediaMessage msg = RINGMAIN__V1__MEDIA_MESSAGE__INIT;
	Ringmain__V1__MediaReply reply = RINGMAIN__V1__MEDIA_REPLY__INIT;

	for (size_t i = 0; i < CALLS; i++) {
		calls[i] = vp_uuid_new();
		ids[i] = (ProtobufCBinaryData){.len = sizeof(calls[i].b), .data = calls[i].b};
	}
	reply.id = id;
	reply.n_call_ids = CALLS;
	reply.call_ids = ids;
	msg.m_case = RINGMAIN__V1__MEDIA_MESSAGE__M_REPLY;
	msg.reply = &reply;
	send(fd, buf, ringmain__v1__media_message__pack(&msg, buf), MSG_NOSIGNAL);
}

static void *fake_media(void *arg)
{
	uint8_t buf[1024];
	int fd = accept(*(int *)arg, NULL, NULL);
	ssize_t n = recv(fd, buf, sizeof(buf), 0);
	Ringmain__V1__MediaRequest *req =
		n > 0 ? ringmain__v1__media_request__unpack(NULL, (size_t)n, buf) : NULL;

	if (req) {
		answer_list(fd, req->id);
		ringmain__v1__media_request__free_unpacked(req, NULL);
	}
	while (recv(fd, buf, sizeof(buf), 0) > 0) {
	}
	close(fd);
	return NULL;
}

static void on_up(const struct vp_uuid *calls, size_t n, void *arg)
{
	(void)calls;
	*(size_t *)arg = n;
	re_cancel();
}

static void on_down(void *arg)
{
	(void)arg;
}

Test(media, all_calls_that_media_still_holds_are_listed, .timeout = 20)
{
	char path[64];
	int listen_fd = listen_at(path);
	size_t listed = 0;
	struct media_cfg cfg = {.path = path, .on_up = on_up, .on_down = on_down, .arg = &listed};
	struct media *media;
	pthread_t thread;

	cr_assert_eq(libre_init(), 0);
	cr_assert_eq(ua_timers_create(&cfg.timers, false), 0);
	cr_assert_eq(pthread_create(&thread, NULL, fake_media, &listen_fd), 0);
	cr_assert_eq(media_create(&media, &cfg), 0);
	cr_assert_eq(re_main(NULL), 0);
	cr_assert_eq(listed, CALLS);
	media_destroy(media);
	pthread_join(thread, NULL);
	ua_timers_destroy(cfg.timers);
	libre_close();
	close(listen_fd);
	unlink(path);
}

Test(media, a_call_that_only_media_knows_is_ended_there)
{
	Ringmain__V1__MediaEvent event = RINGMAIN__V1__MEDIA_EVENT__INIT;
	Ringmain__V1__LegStats stats = RINGMAIN__V1__LEG_STATS__INIT;
	const struct vp_uuid id = vp_uuid_new();

	event.ev_case = RINGMAIN__V1__MEDIA_EVENT__EV_STATS;
	event.stats = &stats;
	on_media_event(&id, &event, NULL);
	cr_assert(vp_uuid_equal(dropped, id));
}
