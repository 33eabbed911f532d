/* A worker: one thread with its own epoll, timers, buffers and calls. Nothing of a call is touched
 * by another thread; requests come as mail. */
#ifndef MD_WORKER_H
#define MD_WORKER_H
#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>
#include "libcommon/base/uuid.h"
#include "proto/media.pb-c.h"
#include "services/call-controller/media/addr.h"
#include "services/call-controller/media/wheel.h"

struct mbuf;
struct md_call;
struct md_engine;
struct md_leg;
struct md_worker;

#define MD_CALL_BUCKETS 1024
#define MD_PACKET_MAX 1500 /* longer datagrams are dropped */

enum md_drop {
	MD_DROP_MALFORMED, /* no STUN, DTLS, RTP or RTCP, or lengths that lie */
	MD_DROP_SOURCE,    /* from an address that has no business here */
	MD_DROP_AUTH,      /* SRTP tag */
	MD_DROP_REPLAY,
	MD_DROP_PAYLOAD, /* a payload type that was not agreed */
	MD_DROP_ORDER,   /* too late or far off in its stream */
	MD_DROP_NO_KEYS, /* SRTP before DTLS is done */
	MD_DROP_STUN,
	MD_DROP_DTLS,
	MD_DROP_FLOOD,   /* more than speech can be */
	MD_DROP_NO_PEER, /* nobody to hear it */
	MD_DROP_SEND,    /* the kernel refused it */
	MD_DROP_MAX,
};

enum md_flow { MD_BROWSER_IN, MD_BROWSER_OUT, MD_TRUNK_IN, MD_TRUNK_OUT, MD_FLOW_MAX };

/* What the epoll points at. It stays where it is while sockets come and go (pair.h). */
struct md_seat {
	struct md_sock *sock; /* NULL: nobody's, what comes is dropped */
	int fd;               /* of nobody */
};

/* A socket in the worker's epoll. Its owner outlives the event batch (md_worker_bury). */
struct md_sock {
	int fd;             /* -1: closed */
	struct md_leg *leg; /* NULL: no leg's */
	void (*ready)(struct md_sock *sock, struct md_worker *worker);
	struct md_seat own, *seat; /* seat NULL: its own */
};

/* Requests arrive at worker 0 (control.c), which does its own and posts the others. */
enum md_mail_kind { MD_MAIL_REQUEST, MD_MAIL_LIST, MD_MAIL_STOP };
struct md_mail {
	struct md_mail *next;
	enum md_mail_kind kind;
	Ringmain__V1__MediaRequest *req; /* owned */
	struct md_list *list;            /* MD_MAIL_LIST: travels from worker to worker */
};

struct md_worker {
	struct md_engine *engine;
	unsigned index;
	pthread_t thread;
	int epoll_fd, wake_fd;
	bool runs, stop;
	struct md_wheel wheel;
	int64_t now_us;    /* monotonic, of the packet or timer at work */
	struct mbuf *rx;   /* where packets are received */
	struct mbuf *stun; /* answers */
	uint8_t *out;      /* packets of our own: MD_RTP_HEADER before, tail behind */
	struct md_call *calls[MD_CALL_BUCKETS];
	unsigned n_calls;
	struct md_leg *buried;              /* freed after the batch */
	TAILQ_HEAD(, md_pair) rested, dead; /* longest first; freed after the batch */
	unsigned n_rested;
	struct md_timer flush_timer, count_timer;
	bool owes; /* replies that may wait */
	uint64_t flows[MD_FLOW_MAX], drops[MD_DROP_MAX];
	uint64_t flows_told[MD_FLOW_MAX], drops_told[MD_DROP_MAX];
	pthread_mutex_t lock; /* of the mail */
	struct md_mail *mail, **mail_tail;
};

/* Makes it ready, without a thread. */
int md_worker_init(struct md_worker *worker, struct md_engine *engine, unsigned index);
/* Gives it a thread that turns it until md_worker_stop. */
int md_worker_start(struct md_worker *worker);
/* One round: waits for packets, mail or a timer, and deals with what there is. */
void md_worker_turn(struct md_worker *worker);
/* Drops its calls and joins. Safe on a zeroed one. */
void md_worker_stop(struct md_worker *worker);
/* Takes the mail; any thread. */
void md_worker_post(struct md_worker *worker, struct md_mail *mail);

struct md_call *md_worker_find(struct md_worker *worker, struct vp_uuid id);
/* The leg is freed when no event of this batch can point at it any more. */
void md_worker_bury(struct md_worker *worker, struct md_leg *leg);

/* --- sockets --- */
/* Takes an open descriptor in; any thread. */
int md_sock_watch(struct md_sock *sock, struct md_worker *worker, int fd);
/* Binds a UDP socket and watches it; EADDRINUSE and so on. */
int md_sock_open(struct md_sock *sock, struct md_worker *worker, const struct md_addr *local);
/* A second socket on the same local address that hears and speaks to remote only. */
int md_sock_open_connected(struct md_sock *sock, struct md_worker *worker, struct md_sock *base,
	const struct md_addr *local, const struct md_addr *remote);
void md_sock_close(struct md_sock *sock, struct md_worker *worker);
/* Binds to a free port pair: even to a, odd to b (NULL: not used). */
int md_sock_open_pair(
	struct md_sock *a, struct md_sock *b, struct md_worker *worker, uint16_t *ret_even);
#endif
