/* What /livez and /readyz answer. Written by the service's loop, read by the admin thread. */
#ifndef VP_APP_HEALTH_H
#define VP_APP_HEALTH_H
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define HEALTH_PARTS_MAX 8
#define HEALTH_PART_SIZE 24
#define HEALTH_SILENT_US 10000000 /* a loop that was not heard for so long hangs */

struct health {
	pthread_mutex_t lock;
	const char *service; /* whose health this is */
	struct {
		char name[HEALTH_PART_SIZE];
		bool ready;
	} parts[HEALTH_PARTS_MAX];
	bool draining;
	_Atomic int64_t alive_us;
};

/* service must outlive it. */
void health_init(struct health *health, const char *service);
void health_alive(struct health *health);
bool health_is_alive(const struct health *health);
void health_set(struct health *health, const char *part, bool ready);
/* Told to stop: not ready from here on. */
void health_drain(struct health *health);
/* {"service":"router","pid":7,"parts":{"bus":true,...},"draining":false,"ready":true}: who reads it
 * sees whose port it is. The caller frees. NULL: no memory. */
char *health_ready_json(struct health *health, bool *ret_ready);
#endif
