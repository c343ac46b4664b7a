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

/** Takes it out of the address, so that it is neither seen nor copied with it. */
export function takeToken(): string | undefined {
  const fromAddress = tokenIn(location.hash)
  if (fromAddress !== undefined) {
    history.replaceState(null, '', location.pathname)
    sessionKeep.set(KEPT_AS, fromAddress)
    return fromAddress
  }
  return sessionKeep.get(KEPT_AS)
}

/** undefined when no other tab answers. */
export function askTabsForToken(): Promise<string | undefined> {
  if (typeof BroadcastChannel === 'undefined') return Promise.resolve(undefined)
  const channel = new BroadcastChannel(CHANNEL)
  return new Promise((resolve) => {
    const done = (token: string | undefined): void => {
      channel.close()
      if (token !== undefined) sessionKeep.set(KEPT_AS, token)
      resolve(token)
    }
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string' && data !== '') done(data)
    }
    channel.postMessage('')
    setTimeout(() => {
      done(undefined)
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
