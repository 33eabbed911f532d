#include <stdlib.h>
#include <string.h>
#include "libcommon/base/address.h"
#include "libcommon/base/base.h"
#include "services/call-controller/ua/dialog.h"

void ua_branch(char buf[UA_BRANCH_SIZE])
{
	static const char cookie[] = "z9hG4bK"; /* RFC 3261, 8.1.1.7 */

	memcpy(buf, cookie, sizeof(cookie));
	ua_token(buf + sizeof(cookie) - 1);
}

static char *dup_pl(const struct pl *pl)
{
	return strndup(pl->l > 0 ? pl->p : "", pl->l);
}

static void replace(char **old, char *fresh)
{
	if (fresh) {
		free(*old);
		*old = fresh;
	}
}

/* A From or To value without its tag parameter. */
static char *without_tag(const struct ua_addr *addr, const struct pl *val)
{
	const char *cut = addr->tag.l > 0 ? addr->params.p : NULL;
	struct pl head = *val;

	/* name-addr keeps what stands before its parameters; other parameters are not needed */
	if (cut) {
		head.l = (size_t)(cut - val->p);
	}
	ua_trim(&head);
	return dup_pl(&head);
}

/* --- routing --- */

static enum ua_tp transport_of(const struct ua_uri *uri, enum ua_tp now)
{
	struct pl val;

	if (uri->scheme == UA_SCHEME_SIPS) {
		return UA_TP_TLS;
	}
	if (!ua_param(&uri->params, "transport", &val)) {
		return now;
	}
	return !pl_strcasecmp(&val, "tls")   ? UA_TP_TLS
	       : !pl_strcasecmp(&val, "tcp") ? UA_TP_TCP
	       : !pl_strcasecmp(&val, "udp") ? UA_TP_UDP
					     : now;
}

/* Points the flow at the first route or the target when that is an address. A name, a private
 * address named by a public peer (a NAT it does not know of), or one that would lead to ourselves
 * leaves it where messages came from. */
static void aim(struct ua_dialog *dialog)
{
	struct ua_addr route;
	struct ua_uri uri;
	struct pl text;
	struct sa sa;
	enum ua_tp tp;

	if (dialog->routes) {
		const char *end = strstr(dialog->routes, "\r\n");

		text = (struct pl){.p = dialog->routes + sizeof("Route: ") - 1};
		text.l = (size_t)(end - text.p);
		if (!ua_list_next(&text, &text) || ua_addr_decode(&route, &text)) {
			return;
		}
		uri = route.parsed;
	} else {
		pl_set_str(&text, dialog->target);
		if (ua_uri_decode(&uri, &text)) {
			return;
		}
	}
	tp = transport_of(&uri, dialog->flow.tp);
	if (sa_set(&sa, &uri.host, uri.port ? uri.port : tp == UA_TP_TLS ? 5061 : 5060)) {
		return;
	}
	if (!vp_address_may_name(&dialog->flow.peer.u.sa, &sa.u.sa)) {
		return;
	}
	if (tp != dialog->flow.tp || !sa_cmp(&sa, &dialog->flow.peer, SA_ADDR)) {
		dialog->flow.conn = 0; /* elsewhere: not by the connection we have */
	}
	if (dialog->flow.conn == 0) {
		dialog->flow.peer = sa;
	}
	dialog->flow.tp = tp;
}

/* Record-Route as Route lines: as it stands for who was called, reversed for the caller. */
static char *route_lines(const struct ua_msg *msg, bool reversed)
{
	static struct ua_text text;
	struct pl items[16], rest;
	const struct pl *val;
	size_t n = 0;

	for (size_t at = 0; (val = ua_msg_next(msg, UA_HDR_RECORD_ROUTE, &at)) != NULL;) {
		for (rest = *val; n < VP_ARRAY_LEN(items) && ua_list_next(&rest, &items[n]);) {
			n++;
		}
	}
	ua_text_reset(&text);
	for (size_t i = 0; i < n; i++) {
		ua_text_header(&text, "Route", &items[reversed ? n - 1 - i : i]);
	}
	return n > 0 && !text.full ? strndup(text.buf, text.len) : NULL;
}

/* The first Contact's URI; a peer of RFC 2543 may have none and is reached where it sent from. */
static char *contact_uri(const struct ua_msg *msg)
{
	const struct pl *val = ua_msg_header(msg, UA_HDR_CONTACT);
	struct pl list = val ? *val : (struct pl){0}, item;
	struct ua_addr addr;
	char source[80];

	if (ua_list_next(&list, &item) && ua_addr_decode(&addr, &item) == 0 &&
		addr.parsed.host.l > 0) {
		return dup_pl(&addr.uri);
	}
	(void)re_snprintf(source, sizeof(source), "sip:%J", &msg->flow.peer);
	return strdup(source);
}

/* --- life --- */

int ua_dialog_start(struct ua_dialog *dialog, const struct ua_dialog_cfg *cfg)
{
	char call_id[UA_TOKEN_SIZE];
	static struct ua_text text;

	memset(dialog, 0, sizeof(*dialog));
	ua_token(call_id);
	ua_token(dialog->local_tag);
	dialog->call_id = strdup(call_id);
	dialog->local = strdup(cfg->local);
	dialog->remote = strdup(cfg->remote);
	dialog->target = strdup(cfg->target);
	dialog->contact = cfg->contact ? strdup(cfg->contact) : NULL;
	dialog->local_seq = 1;
	dialog->flow = cfg->flow;
	if (cfg->route) {
		ua_text_reset(&text);
		ua_text_fmt(&text, "Route: %s\r\n", cfg->route);
		dialog->routes = text.full ? NULL : strndup(text.buf, text.len);
	}
	if (!dialog->call_id || !dialog->local || !dialog->remote || !dialog->target) {
		ua_dialog_free(dialog);
		return ENOMEM;
	}
	return 0;
}

