/* Calls through what is measured: this program is the trunk that calls and the trunk that is
 * called, in one thread with microsecond clocks. A call: INVITE, 180, 200, ACK, a while, BYE, 200.
 * One line of JSON comes out: how many went well, what was repeated, and the delay that was added
 * from INVITE to 180. */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TEXT_MAX 4096
#define REPEAT_US 500000
#define REPEATS_MAX 6
#define GRACE_US 4000000 /* for the last calls */

enum stage { WAITING, INVITED, TALKING, LEAVING, DONE, REFUSED };

struct call {
	enum stage stage;
	int64_t invited_us, sent_us, answered_us;
	unsigned repeats;
	bool rang;
	char to[160];      /* To with its tag */
	char contact[160]; /* where ACK and BYE go */
	char routes[256];  /* of a proxy that recorded itself */
};

struct load {
	int caller, callee; /* sockets */
	struct sockaddr_in target, callee_addr, caller_addr;
	char number[32];
	unsigned rate, seconds, hold_ms, run;
	struct call *calls;
	unsigned n, next, done, first;
	uint32_t *ringing_us, *answer_us;
	unsigned n_ringing, n_answer, repeats, strays;
};

static const char sdp[] =
	"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	"m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
	"a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n";

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static void die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Decimal digits from text up to the byte that ends them. */
static bool digits(const char **text, unsigned max, unsigned *ret)
{
	char *end;

	errno = 0;
	const unsigned long n = strtoul(*text, &end, 10);
	if (**text < '0' || **text > '9' || errno || n > max) {
		return false;
	}
	*text = end;
	*ret = (unsigned)n;
	return true;
}

static unsigned number_of(const char *arg, unsigned max)
{
	const char *at = arg;
	unsigned n;

	if (!digits(&at, max, &n) || *at) {
		fprintf(stderr, "not a number up to %u: %s\n", max, arg);
		exit(2);
	}
	return n;
}

static struct sockaddr_in address(const char *text)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	const char *colon = strrchr(text, ':');
	char host[64];

	if (!colon || (size_t)(colon - text) >= sizeof(host)) {
		die(text);
	}
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	addr.sin_port = htons((uint16_t)number_of(colon + 1, UINT16_MAX));
	if (inet_pton(AF_INET, host, &addr.sin_addr) != 1) {
		die(text);
	}
	return addr;
}

static const char *text_of(const struct sockaddr_in *addr, char buf[32])
{
	char host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &addr->sin_addr, host, sizeof(host));
	snprintf(buf, 32, "%s:%u", host, ntohs(addr->sin_port));
	return buf;
}

static int open_socket(const struct sockaddr_in *addr)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), size = 8 << 20;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (fd < 0 || bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) != 0) {
		die("bind");
	}
	return fd;
}

static void send_to(int fd, const struct sockaddr_in *to, const char *text, int len)
{
	(void)sendto(fd, text, (size_t)len, 0, (const struct sockaddr *)to, sizeof(*to));
}

/* --- reading --- */

/* The value of the n-th header of this name; length 0: there is none. */
static const char *header(const char *msg, const char *name, unsigned nth, int *len)
{
	const size_t name_len = strlen(name);

	*len = 0;
	for (const char *p = strstr(msg, "\r\n"); p && strncmp(p, "\r\n\r\n", 4) != 0;
		p = strstr(p + 2, "\r\n")) {
		if (strncasecmp(p + 2, name, name_len) == 0 && p[2 + name_len] == ':' &&
			nth-- == 0) {
			const char *val = p + 3 + name_len + strspn(p + 3 + name_len, " ");

			*len = (int)strcspn(val, "\r");
			return val;
		}
	}
	return msg;
}

/* Call-ID is "CALL-RUN@load": other numbers are somebody else's. */
static struct call *call_of(struct load *load, const char *msg)
{
	int len;
	unsigned index, run;

