/** Starts a peer, and says how others find it. */
import { networkInterfaces } from 'node:os'
import { addressKey } from '../../chat/model.ts'
import { shortId } from '../../identity/short-id.ts'
import { ChatPeer } from '../../peer/peer.ts'
import { listenError } from '../system/exit-codes.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { chosenNetworks, lanLine } from '../system/interfaces.ts'
import { leftBehindLine } from '../terminal/render.ts'
import { keepName } from './local-person.ts'
import { openPeerStore, type StorageFlags } from './open-store.ts'
import { CANNOT_OPEN_PAGE, CANNOT_START_PEER, checkPorts, type WantedPort } from './port-check.ts'
import { systemRandom } from '../system/random.ts'
import { systemClock } from '../system/clock.ts'
import type { PeerListener } from './peer-events.ts'
import type { WebFlags } from './web-page.ts'
import type { Address } from '../../http/message.ts'

export interface StartFlags {
  readonly name: string
  /** The user chose this name; otherwise it gets a number if it is taken on this machine. */
  readonly isNamed: boolean
  readonly ip: string
  /** Listen at every address if this machine does not have `ip`. */
  readonly ipFallback: boolean
  readonly port: number | undefined
  readonly tracker: Address | undefined
  /** The user did not ask for this tracker: it is tried because one is often there. */
  readonly isTrackerOptional: boolean
  /** The interfaces on which the LAN is used, all when there are none; undefined: no LAN. */
  readonly lan: readonly string[] | undefined
  /** Peers given by hand. */
  readonly peers: readonly Address[]
  /** Host names accepted in requests, beside those of this machine. */
  readonly allowHosts: readonly string[]
  readonly storage: StorageFlags
}

export interface StartedPeer {
  readonly peer: ChatPeer
  /** The directory of its messages; undefined: they are in memory only. */
  readonly directory: string | undefined
  /** Its key as people read it out. */
  readonly shortId: string
  /** Why it has not the name asked for, as the end of a line; else empty. */
  readonly nameNote: string
}

/** Starts a peer that others see. Rejects with ExitError. */
export async function startPeer(flags: StartFlags, listener: PeerListener): Promise<StartedPeer> {
  const started = await openPeer(flags, listener)
  await goOnline(started, flags)
  return started
}

/** Lets others see the peer. Rejects with ExitError. */
export async function goOnline({ peer }: StartedPeer, { ip, port }: StartFlags): Promise<void> {
  try {
    await peer.goOnline()
  } catch (error) {
    throw listenError(error, CANNOT_START_PEER, ip, port ?? FIRST_PORT)
  }
}

/**
 * Opens a peer that listens but that no other peer sees yet. `web`: the page that it must have. All ports are checked
 * before the history is opened. Rejects with ExitError.
 */
export async function openPeer(
  flags: StartFlags,
  listener: PeerListener,
  web?: WebFlags,
): Promise<StartedPeer> {
  await checkPorts(wantedPorts(flags, web))
  const { ip: host, ipFallback: hasFallback, port, tracker, lan, peers, allowHosts } = flags
  const onProblem = (text: string): void => {
    listener.show({ kind: 'notice', text })
  }
  const { store, secure, person, name, nameNote } = await openPeerStore(
    flags.name,
    flags.storage,
    onProblem,
    flags.isNamed,
  )
  try {
    const peer = await ChatPeer.listen({
      store,
      secure,
      random: systemRandom,
      name,
      host,
      hasFallback,
      port,
      peers,
      allowHosts,
      clock: systemClock,
      onRename: (newName) => {
        keepName(person, newName, onProblem)
      },
      onEvent: (event) => {
        listener.show(event)
      },
      onError: (error) => {
        onProblem(`something went wrong: ${String(error)}`)
      },
      ...(tracker === undefined ? {} : { tracker }),
      ...(lan === undefined ? {} : { lan: { interfaces: lan } }),
    })
    return { peer, directory: person?.directory, shortId: shortId(secure.keys.id), nameNote }
  } catch (error) {
    store.close()
    throw listenError(error, CANNOT_START_PEER, host, port ?? FIRST_PORT)
  }
}

/** The search for a free port begins here. */
const FIRST_PORT = 8000

function wantedPorts({ ip, ipFallback, port }: StartFlags, web: WebFlags | undefined): WantedPort[] {
  // An address with a fallback need not be available.
  const own = { host: ip, port: port ?? 0, purpose: CANNOT_START_PEER, flag: '--port' }
  const wanted = ipFallback ? [] : [own]
  if (web === undefined) return wanted
  return [...wanted, { host: web.host, port: web.port ?? 0, purpose: CANNOT_OPEN_PAGE, flag: web.portFlag }]
}

/** Prints who the user is, and how others find the peer. */
export function greet(
  { peer, shortId, nameNote }: Pick<StartedPeer, 'peer' | 'shortId' | 'nameNote'>,
  { tracker, lan, peers, storage: { network } }: StartFlags,
  print: (text: string) => void,
  hint: string,
): void {
  const { name } = peer.self
  const { host } = peer.address
  const where = `${label(peer.reachable)}${host === peer.reachable.host ? '' : `, listening on ${host}`}`
  print(`-- you are ${sanitizeLine(name)} (${shortId}) at ${where}${nameNote}`)
  if (network !== undefined) print(`-- network ${network.label}: programs without its key are kept out`)
  print(lanLine(lan === undefined ? undefined : chosenNetworks(lan, networkInterfaces())))
  if (peers.length > 0) print(`-- peers by hand: ${peers.map(label).join(', ')}`)
  const isAlone = lan === undefined && peers.length === 0
  const none = isAlone ? 'none: nobody can find you; give one with --tracker-ip' : 'none'
  print(`-- tracker ${tracker === undefined ? none : label(tracker)}; ${hint}`)
}

/** The place of a moment of the system clock in the order of this peer's stored messages, in milliseconds. */
export function placeOfMoment(peer: ChatPeer, moment: number): number {
  return moment + peer.now() - systemClock.now()
}

/** What happens to waiting messages when their sender leaves now; undefined: none waits. */
export function leftBehind(peer: ChatPeer, isKept: boolean): string | undefined {
  const count = peer.unsettled().filter(({ waiting }) => waiting.length > 0).length
  return count === 0 ? undefined : leftBehindLine(count, isKept)
}

export function label({ host, port }: Address): string {
  return addressKey({ ip: host, port })
}
