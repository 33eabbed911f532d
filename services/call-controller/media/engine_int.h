/* What the parts of the engine see of it. */
#ifndef MD_ENGINE_INT_H
#define MD_ENGINE_INT_H
#include <stdatomic.h>
#include "libcommon/metrics/metrics.h"
#include "services/call-controller/media/control.h"
#include "services/call-controller/media/disk.h"
#include "services/call-controller/media/dtls.h"
#include "services/call-controller/media/engine.h"
#include "services/call-controller/media/placement.h"
#include "services/call-controller/media/ports.h"
#include "services/call-controller/media/worker.h"

struct md_engine {
	struct md_engine_cfg cfg; /* its strings belong to the caller */
	struct md_addr bind, advertise;
	struct md_dtls_ctx *dtls;
	struct md_ports *ports;
	struct md_placement *placement;
	struct md_disk *disk;
	struct md_control *control;
	struct md_worker *workers;
	unsigned n_workers;
	atomic_uint calls;
	atomic_uint rested; /* port pairs that no leg has now (pair.h) */
	atomic_bool draining;
	atomic_bool controlled; /* a controller is connected */
	struct vp_metric *m_flow[MD_FLOW_MAX], *m_drop[MD_DROP_MAX];
	struct vp_metric *m_calls, *m_ports, *m_auth;
};

#endif
