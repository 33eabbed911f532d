/* The parts of libre that this tool uses. <re.h> as a whole cannot stand beside <jansson.h>: both
 * name JSON_STRING and JSON_NULL. */
#ifndef DEMO_CARRIER_LIBRE_H
#define DEMO_CARRIER_LIBRE_H
#include <re_types.h>
#include <re_fmt.h>
#include <re_mem.h>
#include <re_mbuf.h>
#include <re_list.h>
#include <re_hash.h>
#include <re_sa.h>
#include <re_uri.h>
#include <re_tmr.h>
#include <re_msg.h>
#include <re_main.h>
#include <re_md5.h>
#include <re_httpauth.h>
#include <re_rtp.h>
#include <re_sdp.h>
#include <re_telev.h>
#include <re_sip.h>
#include <re_sipsess.h>
#endif
