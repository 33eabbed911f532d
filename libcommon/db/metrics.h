/* What the database client counts. */
#ifndef VP_DB_METRICS_H
#define VP_DB_METRICS_H
#include <stdint.h>

void db_metrics_init(void); /* once is enough, more does no harm */
void db_count_query(int err, int64_t took_us);
void db_count_unit(int err, int64_t took_us);
void db_count_batch(void);
void db_count_lost(void); /* a connection */
void db_show_backlog(int64_t units);
#endif
