/** Running peers found by their files, and the output of `parley peers` in three forms. */
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { LOCAL_CLIENT } from '../../../src/cli/running/local-client.ts'
import { person } from '../../web/samples.ts'
import type { LocalPerson } from '../../../src/chat/wire/local-api.ts'
import { jsonLines, plainLines, table } from '../../../src/cli/scripts/peers-command.ts'
import { findPeer, requirePeer } from '../../../src/cli/running/running-peers.ts'
import { noteRunning } from '../../../src/cli/system/running-directories.ts'
import { givenText } from '../../../src/cli/scripts/read-stdin.ts'
import { Client } from '../../../src/http/client.ts'
import { startWeb, TOKEN } from '../../peer/local-api/support.ts'
import { temporaryDirectory } from '../../support/files.ts'

/** A separate home for the peers of a test, and a client. */
function home() {
  const data = temporaryDirectory()
  vi.stubEnv('XDG_DATA_HOME', data)
  const client = new Client(LOCAL_CLIENT)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    client.close()
  })
  /** Writes the file of a peer with this name. */
  const leave = (name: string, content: unknown): void => {
    mkdirSync(join(data, 'parley', name), { recursive: true })
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    writeFileSync(join(data, 'parley', name, 'web.json'), text)
  }
  return { data, client, leave }
}

/** The file of a running peer. */
async function running(name: string) {
  const { port } = await startWeb({ name })
  return { url: `http://127.0.0.1:${port}/chat#token=${TOKEN}`, token: TOKEN, pid: process.pid }
}

test('the only running peer, by no name, by its name and by its directory', async () => {
  const { client, leave, data } = home()
  leave('alice', await running('alice'))
  mkdirSync(join(data, 'parley', 'empty'))
  for (const wanted of [{}, { name: 'alice' }, { data: join(data, 'parley', 'alice') }])
    expect((await findPeer(client, wanted))?.name).toBe('alice')
  expect(await findPeer(client, { name: 'bob' })).toBeUndefined()
})

describe('peers with --data', () => {
  /** A directory outside of the data home with the file of a peer, noted as that of this process. */
  function outside(content: unknown, label?: string): string {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'web.json'), JSON.stringify(content))
    if (label !== undefined) writeFileSync(join(directory, 'name'), `${label}\n`)
    onTestFinished(noteRunning(directory))
    return realpathSync(directory)
  }

  test('are found by no name, by the name that was given, and by the present one', async () => {
    const { client } = home()
    const named = outside(await running('carla'), 'carla')
    expect(await findPeer(client, {})).toMatchObject({ name: 'carla', directory: named })
    const unnamed = outside(await running('dora'))
    expect(await findPeer(client, { name: 'carla' })).toMatchObject({ directory: named })
    expect(await findPeer(client, { name: 'dora' })).toMatchObject({ directory: unnamed })
    await expect(requirePeer(client, { name: 'zoe' })).rejects.toThrow('there are: carla, dora')
  })

  test('two of one name: the error names both directories', async () => {
    const { client, leave, data } = home()
    leave('kim', await running('kim'))
    const other = outside(await running('kim'), 'kim')
    const first = `kim in ${join(data, 'parley', 'kim')}`
    await expect(findPeer(client, { name: 'kim' })).rejects.toThrow(
      `2 peers called kim run on this machine (${first}, kim in ${other}); say which one with --data`,
    )
    await expect(findPeer(client, {})).rejects.toThrow(
      `(${first}, kim in ${other}); say which one with --data`,
    )
  })

  test('one is not found twice when its directory is in the data home, by whatever path', async () => {
    const { client, leave, data } = home()
    leave('kim', await running('kim'))
    const link = join(temporaryDirectory(), 'link')
    symlinkSync(join(data, 'parley', 'kim'), link)
    onTestFinished(noteRunning(link))
    expect(await findPeer(client, { name: 'kim' })).toMatchObject({ name: 'kim' })
  })
})

describe('a closed network', () => {
  test('chooses among peers, and a chosen peer must be in it', async () => {
    const { client, leave } = home()
    leave('alice', await running('alice'))
    expect(await findPeer(client, { network: 'k3f9-2mx7' })).toBeUndefined()
    await expect(requirePeer(client, { network: 'k3f9-2mx7' })).rejects.toThrow(
      'no peer of network k3f9-2mx7 runs on this machine; there are: alice',
    )
    for (const wanted of [
      { name: 'alice' },
      { data: join(process.env['XDG_DATA_HOME'] ?? '', 'parley', 'alice') },
    ])
      await expect(findPeer(client, { ...wanted, network: 'k3f9-2mx7' })).rejects.toThrow(
        'alice runs in an open network, not in network k3f9-2mx7',
      )
  })
})

