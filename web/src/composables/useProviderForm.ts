// The form of a provider, made from its driver's table: what is asked, what is sent, what is wrong.
import { computed, reactive, ref } from 'vue'
import { ApiError } from '@/api/http-error'
import {
  changeProvider,
  createProvider,
  type Driver,
  type DriverField,
  type Provider,
  type ProviderChange,
  type ProviderInput,
} from '@/api/providers'

export interface ProviderForm {
  driver: Driver['name'] | ''
  name: string
  priority: number
  /** All values as text; secrets are blank until somebody types. */
  config: Record<string, string>
}

type Config = Provider['config']

/** What the field begins with: the stored value, else the driver's default; a secret with nothing. */
export function startValue(field: DriverField, config: Config): string {
  const stored = config[field.key]
  if (field.secret) return ''
  return typeof stored === 'string' ? stored : (field.default ?? '')
}

/** Of a secret that is stored: its last characters, "" when it is too short to show any. */
export function storedSecret(field: DriverField, config: Config): string | null {
  const stored = config[field.key]
  return typeof stored === 'object' && stored.set ? (stored.last4 ?? '') : null
}

/**
 * A driver's table has first what everybody needs; after the last field that is needed or secret come
 * those which only some do.
 */
export function splitFields(fields: readonly DriverField[]): [DriverField[], DriverField[]] {
  const last = fields.reduce((at, field, i) => (field.required || field.secret ? i : at), -1)
  return [fields.slice(0, last + 1), fields.slice(last + 1)]
}

/** Blank secrets are left out, so that the stored ones stay; other blanks take the value out. */
export function toConfig(fields: readonly DriverField[], values: Record<string, string>) {
  const config: Record<string, string | null> = {}
  for (const { key, secret, kind } of fields) {
    const text = values[key] ?? ''
    const value = secret || kind === 'lines' ? text : text.trim()
    if (value !== '') config[key] = value
    else if (!secret) config[key] = null
  }
  return config
}

export function useProviderForm(drivers: () => readonly Driver[]) {
  const form = reactive<ProviderForm>({ driver: '', name: '', priority: 0, config: {} })
  const editing = ref<Provider | null>(null)
  const busy = ref(false)
  const message = ref('')
  const outdated = ref(false)
  const faults = ref<Record<string, string>>({})
  const driver = computed(() => drivers().find((d) => d.name === form.driver) ?? null)
  const stored = computed<Config>(() => editing.value?.config ?? {})

  function fill(): void {
    const fields = driver.value?.fields ?? []
    form.config = Object.fromEntries(fields.map((f) => [f.key, startValue(f, stored.value)]))
    faults.value = {}
    message.value = ''
    outdated.value = false
  }

  function begin(provider: Provider | null): void {
    editing.value = provider
    Object.assign(form, {
      driver: provider?.driver ?? '',
      name: provider?.name ?? '',
      priority: provider?.priority ?? 0,
    })
    fill()
  }

  function choose(name: Driver['name']): void {
    form.driver = name
    if (!form.name) form.name = driver.value?.label ?? ''
    fill()
  }

  function refuse(error: unknown): void {
    if (!(error instanceof ApiError)) throw error
    message.value = error.message
    faults.value = error.fields
    outdated.value = error.status === 409
  }

  async function save(): Promise<Provider | null> {
    const kind = driver.value
    if (!kind || busy.value) return null
    const input = { name: form.name, priority: form.priority, config: toConfig(kind.fields, form.config) }
    busy.value = true
    message.value = ''
    faults.value = {}
    try {
      return editing.value
        ? await changeProvider(editing.value.id, { ...input, version: editing.value.version } as ProviderChange)
        : await createProvider({ ...input, driver: kind.name } as ProviderInput)
    } catch (error) {
      refuse(error)
      return null
    } finally {
      busy.value = false
    }
  }

  return { form, editing, driver, stored, busy, message, outdated, faults, begin, choose, save }
}