	const char *at = header(msg, "Call-ID", 0, &len);
	if (!digits(&at, UINT_MAX, &index) || *at++ != '-' || !digits(&at, UINT_MAX, &run) ||
		run != load->run || index >= load->n) {
		load->strays++;
		return NULL;
	}
	return &load->calls[index];
}

/* --- the side that calls --- */

static void request(struct load *load, unsigned index, const char *method, unsigned seq)
{
	struct call *call = &load->calls[index];
	const bool invite = strcmp(method, "INVITE") == 0;
	char text[TEXT_MAX], me[32], them[32];
	int len;

	text_of(&load->caller_addr, me);
	text_of(&load->target, them);
	len = snprintf(text, sizeof(text),
		"%s %s%s%s%s SIP/2.0\r\nVia: SIP/2.0/UDP "
		"%s;branch=z9hG4bK%c%u.%u\r\n%sMax-Forwards: 70\r\n"
		"From: \"Load\" <sip:+49301234567@%s>;tag=f%u.%u\r\nTo: %s%s%s%s%s\r\nCall-ID: "
		"%u-%u@load\r\n"
		"CSeq: %u %s\r\nContact: <sip:load@%s>\r\n%sContent-Length: %zu\r\n\r\n%s",
		method, invite ? "sip:" : call->contact, invite ? load->number : "",
		invite ? "@" : "", invite ? them : "", me, method[0], load->run, index,
		call->routes, me, load->run, index, invite ? "<sip:" : call->to,
		invite ? load->number : "", invite ? "@" : "", invite ? them : "",
		invite ? ">" : "", index, load->run, seq, method, me,
		invite ? "Content-Type: application/sdp\r\n" : "", invite ? sizeof(sdp) - 1 : 0,
		invite ? sdp : "");
	call->sent_us = now_us();
	send_to(load->caller, &load->target, text, len);
}

static void invite(struct load *load, unsigned index)
{
	struct call *call = &load->calls[index];

	request(load, index, "INVITE", 1);
	if (call->stage == WAITING) {
		call->invited_us = call->sent_us;
		call->stage = INVITED;
	}
}

static void remember_dialog(struct call *call, const char *msg)
{
	int len, at = 0;
	const char *val = header(msg, "Contact", 0, &len);
	const char *open = memchr(val, '<', (size_t)len), *close;

	close = open ? memchr(open, '>', (size_t)(val + len - open)) : NULL;
	if (close) {
		snprintf(call->contact, sizeof(call->contact), "%.*s", (int)(close - open - 1),
			open + 1);
	}
	val = header(msg, "To", 0, &len);
	snprintf(call->to, sizeof(call->to), "%.*s", len, val);
	for (unsigned i = 0; val = header(msg, "Record-Route", i, &len), len > 0 && i < 2; i++) {
		at += snprintf(call->routes + at, sizeof(call->routes) - (size_t)at,
			"Route: %.*s\r\n", len, val);
	}
}

static void on_answer(struct load *load, struct call *call, const char *msg)
{
	const char *at = msg + 8; /* after "SIP/2.0 " */
	unsigned status;
	const unsigned index = (unsigned)(call - load->calls);
	int len;
	const bool of_invite = strstr(header(msg, "CSeq", 0, &len), "INVITE") != NULL;

	if (!digits(&at, 699, &status)) {
		load->strays++;
		return;
	}
	if (of_invite && status == 180 && !call->rang) {
		call->rang = true;
		load->ringing_us[load->n_ringing++] = (uint32_t)(now_us() - call->invited_us);
	} else if (of_invite && status == 200) {
		if (call->stage == INVITED) {
			remember_dialog(call, msg);
			call->stage = TALKING;
			call->answered_us = now_us();
			load->answer_us[load->n_answer++] =
				(uint32_t)(call->answered_us - call->invited_us);
		}
		request(load, index, "ACK", 1);
	} else if (of_invite && status >= 300 && call->stage == INVITED) {
		call->stage = REFUSED;
		load->done++;
	} else if (!of_invite && status == 200 && call->stage == LEAVING) {
		call->stage = DONE;
		load->done++;
	}
}

