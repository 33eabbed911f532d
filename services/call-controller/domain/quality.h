/* What a person would say of the sound: the simplified E-model (ITU-T G.107) for G.711. Pure. */
#ifndef CC_QUALITY_H
#define CC_QUALITY_H

/* Mean opinion score times 100, 100..450, of loss, jitter and round trip. */
unsigned quality_mos_x100(unsigned lost_permille, unsigned jitter_ms, unsigned rtt_ms);
#endif
