/** Directories of a peer, also for an environment that is empty or wrong. */
import * as os from 'node:os'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readConfiguration } from '../../../src/cli/program/config-file.ts'
import { openPeerStore } from '../../../src/cli/running/open-store.ts'
import {
  dataHome,
  directoryName,
  homeDirectory,
  labelOfDirectory,
  trackerDirectory,
} from '../../../src/cli/system/paths.ts'
import { findPeer } from '../../../src/cli/running/running-peers.ts'
import { LOCAL_CLIENT } from '../../../src/cli/running/local-client.ts'
import { Client } from '../../../src/http/client.ts'

vi.mock(import('node:os'), async (original) => {
  const real = await original()
  return { ...real, userInfo: vi.fn(real.userInfo) as unknown as typeof real.userInfo }
})

beforeEach(() => {
  vi.stubEnv('XDG_DATA_HOME', undefined)
  vi.stubEnv('XDG_CONFIG_HOME', undefined)
})

afterEach(() => {
  vi.mocked(os.userInfo).mockReset()
  vi.unstubAllEnvs()
})

/** As for a user with this number alone. */
function noUser(): void {
  vi.mocked(os.userInfo).mockImplementation(() => {
    throw new Error('uv_os_get_passwd returned ENOENT')
  })
}

describe('the home directory', () => {
  test.each([
    ['HOME', '/home/kim', '/home/kim'],
    ['that of the list of users when HOME is empty', '', '/users/kim'],
    ['that of the list of users when HOME is not a whole path', 'kim', '/users/kim'],
  ])('%s', (_name, home, expected) => {
    vi.stubEnv('HOME', home)
    vi.mocked(os.userInfo).mockReturnValue({ ...os.userInfo(), homedir: '/users/kim' })
    expect(homeDirectory()).toBe(expected)
  })

  test('none: no HOME, and no such user', () => {
    vi.stubEnv('HOME', '')
    noUser()
    expect(homeDirectory()).toBeUndefined()
  })
})

describe('the directory of data', () => {
  test.each([
    ['XDG_DATA_HOME', '/data', '/data/parley'],
    ['the usual one when XDG_DATA_HOME is empty', '', '/home/kim/.local/share/parley'],
    ['the usual one when XDG_DATA_HOME is not a whole path', 'data', '/home/kim/.local/share/parley'],
  ])('%s', (_name, data, expected) => {
    vi.stubEnv('HOME', '/home/kim')
    vi.stubEnv('XDG_DATA_HOME', data)
    expect(dataHome()).toBe(expected)
    expect(trackerDirectory()).toBe(`${expected}/.tracker`)
  })
})

describe('the name of a directory', () => {
  test.each([
    ['alice', 'alice'],
    ['a/b.c', 'a%2Fb%2Ec'],
    ['..', '%2E%2E'],
    ['Nguyễn Văn', 'Nguy%E1%BB%85n%20V%C4%83n'],
  ])('of %s is %s, and back', (label, name) => {
    expect(directoryName(label)).toBe(name)
    expect(labelOfDirectory(name)).toBe(label)
    expect(labelOfDirectory(`${name}.2`)).toBe(label)
  })

  test.each(['', '.hidden', 'alice.copy', 'alice.2.3', '100%', '%FF'])('%j is of no person', (name) => {
    expect(labelOfDirectory(name)).toBeUndefined()
  })
})

describe('without a home directory', () => {
  beforeEach(() => {
    vi.stubEnv('HOME', '')
    noUser()
  })

  test('nothing is kept, which is said once', async () => {
    const problems: string[] = []
    const flags = { data: undefined, history: true, ephemeral: false }
    const { store, person, name } = await openPeerStore(
      'kim',
      flags,
      (sentence) => problems.push(sentence),
      false,
    )
    store.close()
    expect({ person, name }).toEqual({ person: undefined, name: 'kim' })
    expect(problems).toEqual([
      'there is no home directory; nothing is kept of this chat when it ends, unless --data DIRECTORY says where',
    ])
  })

  test('there is no configuration and no running peer', async () => {
    await using client = new Client(LOCAL_CLIENT)
    expect(readConfiguration(undefined)).toBeUndefined()
    expect(await findPeer(client, {})).toBeUndefined()
    expect(await findPeer(client, { name: 'kim' })).toBeUndefined()
    expect(trackerDirectory()).toBeUndefined()
  })
})
