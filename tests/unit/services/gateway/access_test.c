/* The table of routes and what it stands on: permissions, cookies, keys of recordings. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/adapters/recording.h"
#include "services/gateway/cookie.h"
#include "services/gateway/gateway.h"
#include "services/gateway/me.h"

static bool may(const char *list, const char *permission)
{
	struct identity who = {.permissions = (char *)list};
	return identity_may(&who, permission);
}

Test(access, a_permission_is_a_whole_word)
{
	cr_assert(may("|voip|voip.all_calls|", "voip"));
	cr_assert(may("|voip|voip.all_calls|", "voip.all_calls"));
	cr_assert(!may("|voip.all_calls|", "voip"));
	cr_assert(!may("|xvoip|voipx|", "voip"));
	cr_assert(!may("||", "voip"));
	cr_assert(!may("|", "voip"));
	cr_assert(may("|voip.contacts|voip.contacts.edit|", "voip.contacts.edit"));
}

Test(access, the_guides_older_key_for_all_calls_counts)
{
	cr_assert(may("|voip.calls.all_calls|", "voip.all_calls"));
	cr_assert(!may("|voip.all_calls|", "voip.calls.all_calls"));
	cr_assert(!may("|voip.calls.all_calls|", "voip.recordings.play"));
}

static char *read_migrations(void)
{
	VP_CLEANUP(vp_freep)
	char *path =
		vp_strf("%s/migrations/20261123000001_tenancy.sql", getenv("RINGMAIN_SOURCE_DIR"));
	FILE *f = fopen(path, "r");
	cr_assert_not_null(f, "%s", path);
	char *text = calloc(1, 1 << 16);
	cr_assert(fread(text, 1, (1 << 16) - 1, f) > 0);
	fclose(f);
	return text;
}

Test(access, every_route_names_a_permission_that_can_be_granted)
{
	VP_CLEANUP(vp_freep) char *sql = read_migrations();
	for (size_t i = 0; i < gateway_n_routes; i++) {
		const struct gateway_route *route = &gateway_routes[i];
		cr_assert_not_null(route->permission, "%s", route->path);
		cr_assert_not_null(route->h);
		if (strcmp(route->permission, PERMISSION_NONE) != 0) {
			VP_CLEANUP(vp_freep) char *quoted = vp_strf("('%s',", route->permission);
			cr_expect_not_null(
				strstr(sql, quoted), "%s: %s", route->path, route->permission);
		}
	}
}

Test(access, only_sign_in_and_the_socket_are_public)
{
	for (size_t i = 0; i < gateway_n_routes; i++) {
		const struct gateway_route *route = &gateway_routes[i];
		bool known = strcmp(route->path, "/healthz") == 0 ||
			     strcmp(route->path, "/api/auth/login") == 0 ||
			     strcmp(route->path, "/api/voip/ws") == 0;
		cr_expect_eq((route->flags & ROUTE_PUBLIC) != 0, known, "%s", route->path);
		bool reads = strcmp(route->method, "GET") == 0;
		cr_expect(reads || strcmp(route->path, "/api/auth/login") == 0 ||
				  (route->flags & (ROUTE_PUBLIC | ROUTE_NO_CSRF)) == 0,
			"%s changes something without CSRF token", route->path);
	}
}

Test(access, no_two_routes_are_the_same)
{
	for (size_t i = 0; i < gateway_n_routes; i++) {
		for (size_t k = 0; k < i; k++) {
			cr_expect(
				strcmp(gateway_routes[i].method, gateway_routes[k].method) != 0 ||
					strcmp(gateway_routes[i].path, gateway_routes[k].path) != 0,
				"%s", gateway_routes[i].path);
		}
	}
}

Test(access, csrf_tokens_belong_to_one_session)
{
	char a[CSRF_TOKEN_SIZE], again[CSRF_TOKEN_SIZE], b[CSRF_TOKEN_SIZE];
	csrf_token("secret-a", a);
	csrf_token("secret-a", again);
	csrf_token("secret-b", b);
	cr_assert_eq(strlen(a), CSRF_TOKEN_SIZE - 1);
	cr_assert_str_eq(a, again);
	cr_assert_str_neq(a, b);
	cr_assert_null(strstr(a, "secret"));
}

Test(access, a_recordings_key_stays_in_its_folder)
{
	cr_assert(recording_key_ok("2026/11/a.ogg"));
	cr_assert(recording_key_ok("a.ogg"));
	static const char *const bad[] = {
		"", "/etc/passwd", "../a", "a/../b", "a//b", "a/", "./a", ".a", "a/.b", ".."};
	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		cr_expect(!recording_key_ok(bad[i]), "%s", bad[i]);
	}
}

Test(access, me_lists_roles_and_permissions)
{
	struct identity who = {
		.permissions = "|voip|voip.contacts|", .roles = "|Agent|", .email = "a@b.c"};
	json_t *json = me_json(&who, NULL);
	cr_assert_not_null(json);
	json_t *user = json_object_get(json, "user");
	cr_assert_eq(json_array_size(json_object_get(user, "permissions")), 2);
	cr_assert_str_eq(
		json_string_value(json_array_get(json_object_get(user, "roles"), 0)), "Agent");
	cr_assert(json_is_null(json_object_get(json, "csrf_token")));
	json_decref(json);
	who.permissions = "|";
	who.roles = "|";
	json = me_json(&who, "t");
	cr_assert_eq(
		json_array_size(json_object_get(json_object_get(json, "user"), "permissions")), 0);
	json_decref(json);
}
