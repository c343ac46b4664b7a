/** The goals of all benchmarks. */

export interface Goal {
  readonly what: string
  readonly bound: 'at most' | 'at least'
  readonly limit: number
  readonly unit: string
}

export const GOALS = {
  'delivery-floor': atMost('one-way delivery of 300 B, p50, to bare TCP', 1.15, 'x'),
  'delivery-p99': atMost('one-way delivery of 300 B, p99', 5, 'ms'),
  'delivery-saturated': atLeast(
    'a saturated sender, acknowledged, in order, history on disk',
    10_000,
    'messages/s',
  ),
  'http-floor': atLeast('requests a second on 32 connections, to bare TCP', 0.85, 'x'),
  'http-node': atLeast('requests a second on 32 connections, to node:http', 2, 'x'),
  'fanout-100': atMost('one message to 100 peers, p50 until the last receipt', 4, 'ms'),
  'fanout-1000': atMost('one message to 1000 peers, p50 until the last receipt', 40, 'ms'),
  'tracker-flat': atMost(
    'the tracker, p50 of a call with 100 000 peers to that with 1000, of the call that grows most',
    2,
    'x',
  ),
  'tracker-memory': atMost('the tracker, memory for one peer', 1024, 'bytes'),
  'tracker-cached': atLeast('/get-list of an unchanged channel of 1000, to building each answer', 2, 'x'),
  'discovery-lan': atMost('two know each other on the LAN after the start of the later, p50', 100, 'ms'),
  'discovery-hybrid': atMost('a join through the tracker seen by the others, p50', 100, 'ms'),
  'start-prompt': atMost('from the start of the program to its prompt, p50', 250, 'ms'),
  'start-memory': atMost('resident memory of an idle peer', 80, 'MiB'),
  'history-open': atMost('opening a long history', 300, 'ms'),
  'history-page': atMost('the slowest page of a long history', 5, 'ms'),
  'history-search': atMost('the slowest search in a long history', 50, 'ms'),
  'memory-messages': atMost('heap after all messages to the heap after a tenth of them, off by', 10, '%'),
  'hostile-p99': atMost('delivery while 200 others attack, p99', 100, 'ms'),
  'handshakes-p99': atMost('delivery while a host begins 1000 handshakes a second, p99', 100, 'ms'),
  'loaded-p99': atMost('delivery while other work keeps all cores busy, p99', 100, 'ms'),
  'web-key': atMost('the page, from the send key to the list of the other page, p50', 50, 'ms'),
  'web-first': atMost('the page, its first message painted after the load', 300, 'ms'),
  'web-message': atMost('the page, a message in the list after it reached the peer', 50, 'ms'),
  'web-long': atMost('the page, long tasks while 10 000 messages are scrolled through', 0, 'tasks'),
  'web-bundle': atMost('the page, size of its files compressed', 60, 'kB'),
  'web-axe': atMost('the page, complaints of axe-core', 0, 'complaints'),
  'web-hosts': atMost('the page, requests to other hosts', 0, 'requests'),
} as const satisfies Record<string, Goal>

export type GoalKey = keyof typeof GOALS

export function isGoal(key: string): key is GoalKey {
  return Object.hasOwn(GOALS, key)
}

export function isMet({ bound, limit }: Goal, value: number): boolean {
  return bound === 'at most' ? value <= limit : value >= limit
}

/** 1 is exactly at the limit; more is better, whatever the bound. */
export function headroom({ bound, limit }: Goal, value: number): number {
  return bound === 'at most' ? limit / value : value / limit
}

function atMost(what: string, limit: number, unit: string): Goal {
  return { what, bound: 'at most', limit, unit }
}

function atLeast(what: string, limit: number, unit: string): Goal {
  return { what, bound: 'at least', limit, unit }
}
