// The build: hashed files in dist/, each with a .gz and a .br beside it, nothing from another host.
import { fileURLToPath, URL } from 'node:url'
import ui from '@nuxt/ui/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { mockGateway } from './dev/mock-plugin.ts'
import { precompress } from './scripts/precompress.ts'

export default defineConfig(({ mode }) => ({
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  plugins: [
    vue(),
    ui({
      autoImport: false,
      components: { dirs: [], dts: 'src/components.d.ts' },
      icon: { clientBundle: { scan: true } },
      ui: { colors: { primary: 'indigo', neutral: 'slate', success: 'emerald' } },
    }),
    precompress(),
    mode === 'mock' && mockGateway(),
  ],
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
  server: { host: '127.0.0.1' },
}))
