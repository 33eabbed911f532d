/* voip doctor: what is wrong with this installation, and what to do about it. */
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/cli.h"
#include "tools/voip/doctor.h"
#include "tools/voip/fetch.h"

enum { JWT_KEY_MIN = 32, CERT_SOON_S = 14 * 86400, FILES_WANTED = 65536 };
#define DISK_WANTED (1ULL << 30)

static void tell(
	struct doctor *d, enum verdict verdict, const char *advice, const char *fmt, va_list ap)
{
	d->verdict = verdict;
	vsnprintf(d->found, sizeof(d->found), fmt, ap);
	snprintf(d->advice, sizeof(d->advice), "%s", advice ? advice : "");
}

void doctor_ok(struct doctor *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(d, DOCTOR_OK, NULL, fmt, ap);
	va_end(ap);
}

void doctor_hint(struct doctor *d, const char *advice, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(d, DOCTOR_HINT, advice, fmt, ap);
	va_end(ap);
}

void doctor_fault(struct doctor *d, const char *advice, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(d, DOCTOR_FAULT, advice, fmt, ap);
	va_end(ap);
}

static void check_database(struct doctor *d)
{
	int err;
	VP_CLEANUP(vp_freep)
	char *version = d->db ? tool_db_text(d->db, "show server_version", NULL, 0, &err) : NULL;

	if (!version) {
		doctor_fault(d,
			"Start PostgreSQL, and compare VOIP_DB_URL with its address and user.",
			"the database does not answer");
	} else if (strtol(version, NULL, 10) < 15) {
		doctor_fault(d, "Use PostgreSQL 15 or newer.", "PostgreSQL is %s", version);
	} else {
		doctor_ok(d, "PostgreSQL %s", version);
	}
}

bool doctor_private(struct doctor *d, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		doctor_fault(d, "`voip init-secrets DIR` makes the keys.", "%s is missing", path);
		return false;
	}
	if (st.st_mode & 077) {
		doctor_fault(d, "chmod 600 it.", "others may read %s", path);
		return false;
	}
	return true;
}

static void check_jwt_key(struct doctor *d)
{
	const char *path = getenv("VOIP_JWT_KEY_FILE");
	VP_CLEANUP(vp_freep) char *key = cli_secret("VOIP_JWT_KEY");

	if (!key) {
		doctor_fault(d,
			"`voip init-secrets DIR` makes DIR/jwt.key; VOIP_JWT_KEY_FILE names it.",
			"there is no key for client tokens");
	} else if (strlen(key) < JWT_KEY_MIN) {
		doctor_fault(d, "Use 32 characters or more, random ones.",
			"the key of client tokens is short");
	} else if (!path || doctor_private(d, path)) {
		doctor_ok(d, "client tokens can be signed");
	}
}

static void check_bus_keys(struct doctor *d)
{
	const char *own = getenv("VOIP_BUS_CERT"), *server = getenv("VOIP_BUS_SERVER_KEY");

	if (!own || !server) {
		doctor_fault(d,
			"`voip init-secrets DIR` makes them; VOIP_BUS_CERT and VOIP_BUS_SERVER_KEY "
			"name them.",
			"the bus keys are not set");
	} else if (access(server, R_OK) != 0) {
		doctor_fault(
			d, "Copy server.pub from where the bus runs.", "%s cannot be read", server);
	} else if (doctor_private(d, own)) {
		doctor_ok(d, "the bus keys are there");
	}
}

static void judge_cert(struct doctor *d, const char *path, X509 *cert)
{
	int days = 0, seconds = 0;

	ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert));
	if (days < 0 || seconds < 0) {
		doctor_fault(
			d, "Renew it: browsers and SIP peers refuse it.", "%s has expired", path);
	} else if (days * 86400L < CERT_SOON_S) {
		doctor_hint(d, "Renew it soon.", "%s expires in %d days", path, days);
	} else if (X509_check_issued(cert, cert) == X509_V_OK) {
		doctor_hint(d,
			"Good for localhost; people outside need one of an authority they trust.",
			"%s is self-signed", path);
	} else {
		doctor_ok(d, "the certificate is good for %d days", days);
	}
}

static void check_cert(struct doctor *d)
{
	const char *path = getenv("VOIP_TLS_CERT");
	FILE *file = path ? fopen(path, "re") : NULL;
	X509 *cert = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;

	if (file) {
		fclose(file);
	}
	if (!path) {
		doctor_hint(d,
			"Set VOIP_TLS_CERT and VOIP_TLS_KEY, or put a TLS proxy before the "
			"gateway.",
			"no certificate is set");
	} else if (!cert) {
		doctor_fault(d, "It must be PEM; `voip init-secrets DIR` makes one for localhost.",
			"%s is no certificate", path);
	} else {
		judge_cert(d, path, cert);
	}
	X509_free(cert);
}

static void check_recordings(struct doctor *d)
{
	const char *dir = getenv("VOIP_RECORDING_DIR");
	struct statvfs fs;

	if (!dir) {
		doctor_hint(d, "Set VOIP_RECORDING_DIR.", "no folder for recordings is set");
	} else if (access(dir, W_OK | X_OK) != 0) {
		doctor_fault(d, "Make it, owned by the user that the recorder runs as.",
			"%s cannot be written", dir);
	} else if (statvfs(dir, &fs) == 0 && fs.f_bavail * fs.f_frsize < DISK_WANTED) {
		doctor_fault(d, "An hour of calls takes about 11 MB; free some space.",
			"less than 1 GB is free in %s", dir);
	} else {
		doctor_ok(d, "recordings can be stored in %s", dir);
	}
}

