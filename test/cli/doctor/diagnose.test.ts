/** Findings -> the likely cause and its fix. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diagnose } from '../../../src/cli/doctor/diagnose.ts'
import { PROBLEM_CODES } from '../../../src/cli/doctor/checks/check-result.ts'
import {
  ALONE,
  BOB,
  CAROL,
  DOCKER0,
  down,
  ECHO,
  ETH0,
  ETH0_NETWORK,
  LO,
  LO_NETWORK,
  silent,
  TRACKER,
  WELL,
} from './samples.ts'
import { KeyPair } from '../../../src/identity/key-pair.ts'
import type { Findings } from '../../../src/cli/doctor/findings.ts'

type Different = Partial<Findings>

const { wanted, ports, disk } = WELL
const HEARD = WELL.lan?.heard ?? []
const LISTENED = { listened: 0, echoes: [], heard: [] }
const [OLD_KEY, NEW_KEY] = [1, 2].map((fill) => new KeyPair(Buffer.alloc(32, fill)).id)
const PYTHON = { pid: 4242, program: 'python3' }

function discoveryPort(code: string, holder?: typeof PYTHON): Findings['ports'] {
  return { ...ports, udp: [{ port: 50_999, isFree: false, code, holder }] }
}

/** No other peer is heard. */
function lan(different: Partial<typeof ECHO>): Findings['lan'] {
  return { listened: 3_000, echoes: [{ ...ECHO, ...different }], heard: [], problem: undefined }
}

/** Only this machine is looked at. */
const ONLY_LOOPBACK: Different = {
  interfaces: [{ ...ETH0, isChosen: false }, LO],
  wanted: { ...wanted, interfaces: ['lo'] },
}

/** Peers of this machine have the first ports. */
function takenBy(...peers: readonly string[]): Findings['ports'] {
  const taken = peers.map((peer, index) => ({
    port: 8_000 + index,
    holder: undefined,
    peer,
    isReserved: false,
  }))
  return { ...ports, tcp: { port: 8_000 + peers.length, taken, problem: undefined } }
}

const UFW_LAN = 'sudo ufw allow proto udp from 192.168.1.0/24 to any port 50999,8000:9999'
const UFW_TCP = 'sudo ufw allow proto tcp from 192.168.1.0/24 to any port 8000:9999'

