/* Opened keys: found again, bounded, one organisation's never another's. */
#include <criterion/criterion.h>
#include <string.h>
#include "libcommon/vault/vault_int.h"

static struct vault_cache cache;
static const struct vp_uuid org = {{1}}, other = {{2}};

static void start(void)
{
	cr_assert_eq(vault_cache_init(&cache), 0);
}

static void stop(void)
{
	vault_cache_free(&cache);
}

TestSuite(vault_cache, .init = start, .fini = stop);

static struct vp_uuid id_of(unsigned n, uint8_t hash)
{
	struct vp_uuid id = {{0}};

	memcpy(id.b, &n, sizeof(n));
	id.b[15] = hash;
	return id;
}

static void keep(unsigned n, uint8_t hash)
{
	memset(vault_cache_desk(&cache), (int)n, VP_DATA_KEY_SIZE);
	cr_assert_not_null(vault_cache_keep(&cache, org, id_of(n, hash)));
}

Test(vault_cache, a_key_is_found_by_its_organisation_and_id)
{
	keep(5, 9);
	const uint8_t *key = vault_cache_find(&cache, org, id_of(5, 9));
	cr_assert(key && key[0] == 5 && key[VP_DATA_KEY_SIZE - 1] == 5);
	cr_assert_null(vault_cache_find(&cache, other, id_of(5, 9)));
	cr_assert_null(vault_cache_find(&cache, org, id_of(6, 9)));
}

Test(vault_cache, the_oldest_of_a_set_makes_room)
{
	for (unsigned n = 1; n <= CACHE_WAYS + 1; n++) {
		keep(n, 9);
	}
	cr_assert_null(vault_cache_find(&cache, org, id_of(1, 9)));
	for (unsigned n = 2; n <= CACHE_WAYS + 1; n++) {
		const uint8_t *key = vault_cache_find(&cache, org, id_of(n, 9));

		cr_assert(key && key[0] == n, "%u", n);
	}
}

Test(vault_cache, sets_do_not_push_each_other_out)
{
	for (unsigned n = 1; n <= CACHE_SETS; n++) {
		keep(n, (uint8_t)n);
	}
	for (unsigned n = 1; n <= CACHE_SETS; n++) {
		cr_assert_not_null(vault_cache_find(&cache, org, id_of(n, (uint8_t)n)));
	}
}
