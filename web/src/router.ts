// Pages, and who may see them: all but the login page need a session.
import { createRouter, createWebHistory, type Router, type RouteRecordRaw } from 'vue-router'
import { useSession } from '@/stores/session'

const routes: RouteRecordRaw[] = [
  {
    path: '/login',
    name: 'login',
    component: () => import('@/pages/LoginPage.vue'),
    meta: { open: true },
  },
  {
    path: '/',
    component: () => import('@/components/shell/AppShell.vue'),
    children: [
      { path: '', redirect: { name: 'calls' } },
      { path: 'calls', name: 'calls', component: () => import('@/pages/HistoryPage.vue') },
      { path: 'contacts', name: 'contacts', component: () => import('@/pages/ContactsPage.vue') },
      {
        path: 'settings/providers',
        name: 'providers',
        component: () => import('@/pages/ProvidersPage.vue'),
        meta: { permission: 'voip.providers' },
      },
      { path: ':rest(.*)*', name: 'missing', component: () => import('@/pages/MissingPage.vue') },
    ],
  },
]

export function makeRouter(): Router {
  const router = createRouter({ history: createWebHistory(), routes })
  router.beforeEach(async (to) => {
    const session = useSession()
    // without an answer the page stays usable and says so; the session is asked for again later
    if (!session.known) await session.load().catch(() => undefined)
    if (session.signedIn && to.name === 'login') return { name: 'calls' }
    const wanted = to.meta.permission
    if (session.signedIn && typeof wanted === 'string' && !session.may(wanted)) return { name: 'calls' }
    if (session.signedIn || to.meta.open) return true
    return { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  })
  return router
}
