// Children of a test that die with it, however it dies: services that it left running would hold ports, databases and the machine.
import { spawn as start } from 'node:child_process'

// The kernel kills a child when its parent is gone. It is told so in the child, which looks then whether the parent is still there.
const leash = ['--pdeathsig', 'KILL', '--', '/bin/sh', '-c', '[ "$PPID" = "$0" ] && exec "$@"', String(process.pid)]

// spawn() of node:child_process, under the same process id. A program that is not there ends with 127.
export const spawn = (file, args = [], options = {}) => start('/usr/bin/setpriv', [...leash, file, ...args], options)

// A PostgreSQL of tools/dev/pg in this folder is no child of ours: it is stopped when the other end of this pipe closes.
export function holdDatabase(tool, dir) {
  const holder = start(tool, ['hold', dir, '0'], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  holder.unref()
  holder.stdin.unref()
  return holder
}
