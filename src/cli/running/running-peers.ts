/** Peers that run on this machine. Each has the address and the token of its local API in a file (web.json). */
import { ChatError } from '../../chat/errors.ts'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import * as v from 'valibot'
import { ClientError } from '../../http/client-connection.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { LocalClient } from './local-client.ts'
import { localPeople, LocalPerson, personCalled } from './local-person.ts'
import { WEB_FILE } from '../system/paths.ts'
import type { HttpClient } from '../../http/network.ts'
import type { Address } from '../../http/message.ts'

/** A peer by its name or by its directory; with neither, the only one that runs. */
export interface Wanted {
  readonly name?: string | undefined
  readonly data?: string | undefined
}

export interface RunningPeer {
  readonly name: string
  readonly directory: string
  readonly local: LocalClient
}

const WebFile = v.object({ url: v.string(), token: v.string(), pid: v.number() })

/** The wanted peer; undefined if it does not run. Rejects with ExitError if several could be meant. */
export async function findPeer(client: HttpClient, { name, data }: Wanted): Promise<RunningPeer | undefined> {
  if (data !== undefined) return peerIn(client, data)
  if (name !== undefined) {
    const person = personCalled(name)
    return person === undefined ? undefined : peerIn(client, person.directory)
  }
  const all = await runningPeers(client)
  if (all.length < 2) return all[0]
  throw new ExitError(
    EXIT.usage,
    `${all.length} peers run on this machine (${namesOf(all)}); say which one with --name`,
  )
}

/** The wanted peer. Rejects with ExitError if it does not run. */
export async function requirePeer(client: HttpClient, wanted: Wanted): Promise<RunningPeer> {
  const found = await findPeer(client, wanted)
  if (found !== undefined) return found
  const { name, data } = wanted
  const start = 'start one with "parley", or without a terminal with "parley web"'
  if (name === undefined && data === undefined)
    throw new ExitError(
      EXIT.failure,
      `no peer runs on this machine; ${start} (a peer between pipes needs --web-port)`,
    )
  const others = await runningPeers(client)
  const which =
    name === undefined
      ? `no peer that keeps its messages in ${data ?? ''} runs`
      : `no peer called ${name} runs`
  const who = others.length === 0 ? '' : `; there are: ${namesOf(others)}`
  throw new ExitError(EXIT.failure, `${which} on this machine${who}; ${start}`)
}

/** All running peers, by name. */
async function runningPeers(client: HttpClient): Promise<RunningPeer[]> {
  const found = await Promise.all(localPeople().map(({ directory }) => peerIn(client, directory)))
  return found.filter((peer) => peer !== undefined).sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** Undefined if there is none, or if its file is out of date. */
async function peerIn(client: HttpClient, directory: string): Promise<RunningPeer | undefined> {
  const written = readWebFile(directory)
  if (written === undefined || !isAlive(written.pid)) return undefined
  const local = new LocalClient(client, written.address, written.token)
  try {
    const { self } = await local.state()
    return { name: self.name, directory, local }
  } catch (error) {
    if (error instanceof ClientError || error instanceof ChatError) return undefined
    throw error
  }
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function namesOf(all: readonly RunningPeer[]): string {
  return all
    .map(({ name, directory }) => shownName(name, new LocalPerson(directory).label ?? name))
    .join(', ')
}

/** The label is for --name. A name that could not be kept, or that an older program changed, is another one. */
function shownName(name: string, label: string): string {
  return label === name ? sanitizeLine(name) : `${sanitizeLine(label)}, now called ${sanitizeLine(name)}`
}
