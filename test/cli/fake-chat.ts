/** A peer and a conversation for tests of the commands: what was done to it is written down. */
import { GENERAL, peerId, type ChatMessage, type Peer, type Receipt } from '../../src/chat/model.ts'
import { Refused } from '../../src/chat/refused.ts'
import { perform, type Chat, type Session } from '../../src/cli/commands.ts'
import { plain } from '../../src/cli/style.ts'
import type { Shown } from '../../src/chat/timeline.ts'

export const ALICE: Peer = { ip: '10.0.0.1', port: 8001, name: 'alice' }
export const BOB: Peer = { ip: '10.0.0.2', port: 8002, name: 'bob' }
export const CAROL: Peer = { ip: '10.0.0.3', port: 8003, name: 'carol' }

/** Local time, so that what is printed is the same everywhere. */
export const NOON = new Date(2025, 10, 21, 12, 3).getTime()

export function messageOf(from: Peer, text: string, more: Partial<ChatMessage> = {}): ChatMessage {
  return { id: `${from.name}-1`, from, channel: GENERAL, text, sentAt: NOON, action: false, ...more }
}

export class FakeChat implements Chat {
  self = ALICE
  channels: string[] = [GENERAL]
  /** Who else is in which channel. */
  readonly others = new Map<string, Peer[]>()
  readonly shown: Shown[] = []
  /** What was done, in order. */
  readonly done: string[] = []

  get peers(): readonly Peer[] {
    return [...new Set([...this.others.values()].flat())]
  }

  members(channel: string): readonly Peer[] {
    return this.others.get(channel) ?? []
  }

  history(channel: string, count: number): readonly Shown[] {
    this.done.push(`history #${channel} ${count}`)
    return this.shown.slice(-count)
  }

  async locate(name: string): Promise<Peer> {
    await Promise.resolve()
    const peer = this.peers.find((each) => each.name === name || peerId(each) === name)
    if (peer === undefined) throw new Refused(404, 'unknown_peer', `nobody here is called ${name}`)
    return peer
  }

  say(channel: string, text: string, { action = false } = {}): Receipt {
    this.done.push(`${action ? 'me' : 'say'} #${channel} ${text}`)
    return { messageId: 'm-1', channel, recipients: 0, delivered: 0, failed: [], queued: [] }
  }

  direct(name: string, text: string): Receipt {
    this.done.push(`direct ${name} ${text}`)
    return { messageId: 'm-1', channel: 'private', recipients: 1, delivered: 0, failed: [], queued: [] }
  }

  async join(channel: string): Promise<void> {
    await Promise.resolve()
    this.done.push(`join #${channel}`)
    if (!this.channels.includes(channel)) this.channels.push(channel)
  }

  async part(channel: string): Promise<void> {
    await Promise.resolve()
    if (!this.channels.includes(channel)) throw new Refused(404, 'not_joined', `you are not in #${channel}`)
    this.done.push(`part #${channel}`)
    this.channels = this.channels.filter((each) => each !== channel)
  }

  async rename(name: string): Promise<void> {
    await Promise.resolve()
    this.done.push(`rename ${name}`)
    this.self = { ...this.self, name }
  }
}

export class FakeSession implements Session {
  readonly chat = new FakeChat()
  readonly style = plain
  readonly chosen = new Set<string>()
  current = GENERAL
  verbose = false
  /** What was printed, line by line. */
  readonly lines: string[] = []
  readonly print = (text: string): void => {
    this.lines.push(...text.split('\n'))
  }

  quit(): void {
    this.chat.done.push('quit')
  }

  /** Types a line; what it was refused with, or nothing. */
  async type(line: string): Promise<string | undefined> {
    try {
      await perform(this, line)
      return undefined
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return error.message
    }
  }
}
