// Who is signed in, and what they may do.
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import * as auth from '@/api/auth'
import { whenSignedOut } from '@/api/http'
import { ApiError } from '@/api/http-error'

export const useSession = defineStore('session', () => {
  const me = shallowRef<auth.Me | null>(null)
  /** False until the server was asked once. */
  const known = shallowRef(false)
  const signedIn = computed(() => me.value !== null)
  const user = computed(() => me.value?.user ?? null)
  const org = computed(() => me.value?.org ?? null)

  function may(permission: string): boolean {
    return user.value?.permissions.includes(permission) ?? false
  }

  async function load(): Promise<void> {
    try {
      me.value = await auth.me()
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      me.value = null
    } finally {
      known.value = true
    }
  }

  async function login(email: string, password: string): Promise<void> {
    me.value = await auth.login(email, password)
    known.value = true
  }

  async function logout(): Promise<void> {
    await auth.logout().catch(() => undefined)
    me.value = null
  }

  function forget(): void {
    me.value = null
  }

  whenSignedOut(forget)

  return { me, known, signedIn, user, org, may, load, login, logout, forget }
})
