/* What a voice webhook is answered with: TwiML by libxml2's writer, so that no text of anybody can
 * become markup. What XML cannot carry (control characters, what is no UTF-8) becomes '?'. */
#ifndef WEBHOOK_TWIML_H
#define WEBHOOK_TWIML_H
#include <stdbool.h>
#include <stddef.h>

#define TWIML_SAY_MAX 1000 /* characters; longer sentences are cut */

struct twiml_conference {
	const char *room;
	const char *label; /* of this participant; "" when it has none */
	bool start_on_enter, end_on_exit;
	bool silent_wait; /* until another one enters: no music, so that ringing can be heard */
	/* Ours, for what happens in it. */
	const char *status_url, *action_url;
};

/* Each gives text that the caller frees; NULL: no memory. */
char *twiml_conference(const struct twiml_conference *conference);
char *twiml_say(const char *sentence); /* and hangs up */
char *twiml_reject(bool busy);
char *twiml_hangup(void);
#endif
