/**
 * Builds the command line program, src/cli, into dist/cli: main.js and, for code that loads later or is shared, files in
 * parts/. They are as deep in dist as their sources in src, because some find files of the package by `import.meta.url`.
 */
import { defineConfig } from 'vite'

export default defineConfig({
  build: {
    ssr: 'src/cli/main.ts',
    outDir: 'dist/cli',
    target: 'node20.19',
    rolldownOptions: {
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'parts/[name].js',
        comments: { legal: true, annotation: false, jsdoc: false },
      },
    },
  },
})
