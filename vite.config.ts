/** Builds the web page, src/web, into static files under dist/web, which a peer serves at /chat. */
import { defineConfig } from 'vite'

export default defineConfig({
  root: 'src/web',
  base: '/chat/',
  publicDir: false,
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // The Content-Security-Policy allows files of our own only: nothing inline, no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
})
