/**
 * `parley doctor` where something is really wrong: as a process, in networks made for the purpose (network namespaces of
 * Linux, scripts/lan/lab.sh), or with stand-ins on loopback. Its first line names the cause.
 */
import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { TCP } from '../../src/http/network.ts'
import { json, Router, type Routes } from '../../src/http/router.ts'
import { freePort } from '../support/ports.ts'
import { scriptedServer } from '../support/scripted-server.ts'
import { temporaryDirectory } from '../support/files.ts'
import { peer, Program, tracker } from './programs.ts'
import type { DoctorOptions } from '../../src/cli/doctor/doctor-command.ts'
import type { Address } from '../../src/http/message.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const LAB = `${ROOT}scripts/lan/lab.sh`
const HOUR = 3_600_000

/** Words of a shell that run a test program from its source. */
const NODE = `${process.execPath} --import tsx`
const DOCTOR = `${NODE} ${ROOT}test/cli/doctor/run.ts`
const PEER = `${NODE} ${ROOT}test/cli/doctor/run-peer.ts`

interface Ended {
  readonly status: number
  readonly out: string
  /** The first line: the likely cause. */
  readonly cause: string
}

/** Runs a program to its end, with a data directory of its own. */
function run(program: string, args: readonly string[]): Promise<Ended> {
  const data = temporaryDirectory()
  const env = { PATH: process.env['PATH'] ?? '', HOME: data, XDG_DATA_HOME: data }
  return new Promise((resolve) => {
    execFile(program, args, { env, cwd: ROOT, timeout: 55_000 }, (error, stdout, stderr) => {
      const status = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1
      resolve({ status, out: stdout + stderr, cause: stdout.split('\n')[0] ?? '' })
    })
  })
}

function command(options: Partial<DoctorOptions>): string {
  return `${DOCTOR} '${JSON.stringify({ timeout: 3, ...options })}'`
}

/** The doctor on loopback; without the LAN, where it would hear other tests. */
function doctor(options: Partial<DoctorOptions>): Promise<Ended> {
  return run('bash', [
    '-c',
    `exec ${command({ lan: false, interfaces: ['lo'], ip: '127.0.0.1', ...options })}`,
  ])
}

/** In a new network namespace, whose only interface, loopback, is down. */
function alone(script: string): Promise<Ended> {
  return run('unshare', ['-rn', 'bash', '-euc', script])
}

/** On a LAN with two hosts, h1 (10.77.0.11) and h2 (10.77.0.12). */
function onLan(script: string): Promise<Ended> {
  return run(LAB, ['2', 'bash', '-euc', script])
}

function works(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore', timeout: 50_000 })
    return true
  } catch {
    return false
  }
}

const hasNamespaces = works('unshare', '-rn', 'ip', 'link', 'set', 'lo', 'up')
const hasLab = hasNamespaces && works(LAB, '1', 'ip', 'netns', 'exec', 'h1', 'nft', 'list', 'ruleset')
const NO_NAMESPACES = 'this system does not allow: unshare -rn'
const NO_LAB = 'this system does not allow scripts/lan/lab.sh, or has no nft'

describe('in a network namespace', () => {
  test('the discovery port is held by a program that does not share it', async ({ skip }) => {
    skip(!hasNamespaces, NO_NAMESPACES)
    const hold = `require("node:dgram").createSocket("udp4").bind(50999, () => console.log("bound"))`
    const { status, cause, out } = await alone(`
      ip link set lo up
      coproc HOLD { exec ${process.execPath} -e '${hold}'; }
      trap 'kill "$HOLD_PID"' EXIT
      read -r _ <&"\${HOLD[0]}"
      echo "holder $HOLD_PID" >&2
      ${command({ interfaces: ['lo'] })}`)
    const pid = /holder (\d+)/.exec(out)?.[1] ?? 'none'
    expect(cause).toBe(
      `UDP port 50999 is taken by node (process ${pid}), which does not share it, so announcements of others are not heard and nobody on the LAN is found.`,
    )
    expect(out).toContain(`fix it:   kill ${pid}\n`)
    expect(out).toContain('by hand:  parley peer --peer ADDRESS:PORT')
    expect(status).toBe(1)
  })

  test.for([
    ['up', 'ip link set lo up'],
    ['down', 'true'],
  ] as const)('there is no interface but loopback, which is %s', async ([, before], { skip }) => {
    skip(!hasNamespaces, NO_NAMESPACES)
    const { status, cause } = await alone(`${before}\n${command({})}`)
    expect(cause).toBe(
      'There is no network interface with an address but loopback, so nobody beyond this machine can be reached.',
    )
    expect(status).toBe(1)
  })

  test('the interface is down', async ({ skip }) => {
    skip(!hasNamespaces, NO_NAMESPACES)
    const { status, cause, out } = await alone(
      `ip link set lo up; ip link add eth0 type veth peer name far\n${command({})}`,
    )
    expect(cause).toMatch(/^There is no network interface .*: eth0 and far are down or without an address/)
    expect(out).toContain('sudo ip link set eth0 up')
    expect(status).toBe(1)
  })
})

