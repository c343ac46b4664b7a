/** `parley peers`: the users that the peer on this machine knows. */
import { channelTitle } from '../../chat/closed-label.ts'
import { Client } from '../../http/client.ts'
import { EXIT } from '../system/exit-codes.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { LOCAL_CLIENT } from '../running/local-client.ts'
import type { LocalPerson } from '../../chat/wire/local-api.ts'
import { requirePeer } from '../running/running-peers.ts'

export interface PeersFlags {
  readonly name?: string
  readonly data?: string
  /** What tells its closed network from others; undefined: it may be in any network. */
  readonly network?: string | undefined
  readonly json: boolean
  readonly plain: boolean
}

/** Resolves to the exit status. Rejects with ExitError. */
export async function runPeers({ name, data, network, json, plain }: PeersFlags): Promise<number> {
  await using client = new Client(LOCAL_CLIENT)
  const { local, name: own } = await requirePeer(client, { name, data, network })
  const { people } = await local.state()
  const here = people.filter(({ isHere }) => isHere)
  if (here.length === 0)
    process.stderr.write(
      `no one else is here; "parley doctor" says why ${sanitizeLine(own)} may see nobody\n`,
    )
  else process.stdout.write(`${(json ? jsonLines : plain ? plainLines : table)(here).join('\n')}\n`)
  return EXIT.ok
}

export function jsonLines(people: readonly LocalPerson[]): string[] {
  return people.map(({ id, key, short, name, addresses, sources, channels, status }) =>
    JSON.stringify({ id, key, short, name, addresses, sources, channels, status }),
  )
}

/** Id, name, sources, channels, status, addresses; lists are separated by commas. */
export function plainLines(people: readonly LocalPerson[]): string[] {
  return people.map(({ id, name, sources, channels, status, addresses }) =>
    [id, name, sources.join(','), channels.join(','), status, addresses.join(',')]
      .map(sanitizeLine)
      .join('\t'),
  )
}

/** Sources in words. */
const SOURCES: Readonly<Record<string, string>> = {
  tracker: 'tracker',
  lan: 'LAN',
  static: 'by hand',
  direct: 'wrote to us',
  told: 'told of',
}

export function table(people: readonly LocalPerson[]): string[] {
  const rows = people.map(({ id, short, name, addresses, sources, channels, status }) =>
    [
      name,
      short ?? 'none',
      addresses[0] ?? id,
      sources.map((source) => SOURCES[source] ?? source).join(', '),
      channels.map(channelTitle).join(' '),
      status,
    ].map(sanitizeLine),
  )
  const all = [['NAME', 'KEY', 'ADDRESS', 'KNOWN BY', 'CHANNELS', 'STATUS'], ...rows]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length))) ?? []
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
