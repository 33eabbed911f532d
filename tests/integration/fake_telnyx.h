/* As much of Telnyx's API as a token needs, in a process of its own on loopback. The test turns its
 * knobs and reads its counters through shared memory. */
#ifndef FAKE_TELNYX_H
#define FAKE_TELNYX_H
#include <stdbool.h>
#include <sys/types.h>

#define FAKE_TELNYX_KEY "KEY0123456789ABCDEF"

struct fake_telnyx {
	pid_t pid;
	int port;
	/* knobs */
	volatile int status;   /* not 0: every answer has it */
	volatile int life_s;   /* of a token */
	volatile bool garbage; /* good answers hold nonsense */
	volatile bool mute;    /* takes requests and never answers */
	volatile int gone;     /* credentials up to this number are deleted */
	volatile int listed;   /* what a search finds: this number; 0: nothing */
	/* counters */
	volatile int finds, makes, tokens, deletes, strangers; /* strangers: without the key */
	char connection[64]; /* that the last credential was made for */
	char name[64];
};
/* In shared memory; ends with the test. */
struct fake_telnyx *fake_telnyx_start(void);
void fake_telnyx_stop(struct fake_telnyx *fake);
#endif
