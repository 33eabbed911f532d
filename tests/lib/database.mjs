// A migrated database of a test's own, by name, in the cluster of VOIP_TEST_DB_URL.
import { execFileSync } from 'node:child_process'

export function makeDatabase(name) {
  execFileSync(new URL('make-database', import.meta.url).pathname, [process.env.VOIP_TEST_DB_URL, name], { stdio: ['ignore', 'ignore', 'inherit'] })
}
