/** Lines and results with defaults for what a test does not care about. */
import { asContent } from '../../../src/chat/content.ts'
import type { ChatEvent, ChatMessage, Peer } from '../../../src/chat/model.ts'
import type { Check, ScenarioResult } from '../../../src/cli/demo/model.ts'
import type { Line } from '../../../src/cli/participants/participant.ts'

export const alice: Peer = { ip: '127.0.0.1', port: 8000, name: 'alice' }
export const bob: Peer = { ip: '127.0.0.1', port: 8001, name: 'bob' }
export const stranger: Peer = { ip: '127.0.0.1', port: 9000, name: 'alice' }

/** 12:03 of some day here. */
const NOON = new Date(2026, 0, 2, 12, 3).getTime()

export function said(from: Peer, text: string, more: Partial<ChatMessage> = {}): ChatMessage {
  return { id: `id of ${text}`, from, channel: 'general', content: asContent(text), sentAt: NOON, ...more }
}

export function messageEvent(message: ChatMessage, own = false, to?: Peer): ChatEvent {
  const times = { at: NOON, receivedAt: NOON, late: false, own }
  return { kind: 'message', message, ...times, ...(to === undefined ? {} : { to }) }
}

export function receiptEvent(messageId: string, delivered: number, failed: readonly Peer[] = []): ChatEvent {
  return {
    kind: 'receipt',
    receipt: {
      messageId,
      channel: 'general',
      recipients: delivered + failed.length,
      delivered,
      unconfirmed: 0,
      failed: failed.map((peer) => ({ peer, reason: 'it is full' })),
      queued: [],
    },
  }
}

export function datagram(way: 'SEND' | 'RECV' | 'DROP', address: string, type: string, text = ''): ChatEvent {
  return { kind: 'datagram', way, at: NOON, address, type, text }
}

export function line(event: ChatEvent): Line {
  return { at: 0, kind: 'event', event }
}

export function result(
  more: Partial<ScenarioResult> & { readonly checks?: readonly Check[]; readonly times?: readonly number[] },
): ScenarioResult {
  const { times = [], ...given } = more
  return {
    number: 1,
    of: 1,
    title: 'Something',
    wire: 'Something happens.',
    started: [],
    screens: [],
    deliveries: times.map((ms) => ({ messageId: 'm', from: 'alice', to: 'bob', text: 'hello', ms })),
    checks: [],
    ms: 10,
    ...given,
  }
}
