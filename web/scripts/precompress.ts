// Writes a .gz and a .br beside every text file of the build, so that the gateway only copies bytes.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const TEXT = /\.(html|js|css|svg|json|txt|webmanifest)$/
/** Below this a compressed copy saves less than a packet. */
const SMALLEST = 1024

async function compressFile(path: string): Promise<void> {
  const bytes = await readFile(path)
  if (bytes.length < SMALLEST) return
  await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }))
  await writeFile(
    `${path}.br`,
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  )
}

export function precompress(): Plugin {
  let outDir = 'dist'
  return {
    name: 'ringmain-precompress',
    apply: 'build',
    configResolved(config) {
      outDir = join(config.root, config.build.outDir)
    },
    async closeBundle() {
      const names = await readdir(outDir, { recursive: true })
      await Promise.all(names.filter((n) => TEXT.test(n)).map((n) => compressFile(join(outDir, n))))
    },
  }
}
