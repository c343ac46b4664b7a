/** A closed network of real processes: its key is made, shown and given; what is said stays in it; the doctor says what is wrong. */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Program, peerFlags } from './programs.ts'
import { get } from '../support/ask.ts'
import { temporaryDirectory } from '../support/files.ts'
import { freePort } from '../support/ports.ts'

const KEY = /^parley-network-1:[\w-]{48}$/m

/** A new network, and the file with its key. */
async function newNetwork(): Promise<string> {
  const file = join(temporaryDirectory(), 'office')
  const made = new Program(['network', 'new', file])
  expect(await made.ends()).toBe(0)
  return file
}

/** A tracker of a closed network. */
async function closedTracker(file: string): Promise<number> {
  const port = await freePort()
  const at = ['--ip', '127.0.0.1', '--port', String(port), '--ephemeral']
  const tracker = new Program(['tracker', ...at, '--network-key', file])
  await tracker.prints('it answers its members only')
  return port
}

async function member(name: string, trackerPort: number, file: string): Promise<Program> {
  const program = new Program([...(await peerFlags(name, trackerPort)), '--network-key', file])
  await program.prints('registered with the tracker')
  return program
}

test('a key is made once, shown again, and taken by every command', async () => {
  const file = await newNetwork()
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const [key = ''] = KEY.exec(readFileSync(file, 'utf8')) ?? []
  const shown = new Program(['network', 'show', file])
  expect(await shown.ends()).toBe(0)
  expect(shown.out).toContain(key)
  expect(shown.out).toMatch(/[█▀▄]{10}/)
  const again = new Program(['network', 'new', file])
  expect(await again.ends()).toBe(2)
  expect(again.all).toContain('is there already, and is never replaced')
  expect(readFileSync(file, 'utf8')).toBe(`${key}\n`)
})

test('members talk by a tracker of their network; strangers get a sentence from each of them', async () => {
  const file = await newNetwork()
  const port = await closedTracker(file)
  const bob = await member('bob', port, file)
  const alice = await member('alice', port, file)
  await alice.prints('bob')
  alice.type('only for members\n')
  await bob.prints(/alice.*only for members/)

  const stranger = new Program(await peerFlags('olga', port))
  await stranger.prints('this network has a key')
  expect(await get(port, '/get-list')).toMatchObject({ status: 403, json: { error: 'closed_network' } })

  const send = [...(await peerFlags('cron', port)).slice(1), '--network-key', file, '--ephemeral']
  const said = new Program(['send', '@bob', 'backup done', ...send])
  expect(await said.ends()).toBe(0)
  await bob.prints(/cron.*backup done/)
})

test('the page and its API say in which network a member is', async () => {
  const file = await newNetwork()
  const shown = new Program(['network', 'show', file])
  await shown.ends()
  const [, label = ''] = /^Network (\S+), in /.exec(shown.out) ?? []
  const data = temporaryDirectory()
  const at = ['--ip', '127.0.0.1', '--port', String(await freePort()), '--no-lan', '--no-tracker']
  const env = { PARLEY_NETWORK_KEY: readFileSync(file, 'utf8').trim() }
  const web = new Program(['web', ...at, '--server-port', String(await freePort()), '--data', data], env)
  await web.prints(`network ${label}: programs without its key are kept out`)
  await web.prints('/chat#token=')
  const { url, token } = JSON.parse(readFileSync(join(data, 'web.json'), 'utf8')) as Record<string, string>
  const answer = await fetch(new URL('/api/state', url), {
    headers: { Authorization: `Bearer ${token ?? ''}` },
  })
  expect(await answer.json()).toMatchObject({ network: label })
})

describe('the doctor', () => {
  const doctor = async (port: number, ...more: string[]): Promise<Program> => {
    const at = ['--ip', '127.0.0.1', '--no-lan', '--tracker-ip', '127.0.0.1', '--tracker-port', String(port)]
    const program = new Program(['doctor', ...at, '--timeout', '3', ...more])
    await program.ends()
    return program
  }

  test('of a member finds its tracker, and the others', async () => {
    const file = await newNetwork()
    const port = await closedTracker(file)
    await member('bob', port, file)
    const { out } = await doctor(port, '--network-key', file)
    expect(out).toMatch(/^ok {2}tracker +127\.0\.0\.1:\d+ answers .*, knows 1 peer$/m)
    expect(out).toMatch(/^ok {2}peer +bob .*, reaches you$/m)
  })

  test('of a member hears others on the LAN, and none of another network', async () => {
    const file = await newNetwork()
    const at = async (name: string, key: string): Promise<void> => {
      const ports = ['--port', String(await freePort()), '--server-port', String(await freePort())]
      const flags = ['--ip', '127.0.0.1', '--no-tracker', ...ports, '--network-key', key]
      await new Program(['web', '--name', name, ...flags]).prints('you are')
    }
    await at('bob', file)
    await at('otto', await newNetwork())
    const seen = new Program(['doctor', '--ip', '127.0.0.1', '--no-tracker', '--network-key', file])
    await seen.ends()
    expect(seen.out).toMatch(/^ok {2}LAN +heard 127\.0\.0\.1:\d+$/m)
    expect(seen.out).toMatch(/^ok {2}peer +bob .*, by LAN: answers .*, reaches you$/m)
    expect(seen.out).not.toContain('otto')
  })

  test('with another key, or none, says that the tracker is in another network', async () => {
    const port = await closedTracker(await newNetwork())
    for (const more of [[], ['--network-key', await newNetwork()]]) {
      const { out } = await doctor(port, ...more)
      expect(out).toContain(`The tracker at 127.0.0.1:${port} is not in your network`)
      expect(out).toContain('parley network show FILE')
    }
  })
})

test('parley lan is refused with a network key', async () => {
  const lan = new Program(['lan', '--name', 'alice', '--no-verbose', '--network-key', await newNetwork()])
  expect(await lan.ends()).toBe(2)
  expect(lan.all).toContain('a closed network does not use LSNP')
})
