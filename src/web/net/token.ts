/**
 * The token that the local API asks for: it comes once, in the fragment of the printed address, and is kept for this
 * tab. A tab that has none asks the other tabs of this page: they are of the same origin, so of the same peer.
 */
import { tokenIn } from '../model/location.ts'
import { sessionKeep } from './keep.ts'

const KEPT_AS = 'parley.token'
const CHANNEL = 'parley.token'
/** In milliseconds. */
const ANSWER_WITHIN = 300

/** In a browser that keeps nothing it lasts until the page is loaded again. */
let taken: string | undefined

/** Takes it out of the address, so that it is neither seen nor copied with it; unless nothing else keeps it. */
export function takeToken(): string | undefined {
  const fromAddress = tokenIn(location.hash)
  if (fromAddress === undefined) return sessionKeep.get(KEPT_AS) ?? taken
  taken = fromAddress
  if (sessionKeep.set(KEPT_AS, fromAddress)) history.replaceState(null, '', location.pathname)
  return fromAddress
}

/** undefined when no other tab answers soon. Should one answer later, the page begins anew with what it says. */
export function askTabsForToken(): Promise<string | undefined> {
  if (typeof BroadcastChannel === 'undefined') return Promise.resolve(undefined)
  const channel = new BroadcastChannel(CHANNEL)
  return new Promise((resolve) => {
    let isLate = false
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data !== 'string' || data === '') return
      channel.close()
      sessionKeep.set(KEPT_AS, data)
      if (isLate) location.reload()
      resolve(data)
    }
    channel.postMessage('')
    setTimeout(() => {
      isLate = true
      resolve(undefined)
    }, ANSWER_WITHIN)
  })
}

/** From now on, as long as the token is right, tabs that ask are told. */
export function tellTabsToken(token: string, isRight: () => boolean): void {
  if (typeof BroadcastChannel === 'undefined') return
  const channel = new BroadcastChannel(CHANNEL)
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data === '' && isRight()) channel.postMessage(token)
  }
}
