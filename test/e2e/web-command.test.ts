/** Where the page of a peer is: `parley web`, --web-port, web.json. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Program, peer, peerFlags, tracker } from './programs.ts'
import { temporaryDirectory } from '../support/files.ts'
import { freePort } from '../support/ports.ts'
import { until } from '../support/wait.ts'
import { startPeer } from '../support/peers.ts'

const URL_LINE = /^(http:\/\/127\.0\.0\.1:(\d+)\/chat#token=([A-Za-z0-9_-]{43}))$/m

/** The flags of `parley web` with a page on this port. */
async function webFlags(name: string, trackerPort: number, ...more: string[]): Promise<string[]> {
  const [, ...flags] = await peerFlags(name, trackerPort)
  return ['web', ...flags, ...more]
}

async function pageOf(program: Program): Promise<{ url: string; port: string; token: string }> {
  await program.prints(URL_LINE)
  const [, url = '', port = '', token = ''] = URL_LINE.exec(program.all) ?? []
  return { url, port, token }
}

function sendPeer(port: string, token: string, body: object): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  return fetch(`http://127.0.0.1:${port}/send-peer`, { method: 'POST', headers, body: JSON.stringify(body) })
}

test('parley web: a page without a prompt, web.json for scripts, and POST /send-peer', async () => {
  const { port: trackerPort } = await tracker()
  const bob = await peer('bob', trackerPort)
  const data = temporaryDirectory()
  const at = await freePort()
  const web = new Program(await webFlags('alice', trackerPort, '--server-port', String(at), '--data', data))
  const { url, port, token } = await pageOf(web)
  expect(port).toBe(String(at))
  const file = join(data, 'web.json')
  const { pid, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  expect(rest).toEqual({ id: expect.stringMatching(/^[\w-]{43}$/) as string, url, token })
  expect(pid).toBeGreaterThan(1)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  await web.prints('registered with the tracker')
  const answer = await sendPeer(port, token, { from: 'backup', to: 'bob', message: 'done' })
  expect(await answer.json()).toMatchObject({ status: 'ok', recipients: 1 })
  await bob.prints(/alice.*done/)
  expect((await sendPeer(port, 'wrong', { message: 'x' })).status).toBe(401)
  web.signal('SIGTERM')
  expect(await web.ends()).toBe(0)
  expect(existsSync(file)).toBe(false)
  expect(readdirSync(data)).not.toContain('web.json.new')
})

test('between pipes there is a page when a port is asked for, and only then', async () => {
  const { port: trackerPort } = await tracker()
  const at = String(await freePort())
  const asked = await peer('alice', trackerPort, '--web-port', at)
  expect(await pageOf(asked)).toMatchObject({ port: at })
  const byEnvironment = new Program(await peerFlags('carol', trackerPort), {
    PARLEY_WEB_PORT: String(await freePort()),
  })
  await pageOf(byEnvironment)
  const not = await peer('bob', trackerPort)
  expect(not.all).not.toContain('token')
  const neither = new Program([...(await peerFlags('dora', trackerPort)), '--no-web'], {
    PARLEY_WEB_PORT: String(await freePort()),
  })
  await neither.prints('registered with the tracker')
  expect(neither.all).not.toContain('token')
})

test('--json: the URL is not printed as an event', async () => {
  const { port: trackerPort } = await tracker()
  const program = new Program([
    ...(await peerFlags('alice', trackerPort)),
    ...['--json', '--web-port', String(await freePort())],
  ])
  await expect.poll(() => program.err, { timeout: 15_000 }).toMatch(URL_LINE)
  expect(program.out).not.toContain('token')
})

test.each([
  ['peer', '--web-port'],
  ['web', '--server-port'],
  ['peer', '--port'],
  ['web', '--port'],
])(
  'a port that is taken is 4, and names the flag; no peer sees a join, no history is opened: %s %s',
  async (command, flag) => {
    const { port: trackerPort } = await tracker()
    const { peer: bob, events } = await startPeer({
      name: 'bob',
      tracker: { host: '127.0.0.1', port: trackerPort },
    })
    await until(() => events.some((event) => event.kind === 'tracker' && event.state === 'registered'), 'bob')
    const [, ...flags] = await peerFlags('alice', trackerPort)
    const data = join(temporaryDirectory(), 'data')
    const program = new Program([command, ...flags, '--data', data, flag, String(trackerPort)])
    expect(await program.ends()).toBe(4)
    expect(program.err).toContain(`choose another with ${flag}`)
    expect(program.err).not.toMatch(/\n\s+at /)
    expect(existsSync(data)).toBe(false)
    // What a join tells is here before the answer to a later question.
    await expect(bob.locate('alice')).rejects.toThrow()
    expect(events.filter(({ kind }) => kind === 'joined' || kind === 'parted')).toEqual([])
  },
)

test('an address that this machine does not have: exit status 4', async () => {
  const program = new Program(['web', '--no-tracker', '--no-lan', '--server-ip', '192.0.2.1', '--ephemeral'])
  expect(await program.ends()).toBe(4)
  expect(program.err).toContain('cannot open the page: this machine has no address 192.0.2.1')
})

test('--qr draws the URL, unless only this machine can open it', async () => {
  const { port: trackerPort } = await tracker()
  const flags = await webFlags('alice', trackerPort, '--qr', '--ephemeral')
  const alone = new Program(flags)
  await pageOf(alone)
  await alone.prints(/^-- no QR code: only this machine can open the page; --server-ip 0\.0\.0\.0 /m)
  expect(alone.out).not.toContain('█')
  alone.signal('SIGTERM')
  await alone.ends()
  const open = new Program([...flags, '--server-ip', '0.0.0.0'])
  await open.prints(/^█{20,}$/m)
  expect(open.out).not.toContain('\x1b')
})
