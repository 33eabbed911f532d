#include "services/call-controller/domain/quality.h"

unsigned quality_mos_x100(unsigned lost_permille, unsigned jitter_ms, unsigned rtt_ms)
{
	/* one way, with a jitter buffer of twice the jitter and 20 ms of packet */
	const double delay = rtt_ms / 2.0 + 2.0 * jitter_ms + 20.0;
	const double loss = lost_permille / 10.0;
	double r = 93.2 - 0.024 * delay, mos;

	if (delay > 177.3) {
		r -= 0.11 * (delay - 177.3);
	}
	/* G.711 with concealment: Ie 0, Bpl 25.1 */
	r -= 95.0 * loss / (loss + 25.1);
	if (r < 0) {
		return 100;
	}
	mos = 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r);
	return mos < 1 ? 100 : mos > 4.5 ? 450 : (unsigned)(mos * 100 + 0.5);
}
