#include <arpa/inet.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tests/integration/bus_kit.h"
#include "tests/integration/fake_telnyx.h"
#include "tests/lib/child.h"

struct exchange {
	char in[16384];
	const char *body;
	char out[4096]; /* body of the answer */
	int status;
};

/* A whole request; false: the client went away. */
static bool receive(int fd, struct exchange *x)
{
	size_t len = 0;
	char *end = NULL;

	while (len + 1 < sizeof(x->in)) {
		ssize_t n = read(fd, x->in + len, sizeof(x->in) - 1 - len);
		const char *size;

		if (n <= 0) {
			return false;
		}
		len += (size_t)n;
		x->in[len] = '\0';
		end = strstr(x->in, "\r\n\r\n");
		size = end ? strcasestr(x->in, "\r\nContent-Length: ") : NULL;
		if (end &&
			len >= (size_t)(end + 4 - x->in) +
					(size > end || !size ? 0 : strtoul(size + 18, NULL, 10))) {
			x->body = end + 4;
			return true;
		}
	}
	return false;
}

static void send_answer(int fd, const struct exchange *x)
{
	dprintf(fd,
		"HTTP/1.1 %d x\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
		"Connection: close\r\n\r\n%s",
		x->status, strlen(x->out), x->out);
}

static void describe(const struct fake_telnyx *fake, int number, char *out, size_t size)
{
	snprintf(out, size,
		"{\"id\":\"cred-%d\",\"name\":\"%s\",\"resource_id\":\"connection:%s\","
		"\"sip_username\":\"gencred%d\",\"expired\":false}",
		number, fake->name, fake->connection, number);
}

static void on_find(struct fake_telnyx *fake, struct exchange *x)
{
	char entry[512] = "";

	fake->finds++;
	if (fake->listed) {
		describe(fake, fake->listed, entry, sizeof(entry));
	}
	snprintf(x->out, sizeof(x->out), "{\"data\":[%s]}", entry);
}

static void on_make(struct fake_telnyx *fake, struct exchange *x)
{
	json_t *body = json_loads(x->body, 0, NULL);
	char entry[512];

	vp_strcopy(fake->connection, sizeof(fake->connection),
		json_string_value(json_object_get(body, "connection_id")));
	vp_strcopy(
		fake->name, sizeof(fake->name), json_string_value(json_object_get(body, "name")));
	json_decref(body);
	fake->makes++;
	describe(fake, fake->makes, entry, sizeof(entry));
	x->status = 201;
	snprintf(x->out, sizeof(x->out), "{\"data\":%s}", entry);
}

static void on_token(struct fake_telnyx *fake, struct exchange *x, int number)
{
	VP_CLEANUP(vp_freep) char *payload = NULL;
	char text[256];

	fake->tokens++;
	if (number <= fake->gone) {
		x->status = 404;
		vp_strcopy(x->out, sizeof(x->out),
			"{\"errors\":[{\"code\":\"10005\",\"title\":\"Not found\"}]}");
		return;
	}
	payload = vp_strf("{\"exp\":%lld,\"sub\":%d,\"n\":%d}",
		(long long)(vp_time_us() / 1000000 + fake->life_s), number, fake->tokens);
	vp_base64url(payload, strlen(payload), text);
	x->status = 201;
	snprintf(x->out, sizeof(x->out), "e30.%s.c2ln\n", text);
}

static void answer(struct fake_telnyx *fake, struct exchange *x)
{
	int number = 0;

	x->status = 200;
	x->out[0] = '\0';
	if (!strstr(x->in, "\r\nAuthorization: Bearer " FAKE_TELNYX_KEY "\r\n")) {
		fake->strangers++;
		x->status = 401;
		vp_strcopy(x->out, sizeof(x->out),
			"{\"errors\":[{\"code\":\"10009\",\"detail\":\"Authentication failed\"}]}");
	} else if (strncmp(x->in, "GET /v2/telephony_credentials?filter%5Bname%5D=user_", 52) ==
		   0) {
		on_find(fake, x);
	} else if (strncmp(x->in, "POST /v2/telephony_credentials ", 31) == 0) {
		on_make(fake, x);
	} else if (sscanf(x->in, "POST /v2/telephony_credentials/cred-%d/token ", &number) == 1) {
		on_token(fake, x, number);
	} else if (sscanf(x->in, "DELETE /v2/telephony_credentials/cred-%d ", &number) == 1) {
		fake->deletes++;
		x->status = 204;
	} else {
		x->status = 405;
	}
	if (fake->status) {
		x->status = fake->status;
	}
	if (fake->garbage) {
		vp_strcopy(x->out, sizeof(x->out), "<html>");
	}
}

static _Noreturn void serve(struct fake_telnyx *fake, int fd)
{
	static struct exchange x;
	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (client >= 0 && receive(client, &x) && !fake->mute) {
			answer(fake, &x);
			send_answer(client, &x);
			close(client);
		} else if (!fake->mute) {
			close(client);
		}
	}
}

struct fake_telnyx *fake_telnyx_start(void)
{
	struct fake_telnyx *fake = mmap(
		NULL, sizeof(*fake), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	KIT_CHECK(fake != MAP_FAILED && fd >= 0);
	KIT_CHECK(bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, 64) == 0);
	KIT_CHECK(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
	fake->port = ntohs(address.sin_port);
	fake->life_s = 86400;
	fflush(stdout);
	pid = child_fork();
	KIT_CHECK(pid >= 0);
	if (pid == 0) {
		serve(fake, fd);
	}
	fake->pid = pid;
	close(fd);
	return fake;
}

void fake_telnyx_stop(struct fake_telnyx *fake)
{
	if (fake->pid > 0) {
		kill(fake->pid, SIGKILL);
		waitpid(fake->pid, NULL, 0);
		fake->pid = 0;
	}
}
