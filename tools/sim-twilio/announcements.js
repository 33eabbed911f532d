// Announcements into a running conference, by one participant's line or to all.
import { tellConference } from './callbacks.js'
import { playOnce } from './twiml/wait_music.js'

// Each hears it in a place of its own, then is back in the room.
async function announceTo(sim, conference, participant, source) {
  const control = new AbortController()
  participant.call.over.promise.then(() => control.abort())
  await playOnce(sim, participant.call, source, control.signal)
  if (conference.participants.get(participant.call.sid) === participant) conference.update(participant, {})
}

export async function announceOne(sim, conference, participant, source) {
  await announceTo(sim, conference, participant, source)
  tellConference(conference, 'announcement-end', { CallSid: participant.call.sid, AnnounceUrl: source.url })
}

export async function announceAll(sim, conference, source) {
  await Promise.all([...conference.participants.values()].map(p => announceTo(sim, conference, p, source)))
  tellConference(conference, 'announcement-end', { AnnounceUrl: source.url })
}
