/* voip-recorder: audio at rest. Turns the spools of the media tap into stereo files, knows where
 * they are. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/config/config.h"
#include "services/recorder/recorder.h"

#define FIELD(member) offsetof(struct recorder_cfg, member)

static const struct vp_conf_field fields[] = {
	{"VOIP_RECORDING_ENABLED", VP_CONF_BOOL, FIELD(enabled), "true",
		.help = "false: nothing is recorded, spools are left alone"},
	{"VOIP_RECORDING_STORAGE", VP_CONF_ENUM, FIELD(storage), "local", .choices = "local|s3",
		.help = "where finished recordings go"},
	{"VOIP_RECORDING_FORMAT", VP_CONF_ENUM, FIELD(format), "ogg", .choices = "ogg|wav",
		.help = "ogg (Opus) or wav (PCM, about ten times larger)"},
	{"VOIP_RECORDING_DIR", VP_CONF_STR, FIELD(dir), "/var/lib/voip/recordings",
		.help = "folder of the recordings; made when it is missing"},
	{"VOIP_SPOOL_DIR", VP_CONF_STR, FIELD(spool_dir), "/var/spool/voip",
		.help = "folder into which media writes its spools"},
	{"VOIP_RECORDER_WORKERS", VP_CONF_INT, FIELD(workers), "0", .min = 0, .max = 64,
		.help = "how many recordings are encoded at once; 0: one a core"},
	{"VOIP_KEK_FILE", VP_CONF_PATH, FIELD(kek_file), "",
		.help = "key file that opens carriers' accounts, whose recordings are fetched"},
	{"VOIP_RECORDING_CARRIER_PARALLEL", VP_CONF_INT, FIELD(carrier_parallel), "4", .min = 1,
		.max = 64, .help = "how many recordings are fetched from carriers at once"},
	{"VOIP_RECORDING_CARRIER_MAX_MIB", VP_CONF_INT, FIELD(carrier_max_mib), "1024", .min = 1,
		.max = 16384, .help = "the largest file that is taken from a carrier"},
	{"VOIP_RECORDING_CARRIER_TIMEOUT_S", VP_CONF_INT, FIELD(carrier_timeout_s), "900", .min = 5,
		.max = 7200, .help = "how long one download may take"},
	{"VOIP_RECORDING_CARRIER_HOSTS", VP_CONF_STR, FIELD(carrier_hosts), "",
		.help = "hosts by spaces that carriers' audio may come from, beside their own "
			"(.example.com: all under it; s3.amazonaws.com/my-bucket/: only there)"},
	{"VOIP_RECORDING_CARRIER_DELETE", VP_CONF_BOOL, FIELD(carrier_delete), "false",
		.help = "true: what is stored here is deleted at the carrier"},
};

static int check(const void *cfg, FILE *err)
{
	const struct recorder_cfg *c = cfg;

	if (c->storage == STORAGE_S3) {
		fputs("VOIP_RECORDING_STORAGE: is 's3', which is not built in yet; set it to local "
		      "and "
		      "name a folder in VOIP_RECORDING_DIR\n",
			err);
		return EINVAL;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct vp_app_def def = {.name = "recorder",
		.fields = fields,
		.n_fields = VP_ARRAY_LEN(fields),
		.cfg_size = sizeof(struct recorder_cfg),
		.needs = VP_APP_DB | VP_APP_BUS,
		.check = check,
		.run = recorder_run};

	return vp_app_main(&def, argc, argv);
}
