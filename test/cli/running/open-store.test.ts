/** Where a peer keeps its messages, and what it is called where its name is taken. */
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openPeerStore, type PeerStore, type StorageFlags } from '../../../src/cli/running/open-store.ts'
import { temporaryDirectory } from '../../support/files.ts'

const USUAL: StorageFlags = { data: undefined, history: true, ephemeral: false }

/** A separate home for the peers of a test. */
function home(): string {
  const data = temporaryDirectory()
  vi.stubEnv('XDG_DATA_HOME', data)
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  return join(data, 'parley')
}

async function open(
  name: string,
  isNamed: boolean,
  problems: string[] = [],
  flags = USUAL,
): Promise<PeerStore> {
  const kept = await openPeerStore(name, flags, (sentence) => problems.push(sentence), isNamed)
  onTestFinished(() => {
    kept.store.close()
  })
  return kept
}

describe('a second peer on this machine', () => {
  test('gets the next number if its name was not chosen, and has its own messages', async () => {
    const all = home()
    const problems: string[] = []
    const names: string[] = []
    const directories: (string | undefined)[] = []
    for (let count = 0; count < 3; count++) {
      const { name, directory } = await open('kim', false, problems)
      names.push(name)
      directories.push(directory)
    }
    expect(names).toEqual(['kim', 'kim-2', 'kim-3'])
    expect(directories).toEqual(names.map((name) => join(all, name)))
    expect(problems).toEqual([])
  })

  test('is the first again when that has ended', async () => {
    home()
    const first = await open('kim', false)
    first.store.close()
    expect((await open('kim', false)).name).toBe('kim')
  })

  test('keeps a name that was chosen, and nothing else', async () => {
    home()
    const problems: string[] = []
    await open('alice', true)
    const { name, directory } = await open('alice', true, problems)
    expect({ name, directory }).toEqual({ name: 'alice', directory: undefined })
    expect(problems).toEqual([expect.stringContaining('alice runs on this machine already')])
  })

  test('is refused in a directory that was named', async () => {
    const data = temporaryDirectory()
    await open('kim', false, [], { ...USUAL, data })
    await expect(open('kim', false, [], { ...USUAL, data })).rejects.toThrow('in use by another Parley')
  })
})

test('nine peers without a chosen name, and a tenth that keeps nothing', async () => {
  home()
  const problems: string[] = []
  const names: string[] = []
  for (let count = 0; count < 10; count++) names.push((await open('kim', false, problems)).name)
  expect(names.slice(8)).toEqual(['kim-9', 'kim'])
  expect(problems).toHaveLength(1)
})

test('an ephemeral peer writes nothing', async () => {
  home()
  expect((await open('kim', false, [], { ...USUAL, ephemeral: true })).directory).toBeUndefined()
})
