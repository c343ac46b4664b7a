import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { everything, opened } from './support.ts'
import { temporaryDirectory } from '../support/files.ts'

const WRITER = new URL('./writer.ts', import.meta.url).pathname

/** Starts a writer; resolves when it has saved so many turns. */
async function writer(path: string, turns: number) {
  const child = spawn(process.execPath, ['--import', 'tsx', WRITER, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const saved: string[] = []
  const lines = createInterface(child.stdout)
  const enough = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      saved.push(line)
      if (saved.length > turns) resolve()
    })
  })
  await Promise.race([enough, once(child, 'exit')])
  return {
    /** Kills it; returns the last turn that it had saved. */
    kill: async (): Promise<number> => {
      child.kill('SIGKILL')
      await once(lines, 'close')
      return Number(saved.at(-1))
    },
  }
}

test('saved turns survive kill -9, each as a whole; and no two processes open one file', async () => {
  const path = join(temporaryDirectory(), 'parley.db')
  for (const turns of [40, 300]) {
    const child = await writer(path, turns)
    const before = readFileSync(path)
    await expect(opened({ path })).rejects.toMatchObject({ name: 'StoreError', code: 'in_use' })
    expect(readFileSync(path).subarray(0, 100)).toEqual(before.subarray(0, 100))
    const last = await child.kill()
    expect(last).toBeGreaterThanOrEqual(turns)
    const { store } = await opened({ path })
    const turn = Number(store.setting('turn'))
    expect(turn).toBeGreaterThanOrEqual(last)
    const all = Array.from({ length: turn }, (_, index) => index + 1)
    expect(everything(store, 'general', 500).map(({ message }) => message.id)).toEqual(
      all.map((turn) => `a${turn}`),
    )
    expect(everything(store, 'ops', 500).map(({ message }) => message.id)).toEqual(
      all.map((turn) => `b${turn}`),
    )
    expect(store.unsettled().map(({ message }) => message.id)).toEqual([
      ...all.slice(0, -1).map((turn) => `b${turn}`),
      `a${turn}`,
      `b${turn}`,
    ])
    expect(store.lastSeq).toBeGreaterThanOrEqual(2 * turn + 1)
    store.close()
  }
})
