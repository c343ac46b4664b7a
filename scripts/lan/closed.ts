/** A closed network on the hosts of scripts/lan/lab.sh, and strangers who ask by hand. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inAllForms } from './capture.ts'
import { PARLEY, seesAny, shell, sleep, type Program, type Start } from './host.ts'

interface ClosedNetwork {
  /** The file with its key. */
  readonly file: string
  /** What no frame may have in it. */
  readonly secrets: Buffer[]
}

export function newNetwork(): ClosedNetwork {
  const file = join(mkdtempSync(join(tmpdir(), 'parley-network-')), 'key')
  shell(`${process.execPath} ${PARLEY} network new ${file}`)
  const text = readFileSync(file, 'utf8').trim()
  const encoded = text.replace(/^.*:/, '')
  return {
    file,
    secrets: [Buffer.from(text), ...inAllForms(Buffer.from(encoded, 'base64url').subarray(0, 32))],
  }
}

/** A tracker and three members, one of them on the LAN alone, talk in a closed network. Returns what must not be seen. */
export async function talkInClosed(start: Start, { file }: ClosedNetwork): Promise<Buffer[]> {
  const key = ['--network-key', file]
  const tracker = start(1, 'tracker', 'tracker', '--ip', '10.77.0.11', '--ephemeral', ...key)
  await tracker.until(() => true, 5_000)
  const toTracker = ['--tracker-ip', '10.77.0.11', ...key]
  const anna = start(1, 'annabell', '--port', '8000', ...toTracker)
  const ben = start(2, 'benjamin', ...toTracker)
  const cat = start(3, 'catherine', '--no-tracker', ...key)
  for (const [one, other] of [
    [anna, 'benjamin'],
    [ben, 'annabell'],
    [anna, 'catherine'],
    [cat, 'benjamin'],
  ] as const)
    await seesAny(one, other)
  for (const member of [anna, ben, cat]) member.write('/join #skunkworks')
  await sleep(1_500)
  anna.write('xyzzy to all')
  await Promise.all([ben.hears('xyzzy to all', 5_000), cat.hears('xyzzy to all', 5_000)])
  cat.write('/msg benjamin xyzzy to one')
  await ben.hears('xyzzy to one', 5_000)
  const keys = [anna, ben, cat].flatMap(keysSeenBy)
  if (new Set(keys).size < 3) throw new Error('a member saw no key of another')
  const words = ['xyzzy', 'annabell', 'benjamin', 'catherine', 'skunkworks']
  return [
    ...words.map((word) => Buffer.from(word)),
    ...keys.flatMap((id) => inAllForms(Buffer.from(id, 'base64url'))),
  ]
}

/** The keys of others that a program has printed. */
function keysSeenBy({ events }: Program): string[] {
  return events.flatMap(({ event }) => {
    const { key } = (event['peer'] ?? {}) as { readonly key?: string }
    return key === undefined ? [] : [key]
  })
}

/** What a port of h1 answers to these bytes of h3, until it closes the connection. */
export function byHand(port: number, bytes: string): string {
  const to = `exec 3<>/dev/tcp/10.77.0.11/${port}; printf "%b" "$0" >&3; timeout 5 cat <&3`
  const words = ['netns', 'exec', 'h3', 'bash', '-c', to, JSON.stringify(bytes).slice(1, -1)]
  return spawnSync('ip', words, { encoding: 'latin1' }).stdout
}
