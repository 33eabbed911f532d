/* Parts are few and known by name; a service that has named none is still starting. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/app/health.h"
#include "libcommon/base/base.h"

void health_init(struct health *health, const char *service)
{
	health->service = service;
	pthread_mutex_init(&health->lock, NULL);
	health_alive(health);
}

void health_alive(struct health *health)
{
	atomic_store(&health->alive_us, vp_mono_us());
}

bool health_is_alive(const struct health *health)
{
	return vp_mono_us() - atomic_load(&health->alive_us) < HEALTH_SILENT_US;
}

void health_set(struct health *health, const char *part, bool ready)
{
	size_t i = 0;

	pthread_mutex_lock(&health->lock);
	while (i < HEALTH_PARTS_MAX && health->parts[i].name[0] != '\0' &&
		strcmp(health->parts[i].name, part) != 0) {
		i++;
	}
	vp_assert(i < HEALTH_PARTS_MAX);
	vp_assert(vp_strcopy(health->parts[i].name, HEALTH_PART_SIZE, part));
	health->parts[i].ready = ready;
	pthread_mutex_unlock(&health->lock);
}

void health_drain(struct health *health)
{
	pthread_mutex_lock(&health->lock);
	health->draining = true;
	pthread_mutex_unlock(&health->lock);
}

/* Under the lock. */
static bool print_parts(const struct health *health, FILE *out)
{
	bool ready = health->parts[0].name[0] != '\0' && !health->draining;

	for (size_t i = 0; i < HEALTH_PARTS_MAX && health->parts[i].name[0] != '\0'; i++) {
		fprintf(out, "%s\"%s\":%s", i > 0 ? "," : "", health->parts[i].name,
			health->parts[i].ready ? "true" : "false");
		ready = ready && health->parts[i].ready;
	}
	return ready;
}

char *health_ready_json(struct health *health, bool *ret_ready)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out) {
		return NULL;
	}
	fprintf(out, "{\"service\":\"%s\",\"pid\":%d,\"parts\":{", health->service, (int)getpid());
	pthread_mutex_lock(&health->lock);
	*ret_ready = print_parts(health, out);
	fprintf(out, "},\"draining\":%s,\"ready\":%s}", health->draining ? "true" : "false",
		*ret_ready ? "true" : "false");
	pthread_mutex_unlock(&health->lock);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
