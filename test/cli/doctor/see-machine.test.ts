/** What the probes see of this machine: interfaces, its system, who holds what, ports, the disk. */
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { probeDisk } from '../../../src/cli/doctor/probes/disk.ts'
import { interfaceFindings, interfaceNames } from '../../../src/cli/doctor/probes/interfaces.ts'
import { probeTcp, probeUdp } from '../../../src/cli/doctor/probes/ports.ts'
import { probeSystem } from '../../../src/cli/doctor/probes/system.ts'
import {
  holderOfFile,
  holderOfPort,
  programName,
  socketInodes,
} from '../../../src/cli/doctor/probes/port-owner.ts'
import { markMoved } from '../../../src/cli/running/moved-mark.ts'
import { openPeerStore } from '../../../src/cli/running/open-store.ts'
import { systemClock } from '../../../src/cli/system/clock.ts'
import { TCP, type HttpNetwork } from '../../../src/http/network.ts'
import { openStore } from '../../../src/store/sqlite-store.ts'
import { freePort, takenPort } from '../../support/ports.ts'
import { freePorts, occupy } from '../../udp/node/double.ts'
import { temporaryDirectory } from '../../support/files.ts'
import type { Interfaces } from '../../../src/udp/networks.ts'

/** A directory with these files; `-> x` is a symbolic link. */
function tree(files: Readonly<Record<string, string>>): string {
  const root = temporaryDirectory()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), join(root, path))
    else writeFileSync(join(root, path), content)
  }
  return root
}

describe('interfaces', () => {
  const v4 = (address: string, netmask: string, internal = false) => ({
    family: 'IPv4',
    address,
    netmask,
    internal,
  })
  const LAPTOP: Interfaces = {
    lo: [v4('127.0.0.1', '255.0.0.0', true)],
    wlan0: [
      v4('192.168.1.5', '255.255.255.0'),
      { family: 'IPv6', address: 'fe80::5', netmask: 'ffff::', internal: false },
    ],
    docker0: [v4('172.17.0.1', '255.255.0.0')],
    wg0: [v4('10.9.0.2', '255.255.255.255')],
  }

  test('each with what it is, its addresses and its networks; also those that are down', () => {
    const findings = interfaceFindings(LAPTOP, ['lo', 'eth0', 'wlan0', 'tunl0'], [])
    expect(findings.map(({ name, kind, isUp, isChosen }) => [name, kind, isUp, isChosen])).toEqual([
      ['docker0', 'container', true, true],
      ['eth0', 'lan', false, true],
      ['lo', 'loopback', true, true],
      ['tunl0', 'container', false, true],
      ['wg0', 'vpn', true, true],
      ['wlan0', 'lan', true, true],
    ])
    expect(findings.at(-1)).toMatchObject({
      addresses: ['192.168.1.5', 'fe80::5'],
      networks: [
        { name: 'wlan0', address: '192.168.1.5', netmask: '255.255.255.0', broadcast: '192.168.1.255' },
      ],
    })
    // A point-to-point network has no broadcast address.
    expect(findings[4]).toMatchObject({ name: 'wg0', networks: [] })
  })

  test.each<[name: string, only: string[], chosen: string[]]>([
    ['those that were named', ['wlan0', 'eth9'], ['wlan0']],
    ['lo is all that lead nowhere', ['lo'], ['lo', 'lo1']],
  ])('%s', (_name, only, chosen) => {
    const listed = { ...LAPTOP, lo1: [v4('127.0.0.2', '255.0.0.0', true)] }
    const findings = interfaceFindings(listed, [], only)
    expect(findings.filter(({ isChosen }) => isChosen).map(({ name }) => name)).toEqual(chosen)
  })

  test('names as the kernel lists them', () => {
    const head = 'Inter-|   Receive          |  Transmit\n face |bytes    packets |bytes packets\n'
    const root = tree({ dev: `${head}    lo:  1 2 3\n  eth0: 4 5\n` })
    expect(interfaceNames(`${root}/dev`)).toEqual(['lo', 'eth0'])
    expect(interfaceNames(`${root}/nothing`)).toEqual([])
  })
})

test.each<
  [name: string, platform: string, files: Record<string, string>, firewall: string, container: boolean]
>([
  ['nothing', 'linux', {}, 'unknown', false],
  ['nft', 'linux', { 'usr/sbin/nft': '' }, 'nftables', false],
  ['iptables and nft', 'linux', { 'usr/sbin/nft': '', 'usr/sbin/iptables': '' }, 'iptables', false],
  [
    'ufw that is on',
    'linux',
    { 'usr/sbin/ufw': '', 'usr/sbin/iptables': '', 'etc/ufw/ufw.conf': '# x\nENABLED=yes\n' },
    'ufw',
    false,
  ],
  [
    'ufw that is off',
    'linux',
    { 'usr/sbin/ufw': '', 'usr/sbin/nft': '', 'etc/ufw/ufw.conf': 'ENABLED=no\n' },
    'nftables',
    false,
  ],
  ['firewalld that runs', 'linux', { 'usr/sbin/firewalld': '', 'run/firewalld/x': '' }, 'firewalld', false],
  ['firewalld that does not', 'linux', { 'usr/sbin/firewalld': '' }, 'unknown', false],
  ['a container', 'linux', { '.dockerenv': '' }, 'unknown', true],
  ['Windows', 'win32', {}, 'windows', false],
  ['macOS', 'darwin', {}, 'macos', false],
])('the system: %s', (_name, platform, files, firewall, isContainer) => {
  expect(probeSystem(platform, tree(files))).toEqual({ platform, firewall, isContainer })
})

