/* Recordings of carriers: which are due, some of them at once, and calls that should have one. */
#ifndef RECORDER_FETCHES_H
#define RECORDER_FETCHES_H

struct recorder;

/* Takes what is due. Often. */
void fetches_step(struct recorder *recorder);
/* Something has become due. */
void fetches_look_now(struct recorder *recorder);
void fetches_forget_all(struct recorder *recorder);
#endif
