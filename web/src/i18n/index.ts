// Texts. English is the reference; the language is the person's choice, else the browser's.
import { createI18n } from 'vue-i18n'
import de from './de.json'
import fieldsDe from './driver-fields.de.json'
import en from './en.json'

export const LOCALES = ['en', 'de'] as const
export type Locale = (typeof LOCALES)[number]
const KEY = 'ringmain.locale'

function firstLocale(): Locale {
  const wanted = [localStorage.getItem(KEY), ...navigator.languages]
  const found = wanted.map((l) => l?.slice(0, 2)).find((l) => LOCALES.includes(l as Locale))
  return (found as Locale) ?? 'en'
}

export const i18n = createI18n<[typeof en], Locale, false>({
  legacy: false,
  locale: firstLocale(),
  fallbackLocale: 'en',
  messages: { en, de },
})
// Settings of carriers: English is the drivers' own table, which the server sends; other languages are here.
i18n.global.mergeLocaleMessage('de', { driverField: fieldsDe })

export function setLocale(locale: Locale): void {
  i18n.global.locale.value = locale
  localStorage.setItem(KEY, locale)
  document.documentElement.lang = locale
}

document.documentElement.lang = i18n.global.locale.value
