/** `parley tail`: prints messages, and runs a command for each, until it is interrupted. */
import { DIRECT } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { contentFrom } from '../../chat/content.ts'
import { anyChannel } from '../../chat/wire/closed.ts'
import { Client } from '../../http/client.ts'
import { ClientError } from '../../http/client-connection.ts'
import { Days } from '../terminal/days.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { Follower, type Wanted } from './follower.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { Hook } from '../running/hook.ts'
import { systemRandom } from '../system/random.ts'
import { onSignals, stopped } from '../system/signals.ts'
import { LOCAL_CLIENT } from '../running/local-client.ts'
import type { LocalMessage } from '../../chat/wire/local-api.ts'
import { dayLine, messageLine } from '../terminal/render.ts'
import { findPeer, requirePeer } from '../running/running-peers.ts'
import { styleFor, type Style } from '../terminal/style.ts'
import { systemClock } from '../system/clock.ts'

export interface TailFlags {
  readonly name?: string
  readonly data?: string
  /** What tells its closed network from others; undefined: it may be in any network. */
  readonly network?: string | undefined
  /** `#channel`, or a person, with or without `@`: a label, a name, a key, a short id or an address. Empty: all. */
  readonly conversations: readonly string[]
  /** Earlier messages to begin with. */
  readonly last: number
  /** The command to run for each message of another user. */
  readonly exec?: string
  /** It runs also for earlier messages. */
  readonly execBacklog: boolean
  readonly json: boolean
  readonly color: boolean
}

/** Runs until a signal. Resolves to the exit status. Rejects with ExitError. */
export async function runTail(flags: TailFlags): Promise<number> {
  const { name, data, network, last, json } = flags
  const wanted = wantedIn(flags.conversations)
  const stopping = new AbortController()
  onSignals(stopping)
  await using client = new Client(LOCAL_CLIENT)
  const running = await requirePeer(client, { name, data, network })
  const { directory } = running
  const hook = hookFor(flags.exec, directory)
  const begun = systemClock.now()
  const isForHook = (message: LocalMessage, isNew: boolean): boolean =>
    !message.own && (flags.execBacklog || (isNew && wasSaidWithin(message, systemClock.now() - begun)))
  const style = styleFor(process.stdout.isTTY, process.env, flags.color)
  const days = new Days(systemClock.wall())
  const follower = new Follower({
    find: async () => (await findPeer(client, { data: directory }))?.local,
    wanted,
    clock: systemClock,
    random: systemRandom,
    onMessage: async (message, isNew) => {
      await written(json ? `${JSON.stringify(message)}\n` : linesOf(message, style, days))
      if (!isForHook(message, isNew)) return
      await hook?.room()
      const { id, from, conversation, text } = message
      hook?.push({ id, from: from.name, fromId: from.id, conversation, text, json: JSON.stringify(message) })
    },
    onUnknown: (person) => {
      process.stderr.write(`parley: ${unknownPerson(person)}\n`)
    },
    onConnection: (state) => {
      process.stderr.write(`parley: ${sentence(state, running.name)}\n`)
    },
  })
  try {
    return await Promise.race([
      stopped(stopping),
      endless(follower.run(running.local, last, stopping.signal)),
    ])
  } finally {
    await hook?.close()
  }
}

/**
 * Whether a message that has just arrived was said in the last `ms` milliseconds. Its age when it arrived tells that: the
 * clock of the peer that stored it may differ from the clock of this process.
 */
export function wasSaidWithin(
  { at, receivedAt }: Pick<LocalMessage, 'at' | 'receivedAt'>,
  ms: number,
): boolean {
  return receivedAt - at <= ms
}

/** Resolves when standard output has room for more. */
async function written(text: string): Promise<void> {
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve))
}

/** Never resolves: the command ends by a signal, or by an error. */
async function endless(following: Promise<void>): Promise<never> {
  try {
    await following
  } catch (error) {
    if (error instanceof ClientError || error instanceof ChatError)
      throw new ExitError(EXIT.failure, `the peer does not answer: ${sanitizeLine(error.message)}`)
    throw error
  }
  return new Promise(() => undefined)
}

function hookFor(command: string | undefined, directory: string): Hook | undefined {
  if (command === undefined) return undefined
  return new Hook({
    command,
    directory,
    onProblem: (problem) => {
      process.stderr.write(`parley: ${problem}\n`)
    },
  })
}

/** Throws ExitError. */
function wantedIn(words: readonly string[]): Wanted {
  const isChannel = (word: string): boolean => word.startsWith('#')
  try {
    return {
      channels: words.filter(isChannel).map((word) => anyChannel(word)),
      people: words.filter((word) => !isChannel(word)).map((word) => word.replace(/^@/, '')),
    }
  } catch (error) {
    if (error instanceof ChatError) throw new ExitError(EXIT.usage, error.message)
    throw error
  }
}

/** The line of a message as in the chat, with the day above it where that changes. */
export function linesOf(message: LocalMessage, style: Style, days: Days): string {
  const day = days.next(message.receivedAt)
  return `${day === undefined ? '' : `${dayLine(day, style)}\n`}${lineOf(message, style)}\n`
}

function lineOf(
  { id, conversation, from, to, own, text, action, at, receivedAt }: LocalMessage,
  style: Style,
): string {
  const isDirect = conversation.startsWith('@')
  const message = {
    id,
    content: contentFrom(text, action ? 'action' : 'text'),
    sentAt: at,
    // All that is known is the id.
    from: { ip: '', port: 0, name: from.name, lsnp: from.id },
    channel: isDirect ? DIRECT : conversation,
  }
  return messageLine(message, receivedAt, style, {
    to: isDirect && own ? (to?.name ?? conversation.slice(1)) : undefined,
  })
}

/** A channel without its # is taken for a person. */
function unknownPerson(person: string): string {
  const name = sanitizeLine(person)
  return `no person called ${name} is known yet; waiting for messages (for the channel, give '#${name}')`
}

function sentence(state: 'lost' | 'back', name: string): string {
  const peer = sanitizeLine(name)
  return state === 'lost'
    ? `the connection to ${peer} is lost; waiting for it to come back`
    : `${peer} is back`
}
