/** Places for files: directories, and small file systems where this user may mount them. All are gone after the test. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A new directory. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'parley-'))
  onTestFinished(() => {
    rmSync(path, { recursive: true, force: true })
  })
  return path
}

/** A real file system of this size, such as `1m`; undefined where this user may not mount one. */
export function mount(size: string): string | undefined {
  const path = join(temporaryDirectory(), 'disk')
  mkdirSync(path)
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path])
  // Null without the program.
  if (status !== 0) return undefined
  onTestFinished(() => {
    spawnSync('umount', ['-l', path])
  })
  return path
}
