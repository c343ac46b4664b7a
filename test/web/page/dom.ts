/**
 * A browser for the page's code: the document of happy-dom, the fetch and the clock of Node. What belongs to it is gone
 * when the test is over.
 */
import { Window } from 'happy-dom'
import { onTestFinished, vi } from 'vitest'

/** What the page's code finds in its global scope. */
const GLOBALS = [
  'document',
  'location',
  'history',
  'localStorage',
  'sessionStorage',
  'matchMedia',
  'ResizeObserver',
  'requestAnimationFrame',
  'HTMLElement',
  'Event',
  'KeyboardEvent',
] as const

/** A page at this address, whose requests go to the same origin. */
export function openBrowser(address: string): Window {
  const window = new Window({ url: address, width: 1280, height: 800 })
  const { origin } = new URL(address)
  const fetchFrom = globalThis.fetch.bind(globalThis)
  vi.stubGlobal('window', window)
  for (const name of GLOBALS) {
    const value: unknown = Reflect.get(window, name)
    vi.stubGlobal(name, typeof value === 'function' && !isClass(name) ? value.bind(window) : value)
  }
  // Without locks, as on a page over plain HTTP.
  vi.stubGlobal('navigator', {})
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => fetchFrom(new URL(path, origin), init))
  onTestFinished(async () => {
    // Streams of hidden pages end.
    Object.defineProperty(window.document, 'visibilityState', { value: 'hidden' })
    window.document.dispatchEvent(new window.Event('visibilitychange'))
    await new Promise((resolve) => setImmediate(resolve))
    await window.happyDOM.close()
    vi.unstubAllGlobals()
  })
  return window
}

function isClass(name: string): boolean {
  return /^[A-Z]/.test(name)
}
