/* See ice.h. */
#include <string.h>
#include <re.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/ice.h"

#define STUN_MAX_BYTES 600 /* browsers send about 120 */
#define ATTR_USERNAME 0x0006

static void random_text(char *text, size_t size)
{
	static const char set[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	vp_random(text, size - 1);
	for (size_t i = 0; i < size - 1; i++) {
		text[i] = set[(uint8_t)text[i] & 63];
	}
	text[size - 1] = '\0';
}

void md_ice_start(struct md_ice *ice, const char *remote_ufrag)
{
	/* a second restart before the first came to anything keeps what still carries the audio */
	if (ice->now.ufrag[0] && (ice->nominated || !ice->before.ufrag[0])) {
		ice->before = ice->now;
	}
	ice->nominated = false;
	random_text(ice->now.ufrag, sizeof(ice->now.ufrag));
	random_text(ice->now.pwd, sizeof(ice->now.pwd));
	vp_strcopy(ice->now.remote_ufrag, sizeof(ice->now.remote_ufrag), remote_ufrag);
}

bool md_ice_is_valid(const struct md_ice *ice, const struct md_addr *src)
{
	for (unsigned i = 0; i < ice->n_valid; i++) {
		if (md_addr_equal(&ice->valid[i], src)) {
			return true;
		}
	}
	return false;
}

static void add_valid(struct md_ice *ice, const struct md_addr *src)
{
	if (md_ice_is_valid(ice, src)) {
		return;
	}
	ice->valid[ice->next_valid] = *src;
	ice->next_valid = (ice->next_valid + 1) % MD_ICE_MAX_VALID;
	if (ice->n_valid < MD_ICE_MAX_VALID) {
		ice->n_valid++;
	}
}

/* USERNAME without decoding the rest: a stranger's packet must cost no more than this look. */
static const char *find_username(const uint8_t *p, size_t len, size_t *ret_len)
{
	size_t at = STUN_HEADER_SIZE;
	while (at + 4 <= len) {
		size_t size = (size_t)p[at + 2] << 8 | p[at + 3];
		if (size > len - at - 4) {
			return NULL;
		}
		if ((p[at] << 8 | p[at + 1]) == ATTR_USERNAME) {
			*ret_len = size;
			return (const char *)p + at + 4;
		}
		at += 4 + ((size + 3) & ~(size_t)3);
	}
	return NULL;
}

static bool username_fits(const struct md_ice_creds *creds, const char *name, size_t len)
{
	size_t own = strlen(creds->ufrag), remote = strlen(creds->remote_ufrag);
	return own > 0 && len == own + 1 + remote && memcmp(name, creds->ufrag, own) == 0 &&
	       name[own] == ':' && memcmp(name + own + 1, creds->remote_ufrag, remote) == 0;
}

/* Which of our credentials does it use? */
static const struct md_ice_creds *creds_of(const struct md_ice *ice, const uint8_t *p, size_t len)
{
	static const uint8_t cookie[] = {0x21, 0x12, 0xa4, 0x42};
	if (len < STUN_HEADER_SIZE || len > STUN_MAX_BYTES || p[0] != 0 || p[1] != 1 ||
		memcmp(p + 4, cookie, sizeof(cookie)) != 0) {
		return NULL; /* no binding request */
	}
	size_t name_len;
	const char *name = find_username(p, len, &name_len);
	if (!name) {
		return NULL;
	}
	return username_fits(&ice->now, name, name_len)      ? &ice->now
	       : username_fits(&ice->before, name, name_len) ? &ice->before
							     : NULL;
}

static void to_sa(struct sa *sa, const struct md_addr *addr)
{
	sa_init(sa, addr->u.sa.sa_family);
	memcpy(&sa->u, &addr->u, addr->len);
	sa->len = addr->len;
}

static bool answer(struct mbuf *reply, const struct stun_msg *req, const struct md_ice_creds *creds,
	const struct md_addr *src)
{
	struct sa sa;
	to_sa(&sa, src);
	mbuf_rewind(reply);
	int err = stun_msg_encode(reply, STUN_METHOD_BINDING, STUN_CLASS_SUCCESS_RESP,
		stun_msg_tid(req), NULL, (const uint8_t *)creds->pwd, strlen(creds->pwd), true, 0,
		1, STUN_ATTR_XOR_MAPPED_ADDR, &sa);
	mbuf_set_pos(reply, 0);
	return err == 0;
}

static enum md_ice_result select_path(struct md_ice *ice, const struct md_ice_creds *creds,
	const struct md_addr *src, bool use_cand)
{
	bool take = !ice->selected.len;
	if (use_cand && creds == &ice->now) {
		ice->nominated = true;
		ice->before.ufrag[0] = '\0';
		take = true;
	} else if (use_cand && !ice->nominated) {
		take = true; /* the old path lives on until the new one is nominated */
	}
	if (!take || md_addr_equal(&ice->selected, src)) {
		return MD_ICE_ANSWER;
	}
	ice->selected = *src;
	return MD_ICE_SELECTED;
}

enum md_ice_result md_ice_input(
	struct md_ice *ice, struct mbuf *msg, const struct md_addr *src, struct mbuf *reply)
{
	const struct md_ice_creds *creds = creds_of(ice, mbuf_buf(msg), mbuf_get_left(msg));
	struct stun_unknown_attr unknown;
	struct stun_msg *req;
	if (!creds || stun_msg_decode(&req, msg, &unknown)) {
		return MD_ICE_DROP;
	}
	enum md_ice_result result = MD_ICE_DROP;
	if (stun_msg_chk_fingerprint(req) == 0 &&
		stun_msg_chk_mi(req, (const uint8_t *)creds->pwd, strlen(creds->pwd)) == 0 &&
		answer(reply, req, creds, src)) {
		add_valid(ice, src);
		bool use_cand = stun_msg_attr(req, STUN_ATTR_USE_CAND) != NULL;
		result = select_path(ice, creds, src, use_cand);
	}
	mem_deref(req);
	return result;
}
