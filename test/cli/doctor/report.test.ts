/** A diagnosis as people and programs get it. */
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diagnose, type Diagnosis } from '../../../src/cli/doctor/diagnose.ts'
import { asJson, asText, fitted } from '../../../src/cli/doctor/report.ts'
import { coloured, plain } from '../../../src/cli/terminal/style.ts'
import { ALONE, BOB, TRACKER, WELL } from './samples.ts'

const WRONG: Diagnosis = {
  isWrong: true,
  cause: 'UDP port 50999 is taken.',
  fix: ['kill 4242', 'parley doctor'],
  manual: ['parley peer --peer ADDRESS:PORT'],
  problems: [
    {
      code: 'discovery_port_taken',
      severity: 'fault',
      cause: 'UDP port 50999 is taken.',
      fix: ['kill 4242', 'parley doctor'],
    },
    { code: 'clock', severity: 'fault', cause: 'The clock is off.', fix: ['sudo timedatectl set-ntp true'] },
    { code: 'peer_gone', severity: 'note', cause: 'Somebody has left.', fix: [] },
  ],
  checks: [
    { area: 'network', verdict: 'ok', text: 'eth0' },
    { area: 'TCP port', verdict: 'note', text: '8000 is taken' },
    { area: 'UDP port', verdict: 'fault', text: '50999 is taken' },
    { area: 'tracker', verdict: 'skipped', text: 'none' },
  ],
}

describe('as text', () => {
  test('the cause, its fix, what works until then, other problems, and the table of checks', () => {
    expect(asText(WRONG, plain).split('\n')).toEqual([
      'UDP port 50999 is taken.',
      '  fix it:   kill 4242',
      '            parley doctor',
      '  by hand:  parley peer --peer ADDRESS:PORT',
      '',
      'x The clock is off.',
      '  fix it:   sudo timedatectl set-ntp true',
      '',
      '! Somebody has left.',
      '',
      'ok  network    eth0',
      '!   TCP port   8000 is taken',
      'x   UDP port   50999 is taken',
      '-   tracker    none',
    ])
  })

  test('a machine where all is well', () => {
    expect(asText(diagnose({ ...WELL, tracker: TRACKER }), plain).split('\n')).toEqual([
      'Nothing is wrong: 1 peer answers.',
      '',
      'ok  network    eth0: 192.168.1.5 netmask 255.255.255.0 broadcast 192.168.1.255',
      'ok  network    lo: 127.0.0.1 netmask 255.0.0.0 broadcast 127.255.255.255, ::1, this machine only',
      'ok  TCP port   8000 is free: a peer would listen there',
      'ok  UDP port   50999 can be shared',
      'ok  UDP port   9002 can be shared',
      'ok  LAN        own announcement to 192.168.1.255 on eth0 comes back',
      'ok  LAN        heard bob (192.168.1.7:8000)',
      'ok  tracker    192.168.1.9:9001 answers in 3 ms, knows 2 peers',
      'ok  peer       bob (192.168.1.7:8000), by LAN: answers in 2 ms, reaches you',
      'ok  clock      agrees with the tracker 192.168.1.9:9001 and bob (192.168.1.7:8000)',
      'ok  disk       /home/alice/.local/share/parley/alice, 50.0 GiB free',
    ])
  })

  test('the headline is not repeated', () => {
    const text = asText(diagnose({ ...WELL, ...ALONE }), plain)
    expect(text.match(/Nobody answered/g)).toHaveLength(1)
  })

  test('colours are added to words, and take none away', () => {
    const text = asText(WRONG, coloured)
    expect(text).toContain('\x1b[31mUDP port 50999 is taken.\x1b[0m')
    expect(stripVTControlCharacters(text)).toBe(asText(WRONG, plain))
  })
})

describe('as JSON', () => {
  test('one line, with names that stay', () => {
    const text = asJson(WRONG, WELL)
    expect(text).not.toContain('\n')
    const { cause, fix, manual, problems, checks } = WRONG
    expect(JSON.parse(text)).toEqual({
      status: 'wrong',
      cause,
      fix,
      manual,
      problems,
      checks,
      findings: JSON.parse(JSON.stringify(WELL)) as object,
    })
    expect(Object.keys(JSON.parse(text) as object)).toEqual([
      'status',
      'cause',
      'fix',
      'manual',
      'problems',
      'checks',
      'findings',
    ])
  })

  test('when nothing is wrong', () => {
    expect(JSON.parse(asJson(diagnose(WELL), WELL))).toMatchObject({ status: 'ok', fix: [], problems: [] })
  })
})

describe('text of other users moves no cursor and ends no line', () => {
  const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 })
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  const HOSTILE = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/

  test('a literal one', () => {
    const peers = [
      { ...BOB, name: 'bob\x1b]52;c;x\x07\r\n\u202egpj', reachesUs: false, reason: 'timeout' as const },
    ]
    const findings = { ...WELL, peers }
    const text = asText(diagnose(findings), plain)
    expect(text).toContain('bob␛]52;c;x␇␊\ufffdgpj (192.168.1.7:8000) cannot connect to you')
    expect(asJson(diagnose(findings), findings)).not.toMatch(HOSTILE)
  })

  test('any', () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        const findings = {
          ...WELL,
          peers: [
            { ...BOB, name: one, clockDifference: 1e7 },
            { ...BOB, node: undefined, name: one, reachesUs: false },
          ],
          ports: {
            ...WELL.ports,
            udp: [{ port: 50_999, isFree: false, code: 'EADDRINUSE', holder: { pid: 1, program: other } }],
          },
        }
        const diagnosis = diagnose(findings)
        expect(asText(diagnosis, plain)).not.toMatch(HOSTILE)
        expect(asJson(diagnosis, findings)).not.toMatch(HOSTILE)
      }),
    )
  })

  test('no name becomes part of a command', () => {
    fc.assert(
      fc.property(name, (one) => {
        const marked = `$(touch ${one})`
        const { problems, manual } = diagnose({
          ...WELL,
          wanted: { ...WELL.wanted, name: marked },
          peers: [
            { ...BOB, name: marked, clockDifference: 1e7, reachesUs: false },
            { ...BOB, node: undefined, name: marked, outcome: 'timeout' },
          ],
        })
        for (const command of [...manual, ...problems.flatMap(({ fix }) => fix)])
          expect(command).not.toContain(marked)
      }),
    )
  })
})

test('on a terminal lines are broken between words, and commands are not', () => {
  const command = `  fix it:   sudo ufw allow proto udp ${'from 192.168.1.0/24 '.repeat(5)}`
  const text = `What is sent to everybody on eth0 does not come back to UDP port 50999.\n${command}`
  expect(fitted(text, 40)).toBe(
    ['What is sent to everybody on eth0 does', '      not come back to UDP port 50999.', command].join('\n'),
  )
})
