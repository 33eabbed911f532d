#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/keyfile.h"
#include "services/bus/domain/policy.h"
#include "services/bus/keys.h"

#define FORWARDER "bus"

static int complain(const char *path, int err)
{
	fprintf(stderr, "voip-bus: %s: %s\n", path, strerror(err));
	return err;
}

static int make_dir(const char *path, mode_t mode)
{
	return mkdir(path, mode) == 0 || errno == EEXIST ? 0 : complain(path, errno);
}

/* Whole or not at all: under another name first. */
static int write_file(const char *path, mode_t mode, const char *text)
{
	char *tmp = vp_strf("%s.new", path);
	if (!tmp) {
		return ENOMEM;
	}
	unlink(tmp);
	int err = 0, fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0) {
		err = errno;
	} else {
		size_t len = strlen(text);
		err = write(fd, text, len) == (ssize_t)len ? 0 : errno ? errno : EIO;
		if (close(fd) != 0 && !err) {
			err = errno;
		}
		if (!err && rename(tmp, path) != 0) {
			err = errno;
		}
	}
	err = err ? complain(path, err) : 0;
	free(tmp);
	return err;
}

static int write_private(const char *path, const char *public, const char *secret)
{
	char *text = vp_strf("# Secret: for this service only.\ncurve\n    public-key = \"%s\"\n"
			     "    secret-key = \"%s\"\n",
		public, secret);
	int err = text ? write_file(path, 0600, text) : ENOMEM;
	if (text) {
		explicit_bzero(text, strlen(text));
	}
	free(text);
	return err;
}

static int write_public(const char *path, const char *public)
{
	char *text = vp_strf("curve\n    public-key = \"%s\"\n", public);
	int err = text ? write_file(path, 0644, text) : ENOMEM;
	free(text);
	return err;
}

static int make_pair(const char *private_path, const char *public_path)
{
	char public[BUS_KEY_LEN + 1], secret[BUS_KEY_LEN + 1];
	int err = bus_key_read(private_path, "public-key", public);
	if (err == ENOENT) {
		if (zmq_curve_keypair(public, secret) != 0) {
			return complain("CURVE", zmq_errno());
		}
		err = write_private(private_path, public, secret);
		explicit_bzero(secret, sizeof(secret));
	} else if (err) {
		return complain(private_path, err);
	}
	return err ? err : write_public(public_path, public);
}

static int make_for(const char *dir, const char *service)
{
	bool is_server = strcmp(service, FORWARDER) == 0;
	char *private_path = vp_strf("%s/private/%s.key", dir, service);
	char *public_path = is_server ? vp_strf("%s/server.pub", dir)
				      : vp_strf("%s/public/%s.pub", dir, service);
	int err = private_path && public_path ? make_pair(private_path, public_path) : ENOMEM;
	free(private_path);
	free(public_path);
	return err;
}

static int make_dirs(const char *dir)
{
	char *private_dir = vp_strf("%s/private", dir), *public_dir = vp_strf("%s/public", dir);
	int err = private_dir && public_dir ? make_dir(dir, 0755) : ENOMEM;
	if (!err) {
		err = make_dir(private_dir, 0700);
	}
	if (!err) {
		err = make_dir(public_dir, 0755);
	}
	free(private_dir);
	free(public_dir);
	return err;
}

int keys_make(const char *dir, int n_services, char **services)
{
	for (int i = 0; i < n_services; i++) {
		if (!policy_knows(services[i])) {
			fprintf(stderr, "voip-bus: '%s' is no service that this bus knows\n",
				services[i]);
			return EXIT_FAILURE;
		}
	}
	int err = make_dirs(dir);
	if (!err) {
		err = make_for(dir, FORWARDER);
	}
	const char *service;
	for (size_t i = 0; !err && n_services == 0 && (service = policy_service(i)); i++) {
		err = make_for(dir, service);
	}
	for (int i = 0; !err && i < n_services; i++) {
		err = make_for(dir, services[i]);
	}
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
