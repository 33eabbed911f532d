// Sends a file of contacts and keeps the server's report.
import { ref, shallowRef } from 'vue'
import { importContacts, type ContactType, type ImportResult } from '@/api/contacts'
import { ApiError } from '@/api/http-error'

const LARGEST_BYTES = 1024 * 1024

export type ImportProblem = { code: 'too_large' } | { code: 'failed'; message: string }

/** Files from spreadsheets often have no type; then the name and the first sign decide. */
export async function isCsv(file: File): Promise<boolean> {
  if (/\.csv$/i.test(file.name) || file.type === 'text/csv') return true
  if (/\.json$/i.test(file.name)) return false
  const start = (await file.slice(0, 64).text()).replace(/^\ufeff/, '').trimStart()
  return !start.startsWith('[') && !start.startsWith('{')
}

export function useImport() {
  const busy = ref(false)
  const result = shallowRef<ImportResult | null>(null)
  const problem = shallowRef<ImportProblem | null>(null)

  async function run(file: File, kind: ContactType): Promise<void> {
    result.value = null
    problem.value = file.size > LARGEST_BYTES ? { code: 'too_large' } : null
    if (problem.value) return
    busy.value = true
    try {
      result.value = await importContacts(kind, file, await isCsv(file))
    } catch (error) {
      problem.value = { code: 'failed', message: error instanceof ApiError ? error.message : '' }
    }
    busy.value = false
  }

  function reset(): void {
    result.value = null
    problem.value = null
  }

  return { busy, result, problem, run, reset }
}