describe('faults', () => {
  test.each<[name: string, different: Different, code: string, cause: string, fix: string[]]>([
    [
      'nothing but loopback',
      { interfaces: [LO], ...ALONE },
      'no_interface',
      'There is no network interface with an address but loopback, so nobody beyond this machine can be reached.',
      ['plug in a cable or join a Wi-Fi, then look: ip addr'],
    ],
    [
      'not even that',
      { interfaces: [], ...ALONE },
      'no_interface',
      'There is no network interface with an address but loopback, so nobody beyond this machine can be reached.',
      ['plug in a cable or join a Wi-Fi, then look: ip addr'],
    ],
    [
      'an interface that is down',
      { interfaces: [down(ETH0), LO], ...ALONE },
      'no_interface',
      'There is no network interface with an address but loopback: eth0 is down or without an address, so nobody beyond this machine can be reached.',
      ['sudo ip link set eth0 up'],
    ],
    [
      'an interface that does not exist',
      { wanted: { ...wanted, interfaces: ['eth9'] }, ...ALONE },
      'unknown_interface',
      'There is no interface eth9 with an address here; there are: eth0 and lo.',
      ['parley peer --interface eth0'],
    ],
    [
      'the discovery port is taken, by whom we see',
      { ports: discoveryPort('EADDRINUSE', PYTHON), ...ALONE },
      'discovery_port_taken',
      'UDP port 50999 is taken by python3 (process 4242), which does not share it, so announcements of others are not heard and nobody on the LAN is found.',
      ['kill 4242'],
    ],
    [
      'the discovery port is taken, by whom we do not see',
      { ports: discoveryPort('EADDRINUSE'), ...ALONE },
      'discovery_port_taken',
      'UDP port 50999 is taken by another program, which does not share it, so announcements of others are not heard and nobody on the LAN is found.',
      [`sudo ss -lnup 'sport = :50999'   # who it is`],
    ],
    [
      'the discovery port is forbidden',
      { ports: discoveryPort('EACCES'), ...ALONE },
      'discovery_port_taken',
      'UDP port 50999 is reserved by the system, so announcements of others are not heard and nobody on the LAN is found.',
      [`sudo ss -lnup 'sport = :50999'   # who it is`],
    ],
    [
      'a firewall drops what is sent to everybody',
      { peers: [], lan: lan({ isHeard: false }) },
      'own_broadcast_unheard',
      'What is sent to everybody on eth0 (192.168.1.255) does not come back to UDP port 50999: a firewall on this machine drops it, so nobody on the LAN is heard.',
      [UFW_LAN],
    ],
    [
      'a firewall lets nothing out',
      {
        peers: [],
        lan: lan({ isHeard: false, problem: 'Nothing can be sent to 192.168.1.255:50999 by UDP (EPERM)' }),
      },
      'cannot_send',
      'Announcements cannot be sent on eth0: nothing can be sent to 192.168.1.255:50999 by UDP (EPERM).',
      ['let UDP out through the firewall of this machine, or choose another network with --interface'],
    ],
    [
      'no UDP port is free',
      { peers: [], lan: { ...LISTENED, problem: 'None of the UDP ports 8000 to 9999 is free' } },
      'cannot_send',
      'The LAN cannot be used: none of the UDP ports 8000 to 9999 is free.',
      ['parley peer --no-lan --tracker-ip ADDRESS'],
    ],
    [
      'an address that this machine does not have',
      {
        wanted: { ...wanted, ip: '192.168.7.7' },
        ports: { ...ports, tcp: { port: 8000, taken: [], problem: 'no_address' } },
      },
      'no_address',
      'This machine has no address 192.168.7.7, so a peer cannot listen there.',
      ['parley peer --ip 0.0.0.0'],
    ],
    [
      'nobody is asked',
      { ...ALONE, lan: undefined },
      'nobody_asked',
      'Nobody was asked: without the LAN, without a tracker and without --peer there is no way to find anybody.',
      ['parley peer   # on the LAN'],
    ],
    [
      'only IPv6',
      { interfaces: [{ ...ETH0, addresses: ['fd00::5', 'fe80::5'], networks: [] }, LO], ...ALONE },
      'no_broadcast',
      'There are only IPv6 addresses on eth0, and peers on the LAN are found by IPv4 broadcasts, so nobody is found there.',
      ['parley peer --ip :: --no-lan --tracker-ip ADDRESS   # a tracker that listens on IPv6'],
    ],
    [
      'only a point-to-point link',
      { interfaces: [{ ...ETH0, addresses: ['10.9.0.2'], networks: [] }, LO], ...ALONE },
      'no_broadcast',
      'There is no address for everybody in any network on eth0, and peers on the LAN are found by IPv4 broadcasts, so nobody is found there.',
      ['parley peer --no-lan --tracker-ip ADDRESS'],
    ],
    [
      'a peer of another network',
      { peers: [BOB, { ...silent(CAROL, 'refused'), outcome: 'other_network', sources: ['--peer'] }] },
      'other_network',
      'carol (192.168.1.8:8000) is not in your network: its network key is another one, or one of you has none.',
      [
        'parley network show FILE   # of each member: the names of their networks must be the same',
        'parley doctor --network-key FILE',
      ],
    ],
    [
      'what answers at the address of --peer is no peer',
      { peers: [BOB, { ...silent(CAROL, 'refused'), outcome: 'not_peer', sources: ['--peer'] }] },
      'not_peer',
      'What answers at 192.168.1.8:8000 is no peer, so the address or the port is wrong, or another program has its port.',
      ['parley peer --peer ADDRESS:PORT   # of a peer, as its start prints it'],
    ],
    [
      'somebody is heard at an address that no peer may have',
      {
        lan: {
          listened: 3_000,
          echoes: [ECHO],
          problem: undefined,
          heard: [
            ...HEARD,
            {
              name: 'eve',
              address: { host: '169.254.169.254', port: 8001 },
              httpPort: 8000,
              node: 'e'.repeat(16),
            },
          ],
        },
      },
      'not_listed',
      'eve (169.254.169.254:8000) is heard on the LAN, but its address is none that a peer may have, so it is not listed.',
      ['parley peer --ip ADDRESS   # on that machine: an address of this network'],
    ],
    [
      'the port that was asked for is reserved',
      {
        wanted: { ...wanted, port: 8000 },
        ports: {
          ...ports,
          tcp: {
            port: 8001,
            taken: [{ port: 8000, holder: undefined, peer: undefined, isReserved: true }],
            problem: undefined,
          },
        },
      },
      'port_taken',
      'TCP port 8000 is reserved by the system, so no peer can listen there.',
      ['parley peer --port 8001'],
    ],
    [
      'the discovery port is reserved by Windows',
      {
        system: { platform: 'win32', firewall: 'windows', isContainer: false },
        ports: discoveryPort('EACCES'),
        ...ALONE,
      },
      'discovery_port_taken',
      'UDP port 50999 is reserved by the system, so announcements of others are not heard and nobody on the LAN is found.',
      [
        'netsh int ipv4 show excludedportrange protocol=udp   # what Windows keeps back',
        'net stop winnat',
        'netsh int ipv4 add excludedportrange protocol=udp startport=50999 numberofports=1',
        'net start winnat',
      ],
    ],
    [
      'a peer that listens for this machine only',
      { wanted: { ...wanted, ip: '127.0.0.1' } },
      'listens_locally',
      'A peer with --ip 127.0.0.1 listens for programs of this machine only, so nobody on the LAN can reach it.',
      ['parley peer --ip 0.0.0.0'],
    ],
    [
      'the port that was asked for is taken',
      {
        wanted: { ...wanted, port: 8000 },
        ports: {
          ...ports,
          tcp: {
            port: 8001,
            taken: [{ port: 8000, holder: PYTHON, peer: undefined, isReserved: false }],
            problem: undefined,
          },
        },
      },
      'port_taken',
      'TCP port 8000 is taken by python3 (process 4242), so no other peer can listen there.',
      ['kill 4242', 'parley peer --port 8001'],
    ],
    [
      'the port that was asked for is that of another peer',
      {
        wanted: { ...wanted, port: 8000 },
        ports: {
          ...ports,
          tcp: {
            port: 8001,
            taken: [{ port: 8000, holder: PYTHON, peer: 'zoe', isReserved: false }],
            problem: undefined,
          },
        },
      },
      'port_taken',
      'TCP port 8000 is taken by the peer zoe, so no other peer can listen there.',
      ['parley peer --port 8001'],
    ],
    [
      'the port that was asked for is for the administrator',
      {
        wanted: { ...wanted, port: 80 },
        ports: { ...ports, tcp: { port: undefined, taken: [], problem: 'no_permission' } },
      },
      'port_taken',
      'Nobody but the administrator may use TCP port 80 here, so no peer can listen there.',
      ['parley peer --port 8000'],
    ],
    [
      'no port is free',
      { ports: { ...ports, tcp: { port: undefined, taken: [], problem: undefined } } },
      'no_port',
      'None of the TCP ports 8000 to 9999 is free, so no peer can listen.',
      ['parley peer --port 10000'],
    ],
    [
      'somebody cannot connect to us',
      { peers: [{ ...BOB, reachesUs: false, reason: 'timeout' }, CAROL] },
      'not_reached',
      'bob (192.168.1.7:8000) cannot connect to you at TCP port 8000 (no answer in time), so what others say does not arrive: a firewall on this machine keeps others out.',
      [UFW_TCP],
    ],
    [
      'nobody can, and our address is not what they see',
      {
        peers: [BOB, CAROL].map((peer) => ({ ...peer, reachesUs: false, reason: 'unreachable' as const })),
      },
      'not_reached',
      'bob (192.168.1.7:8000) and carol (192.168.1.8:8000) cannot connect to you at TCP port 8000 (there is no way to that address), so what others say does not arrive: another address than yours is in between (NAT, a VPN).',
      [UFW_TCP],
    ],
    [
      'somebody is heard, but cannot be reached',
      { peers: [silent(BOB, 'timeout')] },
      'peer_unreachable',
      'bob (192.168.1.7:8000) cannot be reached from here (no answer in time): it is heard, so a firewall on its machine keeps you out.',
      ['parley doctor   # on 192.168.1.7'],
    ],
    [
      'nobody listens where a peer was said to be by hand',
      { peers: [{ ...silent(BOB, 'refused'), name: undefined, sources: ['--peer'] }] },
      'peer_unreachable',
      '192.168.1.7:8000 cannot be reached from here (the connection is refused): it is not running, or the port is wrong.',
      ['parley peer --port 8000   # on 192.168.1.7'],
    ],
    [
      'the tracker is not running',
      { tracker: { ...TRACKER, outcome: 'refused' }, ...ALONE },
      'tracker_unreachable',
      'No tracker runs at 192.168.1.9:9001 (the connection is refused), so it can tell nobody of you.',
      ['parley tracker --ip 192.168.1.9 --port 9001   # on 192.168.1.9'],
    ],
    [
      'the tracker is not running, here',
      { tracker: { ...TRACKER, address: { host: '192.168.1.5', port: 9001 }, outcome: 'refused' } },
      'tracker_unreachable',
      'No tracker runs at 192.168.1.5:9001 (the connection is refused), so it can tell nobody of you.',
      ['parley tracker --ip 192.168.1.5 --port 9001'],
    ],
    [
      'the tracker does not answer',
      { tracker: { ...TRACKER, outcome: 'timeout' } },
      'tracker_unreachable',
      'The tracker at 192.168.1.9:9001 does not answer (no answer in time): its machine is off, or a firewall there drops TCP port 9001.',
      ['parley tracker --ip 192.168.1.9 --port 9001   # on 192.168.1.9', 'parley doctor   # on 192.168.1.9'],
    ],
    [
      'there is no way to the tracker',
      { tracker: { ...TRACKER, outcome: 'unreachable' } },
      'tracker_unreachable',
      'There is no way from here to the tracker at 192.168.1.9:9001: it is in another network, or the address is wrong.',
      ['parley peer --tracker-ip ADDRESS   # one in a network of yours'],
    ],
    [
      'the tracker is in another network',
      { tracker: { ...TRACKER, outcome: 'other_network' } },
      'other_network',
      'The tracker at 192.168.1.9:9001 is not in your network: its network key is another one, or one of you has none.',
      [
        'parley network show FILE   # of each member: the names of their networks must be the same',
        'parley doctor --network-key FILE',
      ],
    ],
    [
      'the tracker is something else',
      { tracker: { ...TRACKER, outcome: 'not_tracker' } },
      'not_tracker',
      'What answers at 192.168.1.9:9001 is no tracker, so the address or the port is wrong, or another program has its port.',
      ['parley peer --tracker-ip ADDRESS --tracker-port PORT   # as the tracker says when it starts'],
    ],
    [
      'a copied disk',
      { peers: [{ ...BOB, identity: '0a'.repeat(8) }] },
      'same_identity',
      `The peers yours (alice) and bob (192.168.1.7:8000) are one person with one key, as from a copied directory: each gets only a part of its messages.`,
      [
        'mv /home/alice/.local/share/parley/alice /home/alice/.local/share/parley/alice.copy   # on the copy: it becomes another person',
      ],
    ],
    [
      'one clock is off',
      { peers: [{ ...BOB, clockDifference: 3_600_000 }, CAROL] },
      'clock',
      'The clock of bob (192.168.1.7:8000) is 1 h ahead of that of this machine, so messages carry the wrong time.',
      ['sudo timedatectl set-ntp true   # on the machine whose clock is wrong'],
    ],
    [
      'two clocks are off, each in its way',
      {
        peers: [
          { ...BOB, clockDifference: 3_600_000 },
          { ...CAROL, clockDifference: -300_000 },
        ],
      },
      'clock',
      'The clocks of bob (192.168.1.7:8000), 1 h ahead, and carol (192.168.1.8:8000), 5 min behind, differ from that of this machine, so messages carry the wrong time.',
      ['sudo timedatectl set-ntp true   # on the machine whose clock is wrong'],
    ],
    [
      'our clock is off',
      {
        tracker: { ...TRACKER, clockDifference: 3_599_000 },
        peers: [{ ...BOB, clockDifference: 3_600_000 }],
      },
      'clock',
      'The clock of this machine is 1 h behind those of the tracker 192.168.1.9:9001 and bob (192.168.1.7:8000), so messages carry the wrong time.',
      ['sudo timedatectl set-ntp true'],
    ],
    [
      'the disk is not ours to write to',
      { disk: { ...disk, isWritable: false } },
      'disk',
      'Messages cannot be kept: nothing can be written to /home/alice/.local/share/parley/alice.',
      ['sudo chown -R "$(id -un)" /home/alice/.local/share/parley/alice', 'parley peer --data DIRECTORY'],
    ],
    [
      'the disk is full',
      { disk: { ...disk, freeBytes: 1024 ** 2 } },
      'disk',
      'The disk with /home/alice/.local/share/parley/alice is nearly full (1 MiB free), so messages cannot be kept.',
      ['df -h /home/alice/.local/share/parley/alice   # and make room'],
    ],
    [
      'the person was moved to another machine',
      { disk: { ...disk, moved: 'was moved on 2026-11-28 by the file /media/alice.parley' } },
      'moved',
      'The person in /home/alice/.local/share/parley/alice was moved on 2026-11-28 by the file /media/alice.parley, so it does not start here: one key in two places gets only a part of its messages in each.',
      [
        'parley identity import FILE',
        'parley identity undo-move --data /home/alice/.local/share/parley/alice   # if it never arrived',
      ],
    ],
    [
      'the key is lost',
      { disk: { ...disk, key: 'missing' } },
      'key',
      'The key in /home/alice/.local/share/parley/alice is missing or cannot be read, so this person does not start: others know it by its key.',
      [
        'cp BACKUP /home/alice/.local/share/parley/alice/key',
        'mv /home/alice/.local/share/parley/alice /home/alice/.local/share/parley/alice.old   # to begin as another person',
      ],
    ],
    [
      'the key is that of another person',
      { disk: { ...disk, key: 'other' } },
      'key',
      'The key in /home/alice/.local/share/parley/alice is not the one that the messages beside it belong to, so this person does not start: others know it by its key.',
      [
        'cp BACKUP /home/alice/.local/share/parley/alice/key',
        'mv /home/alice/.local/share/parley/alice /home/alice/.local/share/parley/alice.old   # to begin as another person',
      ],
    ],
    [
      'what was kept is damaged',
      { disk: { ...disk, store: 'damaged', problem: '/x/parley.db is damaged: move it away' } },
      'store',
      'What was kept cannot be used: /x/parley.db is damaged: move it away.',
      [
        'mv /home/alice/.local/share/parley/alice/parley.db /home/alice/.local/share/parley/alice/parley.db.old',
        'parley peer --data DIRECTORY',
      ],
    ],
  ])('%s', (_name, different, code, cause, fix) => {
    const diagnosis = diagnose({ ...WELL, ...different })
    expect(diagnosis).toMatchObject({ isWrong: true, cause, fix })
    expect(diagnosis.problems[0]).toEqual({ code, severity: 'fault', cause, fix })
    expect(diagnosis.checks.map(({ verdict }) => verdict)).toContain('fault')
  })

  test('the likeliest cause comes first: what explains the others', () => {
    const { problems } = diagnose({
      ...WELL,
      tracker: { ...TRACKER, outcome: 'refused' },
      ports: discoveryPort('EADDRINUSE', PYTHON),
      peers: [{ ...BOB, clockDifference: 100_000 }],
    })
    expect(problems.map(({ code }) => code)).toEqual(['discovery_port_taken', 'tracker_unreachable', 'clock'])
  })
})

