/* The .env file. Inside of config. */
#ifndef VP_CONFIG_ENV_FILE_H
#define VP_CONFIG_ENV_FILE_H
#include <stdbool.h>

/* Whether vp_conf_env_file put this key into the environment. */
bool conf_from_env_file(const char *key);
#endif