/* --- the side that is called --- */

static void reply(struct load *load, const char *msg, const struct sockaddr_in *from,
	const char *status, bool body)
{
	static const char *const same[] = {"From", "Call-ID", "CSeq"};
	char text[TEXT_MAX], me[32];
	int len = snprintf(text, sizeof(text), "SIP/2.0 %s\r\n", status), n;
	const char *val;

	for (unsigned i = 0; val = header(msg, "Via", i, &n), n > 0; i++) {
		len += snprintf(text + len, sizeof(text) - (size_t)len, "Via: %.*s\r\n", n, val);
	}
	for (unsigned i = 0; val = header(msg, "Record-Route", i, &n), n > 0; i++) {
		len += snprintf(
			text + len, sizeof(text) - (size_t)len, "Record-Route: %.*s\r\n", n, val);
	}
	for (size_t i = 0; i < 3; i++) {
		val = header(msg, same[i], 0, &n);
		len += snprintf(
			text + len, sizeof(text) - (size_t)len, "%s: %.*s\r\n", same[i], n, val);
	}
	val = header(msg, "To", 0, &n);
	len += snprintf(text + len, sizeof(text) - (size_t)len,
		"To: %.*s%s\r\nContact: <sip:far@%s>\r\n%sContent-Length: %zu\r\n\r\n%s", n, val,
		memmem(val, (size_t)n, ";tag=", 5) ? "" : ";tag=far",
		text_of(&load->callee_addr, me), body ? "Content-Type: application/sdp\r\n" : "",
		body ? sizeof(sdp) - 1 : 0, body ? sdp : "");
	send_to(load->callee, from, text, len);
}

static void on_request(struct load *load, const char *msg, const struct sockaddr_in *from)
{
	if (strncmp(msg, "INVITE ", 7) == 0) {
		reply(load, msg, from, "180 Ringing", false);
		reply(load, msg, from, "200 OK", true);
	} else if (strncmp(msg, "ACK ", 4) != 0 && strncmp(msg, "SIP/", 4) != 0) {
		reply(load, msg, from, "200 OK", false);
	}
}

/* --- the clock --- */

static void step(struct load *load, int64_t now)
{
	for (unsigned i = load->first; i < load->next; i++) {
		struct call *call = &load->calls[i];

		if (i == load->first && call->stage >= DONE) {
			load->first++;
			continue;
		}
		if (call->stage == TALKING && now - call->answered_us >= load->hold_ms * 1000LL) {
			call->stage = LEAVING;
			call->repeats = 0;
			request(load, i, "BYE", 2);
		} else if ((call->stage == INVITED || call->stage == LEAVING) &&
			   now - call->sent_us > (int64_t)REPEAT_US << call->repeats &&
			   call->repeats < REPEATS_MAX) {
			call->repeats++;
			load->repeats++;
			call->stage == INVITED ? invite(load, i) : request(load, i, "BYE", 2);
		}
	}
}

static void drain(struct load *load, int fd)
{
	static char msg[65536];
	struct sockaddr_in from;

	for (;;) {
		socklen_t len = sizeof(from);
		const ssize_t n =
			recvfrom(fd, msg, sizeof(msg) - 1, 0, (struct sockaddr *)&from, &len);
		struct call *call;

		if (n <= 0) {
			return;
		}
		msg[n] = '\0';
		if (fd == load->callee) {
			on_request(load, msg, &from);
		} else if (strncmp(msg, "SIP/2.0 ", 8) == 0 &&
			   (call = call_of(load, msg)) != NULL) {
			on_answer(load, call, msg);
		}
	}
}

