// The form of a person, lead or deal: what is asked, what is wrong, and storing it.
import { computed, reactive, ref } from 'vue'
import {
  changeContact,
  contact as fetchContact,
  createContact,
  type ContactDetail,
  type ContactInput,
  type ContactType,
} from '@/api/contacts'
import { ApiError } from '@/api/http-error'
import { parseNumber } from '@/calls/number'
import { usePhone } from '@/stores/phone'

export interface ContactRef {
  type: ContactType
  id: string
}

interface FormNumber {
  number: string
  label: string
}

export interface ContactForm {
  type: ContactType
  name: string
  company: string
  email: string
  title: string
  amount: string
  currency: string
  numbers: FormNumber[]
}

export type FormProblem = 'name' | 'number' | 'failed' | null

const empty = (): ContactForm => ({
  type: 'person',
  name: '',
  company: '',
  email: '',
  title: '',
  amount: '',
  currency: '',
  numbers: [{ number: '', label: 'work' }],
})

function toForm(type: ContactType, detail: ContactDetail): ContactForm {
  const numbers = detail.numbers.map(({ number, label }) => ({ number, label }))
  return {
    type,
    name: detail.name,
    company: detail.company ?? '',
    email: detail.email ?? '',
    title: 'title' in detail ? (detail.title ?? '') : '',
    amount: 'amount' in detail ? (detail.amount ?? '') : '',
    currency: 'currency' in detail ? (detail.currency ?? '') : '',
    numbers: numbers.length > 0 ? numbers : empty().numbers,
  }
}

/** An empty field is sent as null, so that it becomes empty; a field of another kind is not sent. */
export function toInput(form: ContactForm): ContactInput {
  const text = (value: string) => value.trim() || null
  return {
    name: form.name.trim(),
    company: text(form.company),
    email: text(form.email),
    numbers: form.numbers.filter((n) => n.number.trim() !== '').map((n) => ({ ...n })),
    ...(form.type === 'lead' && { title: text(form.title) }),
    ...(form.type === 'deal' && {
      amount: text(form.amount),
      currency: text(form.currency.toUpperCase()),
    }),
  }
}

export function useContactForm() {
  const phone = usePhone()
  const form = reactive(empty())
  const editing = ref<ContactRef | null>(null)
  const busy = ref(false)
  const message = ref('')
  const fields = ref<Record<string, string>>({})
  const wrongNumbers = computed(() =>
    form.numbers.map(
      ({ number }) => number.trim() !== '' && parseNumber(number, phone.region).kind !== 'number',
    ),
  )

  async function begin(target: ContactRef | null): Promise<void> {
    editing.value = target
    message.value = ''
    fields.value = {}
    Object.assign(form, empty())
    if (!target) return
    busy.value = true
    try {
      Object.assign(form, toForm(target.type, await fetchContact(target.type, target.id)))
    } catch (error) {
      refuse(error)
    }
    busy.value = false
  }

  function refuse(error: unknown): void {
    message.value = error instanceof ApiError ? error.message : ''
    fields.value = error instanceof ApiError ? error.fields : {}
  }

  async function save(): Promise<FormProblem> {
    if (form.name.trim() === '') return 'name'
    if (wrongNumbers.value.includes(true)) return 'number'
    busy.value = true
    message.value = ''
    try {
      const input = toInput(form)
      if (editing.value) await changeContact(editing.value.type, editing.value.id, input)
      else await createContact(form.type, input)
      return null
    } catch (error) {
      refuse(error)
      return 'failed'
    } finally {
      busy.value = false
    }
  }

  return { form, editing, busy, message, fields, wrongNumbers, begin, save }
}
