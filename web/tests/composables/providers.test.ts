// The providers page: its order, and what the generated form sends.
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from '@/api/http-error'
import type { Driver, DriverField, Provider } from '@/api/providers'

const api = vi.hoisted(() => ({ createProvider: vi.fn(), changeProvider: vi.fn() }))
vi.mock('@/api/providers', () => api)
vi.mock('@/stores/session', () => ({ useSession: () => ({ may: () => true }) }))

const { inOrder } = await import('@/composables/useProviders')
const { splitFields, startValue, storedSecret, toConfig, useProviderForm } = await import('@/composables/useProviderForm')

const field = (key: string, more: Partial<DriverField> = {}): DriverField => ({
  key, label: key, help: '', kind: 'text', required: false, secret: false, choices: [], default: null, ...more,
})
const FIELDS = [
  field('sip_server', { required: true }),
  field('transport', { kind: 'choice', choices: ['udp', 'tls'], default: 'udp' }),
  field('password', { secret: true }),
  field('codecs', { default: 'PCMU' }),
  field('tls_ca', { kind: 'lines' }),
]
const SIP = { name: 'sip', label: 'SIP trunk', capabilities: [], fields: FIELDS } as unknown as Driver
const provider = (more: Partial<Provider>): Provider =>
  ({ id: '1', name: 'A', driver: 'sip', is_active: false, priority: 0, version: 3, config: {}, ...more }) as Provider

describe('the list', () => {
  it('has the active one first, then priority, then name', () => {
    const list = [
      provider({ id: '1', name: 'B', priority: 1 }),
      provider({ id: '2', name: 'Z', priority: 0 }),
      provider({ id: '3', name: 'A', priority: 1 }),
      provider({ id: '4', name: 'X', priority: 9, is_active: true }),
    ]
    expect(inOrder(list).map((p) => p.id)).toEqual(['4', '2', '3', '1'])
    expect(list[0]?.id).toBe('1')
  })
})

describe('the fields', () => {
  it('are split after the last that is needed or secret', () => {
    const [main, more] = splitFields(FIELDS)
    expect(main.map((f) => f.key)).toEqual(['sip_server', 'transport', 'password'])
    expect(more.map((f) => f.key)).toEqual(['codecs', 'tls_ca'])
    expect(splitFields([field('a')])).toEqual([[], [field('a')]])
  })

  it('begin with what is stored, else the default; a secret always blank', () => {
    const config = { transport: 'tls', password: { set: true, last4: 'ab12' } }
    expect(FIELDS.map((f) => startValue(f, config))).toEqual(['', 'tls', '', 'PCMU', ''])
    expect(storedSecret(FIELDS[2]!, config)).toBe('ab12')
    expect(storedSecret(FIELDS[2]!, { password: { set: true } })).toBe('')
    expect(storedSecret(FIELDS[2]!, { password: { set: false } })).toBeNull()
    expect(storedSecret(FIELDS[2]!, {})).toBeNull()
  })

  it('are sent trimmed; a blank secret is left out, another blank takes the value out', () => {
    const values = { sip_server: ' sip.example ', transport: 'udp', password: '', codecs: '', tls_ca: '-----B\n' }
    expect(toConfig(FIELDS, values)).toEqual({ sip_server: 'sip.example', transport: 'udp', codecs: null, tls_ca: '-----B\n' })
    expect(toConfig(FIELDS, { ...values, password: ' with blanks ' }).password).toBe(' with blanks ')
  })
})

describe('the form', () => {
  beforeEach(() => {
    api.createProvider.mockReset()
    api.changeProvider.mockReset()
  })

  it('creates a provider of the chosen kind', async () => {
    api.createProvider.mockResolvedValue(provider({}))
    const { form, begin, choose, save } = useProviderForm(() => [SIP])
    begin(null)
    expect(await save()).toBeNull()
    choose('sip')
    expect(form.name).toBe('SIP trunk')
    form.config.sip_server = 'sip.example'
    form.config.password = 'secret'
    expect(await save()).not.toBeNull()
    expect(api.createProvider).toHaveBeenCalledWith(
      expect.objectContaining({ driver: 'sip', name: 'SIP trunk', config: expect.objectContaining({ password: 'secret', codecs: 'PCMU' }) }),
    )
  })

  it('changes the version that was read, and never sends a secret that nobody typed', async () => {
    api.changeProvider.mockResolvedValue(provider({}))
    const { form, begin, save } = useProviderForm(() => [SIP])
    begin(provider({ config: { sip_server: 'a', password: { set: true, last4: 'ab12' } } }))
    form.config.sip_server = 'b'
    await save()
    const [id, sent] = api.changeProvider.mock.calls[0]!
    expect([id, sent.version, sent.config.sip_server]).toEqual(['1', 3, 'b'])
    expect('password' in sent.config || 'driver' in sent).toBe(false)
  })

  it('shows what the server refuses, by field, and that somebody was faster', async () => {
    const { begin, save, faults, message, outdated, busy } = useProviderForm(() => [SIP])
    begin(provider({}))
    api.changeProvider.mockRejectedValue(new ApiError(422, 'invalid', 'No.', 0, { sip_server: 'It is needed.' }))
    expect(await save()).toBeNull()
    expect([message.value, faults.value, outdated.value, busy.value]).toEqual(['No.', { sip_server: 'It is needed.' }, false, false])
    api.changeProvider.mockRejectedValue(new ApiError(409, 'changed', 'Somebody else changed this.'))
    await save()
    expect([outdated.value, faults.value]).toEqual([true, {}])
  })
})