static void check_web(struct doctor *d)
{
	const char *root = getenv("VOIP_WEB_ROOT");
	VP_CLEANUP(vp_freep) char *index = vp_strf("%s/index.html", root ? root : "web/dist");

	if (!index || access(index, R_OK) != 0) {
		doctor_fault(d, "npm ci && npm run build in web/, or set VOIP_WEB_ROOT.",
			"the web app's files are missing (%s)", index ? index : "");
	} else {
		doctor_ok(d, "the web app is built");
	}
}

static void check_browser_access(struct doctor *d)
{
	const char *url = getenv("VOIP_BASE_URL");

	if (!url) {
		doctor_hint(d, "Set VOIP_BASE_URL=https://... to have it checked.",
			"browsers give the microphone to https:// and http://localhost pages only");
	} else if (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://localhost", 16) == 0) {
		doctor_ok(d, "%s: a browser gives the microphone, once the user allows it", url);
	} else {
		doctor_fault(d, "Serve it by https, or open it as http://localhost:PORT.",
			"%s: no browser gives the microphone to such a page", url);
	}
}

static void check_gateway(struct doctor *d)
{
	const char *url = getenv("VOIP_BASE_URL");
	VP_CLEANUP(vp_freep) char *me = url ? vp_strf("%s/api/auth/me", url) : NULL;
	struct fetch_reply reply;

	if (!me) {
		doctor_hint(d, "Set VOIP_BASE_URL to have it asked.",
			"the gateway's address is not known");
		return;
	}
	fetch(me, NULL, &reply);
	if (reply.status == 0) {
		doctor_fault(d, "Is the gateway running? `voip status` asks all services.",
			"%s does not answer: %s", url, reply.reason);
	} else if (reply.status != 401) {
		doctor_fault(d, "Another program may have the port.",
			"%s answers %d, which is not ours", me, reply.status);
	} else {
		doctor_ok(d, "the gateway answers at %s", url);
	}
	fetch_free(&reply);
}

static void check_limits(struct doctor *d)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_max < FILES_WANTED) {
		doctor_hint(d, "LimitNOFILE=131072 in the unit, or ulimit -n: four sockets a call.",
			"a process may open %lu files", (unsigned long)files.rlim_max);
	} else {
		doctor_ok(d, "a process may open enough files");
	}
}

static const struct check {
	const char *name;
	void (*run)(struct doctor *d);
	bool wants_db;
} checks[] = {
	{"database", check_database, false},
	{"schema", doctor_schema, true},
	{"partitions", doctor_partitions, true},
	{"users", doctor_users, true},
	{"provider", doctor_provider, true},
	{"stored secrets", doctor_secrets, true},
	{"client tokens", check_jwt_key, false},
	{"bus keys", check_bus_keys, false},
	{"certificate", check_cert, false},
	{"recordings", check_recordings, false},
	{"web app", check_web, false},
	{"gateway", check_gateway, false},
	{"microphone", check_browser_access, false},
	{"limits", check_limits, false},
};

static void print(const char *name, const struct doctor *d)
{
	static const char *const marks[] = {"ok", "hint", "FAULT"};

	printf("%-6s %-15s %s\n", marks[d->verdict], name, d->found);
	if (d->advice[0]) {
		printf("%-6s %-15s -> %s\n", "", "", d->advice);
	}
}

static int run(const struct cli_cmd *cmd, int argc, char **argv)
{
	struct doctor d = {0};
	unsigned faults = 0;

	if (!cli_parse(cmd, NULL, 0, argc, argv, NULL)) {
		return CLI_USAGE;
	}
	if (vp_crypto_init() != 0) {
		return CLI_FAILED;
	}
	d.db = tool_db_open();
	for (size_t i = 0; i < VP_ARRAY_LEN(checks); i++) {
		if (checks[i].wants_db && !d.db) {
			continue;
		}
		doctor_fault(&d, NULL, "the check itself failed");
		checks[i].run(&d);
		print(checks[i].name, &d);
		faults += d.verdict == DOCTOR_FAULT;
	}
	tool_db_close(d.db);
	printf("%s\n", faults ? "Some things need care." : "All is well.");
	return faults ? CLI_FAILED : CLI_OK;
}

const struct cli_cmd cmd_doctor = {
	.name = "doctor",
	.args = "",
	.summary = "Look for what is wrong, and say what to do about it",
	.help = "Reads the same settings as the services: VOIP_DB_URL, VOIP_KEK_FILE, "
		"VOIP_JWT_KEY_FILE,\n"
		"VOIP_BUS_CERT, VOIP_BUS_SERVER_KEY, VOIP_TLS_CERT, VOIP_RECORDING_DIR, "
		"VOIP_WEB_ROOT,\n"
		"VOIP_BASE_URL. Exit status 1 when there is a fault.\n",
	.example = "voip doctor",
	.run = run,
};