describe('on a LAN', () => {
  /** Starts Bob on h2, runs these commands, then the doctor on h1. */
  const withBob = (before: string, options: Partial<DoctorOptions> = {}): Promise<Ended> =>
    onLan(`
      coproc BOB { exec ip netns exec h2 ${PEER} bob; }
      trap 'kill "$BOB_PID"' EXIT
      read -r _ <&"\${BOB[0]}"
      ${before}
      ip netns exec h1 ${command(options)}`)

  const nft = (host: string, hook: 'input' | 'output', rule: string): string =>
    `ip netns exec ${host} nft 'add table inet check; add chain inet check only { type filter hook ${hook} priority 0; }; add rule inet check only ${rule}'`

  test('nothing is wrong', async ({ skip }) => {
    skip(!hasLab, NO_LAB)
    const { status, cause, out } = await withBob('')
    expect(cause).toBe('Nothing is wrong: 1 peer answers.')
    expect(out).toMatch(/ok {2}peer {7}bob \(10\.77\.0\.12:8000\), by LAN: answers in .* ms, reaches you/)
    expect(out).toContain('own announcement to 10.77.0.255 on eth0 comes back')
    expect(status).toBe(0)
  })

  test('a firewall on this host blocks connections from other hosts', async ({ skip }) => {
    skip(!hasLab, NO_LAB)
    const { status, cause } = await withBob(nft('h1', 'input', 'ct state new tcp dport 8000-9999 drop'))
    expect(cause).toBe(
      'bob (10.77.0.12:8000) cannot connect to you at TCP port 8000 (no answer in time), so what others say does not arrive: a firewall on this machine keeps others out.',
    )
    expect(status).toBe(1)
  })

  test('a firewall on the other host blocks connections from this host', async ({ skip }) => {
    skip(!hasLab, NO_LAB)
    const { status, cause } = await withBob(nft('h2', 'input', 'tcp dport 8000-9999 drop'))
    expect(cause).toBe(
      'bob (10.77.0.12:8000) cannot be reached from here (no answer in time): it is heard, so a firewall on its machine keeps you out.',
    )
    expect(status).toBe(1)
  })

  test('a firewall on this host drops announcements', async ({ skip }) => {
    skip(!hasLab, NO_LAB)
    const { status, cause, out } = await withBob(nft('h1', 'input', 'udp dport 50999 drop'))
    expect(cause).toBe(
      'What is sent to everybody on eth0 (10.77.0.255) and lo (127.255.255.255) does not come back to UDP port 50999: a firewall on this machine drops it, so nobody on the LAN is heard.',
    )
    expect(out).toContain('10.77.0.0/24')
    expect(status).toBe(1)
  })
})

