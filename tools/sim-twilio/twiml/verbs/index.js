import { dial } from './dial.js'
import { gather } from './gather.js'
import { pause, play, say } from './speak.js'
import { record } from './record.js'
import { hangup, redirect, reject } from './flow.js'

export const verbs = { Dial: dial, Gather: gather, Say: say, Play: play, Pause: pause, Record: record, Hangup: hangup,
  Redirect: redirect, Reject: reject }
