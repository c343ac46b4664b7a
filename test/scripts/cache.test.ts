/** The cache of the scripts: whole or not there, made once, whatever becomes of those who make it. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { CacheError, cached } from '../../scripts/support/cache.ts'

function temporary(): string {
  const root = mkdtempSync(join(tmpdir(), 'parley-cache-'))
  onTestFinished(() => {
    rmSync(root, { recursive: true, force: true })
  })
  return root
}

/** The number of a process that has ended. */
const DEAD = spawnSync(process.execPath, ['--version']).pid

function write(folder: string): Promise<void> {
  writeFileSync(join(folder, 'file'), 'whole')
  return Promise.resolve()
}

function never(): Promise<void> {
  return Promise.reject(new Error('it was there already'))
}

test('a folder is made once and found again', async () => {
  const root = join(temporary(), 'not', 'there', 'yet')
  const folder = await cached('thing-1', write, { root })
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('whole')
  expect(await cached('thing-1', never, { root })).toBe(folder)
  expect(readdirSync(root)).toEqual(['thing-1'])
})

test('while it is made it is not there', async () => {
  const root = temporary()
  const seen: boolean[] = []
  const folder = await cached(
    'thing',
    (unfinished) => {
      seen.push(existsSync(join(root, 'thing')))
      return write(unfinished)
    },
    { root },
  )
  expect([...seen, existsSync(folder)]).toEqual([false, true])
})

test('two at the same time: one makes it, the other waits', async () => {
  const root = temporary()
  let finish = (): void => undefined
  const mayFinish = new Promise<void>((resolve) => (finish = resolve))
  let begin = (): void => undefined
  const hasBegun = new Promise<void>((resolve) => (begin = resolve))
  const first = cached(
    'thing',
    async (folder) => {
      begin()
      await mayFinish
      await write(folder)
    },
    { root },
  )
  await hasBegun
  const second = cached('thing', never, { root })
  finish()
  expect(await Promise.all([first, second])).toEqual([join(root, 'thing'), join(root, 'thing')])
  expect(readdirSync(root)).toEqual(['thing'])
})

test('what a killed process left, its lock and half of the folder, goes', async () => {
  const root = temporary()
  writeFileSync(join(root, 'thing.lock'), String(DEAD))
  mkdirSync(join(root, `thing.part-${DEAD}-aBcDeF`))
  writeFileSync(join(root, `thing.part-${DEAD}-aBcDeF`, 'file'), 'ha')
  await cached('thing', write, { root })
  expect(readFileSync(join(root, 'thing', 'file'), 'utf8')).toBe('whole')
  expect(readdirSync(root)).toEqual(['thing'])
})

test('what belongs to another folder or to a living process stays', async () => {
  const root = temporary()
  const others = [`thing-2.part-${DEAD}-aBcDeF`, `thing.part-${process.ppid}-aBcDeF`]
  for (const name of others) mkdirSync(join(root, name))
  await cached('thing', write, { root })
  expect(readdirSync(root).sort()).toEqual([...others, 'thing'].sort())
})

test.each([
  ['of a process that lives and does something else', String(process.ppid)],
  ['that was never written', ''],
])('a lock %s is not waited for without end', async (_name, content) => {
  const root = temporary()
  writeFileSync(join(root, 'thing.lock'), content)
  await cached('thing', write, { root, patience: 60 })
  expect(readFileSync(join(root, 'thing', 'file'), 'utf8')).toBe('whole')
})

test('the slower of two without a lock takes what the faster made', async () => {
  const root = temporary()
  const folder = await cached(
    'thing',
    async (unfinished) => {
      await write(unfinished)
      mkdirSync(join(root, 'thing'))
      writeFileSync(join(root, 'thing', 'file'), 'faster')
    },
    { root },
  )
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('faster')
  expect(readdirSync(root)).toEqual(['thing'])
})

test('after an error nothing is left, and the next try makes it', async () => {
  const root = temporary()
  const failing = cached(
    'thing',
    async (folder) => {
      await write(folder)
      throw new Error('no room')
    },
    { root },
  )
  await expect(failing).rejects.toThrow('no room')
  expect(readdirSync(root)).toEqual([])
  await cached('thing', write, { root })
  expect(readdirSync(root)).toEqual(['thing'])
})

test('where nothing can be written, the error names the place and what to do', async () => {
  const file = join(temporary(), 'a-file')
  writeFileSync(file, '')
  const root = join(file, 'cache')
  const error: unknown = await cached('thing', write, { root }).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(CacheError)
  expect(String(error)).toMatch(
    /^CacheError: .*a-file\/cache cannot be written \(ENOTDIR: .*\): make it writable$/,
  )
})
