/* What Twilio's builders share. */
#ifndef VP_TWILIO_API_INT_H
#define VP_TWILIO_API_INT_H
#include "libcommon/provider/api_int.h"
#include "libcommon/provider/twilio/api.h"

/* A request to /Accounts/AC.../path; path as it is ("/Calls.json"), already escaped. The fields are
 * the query of a GET, else the form. */
int vp_twilio_request(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *method, const char *path, const struct vp_api_field *fields, size_t n);
/* As above, for "/Calls/%s.json" and the like: pattern has one %s for a SID of that prefix, EINVAL
 * when it is none. */
int vp_twilio_request_for(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *method, const char *pattern, const char *prefix, const char *sid,
	const struct vp_api_field *fields, size_t n);

/* "Thu, 26 Nov 2026 17:41:11 +0000" as wall-clock time; 0: NULL, or no such text. */
int64_t vp_twilio_time(const char *text);
/* "2026-11-26T17:41:11Z" into buf; NULL when time_us is 0. */
#define VP_TWILIO_TIME_SIZE 32
const char *vp_twilio_time_text(int64_t time_us, char buf[VP_TWILIO_TIME_SIZE]);

/* The events of a leg's status callback: four fields, names repeated; url NULL leaves all out. */
#define VP_TWILIO_CALLBACK_FIELDS 6
size_t vp_twilio_status_callback(
	const char *url, struct vp_api_field fields[VP_TWILIO_CALLBACK_FIELDS]);
/* Those of a recording's: in-progress, completed, absent. */
#define VP_TWILIO_RECORDING_FIELDS 5
size_t vp_twilio_recording_callback(
	const char *url, struct vp_api_field fields[VP_TWILIO_RECORDING_FIELDS]);
#endif
