/* The admin port: /metrics, /livez, /readyz in a thread of its own. Inside of app. */
#ifndef VP_APP_ADMIN_H
#define VP_APP_ADMIN_H

struct admin;
struct health;

/* Binds and starts the thread. The errno of the bind when the address cannot be had. */
int admin_start(struct admin **ret, const char *listen, struct health *health);
/* The bound port. */
int admin_port(const struct admin *admin);
/* Ends the thread and frees; NULL is a no-op. Returns NULL. */
struct admin *admin_stop(struct admin *admin);
#endif
