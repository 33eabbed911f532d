#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/keyfile.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "services/bus/domain/policy.h"
#include "services/bus/door.h"

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define KEYS_MAX 256
#define NAME_SIZE 64
#define PATH_SIZE 4096
#define RELOAD_US 1000000
#define SHUT_US 10000000
#define LOG_US 10000000
#define RAW_KEY_LEN 32
#define FRAMES_MAX 8

struct known_key {
	char service[NAME_SIZE];
	char key[BUS_KEY_LEN + 1];
};

struct door {
	void *sock;
	char *dir;
	struct known_key keys[KEYS_MAX];
	size_t n_keys;
	int64_t loaded_us;
	char shut_service[NAME_SIZE];
	int64_t shut_until_us;
	struct vp_log_limit log_limit;
	struct vp_metric *admitted, *refused;
};

/* "router.pub" and "router.2.pub" are keys of router. */
static bool service_of_file(const char *file, char service[NAME_SIZE])
{
	size_t len = strlen(file);
	if (file[0] == '.' || len < 5 || strcmp(file + len - 4, ".pub") != 0) {
		return false;
	}
	size_t name_len = strcspn(file, ".");
	if (name_len >= NAME_SIZE) {
		return false;
	}
	memcpy(service, file, name_len);
	service[name_len] = '\0';
	return true;
}

static void load_file(struct door *door, const char *file)
{
	char path[PATH_SIZE];
	struct known_key *known = &door->keys[door->n_keys];
	if (door->n_keys >= KEYS_MAX || !service_of_file(file, known->service)) {
		return;
	}
	char *full = vp_strf("%s/%s", door->dir, file);
	bool fits = full && vp_strcopy(path, sizeof(path), full);
	free(full);
	if (!fits || bus_key_read(path, "public-key", known->key) != 0) {
		vp_log(WARN, "bus.key_unreadable", VP_KV_STR("file", file));
		return;
	}
	if (!policy_knows(known->service)) {
		vp_log(WARN, "bus.key_of_nobody", VP_KV_STR("service", known->service));
		return;
	}
	door->n_keys++;
}

static int load(struct door *door)
{
	DIR *dir = opendir(door->dir);
	if (!dir) {
		return errno;
	}
	door->n_keys = 0;
	const struct dirent *entry;
	while ((entry = readdir(dir))) {
		load_file(door, entry->d_name);
	}
	closedir(dir);
	door->loaded_us = vp_mono_us();
	return 0;
}

static const char *service_of_key(struct door *door, const char *key)
{
	if (vp_mono_us() - door->loaded_us > RELOAD_US && load(door) != 0) {
		door->n_keys = 0; /* without the directory nobody is known */
	}
	for (size_t i = 0; i < door->n_keys; i++) {
		if (strcmp(door->keys[i].key, key) == 0) {
			return door->keys[i].service;
		}
	}
	return NULL;
}

int door_create(struct door **ret, void *zmq, const char *keys_dir)
{
	struct door *door = calloc(1, sizeof(*door));
	if (!door) {
		return ENOMEM;
	}
	int err = ENOMEM;
	door->dir = strdup(keys_dir);
	door->sock = zmq_socket(zmq, ZMQ_REP);
	if (!door->dir || !door->sock) {
		goto out;
	}
	err = load(door);
	if (err) {
		goto out;
	}
	if (zmq_bind(door->sock, ZAP_ENDPOINT) != 0) {
		err = zmq_errno();
		goto out;
	}
	door->admitted =
		vp_counter("voip_bus_handshakes_total", "Peers that came.", "result=\"ok\"");
	door->refused =
		vp_counter("voip_bus_handshakes_total", "Peers that came.", "result=\"refused\"");
	*ret = door;
	return 0;
out:
	door_destroy(door);
	return err;
}

struct door *door_destroy(struct door *door)
{
	if (door) {
		if (door->sock) {
			zmq_close(door->sock);
		}
		free(door->dir);
		free(door);
	}
	return NULL;
}

void *door_socket(struct door *door)
{
	return door->sock;
}

void door_shut(struct door *door, const char *service)
{
	vp_strcopy(door->shut_service, sizeof(door->shut_service), service);
	door->shut_until_us = vp_mono_us() + SHUT_US;
}

static const char *admit(struct door *door, const char *mechanism, const uint8_t raw[RAW_KEY_LEN])
{
	char key[BUS_KEY_LEN + 1];
	if (strcmp(mechanism, "CURVE") != 0) {
		return NULL;
	}
	zmq_z85_encode(key, raw, RAW_KEY_LEN);
	const char *service = service_of_key(door, key);
	bool shut = service && strcmp(service, door->shut_service) == 0 &&
		    vp_mono_us() < door->shut_until_us;
	return shut ? NULL : service;
}

static void answer(struct door *door, const zmq_msg_t *request_id, const char *service)
{
	zmq_msg_t id;
	zmq_msg_init(&id);
	zmq_msg_copy(&id, (zmq_msg_t *)request_id);
	const char *code = service ? "200" : "400", *text = service ? "OK" : "No access";
	const char *user = service ? service : "";
	zmq_send(door->sock, "1.0", 3, ZMQ_SNDMORE);
	zmq_msg_send(&id, door->sock, ZMQ_SNDMORE);
	zmq_send(door->sock, code, 3, ZMQ_SNDMORE);
	zmq_send(door->sock, text, strlen(text), ZMQ_SNDMORE);
	zmq_send(door->sock, user, strlen(user), ZMQ_SNDMORE);
	zmq_send(door->sock, "", 0, 0);
}

static void copy_text(char *dst, size_t size, zmq_msg_t *frame)
{
	size_t len = zmq_msg_size(frame) < size - 1 ? zmq_msg_size(frame) : size - 1;
	memcpy(dst, zmq_msg_data(frame), len);
	dst[len] = '\0';
}

static void report(struct door *door, const char *service, zmq_msg_t *address)
{
	uint64_t held_back;
	vp_metric_add(service ? door->admitted : door->refused, 1);
	if (!service && vp_log_limit_pass(&door->log_limit, LOG_US, &held_back)) {
		char from[64];
		copy_text(from, sizeof(from), address);
		vp_log(WARN, "bus.peer_refused", VP_KV_STR("from", from),
			VP_KV_INT("held_back", held_back));
	}
}

/* version, request id, domain, address, routing id, mechanism, credentials (CURVE: the key) */
void door_serve(struct door *door)
{
	zmq_msg_t frames[FRAMES_MAX];
	int n = 0;
	bool more = true;
	while (more && n < FRAMES_MAX) {
		zmq_msg_init(&frames[n]);
		if (zmq_msg_recv(&frames[n], door->sock, ZMQ_DONTWAIT) < 0) {
			zmq_msg_close(&frames[n]);
			break;
		}
		more = zmq_msg_more(&frames[n++]);
	}
	if (n >= 2) {
		const char *service = NULL;
		if (n == 7 && zmq_msg_size(&frames[6]) == RAW_KEY_LEN) {
			char mechanism[16];
			copy_text(mechanism, sizeof(mechanism), &frames[5]);
			service = admit(door, mechanism, zmq_msg_data(&frames[6]));
		}
		answer(door, &frames[1], service);
		report(door, service, n > 3 ? &frames[3] : &frames[1]);
	}
	while (n > 0) {
		zmq_msg_close(&frames[--n]);
	}
}
