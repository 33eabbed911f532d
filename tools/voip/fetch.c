#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/fetch.h"

enum { TIMEOUT_MS = 5000, BODY_MAX = 1 << 20 };

struct body {
	char *text;
	size_t len;
};

static size_t on_data(char *data, size_t size, size_t count, void *arg)
{
	struct body *body = arg;
	size_t len = size * count;
	char *grown = body->len + len < BODY_MAX ? realloc(body->text, body->len + len + 1) : NULL;

	if (!grown) {
		return 0;
	}
	memcpy(grown + body->len, data, len);
	body->text = grown;
	body->len += len;
	grown[body->len] = '\0';
	return len;
}

static void run(CURL *curl, struct fetch_reply *ret, struct body *body)
{
	CURLcode code;
	long status = 0;

	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	code = curl_easy_perform(curl);
	if (code != CURLE_OK) {
		vp_strcopy(ret->reason, sizeof(ret->reason), curl_easy_strerror(code));
		return;
	}
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	ret->status = (int)status;
}

void fetch(const char *url, const char *body, struct fetch_reply *ret)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	CURL *curl = curl_easy_init();
	struct body answer = {0};

	*ret = (struct fetch_reply){.reason = "out of memory"};
	if (curl && headers) {
		curl_easy_setopt(curl, CURLOPT_URL, url);
		if (body) {
			curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
			curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
		}
		run(curl, ret, &answer);
	}
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	ret->body = answer.text ? answer.text : strdup("");
}

void fetch_free(struct fetch_reply *reply)
{
	free(reply->body);
	reply->body = NULL;
}
