// A test that starts what it is told and waits to be killed, for children.mjs.
import { execFileSync } from 'node:child_process'
import { holdDatabase, spawn } from './child.mjs'

const [what, ...args] = process.argv.slice(2)
if (what === 'child') {
  const child = spawn(args[0], args.slice(1), { stdio: ['ignore', 'inherit', 'inherit'] })
  console.log(child.pid)
} else {
  const [tool, dir, port] = args
  holdDatabase(tool, dir)
  execFileSync(tool, ['start', dir, port], { stdio: 'ignore' })
  console.log('started')
}
setInterval(() => {}, 60_000)