test('a tracker with another key: both keys are named, as people read them out', () => {
  const [changed, none] = [NEW_KEY, undefined].map((key) =>
    diagnose({ ...WELL, tracker: { ...TRACKER, pinned: OLD_KEY, key } }),
  )
  expect(changed?.problems).toEqual([
    {
      code: 'tracker_key',
      severity: 'note',
      cause:
        'The tracker at 192.168.1.9:9001 has the key d8w0-7nfg now instead of 6htg-z65x: it was set up anew, or another tracker has its address.',
      fix: ['compare the key with the one that the tracker prints when it starts'],
    },
  ])
  expect(none?.problems).toMatchObject([
    {
      cause:
        'The tracker at 192.168.1.9:9001 had the key 6htg-z65x and names none now: an older program runs there, or something between you and it takes secure connections away.',
      fix: ['parley --version   # on 192.168.1.9'],
    },
  ])
  expect(changed?.checks).toContainEqual({
    area: 'tracker',
    verdict: 'note',
    text: '192.168.1.9:9001 answers in 3 ms, knows 2 peers, another key',
  })
})

describe('no fault', () => {
  test.each<[name: string, different: Different, cause: string, codes: string[]]>([
    ['all is well', {}, 'Nothing is wrong: 1 peer answers.', []],
    ['two of them', { peers: [BOB, CAROL] }, 'Nothing is wrong: 2 peers answer.', []],
    [
      'one who takes datagrams only',
      {
        peers: [],
        lan: {
          listened: 3_000,
          echoes: [ECHO],
          heard: HEARD.map((each) => ({ ...each, httpPort: undefined, node: undefined })),
          problem: undefined,
        },
      },
      'Nothing is wrong: 1 heard on the LAN.',
      [],
    ],
    [
      'no one else is there',
      ALONE,
      'Nothing is wrong on this machine. Nobody answered on the LAN: either no one else is running Parley, or the network keeps its machines apart (guest Wi-Fi, client isolation, another VLAN).',
      ['nobody'],
    ],
    [
      'no one else is there, in a container',
      { ...ALONE, system: { ...WELL.system, isContainer: true } },
      'Nothing is wrong on this machine. Nobody answered on the LAN: this is a container, and what is sent to everybody does not leave it unless it has the network of its host.',
      ['nobody'],
    ],
    [
      'no one else is on this machine, and nowhere else was looked',
      {
        ...ALONE,
        interfaces: [{ ...ETH0, isChosen: false }, LO],
        wanted: { ...wanted, interfaces: ['lo'] },
      },
      'Nothing is wrong on this machine. Nobody answered on the LAN: only this machine is looked at, and no other peer runs on it.',
      ['nobody'],
    ],
    [
      'a peer of this machine is not heard, and nowhere else was looked',
      { ...ALONE, ...ONLY_LOOPBACK, ports: takenBy('anna') },
      'Nothing is wrong on this machine. Nobody answered on the LAN: only this machine is looked at, and the peer anna of this machine is not heard on the LAN.',
      ['nobody'],
    ],
    [
      'two peers of this machine are not heard, and nowhere else was looked',
      { ...ALONE, ...ONLY_LOOPBACK, ports: takenBy('anna', 'bert') },
      'Nothing is wrong on this machine. Nobody answered on the LAN: only this machine is looked at, and the peer anna and the peer bert of this machine are not heard on the LAN.',
      ['nobody'],
    ],
    [
      'a peer of this machine is not heard, and other machines are not either',
      { ...ALONE, ports: takenBy('anna') },
      'Nothing is wrong on this machine. Nobody answered on the LAN: the peer anna of this machine is not heard on the LAN, and either no other machine runs Parley, or the network keeps its machines apart (guest Wi-Fi, client isolation, another VLAN).',
      ['nobody'],
    ],
    [
      'only our own peer runs on this machine, and nowhere else was looked',
      {
        ...ALONE,
        ...ONLY_LOOPBACK,
        ports: takenBy('alice'),
        running: { name: 'alice', port: 8000, node: 'a'.repeat(16), identity: '0a'.repeat(8) },
      },
      'Nothing is wrong on this machine. Nobody answered on the LAN: only this machine is looked at, and no other peer runs on it.',
      ['nobody'],
    ],
    [
      'there is no tracker, and nobody asked for one',
      { wanted: { ...wanted, isTrackerOptional: true }, tracker: { ...TRACKER, outcome: 'refused' } },
      'Nothing is wrong: 1 peer answers.',
      [],
    ],
    [
      'the tracker has the key that it had',
      { tracker: { ...TRACKER, pinned: OLD_KEY, key: OLD_KEY } },
      'Nothing is wrong: 1 peer answers.',
      [],
    ],
    [
      'the tracker has another key than before',
      { tracker: { ...TRACKER, pinned: OLD_KEY, key: NEW_KEY } },
      'Nothing is wrong: 1 peer answers.',
      ['tracker_key'],
    ],
    [
      'the tracker names no key any more',
      { tracker: { ...TRACKER, pinned: OLD_KEY } },
      'Nothing is wrong: 1 peer answers.',
      ['tracker_key'],
    ],
    [
      'our own peer is running',
      {
        running: { name: 'alice', port: 8000, node: 'a'.repeat(16), identity: '0a'.repeat(8) },
        ports: {
          ...ports,
          tcp: {
            port: 8000,
            taken: [{ port: 8000, holder: undefined, peer: 'alice', isReserved: false }],
            problem: undefined,
          },
        },
        disk: { ...disk, store: 'in_use', holder: PYTHON, identity: undefined },
      },
      'Nothing is wrong: 1 peer answers.',
      [],
    ],
    [
      'our own peer is running where it was told to',
      {
        wanted: { ...wanted, port: 8000 },
        running: { name: 'alice', port: 8000, node: 'a'.repeat(16), identity: undefined },
        ports: {
          ...ports,
          tcp: {
            port: 8000,
            taken: [{ port: 8000, holder: undefined, peer: 'alice', isReserved: false }],
            problem: undefined,
          },
        },
      },
      'Nothing is wrong: 1 peer answers.',
      [],
    ],
    [
      'one peer at two addresses is one',
      { peers: [BOB, { ...BOB, address: { host: '10.0.0.7', port: 8000 } }] },
      'Nothing is wrong: 2 peers answer.',
      [],
    ],
    [
      'clocks that differ by a minute at most',
      { peers: [{ ...BOB, clockDifference: -60_000 }] },
      'Nothing is wrong: 1 peer answers.',
      [],
    ],
    [
      'somebody has our name',
      { peers: [{ ...BOB, name: 'alice' }] },
      'Nothing is wrong: 1 peer answers.',
      ['same_name'],
    ],
    [
      'two others have one name',
      { peers: [BOB, { ...CAROL, name: 'bob' }] },
      'Nothing is wrong: 2 peers answer.',
      ['same_name'],
    ],
    [
      'the tracker names one who has gone',
      { peers: [BOB, { ...silent(CAROL, 'refused'), sources: ['tracker'] }], tracker: TRACKER },
      'Nothing is wrong: 1 peer answers.',
      ['peer_gone'],
    ],
    [
      'only an address that the machine gave itself',
      {
        interfaces: [
          {
            ...ETH0,
            addresses: ['169.254.7.5'],
            networks: [
              {
                ...ETH0_NETWORK,
                address: '169.254.7.5',
                netmask: '255.255.0.0',
                broadcast: '169.254.255.255',
              },
            ],
          },
          LO,
        ],
      },
      'This machine has only an address that it gave itself (169.254.7.5): it can talk to machines on the same cable or access point that have one, too, and to no others.',
      ['link_local'],
    ],
    [
      'containers and a VPN only',
      { interfaces: [DOCKER0, LO] },
      'The only networks here belong to containers or a VPN (docker0): people on the LAN are in none of them.',
      ['only_virtual'],
    ],
    [
      'the tracker knows of a neighbour that is not heard',
      { ...ALONE, peers: [{ ...BOB, sources: ['tracker'] }], tracker: TRACKER },
      'bob (192.168.1.7:8000) is in your network and answers, but is not heard there: it runs with --no-lan, or the network does not pass on what is sent to everybody.',
      ['broadcast_lost'],
    ],
    [
      'somebody keeps the messages of a peer of our name',
      { disk: { ...disk, store: 'in_use', holder: PYTHON } },
      'Nothing is wrong: 1 peer answers.',
      ['store'],
    ],
    [
      'no home directory',
      { disk: { ...disk, directory: '', isWritable: false } },
      'Nothing is wrong: 1 peer answers.',
      ['no_home'],
    ],
    [
      'nobody is known to the tracker, without the LAN',
      { ...ALONE, lan: undefined, tracker: { ...TRACKER, peers: 0 } },
      'Nothing is wrong on this machine. Nobody answered at the tracker: no one else is there.',
      ['nobody'],
    ],
    [
      'a peer of this machine has our messages open, under another name',
      {
        peers: [{ ...BOB, address: { host: '192.168.1.5', port: 8000 }, identity: '0a'.repeat(8) }],
        disk: { ...disk, store: 'in_use', holder: PYTHON },
      },
      'Nothing is wrong: 1 peer answers.',
      ['store'],
    ],
    [
      'the LAN is not wanted',
      { lan: undefined, ports: { ...ports, udp: [] } },
      'Nothing is wrong: 1 peer answers.',
      [],
    ],
  ])('%s', (_name, different, cause, codes) => {
    const diagnosis = diagnose({ ...WELL, ...different })
    expect(diagnosis).toMatchObject({ isWrong: false, cause, fix: [] })
    expect(diagnosis.problems.map(({ code }) => code)).toEqual(codes)
    expect(diagnosis.checks.map(({ verdict }) => verdict)).not.toContain('fault')
  })
})

