/** Peers that run on this machine. Each has the address and the token of its local API in a file (web.json). */
import { ChatError } from '../../chat/errors.ts'
import { readFileSync, realpathSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import * as v from 'valibot'
import { ClientError } from '../../http/client-connection.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { LocalClient } from './local-client.ts'
import { localPeople, LocalPerson } from './local-person.ts'
import { WEB_FILE } from '../system/paths.ts'
import { isAlive, runningDirectories } from '../system/running-directories.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Address } from '../../http/message.ts'

/** A peer by its name or by its directory; with neither, the only one that runs (in the network). */
export interface Wanted {
  readonly name?: string | undefined
  readonly data?: string | undefined
  /** What tells its closed network from others; undefined: it may be in any network. */
  readonly network?: string | undefined
}

export interface RunningPeer {
  /** As others see it. */
  readonly name: string
  /** As --name takes it. A name that could not be kept, or that an older program changed, is another one. */
  readonly label: string
  readonly directory: string
  /** Undefined: an open network. */
  readonly network: string | undefined
  /** Where it listens for other peers; undefined: it says no address. */
  readonly port: number | undefined
  readonly pid: number
  readonly local: LocalClient
}

const WebFile = v.object({ url: v.string(), token: v.string(), pid: v.number() })

/**
 * The wanted peer; undefined if it does not run. Rejects with ExitError if several could be meant, or if the one that was
 * chosen by name or directory is in another network.
 */
export async function findPeer(client: HttpClient, wanted: Wanted): Promise<RunningPeer | undefined> {
  const { name, data, network } = wanted
  if (data !== undefined) return checked(await peerIn(client, data), network)
  const all = await runningPeers(client, name)
  const inside = all.filter((peer) => isIn(peer, network))
  if (name === undefined) return only(inside, 'peers')
  return checked(only(inside.length > 0 ? inside : all, `peers called ${sanitizeLine(name)}`), network)
}

/** The wanted peer. Rejects with ExitError if it does not run. */
export async function requirePeer(client: HttpClient, wanted: Wanted): Promise<RunningPeer> {
  const found = await findPeer(client, wanted)
  if (found !== undefined) return found
  const { name, data, network } = wanted
  const others = await othersThatRun(client)
  const start = 'start one with "parley", or without a terminal with "parley web"'
  if (name === undefined && data === undefined) {
    const which = network === undefined ? 'no peer' : `no peer of network ${network}`
    throw new ExitError(
      EXIT.failure,
      `${which} runs on this machine${others}; ${start} (a peer between pipes needs --web-port)`,
    )
  }
  const which =
    name === undefined
      ? `no peer that keeps its messages in ${data ?? ''} runs`
      : `no peer called ${name} runs`
  throw new ExitError(EXIT.failure, `${which} on this machine${others}; ${start}`)
}

/** As the end of a sentence; empty: none runs. */
export async function othersThatRun(client: HttpClient): Promise<string> {
  const others = await runningPeers(client)
  return others.length === 0 ? '' : `; there are: ${namesOf(others)}`
}

/** All running peers, or those with this label, in the order of their names. */
export async function runningPeers(client: HttpClient, label?: string): Promise<RunningPeer[]> {
  const people = directories().map((directory) => new LocalPerson(directory))
  const candidates = people.filter((person) => label === undefined || (person.label ?? label) === label)
  const found = await Promise.all(candidates.map(({ directory }) => peerIn(client, directory)))
  return found
    .filter((peer) => peer !== undefined)
    .filter((peer) => label === undefined || peer.label === label)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** Each directory where a peer may run, once. */
function directories(): string[] {
  const inDataHome = localPeople().map(({ directory }) => directory)
  const known = new Set(inDataHome.map(realPath))
  return [...inDataHome, ...runningDirectories().filter((directory) => !known.has(realPath(directory)))]
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Throws ExitError if there are several. */
function only(peers: readonly RunningPeer[], what: string): RunningPeer | undefined {
  if (peers.length < 2) return peers[0]
  const flag = haveTwins(peers) ? '--data' : '--name'
  throw new ExitError(
    EXIT.usage,
    `${peers.length} ${what} run on this machine (${namesOf(peers)}); say which one with ${flag}`,
  )
}

/** Throws ExitError if the peer is in another network. */
function checked(peer: RunningPeer | undefined, network: string | undefined): RunningPeer | undefined {
  if (peer === undefined || isIn(peer, network)) return peer
  const actual = peer.network === undefined ? 'an open network' : `network ${peer.network}`
  throw new ExitError(
    EXIT.usage,
    `${sanitizeLine(peer.name)} runs in ${actual}, not in network ${network ?? ''}: end it and start it with that key, or leave out --network-key`,
  )
}

function isIn(peer: RunningPeer, network: string | undefined): boolean {
  return network === undefined || peer.network === network
}

/** Undefined if there is none, or if its file is out of date. */
async function peerIn(client: HttpClient, directory: string): Promise<RunningPeer | undefined> {
  const written = readWebFile(directory)
  if (written === undefined || !isAlive(written.pid)) return undefined
  const local = new LocalClient(client, written.address, written.token)
  try {
    const { self, network } = await local.state()
    const label = new LocalPerson(directory).label ?? self.name
    const { name, address } = self
    return { name, label, directory, network, port: portIn(address), pid: written.pid, local }
  } catch (error) {
    if (error instanceof ClientError || error instanceof ChatError) return undefined
    throw error
  }
}

/** The port in an address such as `192.168.1.5:8000`. */
function portIn(address: string | undefined): number | undefined {
  const digits = /:([0-9]{1,5})$/.exec(address ?? '')?.[1]
  return digits === undefined ? undefined : Number(digits)
}

interface Written {
  readonly address: Address
  readonly token: string
  readonly pid: number
}

function readWebFile(directory: string): Written | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(directory, WEB_FILE), 'utf8'))
    const { url, token, pid } = v.parse(WebFile, value)
    const { hostname, port } = new URL(url)
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    if (isIP(host) === 0 || !/^[\x21-\x7e]+$/.test(token)) return undefined
    return { address: { host, port: port === '' ? 80 : Number(port) }, token, pid }
  } catch {
    // The file is missing, unreadable or no web.json.
    return undefined
  }
}

/** With the directories if two have one name. */
function namesOf(all: readonly RunningPeer[]): string {
  const isLong = haveTwins(all)
  return all
    .map((peer) => (isLong ? `${shownName(peer)} in ${sanitizeLine(peer.directory)}` : shownName(peer)))
    .join(', ')
}

function haveTwins(all: readonly RunningPeer[]): boolean {
  return new Set(all.map(({ label }) => label)).size < all.length
}

function shownName({ name, label }: RunningPeer): string {
  return label === name ? sanitizeLine(name) : `${sanitizeLine(label)}, now called ${sanitizeLine(name)}`
}
