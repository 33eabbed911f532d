/* Trunks differ in how they want and send numbers: trunks.number_format_out and _in. */
#ifndef ROUTER_NUMBER_FORMAT_H
#define ROUTER_NUMBER_FORMAT_H
#include <stdbool.h>
#include <stddef.h>

#include "libcommon/base/e164.h"

enum number_format {
	NUMBER_E164,         /* +442071838750 */
	NUMBER_E164_NO_PLUS, /* 442071838750 */
	NUMBER_00,           /* 00442071838750 */
	NUMBER_NATIONAL,     /* 02071838750 at home, as dialled from home otherwise */
};

/* The words of the table; unknown ones are E.164. */
enum number_format number_format_parse(const char *word);

/* Writes an E.164 number as the trunk wants it, after the trunk's technical prefix (with one, a
 * plus would stand in the middle and is left out). False when it does not fit. */
bool number_format_out(enum number_format format, const char *e164, const char *region,
	const char *tech_prefix, char *buf, size_t size);

/* Reads a number that a trunk sent. A plus always means E.164, whatever the format says. */
enum vp_e164_verdict number_format_in(enum number_format format, const char *sent,
	const char *region, char ret_e164[VP_E164_SIZE]);
#endif
