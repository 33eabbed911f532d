// Encodes one recording: it takes whole seconds of a core, which the clock of live calls does not have.
import { parentPort, workerData } from 'node:worker_threads'
import { Mp3Encoder } from '@breezystack/lamejs'

const KBPS = 32
const { channels, rate } = workerData
const encoder = new Mp3Encoder(channels.length, rate, KBPS)
const parts = [encoder.encodeBuffer(...channels), encoder.flush()]
parentPort.postMessage(Buffer.concat(parts.map(part => Buffer.from(part))))
