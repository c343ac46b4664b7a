/** Scripts and running peers with --data: a peer is found by its name, and no other person is made by mistake. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/files.ts'
import { freePort } from '../support/ports.ts'
import { Program } from './programs.ts'

const ALONE = ['--ip', '127.0.0.1', '--no-lan', '--no-tracker']

/** A machine with one data home. */
function machine() {
  const data = temporaryDirectory()
  const env = { XDG_DATA_HOME: data }
  const run = (...args: string[]): Program => new Program(args, env)
  /** A peer with a directory of its own, alone in its network, with a port for scripts. */
  const peer = async (name: string, ...more: string[]) => {
    const directory = temporaryDirectory()
    const ports = ['--port', String(await freePort()), '--web-port', String(await freePort())]
    const program = run('peer', '--name', name, ...ALONE, ...ports, '--data', directory, ...more)
    await program.prints('/chat#token=')
    return { program, directory }
  }
  return { data: join(data, 'parley'), run, peer }
}

async function ended(program: Program): Promise<{ status: number | string; out: string; err: string }> {
  const status = await program.ends()
  return { status, out: program.out, err: program.err }
}

test('send, tail and peers find a peer with --data by its name and as the only one', async () => {
  const { data, run, peer } = machine()
  const { program: alice, directory } = await peer('alice')
  const said = await ended(run('send', '--name', 'alice', '#general', 'by script', '--timeout', '0.2'))
  expect(said).toMatchObject({ status: 3 })
  expect(said.err).toContain('no one else was in #general within 0.2 s; alice has it')
  const tail = run('tail', '--name', 'alice', '--last', '1')
  await tail.prints('by script')
  expect(await ended(run('peers'))).toMatchObject({ status: 0, out: '' })

  const { token } = JSON.parse(readFileSync(join(directory, 'web.json'), 'utf8')) as { token: string }
  const [entry = '', ...more] = readdirSync(join(data, '.running'))
  expect(more).toEqual([])
  expect(readFileSync(join(data, '.running', entry), 'utf8')).not.toContain(token)
  // No other person was made.
  expect(readdirSync(data)).toEqual(['.running'])

  alice.signal('SIGKILL')
  await alice.ended
  expect(await ended(run('peers'))).toMatchObject({ status: 1 })
  expect(readdirSync(join(data, '.running'))).toEqual([])
})

test('a peer that ends takes its entry with it', async () => {
  const { data, peer } = machine()
  const { program } = await peer('alice')
  expect(readdirSync(join(data, '.running'))).toHaveLength(1)
  program.signal('SIGTERM')
  await program.ended
  expect(readdirSync(join(data, '.running'))).toEqual([])
})

test('two running peers of one name: the error names both directories', async () => {
  const { run, peer } = machine()
  const [one, other] = [await peer('kim'), await peer('kim')]
  for (const command of [['peers'], ['tail'], ['send', '#general', 'hi']]) {
    const { status, out, err } = await ended(run(...command, '--name', 'kim'))
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toContain('2 peers called kim run on this machine')
    expect(err).toContain(`kim in ${one.directory}`)
    expect(err).toContain(`kim in ${other.directory}`)
    expect(err).toContain('say which one with --data')
  }
  expect(await ended(run('peers', '--data', one.directory))).toMatchObject({ status: 0 })
})

test('send makes no person of a name that is not on this machine; peer --name does', async () => {
  const { data, run, peer } = machine()
  await peer('alice')
  const send = ['send', '--name', 'nobody', '#general', 'hi', '--timeout', '0.2', ...ALONE]
  const { status, err } = await ended(run(...send))
  expect(status).toBe(2)
  expect(err).toBe(
    'parley: no person of this machine is called nobody, and no peer of that name runs; there are: alice. ' +
      '"parley peer --name nobody" makes that person; with --ephemeral it is said by a person who is not kept\n',
  )
  expect(readdirSync(data)).toEqual(['.running'])

  expect((await ended(run(...send, '--ephemeral'))).err).toContain('no one else was in #general')
  expect(readdirSync(data)).toEqual(['.running'])

  const made = run('peer', '--name', 'nobody', ...ALONE)
  made.endInput()
  await made.ends()
  expect((await ended(run(...send))).err).toContain('no one else was in #general')
})

test('--network-key chooses the peer of that network, and a message goes to no other network', async () => {
  const { run, peer } = machine()
  const file = join(temporaryDirectory(), 'key')
  expect(await run('network', 'new', file).ends()).toBe(0)
  await peer('inside', '--network-key', file)
  await peer('outside')
  const key = ['--network-key', file]
  expect((await ended(run('send', '#general', 'x', '--timeout', '0.2', ...key))).err).toContain(
    'inside has it',
  )
  await run('tail', '--last', '1', ...key).prints('<inside> x')
  expect(await ended(run('peers', ...key))).toMatchObject({ status: 0, out: '' })
  for (const command of [['peers'], ['tail'], ['send', '#general', 'x']]) {
    const { status, err } = await ended(run(...command, '--name', 'outside', ...key))
    expect(status).toBe(2)
    expect(err).toContain('outside runs in an open network, not in network')
  }
})

test.each(['#x', '@x'])('--name %s is refused', async (name) => {
  const { run } = machine()
  const { status, err } = await ended(run('peer', '--name', name))
  expect(status).toBe(2)
  expect(err).toContain('name must not begin with # or @: these mark channels and people in commands')
})
