/* CURVE keys from the files that `voip-bus --make-keys` writes (ZPL, as czmq's certificates). */
#ifndef VP_BUS_KEYFILE_H
#define VP_BUS_KEYFILE_H

#define BUS_KEY_LEN 40 /* Z85 */

struct bus_keys {
	char public[BUS_KEY_LEN + 1], secret[BUS_KEY_LEN + 1], server[BUS_KEY_LEN + 1];
};
/* One key, "public-key" or "secret-key". */
int bus_key_read(const char *path, const char *name, char ret_key[BUS_KEY_LEN + 1]);

/* own: file with public-key and secret-key; server: file with the forwarders' public-key. EINVAL
 * when a key is missing or malformed. */
int bus_keys_load(struct bus_keys *keys, const char *own, const char *server);
void bus_keys_wipe(struct bus_keys *keys);
#endif
