/** The banner over the page: what is broken, in one sentence, and what happens next. */
import type { LocalState } from '../../chat/wire/local-api.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { LIMITS } from '../../chat/limits.ts'
import type { Link } from './view.ts'

export interface Banner {
  readonly kind: 'error' | 'warning' | 'hint'
  readonly title: string
  readonly detail: string
  /** The banner has a button to try again now. */
  readonly canRetry: boolean
}

/** Only the worst problem. `held`: messages that wait in the page; `unkept`: those lost with this tab. */
export function bannerOf(
  link: Link,
  local: LocalState | undefined,
  held: number,
  unkept = 0,
): Banner | undefined {
  if (link.kind === 'lost') return pageLost(link.attempts, held, unkept)
  if (local === undefined) return undefined
  if (local.problem !== undefined)
    return {
      kind: 'error',
      title: 'Nothing can be written to disk.',
      detail: `${sanitizeLine(local.problem)} The chat goes on; the newest ${LIMITS.unsaved} messages are kept in memory until then.`,
      canRetry: false,
    }
  const nobody = !local.people.some(({ isHere }) => isHere)
  if (local.tracker.state === 'lost') {
    const { detail, code } = local.tracker
    const why = detail === '' || code === 'unreachable' ? '' : ` (${sanitizeLine(detail)})`
    const then = nobody ? 'No one else is here.' : 'The people who are here can still be reached.'
    return {
      kind: 'warning',
      title: `The tracker does not answer${why}.`,
      detail: `${then} It is tried again by itself.`,
      canRetry: false,
    }
  }
  if (local.tracker.state === 'connecting')
    return { kind: 'hint', title: 'Looking for the tracker…', detail: '', canRetry: false }
  if (nobody) {
    const title = local.people.length === 0 ? 'Nobody found yet.' : 'No one else is here now.'
    return { kind: 'hint', title, detail: whereToLook(local), canRetry: false }
  }
  return undefined
}

function pageLost(attempts: number, held: number, unkept: number): Banner {
  const tried = attempts === 0 ? '' : ` (attempt ${attempts})`
  const messages = `${held} ${held === 1 ? 'message' : 'messages'} of yours`
  const waiting =
    unkept === 0
      ? ` Kept here until then: ${messages}.`
      : ` Waiting in this tab: ${messages}. Keep the tab open: this browser stores nothing for the page.`
  const kept = held === 0 ? '' : waiting
  return {
    kind: 'error',
    title: 'No connection to your own Parley.',
    detail: `Is it still running? Reconnecting…${tried}${kept}`,
    canRetry: true,
  }
}

/** Where Parley looks for people, and what else the user can do. */
function whereToLook(local: LocalState): string {
  const networks = local.lan ?? []
  const lan =
    networks.length === 0
      ? 'The LAN is not searched'
      : `Listening on ${networks.map(sanitizeLine).join(', ')}`
  const tracker = local.tracker.state === 'registered' ? ', and the tracker knows no one else' : ''
  const start =
    local.network === undefined
      ? 'Start Parley on another computer of this network'
      : `Start Parley with the key of the network ${local.network} on another computer`
  return `${lan}${tracker}. ${start}: it appears here by itself.`
}
