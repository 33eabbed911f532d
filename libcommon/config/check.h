/* Turns the text of one setting into its value. Inside of config. */
#ifndef VP_CONFIG_CHECK_H
#define VP_CONFIG_CHECK_H
#include <stdio.h>

struct vp_conf_field;

/* Writes the value of text to its place in cfg. On a fault says what is wanted, as the end of the
 * sentence "KEY: is 'text', wants ...", on want, and returns EINVAL. ENOMEM when memory is out. */
int conf_set(const struct vp_conf_field *field, const char *text, void *cfg, FILE *want);

/* A URL with the password between ':' and '@' masked. */
void conf_print_url(const char *url, FILE *out);
#endif
