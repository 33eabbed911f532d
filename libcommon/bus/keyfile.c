#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>
#include "libcommon/bus/keyfile.h"

/* `    public-key = "40 characters"` */
static bool read_line(const char *line, const char *name, char key[BUS_KEY_LEN + 1])
{
	char found[16], value[BUS_KEY_LEN + 2];
	uint8_t raw[32];
	if (sscanf(line, " %15[a-z-] = \"%41[^\"]\"", found, value) != 2 ||
		strcmp(found, name) != 0 || strlen(value) != BUS_KEY_LEN ||
		!zmq_z85_decode(raw, value)) {
		return false;
	}
	memcpy(key, value, BUS_KEY_LEN + 1);
	return true;
}

int bus_key_read(const char *path, const char *name, char ret_key[BUS_KEY_LEN + 1])
{
	FILE *file = fopen(path, "re");
	if (!file) {
		return errno;
	}
	char line[256];
	bool found = false;
	while (!found && fgets(line, sizeof(line), file)) {
		found = read_line(line, name, ret_key);
	}
	fclose(file);
	sodium_memzero(line, sizeof(line));
	return found ? 0 : EINVAL;
}

int bus_keys_load(struct bus_keys *keys, const char *own, const char *server)
{
	if (!server) {
		return EINVAL;
	}
	int err = bus_key_read(own, "public-key", keys->public);
	if (!err) {
		err = bus_key_read(own, "secret-key", keys->secret);
	}
	return err ? err : bus_key_read(server, "public-key", keys->server);
}

void bus_keys_wipe(struct bus_keys *keys)
{
	sodium_memzero(keys, sizeof(*keys));
}
