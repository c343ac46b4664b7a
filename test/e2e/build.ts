/** Builds dist anew before the end-to-end tests run, unless it is newer than all it is made of. */
import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sources = [
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'vite.config.ts',
  'vite.program.config.ts',
]
const results = ['dist/cli/main.js', 'dist/web/index.html']

export function setup(): void {
  const changed = Math.max(...sources.map(changedAt), ...srcFiles().map(changedAt))
  if (Math.min(...results.map(changedAt)) > changed) return
  rmSync(`${root}/dist`, { recursive: true, force: true })
  for (const [script, ...args] of [
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
    ['node_modules/vite/bin/vite.js', 'build', '--config', 'vite.program.config.ts', '--logLevel', 'warn'],
    ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'],
  ] as const)
    execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' })
}

function srcFiles(): string[] {
  return readdirSync(`${root}/src`, { recursive: true, encoding: 'utf8' }).map((file) => `src/${file}`)
}

/** In milliseconds; 0 when there is no such file. */
function changedAt(file: string): number {
  return statSync(`${root}/${file}`, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