test.each<[name: string, different: Different]>([
  ['only this machine is looked at', ONLY_LOOPBACK],
  ['other machines are looked for', {}],
])('nobody is heard without the port for announcements, whoever is there: %s', (_name, different) => {
  const udp = discoveryPort('EADDRINUSE', PYTHON).udp
  const taken = { ...takenBy('anna'), udp }
  const { problems } = diagnose({ ...WELL, ...ALONE, ...different, ports: taken })
  expect(problems.find(({ code }) => code === 'nobody')?.cause).toBe(
    'Nobody answered on the LAN: announcements come to UDP port 50999, which cannot be had here.',
  )
})

test.each<[name: string, different: Different, manual: string[]]>([
  ['there is nothing to do by hand where all is well', {}, []],
  ['nor where others cannot connect', { peers: [{ ...BOB, reachesUs: false, reason: 'timeout' }] }, []],
  [
    'where nobody is found, addresses help',
    ALONE,
    [
      'parley peer --peer ADDRESS:PORT   # of another peer, as its start prints it',
      'parley peer --peer 192.168.1.5:8000   # for the others, on their machines',
      'parley peer --tracker-ip ADDRESS   # of a machine that runs: parley tracker --ip ADDRESS',
    ],
  ],
  [
    'with a tracker, another one is no help',
    { ...ALONE, tracker: TRACKER },
    [
      'parley peer --peer ADDRESS:PORT   # of another peer, as its start prints it',
      'parley peer --peer 192.168.1.5:8000   # for the others, on their machines',
    ],
  ],
])('by hand: %s', (_name, different, manual) => {
  expect(diagnose({ ...WELL, ...different }).manual).toEqual(manual)
})

