import type { InjectionKey, Ref } from 'vue'

/** Is the keypad of the running call open? Shared with the shortcuts. */
export const KEYPAD_OPEN: InjectionKey<Ref<boolean>> = Symbol('keypad open')
