/** One message through the local API of a peer, and how it fares: what `parley send` does once it has a peer. */
import { ChatError } from '../../chat/errors.ts'
import type { LocalClient } from '../running/local-client.ts'
import type { LocalDelivery, LocalState } from '../../chat/wire/local-api.ts'
import type { Clock } from '../../chat/clock.ts'

/** Whom a message is for. */
export type Recipient =
  | { readonly kind: 'channel'; readonly channel: string }
  /** A name or an address. */
  | { readonly kind: 'person'; readonly person: string }

export interface Sent {
  /** Undefined: nobody of this name is known, and nothing was said. */
  readonly id: string | undefined
  readonly delivery: LocalDelivery
}

/** The peer, as far as it is used. */
export type DispatchClient = Pick<LocalClient, 'state' | 'join' | 'say' | 'sayTo' | 'messages' | 'follow'>

export interface DispatchOptions {
  readonly local: DispatchClient
  readonly clock: Clock
  /** How long to wait for somebody to be there, and then for deliveries: each in milliseconds. */
  readonly patience: number
  /** Of a peer that has just been started: resolves when no newcomer gets what was said so far. */
  readonly closedToNewcomers?: () => Promise<void>
}

const NOBODY: LocalDelivery = { recipients: 0, delivered: 0, unconfirmed: 0, waiting: [], failed: [] }
/** Between two questions for somebody whom only the tracker may know, in milliseconds. */
const ASK_AGAIN = 500
/** Messages among which one is that was said just now. */
const JUST_SAID = 50

/** Rejects with ClientError when the peer has gone, with Refused when it does not do it. */
export async function sendAndWait(to: Recipient, text: string, options: DispatchOptions): Promise<Sent> {
  const watch = new Watch(options)
  const ending = new AbortController()
  const following = watch.follow(ending.signal)
  try {
    return await Promise.race([following, send(to, text, options, watch)])
  } finally {
    ending.abort()
    await following.catch(() => undefined)
  }
}

async function send(to: Recipient, text: string, options: DispatchOptions, watch: Watch): Promise<Sent> {
  const { local, patience, closedToNewcomers } = options
  // Before the stream has begun, what becomes of the message could be told to nobody.
  await watch.until(() => watch.state !== undefined, Infinity)
  const said =
    to.kind === 'channel'
      ? await toChannel(to.channel, text, options, watch)
      : await toPerson(to.person, text, options, watch)
  if (said === undefined) return { id: undefined, delivery: NOBODY }
  const { id, conversation } = said
  await closedToNewcomers?.()
  const { messages } = await local.messages(conversation, JUST_SAID)
  const kept = messages.findLast((each) => each.own && each.id === id)
  const fate = (): LocalDelivery | undefined =>
    kept === undefined ? undefined : newer(watch.fates.get(kept.key), kept.delivery)
  await watch.until(() => fate()?.waiting.length === 0, patience)
  return { id, delivery: fate() ?? NOBODY }
}

/**
 * The stream and an answer come over two connections, and either may be read first. Recipients are only added, and each
 * waits until it has the message or it is given up.
 */
function newer(one: LocalDelivery | undefined, other: LocalDelivery | undefined): LocalDelivery | undefined {
  if (one === undefined || other === undefined) return one ?? other
  const isOneNewer = one.recipients - other.recipients || other.waiting.length - one.waiting.length
  return isOneNewer >= 0 ? one : other
}

interface Said {
  readonly id: string
  readonly conversation: string
}

/** Whoever speaks in a channel is in it. */
async function toChannel(
  channel: string,
  text: string,
  { local, patience }: DispatchOptions,
  watch: Watch,
): Promise<Said> {
  await local.join(channel)
  watch.state = await local.state()
  await watch.until(
    () => watch.state?.people.some(({ channels }) => channels.includes(channel)) === true,
    patience,
  )
  return local.say(channel, text)
}

/** Undefined: nobody of this name came in time. */
async function toPerson(
  person: string,
  text: string,
  { local, clock, patience }: DispatchOptions,
  watch: Watch,
): Promise<Said | undefined> {
  for (const deadline = clock.now() + patience; ;) {
    try {
      return await local.sayTo(person, text)
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== 'unknown_peer') throw error
    }
    const left = deadline - clock.now()
    if (left <= 0) return undefined
    const before = watch.state
    await watch.until(() => watch.state !== before, Math.min(left, ASK_AGAIN))
  }
}

/** What the event stream of the peer tells. */
class Watch {
  state: LocalState | undefined
  /** How messages fare, by their key. */
  readonly fates = new Map<string, LocalDelivery>()
  readonly #options: DispatchOptions
  #onChange: () => void = () => undefined

  constructor(options: DispatchOptions) {
    this.#options = options
  }

  /** Rejects when the stream ends, because the peer does; never ends otherwise, unless `signal` is aborted. */
  async follow(signal: AbortSignal): Promise<never> {
    await this.#options.local.follow(
      undefined,
      (event) => {
        if (event.kind === 'state') this.state = event.state
        else if (event.kind === 'delivery') this.fates.set(event.update.key, event.update.delivery)
        this.#onChange()
      },
      signal,
    )
    throw new ChatError(503, 'ended', 'the peer has ended')
  }

  /** Waits until it is so, at most `ms`. */
  async until(isIt: () => boolean, ms: number): Promise<void> {
    if (isIt()) return
    await new Promise<void>((resolve) => {
      const end = (): void => {
        this.#onChange = () => undefined
        cancel()
        resolve()
      }
      const cancel = ms === Infinity ? (): void => undefined : this.#options.clock.after(ms, end)
      this.#onChange = () => {
        if (isIt()) end()
      }
    })
  }
}
