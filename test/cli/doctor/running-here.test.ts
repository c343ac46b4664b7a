/** `parley doctor` where peers run on this machine: the one that is meant, and those that hold a port. */
import { randomBytes } from 'node:crypto'
import { realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { runDoctor, type DoctorOptions } from '../../../src/cli/doctor/doctor-command.ts'
import { listedAt } from '../../../src/cli/doctor/probes/running.ts'
import { noteRunning } from '../../../src/cli/system/running-directories.ts'
import { NetworkKey } from '../../../src/identity/network-key.ts'
import { startWeb, TOKEN } from '../../peer/local-api/support.ts'
import { temporaryDirectory } from '../../support/files.ts'
import { newSelf } from '../../support/peers.ts'
import type { Check, Problem } from '../../../src/cli/doctor/checks/check-result.ts'
import type { Findings } from '../../../src/cli/doctor/findings.ts'

beforeEach(() => {
  vi.stubEnv('XDG_DATA_HOME', temporaryDirectory())
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
})

/** A running peer with `--data`, outside of the data home. */
async function running(name: string, network?: NetworkKey): Promise<{ directory: string; port: number }> {
  const { peer, port } = await startWeb({ name, secure: newSelf(network) })
  const directory = realpathSync(temporaryDirectory())
  const file = { url: `http://127.0.0.1:${port}/chat`, token: TOKEN, pid: process.pid }
  writeFileSync(join(directory, 'web.json'), JSON.stringify(file))
  onTestFinished(noteRunning(directory))
  return { directory, port: peer.address.port }
}

interface Report {
  readonly checks: readonly Check[]
  readonly problems: readonly Problem[]
  readonly findings: Findings
}

async function doctor(options: Partial<DoctorOptions>): Promise<Report> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    await runDoctor({
      ...{ name: 'alice', isNamed: true, ip: '127.0.0.1', tracker: undefined, isTrackerOptional: false },
      ...{ interfaces: ['lo'], lan: false, peers: [], timeout: 3, json: true, color: false },
      ...options,
    })
    return JSON.parse(String(write.mock.calls[0]?.[0])) as Report
  } finally {
    write.mockRestore()
  }
}

describe('the peer of the chosen name', () => {
  test('is found in the directory of --data that it was started with', async () => {
    const { port } = await running('alice')
    const { findings } = await doctor({})
    expect(findings.running).toMatchObject({ name: 'alice', port })
  })

  test('is found by its directory, whatever its name and port', async () => {
    const { directory, port } = await running('carla')
    const { findings } = await doctor({ data: directory })
    expect(findings.running).toMatchObject({ name: 'carla', port })
  })

  test('is the one in the network of the given key', async () => {
    const network = new NetworkKey(randomBytes(32))
    await running('alice')
    const { port } = await running('alice', network)
    const { findings } = await doctor({ network })
    expect(findings.running).toMatchObject({ name: 'alice', port })
  })

  test('in another network than that of the given key is a mistake of the user', async () => {
    await running('alice')
    const network = new NetworkKey(randomBytes(32))
    await expect(doctor({ network })).rejects.toThrow(
      `alice runs in an open network, not in network ${network.label}`,
    )
  })

  test('is not chosen from two: the error names both directories', async () => {
    const directories = [(await running('alice')).directory, (await running('alice')).directory]
    const asked = doctor({})
    await expect(asked).rejects.toThrow('2 peers called alice run on this machine')
    for (const directory of directories) await expect(asked).rejects.toThrow(`alice in ${directory}`)
  })
})

describe('a wanted port that another peer of this machine holds', () => {
  const nowhere = { name: 'kim', isNamed: true }
  const cases: readonly [name: string, its: NetworkKey | undefined, ours: NetworkKey | undefined][] = [
    ['in a closed network', new NetworkKey(randomBytes(32)), undefined],
    ['in an open network, asked from a closed one', undefined, new NetworkKey(randomBytes(32))],
    ['in another closed network', new NetworkKey(randomBytes(32)), new NetworkKey(randomBytes(32))],
  ]

  test.each(cases)('%s: its name and its network, and another port', async (_name, its, ours) => {
    const { port } = await running('zoe', its)
    const { checks, problems } = await doctor({ ...nowhere, port, network: ours })
    const within = its === undefined ? 'an open network' : `network ${its.label}`
    expect(checks.map(({ text }) => text)).toContain(
      `${port}: the peer zoe of this machine listens there, in ${within}`,
    )
    expect(problems.find(({ code }) => code === 'port_taken')).toMatchObject({
      cause: `TCP port ${port} is taken by the peer zoe, which is in ${within}, so no other peer can listen there.`,
      fix: [expect.stringMatching(/^parley peer --port [89]\d{3}$/)],
    })
  })

  test('in the same network: its name alone', async () => {
    const { port } = await running('zoe')
    const { checks } = await doctor({ ...nowhere, port })
    expect(checks.map(({ text }) => text)).toContain(`${port}: the peer zoe of this machine listens there`)
  })
})

test.each([
  ['by its port, where the process that holds it is unknown', 8000, undefined, 'zoe'],
  ['by its port and its process', 8000, 42, 'zoe'],
  ['not where another process holds that port, at another address', 8000, 43, undefined],
  ['not at another port', 8001, 42, undefined],
])('a listed peer is known %s', (_name, port, pid, name) => {
  const zoe = { name: 'zoe', port: 8000, pid: 42, otherNetwork: 'k3f9-2mx7' }
  const holder = pid === undefined ? undefined : { pid, program: 'node' }
  expect(listedAt([zoe], port, holder)?.name).toBe(name)
})