test('whatever is found, there is one cause, and it is the first of the problems', () => {
  const maybe = <Value>(...values: readonly Value[]) => fc.constantFrom(...values)
  const findings = fc.record<Findings>({
    wanted: fc.record({
      name: maybe('alice', 'bob'),
      ip: maybe('0.0.0.0', '127.0.0.1'),
      port: maybe(undefined, 8000),
      interfaces: maybe([], ['lo'], ['eth9']),
      isTrackerOptional: fc.boolean(),
    }),
    system: fc.record({
      platform: maybe('linux', 'darwin', 'win32', 'aix'),
      firewall: maybe('ufw', 'firewalld', 'nftables', 'iptables', 'windows', 'macos', 'unknown'),
      isContainer: fc.boolean(),
    }),
    interfaces: fc.subarray([ETH0, LO, DOCKER0, { ...ETH0, name: 'wlan0', networks: [] }]),
    running: maybe(undefined, { name: 'alice', port: 8000, node: BOB.node, identity: BOB.identity }),
    ports: maybe(ports, discoveryPort('EADDRINUSE', PYTHON), {
      ...ports,
      tcp: { ...ports.tcp, port: undefined },
    }),
    lan: maybe(undefined, WELL.lan, lan({ isHeard: false }), {
      listened: 0,
      echoes: [
        { ...LO_NETWORK, isHeard: false, problem: '' },
        { ...ETH0_NETWORK, isHeard: true, problem: undefined },
      ],
      heard: [],
      problem: undefined,
    }),
    tracker: maybe(undefined, TRACKER, { ...TRACKER, outcome: 'closed' as const }),
    peers: fc.subarray([
      BOB,
      CAROL,
      { ...BOB, name: undefined, reachesUs: false },
      silent(CAROL, 'not_http'),
    ]),
    disk: maybe(disk, { ...disk, isWritable: false }, { ...disk, store: 'too_new' as const }),
  })
  fc.assert(
    fc.property(findings, (found) => {
      const { isWrong, cause, problems, checks } = diagnose(found)
      expect(cause).not.toBe('')
      expect(isWrong).toBe(problems[0]?.severity === 'fault')
      expect(checks.some(({ verdict }) => verdict === 'fault')).toBe(isWrong)
      if (isWrong) expect(problems[0]?.cause).toBe(cause)
      const order = problems
        .filter(({ severity }) => severity === 'fault')
        .map(({ code }) => PROBLEM_CODES.indexOf(code))
      expect(order).toEqual([...order].sort((one, other) => one - other))
    }),
    { numRuns: 300 },
  )
})

test('a peer of another network that was only heard, such as a second one of this machine, is no fault', () => {
  const other = { ...silent(CAROL, 'refused'), outcome: 'other_network', sources: ['LAN'] } as const
  const { isWrong, checks, problems } = diagnose({ ...WELL, peers: [BOB, other] })
  expect(isWrong).toBe(false)
  expect(problems).toMatchObject([{ code: 'other_network', severity: 'note', fix: [] }])
  expect(checks.filter(({ verdict }) => verdict === 'fault')).toEqual([])
})
