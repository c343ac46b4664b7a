/** Sends one message through the local API of a peer and waits for its delivery, for `parley send`. */
import { ChatError } from '../../chat/errors.ts'
import type { LocalClient } from '../running/local-client.ts'
import type { LocalDelivery, LocalState } from '../../chat/wire/local-api.ts'
import type { Clock } from '../../chat/clock.ts'

export type Recipient =
  | { readonly kind: 'channel'; readonly channel: string }
  /** What a user may call a person: a name, a short id, a key or an address. */
  | { readonly kind: 'person'; readonly person: string }

export interface Sent {
  /** Undefined: there is no peer of this name, and nothing was sent. */
  readonly id: string | undefined
  /** A sentence for the user: another person of the same name could be meant. */
  readonly note?: string | undefined
  readonly delivery: LocalDelivery
}

export type SendingClient = Pick<LocalClient, 'state' | 'join' | 'say' | 'sayTo' | 'messages' | 'follow'>

export interface SendOptions {
  readonly local: SendingClient
  readonly clock: Clock
  /** How long to wait for a recipient, and then for deliveries: each in milliseconds. */
  readonly timeout: number
  /** For a temporary peer: resolves when newcomers no longer get the message. */
  readonly closedToNewcomers?: (() => Promise<void>) | undefined
}

const NOBODY: LocalDelivery = { recipients: 0, delivered: 0, unconfirmed: 0, waiting: [], failed: [] }
/** Between two attempts to find a person that only the tracker may know, in milliseconds. */
const RETRY = 500
/** The message that was just sent is among this many. */
const RECENT = 50

/** Rejects with ClientError if the peer has ended, with ChatError if it refuses. */
export async function sendAndWait(to: Recipient, text: string, options: SendOptions): Promise<Sent> {
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

async function send(to: Recipient, text: string, options: SendOptions, watch: Watch): Promise<Sent> {
  const { local, timeout, closedToNewcomers } = options
  // Without a stream there would be no news of the delivery.
  await watch.until(() => watch.state !== undefined, Infinity)
  const said =
    to.kind === 'channel'
      ? await toChannel(to.channel, text, options, watch)
      : await toPerson(to.person, text, options, watch)
  if (said === undefined) return { id: undefined, delivery: NOBODY }
  const { id, conversation, note } = said
  await closedToNewcomers?.()
  const { messages } = await local.messages(conversation, RECENT)
  const kept = messages.findLast((each) => each.own && each.id === id)
  const delivery = (): LocalDelivery | undefined =>
    kept === undefined ? undefined : newer(watch.deliveries.get(kept.key), kept.delivery)
  await watch.until(() => delivery()?.waiting.length === 0, timeout)
  return { id, note, delivery: delivery() ?? NOBODY }
}

/**
 * The newer of two states of one delivery. The stream and an answer use two connections, and either may be read first.
 * Recipients are only added, and each waits until it has the message or the message has failed.
 */
function newer(one: LocalDelivery | undefined, other: LocalDelivery | undefined): LocalDelivery | undefined {
  if (one === undefined || other === undefined) return one ?? other
  const isOneNewer = one.recipients - other.recipients || other.waiting.length - one.waiting.length
  return isOneNewer >= 0 ? one : other
}

interface Said {
  readonly id: string
  readonly conversation: string
  readonly note?: string | undefined
}

/** Joins the channel, and waits for another member. */
async function toChannel(
  channel: string,
  text: string,
  { local, timeout }: SendOptions,
  watch: Watch,
): Promise<Said> {
  await local.join(channel)
  watch.state = await local.state()
  await watch.until(
    () => watch.state?.people.some(({ channels }) => channels.includes(channel)) === true,
    timeout,
  )
  return local.say(channel, text)
}

/** Undefined: no peer of this name came in time. */
async function toPerson(
  person: string,
  text: string,
  { local, clock, timeout }: SendOptions,
  watch: Watch,
): Promise<Said | undefined> {
  for (const deadline = clock.now() + timeout; ;) {
    try {
      return await local.sayTo(person, text)
    } catch (error) {
      if (!(error instanceof ChatError) || !['unknown_peer', 'own_key'].includes(error.code)) throw error
      // Another person of the own name may come.
      if (deadline <= clock.now() && error.code === 'own_key') throw error
    }
    const left = deadline - clock.now()
    if (left <= 0) return undefined
    const before = watch.state
    await watch.until(() => watch.state !== before, Math.min(left, RETRY))
  }
}

/** The event stream of the peer. */
class Watch {
  state: LocalState | undefined
  /** Deliveries, by the key of the message. */
  readonly deliveries = new Map<string, LocalDelivery>()
  readonly #options: SendOptions
  #onChange: () => void = () => undefined

  constructor(options: SendOptions) {
    this.#options = options
  }

  /** Rejects when the stream ends, because the peer or `signal` ended it. */
  async follow(signal: AbortSignal): Promise<never> {
    await this.#options.local.follow(
      undefined,
      (event) => {
        if (event.kind === 'state') this.state = event.state
        else if (event.kind === 'delivery') this.deliveries.set(event.update.key, event.update.delivery)
        this.#onChange()
      },
      signal,
    )
    throw new ChatError(503, 'ended', 'the peer has ended')
  }

  /** Waits until the condition holds, at most `ms`. */
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
