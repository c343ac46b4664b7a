/** What every peer is started with, how it is started, and what is said of it then. */
import { networkInterfaces } from 'node:os'
import { addressKey, type ChatEvent } from '../../chat/model.ts'
import { ChatPeer } from '../../peer/peer.ts'
import { listenError } from '../system/exit-codes.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { chosenNetworks, lanLine } from '../system/interfaces.ts'
import { leftBehindLine } from '../terminal/render.ts'
import { openKept, type KeepingFlags } from './open-store.ts'
import { CANNOT_OPEN_PAGE, CANNOT_START_PEER, checkPorts, type WantedPort } from './port-check.ts'
import { systemRandom } from '../system/random.ts'
import { systemClock } from '../system/clock.ts'
import type { WebFlags } from './web-page.ts'
import type { Address } from '../../http/message.ts'

export interface StartFlags {
  readonly name: string
  /** Somebody chose this name; otherwise it is the next that nobody on this machine has. */
  readonly isNamed: boolean
  readonly ip: string
  /** Listens at every address when this machine does not have `ip`. */
  readonly ipFallback: boolean
  readonly port: number | undefined
  readonly tracker: Address | undefined
  /** The interfaces on which the LAN is used, all when there are none; undefined: no LAN. */
  readonly lan: readonly string[] | undefined
  /** Peers given by hand. */
  readonly peers: readonly Address[]
  /** Host names under which others may ask for this machine, beside its own. */
  readonly allowHosts: readonly string[]
  readonly keeping: KeepingFlags
}

export interface StartedPeer {
  readonly peer: ChatPeer
  /** Where it keeps its messages; undefined: nowhere. */
  readonly directory: string | undefined
}

/** A peer that is online. Rejects with ExitError. */
export async function startPeer(
  flags: StartFlags,
  onEvent: (event: ChatEvent) => void,
): Promise<StartedPeer> {
  const started = await openPeer(flags, onEvent)
  await goOnline(started, flags)
  return started
}

/** The peer is seen by others from now on. It is closed when that fails: rejects with ExitError. */
export async function goOnline({ peer }: StartedPeer, { ip, port }: StartFlags): Promise<void> {
  try {
    await peer.goOnline()
  } catch (error) {
    throw listenError(error, CANNOT_START_PEER, ip, port ?? FIRST_PORT)
  }
}

/**
 * A peer that listens and that no other peer is told of yet; `web`: the page that it must have. Ports that cannot be had
 * are found before its history is opened. Rejects with ExitError.
 */
export async function openPeer(
  flags: StartFlags,
  onEvent: (event: ChatEvent) => void,
  web?: WebFlags,
): Promise<StartedPeer> {
  await checkPorts(wantedPorts(flags, web))
  const { ip: host, ipFallback: hasFallback, port, tracker, lan, peers, allowHosts } = flags
  const onProblem = (text: string): void => {
    onEvent({ kind: 'notice', text })
  }
  const { store, directory, name } = await openKept(flags.name, flags.keeping, onProblem, flags.isNamed)
  try {
    const peer = await ChatPeer.listen({
      store,
      random: systemRandom,
      name,
      host,
      hasFallback,
      port,
      peers,
      allowHosts,
      clock: systemClock,
      onEvent,
      onError: (error) => {
        onProblem(`something went wrong: ${String(error)}`)
      },
      ...(tracker === undefined ? {} : { tracker }),
      ...(lan === undefined ? {} : { lan: { interfaces: lan } }),
    })
    return { peer, directory }
  } catch (error) {
    store.close()
    throw listenError(error, CANNOT_START_PEER, host, port ?? FIRST_PORT)
  }
}

/** Where the search for a free port begins. */
const FIRST_PORT = 8000

function wantedPorts({ ip, ipFallback, port }: StartFlags, web: WebFlags | undefined): WantedPort[] {
  // An address that is replaced when this machine does not have it is no condition.
  const own = { host: ip, port: port ?? 0, purpose: CANNOT_START_PEER, flag: '--port' }
  const wanted = ipFallback ? [] : [own]
  if (web === undefined) return wanted
  return [...wanted, { host: web.host, port: web.port ?? 0, purpose: CANNOT_OPEN_PAGE, flag: web.portFlag }]
}

/** Says who we are, and how others find us. */
export function greet(
  peer: ChatPeer,
  { tracker, lan, peers, name: wanted }: StartFlags,
  print: (text: string) => void,
  hint: string,
): void {
  const { name } = peer.self
  const { host } = peer.address
  const where = `${label(peer.reachable)}${host === peer.reachable.host ? '' : `, listening on ${host}`}`
  print(`-- you are ${sanitizeLine(name)} at ${where}${takenName(name, wanted)}`)
  print(lanLine(lan === undefined ? undefined : chosenNetworks(lan, networkInterfaces())))
  if (peers.length > 0) print(`-- peers by hand: ${peers.map(label).join(', ')}`)
  const isAlone = lan === undefined && peers.length === 0
  const none = isAlone ? 'none: nobody can find you; give one with --tracker-ip' : 'none'
  print(`-- tracker ${tracker === undefined ? none : label(tracker)}; ${hint}`)
}

/** Why a peer is not called what it would be; empty when it is. */
export function takenName(name: string, wanted: string): string {
  return name === wanted ? '' : `: ${sanitizeLine(wanted)} runs on this machine already`
}

/** The place that a moment of the system clock has among the messages that this peer keeps, in milliseconds. */
export function placeOfMoment(peer: ChatPeer, moment: number): number {
  return moment + peer.now() - systemClock.now()
}

/** What becomes of messages that wait when their sender leaves now; undefined: none waits. */
export function leftBehind(peer: ChatPeer, isKept: boolean): string | undefined {
  const count = peer.unsettled().filter(({ waiting }) => waiting.length > 0).length
  return count === 0 ? undefined : leftBehindLine(count, isKept)
}

export function label({ host, port }: Address): string {
  return addressKey({ ip: host, port })
}
