#include <errno.h>
#include "libcommon/base/base.h"
#include "tools/demo-carrier/registrar.h"

void registrar_init(
	struct registrar *registrar, const char *user, const char *password, unsigned longest_s)
{
	*registrar = (struct registrar){.longest_s = longest_s};
	auth_init(&registrar->auth, user, password);
}

/* ";expires=" of the contact wins over the header (RFC 3261 section 10.2.1.1). */
static unsigned wished_expires(const struct registrar *registrar, const struct sip_msg *msg,
	const struct sip_addr *contact)
{
	struct pl value;
	unsigned wished = registrar->longest_s;

	if (contact && msg_param_decode(&contact->params, "expires", &value) == 0) {
		wished = pl_u32(&value);
	} else if (pl_isset(&msg->expires)) {
		wished = pl_u32(&msg->expires);
	}
	return wished < registrar->longest_s ? wished : registrar->longest_s;
}

void registrar_take(struct registrar *registrar, struct sip *sip, const struct sip_msg *msg)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_CONTACT);
	struct sip_addr contact;

	if (!registrar->auth.user) {
		(void)sip_treply(NULL, sip, msg, 403, "Forbidden");
		return;
	}
	if (!auth_check(&registrar->auth, sip, msg)) {
		return;
	}
	bool parsed = header && sip_addr_decode(&contact, &header->val) == 0;
	unsigned expires = wished_expires(registrar, msg, parsed ? &contact : NULL);
	if (header && expires > 0 && (!parsed || contact.auri.l >= CONTACT_SIZE)) {
		(void)sip_treply(NULL, sip, msg, 400, "Bad Contact");
		return;
	}
	if (header) {
		registrar->contact[0] = '\0';
		if (expires > 0) {
			pl_strcpy(&contact.auri, registrar->contact, sizeof(registrar->contact));
		}
		registrar->until_us = vp_mono_us() + (int64_t)expires * 1000000;
		registrar->count++;
	}
	if (registrar_contact(registrar)) {
		(void)sip_treplyf(NULL, NULL, sip, msg, false, 200, "OK",
			"Contact: <%s>;expires=%u\r\nContent-Length: 0\r\n\r\n", registrar->contact,
			expires);
	} else {
		(void)sip_treply(NULL, sip, msg, 200, "OK");
	}
}

const char *registrar_contact(const struct registrar *registrar)
{
	bool live = registrar->contact[0] && vp_mono_us() < registrar->until_us;

	return live ? registrar->contact : NULL;
}

json_t *registrar_report(const struct registrar *registrar)
{
	return json_pack("{s:s?, s:I, s:I, s:I}", "contact", registrar_contact(registrar), "count",
		(json_int_t)registrar->count, "auth_accepted", (json_int_t)registrar->auth.accepted,
		"auth_refused", (json_int_t)registrar->auth.refused);
}
