/* SRTP and SRTCP (RFC 3711, RFC 7714), one direction of one leg. Two backends, one linked:
 * srtp_re.c (libre on OpenSSL) and srtp_srtp2.c (libsrtp2); the README has the figures behind the
 * default. Whatever the backend: nothing changes state before it is authenticated. */
#ifndef MD_SRTP_H
#define MD_SRTP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MD_SRTP_TAIL 32    /* room that protect needs behind the packet */
#define MD_SRTP_KEY_MAX 30 /* master key and master salt */
#define MD_SRTP_PACKET_MAX 1600

enum md_srtp_suite { MD_SRTP_NONE, MD_SRTP_CM_128_SHA1_80, MD_SRTP_GCM_128 };

struct md_srtp;

/* key: master key (16) and master salt (14, GCM: 12). sender: protects; else unprotects. */
int md_srtp_create(struct md_srtp **ret, enum md_srtp_suite suite, const uint8_t *key, bool sender);
struct md_srtp *md_srtp_destroy(struct md_srtp *srtp);

/* In place; len changes on success. EBADMSG: too short or malformed, EACCES: wrong tag, EALREADY:
 * seen before or too old, ENOSPC: too many sources. */
int md_srtp_protect(struct md_srtp *srtp, uint8_t *p, size_t *len);
int md_srtp_unprotect(struct md_srtp *srtp, uint8_t *p, size_t *len);
int md_srtcp_protect(struct md_srtp *srtp, uint8_t *p, size_t *len);
int md_srtcp_unprotect(struct md_srtp *srtp, uint8_t *p, size_t *len);

size_t md_srtp_key_len(enum md_srtp_suite suite);
size_t md_srtp_salt_len(enum md_srtp_suite suite);
const char *md_srtp_name(enum md_srtp_suite suite); /* as in SDP and IANA's list */
/* Whole packet with its E bit set? Unencrypted SRTCP is refused before a backend sees it: libre
 * 1.1.0 takes it without authentication under GCM. */
bool md_srtcp_is_encrypted(enum md_srtp_suite suite, const uint8_t *p, size_t len);
#endif
