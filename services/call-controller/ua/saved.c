#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/ua/leg_int.h"
#include "services/call-controller/ua/saved.h"
#include "services/call-controller/ua/wire.h"

/* Fields end with one, dialogs with the other: no SIP header holds them. */
#define FIELD_END '\x1f'
#define DIALOG_END '\x1e'
#define SEQ_AHEAD 1000 /* above whatever the dead process may have sent since */
#define FIELDS 10

static void field(struct ua_text *text, const char *val)
{
	const char end = FIELD_END;

	ua_text_add(text, val ? val : "");
	ua_text_mem(text, &end, 1);
}

void ua_saved_write(const struct ua_leg *leg, const char *owner, struct ua_text *text)
{
	const struct ua_dialog *dialog = &leg->dialog;
	const char end = DIALOG_END;
	char peer[64], numbers[32];

	if (!dialog->remote_tag || (leg->state != LEG_UP && leg->state != LEG_ACCEPTED)) {
		return;
	}
	(void)re_snprintf(peer, sizeof(peer), "%J", &dialog->flow.peer);
	(void)re_snprintf(numbers, sizeof(numbers), "%u", dialog->local_seq);
	field(text, owner);
	field(text, ua_tp_name(dialog->flow.tp));
	field(text, peer);
	field(text, numbers);
	field(text, dialog->call_id);
	field(text, dialog->local);
	field(text, dialog->local_tag);
	field(text, dialog->remote);
	field(text, dialog->remote_tag);
	field(text, dialog->target);
	ua_text_add(text, dialog->routes ? dialog->routes : "");
	ua_text_mem(text, &end, 1);
}

static bool transport(const char *name, enum ua_tp *ret)
{
	for (int tp = UA_TP_UDP; tp <= UA_TP_TLS; tp++) {
		if (strcmp(ua_tp_name((enum ua_tp)tp), name) == 0) {
			*ret = (enum ua_tp)tp;
			return true;
		}
	}
	return false;
}

/* fields: as written above; routes may be "". */
static int restore(struct ua_dialog *dialog, char *const fields[FIELDS], const char *routes)
{
	const struct ua_dialog_cfg cfg = {
		.local = fields[5], .remote = fields[7], .target = fields[9]};
	char *end;
	int err = ua_dialog_start(dialog, &cfg);

	if (err) {
		return err;
	}
	free(dialog->call_id);
	dialog->call_id = strdup(fields[4]);
	dialog->remote_tag = strdup(fields[8]);
	dialog->routes = routes[0] ? strdup(routes) : NULL;
	dialog->local_seq = (uint32_t)strtoul(fields[3], &end, 10) + SEQ_AHEAD;
	if (*end || !dialog->call_id || !dialog->remote_tag ||
		!vp_strcopy(dialog->local_tag, sizeof(dialog->local_tag), fields[6]) ||
		!transport(fields[1], &dialog->flow.tp) ||
		sa_decode(&dialog->flow.peer, fields[2], strlen(fields[2])) != 0) {
		ua_dialog_free(dialog);
		return EBADMSG;
	}
	return 0;
}

static int bye(struct ua_agent *agent, char *const fields[FIELDS], const char *routes, unsigned tls)
{
	struct ua_leg *leg = leg_new(agent);
	int err = leg ? restore(&leg->dialog, fields, routes) : ENOMEM;

	if (err) {
		free(leg);
		return err;
	}
	leg->dialog.flow.tls = tls;
	leg->state = LEG_UP;
	leg_link(leg);
	leg_bye(leg);
	return 0;
}

/* Splits one dialog in place. */
static bool split(char *text, char *fields[FIELDS], char **ret_routes)
{
	for (size_t i = 0; i < FIELDS; i++) {
		char *end = strchr(text, FIELD_END);

		if (!end) {
			return false;
		}
		*end = '\0';
		fields[i] = text;
		text = end + 1;
	}
	*ret_routes = text;
	return true;
}

int ua_saved_bye(struct ua_agent *agent, const char *text,
	unsigned (*tls_of)(const char *owner, void *arg), void *arg)
{
	char *copy = strdup(text), *at = copy, *end, *fields[FIELDS], *routes;
	int err = copy ? 0 : ENOMEM;

	while (!err && *at) {
		end = strchr(at, DIALOG_END);
		if (!end) {
			err = EBADMSG;
			break;
		}
		*end = '\0';
		err = split(at, fields, &routes)
			      ? bye(agent, fields, routes, tls_of(fields[0], arg))
			      : EBADMSG;
		at = end + 1;
	}
	free(copy);
	return err;
}
