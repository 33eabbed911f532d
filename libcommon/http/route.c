/* Which route a path belongs to: literal parts beat {parameters}, those beat a closing "*". */
#include <stdio.h>
#include <string.h>
#include "libcommon/http/http_int.h"

#define MAX_DEPTH 16

static size_t part_len(const char *at)
{
	return (size_t)(strchrnul(at, '/') - at);
}

static bool is_param(const char *at, size_t len)
{
	return len > 2 && at[0] == '{' && at[len - 1] == '}';
}

/* Compares one part; false: it does not match. Adds to the match and to the rank. */
static bool match_part(const char *want, size_t want_len, const char *have, size_t have_len,
	struct vp_route_match *match, uint64_t *rank)
{
	if (!is_param(want, want_len)) {
		*rank += 2;
		return want_len == have_len && memcmp(want, have, have_len) == 0;
	}
	if (have_len == 0 || match->n_params == VP_HTTP_MAX_PARAMS) {
		return false;
	}
	*rank += 1;
	size_t i = match->n_params++;
	match->params[i].name = want + 1;
	match->params[i].name_len = want_len - 2;
	match->params[i].value = have;
	match->params[i].value_len = have_len;
	return true;
}

/* The rank orders matching patterns part by part from the left; 0: no match. */
static uint64_t match_path(const char *want, const char *have, struct vp_route_match *match)
{
	uint64_t rank = 1;
	for (unsigned depth = 0; depth < MAX_DEPTH; depth++) {
		if (*want != '/' || *have != '/') {
			return *want == '\0' && *have == '\0' ? rank << 2 * (MAX_DEPTH - depth) : 0;
		}
		want++;
		have++;
		rank <<= 2;
		size_t want_len = part_len(want), have_len = part_len(have);
		if (want_len == 1 && want[0] == '*' && want[1] == '\0') {
			return rank << 2 * (MAX_DEPTH - depth - 1);
		}
		if (!match_part(want, want_len, have, have_len, match, &rank)) {
			return 0;
		}
		want += want_len;
		have += have_len;
	}
	return 0;
}

static bool method_fits(const char *want, const char *have)
{
	return strcmp(want, "*") == 0 || strcmp(want, have) == 0 ||
	       (strcmp(want, "GET") == 0 && strcmp(have, "HEAD") == 0);
}

static void allow_add(char *allow, size_t size, const char *method)
{
	size_t len = strlen(allow);
	if (strstr(allow, method) == NULL) {
		snprintf(allow + len, size - len, "%s%s", len != 0 ? ", " : "", method);
	}
}

static void find_allowed(const struct vp_http_route *routes, size_t n, const char *path,
	char *ret_allow, size_t allow_size)
{
	struct vp_route_match match;
	for (size_t i = 0; i < n; i++) {
		match.n_params = 0;
		if (match_path(routes[i].path, path, &match) != 0) {
			allow_add(ret_allow, allow_size, routes[i].method);
		}
	}
}

bool vp_route_find(const struct vp_http_route *routes, size_t n, const char *method,
	const char *path, struct vp_route_match *ret_match, char *ret_allow, size_t allow_size)
{
	uint64_t best = 0;
	struct vp_route_match match;
	ret_allow[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (!method_fits(routes[i].method, method)) {
			continue;
		}
		match.n_params = 0;
		uint64_t rank = match_path(routes[i].path, path, &match);
		if (rank > best) {
			best = rank;
			*ret_match = match;
			ret_match->route = &routes[i];
		}
	}
	if (best == 0) {
		find_allowed(routes, n, path, ret_allow, allow_size);
	}
	return best != 0;
}