static void run(struct load *load)
{
	const int64_t start = now_us();
	const int64_t end = start + (load->seconds * 1000LL + load->hold_ms) * 1000 + GRACE_US;
	int64_t scanned = start;

	for (int64_t now = start; now < end && load->done < load->n; now = now_us()) {
		struct pollfd fds[] = {{load->caller, POLLIN, 0}, {load->callee, POLLIN, 0}};
		const int64_t due = (now - start) * load->rate / 1000000;
		int64_t wait_us;

		while (load->next < load->n && load->next <= due) {
			invite(load, load->next++);
		}
		if (now - scanned >= 2000) {
			scanned = now;
			step(load, now);
		}
		wait_us = load->next < load->n
				  ? start + (int64_t)load->next * 1000000 / load->rate - now_us()
				  : 1000;
		wait_us = wait_us < 0 ? 0 : wait_us > 1000 ? 1000 : wait_us;
		const struct timespec wait = {.tv_nsec = wait_us * 1000};
		(void)ppoll(fds, 2, &wait, NULL);
		drain(load, load->caller);
		drain(load, load->callee);
	}
}

static int by_size(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t quantile(const uint32_t *values, unsigned n, double q)
{
	return n > 0 ? values[(unsigned)((n - 1) * q)] : 0;
}

static void report(struct load *load)
{
	struct rusage use;
	unsigned good = 0, refused = 0;

	for (unsigned i = 0; i < load->n; i++) {
		good += load->calls[i].stage == DONE;
		refused += load->calls[i].stage == REFUSED;
	}
	qsort(load->ringing_us, load->n_ringing, sizeof(uint32_t), by_size);
	qsort(load->answer_us, load->n_answer, sizeof(uint32_t), by_size);
	getrusage(RUSAGE_SELF, &use);
	printf("{\"calls\":%u,\"ok\":%u,\"refused\":%u,\"repeats\":%u,\"strays\":%u,\"ringing_us\":"
	       "{\"p50\":%u,\"p99\":%u,"
	       "\"p999\":%u,\"max\":%u},\"answer_us\":{\"p50\":%u,\"p99\":%u},\"own_cpu_s\":%.2f}"
	       "\n",
		load->n, good, refused, load->repeats, load->strays,
		quantile(load->ringing_us, load->n_ringing, 0.5),
		quantile(load->ringing_us, load->n_ringing, 0.99),
		quantile(load->ringing_us, load->n_ringing, 0.999),
		quantile(load->ringing_us, load->n_ringing, 1),
		quantile(load->answer_us, load->n_answer, 0.5),
		quantile(load->answer_us, load->n_answer, 0.99),
		(double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
			(double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6);
}

int main(int argc, char **argv)
{
	static struct load load;

	if (argc != 8) {
		fprintf(stderr,
			"usage: load CALLER TARGET CALLEE NUMBER CALLS_PER_SECOND SECONDS HOLD_MS\n"
			"addresses as 127.0.0.1:5060\n");
		return 2;
	}
	load.caller_addr = address(argv[1]);
	load.target = address(argv[2]);
	load.callee_addr = address(argv[3]);
	snprintf(load.number, sizeof(load.number), "%s", argv[4]);
	load.rate = number_of(argv[5], 1000000);
	load.seconds = number_of(argv[6], 1000000);
	load.hold_ms = number_of(argv[7], 1000000);
	load.run = (unsigned)getpid();
	load.n = load.rate * load.seconds;
	load.calls = calloc(load.n + 1, sizeof(*load.calls));
	load.ringing_us = calloc(load.n + 1, sizeof(uint32_t));
	load.answer_us = calloc(load.n + 1, sizeof(uint32_t));
	if (!load.calls || !load.ringing_us || !load.answer_us) {
		die("memory");
	}
	load.caller = open_socket(&load.caller_addr);
	load.callee = open_socket(&load.callee_addr);
	run(&load);
	report(&load);
	return 0;
}
