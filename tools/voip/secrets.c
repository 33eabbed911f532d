/* voip init-secrets: every key that a fresh system needs, each file once. */
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/cli.h"

enum { JWT_CHARS = 43, CERT_DAYS = 825, DAY_S = 86400, PUBLIC = 0644, PRIVATE = 0600 };

static int make_jwt_key(const char *path)
{
	char text[JWT_CHARS + 2];

	vp_random_text(text, JWT_CHARS + 1);
	text[JWT_CHARS] = '\n';
	return cli_write_file(path, text, JWT_CHARS + 1, PRIVATE);
}

static bool add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok;
}

static bool fill_cert(X509 *cert, EVP_PKEY *key, const char *host)
{
	X509_NAME *name = X509_get_subject_name(cert);
	VP_CLEANUP(vp_freep)
	char *alt = vp_strf(
		"DNS:localhost,IP:127.0.0.1,IP:::1%s%s", host ? ",DNS:" : "", host ? host : "");
	long serial;

	vp_random(&serial, sizeof(serial));
	return alt && X509_set_version(cert, X509_VERSION_3) == 1 &&
	       ASN1_INTEGER_set(X509_get_serialNumber(cert), labs(serial / 2)) == 1 &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_S) &&
	       X509_gmtime_adj(X509_getm_notAfter(cert), (long)CERT_DAYS * DAY_S) &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
		       (const unsigned char *)(host ? host : "localhost"), -1, -1, 0) == 1 &&
	       X509_set_issuer_name(cert, name) == 1 && X509_set_pubkey(cert, key) == 1 &&
	       add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(cert, NID_subject_alt_name, alt) &&
	       add_extension(cert, NID_ext_key_usage, "serverAuth,clientAuth") &&
	       X509_sign(cert, key, EVP_sha256()) > 0;
}

static int write_pem(const char *path, unsigned mode, X509 *cert, EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;
	int err = ENOMEM;

	if (bio && (!cert || PEM_write_bio_X509(bio, cert) == 1) &&
		(!key || PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1)) {
		len = BIO_get_mem_data(bio, &text);
		err = cli_write_file(path, text, (size_t)len, mode);
	}
	BIO_free(bio);
	return err;
}

/* tls.crt and tls.key for web servers, tls.pem with both for SIP. */
static int make_cert(const char *dir, const char *host)
{
	VP_CLEANUP(vp_freep) char *crt = vp_strf("%s/tls.crt", dir);
	VP_CLEANUP(vp_freep) char *key_path = vp_strf("%s/tls.key", dir);
	VP_CLEANUP(vp_freep) char *both = vp_strf("%s/tls.pem", dir);
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	int err = ENOMEM;

	if (crt && key_path && both && key && cert && fill_cert(cert, key, host)) {
		err = write_pem(key_path, PRIVATE, NULL, key);
		err = err ? err : write_pem(both, PRIVATE, cert, key);
		err = err ? err : write_pem(crt, PUBLIC, cert, NULL);
	}
	X509_free(cert);
	EVP_PKEY_free(key);
	return err;
}

/* The forwarder knows which services there are: it makes a key pair for each. */
static int make_bus_keys(const char *dir)
{
	VP_CLEANUP(vp_freep) char *own = cli_own_dir();
	VP_CLEANUP(vp_freep)
	char *beside = own ? vp_strf("%s/../../services/bus/voip-bus", own) : NULL;
	VP_CLEANUP(vp_freep) char *out = vp_strf("%s/bus", dir);
	const char *set = getenv("VOIP_BUS_BIN");
	const char *bin = set && *set                           ? set
			  : beside && access(beside, X_OK) == 0 ? beside
								: "voip-bus";
	char *const argv[] = {(char *)bin, "--make-keys", out, NULL};
	int status;

	if (!out) {
		return ENOMEM;
	}
	status = cli_run(argv);
	if (status < 0) {
		cli_failf("Put it on PATH, or name it in VOIP_BUS_BIN.", "'%s' cannot be run", bin);
	}
	if (status > 0) {
		cli_failf("Its message is above.", "%s --make-keys failed", bin);
	}
	return status == 0 ? 0 : ECHILD;
}

static bool is_missing(const char *dir, const char *file)
{
	VP_CLEANUP(vp_freep) char *path = vp_strf("%s/%s", dir, file);

	return path && access(path, F_OK) != 0;
}

static int make_file(const char *dir, const char *file, int (*make)(const char *path))
{
	VP_CLEANUP(vp_freep) char *path = vp_strf("%s/%s", dir, file);

	return path ? make(path) : ENOMEM;
}

static int make_all(const char *dir, const char *host)
{
	int err = 0;

	if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
		return errno;
	}
	if (is_missing(dir, "jwt.key")) {
		err = make_file(dir, "jwt.key", make_jwt_key);
	}
	if (!err && is_missing(dir, "kek")) {
		err = make_file(dir, "kek", vp_keyring_create_file);
	}
	if (!err && is_missing(dir, "tls.crt")) {
		err = make_cert(dir, host);
	}
	if (!err && is_missing(dir, "bus/server.pub")) {
		err = make_bus_keys(dir);
	}
	return err;
}

static int run(const struct cli_cmd *cmd, int argc, char **argv)
{
	const char *host = NULL;
	const char *word;
	const struct cli_opt opts[] = {{"host", CLI_TEXT, &host, 0, 0}};
	int err;

	word = cli_parse_word(cmd, opts, VP_ARRAY_LEN(opts), argc, argv);
	if (!word) {
		return CLI_USAGE;
	}
	err = vp_crypto_init();
	err = err ? err : make_all(word, host);
	if (err == ECHILD) {
		return CLI_FAILED; /* said why already */
	}
	if (err) {
		return cli_failf(
			"The folder must be writable for you; what is there already stays.",
			"the keys in %s could not be made: %s", word, strerror(err));
	}
	printf("Keys are in %s. Keep `kek` safe: without it stored passwords cannot be opened.\n",
		word);
	return CLI_OK;
}

const struct cli_cmd cmd_init_secrets = {
	.name = "init-secrets",
	.args = "DIR [--host NAME]",
	.summary = "Make the keys of a new system; files that exist stay",
	.help = "  jwt.key             signs client tokens\n"
		"  kek                 opens the secrets in the database\n"
		"  tls.crt, tls.key    self-signed certificate for localhost (and NAME); tls.pem "
		"has both\n"
		"  bus/                CURVE keys: server.pub, public/ and private/ a service "
		"each\n",
	.example = "voip init-secrets /var/lib/voip/secrets --host calls.example.com",
	.run = run,
};