test('several: none is chosen, and the error names all', async () => {
  const { client, leave } = home()
  leave('bob', await running('bob'))
  leave('alice', await running('al'))
  await expect(findPeer(client, {})).rejects.toThrow(
    '2 peers run on this machine (alice, now called al, bob); say which one with --name',
  )
  await expect(requirePeer(client, { name: 'zoe' })).rejects.toThrow(
    'no peer called zoe runs on this machine; there are: alice, now called al, bob',
  )
})

describe('a file without a running peer', () => {
  test.each<[string, (real: Awaited<ReturnType<typeof running>>) => unknown]>([
    ['the process has ended', (real) => ({ ...real, pid: 2 ** 22 + 1 })],
    ['another token', (real) => ({ ...real, token: 'x' })],
    ['nothing listens there', (real) => ({ ...real, url: 'http://127.0.0.1:1/chat' })],
    ['a name for an address', (real) => ({ ...real, url: 'http://localhost:8080/chat' })],
    ['a token that would be two header fields', (real) => ({ ...real, token: 'x\r\nHost: y' })],
    ['half a file', (real) => JSON.stringify(real).slice(0, 20)],
    ['other fields', () => ({ url: 1 })],
    ['no object', () => [1]],
  ])('%s', async (_name, leftBy) => {
    const { client, leave } = home()
    leave('alice', leftBy(await running('alice')))
    expect(await findPeer(client, {})).toBeUndefined()
    await expect(requirePeer(client, {})).rejects.toThrow('no peer runs on this machine')
  })
})

describe('the users here', () => {
  const KEY = 'b'.repeat(42) + 'A'
  const PEOPLE: readonly LocalPerson[] = [
    person('bob', {
      ...{ id: KEY, key: KEY, short: 'k3f9-2mx7', addresses: ['10.0.0.2:8000', '10.0.0.9:8000'] },
      ...{ channels: ['general', 'ops'], sources: ['lan', 'static'] },
    }),
    person('a\tb', {
      ...{ id: '10.0.0.3:8000', addresses: ['10.0.0.3:8000'], status: 'x\x1b[2J' },
      ...{ channels: [], sources: ['other'] },
    }),
  ]

  test('as a table', () => {
    expect(table(PEOPLE)).toEqual([
      'NAME  KEY        ADDRESS        KNOWN BY      CHANNELS       STATUS',
      'bob   k3f9-2mx7  10.0.0.2:8000  LAN, by hand  #general #ops',
      'a b   none       10.0.0.3:8000  other                        x␛[2J',
    ])
  })

  test('with tabs', () => {
    expect(plainLines(PEOPLE)).toEqual([
      `${KEY}\tbob\tlan,static\tgeneral,ops\t\t10.0.0.2:8000,10.0.0.9:8000`,
      '10.0.0.3:8000\ta b\tother\t\tx␛[2J\t10.0.0.3:8000',
    ])
  })

  test('as JSON, where nothing is changed', () => {
    const shown = ({ id, key, short, name, addresses, sources, channels, status }: LocalPerson) =>
      Object.fromEntries(
        Object.entries({ id, key, short, name, addresses, sources, channels, status }).filter(
          ([, value]) => value !== undefined,
        ),
      )
    expect(jsonLines(PEOPLE).map((line) => JSON.parse(line) as unknown)).toEqual(PEOPLE.map(shown))
  })
})

describe('the text of a message', () => {
  const input = (text: string): Readable => Readable.from([Buffer.from(text)])
  test.each<[string, string[], string]>([
    ['words', ['hello', 'world'], 'hello world'],
    ['a dash among words', ['-', 'x'], '- x'],
    ['none: the input', [], 'a\nb'],
    ['a dash: the input', ['-'], 'a\nb'],
  ])('%s', async (_name, words, text) => {
    expect(await givenText(words, input('a\nb\r\n\n'))).toBe(text)
  })

  test('an input longer than a message is not read to its end', async () => {
    await expect(givenText([], input('x'.repeat(10_000)))).rejects.toThrow('at most 4096 characters')
  })
})
