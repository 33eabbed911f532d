/* The settings of every service, loaded together with a service's own. Inside of app. */
#ifndef VP_APP_SETTINGS_H
#define VP_APP_SETTINGS_H
#include <stdbool.h>
#include <stdio.h>

#include "libcommon/app/app.h"

struct app_settings {
	struct vp_common_cfg common;
	bool debug_dump;
	void *own; /* the service's struct */
};

/* Reads the .env file and the environment. Every fault is said on err; 0, EINVAL, ENOMEM. */
int settings_load(struct app_settings *settings, const struct vp_app_def *def, FILE *err);
void settings_print(const struct app_settings *settings, const struct vp_app_def *def, FILE *out);
/* For --help: the keys with their defaults. */
void settings_explain(const struct vp_app_def *def, FILE *out);
void settings_free(struct app_settings *settings, const struct vp_app_def *def);
#endif