int ua_dialog_receive(struct ua_dialog *dialog, const struct ua_msg *invite, const char *local_tag)
{
	memset(dialog, 0, sizeof(*dialog));
	dialog->call_id = dup_pl(&invite->call_id);
	dialog->local = without_tag(&invite->to, ua_msg_header(invite, UA_HDR_TO));
	dialog->remote = without_tag(&invite->from, ua_msg_header(invite, UA_HDR_FROM));
	dialog->remote_tag = dup_pl(&invite->from.tag);
	(void)vp_strcopy(dialog->local_tag, sizeof(dialog->local_tag), local_tag);
	dialog->target = contact_uri(invite);
	dialog->routes = route_lines(invite, false);
	dialog->remote_seq = invite->cseq.num;
	dialog->local_seq = 0;
	dialog->flow = invite->flow;
	if (!dialog->call_id || !dialog->local || !dialog->remote || !dialog->target) {
		ua_dialog_free(dialog);
		return ENOMEM;
	}
	aim(dialog);
	return 0;
}

int ua_dialog_establish(struct ua_dialog *dialog, const struct ua_msg *response)
{
	replace(&dialog->remote_tag, dup_pl(&response->to.tag));
	replace(&dialog->target, contact_uri(response));
	free(dialog->routes);
	dialog->routes = route_lines(response, true);
	if (!dialog->remote_tag || !dialog->target) {
		return ENOMEM;
	}
	aim(dialog);
	return 0;
}

int ua_dialog_fork(
	struct ua_dialog *fork, const struct ua_dialog *dialog, const struct ua_msg *response)
{
	*fork = *dialog;
	fork->call_id = strdup(dialog->call_id);
	fork->local = strdup(dialog->local);
	fork->remote = strdup(dialog->remote);
	fork->target = strdup(dialog->target);
	fork->contact = dialog->contact ? strdup(dialog->contact) : NULL;
	fork->remote_tag = NULL;
	fork->routes = NULL;
	if (!fork->call_id || !fork->local || !fork->remote || !fork->target ||
		ua_dialog_establish(fork, response)) {
		ua_dialog_free(fork);
		return ENOMEM;
	}
	return 0;
}

void ua_dialog_refresh(struct ua_dialog *dialog, const struct ua_msg *msg)
{
	if (ua_msg_header(msg, UA_HDR_CONTACT)) {
		replace(&dialog->target, contact_uri(msg));
		aim(dialog);
	}
}

void ua_dialog_free(struct ua_dialog *dialog)
{
	free(dialog->call_id);
	free(dialog->local);
	free(dialog->remote);
	free(dialog->remote_tag);
	free(dialog->target);
	free(dialog->routes);
	free(dialog->contact);
	memset(dialog, 0, sizeof(*dialog));
}

bool ua_dialog_match(const struct ua_dialog *dialog, const struct ua_msg *msg)
{
	const struct pl *ours = msg->request ? &msg->to.tag : &msg->from.tag;
	const struct pl *theirs = msg->request ? &msg->from.tag : &msg->to.tag;

	return !pl_strcmp(&msg->call_id, dialog->call_id) && !pl_strcmp(ours, dialog->local_tag) &&
	       (!dialog->remote_tag || !pl_strcmp(theirs, dialog->remote_tag));
}

/* --- requests --- */

static bool target_refresh(const char *method)
{
	return strcmp(method, "INVITE") == 0 || strcmp(method, "UPDATE") == 0;
}

void ua_dialog_write(const struct ua_dialog *dialog, struct ua_stack *stack,
	const struct ua_request *request, struct ua_text *text)
{
	const enum ua_tp tp = dialog->flow.tp;
	char local[96];

	ua_stack_local(stack, tp, &dialog->flow.peer, local);
	ua_text_reset(text);
	ua_text_fmt(text, "%s %s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=%s;rport\r\n",
		request->method, dialog->target,
		tp == UA_TP_UDP   ? "UDP"
		: tp == UA_TP_TCP ? "TCP"
				  : "TLS",
		local, request->branch);
	if (dialog->routes) {
		ua_text_add(text, dialog->routes);
	}
	ua_text_fmt(text,
		"Max-Forwards: 70\r\nFrom: %s;tag=%s\r\nTo: %s%s%s\r\nCall-ID: %s\r\n"
		"CSeq: %u %s\r\n",
		dialog->local, dialog->local_tag, dialog->remote, dialog->remote_tag ? ";tag=" : "",
		dialog->remote_tag ? dialog->remote_tag : "", dialog->call_id, request->seq,
		request->method);
	if (target_refresh(request->method)) {
		ua_text_fmt(text, "Contact: <sip:%s%s%s%s>\r\n",
			dialog->contact ? dialog->contact : "", dialog->contact ? "@" : "", local,
			tp == UA_TP_UDP   ? ""
			: tp == UA_TP_TCP ? ";transport=tcp"
					  : ";transport=tls");
	}
	ua_text_fmt(text, "User-Agent: %s\r\n", ua_stack_agent(stack));
	if (request->headers) {
		ua_text_add(text, request->headers);
	}
	ua_text_body(text, request->type ? request->type : "application/sdp", request->body,
		request->body_len);
}
