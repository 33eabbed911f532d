import '@fontsource-variable/inter'
import ui from '@nuxt/ui/vue-plugin'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import './assets/main.css'
import { i18n } from './i18n'
import { makeRouter } from './router'

createApp(App).use(createPinia()).use(i18n).use(makeRouter()).use(ui).mount('#app')
