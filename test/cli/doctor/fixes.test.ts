/** Commands for each system, word by word. */
import { describe, expect, test } from 'vitest'
import {
  allow,
  block,
  bringUp,
  freePort,
  LAN_DATAGRAMS,
  PEER_PORTS,
  setClock,
} from '../../../src/cli/doctor/fixes.ts'
import { quoted } from '../../../src/cli/system/quoted.ts'
import { ETH0_NETWORK, LO_NETWORK } from './samples.ts'
import type { Firewall, System } from '../../../src/cli/doctor/findings.ts'

function system(platform: string, firewall: Firewall = 'unknown'): System {
  return { platform, firewall, isContainer: false }
}

describe('allow', () => {
  test.each<[firewall: Firewall, commands: string[]]>([
    ['ufw', ['sudo ufw allow proto udp from 192.168.1.0/24 to any port 50999,8000:9999']],
    [
      'firewalld',
      [
        'sudo firewall-cmd --permanent --add-port=50999/udp --add-port=8000-9999/udp',
        'sudo firewall-cmd --reload',
      ],
    ],
    [
      'iptables',
      ['sudo iptables -I INPUT -p udp -s 192.168.1.0/24 -m multiport --dports 50999,8000:9999 -j ACCEPT'],
    ],
    [
      'nftables',
      [
        'sudo nft list ruleset   # in the table and chain that drop what comes in, here inet filter input:',
        `sudo nft insert rule inet filter input ip saddr 192.168.1.0/24 udp dport '{ 50999, 8000-9999 }' accept`,
      ],
    ],
    [
      'windows',
      [
        'netsh advfirewall firewall add rule name="Parley UDP" dir=in action=allow protocol=UDP localport=50999,8000-9999 remoteip=192.168.1.0/24',
      ],
    ],
    ['macos', ['sudo /usr/libexec/ApplicationFirewall/socketfilterfw --unblockapp "$(command -v node)"']],
    ['unknown', ['let UDP ports 50999, 8000-9999 in through the firewall of this machine']],
  ])('%s', (firewall, commands) => {
    expect(allow(system('linux', firewall), [ETH0_NETWORK], LAN_DATAGRAMS)).toEqual(commands)
  })

  test.each<[name: string, networks: (typeof ETH0_NETWORK)[], from: string[]]>([
    ['none: from anywhere', [], ['any']],
    [
      'two: each',
      [ETH0_NETWORK, { ...ETH0_NETWORK, address: '10.1.2.3', netmask: '255.255.254.0' }],
      ['192.168.1.0/24', '10.1.2.0/23'],
    ],
    [
      'two addresses in one: once',
      [ETH0_NETWORK, { ...ETH0_NETWORK, address: '192.168.1.6' }],
      ['192.168.1.0/24'],
    ],
    ['loopback beside another is left out', [LO_NETWORK, ETH0_NETWORK], ['192.168.1.0/24']],
    ['nothing but loopback', [LO_NETWORK], ['127.0.0.0/8']],
  ])('networks: %s', (_name, networks, from) => {
    expect(allow(system('linux', 'ufw'), networks, PEER_PORTS)).toEqual(
      from.map((each) => `sudo ufw allow proto tcp from ${each} to any port 8000:9999`),
    )
  })
})

test.each<[platform: string, pid: number | undefined, command: string]>([
  ['linux', 42, 'kill 42'],
  ['win32', 42, 'taskkill /PID 42'],
  ['linux', undefined, `sudo ss -lnup 'sport = :50999'   # who it is`],
  ['win32', undefined, 'netstat -ano -p udp | findstr :50999   # who it is'],
  ['darwin', undefined, 'sudo lsof -nP -iUDP:50999   # who it is'],
])('a port that is taken, on %s by %s', (platform, pid, command) => {
  const holder = pid === undefined ? undefined : { pid, program: 'python3; reboot' }
  expect(freePort(system(platform), holder, 'udp', 50_999)).toBe(command)
})

test.each<[platform: string, clock: string, up: string[], plug: string[]]>([
  [
    'linux',
    'sudo timedatectl set-ntp true',
    ['sudo ip link set eth0 up', `sudo ip link set 'a b' up`],
    ['plug in a cable or join a Wi-Fi, then look: ip addr'],
  ],
  [
    'win32',
    'w32tm /resync',
    ['plug in a cable or join a Wi-Fi, then: ipconfig /renew'],
    ['plug in a cable or join a Wi-Fi, then: ipconfig /renew'],
  ],
  [
    'darwin',
    'sudo sntp -sS time.apple.com',
    ['plug in a cable or join a Wi-Fi, then look: ifconfig'],
    ['plug in a cable or join a Wi-Fi, then look: ifconfig'],
  ],
])('the clock and the interfaces of %s', (platform, clock, up, plug) => {
  expect(setClock(system(platform))).toBe(clock)
  expect(bringUp(system(platform), ['eth0', 'a b'])).toEqual(up)
  expect(bringUp(system(platform), [])).toEqual(plug)
})

test.each([
  ['/home/alice/parley', '/home/alice/parley'],
  ['/home/al ice', `'/home/al ice'`],
  [`/it's/$(here)`, String.raw`'/it'\''s/$(here)'`],
  ['', `''`],
])('quoted: %s', (word, shown) => {
  expect(quoted(word)).toBe(shown)
})

test.each([
  ['192.168.1.5', '255.255.255.0', '192.168.1.0/24'],
  ['10.9.8.7', '255.255.252.0', '10.9.8.0/22'],
  ['127.0.0.1', '255.0.0.0', '127.0.0.0/8'],
])('the block of %s %s', (address, netmask, expected) => {
  expect(block({ name: 'x', address, netmask, broadcast: '' })).toBe(expected)
})