describe('with stand-ins on this machine', () => {
  /** A server that answers as its test says. */
  async function standIn(routes: Routes): Promise<Address> {
    const server = await TCP.listen(new Router(routes).handle, { host: '127.0.0.1' })
    onTestFinished(() => server.close(0))
    return server.address
  }

  function bob(check: () => object): Promise<Address> {
    return standIn({
      'GET /p2p/hello': () => json(200, { app: 'parley', name: 'bob' }),
      'POST /p2p/check': () => json(200, check()),
    })
  }

  test('the tracker is down', async () => {
    const port = await freePort()
    const { status, cause, out } = await doctor({ tracker: { host: '127.0.0.1', port } })
    expect(cause).toBe(
      `No tracker runs at 127.0.0.1:${port} (the connection is refused), so it can tell nobody of you.`,
    )
    expect(out).toContain(`fix it:   parley tracker --ip 127.0.0.1 --port ${port}\n`)
    expect(status).toBe(1)
  })

  test('the default tracker may be missing when a peer is reachable', async () => {
    const tracker = { host: '127.0.0.1', port: await freePort() }
    const peer = await bob(() => ({ reachable: true, now: Date.now() }))
    const { status, out } = await doctor({ tracker, isTrackerOptional: true, peers: [peer] })
    expect(out).toContain('and none was asked for')
    expect(status).toBe(0)
  })

  test('without tracker, LAN and --peer no peer can be found', async () => {
    const { status, cause } = await doctor({})
    expect(cause).toMatch(/^Nobody was asked: /)
    expect(status).toBe(1)
  })

  test('another kind of server at the address of --peer is not counted as a peer', async () => {
    const { port } = await scriptedServer(() => [404, '<h1>not found</h1>'])
    const peer = await bob(() => ({ reachable: true, now: Date.now() }))
    const { status, cause, out } = await doctor({ peers: [peer, { host: '127.0.0.1', port }] })
    expect(cause).toMatch(new RegExp(`^What answers at 127\\.0\\.0\\.1:${port} is no peer, `))
    expect(out).not.toMatch(new RegExp(`clock.*:${port}`))
    expect(status).toBe(1)
  })

  test('a peer reports that it cannot reach this one', async () => {
    const peer = await bob(() => ({ reachable: false, reason: 'timeout', now: Date.now() }))
    const { status, cause } = await doctor({ peers: [peer] })
    expect(cause).toMatch(
      /^bob \(127\.0\.0\.1:\d+\) cannot connect to you at TCP port \d+ \(no answer in time\), so what others say does not arrive/,
    )
    expect(status).toBe(1)
  })

  test('the clock of a peer is an hour off', async () => {
    const peer = await bob(() => ({ reachable: true, now: Date.now() + HOUR }))
    const { status, cause } = await doctor({ peers: [peer] })
    expect(cause).toBe(
      `The clock of bob (127.0.0.1:${peer.port}) is 1 h ahead of that of this machine, so messages carry the wrong time.`,
    )
    expect(status).toBe(1)
  })

  test('the clock of this machine is an hour off by a tracker and a peer', async () => {
    const peer = await bob(() => ({ reachable: true, now: Date.now() + HOUR }))
    const body = '{"peers":[]}'
    const { port } = await scriptedServer(
      () =>
        `HTTP/1.1 200 OK\r\nDate: ${new Date(Date.now() + HOUR).toUTCString()}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    )
    const { status, cause } = await doctor({ peers: [peer], tracker: { host: '127.0.0.1', port } })
    expect(cause).toBe(
      `The clock of this machine is 1 h behind those of the tracker 127.0.0.1:${port} and bob (127.0.0.1:${peer.port}), so messages carry the wrong time.`,
    )
    expect(status).toBe(1)
  })

  test('the tracker has another key than the one by which this person knows it', async () => {
    const before = await tracker()
    const data = ['--data', temporaryDirectory()]
    const alice = await peer('alice', before.port, ...data)
    const ask = async (): Promise<Program> => {
      const at = ['--tracker-ip', '127.0.0.1', '--tracker-port', String(before.port)]
      const asked = new Program(['doctor', '--ip', '127.0.0.1', '--no-lan', '--timeout', '3', ...at, ...data])
      await asked.ends()
      return asked
    }
    alice.type('/quit\n')
    await alice.ends()
    expect((await ask()).out).not.toContain('another key')
    before.program.signal('SIGTERM')
    await before.program.ends()
    await tracker(before.port)
    const { out } = await ask()
    expect(out).toMatch(/127\.0\.0\.1:\d+ answers in .*, another key/)
    expect(out).toMatch(
      /The tracker at 127\.0\.0\.1:\d+ has the key \S+ now instead of \S+: it was set up anew/,
    )
  })

  test('--json prints one object', async () => {
    const peer = await bob(() => ({ reachable: true, now: Date.now() }))
    const { status, out } = await doctor({ json: true, peers: [peer] })
    const report = JSON.parse(out) as Record<string, unknown>
    expect(report).toMatchObject({ status: 'ok', fix: [], findings: { wanted: { name: 'alice' } } })
    expect(status).toBe(0)
  })
})