describe('who holds it', () => {
  const HEAD =
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
  const line = (local: string, state: string, inode: number) =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000\n`

  test.each<[name: string, table: string, inodes: string[]]>([
    ['nothing', '', []],
    ['a heading', HEAD, []],
    [
      'the port that is meant',
      HEAD + line('00000000:C737', '07', 17) + line('0100007F:C738', '07', 18),
      ['socket:[17]'],
    ],
    [
      'several addresses',
      line('00000000:C737', '07', 17) + line('0100007F:C737', '07', 18),
      ['socket:[17]', 'socket:[18]'],
    ],
    ['another state', line('00000000:C737', '01', 17), []],
    ['something else', 'C737 nonsense\n\0\n', []],
  ])('a table: %s', (_name, table, inodes) => {
    expect(socketInodes(table, 50_999, '07')).toEqual(inodes)
  })

  const proc = () =>
    tree({
      'net/udp': HEAD + line('00000000:C737', '07', 17),
      'net/tcp6': line('00000000000000000000000000000000:1F40', '0A', 19),
      '41/comm': 'other\n',
      '41/fd/0': '-> /dev/null',
      '42/comm': 'python3\n',
      '42/fd/3': '-> socket:[17]',
      '42/fd/4': '-> /data/parley.db',
      '43/comm': 'MainThread\n',
      '43/exe': '-> /usr/bin/node (deleted)',
      '43/cmdline': '/usr/bin/node\0parley.js\0',
      '43/fd/5': '-> socket:[19]',
      'self/comm': 'x',
    })

  test('a port', () => {
    expect(holderOfPort('udp', 50_999, proc())).toEqual({ pid: 42, program: 'python3' })
    expect(holderOfPort('tcp', 8000, proc())).toEqual({ pid: 43, program: 'node' })
    expect(holderOfPort('udp', 8000, proc())).toBeUndefined()
  })

  test('a file', () => {
    expect(holderOfFile('/data/parley.db', proc())).toEqual({ pid: 42, program: 'python3' })
    expect(holderOfFile('/data/other.db', proc())).toBeUndefined()
  })

  test.each<[name: string, thread: string, executable: string, words: string[], program: string]>([
    ['Node up to 22', 'node', '/usr/bin/node', ['node', 'main.js'], 'node'],
    ['Node 24', 'MainThread', '/usr/bin/node', ['node', 'main.js'], 'node'],
    ['Node 26', 'node-MainThread', '/usr/bin/node', ['/usr/bin/node', 'main.js'], 'node'],
    ['a script', 'chat.py', '/usr/bin/python3.11', ['/usr/bin/python3', '/home/kim/chat.py'], 'chat.py'],
    ['a tool of busybox', 'udhcpc', '/bin/busybox', ['udhcpc', '-i', 'eth0'], 'udhcpc'],
    ['a long name, cut', 'systemd-resolve', '/lib/systemd/systemd-resolved', [''], 'systemd-resolve'],
    ['a command line of its own', 'nginx', '/usr/sbin/nginx', ['nginx: master process'], 'nginx'],
    ['a hidden executable', 'MainThread', '', [''], 'MainThread'],
    ['no name of a thread', '', '/usr/bin/node', ['node'], 'node'],
    ['nothing at all', '', '', [''], ''],
  ])('the name of a program: %s', (_name, thread, executable, words, program) => {
    expect(programName({ thread, executable, words })).toBe(program)
  })

  test('without such a directory no program is known', () => {
    expect(holderOfPort('udp', 50_999, '/nonexistent')).toBeUndefined()
  })
})

describe('UDP ports', () => {
  const nobody = (): undefined => undefined

  test('free, shared and not shared', async () => {
    const [free = 0, shared = 0, exclusive = 0] = await freePorts(3)
    await occupy(shared, { shared: true })
    await occupy(exclusive)
    const holder = { pid: 42, program: 'python3' }
    expect(await probeUdp(free, nobody)).toEqual({
      port: free,
      isFree: true,
      code: undefined,
      holder: undefined,
    })
    expect(await probeUdp(shared, nobody)).toMatchObject({ isFree: true })
    expect(await probeUdp(exclusive, () => holder)).toEqual({
      port: exclusive,
      isFree: false,
      code: 'EADDRINUSE',
      holder,
    })
  })
})

describe('the TCP port', () => {
  const nobody = () => Promise.resolve(undefined)

  test('that was asked for, and is free', async () => {
    const port = await freePort()
    const { finding, listener } = await probeTcp(TCP, { ip: '127.0.0.1', port }, nobody)
    onTestFinished(() => listener?.close())
    expect(finding).toEqual({ port, taken: [], problem: undefined })
    expect(listener?.port).toBe(port)
  })

  test('a wanted port that is taken: the program that has it, and the port that is free', async () => {
    const port = await takenPort()
    const holder = { pid: 42, program: 'python3' }
    const { finding, listener } = await probeTcp(
      TCP,
      { ip: '127.0.0.1', port },
      (at, by) =>
        Promise.resolve(at === port && by === holder ? { name: 'bob', otherNetwork: 'open' } : undefined),
      () => holder,
    )
    onTestFinished(() => listener?.close())
    expect(finding.taken[0]).toEqual({ port, holder, peer: 'bob', otherNetwork: 'open', isReserved: false })
    expect(finding.port).toBe(listener?.port)
    expect(finding.port).toBeGreaterThanOrEqual(8_000)
  })

  test('at an address that this machine does not have: everywhere', async () => {
    const port = await freePort()
    const { finding, listener } = await probeTcp(TCP, { ip: '192.0.2.77', port }, nobody)
    onTestFinished(() => listener?.close())
    expect(finding).toEqual({ port, taken: [], problem: 'no_address' })
  })
})

describe('the disk', () => {
  const nobody = (): undefined => undefined

  async function store(directory: string): Promise<string> {
    const random = Math.random
    const path = join(directory, 'parley.db')
    const opened = await openStore({
      path,
      clock: systemClock,
      random,
      defer: setImmediate,
      keepHistory: true,
    })
    const { identity } = opened
    opened.close()
    return identity
  }

  test('a directory that is still to be made', async () => {
    const directory = join(temporaryDirectory(), 'parley', 'alice')
    const found = await probeDisk(directory, nobody)
    expect(found).toMatchObject({ directory, isWritable: true, store: 'none', identity: undefined })
    expect(found.freeBytes).toBeGreaterThan(0)
  })

  test('a store, and whose it is', async () => {
    const directory = temporaryDirectory()
    const identity = await store(directory)
    expect(await probeDisk(directory, nobody)).toMatchObject({ isWritable: true, store: 'ready', identity })
    // It can be opened as before.
    expect(await store(directory)).toBe(identity)
  })

  test('the key beside a store, and the mark of a person that was moved', async () => {
    const directory = temporaryDirectory()
    const flags = { data: directory, history: true, ephemeral: false, network: undefined }
    const { store: kept } = await openPeerStore('alice', flags, () => undefined)
    kept.close()
    expect(await probeDisk(directory, nobody)).toMatchObject({ key: 'fine', moved: undefined })
    const key = join(directory, 'key')
    writeFileSync(key, `parley-key-1 ${Buffer.alloc(32, 1).toString('base64url')}\n`)
    markMoved(directory, 'was moved')
    expect(await probeDisk(directory, nobody)).toMatchObject({ key: 'other', moved: 'was moved' })
    rmSync(key)
    expect(await probeDisk(directory, nobody)).toMatchObject({ key: 'missing' })
  })

  test('a store that a program has open', async () => {
    const directory = temporaryDirectory()
    const identity = await store(directory)
    const holder = { pid: 42, program: 'node' }
    expect(await probeDisk(directory, () => holder)).toMatchObject({
      store: 'in_use',
      holder,
      identity,
    })
  })

  test.each<[name: string, content: string, state: string]>([
    ['nothing in it', '', 'ready'],
    ['a text', 'hello', 'not_ours'],
    ['a database of another program', `SQLite format 3\0${'\0'.repeat(200)}`, 'not_ours'],
  ])('a file with %s', async (_name, content, state) => {
    const directory = tree({ 'parley.db': content })
    expect((await probeDisk(directory, nobody)).store).toBe(state)
  })

  test('a directory below a file', async () => {
    const directory = join(tree({ file: 'x' }), 'file', 'alice')
    expect(await probeDisk(directory, nobody)).toMatchObject({ isWritable: false, store: 'none' })
  })

  test('a directory that is not ours to write to', async ({ skip }) => {
    skip(process.getuid?.() === 0, 'root may')
    const directory = temporaryDirectory()
    chmodSync(directory, 0o500)
    expect((await probeDisk(join(directory, 'alice'), nobody)).isWritable).toBe(false)
  })
})

test.each([
  ['asked for', 8_001, [{ port: 8_001, isReserved: true }], 8_000],
  ['the first of the range', undefined, [{ port: 8_000, isReserved: true }], 8_001],
])('a TCP port that the system keeps back is passed over: %s', async (_name, port, expected, free) => {
  const reserved = expected.map((each) => each.port)
  const network: HttpNetwork = {
    ...TCP,
    listen: (_handler, { port: wanted = 0 }) =>
      reserved.includes(wanted)
        ? Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' }))
        : Promise.resolve({
            address: { host: '0.0.0.0', port: wanted },
            connections: 0,
            close: () => Promise.resolve(),
          }),
  }
  const { finding } = await probeTcp(network, { ip: '0.0.0.0', port }, () => Promise.resolve(undefined))
  expect(finding).toMatchObject({ port: free, taken: expected, problem: undefined })
})
