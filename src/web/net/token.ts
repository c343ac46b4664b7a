/**
 * The token of the local API. It arrives once, in the fragment of the printed address, and is stored for this tab. A tab
 * without a token asks the other tabs of this origin, which belong to the same peer.
 */
import { tokenIn } from '../model/location.ts'
import { sessionStore } from './storage.ts'

const KEPT_AS = 'parley.token'
const CHANNEL = 'parley.token'
/** In milliseconds. */
const ANSWER_WITHIN = 300

/** For browsers without storage: lasts until the page is reloaded. */
let taken: string | undefined

/** Removes the token from the address, so that nobody sees or copies it; without storage it must stay there. */
export function takeToken(): string | undefined {
  const fromAddress = tokenIn(location.hash)
  if (fromAddress === undefined) return sessionStore.get(KEPT_AS) ?? taken
  taken = fromAddress
  if (sessionStore.set(KEPT_AS, fromAddress)) history.replaceState(null, '', location.pathname)
  return fromAddress
}

/** Undefined when no other tab answers soon. A later answer reloads the page with that token. */
export function askTabsForToken(): Promise<string | undefined> {
  if (typeof BroadcastChannel === 'undefined') return Promise.resolve(undefined)
  const channel = new BroadcastChannel(CHANNEL)
  return new Promise((resolve) => {
    let isLate = false
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data !== 'string' || data === '') return
      channel.close()
      sessionStore.set(KEPT_AS, data)
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

/** Answers tabs that ask for the token, as long as it is right. */
export function tellTabsToken(token: string, isRight: () => boolean): void {
  if (typeof BroadcastChannel === 'undefined') return
  const channel = new BroadcastChannel(CHANNEL)
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data === '' && isRight()) channel.postMessage(token)
  }
}
