/* Phone numbers: what people type becomes +E.164 (ITU-T E.164: at most 15 digits). */
#ifndef VP_E164_H
#define VP_E164_H
#include <stdbool.h>

#define VP_E164_SIZE 17 /* '+', 15 digits, NUL */

enum vp_e164_verdict {
	VP_E164_OK,
	VP_E164_EMPTY,
	VP_E164_BAD_CHARACTER,
	VP_E164_TOO_SHORT,
	VP_E164_TOO_LONG,
	VP_E164_UNKNOWN_COUNTRY, /* no calling code of this kind, or no default region known */
};

/* Normalises typed text ("(415) 555-1234", "0044 20 ...", "+1 415...", "tel:...") to
 * "+14155551234". region is the two-letter country ("US") by which a number without country code is
 * read. Written only when the verdict is VP_E164_OK. */
enum vp_e164_verdict vp_e164_normalize(
	const char *typed, const char *region, char ret_number[VP_E164_SIZE]);

/* A sentence for a person: what is wrong and what to do. */
const char *vp_e164_explain(enum vp_e164_verdict verdict);

/* The last nine digits (or all, if fewer): matches numbers that were saved without country code. */
void vp_e164_tail9(const char *number, char ret_tail[10]);

/* National form for a region, for trunks that want it: "+442071838750","GB" -> "02071838750". */
bool vp_e164_national(const char *number, const char *region, char *buf, unsigned size);

/* What a telephone of the region dials to reach a number of another country: prefix for abroad,
 * then all digits. "+442071838750","US" -> "011442071838750". False when the region is unknown. */
bool vp_e164_abroad(const char *number, const char *region, char *buf, unsigned size);

/* The calling code of a region with its plus: "GB" -> "+44". False when the region is unknown. */
bool vp_e164_calling_code(const char *region, char *buf, unsigned size);

/* "+1415***1234": for logs. */
void vp_e164_mask(const char *number, char *buf, unsigned size);
#endif
