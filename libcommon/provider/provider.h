/* A carrier as a driver: one row of what it can do and one table of what it has to be told. The
 * CLI's wizard, the admin form and the API show and check the same table; adding a carrier is one
 * folder here. No I/O. What a driver says to its carrier's API is in api.h, and in the driver's own
 * headers. */
#ifndef VP_PROVIDER_H
#define VP_PROVIDER_H
#include <stdbool.h>
#include <stddef.h>

struct vp_provider_config;

enum vp_field_kind {
	VP_FIELD_TEXT,
	VP_FIELD_NUMBER, /* a whole number, min..max */
	VP_FIELD_PHONE,  /* E.164 */
	VP_FIELD_HOST,   /* DNS name or address */
	VP_FIELD_CHOICE, /* one of the words of choices */
	VP_FIELD_BOOL,   /* "true" or "false" */
	VP_FIELD_LINES,  /* text of several lines, a certificate */
};

struct vp_provider_field {
	const char *key;   /* in the config: "account_sid" */
	const char *label; /* "Account SID" */
	const char *help;  /* where to find it; one sentence */
	enum vp_field_kind kind;
	bool required;
	bool secret;         /* write-only at the API; a blank one on edit keeps what is stored */
	bool destination;    /* where secrets are sent to: for another one they are entered again */
	bool operator_only;  /* set on the server (voip provider) only: the API does not take it */
	const char *choices; /* of VP_FIELD_CHOICE, by spaces */
	const char *def;     /* NULL: none */
	long min, max;       /* of VP_FIELD_NUMBER */
	/* More than the kind says; the sentence for a person, NULL when it is good. May be NULL. */
	const char *(*check)(const char *value);
};

/* What the softphone offers in a call; a driver that cannot do a thing greys its button. */
enum vp_provider_capability {
	VP_CAN_DIAL = 1u << 0,
	VP_CAN_RECEIVE = 1u << 1,
	VP_CAN_HOLD = 1u << 2,
	VP_CAN_DTMF = 1u << 3,
	VP_CAN_TRANSFER = 1u << 4,
	VP_CAN_CONFERENCE = 1u << 5,
	VP_CAN_RECORD = 1u << 6,
	VP_CAN_REATTACH = 1u << 7, /* a reloaded page takes its call up again */
	VP_HAS_PHONE = 1u << 8,    /* the page signs in to its own phone, which has the audio */
};

struct vp_provider_driver {
	const char *name;  /* "twilio": in the database and the API */
	const char *label; /* "Twilio" */
	const struct vp_provider_field *fields;
	size_t n_fields;
	unsigned capabilities; /* of enum vp_provider_capability */
	/* Where its phone in a browser connects to, as sources of a Content-Security-Policy; NULL:
	 * to us alone. */
	const char *connect;
	/* More than each field alone says ("an API key needs its secret"); the faulty key and the
	 * sentence, or NULL. May be NULL. */
	const char *(*check)(const struct vp_provider_config *config, const char **ret_key);
	/* Do secrets go to the same place over a line that is guarded less well? NULL: never */
	bool (*less_safe)(
		const struct vp_provider_config *was, const struct vp_provider_config *now);
};

/* --- the drivers --- */
size_t vp_provider_count(void);
const struct vp_provider_driver *vp_provider_at(size_t i);
const struct vp_provider_driver *vp_provider_find(const char *name); /* NULL: none of that name */
const struct vp_provider_field *vp_provider_field(
	const struct vp_provider_driver *driver, const char *key);
/* "dial", "hold" ... of one capability bit; NULL past the last. */
const char *vp_provider_capability_word(unsigned bit);

/* --- one provider's settings --- */
/* A config owns its text; secrets are wiped when it goes. */
/* From the JSON object that is stored sealed ({"account_sid": "AC..."}; all values are text).
 * EINVAL: no such object. Unknown keys are kept; whole numbers and booleans become text. */
int vp_provider_config_parse(struct vp_provider_config **ret, const char *json, size_t len);
struct vp_provider_config *vp_provider_config_create(void);
struct vp_provider_config *vp_provider_config_destroy(struct vp_provider_config *config);
/* The value; else the driver's default when driver is not NULL; else NULL. */
const char *vp_provider_get(const struct vp_provider_config *config,
	const struct vp_provider_driver *driver, const char *key);
/* NULL or "" takes the key out. E2BIG: key or value is too long, or there are too many. */
int vp_provider_set(struct vp_provider_config *config, const char *key, const char *value);
/* The JSON to seal; wipe it with vp_secret_free (libcommon/crypto). */
int vp_provider_config_text(
	const struct vp_provider_config *config, char **ret_json, size_t *ret_len);
/* What the panel may show, as a JSON object: plain values as they are, of secrets {"set": true,
 * "last4": "ab12"} (no last4 for those shorter than 12). Only keys that the driver knows and that
 * are set. The caller frees. */
int vp_provider_config_hint(const struct vp_provider_driver *driver,
	const struct vp_provider_config *config, char **ret_json);

/* Every fault in one go: calls h (may be NULL) for each with the field's key and the sentence for a
 * person, which is valid in the callback only. What fields mean together is looked at when each by
 * itself is good. The number of faults. */
size_t vp_provider_check(const struct vp_provider_driver *driver,
	const struct vp_provider_config *config,
	void (*h)(const char *key, const char *sentence, void *arg), void *arg);
#endif
