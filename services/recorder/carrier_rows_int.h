/* Between carrier_told.c and carrier_rows.c. */
#ifndef RECORDER_CARRIER_ROWS_INT_H
#define RECORDER_CARRIER_ROWS_INT_H
#include "libcommon/db/db.h"

int carrier_row_write_one(
	struct vp_db *db, const char *sql, const struct vp_db_param *params, size_t n);
#endif
